"""Runs a suite: in fresh processes, with progress, to a record."""

from __future__ import annotations

import fnmatch
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qsetu.bench.cases import Entry, Options, Suite
from qsetu.bench.discover import find_suite
from qsetu.bench.instructions import count_instructions, counter
from qsetu.bench.machine import Watch, machine_class, machine_record, thread_variables
from qsetu.bench.ratios import concluded, merged
from qsetu.bench.records import BenchmarkRecord, CaseRecord, FailureRecord, LimitsRecord
from qsetu.core.checkout import git_state
from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.core.errors import ArgumentError
from qsetu.core.machine import cpu_count

__all__ = ["Asked", "Progress", "chosen_entries", "run_suite"]

QUICK_ROUNDS, QUICK_BUDGET = 3, 1.0
PACKAGES = ["qsimcirq", "pennylane-lightning", "qulacs", "scaluq", "qiskit-machine-learning", "mqt.bench"]


@dataclass(frozen=True)
class Asked:
    """What a user asked for; None leaves it to the suite.

    Attributes:
        suite: Name of the suite.
        only: Patterns of names of cases, such as ``circuits/*/20``; empty for all.
        sizes: Widths in qubits.
        peers: Libraries to race against; empty for none.
        rounds: Samples of each candidate, at least 3.
        budget: Seconds of rounds for one case.
        processes: Fresh processes that each run everything.
        threads: Of every candidate.
        quick: Few rounds of a short form of the suite.
        count: Whether to count instructions; None means as the suite does, where valgrind is there.
        cases: A file or folder that declares suites of one's own.
        command: What repeats it, for the record.
    """

    suite: str = "smoke"
    only: tuple[str, ...] = ()
    sizes: tuple[int, ...] | None = None
    peers: tuple[str, ...] | None = None
    rounds: int | None = None
    budget: float | None = None
    processes: int | None = None
    threads: int | None = None
    quick: bool = False
    count: bool | None = None
    cases: str | Path | None = None
    command: str = ""


class Progress:
    """Hears what happens; this one stays silent."""

    def begin(self, case: str, done: int, total: int) -> None:
        """A case is about to be run: the ``done + 1``-th of ``total``."""

    def say(self, case: str, text: str) -> None:
        """Something happens within a case."""

    def end(self, case: CaseRecord) -> None:
        """A case is done."""

    def fail(self, failure: FailureRecord) -> None:
        """Something went wrong."""

    def leave_out(self, reason: str) -> None:
        """A case cannot be run here."""


@dataclass
class _Found:
    """What the processes said."""

    cases: dict[str, list[CaseRecord]] = field(default_factory=dict)
    failures: list[FailureRecord] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    limits: dict[int, LimitsRecord] = field(default_factory=dict)  # by threads


