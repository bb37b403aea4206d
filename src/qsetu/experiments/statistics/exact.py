"""Exact answers for one split: counts of right predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.experiments.statistics.inputs import as_confidence

__all__ = ["McNemar", "Proportion", "exact_interval", "mcnemar"]


@dataclass(frozen=True)
class Proportion:
    """A share with its interval.

    Attributes:
        share: Successes divided by trials.
        low: Lower end.
        high: Upper end.
    """

    share: float
    low: float
    high: float


@dataclass(frozen=True)
class McNemar:
    """Two models on the same test samples.

    Attributes:
        both: Samples that both got right.
        only_a: Samples that only a got right.
        only_b: Samples that only b got right.
        neither: Samples that both got wrong.
        p: Exact two-sided p-value; 1.0 where no sample tells them apart.
    """

    both: int
    only_a: int
    only_b: int
    neither: int
    p: float


def exact_interval(successes: int, trials: int, confidence: float = 0.95) -> Proportion:
    """Interval of Clopper and Pearson for a share, such as the accuracy on one published test set.

    It covers the truth at least as often as it says, whatever the truth is, for independent trials. It is
    about this one trained model: another training set is not in it.

    Args:
        successes: Right predictions, from 0 to ``trials``.
        trials: Test samples, at least 1.
        confidence: Probability of the two-sided interval, above 0.5 and below 1.

    Raises:
        ArgumentError: Not such counts.

    Reference: Clopper and Pearson, Biometrika 26, 404 (1934).

    Example:
        >>> from qsetu.experiments.statistics import exact_interval
        >>> found = exact_interval(34, 34)
        >>> found.share, round(found.low, 4), found.high
        (1.0, 0.8972, 1.0)
    """
    from scipy.stats import beta

    total = as_int("trials", trials, 1)
    hits = as_int("successes", successes, 0, total)
    tail = (1 - as_confidence(confidence)) / 2
    low = float(beta.ppf(tail, hits, total - hits + 1)) if hits else 0.0
    high = float(beta.isf(tail, hits + 1, total - hits)) if hits < total else 1.0
    return Proportion(hits / total, low, high)


def mcnemar(a_correct: ArrayLike, b_correct: ArrayLike) -> McNemar:
    """Exact test of McNemar: of the samples that one model alone got right, are as many a's as b's?

    Like :func:`exact_interval` it is about two trained models on one test set of independent samples.

    Args:
        a_correct: Whether a got each sample right, bool ``(N,)``.
        b_correct: Whether b did, the same samples in the same order, bool ``(N,)``.

    Raises:
        ArgumentError: Not true or false, or not as many.

    Reference: McNemar, Psychometrika 12, 153 (1947).

    Example:
        >>> from qsetu.experiments.statistics import mcnemar
        >>> mcnemar([True, True, True, False], [True, False, False, False])
        McNemar(both=1, only_a=2, only_b=0, neither=1, p=0.5)
    """
    from scipy.stats import binom

    a, b = _flags("a_correct", a_correct), _flags("b_correct", b_correct)
    if len(a) != len(b):
        raise ArgumentError("b_correct", f"must hold {len(a)} values, as 'a_correct' does", Said(f"{len(b)}"))
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    p = min(1.0, 2 * float(binom.cdf(min(only_a, only_b), only_a + only_b, 0.5)))
    return McNemar(int((a & b).sum()), only_a, only_b, int((~a & ~b).sum()), p)


def _flags(argument: str, value: Any) -> NDArray[np.bool_]:
    flags = np.asarray(value)
    if (
        flags.ndim != 1
        or len(flags) == 0
        or flags.dtype.kind not in "biu"
        or not np.isin(flags, (0, 1)).all()
    ):
        raise ArgumentError(argument, "must be a list of true or false, one a test sample", value)
    return flags.astype(np.bool_)
