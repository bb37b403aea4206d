"""``qsetu list``: what there is."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["list_rosters"]


def list_rosters(
    what: Annotated[
        str | None, typer.Argument(help="experiments, datasets, models or engines; nothing shows all four.")
    ] = None,
) -> None:
    """Show experiments, datasets, models and engines."""
    from rich.console import Console

    from qsetu.cli.tables import ROSTER_TABLES
    from qsetu.core.checks import as_choice

    names = list(ROSTER_TABLES) if what is None else [as_choice("what", what, ROSTER_TABLES)]
    console = Console()
    for name in names:
        console.print(ROSTER_TABLES[name]())
