"""The corrected t test of two models on the same folds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qsetu.experiments.statistics.inputs import as_confidence, as_df, as_pair, as_size, leveled

__all__ = ["PairedTest", "corrected_paired_test"]


@dataclass(frozen=True)
class PairedTest:
    """Two models compared on the same folds.

    Attributes:
        difference: Mean of a - b over folds.
        low: Lower end of its interval; None where it cannot be said.
        high: Upper end; None where it cannot be said.
        t: The corrected statistic; None where it cannot be said.
        df: Degrees of freedom.
        p: Two-sided p-value; 1.0 where there is no evidence either way.
        std: Standard deviation of the differences over folds (divisor J - 1), 0.0 where they are all equal.
    """

    difference: float
    low: float | None
    high: float | None
    t: float | None
    df: float
    p: float
    std: float


def corrected_paired_test(
    a: ArrayLike,
    b: ArrayLike,
    train_size: float,
    test_size: float,
    confidence: float = 0.95,
    *,
    df: float | None = None,
) -> PairedTest:
    """Corrected resampled t test of J paired fold scores.

    Training sets overlap between folds, so the variance of a mean difference is more than ``s^2 / J``; Nadeau
    and Bengio take ``(1/J + n_test/n_train) s^2`` instead. The plain paired t test finds differences that are
    not there, the more the oftener folds are repeated.

    It is a heuristic. With repeated folds and models that small changes of the training set change, it finds
    too many differences as well (about 9 % instead of 5 % where that was measured, against 50 % for the plain
    test: see :mod:`qsetu.experiments.statistics`); degrees of freedom of one repeat, folds - 1, mend that.

    Where the differences are equal in all folds there is no spread to hold them against. If they are zero, p
    is 1.0 and the interval is 0 to 0. If they are not, the formula would give p = 0 and an interval without
    width: certainty, out of a spread that was merely not seen (a few folds that differ by one sample each do
    it). Then t and the interval are None and p is 1.0: this test found no evidence, whatever the difference
    is.

    Args:
        a: Scores of one model, ``(J,)``, J at least 2, one an outer fold.
        b: Scores of another on the same folds in the same order, ``(J,)``.
        train_size: Mean number of training samples of a fold.
        test_size: Mean number of test samples of a fold.
        confidence: Probability of the two-sided interval, above 0.5 and below 1.
        df: Degrees of freedom, from 1 to J - 1; J - 1 if not given.

    Raises:
        ArgumentError: Scores that do not pair up, or a number out of its range.

    Reference: Nadeau and Bengio, Inference for the generalization error, Machine Learning 52, 239 (2003).

    Example:
        >>> from qsetu.experiments.statistics import corrected_paired_test
        >>> test = corrected_paired_test([0.8, 0.9, 0.7], [0.7, 0.6, 0.5], 80, 20)
        >>> round(test.difference, 3), round(test.t, 3), round(test.p, 3)
        (0.2, 2.619, 0.12)
    """
    first, second = as_pair(a, b)
    train, test = as_size("train_size", train_size), as_size("test_size", test_size)
    level = as_confidence(confidence)
    differences = first - second
    count, difference = len(differences), float(differences.mean())
    freedom = as_df(df, count)
    clean = leveled(differences, float(max(np.abs(first).max(), np.abs(second).max())))
    if np.ptp(clean) == 0:
        if clean[0] == 0:
            return PairedTest(0.0, 0.0, 0.0, 0.0, freedom, 1.0, 0.0)
        return PairedTest(difference, None, None, None, freedom, 1.0, 0.0)
    from scipy.stats import t

    std = float(differences.std(ddof=1))
    error = math.sqrt(1 / count + test / train) * std
    reach = float(t.ppf(0.5 + level / 2, freedom)) * error
    statistic = difference / error
    p = min(1.0, 2 * float(t.sf(abs(statistic), freedom)))
    return PairedTest(difference, difference - reach, difference + reach, statistic, freedom, p, std)
