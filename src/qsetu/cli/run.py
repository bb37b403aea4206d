"""``qsetu run``: run an experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["run"]


def run(
    name: Annotated[str, typer.Argument(help="Name of an experiment; [bold]qsetu list[/bold] shows them.")],
    quick: Annotated[bool, typer.Option("--quick", help="A small size, in seconds.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Results folder, new or empty. Default: results/NAME-TIME.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Non-negative integer. Default: the experiment's own.")
    ] = None,
) -> None:
    """Run an experiment: tables here, report and record in a results folder."""
    from rich.console import Console

    from qsetu.cli.tables import result_table
    from qsetu.experiments import run_experiment
    from qsetu.experiments.verdict import verdict

    done = run_experiment(name, quick=quick, out=out, seed=seed)
    console = Console()
    console.print(result_table(done.result))
    for model in done.result.models:
        for warning in model.warnings:
            text = f"{model.title}: {warning.count} x {warning.category}: {warning.message}"
            console.print(text, style="yellow", markup=False)
    console.print(verdict(done.result), markup=False, highlight=False)
    console.print(f"\nReport:  {done.folder / 'report.html'}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"Record:  {done.folder / 'result.json'}", markup=False, highlight=False, soft_wrap=True)
