"""``qsetu bench report | history | export``: what becomes of records."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["COMMANDS"]

Record = Annotated[Path, typer.Argument(metavar="F.json", help="The record of a run.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


def report(
    file: Record,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Default: report.html beside the record.")
    ] = None,
    base: Annotated[
        Path | None, typer.Option("--base", metavar="BASE.json", help="An earlier run to compare with.")
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(
            "--markdown", metavar="FILE", help="A short summary; '-' prints it. No page without -o."
        ),
    ] = None,
    force: Force = False,
) -> None:
    """A run as one HTML file that opens offline, or as a short summary in Markdown."""
    from qsetu.bench.gate import compare_runs
    from qsetu.bench.records import read_record
    from qsetu.bench.report import render_html, render_summary
    from qsetu.core.errors import OutputError
    from qsetu.core.files import write_whole

    page = out if out is not None else file.parent / "report.html" if markdown is None else None
    summary = None if markdown is None or str(markdown) == "-" else markdown
    for one in (page, summary):
        if one is not None and one.exists() and not force:
            raise OutputError(
                f"'{one}' exists, and nothing is overwritten. Choose a new file, or say --force."
            )
        if one is not None and one.resolve() in {kept.resolve() for kept in (file, base) if kept}:
            raise OutputError(f"'{one}' is the record itself. Choose another file.")
    record = read_record(file)
    found = None if base is None else compare_runs(read_record(base), record)
    if markdown is not None and summary is None:
        sys.stdout.write(render_summary(record, found))
    for one, render in ((page, render_html), (summary, render_summary)):
        if one is not None:
            write_whole(one, render(record, found).encode(), replace=force)
            print(f"Written: {one}", file=sys.stderr)


def history(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `qsetu bench run --history` adds to.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Draw the lines: .png or .svg.")
    ] = None,
    case: Annotated[
        str | None, typer.Option("--case", metavar="PATTERN", help="Cases by name: --case 'circuits/*'.")
    ] = None,
    machine: Annotated[
        str | None, typer.Option("--machine", metavar="CLASS", help="Runs on this class of machine alone.")
    ] = None,
    force: Force = False,
) -> None:
    """The latest run against the median of those before, and all of them as lines."""
    from rich.console import Console

    from qsetu.bench.figures.history import history_drawing
    from qsetu.bench.history import read_history, select
    from qsetu.bench.shown import trends_table
    from qsetu.bench.trends import trends
    from qsetu.core.errors import ArgumentError
    from qsetu.core.files import write_whole
    from qsetu.documents.figures import image

    kind = "" if out is None else out.suffix.lower().lstrip(".")
    if out is not None and kind not in ("png", "svg"):
        raise ArgumentError("out", "must end in .png or .svg", str(out))
    found = read_history(file)
    lines = select(found.lines, case, machine)
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(trends_table(trends(lines)))
    for note in found.notes:
        console.print(note, markup=False, highlight=False, style="yellow")
    if out is not None:
        write_whole(out, image(history_drawing(lines), kind), replace=force)
        console.print(f"Figure: {out}", markup=False, highlight=False, soft_wrap=True)


def export(
    file: Record,
    out: Annotated[Path, typer.Option("-o", "--out", help="A file for pyperf, a folder of results for asv.")],
    kind: Annotated[str, typer.Option("--format", metavar="pyperf|asv", help="Whose format.")] = "pyperf",
    machine: Annotated[
        str | None, typer.Option("--machine", help="What asv calls this machine. Default: its class.")
    ] = None,
    force: Force = False,
) -> None:
    """A run for another tool: pyperf (`python -m pyperf compare_to`) or asv (`asv publish`)."""
    from qsetu.bench.export import export as write
    from qsetu.bench.records import read_record

    for one in write(read_record(file), kind, out, machine=machine, replace=force):
        print(f"Written: {one}")


COMMANDS: dict[str, Callable[..., None]] = {"report": report, "history": history, "export": export}
