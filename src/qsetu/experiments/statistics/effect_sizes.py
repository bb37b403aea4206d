"""How large a difference between two models is, apart from whether it is certain."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qsetu.experiments.statistics.inputs import as_pair, leveled

__all__ = ["PairedEffect", "cliff_delta", "paired_effect"]


@dataclass(frozen=True)
class PairedEffect:
    """A mean difference in units of its spread over folds.

    Attributes:
        d: Cohen's d of paired values, the mean difference divided by the standard deviation of the
        differences
            (called d_z); 0.0 where all are equal, None where they differ by the same in all folds.
        g: The same with the correction of Hedges for few folds; None where ``d`` is.
        folds: J.
    """

    d: float | None
    g: float | None
    folds: int


def paired_effect(a: ArrayLike, b: ArrayLike) -> PairedEffect:
    """Cohen's d over folds, and its correction for few folds.

    The spread is that of fold scores, which depends on how large the test folds are: compare such effects
    only within one plan of folds. The correction is exact for independent normal differences: ``Gamma(m/2) /
    (sqrt(m/2) Gamma((m-1)/2))`` with m = J - 1; for two folds it is 0.

    Args:
        a: Scores of one model, ``(J,)``, J at least 2, one an outer fold.
        b: Scores of another on the same folds in the same order, ``(J,)``.

    Raises:
        ArgumentError: Scores that do not pair up.

    References: Cohen, Statistical Power Analysis for the Behavioral Sciences (1988); Hedges, Journal of
    Educational Statistics 6, 107 (1981).

    Example:
        >>> from qsetu.experiments.statistics import paired_effect
        >>> effect = paired_effect([0.8, 0.9, 0.7], [0.7, 0.6, 0.5])
        >>> round(effect.d, 3), round(effect.g, 3)
        (2.0, 1.128)
    """
    first, second = as_pair(a, b)
    differences = first - second
    count = len(differences)
    clean = leveled(differences, float(max(np.abs(first).max(), np.abs(second).max())))
    if np.ptp(clean) == 0:
        value = 0.0 if clean[0] == 0 else None
        return PairedEffect(value, value, count)
    d = float(differences.mean() / differences.std(ddof=1))
    return PairedEffect(d, d * _hedges(count - 1), count)


def _hedges(df: int) -> float:
    if df < 2:
        return 0.0
    return math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)


def cliff_delta(a: ArrayLike, b: ArrayLike) -> float:
    """Cliff's delta over folds: P(a > b) - P(a < b) for a fold of each, drawn apart, from -1 to 1.

    It asks how far the two sets of scores overlap and does not use that folds pair up.

    Args:
        a: Scores of one model, ``(J,)``, J at least 2, one an outer fold.
        b: Scores of another on the same folds, ``(J,)``.

    Raises:
        ArgumentError: Scores that do not pair up.

    Reference: Cliff, Psychological Bulletin 114, 494 (1993).

    Example:
        >>> from qsetu.experiments.statistics import cliff_delta
        >>> cliff_delta([0.8, 0.9], [0.7, 0.8])
        0.75
    """
    first, second = as_pair(a, b)
    scale = float(max(np.abs(first).max(), np.abs(second).max()))
    gaps = leveled(first[:, None] - second, scale)
    return float(np.sign(gaps).mean())
