"""Wilcoxon's signed ranks of two models on the same folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.experiments.statistics.inputs import as_pair, leveled

__all__ = ["WilcoxonTest", "wilcoxon_test"]

# The exact distribution is a table of J^2 sums, filled J times.
_MOST_EXACT = 200


@dataclass(frozen=True)
class WilcoxonTest:
    """Signed ranks of the differences between two models.

    Attributes:
        positive: Sum of the ranks of folds in which a is higher.
        negative: Sum of the ranks of folds in which b is higher.
        rank_biserial: ``(positive - negative) / (positive + negative)``, from -1 to 1; 0.0 if all are equal.
        p: Two-sided p-value.
        folds: J.
        zeros: Folds in which both are equal.
        method: "exact" or "normal approximation".
        note: What the p-value takes for granted.
    """

    positive: float
    negative: float
    rank_biserial: float
    p: float
    folds: int
    zeros: int
    method: str
    note: ClassVar[str] = (
        "The p-value takes folds for independent. They share training samples, so it is too small as a rule: "
        "read it beside a corrected test."
    )


def wilcoxon_test(a: ArrayLike, b: ArrayLike) -> WilcoxonTest:
    """Wilcoxon's signed rank test, exact with ties and zeros up to 200 folds.

    Differences are ranked by size, equal ones by their mean rank. Zeros take part in ranking and are then
    left out (Pratt 1959). The exact p-value is over all signs of the others, given these ranks; for more
    folds it is SciPy's normal approximation.

    Args:
        a: Scores of one model, ``(J,)``, J at least 2, one an outer fold.
        b: Scores of another on the same folds in the same order, ``(J,)``.

    Raises:
        ArgumentError: Scores that do not pair up.

    References: Wilcoxon, Biometrics Bulletin 1, 80 (1945); Pratt, J. Am. Stat. Assoc. 54, 655 (1959); the
    effect size: Kerby, Comprehensive Psychology 3, 11.IT.3.1 (2014).

    Example:
        >>> from qsetu.experiments.statistics import wilcoxon_test
        >>> test = wilcoxon_test([0.8, 0.9, 0.7, 0.6, 0.9], [0.7, 0.6, 0.5, 0.2, 0.4])
        >>> test.p, test.rank_biserial
        (0.0625, 1.0)
    """
    from scipy.stats import rankdata, wilcoxon

    first, second = as_pair(a, b)
    clean = leveled(first - second, float(max(np.abs(first).max(), np.abs(second).max())))
    ranks = rankdata(np.abs(clean))
    positive, negative = float(ranks[clean > 0].sum()), float(ranks[clean < 0].sum())
    zeros = int((clean == 0).sum())
    if zeros == len(clean):
        return WilcoxonTest(0.0, 0.0, 0.0, 1.0, len(clean), zeros, "exact")
    if len(clean) <= _MOST_EXACT:
        p, method = _exact_p(ranks[clean != 0], min(positive, negative)), "exact"
    else:
        # "approx" is the name that all SciPy versions we allow know.
        p = float(wilcoxon(clean, zero_method="pratt", method="approx").pvalue)
        method = "normal approximation"
    effect = (positive - negative) / (positive + negative)
    return WilcoxonTest(positive, negative, effect, p, len(clean), zeros, method)


def _exact_p(ranks: NDArray[np.float64], smaller: float) -> float:
    """P(the smaller of both sums is at most ``smaller``) over all signs of ``ranks``."""
    doubled = np.rint(2 * ranks).astype(np.int64)  # mean ranks are halves
    total = int(doubled.sum())
    shares = np.zeros(total + 1)
    shares[0] = 1.0
    for rank in doubled:
        moved = np.zeros_like(shares)
        moved[rank:] = shares[: total + 1 - rank]
        shares = (shares + moved) / 2
    return min(1.0, 2 * float(shares[: round(2 * smaller) + 1].sum()))
