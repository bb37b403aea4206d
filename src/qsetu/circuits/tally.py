"""Tallies of measured basis states."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_int
from qsetu.core.errors import ArgumentError

__all__ = ["counts"]

# Up to this many basis states a table with a place for each is faster than sorting.
TABLE_QUBITS = 20


def counts(samples: ArrayLike, num_qubits: int) -> dict[str, int]:
    """Tally samples as bit strings, qubit 0 rightmost (Qiskit's order), most frequent first.

    Args:
        samples: Basis-state indices of any shape, as from :func:`qsetu.sample`.
        num_qubits: Length of the bit strings.

    Returns:
        Bit string to number of times; those seen equally often in the order of their index.

    Raises:
        ArgumentError: ``samples`` holds something that is not a basis state of ``num_qubits`` qubits.

    Example:
        >>> import qsetu
        >>> qsetu.counts([1, 1, 2], 3)
        {'001': 2, '010': 1}
    """
    width = as_int("num_qubits", num_qubits, 0, 62)
    array = np.asarray(samples)
    if array.dtype.kind not in "iu" or (array.size and not (array.min() >= 0 and array.max() < 2**width)):
        raise ArgumentError("samples", f"must hold integers from 0 to {2**width - 1}", samples)
    if width <= TABLE_QUBITS:
        table = np.bincount(array.ravel().astype(np.int64, copy=False), minlength=1)
        values = np.flatnonzero(table)
        times = table[values]
    else:
        values, times = np.unique(array, return_counts=True)
    order = np.argsort(-times, kind="stable")
    return dict(zip(_bit_strings(values[order], width), times[order].tolist(), strict=True))


def _bit_strings(values: NDArray[np.int64], width: int) -> list[str]:
    # One long text of all digits, cut into pieces: several times faster than formatting each number.
    bits = np.unpackbits(values.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)[:, 64 - width :]
    text = (bits + ord("0")).tobytes().decode("ascii")
    return (
        [text[at : at + width] for at in range(0, len(values) * width, width)]
        if width
        else [""] * len(values)
    )
