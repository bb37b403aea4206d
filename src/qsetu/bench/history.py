"""Results over time: a file to which every run adds one line, and from which nothing is ever taken."""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qsetu.bench.gate import typical
from qsetu.bench.records import BenchmarkRecord, CaseRecord
from qsetu.core.errors import DataError, OutputError
from qsetu.core.strict_json import first_complaint

__all__ = ["CasePoint", "History", "HistoryLine", "append_history", "line_of", "read_history", "select"]

FORMAT = "qsetu.benchmark.history"
VERSION = 1

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CasePoint(_Line):
    """One case of one run.

    Attributes:
        group: What it is drawn with.
        seconds: Median of a warm call of ours.
        work: The same, over the fixed work of the same rounds; None where that was not timed.
        instructions: Of a warm call; None where nobody counted.
        peer: Time of the best peer over ours; None where nobody raced.
    """

    group: str
    seconds: Positive
    work: Positive | None = None
    instructions: int | None = None
    peer: Positive | None = None


class HistoryLine(_Line):
    """One run.

    Attributes:
        format: Always ``qsetu.benchmark.history``.
        version: Of this format.
        started: UTC, ISO 8601.
        commit: Of the checkout; None for an installed package.
        modified: Whether files differed from it.
        suite: Its name.
        machine_class: What runs have to share to be compared.
        threads: Of every candidate.
        noisy: Whether figures should be taken with care.
        cases: By name.
    """

    format: Literal["qsetu.benchmark.history"] = "qsetu.benchmark.history"
    version: Literal[1] = 1
    started: str
    commit: str | None = None
    modified: bool | None = None
    suite: str
    machine_class: str
    threads: int
    noisy: bool
    cases: dict[str, CasePoint]


@dataclass(frozen=True)
class History:
    """What a file says.

    Attributes:
        lines: Runs, in the order in which they were added.
        notes: Lines that were skipped, and why.
    """

    lines: tuple[HistoryLine, ...]
    notes: tuple[str, ...]


def line_of(record: BenchmarkRecord) -> HistoryLine:
    """The line of a run."""
    return HistoryLine(
        started=record.started,
        commit=record.git_commit,
        modified=record.git_modified,
        suite=record.suite,
        machine_class=record.machine_class,
        threads=record.threads,
        noisy=record.noise.noisy,
        cases={case.name: _point(case) for case in record.cases},
    )


def _point(case: CaseRecord) -> CasePoint:
    return CasePoint(
        group=case.group,
        seconds=case.ours.median,
        work=typical(case) if case.the("reference") else None,
        instructions=case.ours.instructions,
        peer=case.ratio.value if case.ratio else None,
    )


def append_history(record: BenchmarkRecord, path: str | Path) -> None:
    """Add the line of a run, in one write that is on the disk when this returns.

    Several runs may add to one file at once. Where an earlier run was killed within its line, a new line is
    begun, so that half a line harms no other.

    Raises:
        OutputError: It cannot be written.
    """
    text = json.dumps(line_of(record).model_dump(mode="json"), allow_nan=False)
    file = Path(path)
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            begun = "" if _ends_whole(descriptor) else "\n"
            data = (begun + text + "\n").encode("ascii")
            if os.write(descriptor, data) < len(data):
                raise OSError(28, "No space left on device")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(f"History '{file}' cannot be written ({reason}).") from None


def _ends_whole(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"


def read_history(path: str | Path) -> History:
    """All runs that a file holds; lines that cannot be read are skipped, each with a note.

    Raises:
        DataError: It cannot be read, or holds no run at all.
    """
    file = Path(path)
    try:
        rows = file.read_bytes().split(b"\n")
    except OSError as error:
        raise DataError(f"History '{file}' cannot be read ({error.strerror}).") from None
    lines: list[HistoryLine] = []
    notes: list[str] = []
    for number, row in enumerate(rows, 1):
        if row.strip():
            found = _parsed(row)
            if isinstance(found, str):
                notes.append(f"line {number} is skipped: {found}")
            else:
                lines.append(found)
    if not lines:
        why = f": {notes[0]}" if notes else ""
        raise DataError(f"History '{file}' holds no run{why}. `qsetu bench run --history FILE` adds one.")
    return History(tuple(lines), tuple(notes))


def _parsed(row: bytes) -> HistoryLine | str:
    """A run, or why there is none."""
    try:
        data = json.loads(row)
    except (ValueError, RecursionError):
        return "it is not valid JSON, as when a run is killed while it writes"
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        return f"it is not of format '{FORMAT}'"
    version = data.get("version")
    if version != VERSION or isinstance(version, bool):
        return f"it has version {version!r}, and this qsetu reads version {VERSION}"
    try:
        return HistoryLine.model_validate(data)
    except ValidationError as error:
        return f"it is damaged: {first_complaint(error)}"


def select(
    lines: Sequence[HistoryLine], case: str | None = None, machine: str | None = None
) -> list[HistoryLine]:
    """Runs and cases that are asked for; runs without any are left out.

    Args:
        lines: All runs.
        case: A pattern of names, such as ``circuits/*/20``; None for all.
        machine: A class of machine; None for all.

    Raises:
        DataError: Nothing is left.
    """
    kept = []
    for line in lines:
        if machine is None or line.machine_class == machine:
            cases = {
                name: point
                for name, point in line.cases.items()
                if case is None or fnmatch.fnmatchcase(name, case)
            }
            kept += [line.model_copy(update={"cases": cases})] if cases else []
    if not kept:
        machines = ", ".join(sorted({line.machine_class for line in lines}))
        raise DataError(
            "No run of this history has such a case on such a machine. "
            f"Its machines are {machines}; `--case` takes patterns such as 'circuits/*'."
        )
    return kept
