"""Bases as numbers and back, and all sequences of a length."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError, Said
from qsetu.genomics.alphabet import BASES, clean_sequences, pack
from qsetu.genomics.encoders.letters import letter_shares

__all__ = ["MAY_BE", "MOST_ENUMERATED", "all_sequences", "read_codes", "texts"]

MOST_ENUMERATED = 8
"""Sequences up to this length are enumerated (4^8 = 65,536), longer ones sampled."""

MAY_BE = (letter_shares("DNA") > 0).astype(np.float64)
"""1 where a letter (row, in the order of ``IUPAC_BASES``) may be a base (column), float64 ``(15, 4)``."""
MAY_BE.setflags(write=False)


def all_sequences(length: int) -> NDArray[np.uint8]:
    """All sequences of so many bases, uint8 ``(4**length, length)``."""
    numbers = np.arange(4**length)[:, None]
    return (numbers >> (2 * np.arange(length)) & 3).astype(np.uint8)


def texts(codes: NDArray[Any]) -> list[str]:
    """Numbers 0-3, ``(N, L)``, as N texts of A, C, G, T."""
    letters = np.frombuffer(BASES.encode("ascii"), np.uint8)[codes]
    joined = letters.tobytes().decode("ascii")
    length = codes.shape[1]
    return [joined[i * length : (i + 1) * length] for i in range(len(codes))]


def read_codes(X: Any, length: int) -> NDArray[np.uint8]:
    """Sequences as positions in ``IUPAC_BASES``, uint8 ``(N, length)``.

    Raises:
        ArgumentError: A sequence has letters that DNA has not, or another length.
    """
    cleaned = clean_sequences(X, argument="X")
    for place, one in enumerate(cleaned):
        if len(one) != length:
            raise ArgumentError(
                "X", f"must have {length} letters a sequence", Said(f"{len(one)} in sequence {place}")
            )
    return pack(cleaned).matrix("X")
