"""Intervals for cross-validated scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qsetu.core.checks import as_float, as_float_array
from qsetu.core.errors import ArgumentError, Said
from qsetu.experiments.statistics.inputs import as_confidence, as_df, as_size

__all__ = ["Interval", "corrected_interval"]


@dataclass(frozen=True)
class Interval:
    """A mean with its interval, clipped to the values that the score can have.

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
    scores: Sequence[float],
    train_size: float,
    test_size: float,
    confidence: float = 0.95,
    *,
    low: float | None = 0.0,
    high: float | None = 1.0,
    df: float | None = None,
) -> Interval:
    """Mean of J cross-validation scores and its interval by the corrected resampled t.

    Training sets of different folds overlap, so fold scores are not independent and the plain
    variance of their mean, ``s^2 / J``, is too small. Nadeau and Bengio replace it by
    ``(1/J + n_test/n_train) s^2``; the interval is the mean plus or minus that standard error times
    the t quantile with J - 1 degrees of freedom. It is a heuristic, and it is about this dataset: it
    says nothing about another donor or laboratory.

    Repeating folds narrows it by more than repeats tell, most where small changes of the training set
    change the model: see the table in :mod:`qsetu.experiments.statistics`. Degrees of freedom of
    one repeat, folds - 1, make up for that.

    Args:
        scores: J scores, one an outer fold, J at least 2.
        train_size: Mean number of training samples of a fold.
        test_size: Mean number of test samples of a fold.
        confidence: Probability of the two-sided interval, above 0.5 and below 1.
        low: Least value that the score can have, at which the interval ends; None if there is none.
        high: Largest value that the score can have; None if there is none.
        df: Degrees of freedom, from 1 to J - 1; J - 1 if not given.

    Returns:
        Mean and interval. Equal scores in all folds give an interval without width, as no spread was seen,
        which does not mean that there is none.

    Raises:
        ArgumentError: Fewer than 2 scores, a score outside of what it can be, or a size that is not positive.

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
    least = -math.inf if low is None else as_float("low", low)
    most = math.inf if high is None else as_float("high", high)
    if least >= most:
        raise ArgumentError("low", "must be below 'high'", low)
    if values.min() < least or values.max() > most:
        bounds = (
            f"from {least:g} to {most:g}"
            if max(-least, most) < math.inf
            else (f"of at least {least:g}" if most == math.inf else f"of at most {most:g}")
        )
        hint = "For a score with other bounds, or none, give 'low' and 'high'."
        shown = Said(f"scores from {values.min():g} to {values.max():g}")
        raise ArgumentError("scores", f"must be {bounds}", shown, hint)
    train, test = as_size("train_size", train_size), as_size("test_size", test_size)
    level = as_confidence(confidence)
    count = len(values)
    freedom = as_df(df, count)
    mean, std = float(values.mean()), float(values.std(ddof=1))
    error = math.sqrt(1 / count + test / train) * std
    reach = float(t.ppf(0.5 + level / 2, freedom)) * error if error else 0.0
    return Interval(mean, max(mean - reach, least), min(mean + reach, most), std)
