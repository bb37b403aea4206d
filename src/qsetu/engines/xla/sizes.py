"""Sizes of tables, from short lists, so that circuits of about one size share what is compiled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Integers", "Reals", "doubled", "halves", "padded", "roomy"]

Integers = NDArray[np.int32]
Reals = NDArray[np.float64]


def roomy(count: int) -> int:
    """A size from a short list (4, 6, 8, 12, 16, ...): circuits of about one size share what is compiled."""
    size = 4
    while size < count:
        size = size * 3 // 2 if size.bit_count() == 1 else size // 3 * 4
    return size


def doubled(count: int) -> int:
    """The same for what costs little: 8, 16, 32, ..."""
    return max(8, 1 << (count - 1).bit_length())


def halves(value: int, low: int) -> tuple[int, int]:
    """Upper and lower part of an index or a mask: each fits in 32 bits where the whole may not."""
    return value >> low, value & (1 << low) - 1


def padded(rows: list[list[int]], count: int, room: Callable[[int], int]) -> Integers:
    """Rows of numbers, filled up with 0."""
    width = room(max((len(row) for row in rows), default=0))
    table = np.zeros((count, width), dtype=np.int32)
    for s, row in enumerate(rows):
        table[s, : len(row)] = row
    return table
