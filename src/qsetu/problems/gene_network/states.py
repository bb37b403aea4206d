"""States of genes as numbers: gene g is bit g of one below ``2^G``, and cells are counts of these."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_float
from qsetu.core.errors import ArgumentError

__all__ = [
    "MAX_GENES",
    "as_bits",
    "conditional_table",
    "count_states",
    "distinct_rows",
    "every_state",
    "smoothed",
    "state_numbers",
]

Array = NDArray[np.float64]

# What holds a probability for every state holds 2^G of them, and models of it compare them all at each step.
MAX_GENES = 12


def every_state(num_genes: int) -> NDArray[np.bool_]:
    """All states, ``(2^G, G)``: column g of row s is bit g of s."""
    return (np.arange(2**num_genes)[:, None] >> np.arange(num_genes) & 1).astype(bool)


def state_numbers(bits: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The number of each row's state, ``(N,)``: gene 0 is the least significant bit."""
    return bits.astype(np.intp) @ (1 << np.arange(bits.shape[1], dtype=np.intp))


def count_states(bits: NDArray[np.bool_]) -> Array:
    """How many rows are in each state, float64 ``(2^G,)``."""
    return np.bincount(state_numbers(bits), minlength=2 ** bits.shape[1]).astype(np.float64)


def smoothed(counts: Array, alpha: float) -> Array:
    """Probabilities after ``alpha`` more cells in every state (Laplace), ``(2^G,)``."""
    return (counts + alpha) / (counts.sum() + alpha * len(counts))


def distinct_rows(rows: NDArray[Any]) -> tuple[NDArray[Any], Array, NDArray[np.intp]]:
    """Distinct rows ``(U, G)``, how often each occurs ``(U,)``, and which one each row is ``(N,)``."""
    found, which, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    return found, counts.astype(np.float64), which.reshape(-1)


def conditional_table(distribution: Array) -> Array:
    """For every state and gene: how probable is it that the gene is active, the others being as they are?

    Where the distribution gives neither possibility any probability the answer is 0.5, the limit of giving
    every state the same little.

    Args:
        distribution: Probabilities, ``(2^G,)``.

    Returns:
        Probabilities, ``(2^G, G)``.
    """
    num_genes = len(distribution).bit_length() - 1
    states = np.arange(len(distribution))[:, None]
    bit = 1 << np.arange(num_genes)
    active, silent = distribution[states | bit], distribution[states & ~bit]
    both = active + silent
    return np.divide(active, both, out=np.full(both.shape, 0.5), where=both > 0)


def as_bits(argument: str, values: Array, binarize: Any) -> NDArray[np.bool_]:
    """Which numbers mean "active", ``(N, G)``: ones among zeros, or what is above ``binarize``.

    Raises:
        ArgumentError: Another number than 0 and 1, and ``binarize`` is None.
    """
    if binarize is not None:
        return values > as_float("binarize", binarize)
    allowed = (values == 0) | (values == 1)
    if not allowed.all():
        hint = "Set binarize to the number above which a gene counts as active: 0 for counts or residuals."
        raise ArgumentError(argument, "must hold only 0 and 1", float(values[~allowed][0]), hint)
    return values > 0.5
