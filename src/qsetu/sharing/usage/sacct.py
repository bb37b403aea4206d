"""Jobs of Slurm: what ``sacct`` printed becomes entries, one for each job."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from qsetu.core.errors import ArgumentError, DataError
from qsetu.sharing.usage import sacct_cells as cells
from qsetu.sharing.usage.entry import Usage
from qsetu.sharing.usage.times import stamp

__all__ = ["FIELDS", "SacctImport", "read_sacct"]

FIELDS = ("JobID", "User", "Account", "State", "Start", "End", "CPUTimeRAW", "MaxRSS", "AllocTRES")
"""What ``sacct --format`` should be asked for; ``JobName`` and ``ElapsedRaw`` are used too."""

_NEEDED = ("JobID", "User", "State", "Start", "End", "CPUTimeRAW")
# 123, 123_4 (of an array), 123_[5-9] (waiting), 123+1 (of a heterogeneous job), each perhaps with a step.
_JOB = re.compile(r"(\d+(?:_\d+|_\[[^\]]*\]|\+\d+)?)(\.[^.\s]\S*)?", re.ASCII)

T = TypeVar("T")


@dataclass(frozen=True)
class SacctImport:
    """What a text of ``sacct`` holds.

    Attributes:
        usages: One for each job that has ended, in the order of the text.
        notes: Lines that are no use yet, each with its number: jobs that have not ended or never started,
            and steps whose job is not there.
        bad: Lines that could not be read, each with its number and why.
    """

    usages: tuple[Usage, ...]
    notes: tuple[str, ...]
    bad: tuple[str, ...]


@dataclass
class _Job:
    line: int
    row: dict[str, str]
    memory: list[int | None]


class _Bad(Exception):
    """A line that cannot be read, and why."""


def read_sacct(source: str | Path, project: str | None = None, *, timezone: str = "UTC") -> SacctImport:
    """Entries of Slurm jobs, from what ``sacct`` printed.

    Call ``TZ=UTC sacct --parsable2`` with ``--format`` for the columns of the example; ``-p`` will do, and
    columns are found by their names. CPU seconds are those that the job held (CPUs times time,
    ``CPUTimeRAW``), as clusters bill them; GPU seconds are GPUs of ``AllocTRES`` times the time between start
    and end (or ``ElapsedRaw``); memory is the largest ``MaxRSS`` of its steps, each of which is that of one
    task.

    Args:
        source: A path, or the text itself (with line ends or ``|`` in it).
        project: Who pays; the job's ``Account`` if None.
        timezone: Of times without an offset, such as "Europe/Helsinki": ``sacct`` prints local time unless it
            is called with ``TZ=UTC``.

    Returns:
        Entries and what was left out. Their identity is the job and its start, so that importing the same
        jobs again adds nothing.

    Raises:
        ArgumentError: An unknown time zone.
        DataError: The file cannot be read, or holds no header with the columns that are needed.

    Example:
        >>> from qsetu.sharing.usage import read_sacct
        >>> text = '''JobID|User|Account|State|Start|End|CPUTimeRAW|MaxRSS|AllocTRES
        ... 12|ada|heart|COMPLETED|2026-01-31T10:00:00|2026-01-31T10:01:00|480||cpu=8,gres/gpu=2
        ... 12.batch||heart|COMPLETED|2026-01-31T10:00:00|2026-01-31T10:01:00|480|2G|cpu=8
        ... '''
        >>> (job,) = read_sacct(text).usages
        >>> job.cpu_seconds, job.gpu_seconds, job.peak_memory_bytes == 2 * 2**30
        (480.0, 120.0, True)
    """
    zone = _zone(timezone)
    text, what = _text(source)
    usages: list[Usage] = []
    notes: list[tuple[int, str]] = []
    bad: list[tuple[int, str]] = []
    for job in _jobs(text, what, notes, bad):
        try:
            found = _usage(job, project, zone)
        except (_Bad, ArgumentError) as error:
            bad.append((job.line, str(error)))
            continue
        if isinstance(found, Usage):
            usages.append(found)
        else:
            notes.append((job.line, found))
    return SacctImport(tuple(usages), _numbered(notes), _numbered(bad))


def _numbered(complaints: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(f"line {number}: {text}" for number, text in sorted(complaints))


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)  # UTC is there without a database of zones, too
    except (KeyError, ValueError, TypeError, OSError):
        rule = "must be the name of a time zone that this system knows, such as 'Europe/Helsinki'"
        raise ArgumentError("timezone", rule, name) from None


def _text(source: str | Path) -> tuple[str, str]:
    if isinstance(source, str) and ("\n" in source or "|" in source):
        return source, "The text"
    try:
        # What is not UTF-8 becomes what the checks of names refuse, so that it spoils one line only.
        return Path(source).read_text(encoding="utf-8", errors="surrogateescape"), f"'{source}'"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"'{source}' cannot be read ({reason}).") from None


# ---- lines ---------------------------------------------------------------------------------------------


def _rows(text: str, what: str, bad: list[tuple[int, str]]) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and cells of each line. A header may come again, as where files were put together."""
    columns: list[str] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        row = [cell.strip() for cell in line.split("|")]
        if "JobID" in row:
            columns = row  # sacct -p ends it with a bar, as all lines: the last column has no name
            _check_header(columns, what)
            continue
        if not columns:
            _check_header(row, what)
        if len(row) != len(columns):
            bad.append((number, f"{len(row)} cells under {len(columns)} columns; is there a | in a name?"))
            continue
        yield number, dict(zip(columns, row, strict=True))
    if not columns:
        _check_header([], what)


