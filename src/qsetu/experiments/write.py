"""Everything a results folder holds."""

from __future__ import annotations

from pathlib import Path

from qsetu.experiments.figures import draw_figures
from qsetu.experiments.record import Result, write_result
from qsetu.experiments.report import render_html, render_markdown

__all__ = ["write_folder"]


def write_folder(result: Result, folder: Path) -> None:
    """Write result.json, report.html, report.md and figures/ into an existing empty folder."""
    figures = folder / "figures"
    figures.mkdir()
    files = draw_figures(result, figures)
    svgs = {file.stem: (figures / f"{file.stem}.svg").read_bytes() for file in files}
    (folder / "report.html").write_text(render_html(result, files, svgs), encoding="utf-8")
    (folder / "report.md").write_text(render_markdown(result, files), encoding="utf-8")
    write_result(result, folder / "result.json")
