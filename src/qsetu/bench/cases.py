"""What a race is made of: candidates, cases, entries that build cases, suites that declare entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from qsetu.bench.records import CaseRecord, FindingRecord, GoalRecord

__all__ = [
    "Bound",
    "Candidate",
    "Case",
    "Entry",
    "LeftOut",
    "Options",
    "Role",
    "Suite",
    "Traffic",
    "infidelity",
    "largest_difference",
]

Array = NDArray[Any]
Role = Literal["ours", "peer", "scale"]
# What a workload is limited by, and so which reference workload its time is held against.
Bound = Literal["arithmetic", "memory", "python"]


def as_array(result: Any) -> Array:
    """What a call returned, as an array."""
    return np.asarray(result)


@dataclass(frozen=True)
class Candidate:
    """Something ready to run: whatever has to be translated for it was translated.

    Attributes:
        who: The library, as in the table.
        setting: What distinguishes this candidate from the library's others; may be empty.
        dtype: The precision it computes in, "complex64" or "complex128".
        run: What is timed. A call that computes lazily has to wait for its result itself.
        answer: Turns what ``run`` returned into the array that is compared; not timed.
        scale: Seconds of the case for each second of ``run``, where a smaller case is run.
        role: "ours" for other ways of our own, "peer" for what ratios are taken of, "scale" for what does
            another task and only shows the order of magnitude: its answer is not compared.
    """

    who: str
    setting: str
    dtype: str
    run: Callable[[], Any]
    answer: Callable[[Any], Array] = as_array
    scale: float = 1.0
    role: Role = "peer"

    @property
    def name(self) -> str:
        """Who, and at which setting."""
        return f"{self.who} ({self.setting})" if self.setting else self.who


@dataclass(frozen=True)
class Traffic:
    """What one run moves and computes, for its share of the machine's limits.

    Attributes:
        bytes: Read and written.
        passes: Over the state; 0 where it stays in cache.
        least_passes: That a greedy cut of the gates in order needs.
        flops: Floating-point operations; None where nobody counted.
    """

    bytes: int
    passes: int = 0
    least_passes: int = 0
    flops: int | None = None


def largest_difference(found: Array, expected: Array) -> float:
    """Largest entry of the difference; a smaller answer is held against the same corner."""
    if found.ndim != expected.ndim:
        return float("inf")
    corner = expected[tuple(slice(size) for size in found.shape)]
    return float(np.abs(found - corner).max(initial=0.0))


def infidelity(found: Array, expected: Array) -> float:
    """``1 - |<found|expected>|^2`` of two states up to their global phase, or how far a norm is from 1."""
    if found.shape != expected.shape:
        return float("inf")
    overlap, norms = np.complex128(0), np.zeros(2)
    # Pieces, summed in double precision: single-precision sums of 2^24 terms are too coarse.
    for low in range(0, len(found), 2**16):
        a = found[low : low + 2**16].astype(np.complex128)
        b = expected[low : low + 2**16].astype(np.complex128)
        overlap = overlap + np.complex128(np.vdot(a, b))
        norms += np.vdot(a, a).real, np.vdot(b, b).real
    return float(max(abs(1 - abs(overlap) ** 2 / norms.prod()), np.abs(norms - 1).max()))


@dataclass(frozen=True)
class Case:
    """One race, built.

    Attributes:
        ours: What ratios compare with.
        others: Each builds the candidates of one library.
        error: How far an answer is from what is expected; infinity where it cannot be compared.
        allowed: The largest error of an answer, by precision.
        new: As ``ours``, of something never seen before, so that compiling comes with it; None where what
            runs many times was compiled long before.
        truth: An answer that is obviously right; None means that ours is what others are compared with.
        facts: What the table says of the case, such as qubits and gates.
        traffic: For the share of the machine's limits.
        note: Anything a reader has to know, such as a circuit that was cut.
        patience: A library that took so many times as long as the best one for its first calls is not timed
            further.
    """

    ours: Candidate
    others: Sequence[Callable[[], Iterable[Candidate]]] = ()
    error: Callable[[Array, Array], float] = largest_difference
    allowed: Mapping[str, float] = field(default_factory=lambda: {"complex64": 2e-4, "complex128": 2e-4})
    new: Callable[[], Any] | None = None
    truth: Callable[[], Array] | None = None
    facts: Mapping[str, int | float | str] = field(default_factory=dict)
    traffic: Traffic | None = None
    note: str = ""
    patience: float = 10.0


class LeftOut(Exception):
    """There is no such case here; the message says why."""


@dataclass(frozen=True)
class Entry:
    """A declared case, cheap to list.

    Attributes:
        name: Unique in the suite, parts with slashes between: "circuits/qft/20".
        group: What geometric means are taken over, with the width where there is one.
        title: For people.
        build: Makes the case; raises :class:`LeftOut`.
        bound: Which reference workload its time is held against.
        goal: The least ratio to the best peer that is asked of this case.
        counted: Whether a run of ours can be counted in instructions (no threads, no compiler in it).
        threads: Of every candidate of this case; None means those of the run. Cases of the same number share
            a process, because libraries are told their threads before they are loaded.
        environment: What the process of this case needs on top of that, such as ``XLA_FLAGS``.
    """

    name: str
    group: str
    title: str
    build: Callable[[], Case]
    bound: Bound = "arithmetic"
    goal: float | None = None
    counted: bool = False
    threads: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """What a user asked of a suite; None means its own.

    Attributes:
        threads: Threads of every candidate.
        sizes: Widths.
        peers: Libraries to race against; empty for none.
        quick: A short form of the suite.
    """

    threads: int
    sizes: tuple[int, ...] | None = None
    peers: tuple[str, ...] | None = None
    quick: bool = False

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Options:
        """From plain data, as another process got them: JSON has lists for tuples."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
        return cls(**values)

    def wants(self, peer: str) -> bool:
        """Whether ``peer`` takes part."""
        return self.peers is None or peer in self.peers


@dataclass(frozen=True)
class Suite:
    """Cases that are run together.

    Attributes:
        name: As on the command line.
        title: For people.
        entries: What is declared, given the options.
        rounds: Samples of each candidate.
        budget: Seconds of rounds for one case.
        min_sample: Shortest time of one sample, seconds.
        processes: Fresh processes that each run everything: what differs between processes (addresses,
            clock rates) is then in the spread.
        threads: Of every candidate; None means all that the process may use.
        counts: Whether instructions are counted, where valgrind is there.
        goals: Judges all cases together.
        findings: What follows from all cases together, such as fitted exponents.
        peers: Libraries that the suite races against, and whether each can run here.
    """

    name: str
    title: str
    entries: Callable[[Options], Iterable[Entry]]
    rounds: int = 15
    budget: float = 20.0
    min_sample: float = 0.05
    processes: int = 1
    threads: int | None = None
    counts: bool = False
    goals: Callable[[Sequence[CaseRecord]], list[GoalRecord]] | None = None
    findings: Callable[[Sequence[CaseRecord]], list[FindingRecord]] | None = None
    peers: Callable[[], Mapping[str, str | None]] = dict
