"""What this process and those it started have used so far."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

__all__ = ["PeakMemory", "cpu_seconds"]

_STATUS = Path("/proc/self/status")


def cpu_seconds() -> float:
    """Processor seconds, of all threads: of this process, its ended children, and those that still run.

    A child's time moves from those that run to those that ended when somebody waits for it, so the difference
    of two calls is right for children that outlive the first, the second or both.
    """
    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime + _of_running_children()


def _of_running_children() -> float:
    import psutil

    total = 0.0
    for child in psutil.Process().children(recursive=True):
        try:
            spent = child.cpu_times()
        except psutil.Error:  # it has just ended; whoever waited for it has its time now
            continue
        total += spent.user + spent.system + spent.children_user + spent.children_system
    return total


class PeakMemory:
    """Bytes that this process, or the largest child that ended, held at most since it was made.

    Systems keep the highest mark of a process's whole life. Where the mark has risen since, it is the peak.
    Where it has not, the peak lies below it, and the larger of what was held at the start and is held now is
    taken, which is a lower bound.
    """

    def __init__(self) -> None:
        self._marks = _marks()
        self._held = _held()

    def read(self) -> int:
        """The peak so far."""
        risen = [after for before, after in zip(self._marks, _marks(), strict=True) if after > before]
        return max(self._held, _held(), *risen)


def _held() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)


def _marks() -> tuple[int, int]:
    unit = 1 if sys.platform == "darwin" else 1024
    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return _own_mark() or own.ru_maxrss * unit, ended.ru_maxrss * unit


def _own_mark() -> int | None:
    """Of Linux's own table: getrusage also remembers the program that started this one in its place."""
    try:
        with _STATUS.open() as lines:
            return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)
    except OSError:
        return None
