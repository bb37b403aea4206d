"""Suites of a user's own, some of which go wrong in every way that a library can."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator

import numpy as np

from qsetu.bench import Candidate, Case, Entry, FindingRecord, LeftOut, Options, Suite


def _case(work: int, *others: Candidate) -> Case:
    ours = Candidate("qsetu", "", "complex64", lambda: np.arange(work).sum(keepdims=True), role="ours")
    return Case(ours, tuple(lambda who=who: [who] for who in others))


def _build(kind: str) -> Case:
    if kind == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "half":
        os.write(int(sys.argv[1]), b'{"kind": "sa')
        os._exit(4)
    if kind == "exits":
        os._exit(3)
    if kind == "raises":
        raise ValueError("no such circuit")
    if kind == "left out":
        raise LeftOut("too wide for here")
    if kind == "endless":
        time.sleep(600)
    wrong = Candidate("liar", "", "complex64", lambda: np.zeros(1))
    return _case(1000, wrong) if kind == "wrong" else _case(1000)


def _entries(options: Options) -> Iterator[Entry]:
    for kind in ("good", "killed", "exits", "half", "raises", "left out", "wrong", "last"):
        yield Entry(f"kinds/{kind}", kind, kind, lambda kind=kind: _build(kind))


def _peers() -> dict[str, str | None]:
    return {"somebody": None, "stranger": "not installed"}


def _endless(options: Options) -> Iterator[Entry]:
    for kind in ("good", "endless"):
        yield Entry(f"kinds/{kind}", kind, kind, lambda kind=kind: _build(kind))


def _counted(options: Options) -> Iterator[Entry]:
    for times in (1, 10):
        yield Entry(f"sum/{times}", "sum", "sum", lambda times=times: _case(100_000 * times), counted=True)


def _threads(options: Options) -> Iterator[Entry]:
    def build() -> Case:
        told = float(os.environ["OMP_NUM_THREADS"])
        return Case(
            Candidate("qsetu", "", "complex64", lambda: np.array([told]), role="ours"),
            truth=lambda: np.array([float(options.threads)]),
        )

    yield Entry("threads", "threads", "threads", build)


def _apart(options: Options) -> Iterator[Entry]:
    """Each has to find the threads and variables that it asked for."""
    for name, threads, own in (("own", 2, {}), ("run", None, {}), ("told", None, {"QSETU_TOLD": "7"})):

        def build(expected: int = threads or options.threads, own: dict = own) -> Case:
            variables = [os.environ["OMP_NUM_THREADS"], os.environ.get("QSETU_TOLD", "0"), str(os.getpid())]
            return Case(
                Candidate("qsetu", "", "complex64", lambda: np.array(variables[:2], float), role="ours"),
                truth=lambda: np.array([expected, float(own.get("QSETU_TOLD", 0))]),
                facts={"process": int(variables[2])},
            )

        for number in range(2):
            yield Entry(f"{name}/{number}", name, name, build, threads=threads, environment=own)


def _twice(options: Options) -> Iterator[Entry]:
    for _ in range(2):
        yield Entry("same", "same", "same", lambda: _case(1))


SUITES = (
    Suite(
        "kinds", "everything that goes wrong", _entries, rounds=3, min_sample=1e-4, processes=2, peers=_peers
    ),
    Suite("endless", "never comes back", _endless, rounds=3, min_sample=1e-4),
    Suite("counted", "sums", _counted, rounds=3, min_sample=1e-4, threads=1, counts=True),
    Suite("threads", "threads", _threads, rounds=3, min_sample=1e-4, threads=1),
    Suite(
        "apart",
        "threads of their own",
        _apart,
        rounds=3,
        min_sample=1e-4,
        threads=3,
        findings=lambda cases: [FindingRecord(about="a", what="[b]", found=f"{len(cases)} cases", how="h")],
    ),
    Suite("twice", "two cases of one name", _twice),
)
