"""``qsetu usage``: the ledger on the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from qsetu.sharing.usage import Ledger
    from qsetu.sharing.usage.listing import Listing

__all__ = ["COMMANDS"]

_File = Annotated[
    Path | None,
    typer.Option(
        "--ledger", help="The ledger; without it QSETU_USAGE_LEDGER, or one in your folder for data."
    ),
]
_Project = Annotated[str | None, typer.Option("--project", help="Who pays; else QSETU_PROJECT or 'default'.")]
_User = Annotated[str | None, typer.Option("--user", help="Who ran it; else your login name.")]


def report(
    by: Annotated[
        str,
        typer.Option("--by", help="project, user, what, outcome, source, day, month, year; commas between."),
    ] = "project,user",
    project: Annotated[str | None, typer.Option("--project", help="Only this project.")] = None,
    user: Annotated[str | None, typer.Option("--user", help="Only this user.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Started then or later, UTC: 2026-01-31.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Started before, UTC: 2026-02-01.")] = None,
    entries: Annotated[bool, typer.Option("--entries", help="Every entry, not totals.")] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write CSV instead; '-' prints it.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the CSV file that is there.")] = False,
    ledger: _File = None,
) -> None:
    """What was used, added up by project and user."""
    from qsetu.core.errors import OutputError
    from qsetu.core.files import write_whole
    from qsetu.sharing.usage import entries_csv, totals_csv
    from qsetu.sharing.usage.listing import entries_listing, totals_listing

    book = _existing(ledger)
    if csv is not None and csv.resolve() == book.path.resolve():
        raise OutputError(f"'{csv}' is the ledger itself. Choose another file.")
    groups = [name.strip() for name in by.split(",") if name.strip()]
    if entries:
        found = book.entries(project=project, user=user, since=since, until=until)
        text, listing = entries_csv(found), entries_listing(found)
    else:
        totals = book.totals(groups, project=project, user=user, since=since, until=until)
        text, listing = totals_csv(totals, groups), totals_listing(totals, groups)
    if csv is None:
        _show(listing)
    elif str(csv) == "-":
        sys.stdout.write(text)
    else:
        write_whole(csv, text.encode(), replace=force)
        print(f"Written: {csv}", file=sys.stderr)


def quota(
    project: _Project = None,
    limits: Annotated[
        list[str] | None, typer.Option("--set", metavar="RESOURCE=LIMIT", help="Such as qpu_seconds=600.")
    ] = None,
    period: Annotated[
        str | None, typer.Option("--period", help="month, year or total; of --remove: all if not given.")
    ] = None,
    warn_at: Annotated[
        float, typer.Option("--warn-at", help="Share of the limit that gives a warning.")
    ] = 0.8,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="RESOURCE", help="Take a quota away.")
    ] = None,
    ledger: _File = None,
) -> None:
    """Show quotas and what is left of them; set or remove those of a project."""
    from qsetu.core.errors import ArgumentError
    from qsetu.sharing.usage import default_project
    from qsetu.sharing.usage.listing import quotas_listing
    from qsetu.sharing.usage.quotas import quota_of

    whose = default_project() if project is None else project
    # All of them are checked before the first is set.
    wanted = [quota_of(whose, *_limit(text), period, warn_at) for text in limits or []]
    book = _opened(ledger) if wanted else _existing(ledger)
    for name in remove or []:
        if not book.remove_quota(whose, name, period):
            raise ArgumentError("remove", f"must be a quota of project '{whose}'", name)
    for one in wanted:
        book.set_quota(whose, one.resource, one.limit, one.period, one.warn_at)
    shown = None if project is None and not wanted and not remove else whose
    _show(quotas_listing(book.standing(shown)))


def add(
    what: Annotated[str, typer.Option("--what", help="What was run.")],
    project: _Project = None,
    user: _User = None,
    started: Annotated[
        str | None, typer.Option("--started", help="ISO 8601, with offset; now if not given.")
    ] = None,
    finished: Annotated[
        str | None, typer.Option("--finished", help="The same; when it started if not given.")
    ] = None,
    cpu_seconds: Annotated[float, typer.Option("--cpu-seconds", help="Seconds of a core.")] = 0.0,
    gpu_seconds: Annotated[float, typer.Option("--gpu-seconds", help="Seconds of a GPU.")] = 0.0,
    qpu_seconds: Annotated[float, typer.Option("--qpu-seconds", help="Seconds of a quantum machine.")] = 0.0,
    shots: Annotated[int, typer.Option("--shots", help="Measured on a quantum machine.")] = 0,
    peak_memory_bytes: Annotated[int | None, typer.Option("--peak-memory-bytes", help="Bytes.")] = None,
    outcome: Annotated[str, typer.Option("--outcome", help="finished, failed or stopped.")] = "finished",
    source: Annotated[str, typer.Option("--source", help="Who counted.")] = "by hand",
    job_id: Annotated[
        str | None, typer.Option("--job-id", help="Of a quantum machine; from one source it counts once.")
    ] = None,
    calibration_set: Annotated[
        str | None, typer.Option("--calibration-set", help="Identifier of the calibration it ran with.")
    ] = None,
    note: Annotated[str, typer.Option("--note", help="One line.")] = "",
    ledger: _File = None,
) -> None:
    """Add an entry by hand, such as the QPU seconds of a job."""
    from datetime import UTC, datetime

    from qsetu.sharing.usage import Usage, default_project, default_user

    start = datetime.now(UTC).isoformat() if started is None else started
    entry = Usage(
        default_project() if project is None else project,
        default_user() if user is None else user,
        what,
        start,
        start if finished is None else finished,
        cpu_seconds=cpu_seconds,
        gpu_seconds=gpu_seconds,
        qpu_seconds=qpu_seconds,
        shots=shots,
        peak_memory_bytes=peak_memory_bytes,
        outcome=outcome,
        source=source,
        identity="" if job_id is None else f"{source}:{job_id}",
        job_id=job_id,
        calibration_set_id=calibration_set,
        note=note,
    )
    added = _opened(ledger).add(entry)
    print(f"Added: {entry.identity}" if added else f"Was there already, nothing is changed: {entry.identity}")


def correct(
    identity: Annotated[
        str, typer.Argument(help="Of the entry; `qsetu usage report --entries --csv -` shows it.")
    ],
    note: Annotated[str, typer.Option("--note", help="Why.")],
    cpu_seconds: Annotated[float, typer.Option("--cpu-seconds", help="To add; negative to take away.")] = 0.0,
    gpu_seconds: Annotated[float, typer.Option("--gpu-seconds", help="The same.")] = 0.0,
    qpu_seconds: Annotated[float, typer.Option("--qpu-seconds", help="The same.")] = 0.0,
    shots: Annotated[int, typer.Option("--shots", help="The same.")] = 0,
    ledger: _File = None,
) -> None:
    """Correct an entry by another one; what is in the ledger is never changed."""
    from qsetu.core.errors import ArgumentError

    book = _existing(ledger)
    found = [one for one in book.entries() if one.identity == identity]
    if not found:
        raise ArgumentError("identity", f"must be that of an entry in '{book.path}'", identity)
    amounts = {
        "cpu_seconds": cpu_seconds,
        "gpu_seconds": gpu_seconds,
        "qpu_seconds": qpu_seconds,
        "shots": shots,
    }
    entry = found[0].correction(note=note, **amounts)
    print(f"Added: {entry.identity}" if book.add(entry) else "The same correction was there already.")


def import_sacct(
    file: Annotated[str, typer.Argument(help="What sacct --parsable2 printed; '-' reads it here.")],
    project: Annotated[
        str | None, typer.Option("--project", help="Who pays; else each job's account.")
    ] = None,
    timezone: Annotated[
        str,
        typer.Option("--timezone", help="Of sacct's times: UTC if it ran with TZ=UTC, or Europe/Helsinki."),
    ] = "UTC",
    ledger: _File = None,
) -> None:
    """Add jobs of Slurm; those that are there already count once. Exits with 1 if a line cannot be read."""
    from qsetu.sharing.usage import read_sacct

    source: str | Path = sys.stdin.read() + "\n" if file == "-" else Path(file)
    found = read_sacct(source, project, timezone=timezone)
    added = _opened(ledger).add_all(found.usages)
    for line in (*found.notes, *found.bad):
        print(line, file=sys.stderr)
    there = len(found.usages) - added
    print(f"{added} job(s) added, {there} there already, {len(found.notes)} line(s) not yet of use, ", end="")
    print(f"{len(found.bad)} line(s) that cannot be read")
    if found.bad:
        raise typer.Exit(1)


def import_result(
    folders: Annotated[list[Path], typer.Argument(help="Results folders, or result.json files.")],
    project: _Project = None,
    user: _User = None,
    ledger: _File = None,
) -> None:
    """Add what runs of experiments used, by their records; of merged results, give the parts."""
    from qsetu.experiments.record import read_result
    from qsetu.sharing.usage import usage_of_result

    entries = [usage_of_result(read_result(folder), project, user) for folder in folders]
    added = _opened(ledger).add_all(entries)
    print(f"{added} run(s) added, {len(entries) - added} there already")
    for one in entries:
        if one.note:
            print(f"{one.what}: {one.note}", file=sys.stderr)


# ---- helpers -------------------------------------------------------------------------------------------


def _opened(file: Path | None) -> Ledger:
    from qsetu.sharing.usage import Ledger, default_ledger

    return Ledger(default_ledger() if file is None else file)


def _existing(file: Path | None) -> Ledger:
    """The ledger, which is not made where there is none: a name may be misspelled."""
    from qsetu.core.errors import DataError
    from qsetu.sharing.usage import Ledger, default_ledger

    path = default_ledger() if file is None else file
    if not path.exists():
        raise DataError(
            f"There is no ledger '{path}' yet. `qsetu usage add`, an import or a quota begins one."
        )
    return Ledger(path)


def _limit(text: str) -> tuple[str, float]:
    from qsetu.core.errors import ArgumentError

    name, _, value = text.partition("=")
    try:
        # Shots and bytes stay whole numbers; a float would not hold large ones.
        return name, int(value) if value.isdecimal() else float(value)
    except ValueError:
        raise ArgumentError("set", "must be RESOURCE=LIMIT, such as qpu_seconds=600", text) from None


def _show(listing: Listing) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=listing.title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
    )
    for name in listing.texts:
        table.add_column(name, overflow="fold", no_wrap=name not in ("project", "user", "what", "source"))
    for name in listing.numbers:
        table.add_column(name, justify="right", no_wrap=True)
    for row in listing.rows:
        table.add_row(*map(Text, row))  # text, not markup: names may hold brackets
    Console().print(table if listing.rows else f"{listing.title}: none")


COMMANDS: dict[str, Callable[..., None]] = {
    "report": report,
    "quota": quota,
    "add": add,
    "correct": correct,
    "import-sacct": import_sacct,
    "import-result": import_result,
}
"""Name on the command line and function of each subcommand."""
