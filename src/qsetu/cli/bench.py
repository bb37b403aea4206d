"""``qsetu bench``: races and measurements."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qsetu.cli.bench_output import COMMANDS as OUTPUT_COMMANDS

if TYPE_CHECKING:
    from rich.console import Console

    from qsetu.bench import BenchmarkRecord

__all__ = ["COMMANDS"]

Cases = Annotated[
    Path | None, typer.Option("--cases", help="A Python file or folder of your own that has SUITES.")
]


def list_suites(
    suite: Annotated[
        str | None, typer.Argument(metavar="[SUITE]", help="Show the cases of this one.")
    ] = None,
    cases: Cases = None,
) -> None:
    """Suites, the simulators that they race against, and the cases of one of them."""
    from rich.console import Console
    from rich.table import Table

    from qsetu.bench.cases import Options
    from qsetu.bench.discover import find_suite, find_suites
    from qsetu.core.machine import cpu_count

    console = Console()
    if suite is not None:
        for entry in find_suite(suite, cases).entries(Options(cpu_count())):
            console.print(f"{entry.name:42} {entry.title}", markup=False, highlight=False, soft_wrap=True)
        return
    table = Table("suite", "what it is", "races against", "not installed")
    for one in find_suites(cases).values():
        peers = one.peers()
        missing = [name for name, why in peers.items() if why]
        table.add_row(
            one.name, one.title, ", ".join(p for p in peers if p not in missing), ", ".join(missing)
        )
    console.print(table)


def run(
    suite: Annotated[str, typer.Option("--suite", help="See `qsetu bench list`.")] = "smoke",
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="PATTERN", help="Cases by name: --only 'circuits/*/20'."),
    ] = None,
    sizes: Annotated[str | None, typer.Option("--sizes", metavar="16,20", help="Widths in qubits.")] = None,
    peers: Annotated[
        str | None, typer.Option("--peers", metavar="qsim,aer", help="Of the suite's; 'none' for ours alone.")
    ] = None,
    rounds: Annotated[
        int | None, typer.Option("--rounds", help="Samples of each candidate, 3 or more.")
    ] = None,
    budget: Annotated[float | None, typer.Option("--budget", help="Seconds of rounds for one case.")] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", help="Fresh processes, one after the other.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", help="Of every candidate. Default: all cores.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few rounds of few cases.")] = False,
    count: Annotated[
        bool | None, typer.Option("--count/--no-count", help="Count instructions with valgrind.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write every sample here.")
    ] = None,
    history: Annotated[
        Path | None, typer.Option("--history", metavar="FILE", help="Add a line to this file.")
    ] = None,
    cases: Cases = None,
) -> None:
    """Check every answer, then time: ours and others in turns, on as many threads."""
    from rich.console import Console

    from qsetu.bench import Asked, run_suite, write_record
    from qsetu.bench.history import append_history
    from qsetu.cli.bench_progress import watching
    from qsetu.core.errors import OutputError

    for one in (json, history):
        if one is not None and not one.parent.is_dir():
            raise OutputError(
                f"'{one}' cannot be written: folder '{one.parent}' does not exist. Create it first."
            )
    asked = Asked(
        suite=suite,
        only=tuple(only or ()),
        sizes=_numbers(sizes),
        peers=_names(peers),
        rounds=rounds,
        budget=budget,
        processes=processes,
        threads=threads,
        quick=quick,
        count=count,
        cases=cases,
        command=shlex.join(["qsetu", *sys.argv[1:]]),
    )
    with watching() as progress:
        record = run_suite(asked, progress)
    console = Console(width=None if sys.stdout.isatty() else 150)
    _show(console, record)
    if json is not None:
        write_record(record, json)
        console.print(f"Record: {json}", markup=False, highlight=False, soft_wrap=True)
    if history is not None and record.cases:
        append_history(record, history)
        console.print(f"History: {history}", markup=False, highlight=False, soft_wrap=True)
    if record.exit_code:
        raise typer.Exit(record.exit_code)


def compare(
    base: Annotated[Path, typer.Argument(metavar="BASE", help="The record of the earlier run.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="That of the later run.")],
    threshold: Annotated[
        float, typer.Option("--threshold", help="From where a change of time counts.")
    ] = 0.1,
    across_machines: Annotated[
        bool, typer.Option("--across-machines", help="Although the kinds of processor differ.")
    ] = False,
) -> None:
    """Did it get slower? Exit code 0: no. 1: yes. 2: the two cannot be compared."""
    from rich.console import Console

    from qsetu.bench.gate import compare_runs
    from qsetu.bench.records import read_record
    from qsetu.bench.shown import comparison_table

    found = compare_runs(
        read_record(base), read_record(new), threshold=threshold, across_machines=across_machines
    )
    console = Console(width=None if sys.stdout.isatty() else 130)
    if found.cases:
        console.print(comparison_table(found))
    for title, names in (("Only in BASE", found.only_base), ("Only in NEW", found.only_new)):
        if names:
            console.print(f"{title}: {', '.join(names)}", markup=False, highlight=False)
    for note in found.notes:
        console.print(note, markup=False, highlight=False, style="yellow")
    style = {0: "green", 1: "red", 2: "red"}[found.exit_code]
    console.print(found.sentence, style=style, markup=False, highlight=False)
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _show(console: Console, record: BenchmarkRecord) -> None:
    """Tables, then whatever a reader has to know."""
    from qsetu.bench.shown import (
        cases_table,
        findings_notes,
        findings_table,
        goals_table,
        groups_table,
        machine_line,
    )

    def say(text: str, style: str = "") -> None:
        console.print(text, markup=False, highlight=False, style=style, soft_wrap=True)

    if record.cases:
        console.print(cases_table(record))
    for case in record.cases:
        if case.note:
            say(f"{case.title}: {case.note}")
        for who, times in case.dropped.items():
            say(f"{case.title}: {who} took {times:.0f} times the best peer's first calls, and was not timed")
    for reason in record.left_out:
        say(f"Left out: {reason}")
    for failure in record.failures:
        say(f"{failure.case}: {failure.who or 'the case'}: {failure.kind}: {failure.reason}", "red")
    if any(case.ratio for case in record.cases):
        console.print(groups_table(record))
        say("A ratio is the best peer's time over ours, compiling included where a new circuit was timed.")
    if record.goals:
        console.print(goals_table(record))
    if record.findings:
        console.print(findings_table(record))
        for note in findings_notes(record):
            say(note)
    say(machine_line(record))
    if record.noise.noisy:
        say(f"This run is noisy: {'; '.join(record.noise.reasons)}.", "yellow")
    if record.interrupted:
        say("Interrupted: this is what was finished.", "yellow")
    say(f"{record.seconds:.0f} s in all.")


def _names(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return () if text == "none" else tuple(part.strip() for part in text.split(",") if part.strip())


def _numbers(text: str | None) -> tuple[int, ...] | None:
    from qsetu.core.errors import ArgumentError

    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ArgumentError("sizes", "must be numbers with commas between, such as 16,20", text) from None


COMMANDS: dict[str, Callable[..., None]] = {
    "list": list_suites,
    "run": run,
    "compare": compare,
    **OUTPUT_COMMANDS,
}
