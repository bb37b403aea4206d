"""A score held against scores of permuted labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qsetu.core.checks import as_float, as_float_array
from qsetu.core.errors import ArgumentError, Said

__all__ = ["permutation_p_value"]


def permutation_p_value(
    observed: float, permuted: Sequence[float], *, higher_is_better: bool = True
) -> float:
    """One-sided p-value of a score among M scores of randomly permuted labels: ``(B + 1) / (M + 1)``.

    B counts the permutations that score at least as well. The observed order is itself one of the orders,
    which is why 1 is added: B / M would be zero when none is as good, and no number of permutations shows
    that. The least p-value is 1 / (M + 1).

    Args:
        observed: Score of the labels as they are.
        permuted: M scores of permuted labels, M at least 1.
        higher_is_better: Which end of the scores is good.

    Raises:
        ArgumentError: No permutation, or a value that is no finite number.

    Reference: Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9, 39 (2010).

    Example:
        >>> from qsetu.experiments.statistics import permutation_p_value
        >>> permutation_p_value(0.9, [0.5, 0.4, 0.6, 0.5])
        0.2
    """
    value = as_float("observed", observed)
    others = as_float_array("permuted", permuted, "(M,)")
    if others.ndim != 1 or len(others) == 0:
        raise ArgumentError("permuted", "must hold at least 1 score", Said(f"shape {others.shape}"))
    if not higher_is_better:
        value, others = -value, -others
    # Equal scores that were summed in another order count as equal.
    slack = 1e-12 * max(abs(value), float(np.abs(others).max()))
    return (int((others >= value - slack).sum()) + 1) / (len(others) + 1)
