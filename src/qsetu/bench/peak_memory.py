"""The most memory that a call needed on top of what the process held."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

__all__ = ["peak_of"]

T = TypeVar("T")
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak_of(call: Callable[[], T]) -> tuple[T, int | None]:
    """What ``call`` returns, and bytes at the peak beyond those held before it.

    Linux keeps a high-water mark for each process and lets it be set back. What an allocator held free
    already, such as memory of an earlier call, is not seen. None where the system does not tell.
    """
    before = _set_back()
    result = call()
    after = _kilobytes("VmHWM:") if before is not None else None
    if before is None or after is None:
        return result, None
    return result, max(0, after - before) * 1024


def _set_back() -> int | None:
    try:
        _CLEAR.write_text("5")
    except OSError:
        return None
    return _kilobytes("VmRSS:")


def _kilobytes(field: str) -> int | None:
    try:
        with _STATUS.open() as lines:
            return next((int(line.split()[1]) for line in lines if line.startswith(field)), None)
    except OSError:
        return None