def run_suite(asked: Asked, progress: Progress | None = None) -> BenchmarkRecord:
    """Run a suite of benchmarks.

    Every candidate's answer is checked before it is timed; candidates take turns, round by round; ours and
    everybody else's get the same threads. Ctrl-C ends it, and what was finished is returned.

    Args:
        asked: Which, and how long.
        progress: Hears what happens.

    Raises:
        ArgumentError: An unknown suite, or a number out of range.
        DataError: No suites are installed, or ``asked.cases`` cannot be imported.

    Example:
        >>> from qsetu.bench import Asked, run_suite
        >>> record = run_suite(Asked("smoke", only=("nothing*",)))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        qsetu.core.errors.ArgumentError: 'only' must match the name of a case...
    """
    suite = find_suite(asked.suite, asked.cases)
    settings = _settings(asked, suite)
    known = suite.peers()
    for peer in asked.peers or ():
        as_choice("peers", peer, tuple(known))
    options = Options(settings["threads"], asked.sizes, asked.peers, asked.quick)
    entries = chosen_entries(suite, options, asked.only)
    hears = progress or Progress()
    started, start, watch = datetime.now(UTC).replace(microsecond=0), time.perf_counter(), Watch()
    found, interrupted = _Found(), False
    counts: dict[str, int] = {}
    if asked.peers is None:
        found.left_out += [f"{name}: {why}" for name, why in known.items() if why]
    total = len(entries) * settings["processes"]
    try:
        for number in range(settings["processes"]):
            done = number * len(entries)
            for alike in _groups(entries, options):
                _run_process(asked, options, settings, alike, found, hears, done, total)
                done += len(alike)
        counts = _counted(asked, suite, options, settings, entries, hears)
    except KeyboardInterrupt:
        interrupted = True
    cases = [
        _with_count(concluded(merged(found.cases[entry.name])), counts.get(entry.name))
        for entry in entries
        if entry.name in found.cases
    ]
    commit, modified = git_state()
    return BenchmarkRecord(
        suite=suite.name,
        title=suite.title,
        started=started.isoformat(),
        finished=datetime.now(UTC).replace(microsecond=0).isoformat(),
        seconds=round(time.perf_counter() - start, 2),
        interrupted=interrupted,
        command=asked.command,
        settings=settings,
        machine=machine_record(PACKAGES),
        machine_class=machine_class(),
        git_commit=commit,
        git_modified=modified,
        limits=found.limits.get(options.threads),
        noise=watch.noise(cases),
        cases=cases,
        failures=list(dict.fromkeys(found.failures)),
        left_out=list(dict.fromkeys(found.left_out)),
        goals=suite.goals(cases) if suite.goals else [],
        findings=suite.findings(cases) if suite.findings else [],
    )


def chosen_entries(suite: Suite, options: Options, only: Sequence[str] = ()) -> list[Entry]:
    """What ``suite`` declares, of it what matches one of the patterns.

    Raises:
        ArgumentError: Nothing matches, or two cases have one name.
    """
    entries = list(suite.entries(options))
    names = [entry.name for entry in entries]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ArgumentError("suite", "must give every case a name of its own", twice)
    chosen = [e for e in entries if not only or any(fnmatch.fnmatch(e.name, pattern) for pattern in only)]
    if not chosen:
        some = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        hint = f"This suite has {some}." if names else "This suite has no cases with these options."
        raise ArgumentError("only", "must match the name of a case", ", ".join(only), hint)
    return chosen


def _settings(asked: Asked, suite: Suite) -> dict[str, Any]:
    """Numbers of the run, checked; the suite's own where nothing was asked."""
    rounds = asked.rounds if asked.rounds is not None else QUICK_ROUNDS if asked.quick else suite.rounds
    budget = asked.budget if asked.budget is not None else QUICK_BUDGET if asked.quick else suite.budget
    processes = asked.processes if asked.processes is not None else 1 if asked.quick else suite.processes
    threads = asked.threads if asked.threads is not None else suite.threads or cpu_count()
    return {
        "rounds": as_int("rounds", rounds, 3),
        "budget": as_float("budget", budget, low=0.0, open_low=True),
        "min_sample": suite.min_sample,
        "processes": as_int("processes", processes, 1),
        "threads": as_int("threads", threads, 1),
        "sizes": None if asked.sizes is None else [as_int("sizes", size, 1) for size in asked.sizes],
        "peers": None if asked.peers is None else list(asked.peers),
        "quick": asked.quick,
    }


def _counted(
    asked: Asked,
    suite: Suite,
    options: Options,
    settings: dict[str, Any],
    entries: Sequence[Entry],
    hears: Progress,
) -> dict[str, int]:
    """Instructions by case; nothing where nobody counts."""
    wanted = suite.counts if asked.count is None else asked.count
    names = [entry.name for entry in entries if entry.counted]
    settings["counter"] = by = counter() if wanted and names else None
    if by is None:
        if asked.count:
            raise ArgumentError("count", "needs valgrind, and cases that can be counted", True)
        return {}
    hears.say("", f"counting instructions of {len(names)} cases with {by}")
    return count_instructions(asked.suite, asked.cases, options, names)


