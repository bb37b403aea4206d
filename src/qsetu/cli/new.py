"""``qsetu new``: a commented experiment file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["new"]


def new(
    name: Annotated[str, typer.Argument(help="Name of the experiment: lower-case letters, digits, hyphens.")],
    dataset: Annotated[
        str, typer.Option("--dataset", help="A registered dataset with labels; [bold]qsetu data list[/bold].")
    ] = "pbmc68k-reduced",
    out: Annotated[Path | None, typer.Option("--out", help="File to write. Default: NAME.toml.")] = None,
) -> None:
    """Write a commented experiment file, which runs as it is."""
    from rich.console import Console

    from qsetu.experiments.spec.starter import write_starter

    path = write_starter(name, out or Path(f"{name}.toml"), dataset=dataset)
    Console().print(
        f"Wrote {path}. Try it:  qsetu run {path} --quick", markup=False, highlight=False, soft_wrap=True
    )
