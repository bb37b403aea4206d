"""Candidates that take as long as they are told, on a clock of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from qsetu.bench import Candidate, Case, Entry, measure
from qsetu.bench import race as race_module
from qsetu.bench.race import Outcome, Pace
from qsetu.bench.ratios import concluded
from qsetu.bench.records import BenchmarkRecord, CandidateRecord, CaseRecord, NoiseRecord, RunRecord

STATE = np.array([1, 0j])
REFERENCE_SECONDS = 2.0


class Stage:
    """Where races are played: nothing waits, the clock is moved by whoever runs."""

    def __init__(self, monkeypatch: Any) -> None:
        self.now = 0.0
        self.calls: list[str] = []
        monkeypatch.setattr("time.perf_counter", lambda: self.now)
        monkeypatch.setattr(race_module, "rest", None)
        work = lambda bound: lambda: self._pass(REFERENCE_SECONDS)  # noqa: E731
        monkeypatch.setattr(race_module, "reference_work", work)
        monkeypatch.setattr(
            race_module,
            "measure",
            lambda calls, **options: measure(calls, **{**options, "clock": lambda: self.now}),
        )

    def _pass(self, seconds: float) -> None:
        self.now += seconds

    def taking(
        self, who: str, seconds: float, answer: Any = STATE, setting: str = "", **more: Any
    ) -> Candidate:
        """A candidate."""

        def run() -> Any:
            self.calls.append(who)
            self._pass(seconds)
            if isinstance(answer, BaseException):
                raise answer
            return answer

        return Candidate(who, setting, "complex64", run, **more)

    def race(self, ours: Candidate, peers: Sequence[Candidate], **more: Any) -> Outcome:
        """One race, each peer with its own maker."""
        makers: list[Callable[[], list[Candidate]]] = [
            lambda name=name: [one for one in peers if one.who == name]
            for name in dict.fromkeys(one.who for one in peers)
        ]
        case = Case(ours, makers, **more)
        entry = Entry("circuits/c/2", "circuits", "c, 2 qubits", lambda: case)
        return race_module.race(entry, case, Pace(3, 1e9, 0.0, 1), lambda text: None)


def timed_case(
    name: str, ours: Sequence[Sequence[float]], reference: Sequence[Sequence[float]], **more: Any
) -> CaseRecord:
    """A case of several processes, each a list of samples in seconds."""

    def made(who: str, role: Any, runs: Sequence[Sequence[float]], **rest: Any) -> CandidateRecord:
        return CandidateRecord(
            who=who,
            setting="",
            role=role,
            dtype="complex64",
            runs=[RunRecord(first_seconds=1.0, calls=1, seconds=list(run)) for run in runs],
            **rest,
        )

    count = more.pop("instructions", None)
    candidates = [made("qsetu", "ours", ours, instructions=count), made("reference", "reference", reference)]
    return CaseRecord(
        name=name, group=name, title=name, bound="arithmetic", candidates=candidates, **more
    )  # fmt: skip


def run_of(these: Sequence[CaseRecord], **changes: Any) -> BenchmarkRecord:
    """A record with these cases."""
    fields: dict[str, Any] = {
        "suite": "ci",
        "title": "t",
        "started": "2026-01-01T00:00:00+00:00",
        "finished": "2026-01-01T00:00:00+00:00",
        "seconds": 1.0,
        "settings": {"threads": 1},
        "machine": {},
        "machine_class": "a-b-avx2",
        "noise": NoiseRecord(noisy=False),
        "cases": list(these),
    }
    return BenchmarkRecord(**{**fields, **changes})


def raced_case(
    name: str, times: dict[str, Sequence[float]], new: Sequence[float] | None = None, **more: Any
) -> CaseRecord:
    """A case of one process that races; a key such as "qsim (fusion 2)" has its setting in brackets."""

    def made(
        who: str, role: Any, seconds: Sequence[float], setting: str = "", **rest: Any
    ) -> CandidateRecord:
        run = RunRecord(first_seconds=10 * seconds[0], calls=4, seconds=list(seconds))
        fields = {"dtype": "complex64", **rest}
        return CandidateRecord(who=who, setting=setting, role=role, runs=[run], **fields)

    count = len(times["qsetu"])
    candidates = [made("qsetu", "ours", times["qsetu"], memory_bytes=2**20)]
    candidates += [made("qsetu", "new", new, "never seen before")] if new else []
    for key, seconds in times.items():
        who, _, setting = key.partition(" (")
        if who != "qsetu":
            candidates.append(made(who, "peer", seconds, setting.rstrip(")")))
    reference = more.pop("reference", [REFERENCE_SECONDS] * count)
    candidates.append(made("reference", "reference", reference, "arithmetic", dtype=""))
    fields = {"group": name.split("/", 1)[0], "title": name, "bound": "arithmetic", **more}
    return concluded(CaseRecord(name=name, candidates=candidates, **fields))