def _with_count(case: CaseRecord, count: int | None) -> CaseRecord:
    if count is None:
        return case
    ours = case.ours
    counted = [
        one.model_copy(update={"instructions": count}) if one is ours else one for one in case.candidates
    ]
    return case.model_copy(update={"candidates": counted})


def _needs(entry: Entry, options: Options) -> tuple[int, dict[str, str]]:
    """Threads and variables of the process that runs ``entry``."""
    threads = options.threads if entry.threads is None else as_int("threads", entry.threads, 1)
    return threads, dict(entry.environment)


def _groups(entries: Sequence[Entry], options: Options) -> list[list[Entry]]:
    """Entries that can share a process, each in the order of the suite."""
    needs = [_needs(entry, options) for entry in entries]
    different = [need for at, need in enumerate(needs) if need not in needs[:at]]
    return [[entry for entry, need in zip(entries, needs, strict=True) if need == one] for one in different]


def _run_process(
    asked: Asked,
    options: Options,
    settings: dict[str, Any],
    entries: Sequence[Entry],
    found: _Found,
    hears: Progress,
    done: int,
    total: int,
) -> None:
    """Entries that are alike in one fresh process; in another one from where it died, should it die."""
    threads, environment = _needs(entries[0], options)
    left = [entry.name for entry in entries]
    while left:
        job = {
            "suite": asked.suite,
            "cases": None if asked.cases is None else str(asked.cases),
            "options": asdict(options),
            "names": left,
            "threads": threads,
            "limits": found.limits[threads].model_dump() if threads in found.limits else None,
            **{name: settings[name] for name in ("rounds", "budget", "min_sample")},
        }
        at = done + len(entries) - len(left)
        finished, code = 0, 0
        for message in _messages(job, {**thread_variables(threads), **environment}):
            kind = message["kind"]
            if kind == "limits":
                found.limits[threads] = LimitsRecord.model_validate(message["record"])
            elif kind == "begin":
                hears.begin(message["case"], at + finished, total)
            elif kind == "say":
                hears.say(message["case"], message["text"])
            elif kind == "failure":
                found.failures.append(FailureRecord.model_validate(message["record"]))
                hears.fail(found.failures[-1])
            elif kind == "left out":
                found.left_out.append(message["reason"])
                hears.leave_out(message["reason"])
            elif kind == "done":
                case = CaseRecord.model_validate(message["record"])
                found.cases.setdefault(case.name, []).append(case)
                hears.end(concluded(case))
            elif kind == "end":
                finished += 1
            elif kind == "exit":
                code = message["code"]
        if finished < len(left):
            reason = f"its process ended {_ending(code)}; the others go on in a new one"
            found.failures.append(FailureRecord(case=left[finished], who="", kind="ended", reason=reason))
            hears.fail(found.failures[-1])
        left = left[finished + 1 :]


def _ending(code: int) -> str:
    if code < 0:
        try:
            return f"by signal {signal.Signals(-code).name}"
        except ValueError:
            return f"by signal {-code}"
    return f"with code {code}"


def _messages(job: dict[str, Any], variables: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """What a new process says while it runs ``job``; at last with which code it ended."""
    reading, writing = os.pipe()
    environment = {**os.environ, **variables}
    command = [sys.executable, "-m", "qsetu.bench.worker", str(writing)]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[writing], env=environment)
    finally:
        os.close(writing)
    try:
        with os.fdopen(reading, encoding="utf-8") as stream:
            assert process.stdin is not None
            try:
                process.stdin.write(json.dumps(job).encode())
                process.stdin.close()
            except BrokenPipeError:
                pass  # it has ended already, and says so below
            for line in stream:
                if line.endswith("\n"):  # else it died in the middle of a message
                    yield json.loads(line)
        yield {"kind": "exit", "code": process.wait()}
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
