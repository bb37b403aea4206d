"""Intervals for cross-validated scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qsetu.core.checks import as_float, as_float_array
from qsetu.core.errors import ArgumentError

__all__ = ["Interval", "corrected_interval"]


@dataclass(frozen=True)
class Interval:
    """A mean with its interval, clipped to [0, 1].

    Attributes:
        mean: Mean over folds.
        low: Lower end.
        high: Upper end.
        std: Standard deviation over folds (divisor J - 1).
    """

    mean: float
    low: float
    high: float
    std: float


def corrected_interval(
    scores: Sequence[float], train_size: float, test_size: float, confidence: float = 0.95
) -> Interval:
    """Mean of J cross-validation scores and its interval by the corrected resampled t.

    Training sets of different folds overlap, so fold scores are not independent and the plain
    variance of their mean, ``s^2 / J``, is too small. Nadeau and Bengio replace it by
    ``(1/J + n_test/n_train) s^2``; the interval is the mean plus or minus that standard error times
    the t quantile with J - 1 degrees of freedom. It is a heuristic, conservative as a rule, and it
    is about this dataset: it says nothing about another donor or laboratory.

    Args:
        scores: J scores from 0 to 1, one an outer fold, J at least 2.
        train_size: Mean number of training samples of a fold.
        test_size: Mean number of test samples of a fold.
        confidence: Probability of the two-sided interval, above 0.5 and below 1.

    Raises:
        ArgumentError: Fewer than 2 scores, a score outside [0, 1], or a size that is not positive.

    Reference: Nadeau and Bengio, Inference for the generalization error, Machine Learning 52, 239 (2003).

    Example:
        >>> from qsetu.experiments import corrected_interval
        >>> interval = corrected_interval([0.6, 0.7, 0.8], 80, 20)
        >>> round(interval.mean, 3), round(interval.low, 3), round(interval.high, 3)
        (0.7, 0.371, 1.0)
    """
    from scipy.stats import t

    values = as_float_array("scores", list(scores), "(J,)")
    if values.ndim != 1 or len(values) < 2:
        raise ArgumentError("scores", "must hold at least 2 scores", scores)
    if values.min() < 0 or values.max() > 1:
        raise ArgumentError("scores", "must lie from 0 to 1", scores)
    train = as_float("train_size", train_size, low=0.0, open_low=True)
    test = as_float("test_size", test_size, low=0.0, open_low=True)
    level = as_float("confidence", confidence, low=0.5, high=1.0, open_low=True)
    count = len(values)
    mean, std = float(values.mean()), float(values.std(ddof=1))
    error = math.sqrt(1 / count + test / train) * std
    reach = float(t.ppf(0.5 + level / 2, count - 1)) * error if error else 0.0
    return Interval(mean, float(np.clip(mean - reach, 0, 1)), float(np.clip(mean + reach, 0, 1)), std)
