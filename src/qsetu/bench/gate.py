"""Did this change make it slower? Two runs of one suite, judged case by case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qsetu.bench.ratios import CONFIDENCE, RESAMPLES
from qsetu.bench.records import BenchmarkRecord, CaseRecord, RatioRecord
from qsetu.core.checks import as_float
from qsetu.core.errors import ArgumentError

__all__ = ["THRESHOLD", "CaseComparison", "RunComparison", "Verdict", "compare_runs", "typical"]

THRESHOLD = 0.10
# Counts repeat to a few per mille, so this is a change and not chance.
COUNT_THRESHOLD = 0.05

Verdict = Literal["slower", "faster", "same", "unclear"]


@dataclass(frozen=True)
class CaseComparison:
    """One case in two runs.

    Attributes:
        name: The case.
        time: New over base, both held against the reference workload of their own run.
        instructions: New over base; None where one of the two was not counted.
        verdict: What can be said.
        reason: Why.
    """

    name: str
    time: RatioRecord
    instructions: float | None
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class RunComparison:
    """Two runs.

    Attributes:
        refusal: Why they cannot be compared; empty where they can.
        threshold: From where a change of time counts, a part of 1.
        cases: Those that both have, in the order of the new run.
        only_base: Cases of the base alone.
        only_new: Cases of the new run alone.
        notes: What a reader has to know, such as a noisy run.
    """

    refusal: str
    threshold: float
    cases: tuple[CaseComparison, ...]
    only_base: tuple[str, ...]
    only_new: tuple[str, ...]
    notes: tuple[str, ...]

    def the(self, verdict: Verdict) -> list[CaseComparison]:
        """Cases with a verdict."""
        return [case for case in self.cases if case.verdict == verdict]

    @property
    def exit_code(self) -> int:
        """0: nothing is slower. 1: something is, or a case of the base is missing. 2: not comparable."""
        if self.refusal:
            return 2
        return int(bool(self.the("slower") or self.only_base))

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        if self.refusal:
            return f"not comparable: {self.refusal}"
        slower, faster, unclear = (len(self.the(v)) for v in ("slower", "faster", "unclear"))
        parts = [f"{slower} of {len(self.cases)} cases slower"]
        parts += [f"{faster} faster"] if faster else []
        parts += [f"{unclear} too noisy to tell"] if unclear else []
        parts += [f"{len(self.only_base)} missing"] if self.only_base else []
        return ", ".join(parts)


def compare_runs(
    base: BenchmarkRecord,
    new: BenchmarkRecord,
    *,
    threshold: float = THRESHOLD,
    across_machines: bool = False,
) -> RunComparison:
    """Compare what both runs timed of ours.

    Times are held against the reference workload that was timed in the same rounds, so a machine that is
    slower today is no slower code. A case is slower where its ratio is above ``1 + threshold`` and the lower
    end of its interval above ``1 + threshold / 2``, or where it needs over 5 % more instructions and is not
    clearly faster for it.

    Args:
        base: The earlier run.
        new: The later run.
        threshold: From where a change of time counts, a part of 1.
        across_machines: Compare although the kinds of processor differ; instructions then say more than time.

    Raises:
        ArgumentError: ``threshold`` is not above 0.
    """
    limit = as_float("threshold", threshold, low=0.0, open_low=True)
    refusal = _refusal(base, new, across_machines)
    before = {case.name: case for case in base.cases}
    after = {case.name: case for case in new.cases}
    both = [] if refusal else [name for name in after if name in before]
    runs = (("the base", base), ("the new run", new))
    notes = [f"{which} is noisy: {'; '.join(run.noise.reasons)}" for which, run in runs if run.noise.noisy]
    return RunComparison(
        refusal,
        limit,
        tuple(_compared(before[name], after[name], limit) for name in both),
        tuple(name for name in before if name not in after),
        tuple(name for name in after if name not in before),
        tuple(notes),
    )


def _refusal(base: BenchmarkRecord, new: BenchmarkRecord, across_machines: bool) -> str:
    if base.suite != new.suite:
        return f"the suites differ ({base.suite} and {new.suite})"
    if base.threads != new.threads:
        return f"the threads differ ({base.threads} and {new.threads})"
    if base.machine_class != new.machine_class and not across_machines:
        return (
            f"the machines differ ({base.machine_class} and {new.machine_class}); ratios to fixed work "
            "are those of one kind of processor"
        )
    if not {case.name for case in base.cases} & {case.name for case in new.cases}:
        return "no case is in both"
    return ""


def _compared(base: CaseRecord, new: CaseRecord, limit: float) -> CaseComparison:
    draws = held_against_reference(new, seed=1) / held_against_reference(base, seed=2)
    low, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    value = typical(new) / typical(base)
    time = RatioRecord(value=value, low=min(float(low), value), high=max(float(high), value))
    counts = base.ours.instructions, new.ours.instructions
    instructions = counts[1] / counts[0] if counts[0] and counts[1] else None
    verdict, reason = _judged(time, instructions, limit)
    return CaseComparison(new.name, time, instructions, verdict, reason)


def _judged(time: RatioRecord, instructions: float | None, limit: float) -> tuple[Verdict, str]:
    slower = time.value > 1 + limit and time.low > 1 + limit / 2
    faster = time.value < 1 / (1 + limit) and time.high < 1 / (1 + limit / 2)
    more = instructions is not None and instructions > 1 + COUNT_THRESHOLD
    if slower and not (instructions is not None and instructions < 1 - COUNT_THRESHOLD):
        counted = f", {instructions:.2f} times the instructions" if more else ""
        return "slower", f"{time.value:.2f} times the time{counted}"
    if more and not faster:
        return "slower", f"{instructions:.2f} times the instructions"
    if slower:
        return "slower", f"{time.value:.2f} times the time, with fewer instructions"
    if faster:
        return "faster", f"{1 / time.value:.2f} times as fast"
    if time.high > 1 + 2 * limit or time.low < 1 / (1 + 2 * limit):
        return "unclear", f"between {time.low:.2f} and {time.high:.2f} times the time"
    return "same", ""


def _paired(case: CaseRecord) -> list[NDArray[np.float64]]:
    """Ours over the reference workload of the same round, an array a process."""
    reference = case.the("reference")
    if reference is None:
        raise ArgumentError("case", "must have been timed beside its reference workload", case.name)
    return [np.divide(o.seconds, r.seconds) for o, r in zip(case.ours.runs, reference.runs, strict=True)]


def typical(case: CaseRecord) -> float:
    """Ours over the reference workload of the same rounds: median over processes of medians over rounds."""
    return float(np.median([np.median(ratios) for ratios in _paired(case)]))


def held_against_reference(case: CaseRecord, seed: int) -> NDArray[np.float64]:
    """Bootstrap draws of ours over the reference workload: processes, then rounds within them."""
    rng, runs = np.random.default_rng(seed), _paired(case)
    medians = np.stack([
        np.median(ratios[rng.integers(len(ratios), size=(RESAMPLES, len(ratios)))], axis=1) for ratios in runs
    ])  # fmt: skip
    picked = rng.integers(len(runs), size=(RESAMPLES, len(runs)))
    return np.asarray(np.median(medians[picked, np.arange(RESAMPLES)[:, None]], axis=1))
