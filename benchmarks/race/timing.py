"""One race: check every answer, drop who has lost already, time the rest in turns."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from qsetu.bench import Ratio, Timing, compare, measure, rest
from race.candidate import Candidate

# A peer this many times slower than the best peer after its first calls is not timed further.
HOPELESS = 10.0
# Settings of one peer within this factor of its best one are timed; the others only screened.
CLOSE = 1.25
# A first call that took this long is not repeated to see whether it was warm-up.
LONG = 10.0  # seconds
MIN_SAMPLE = 0.05  # seconds


Say = Callable[[str], None]


class WrongAnswer(Exception):
    """A candidate computes something else."""


@dataclass(frozen=True)
class Case:
    """One race. `error(answer, expected)` must not pass `allowed[dtype]`."""

    suite: str
    name: str
    group: str
    width: int  # asked for; a family that does not come that wide has a few qubits less
    num_qubits: int
    gates: int
    ours: Candidate
    new: Callable[[], Any] | None  # as `ours`, of a circuit never seen before
    builders: tuple[Callable[[], list[Candidate]], ...]  # a peer each
    error: Callable[[np.ndarray, np.ndarray], float]
    allowed: dict[str, float]
    oracle: Callable[[], np.ndarray] | None = None  # an answer from the reference engine, where that is quick
    note: str = ""


@dataclass
class Outcome:
    """What came of a race; seconds."""

    case: Case
    first: float
    ours: Timing
    new: Timing | None
    peers: dict[str, Timing]
    dtypes: dict[str, str]
    dropped: dict[str, float]  # peers left behind after their first calls: times the best peer
    best: str | None = None
    ratio: Ratio | None = None  # best peer over ours; over ours of a new circuit, where it was timed
    warm: float | None = None  # the same, of a circuit already compiled

    @property
    def compile_share(self) -> float:
        """What a new circuit costs on top, as a part of the run."""
        return max(0.0, self.new.median / self.ours.median - 1) if self.new else 0.0


def infidelity(found: np.ndarray, expected: np.ndarray) -> float:
    """1 - |<found|expected>|^2 of two states up to their global phase, or how far a norm is from 1."""
    if found.shape != expected.shape:
        return np.inf
    overlap, norms = 0j, np.zeros(2)
    # Pieces, summed in double precision: single-precision sums of 2^24 terms are too coarse.
    for low in range(0, len(found), 2**16):
        a = found[low : low + 2**16].astype(np.complex128)
        b = expected[low : low + 2**16].astype(np.complex128)
        overlap += np.vdot(a, b)
        norms += np.vdot(a, a).real, np.vdot(b, b).real
    return float(max(abs(1 - abs(overlap) ** 2 / norms.prod()), np.abs(norms - 1).max()))


def largest_difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest entry of the difference; a smaller answer is held against the same corner."""
    if found.ndim != expected.ndim:
        return np.inf
    corner = expected[tuple(slice(size) for size in found.shape)]
    return float(np.abs(found - corner).max())


def _check(case: Case, who: Candidate, answer: np.ndarray, expected: np.ndarray) -> None:
    error = case.error(answer, expected)
    if not error <= case.allowed[who.dtype]:
        raise WrongAnswer(f"{case.name}, {case.num_qubits} qubits: {who.name} is off by {error:.3g}")


def _screened(case: Case, expected: np.ndarray, say: Say) -> tuple[list[Candidate], dict[str, float]]:
    """Peers worth timing, every answer checked on the way."""
    took: list[tuple[float, Candidate]] = []
    for build in case.builders:
        for who in build():
            say(f"{case.name}, {case.num_qubits} qubits: checking {who.name}")
            start = time.perf_counter()
            result = who.run()
            seconds = time.perf_counter() - start
            _check(case, who, who.answer(result), expected)
            del result
            if seconds < LONG:
                start = time.perf_counter()
                who.run()
                seconds = min(seconds, time.perf_counter() - start)
            took.append((seconds * who.scale, who))
    kept: list[Candidate] = []
    dropped: dict[str, float] = {}
    if not took:
        return kept, dropped
    best = min(seconds for seconds, _ in took)
    for peer in dict.fromkeys(who.peer for _, who in took):
        own = [(seconds, who) for seconds, who in took if who.peer == peer]
        quickest = min(seconds for seconds, _ in own)
        if quickest > HOPELESS * best:
            dropped[peer] = quickest / best
            continue
        kept += [who for seconds, who in own if seconds <= CLOSE * quickest]
    return kept, dropped


def race(case: Case, rounds: int, budget: float, say: Say) -> Outcome:
    """Check and time one case; raises WrongAnswer before anything is timed."""
    start = time.perf_counter()
    result = case.ours.run()
    first = time.perf_counter() - start
    expected = case.ours.answer(result)
    if case.oracle is not None:
        truth = case.oracle()
        _check(case, case.ours, expected, truth)
        expected = truth
    peers, dropped = _screened(case, expected, say)
    del result, expected
    gc.collect()

    say(f"{case.name}, {case.num_qubits} qubits: timing {', '.join(p.name for p in peers) or 'ours alone'}")
    # What a call returns is dropped at once: a dozen large states at a time would not fit.
    calls = {who.name: lambda run=who.run: (run(), None)[1] for who in (case.ours, *peers)}
    if case.new is not None:
        calls["ours, new"] = lambda: (case.new(), None)[1]
    ours, *others = measure(calls, rounds=rounds, min_sample=MIN_SAMPLE, budget=budget, before=rest)
    new = others.pop() if case.new is not None else None
    timings = {}
    for who, timing in zip(peers, others, strict=True):
        samples = tuple(seconds * who.scale for seconds in timing.samples)
        timings[who.name] = Timing(who.name, timing.first * who.scale, timing.calls, samples)
    outcome = Outcome(case, first, ours, new, timings, {p.name: p.dtype for p in peers}, dropped)
    if timings:
        best = min(timings.values(), key=lambda timing: timing.median)
        outcome.best, outcome.warm = best.name, best.median / ours.median
        outcome.ratio = compare(best, new or ours)
    return outcome
