"""One race: check every answer, drop who has lost already, time the rest in turns."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qsetu.bench.cases import Array, Candidate, Case, Entry
from qsetu.bench.measure import Timing, measure, rest
from qsetu.bench.peak_memory import peak_of
from qsetu.bench.records import CandidateRecord, CaseRecord, FailureRecord, RunRecord
from qsetu.bench.reference_work import reference_work

__all__ = ["Outcome", "Pace", "race"]

# Settings of one library within this factor of its best one are timed; the others only screened.
CLOSE = 1.25
# A first call that took this long is not repeated to see whether it was warm-up.
LONG = 10.0  # seconds
# Names in a round that no candidate can have.
REFERENCE, NEW = "\0reference", "\0new"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Pace:
    """How to measure: samples of each candidate, seconds of rounds, shortest sample, threads."""

    rounds: int
    budget: float
    min_sample: float
    threads: int


@dataclass(frozen=True)
class Outcome:
    """What came of a race: a record, unless ours was wrong, and what was not timed."""

    record: CaseRecord | None
    failures: list[FailureRecord]


@dataclass
class _Screened:
    """Candidates worth timing, and what was learned of each."""

    kept: list[Candidate] = field(default_factory=list)
    dropped: dict[str, float] = field(default_factory=dict)
    failures: list[FailureRecord] = field(default_factory=list)
    errors: dict[str, float | None] = field(default_factory=dict)
    memory: dict[str, int | None] = field(default_factory=dict)
    firsts: dict[str, float] = field(default_factory=dict)


def race(entry: Entry, case: Case, pace: Pace, say: Say) -> Outcome:
    """Check and time one case. A wrong answer is reported, and not timed.

    Where every other library disagrees with ours and there are two at least, ours is called wrong, and
    nothing is timed.
    """
    ours = case.ours
    start = time.perf_counter()
    result = ours.run()
    first = time.perf_counter() - start
    mine = ours.answer(result)
    expected, error = mine, None
    if case.truth is not None:
        expected = case.truth()
        error = case.error(mine, expected)
        if not error <= case.allowed[ours.dtype]:
            return Outcome(None, [_wrong(entry, ours, error, case)])
    del result
    memory = peak_of(lambda: (ours.run(), None)[1])[1]
    found = _screen(entry, case, expected, say)
    wrong = {failure.who for failure in found.failures if failure.kind == "wrong answer"}
    right = {name for name, off in found.errors.items() if off is not None and name not in wrong}
    if case.truth is None and len(wrong) > 1 and not right:
        reason = f"{', '.join(sorted(wrong))} all disagree with it; nothing was timed"
        return Outcome(
            None, [FailureRecord(case=entry.name, who=ours.name, kind="wrong answer", reason=reason)]
        )
    del mine, expected
    gc.collect()

    say("timing " + (", ".join(who.name for who in found.kept) or "ours alone"))
    calls = {
        REFERENCE: reference_work(entry.bound),
        **{who.name: _let_go(who.run) for who in (ours, *found.kept)},
    }
    if case.new is not None:
        calls[NEW] = _let_go(case.new)
    timings = dict(zip(calls, _timed(calls, pace), strict=True))

    def made(
        timing: Timing, who: str, setting: str, role: str, dtype: str, scale: float, **more: Any
    ) -> CandidateRecord:
        run = RunRecord(
            first_seconds=more.pop("first", timing.first) * scale,
            calls=timing.calls,
            seconds=[seconds * scale for seconds in timing.samples],
        )
        return CandidateRecord(who=who, setting=setting, role=role, dtype=dtype, runs=[run], **more)  # type: ignore[arg-type]

    candidates = [
        made(timings[ours.name], ours.who, ours.setting, "ours", ours.dtype, 1.0,
             first=first, error=error, memory_bytes=memory)
    ]  # fmt: skip
    if case.new is not None:
        candidates.append(made(timings[NEW], ours.who, "never seen before", "new", ours.dtype, 1.0))
    for who in found.kept:
        candidates.append(
            made(timings[who.name], who.who, who.setting, who.role, who.dtype, who.scale,
                 first=found.firsts[who.name], error=found.errors[who.name],
                 memory_bytes=found.memory[who.name])
        )  # fmt: skip
    candidates.append(made(timings[REFERENCE], "reference", entry.bound, "reference", "", 1.0))
    record = CaseRecord(
        name=entry.name,
        group=entry.group,
        title=entry.title,
        bound=entry.bound,
        threads=pace.threads,
        facts=dict(case.facts),
        goal=entry.goal,
        candidates=candidates,
        dropped=found.dropped,
        note=case.note,
    )
    return Outcome(record, found.failures)


def _timed(calls: Mapping[str, Callable[[], Any]], pace: Pace) -> tuple[Timing, ...]:
    return measure(
        calls,
        rounds=pace.rounds,
        min_sample=pace.min_sample,
        budget=pace.budget,
        # On one thread there are no pools whose threads would keep spinning.
        before=rest if pace.threads > 1 else None,
    )


def _let_go(run: Callable[[], Any]) -> Callable[[], None]:
    """Drops what a call returns at once: a dozen large states at a time would not fit."""

    def call() -> None:
        run()

    return call


def _wrong(entry: Entry, who: Candidate, error: float, case: Case) -> FailureRecord:
    allowed = case.allowed[who.dtype]
    return FailureRecord(
        case=entry.name,
        who=who.name,
        kind="wrong answer",
        reason=f"off by {error:.3g}, and {allowed:.1g} is allowed; not timed",
    )


def _screen(entry: Entry, case: Case, expected: Array, say: Say) -> _Screened:
    """Run everybody once or twice, checking every answer on the way."""
    found = _Screened()
    took: list[tuple[float, Candidate]] = []
    for build in case.others:
        try:
            for who in build():
                say(f"checking {who.name}")
                seconds = _first_calls(entry, case, who, expected, found)
                if seconds is not None:
                    took.append((seconds * who.scale, who))
        except (Exception, SystemExit) as error:  # a peer may fail in any way; the race goes on without it
            reason = f"{type(error).__name__}: {error}".strip()[:500]
            name = getattr(build, "who", "") or entry.name
            found.failures.append(FailureRecord(case=entry.name, who=name, kind="error", reason=reason))
    peers = [(seconds, who) for seconds, who in took if who.role == "peer"]
    best = min((seconds for seconds, _ in peers), default=np.inf)
    for name in dict.fromkeys(who.who for _, who in took):
        own = [(seconds, who) for seconds, who in took if who.who == name]
        quickest = min(seconds for seconds, _ in own)
        if own[0][1].role == "peer" and quickest > case.patience * best:
            found.dropped[name] = quickest / best
            continue
        found.kept += [who for seconds, who in own if seconds <= CLOSE * quickest or who.role != "peer"]
    return found


def _first_calls(entry: Entry, case: Case, who: Candidate, expected: Array, found: _Screened) -> float | None:
    """Seconds of the better of two calls; None where the answer is wrong."""
    start = time.perf_counter()
    result, memory = peak_of(who.run)
    seconds = found.firsts[who.name] = time.perf_counter() - start
    found.errors[who.name], found.memory[who.name] = None, memory
    if who.role != "scale":
        error = case.error(who.answer(result), expected)
        found.errors[who.name] = error if np.isfinite(error) else None
        if not error <= case.allowed[who.dtype]:
            found.failures.append(_wrong(entry, who, error, case))
            return None
    del result
    if seconds < LONG:
        start = time.perf_counter()
        _, found.memory[who.name] = peak_of(lambda: (who.run(), None)[1])
        seconds = min(seconds, time.perf_counter() - start)
    return seconds
