"""Ratios of what was timed together, with intervals over rounds and processes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qsetu.bench.records import CandidateRecord, CaseRecord, RatioRecord

__all__ = ["CONFIDENCE", "concluded", "geometric_mean", "merged", "ratio", "resampled_ratios"]

CONFIDENCE = 0.95
RESAMPLES = 2000


def ratio(slow: CandidateRecord, quick: CandidateRecord) -> RatioRecord:
    """``median(slow) / median(quick)`` with its percentile bootstrap interval."""
    draws = resampled_ratios(slow, quick)
    low, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return RatioRecord(value=slow.median / quick.median, low=float(low), high=float(high))


def resampled_ratios(
    slow: CandidateRecord, quick: CandidateRecord, resamples: int = RESAMPLES, seed: int = 0
) -> NDArray[np.float64]:
    """Bootstrap draws of the ratio of medians, shape (resamples,).

    Rounds are drawn in pairs, because what disturbed one candidate in a round disturbed the other too; where
    there are several processes, processes are drawn first and rounds within them.
    """
    rng = np.random.default_rng(seed)
    picks = _picks(rng, [len(run.seconds) for run in slow.runs], resamples)
    return _medians(slow, picks) / _medians(quick, picks)


def _picks(rng: np.random.Generator, lengths: Sequence[int], resamples: int) -> NDArray[np.int64]:
    """Places among all samples, one process after the other; shape (resamples, samples)."""
    count, shortest = len(lengths), min(lengths)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    processes = rng.integers(count, size=(resamples, count))
    rounds = rng.integers(shortest, size=(resamples, count, shortest))
    return np.asarray((starts[processes][:, :, None] + rounds).reshape(resamples, -1))


def _medians(candidate: CandidateRecord, picks: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(np.median(candidate.samples[picks], axis=1))


def concluded(case: CaseRecord) -> CaseRecord:
    """``case`` with its best peer and the ratios to it."""
    peers = [one for one in case.candidates if one.role == "peer"]
    if not peers:
        return case
    best = min(peers, key=lambda one: one.median)
    ours = case.ours
    new = case.the("new")
    return case.model_copy(
        update={"best": best.name, "ratio": ratio(best, new or ours), "warm": ratio(best, ours)}
    )


def merged(cases: Sequence[CaseRecord]) -> CaseRecord:
    """The same case of several processes as one: their samples one after the other."""
    first, *others = cases
    if not others:
        return first
    kept = []
    for one in first.candidates:
        same = [
            other
            for case in others
            for other in case.candidates
            if (other.name, other.role) == (one.name, one.role)
        ]
        # A peer that one process dropped and another timed is left out: samples must come from all.
        if len(same) == len(others):
            kept.append(one.model_copy(update={"runs": [*one.runs, *(run for o in same for run in o.runs)]}))
    return first.model_copy(update={"candidates": kept})


def geometric_mean(cases: Sequence[CaseRecord]) -> float:
    """Of the ratios to the best peers; NaN where there is none."""
    values = [case.ratio.value for case in cases if case.ratio]
    return float(np.exp(np.mean(np.log(values)))) if values else float("nan")
