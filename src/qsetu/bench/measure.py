"""Interleaved timing: A B B A A B ..., so that a machine that slows down slows every candidate alike."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError

__all__ = ["Ratio", "Timing", "compare", "measure", "rest"]

Clock = Callable[[], float]

# A budget that runs out early still leaves this many rounds: fewer have no spread to speak of.
MIN_ROUNDS = 3


@dataclass(frozen=True)
class Timing:
    """How long one candidate took.

    Attributes:
        name: The candidate.
        first: Seconds of the first call, compilation and caching included.
        calls: Calls in each sample; a sample is their mean.
        samples: Seconds a call, one sample for each round; sample r of every candidate measured
            together comes from the same round.
    """

    name: str
    first: float
    calls: int
    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median seconds a call."""
        return float(np.median(self.samples))

    @property
    def spread(self) -> float:
        """Interquartile range of the samples, seconds."""
        low, high = np.quantile(self.samples, [0.25, 0.75])
        return float(high - low)


@dataclass(frozen=True)
class Ratio:
    """``median(candidate) / median(baseline)`` with a bootstrap interval; above 1 is slower.

    Attributes:
        name: The candidate.
        baseline: What it is compared with.
        value: The ratio of medians.
        low: Lower end of the interval.
        high: Upper end of the interval.
        confidence: Its nominal coverage.
    """

    name: str
    baseline: str
    value: float
    low: float
    high: float
    confidence: float


def measure(
    candidates: Mapping[str, Callable[[], Any]],
    *,
    check: Callable[[Mapping[str, Any]], None] | None = None,
    rounds: int = 15,
    min_sample: float = 0.005,
    budget: float = math.inf,
    before: Callable[[], object] | None = None,
    clock: Clock = time.perf_counter,
) -> tuple[Timing, ...]:
    """Time every candidate once a round, in an order that turns around each round.

    Each candidate is called once cold (``Timing.first``), then warm until it is known how many
    calls fill ``min_sample`` seconds; neither counts as a sample.

    Args:
        candidates: Name to a callable without arguments. A callable that computes lazily has to
            wait for its result itself.
        check: Called with what each candidate returned when cold, by name, before anything else is
            timed; raises if an answer is wrong, because the time of a wrong answer means nothing.
        rounds: Samples of each candidate.
        min_sample: Shortest time one sample should take, seconds: a quick candidate is called
            several times, so that the clock's resolution does not matter.
        budget: Stop after this many seconds of rounds, though never before 3 rounds.
        before: Called before every sample, outside the clock; see :func:`rest`.
        clock: Seconds since any fixed moment; tests put their own here.

    Returns:
        One timing for each candidate, in the order given.

    Raises:
        ArgumentError: No candidate, or a number out of range.

    Example:
        >>> from qsetu.bench import measure
        >>> [timing.name for timing in measure({"sum": lambda: sum(range(100))}, rounds=3)]
        ['sum']
    """
    if not candidates:
        raise ArgumentError("candidates", "must hold at least one callable", dict(candidates))
    count = as_int("rounds", rounds, MIN_ROUNDS)
    shortest = as_float("min_sample", min_sample, low=0.0)
    if not budget > 0:
        raise ArgumentError("budget", "must be a positive number of seconds", budget)

    first: dict[str, float] = {}
    answers: dict[str, Any] = {}
    for name, call in candidates.items():
        begin = clock()
        answers[name] = call()
        first[name] = clock() - begin
    if check is not None:
        check(answers)
    calls = {name: _calls_to_fill(call, shortest, clock) for name, call in candidates.items()}
    samples: dict[str, list[float]] = {name: [] for name in candidates}
    start = clock()
    for index in range(count):
        if index >= MIN_ROUNDS and clock() - start >= budget:
            break
        # Turning the order around leaves nobody always right after the same neighbor.
        for name in candidates if index % 2 == 0 else reversed(list(candidates)):
            if before is not None:
                before()
            samples[name].append(_timed(candidates[name], calls[name], clock))
    return tuple(Timing(name, first[name], calls[name], tuple(samples[name])) for name in candidates)


def rest(longest: float = 1.0) -> None:
    """Wait until this process's threads have gone to sleep, ``longest`` seconds at most.

    Thread pools (OpenMP's, for one) keep their threads spinning for a while after a call, in hope of the
    next one: the threads of one candidate would take the processors from another. To be given as ``before``
    of :func:`measure`.
    """
    end = time.monotonic() + longest
    while time.monotonic() < end:
        used, start = time.process_time(), time.monotonic()
        time.sleep(0.01)
        if time.process_time() - used < 0.1 * (time.monotonic() - start):
            return


def compare(
    candidate: Timing,
    baseline: Timing,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Ratio:
    """The ratio of two timings measured together, with a percentile bootstrap interval over rounds.

    Rounds are drawn in pairs: what disturbed one candidate in a round disturbed the other too.

    Raises:
        ArgumentError: The two were not measured together (different numbers of rounds), or a
            number is out of range.
    """
    if len(candidate.samples) != len(baseline.samples):
        rule = f"must have as many samples as '{baseline.name}' ({len(baseline.samples)})"
        hint = "Measure both in one call of measure()."
        raise ArgumentError("candidate", rule, len(candidate.samples), hint)
    level = as_float("confidence", confidence, low=0.0, high=1.0, open_low=True)
    draws = as_int("resamples", resamples, 1)
    count = len(candidate.samples)
    picked = np.random.default_rng(as_int("seed", seed, 0)).integers(count, size=(draws, count))
    ratios = _medians(candidate, picked) / _medians(baseline, picked)
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
    value = candidate.median / baseline.median
    return Ratio(candidate.name, baseline.name, value, float(low), float(high), level)


def _medians(timing: Timing, picked: NDArray[np.int64]) -> NDArray[np.float64]:
    medians: NDArray[np.float64] = np.median(np.asarray(timing.samples)[picked], axis=1)
    return medians


def _timed(call: Callable[[], object], calls: int, clock: Clock) -> float:
    start = clock()
    for _ in range(calls):
        call()
    return (clock() - start) / calls


def _calls_to_fill(call: Callable[[], object], shortest: float, clock: Clock) -> int:
    """Calls of a warm candidate that take ``shortest`` seconds, found by doubling."""
    calls = 1
    while True:
        took = _timed(call, calls, clock) * calls
        if took >= shortest:
            return calls
        # From half the goal on the estimate is good enough to jump to the end.
        if took > shortest / 2:
            return math.ceil(calls * shortest / took)
        calls *= 2
