"""What all figures share: style, files, small marks. Neither pyplot nor global settings are touched."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.ticker
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from qsetu.documents.palette import GRID, INK, SOFT

__all__ = ["STYLE", "Drawing", "FigureFile", "brief", "image", "logarithmic", "panels", "plain_grid", "save"]

STYLE: Any = {
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
    with _drawn(drawing) as write:
        for kind in ("png", "svg"):
            write(folder / f"{drawing.file.stem}.{kind}", kind)
    return drawing.file


def image(drawing: Drawing, kind: str = "svg") -> bytes:
    """The figure as the content of a file, ``kind`` being "svg" or "png"."""
    stream = io.BytesIO()
    with _drawn(drawing) as write:
        write(stream, kind)
    return stream.getvalue()


@contextmanager
def _drawn(drawing: Drawing) -> Iterator[Callable[[Any, str], None]]:
    """Draws once; gives what writes it, to a path or a stream, in a format."""
    box = "tight" if drawing.tight else None
    # The salt makes element names in the SVG the same in every run, and different between figures.
    with mpl.rc_context({**STYLE, "svg.hashsalt": drawing.file.stem}):
        figure = drawing.draw()
        FigureCanvasAgg(figure)

        def write(to: Any, kind: str) -> None:
            more: Any = {"dpi": 200} if kind == "png" else {"metadata": {"Date": None}}
            figure.savefig(to, format=kind, bbox_inches=box, facecolor="white", **more)

        yield write


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
    """``text``, cut where it is longer than a figure has room for; texts beside figures are never cut.

    What cannot be printed becomes a question mark: an SVG that holds it would not be shown at all.
    """
    text = "".join(sign if sign.isprintable() else "?" for sign in text)
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
