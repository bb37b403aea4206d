"""A run in a few sentences, none of which claims more than its intervals do."""

from __future__ import annotations

from collections.abc import Sequence

from qsetu.bench.raced import libraries
from qsetu.bench.ratios import geometric_mean
from qsetu.bench.records import BenchmarkRecord, CaseRecord

__all__ = ["below_goal", "counts", "faster", "listed", "slower", "verdict", "warnings"]

_FEW = 4


def faster(case: CaseRecord) -> bool:
    """Whether ours is clearly faster than its best peer: the whole interval says so."""
    return case.ratio is not None and case.ratio.low > 1


def slower(case: CaseRecord) -> bool:
    """Whether ours is clearly slower than its best peer."""
    return case.ratio is not None and case.ratio.high < 1


def below_goal(case: CaseRecord) -> bool:
    """Whether the ratio is under what the suite asks of this case."""
    return case.ratio is not None and case.goal is not None and case.ratio.value < case.goal


def counts(cases: Sequence[CaseRecord]) -> str:
    """In how many ours is faster or slower, and in how many that cannot be told."""
    parts = [(sum(map(faster, cases)), "faster"), (sum(map(slower, cases)), "slower")]
    parts.append((len(cases) - parts[0][0] - parts[1][0], "not told apart"))
    return ", ".join(f"{word} in {count}" for count, word in parts if count)


def verdict(record: BenchmarkRecord) -> list[str]:
    """What came out: against others, against the goals, and what failed."""
    return [*_race(record), *_goals(record), *_failures(record)]


def _race(record: BenchmarkRecord) -> list[str]:
    raced = [case for case in record.cases if case.ratio]
    if not record.cases:
        return ["No case was timed."]
    timed = _many(len(record.cases), "case")
    if not raced:
        return [f"{timed} timed; none races against another library."]
    beside = "" if len(raced) == len(record.cases) else f" {len(raced)} of them race."
    return [
        f"{timed} timed.{beside} Against the best of {listed(libraries(raced))} in each, qsetu is "
        f"{counts(raced)} (by the 95 % intervals). The geometric mean of the ratios is "
        f"{geometric_mean(raced):.2f}: above 1, qsetu is faster."
    ]


def _goals(record: BenchmarkRecord) -> list[str]:
    told = []
    missed = [goal for goal in record.goals if not goal.reached]
    if record.goals and not missed:
        told.append(f"All goals are reached ({len(record.goals)}).")
    elif missed:
        few = listed([f"{goal.goal} (found: {goal.found})" for goal in missed])
        told.append(f"{len(missed)} of {_many(len(record.goals), 'goal')} not reached: {few}.")
    below = [case for case in record.cases if below_goal(case)]
    if below:
        told.append(f"{_many(len(below), 'case')} below the ratio asked: {listed([c.name for c in below])}.")
    return told


def _failures(record: BenchmarkRecord) -> list[str]:
    if not record.failures:
        return []
    wrong = sum(failure.kind == "wrong answer" for failure in record.failures)
    names = [f"{one.who or 'the case'} in {one.case}" for one in record.failures]
    text = f"{_many(len(names), 'failure')}, {wrong} of them wrong answers" if wrong else ""
    return [f"{text or _many(len(names), 'failure')}: {listed(names)}."]


def warnings(record: BenchmarkRecord) -> list[str]:
    """What makes figures less than they look."""
    told = []
    if record.noise.noisy:
        reasons = "; ".join(record.noise.reasons) or "no reason was noted"
        told.append(f"This run is noisy, so take its figures with care: {reasons}.")
    if record.interrupted:
        told.append("Somebody stopped this run: it holds what was finished.")
    if record.settings.get("quick") is True:
        told.append(f"A quick run: {record.settings.get('rounds')} samples of each, of fewer cases.")
    if record.git_modified:
        told.append("Files differed from the commit, so the commit does not say what was measured.")
    return told


def listed(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
