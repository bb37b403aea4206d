"""What all figures share: style, files, small marks. Neither pyplot nor global settings are touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.ticker
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from qsetu.experiments.metrics import Metric
from qsetu.experiments.palette import GRID, INK, SOFT
from qsetu.experiments.record import Result

__all__ = ["Drawing", "FigureFile", "brief", "logarithmic", "mark_levels", "panels", "plain_grid", "save"]

_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.edgecolor": SOFT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "svg.fonttype": "path",
    "text.parse_math": False,  # a title may hold a dollar sign
}


@dataclass(frozen=True)
class FigureFile:
    """One figure.

    Attributes:
        stem: Name of its files, without ".png" or ".svg".
        caption: What it shows.
        description: Its numbers, for those who cannot see it.
    """

    stem: str
    caption: str
    description: str


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure that is yet to be drawn.

    Attributes:
        file: What it will be called.
        draw: Makes it.
        tight: Whether margins are cut to what is drawn.
    """

    file: FigureFile
    draw: Callable[[], Figure]
    tight: bool = True


def save(folder: Path, drawing: Drawing) -> FigureFile:
    """Draw and write ``.png`` and ``.svg`` into ``folder``."""
    stem, box = drawing.file.stem, "tight" if drawing.tight else None
    # The salt makes element names in the SVG the same in every run, and different between figures.
    with mpl.rc_context({**_STYLE, "svg.hashsalt": stem}):
        figure = drawing.draw()
        FigureCanvasAgg(figure)
        figure.savefig(folder / f"{stem}.png", dpi=200, bbox_inches=box, facecolor="white")
        figure.savefig(folder / f"{stem}.svg", bbox_inches=box, facecolor="white", metadata={"Date": None})
    return drawing.file


def panels(
    count: int, width: float, height: float, columns: int = 3, **shared: Any
) -> tuple[Figure, list[Any]]:
    """A figure of ``count`` panels in rows of at most ``columns``; sizes are of one panel, in inches."""
    across = min(columns, count)
    down = -(-count // across)
    figure = Figure(figsize=(width * across, height * down), layout="constrained")
    axes = figure.subplots(down, across, squeeze=False, **shared).ravel().tolist()
    for one in axes[count:]:
        one.set_visible(False)
    return figure, axes[:count]


def brief(text: str, limit: int = 40) -> str:
    """``text``, cut where it is longer than a figure has room for; texts beside figures are never cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plain_grid(axes: Any, axis: str) -> None:
    """Faint lines behind the data."""
    axes.grid(axis=axis, color=GRID, lw=0.8, zorder=0)
    axes.set_axisbelow(True)


def logarithmic(axis: Any, low: float, high: float) -> None:
    """Ticks of a logarithmic axis in plain numbers, since formulas are not read in our figures.

    Args:
        axis: The x or y axis, already logarithmic.
        low: Smallest value drawn.
        high: Largest value drawn.
    """
    if high < 8 * low:  # too narrow for powers of ten
        axis.set_major_locator(mpl.ticker.MaxNLocator(4, steps=(1, 2, 5, 10)))
        axis.set_minor_locator(mpl.ticker.NullLocator())
    else:
        axis.set_major_locator(mpl.ticker.LogLocator(subs=(1.0, 2.0, 5.0) if high < 100 * low else (1.0,)))
    axis.set_major_formatter(mpl.ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(mpl.ticker.NullFormatter())


def mark_levels(axes: Any, result: Result, metric: Metric, *, upright: bool) -> None:
    """Lines where guessing is and, where it is known, what the best possible model reaches.

    Args:
        axes: To draw on.
        result: The result.
        metric: The score on one axis.
        upright: Whether the score is on the x axis.
    """
    levels = []
    if metric.chance is not None:
        levels.append((metric.chance(len(result.dataset.labels)), "guessing", ":"))
    if metric.name in result.dataset.ceiling:
        levels.append((result.dataset.ceiling[metric.name], "best possible", "--"))
    for value, name, dash in levels:
        line = axes.axvline if upright else axes.axhline
        line(value, color=SOFT, lw=1, ls=dash, zorder=1, gid=name)
        place = (value, 1.0) if upright else (0.02, value)
        where = ("data", "axes fraction") if upright else ("axes fraction", "data")
        side = "center" if upright else "left"
        axes.annotate(name, place, xycoords=where, color=SOFT, fontsize=8.5, ha=side, va="bottom")
