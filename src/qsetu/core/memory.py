"""Refusing, before anything is allocated, what would not fit in memory."""

from __future__ import annotations

from collections.abc import Callable

from qsetu.core.errors import InsufficientMemoryError
from qsetu.core.machine import available_memory

__all__ = ["require_memory", "working_memory"]

# Not worth asking the system about: that takes longer than a small circuit.
ALWAYS_FITS = 64 * 2**20


def require_memory(
    need: int, what: Callable[[], str], advice: Callable[[int], str], free: int | None = None
) -> None:
    """Raise unless ``need`` bytes are free.

    Args:
        need: Bytes.
        what: Says what needs them, a plural subject for the message.
        advice: What to try, given the number of free bytes.
        free: Free bytes where that is not the machine's memory but a device's.

    Raises:
        InsufficientMemoryError: Says what needs how much, how much is free, and what to try.
    """
    if need <= ALWAYS_FITS:
        return
    if free is None:
        free = available_memory()
    if need > free:
        raise InsufficientMemoryError(
            f"{what()} need {_gib(need)} of memory, and {_gib(free)} are free. {advice(free)}"
        )


def working_memory(wanted: int, reserved: int = 0) -> int:
    """Bytes that a computation which can do with less than ``wanted`` should use.

    All of it when that is little, else at most half of what is free after ``reserved`` bytes.
    """
    if wanted + reserved <= ALWAYS_FITS:
        return wanted
    return max(0, min(wanted, (available_memory() - reserved) // 2))


def _gib(size: int) -> str:
    return f"{size / 2**30:,.1f} GiB"
