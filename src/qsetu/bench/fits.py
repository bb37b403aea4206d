"""How something grows, and how far a prediction is off: least squares on logarithms, errors as factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qsetu.bench.ratios import CONFIDENCE, RESAMPLES
from qsetu.bench.records import CandidateRecord
from qsetu.core.errors import ArgumentError

__all__ = ["Errors", "Fit", "errors_of", "power_law"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """``seconds = factor * size ** exponent``.

    Attributes:
        exponent: The slope on logarithms.
        low: Lower end of its bootstrap interval over rounds and processes.
        high: Upper end.
        factor: Seconds at size 1.
        off: The largest factor between a median and the line: whether it is a power law at all. The interval
            does not tell, because rounds repeat a bend.
        points: Sizes.
    """

    exponent: float
    low: float
    high: float
    factor: float
    off: float
    points: int

    def __str__(self) -> str:
        return f"{self.exponent:.2f} ({self.low:.2f} to {self.high:.2f})"


def power_law(
    sizes: Sequence[float], timed: Sequence[CandidateRecord], resamples: int = RESAMPLES, seed: int = 0
) -> Fit:
    """Fit a power of the size to the medians, each size with the same weight.

    Rounds are drawn apart for each size, because sizes were timed one after the other; processes are drawn
    together, because each of them timed all.

    Args:
        sizes: Positive, at least two different ones.
        timed: What was timed at each.
        resamples: Bootstrap draws.
        seed: Of the draws.

    Raises:
        ArgumentError: The two differ in length, or ``sizes`` does not keep to that.
    """
    if len(sizes) != len(timed):
        raise ArgumentError("timed", f"must have one candidate for each of {len(sizes)} sizes", len(timed))
    if len(set(sizes)) < 2 or min(sizes) <= 0:
        raise ArgumentError("sizes", "must be positive, and two different ones at least", list(sizes))
    x = np.log(np.asarray(sizes, dtype=np.float64))
    y = np.log([one.median for one in timed])
    exponent = float(_slopes(x, y[:, None])[0])
    line = exponent * (x - x.mean()) + y.mean()
    draws = _slopes(x, np.log(_medians(timed, resamples, seed)))
    low, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Fit(
        exponent,
        min(float(low), exponent),
        max(float(high), exponent),
        float(np.exp(y.mean() - exponent * x.mean())),
        float(np.exp(np.abs(y - line).max())),
        len(sizes),
    )


def _slopes(x: Array, y: Array) -> Array:
    """Of the least-squares line through each column of ``y``."""
    centered = x - x.mean()
    return np.asarray(centered @ y / (centered @ centered))


def _medians(timed: Sequence[CandidateRecord], resamples: int, seed: int) -> Array:
    """Bootstrap draws of each candidate's median; shape (candidates, resamples)."""
    rng = np.random.default_rng(seed)
    count = len(timed[0].runs)
    together = rng.integers(count, size=(resamples, count))
    drawn = []
    for one in timed:
        runs = [np.asarray(run.seconds) for run in one.runs]
        medians = np.stack([
            np.median(run[rng.integers(len(run), size=(resamples, len(run)))], axis=1) for run in runs
        ])  # fmt: skip
        # A process that died in one of the cases left fewer runs there.
        picked = together if len(runs) == count else rng.integers(len(runs), size=(resamples, len(runs)))
        drawn.append(np.median(medians[picked, np.arange(resamples)[:, None]], axis=1))
    return np.stack(drawn)


@dataclass(frozen=True)
class Errors:
    """Predictions against what was measured. An error is a factor: 2 is twice or half as much.

    Attributes:
        median: Median error.
        worst: The largest.
        where: Which one that is.
        within_two: Share of predictions with an error of at most 2.
        bias: Median of predicted over measured: below 1 where less is promised than it takes.
        count: Predictions.
    """

    median: float
    worst: float
    where: int
    within_two: float
    bias: float
    count: int


def errors_of(predicted: Sequence[float], measured: Sequence[float]) -> Errors:
    """How far predictions are off.

    Raises:
        ArgumentError: None, a number that is not positive, or two different lengths.
    """
    if len(predicted) != len(measured) or not predicted:
        raise ArgumentError("predicted", f"must be as many as measured ({len(measured)})", len(predicted))
    if min(*predicted, *measured) <= 0:
        raise ArgumentError("predicted", "must be positive, and so must what was measured", list(predicted))
    ratios = np.divide(predicted, measured)
    off = np.maximum(ratios, 1 / ratios)
    return Errors(
        float(np.median(off)),
        float(off.max()),
        int(off.argmax()),
        float(np.mean(off <= 2)),
        float(np.median(ratios)),
        len(ratios),
    )
