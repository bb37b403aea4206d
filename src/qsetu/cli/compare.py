"""``qsetu compare``: hold two results against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["compare"]


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A results folder, or its result.json.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another.")],
    html: Annotated[Path | None, typer.Option("--html", help="Also write a page: a new file.")] = None,
    tolerance: Annotated[
        float, typer.Option("--tolerance", help="Largest difference of a score that still agrees.")
    ] = 1e-6,
) -> None:
    """Compare two results: exit code 0 if they agree, 1 if they differ, 2 if they cannot be compared."""
    from rich.console import Console

    from qsetu.cli.tables import aspects_table, differences_table
    from qsetu.core.errors import OutputError
    from qsetu.experiments import read_result
    from qsetu.experiments.compare import compare_results, render_comparison_html

    if html is not None and html.exists():
        raise OutputError(f"'{html}' exists, and nothing is overwritten. Choose a new file with --html.")
    found = compare_results(read_result(a), read_result(b), tolerance)
    console = Console()
    console.print(aspects_table(found))
    if found.models:
        console.print(differences_table(found))
    for name, titles in (("A", found.only_a), ("B", found.only_b)):
        if titles:
            console.print(f"Only {name} has: {'; '.join(titles)}", markup=False, highlight=False)
    style = {0: "green", 1: "yellow", 2: "red"}[found.exit_code]
    console.print(found.sentence, style=style, markup=False, highlight=False)
    if html is not None:
        try:
            html.write_text(render_comparison_html(found), encoding="utf-8")
        except OSError as error:
            raise OutputError(f"'{html}' cannot be written ({error.strerror}).") from None
        console.print(f"Page:  {html}", markup=False, highlight=False, soft_wrap=True)
    if found.exit_code:
        raise typer.Exit(found.exit_code)
