"""``qsetu run``: run an experiment."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from qsetu.sharing.usage import Meter

__all__ = ["run"]


def run(
    name: Annotated[
        str,
        typer.Argument(help="Name of an experiment ([bold]qsetu list[/bold] shows them), or a .toml file."),
    ],
    quick: Annotated[bool, typer.Option("--quick", help="A small size, in seconds.")] = False,
    size: Annotated[str, typer.Option("--size", help="quick, default or full.")] = "default",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Overrule a setting: [bold]--set sizes.default.repeats=5[/bold]."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Results folder, new or empty. Default: results/NAME-TIME.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Non-negative integer. Default: the experiment's own.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Processes at once. Default: one for each core.")
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option("--store", help="Folder of finished folds. Default: .store beside the results."),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Compute everything again, and hold it against the store.")
    ] = False,
    slurm: Annotated[
        str | None,
        typer.Option(
            "--slurm",
            help="Send the folds as an array of jobs, wait, gather: "
            "[bold]--slurm partition=small,time=60,tasks=20[/bold] (time in minutes).",
        ),
    ] = None,
    track: Annotated[
        bool, typer.Option("--track", help="Put the result into MLflow, too: mlflow.db beside the results.")
    ] = False,
    track_uri: Annotated[
        str | None, typer.Option("--track-uri", help="As --track, with this database or server.")
    ] = None,
    register: Annotated[
        str | None,
        typer.Option("--register", help="With --track: fit this model on all samples and register it."),
    ] = None,
    project: Annotated[
        str | None,
        typer.Option(
            "--project",
            help="Who pays: nothing starts once its quota is used up, and what was used is entered into the "
            "ledger ([bold]qsetu usage[/bold]). Default: QSETU_PROJECT, else no ledger.",
        ),
    ] = None,
) -> None:
    """Run an experiment: tables here, report and record in a results folder.

    Stopped, or killed? The same command goes on where it was.
    """
    from rich.console import Console

    from qsetu.cli.tables import result_table
    from qsetu.experiments import parse_cluster, run_experiment
    from qsetu.experiments.report import conclusion

    console = Console()
    with _metered(project, name) as meter:
        if meter is not None and meter.decision.state == "warning":
            console.print(str(meter.decision), style="yellow", markup=False, highlight=False)
        done = run_experiment(
            name,
            size=size,
            quick=quick,
            overrides=tuple(set_ or ()),
            out=out,
            seed=seed,
            workers=workers,
            store=store,
            fresh=fresh,
            cluster=None if slurm is None else parse_cluster(slurm),
            track=track_uri or track,
            register=register,
        )
        if meter is not None:
            meter.add(gpu_seconds=done.result.provenance.gpu_seconds)
    console.print(result_table(done.result))
    for model in done.result.models:
        for warning in model.warnings:
            text = f"{model.title}: {warning.count} x {warning.category}: {warning.message}"
            console.print(text, style="yellow", markup=False)
    for sentence in conclusion(done.result):
        console.print(sentence, markup=False, highlight=False)
    reused = done.result.provenance.reused
    if reused:
        told = f"\n{reused} fits were found in the store; --fresh computes them again."
        console.print(told, markup=False, highlight=False)
    console.print(f"\nReport:  {done.folder / 'report.html'}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"Record:  {done.folder / 'result.json'}", markup=False, highlight=False, soft_wrap=True)


def _metered(project: str | None, name: str) -> AbstractContextManager[Meter | None]:
    """The run's entry in the ledger of a project; nothing where nobody pays."""
    whose = os.environ.get("QSETU_PROJECT", "") if project is None else project
    if not whose:
        return nullcontext()
    from qsetu.sharing.usage import Ledger, default_ledger, metered

    # What an experiment will use is known by nobody before it ran: it starts while anything is left.
    return metered(Ledger(default_ledger()), whose, Path(name).stem, estimate={"cpu_seconds": None})