def _check_header(columns: list[str], what: str) -> None:
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise DataError(
            f"{what} has no header of sacct with the column(s) {', '.join(missing)}. "
            f"Ask for them: sacct --parsable2 --format={','.join(FIELDS)}"
        )


def _jobs(text: str, what: str, notes: list[tuple[int, str]], bad: list[tuple[int, str]]) -> list[_Job]:
    """Jobs, each with the memory of its steps."""
    jobs: list[_Job] = []
    latest: dict[str, _Job] = {}
    early: dict[str, list[tuple[int, int | None]]] = {}  # steps above the line of their job
    for number, row in _rows(text, what, bad):
        found = _JOB.fullmatch(row["JobID"])
        try:
            if not found:
                raise _Bad(f"JobID {row['JobID'][:40]!a} is none of Slurm")
            memory = _cell(row, "MaxRSS", cells.memory_bytes)
        except _Bad as error:
            bad.append((number, str(error)))
            continue
        name, step = found[1], found[2]
        if not step:
            job = latest[name] = _Job(number, row, [memory, *(one for _, one in early.pop(name, []))])
            jobs.append(job)
        elif name in latest:
            latest[name].memory.append(memory)
        else:
            early.setdefault(name, []).append((number, memory))
    for name, steps in early.items():
        notes += [(number, f"a step of job {name}, whose own line is not here") for number, _ in steps]
    return jobs


# ---- jobs ----------------------------------------------------------------------------------------------


def _cell(row: dict[str, str], column: str, read: Callable[[str], T]) -> T:
    try:
        return read(row.get(column, ""))
    except ValueError as error:
        raise _Bad(f"{column} is {row[column][:40]!a}; {error}") from None


def _usage(job: _Job, project: str | None, zone: tzinfo) -> Usage | str:
    """The entry of a job, or why it is none yet."""
    row, name = job.row, job.row["JobID"]
    state = cells.state(row["State"])
    if state in cells.GOING_ON:
        return f"job {name} is {state}; import it again when it has ended"
    if state not in cells.ENDED:
        raise _Bad(f"State {row['State'][:40]!a} is none of Slurm")
    cpu = _cell(row, "CPUTimeRAW", cells.whole_seconds) or 0
    started = _cell(row, "Start", lambda cell: cells.moment(cell, zone))
    finished = _cell(row, "End", lambda cell: cells.moment(cell, zone))
    if started is None and not cpu:
        return f"job {name} never started ({state})"
    if started is None or finished is None:
        raise _Bad(f"job {name} is {state}, and its {'Start' if started is None else 'End'} is not known")
    return Usage(
        project=row.get("Account", "") if project is None else project,
        user=row["User"],
        what=row.get("JobName", "") or "Slurm job",
        started=stamp(started),
        finished=stamp(finished),
        cpu_seconds=cpu,
        gpu_seconds=cells.gpu_count(row.get("AllocTRES", "")) * _elapsed(row, started, finished),
        peak_memory_bytes=max((one for one in job.memory if one is not None), default=None),
        outcome=cells.ENDED[state],
        source="sacct",
        identity=f"sacct:{name}:{stamp(started)}",
        job_id=name,
        note=row["State"],
    )


def _elapsed(row: dict[str, str], started: datetime, finished: datetime) -> float:
    """Seconds that the job ran: without the time for which it was suspended, where the column is there."""
    told = _cell(row, "ElapsedRaw", cells.whole_seconds)
    return (finished - started).total_seconds() if told is None else float(told)
