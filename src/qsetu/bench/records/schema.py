"""The record of a run of benchmarks: what was asked, where, every sample, and what came of it."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, JsonValue

__all__ = [
    "FORMAT",
    "VERSION",
    "BenchmarkRecord",
    "CandidateRecord",
    "CaseRecord",
    "FailureRecord",
    "FindingRecord",
    "GoalRecord",
    "LimitsRecord",
    "NoiseRecord",
    "RatioRecord",
    "RunRecord",
    "SharesRecord",
]

FORMAT = "qsetu.benchmark"
VERSION = 2

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RunRecord(_Record):
    """What one process measured of one candidate; sample r of everything in a case is of the same round.

    Attributes:
        first_seconds: The first call, with whatever is compiled, imported and cached at that time.
        calls: Calls in a sample.
        seconds: Each sample, seconds a call.
    """

    first_seconds: Amount
    calls: Annotated[int, Field(ge=1)]
    seconds: Annotated[list[Positive], Field(min_length=1)]


class CandidateRecord(_Record):
    """One candidate of a case.

    Attributes:
        who: The library; "qsetu" for ours, "reference" for the fixed workload that all is held against.
        setting: At which setting.
        role: "ours", "new" (ours, never seen before), "peer", "scale" or "reference".
        dtype: "complex64" or "complex128"; empty for the reference workload.
        error: How far its answer was from what is expected; None where answers are not compared.
        memory_bytes: What a warm call needed on top of what the process held; None where the system does
            not tell.
        instructions: Of one warm call on one thread, counted by valgrind; None where nobody counted.
        runs: One a process.
    """

    who: str
    setting: str
    role: Literal["ours", "new", "peer", "scale", "reference"]
    dtype: str
    error: float | None = None
    memory_bytes: int | None = None
    instructions: int | None = None
    runs: Annotated[list[RunRecord], Field(min_length=1)]

    @property
    def name(self) -> str:
        """Who, and at which setting."""
        return f"{self.who} ({self.setting})" if self.setting else self.who

    @property
    def samples(self) -> NDArray[np.float64]:
        """Seconds of every sample, of one process after the other."""
        return np.concatenate([run.seconds for run in self.runs])

    @property
    def median(self) -> float:
        """Median of all samples, seconds a call."""
        return float(np.median(self.samples))

    @property
    def spread(self) -> float:
        """Their interquartile range, seconds."""
        low, high = np.quantile(self.samples, [0.25, 0.75])
        return float(high - low)

    @property
    def first(self) -> float:
        """Median over processes of the first call, seconds."""
        return float(np.median([run.first_seconds for run in self.runs]))


class RatioRecord(_Record):
    """How many times longer something took, with a bootstrap interval over rounds and processes."""

    value: Positive
    low: Positive
    high: Positive
    confidence: float = 0.95


class SharesRecord(_Record):
    """How near a case comes to what the machine allows, all in parts of 1.

    Attributes:
        bandwidth: Bytes that the passes move, over what a plain copy would move in that time.
        passes: Passes of a greedy cut of the circuit over passes taken: above 1 where reordering saves some.
        arithmetic: Operations over what a matrix product would do in that time.
    """

    bandwidth: float | None = None
    passes: float | None = None
    arithmetic: float | None = None


class CaseRecord(_Record):
    """One case.

    Attributes:
        name: Unique in the suite.
        group: What geometric means are taken over.
        title: For people.
        bound: "arithmetic", "memory" or "python": its reference workload.
        threads: Of every candidate; None in records that did not say.
        facts: Such as qubits and gates.
        goal: Least ratio asked of it.
        candidates: Ours first, then in no order.
        dropped: Libraries that were too slow to be timed further: times the best.
        best: The best peer, if there is one.
        ratio: Its time over ours (over ours of something new, where that was timed).
        warm: The same, over ours when compiled.
        shares: Of the machine's limits.
        note: What a reader has to know.
    """

    name: str
    group: str
    title: str
    bound: Literal["arithmetic", "memory", "python"]
    threads: int | None = None
    facts: dict[str, int | float | str] = {}
    goal: float | None = None
    candidates: Annotated[list[CandidateRecord], Field(min_length=1)]
    dropped: dict[str, float] = {}
    best: str | None = None
    ratio: RatioRecord | None = None
    warm: RatioRecord | None = None
    shares: SharesRecord | None = None
    note: str = ""

    def the(self, role: str) -> CandidateRecord | None:
        """The first candidate of a role."""
        return next((one for one in self.candidates if one.role == role), None)

    @property
    def ours(self) -> CandidateRecord:
        """What ratios compare with."""
        found = self.the("ours")
        assert found is not None
        return found


class FailureRecord(_Record):
    """Something that was not timed, because it went wrong.

    Attributes:
        case: Where.
        who: The candidate; empty where the case as a whole failed.
        reason: What happened.
        kind: "wrong answer", "error" or "ended" (its process died).
    """

    case: str
    who: str
    kind: Literal["wrong answer", "error", "ended"]
    reason: str


class GoalRecord(_Record):
    """Something that the suite asks for, and what was found."""

    goal: str
    found: str
    reached: bool


class FindingRecord(_Record):
    """Something that follows from all cases together: a fitted exponent, an error, an extrapolation.

    Attributes:
        about: What it belongs to: the section of the table.
        what: Of what.
        found: For people.
        value: The same as a number, where it is one.
        low: Lower end of its interval, where it has one.
        high: Upper end.
        how: How it was come by, and what it takes for granted.
    """

    about: str
    what: str
    found: str
    value: Finite | None = None
    low: Finite | None = None
    high: Finite | None = None
    how: str = ""


class LimitsRecord(_Record):
    """What this machine can do, measured in the same run on as many threads.

    Attributes:
        copy_bytes: Bytes a second that a copy of large arrays reads and writes.
        product_flops: Operations a second of a product of real matrices in single precision.
    """

    copy_bytes: Positive
    product_flops: Positive


class NoiseRecord(_Record):
    """What else went on while it was measured.

    Attributes:
        noisy: Whether figures should be taken with care.
        reasons: Why.
        reference_spread: Median over cases of the reference workload's interquartile range over its median.
        load_before: Runnable processes before the run, as the system averages them over a minute.
        stolen: Share of time that a hypervisor gave to others; None where the system does not tell.
        others: Share of the processors that other processes used; None where the system does not tell.
    """

    noisy: bool
    reasons: list[str] = []
    reference_spread: float | None = None
    load_before: float | None = None
    stolen: float | None = None
    others: float | None = None


class BenchmarkRecord(_Record):
    """A run of one suite.

    Attributes:
        format: Always ``qsetu.benchmark``.
        version: Of this format.
        suite: Its name.
        title: For people.
        started: UTC, ISO 8601.
        finished: The same.
        seconds: In between.
        interrupted: Whether somebody stopped it: what was finished is here.
        command: What repeats it.
        settings: Rounds, budget, processes, threads, sizes, peers.
        machine: Environment record.
        machine_class: What runs have to share to be compared.
        git_commit: Of the checkout; None for an installed package.
        git_modified: Whether files differed from it.
        limits: Of the machine.
        noise: What else went on.
        cases: In the order of the suite.
        failures: What went wrong.
        left_out: What could not be run here, and why.
        goals: What the suite asks for.
        findings: What follows from all cases together.
    """

    format: Literal["qsetu.benchmark"] = "qsetu.benchmark"
    version: Literal[2] = 2
    suite: str
    title: str
    started: str
    finished: str
    seconds: float
    interrupted: bool = False
    command: str = ""
    settings: dict[str, JsonValue]
    machine: dict[str, JsonValue]
    machine_class: str
    git_commit: str | None = None
    git_modified: bool | None = None
    limits: LimitsRecord | None = None
    noise: NoiseRecord
    cases: list[CaseRecord]
    failures: list[FailureRecord] = []
    left_out: list[str] = []
    goals: list[GoalRecord] = []
    findings: list[FindingRecord] = []

    @property
    def threads(self) -> int:
        """Threads that every candidate had, where its case does not say otherwise."""
        threads = self.settings.get("threads", 1)
        return threads if isinstance(threads, int) else 1

    @property
    def exit_code(self) -> int:
        """0, or 1 where something went wrong, or 130 where it was stopped."""
        return 130 if self.interrupted else int(bool(self.failures))
