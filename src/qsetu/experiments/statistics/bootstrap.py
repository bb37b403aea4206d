"""Intervals by resampling for any score of predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_choice, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import generator
from qsetu.experiments.statistics.inputs import as_confidence

__all__ = ["BootstrapInterval", "bootstrap_difference", "bootstrap_interval"]

# Indices drawn at a time.
_CHUNK = 1_000_000


@dataclass(frozen=True)
class BootstrapInterval:
    """A statistic with its bootstrap interval.

    Attributes:
        estimate: The statistic of the samples as they are.
        low: Lower end.
        high: Upper end.
        error: Bootstrap standard error (divisor R - 1).
        units: How many were resampled: samples, or groups.
        resamples: R.
        method: "bca" or "percentile".
    """

    estimate: float
    low: float
    high: float
    error: float
    units: int
    resamples: int
    method: str


def bootstrap_interval(
    statistic: Callable[..., float],
    arrays: Sequence[ArrayLike],
    groups: ArrayLike | None = None,
    *,
    strata: ArrayLike | None = None,
    resamples: int = 2000,
    confidence: float = 0.95,
    method: Literal["bca", "percentile"] = "bca",
    seed: int = 0,
) -> BootstrapInterval:
    """Interval of a score over samples, or over whole groups of samples such as donors.

    Samples are drawn with replacement, all of a group together if groups are given, and the statistic is
    taken of each such draw. "percentile" is the middle part of these values; "bca" corrects it for bias and
    for a spread that depends on the value, at the price of one evaluation more for every unit.

    For scores of out-of-fold predictions it tells how much depends on which samples there were to predict;
    the models are taken as trained, so what another training set would change is not in it. Where a sample
    was predicted several times (repeated folds), give the numbers of samples as ``groups``.

    A statistic that is the same for all resamples, such as the accuracy when everything was right, gets an
    interval without width; :func:`exact_interval` has an honest one.

    Args:
        statistic: Function of the arrays, in their order, that gives a number.
        arrays: Arrays with N entries along the first axis, such as true and predicted labels.
        groups: Group of each sample, ``(N,)``, if samples of a group belong together.
        strata: Stratum of each sample, ``(N,)``, such as its label: every resample has as many units of each
            as the data. All of a group are in one stratum. For "percentile" alone.
        resamples: R, at least 100.
        confidence: Probability of the two-sided interval, above 0.5 and below 1.
        method: "bca" or "percentile".
        seed: Seed; equal seeds give equal intervals.

    Raises:
        ArgumentError: Arrays of different length, fewer than 2 units, a statistic that is no finite number
            of a resample, a group in two strata, or strata with "bca".

    Reference: Efron, Better bootstrap confidence intervals, J. Am. Stat. Assoc. 82, 171 (1987); for groups:
    Davison and Hinkley, Bootstrap Methods and their Application (1997), section 3.8.

    Example:
        >>> import numpy as np
        >>> from qsetu.experiments.statistics import bootstrap_interval
        >>> true, predicted = np.arange(200) % 2, np.arange(200) % 2 * (np.arange(200) % 5 > 0)
        >>> found = bootstrap_interval(lambda t, p: float(np.mean(t == p)), [true, predicted], seed=1)
        >>> found.estimate, found.low < 0.9 < found.high
        (0.9, True)
    """
    data = _as_arrays(arrays)
    members = _as_members(groups, len(data[0]))
    count = as_int("resamples", resamples, 100)
    tail = (1 - as_confidence(confidence)) / 2
    as_choice("method", method, ("bca", "percentile"))
    estimate = _value(statistic, data, "the samples as they are")
    units = len(members) if members is not None else len(data[0])
    if units < 2:
        name, what = ("arrays", "samples") if members is None else ("groups", "groups")
        raise ArgumentError(name, f"must have at least 2 {what}", Said(f"{units}"))
    values = np.empty(count)
    parts = _as_parts(strata, len(data[0]), members, method)
    for number, chosen in enumerate(_draws(count, units, seed, parts)):
        rows = chosen if members is None else np.concatenate([members[unit] for unit in chosen])
        values[number] = _value(statistic, [array[rows] for array in data], "a resample")
    tails = np.array([tail, 1 - tail])
    if method == "bca":
        tails = _corrected(tails, values, estimate, _jackknife(statistic, data, members))
    low, high = (float(end) for end in np.quantile(values, tails))
    return BootstrapInterval(estimate, low, high, float(values.std(ddof=1)), units, count, method)


def bootstrap_difference(
    statistic: Callable[[Any, Any], float],
    truth: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    strata: ArrayLike | None = None,
    resamples: int = 2000,
    confidence: float = 0.95,
    method: Literal["bca", "percentile"] = "bca",
    seed: int = 0,
) -> BootstrapInterval:
    """Interval of the difference in score between two models' predictions of the same samples.

    Both are scored on the same resamples, so what is hard for both does not widen the interval. Otherwise as
    :func:`bootstrap_interval`.

    Args:
        statistic: Function of truth and predictions that gives a number.
        truth: What is to be predicted, ``(N, ...)``.
        a: Predictions of one model, ``(N, ...)``.
        b: Predictions of another, ``(N, ...)``.
        groups: Group of each sample, ``(N,)``, if samples of a group belong together.
        strata: As in :func:`bootstrap_interval`.
        resamples: R, at least 100.
        confidence: Probability of the two-sided interval, above 0.5 and below 1.
        method: "bca" or "percentile".
        seed: Seed; equal seeds give equal intervals.

    Returns:
        The interval of ``statistic(truth, a) - statistic(truth, b)``.

    Raises:
        ArgumentError: As :func:`bootstrap_interval`.
    """

    def difference(true: Any, first: Any, second: Any) -> float:
        return float(statistic(true, first)) - float(statistic(true, second))

    return bootstrap_interval(
        difference,
        [truth, a, b],
        groups,
        strata=strata,
        resamples=resamples,
        confidence=confidence,
        method=method,
        seed=seed,
    )


def _as_arrays(arrays: Sequence[ArrayLike]) -> list[NDArray[Any]]:
    data = [np.asarray(array) for array in arrays]
    if not data or any(array.ndim == 0 for array in data):
        raise ArgumentError("arrays", "must be one or more arrays of N entries", Said(f"{len(data)} arrays"))
    lengths = [len(array) for array in data]
    if len(set(lengths)) > 1:
        raise ArgumentError("arrays", "must have the same number of entries", Said(f"lengths {lengths}"))
    return data


def _as_members(groups: ArrayLike | None, samples: int) -> list[NDArray[np.int64]] | None:
    """Positions of the samples of each group, groups in sorted order."""
    if groups is None:
        return None
    names = np.asarray(groups)
    if names.shape != (samples,):
        raise ArgumentError("groups", f"must have shape ({samples},)", Said(f"shape {names.shape}"))
    _, codes, sizes = np.unique(names, return_inverse=True, return_counts=True)
    return np.split(np.argsort(codes, kind="stable"), np.cumsum(sizes)[:-1])


def _value(statistic: Callable[..., float], data: list[NDArray[Any]], where: str) -> float:
    value = float(statistic(*data))
    if not np.isfinite(value):
        hint = "A score that needs every label fails where a resample lacks one: score the labels that occur."
        raise ArgumentError("statistic", f"must be a finite number of {where}", value, hint)
    return value


def _as_parts(
    strata: ArrayLike | None, samples: int, members: list[NDArray[np.int64]] | None, method: str
) -> list[NDArray[np.int64]] | None:
    """Positions of the units of each stratum."""
    if strata is None:
        return None
    if method != "percentile":
        raise ArgumentError("strata", 'must not be given but with method = "percentile"', Said(method))
    names = np.asarray(strata)
    if names.shape != (samples,):
        raise ArgumentError("strata", f"must have shape ({samples},)", Said(f"shape {names.shape}"))
    if members is not None:
        for rows in members:
            if len(set(names[rows].tolist())) > 1:
                raise ArgumentError("strata", "must be one for all samples of a group", names[rows])
        names = names[[rows[0] for rows in members]]
    return _as_members(names, len(names))


def _draws(
    count: int, units: int, seed: int, parts: list[NDArray[np.int64]] | None
) -> Iterator[NDArray[np.int64]]:
    random = generator(as_int("seed", seed, 0), "bootstrap")
    step = max(1, _CHUNK // units)
    for start in range(0, count, step):
        rows = min(step, count - start)
        if parts is None:
            yield from random.integers(0, units, size=(rows, units))
        else:
            drawn = [part[random.integers(0, len(part), size=(rows, len(part)))] for part in parts]
            yield from np.concatenate(drawn, axis=1)


def _jackknife(
    statistic: Callable[..., float], data: list[NDArray[Any]], members: list[NDArray[np.int64]] | None
) -> NDArray[np.float64]:
    """The statistic without each unit in turn."""
    every = len(data[0])
    parts = members if members is not None else list(np.arange(every)[:, None])
    values = np.empty(len(parts))
    for number, left_out in enumerate(parts):
        values[number] = _value(
            statistic, [np.delete(array, left_out, axis=0) for array in data], "all units but one"
        )
    return values


def _corrected(
    tails: NDArray[np.float64], values: NDArray[np.float64], estimate: float, without: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The tails that the BCa interval takes instead."""
    from scipy.special import ndtr, ndtri

    # Scores of few samples tie with the estimate often: half of the ties count as below.
    below = float((values < estimate).mean() + (values == estimate).mean() / 2)
    # No resample on one side does not show that there could be none.
    least = 0.5 / len(values)
    bias = ndtri(min(max(below, least), 1 - least))
    spread = without.mean() - without
    power = float((spread**2).sum()) ** 1.5
    acceleration = float((spread**3).sum()) / (6 * power) if power > 0 else 0.0
    moved = bias + ndtri(tails)
    return np.asarray(ndtr(bias + moved / (1 - acceleration * moved)))
