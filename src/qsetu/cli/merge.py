"""``qsetu merge``: add up results of one experiment that were computed apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["merge"]


def merge(
    results: Annotated[list[Path], typer.Argument(help="Results folders, or result.json files.")],
    out: Annotated[Path, typer.Option("--out", help="Results folder to write, new or empty.")],
    tolerance: Annotated[
        float, typer.Option("--tolerance", help="How far scores of a fold computed twice may differ.")
    ] = 0.0,
) -> None:
    """Add up results of one experiment; refused where data, settings, seed, code or models differ.

    Machines share repeats: [bold]--set sizes.default.first_repeat=5[/bold].
    """
    from rich.console import Console

    from qsetu.core.files import check_output_folder, staged_folder
    from qsetu.experiments import merge_results, read_result

    check_output_folder(out)
    merged = merge_results([read_result(path) for path in results], tolerance=tolerance)
    from qsetu.experiments.write import write_folder

    with staged_folder(out) as stage:
        write_folder(merged, stage)
    folds = sum(split.kind == "fold" for split in merged.splits)
    Console().print(
        f"Merged {len(results)} results: {folds} folds of {len(merged.models)} models.\n"
        f"Record:  {out / 'result.json'}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
