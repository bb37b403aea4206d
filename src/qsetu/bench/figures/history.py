"""A history as lines: time over fixed work, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from qsetu.bench.history import HistoryLine
from qsetu.bench.trends import Place, places, trends
from qsetu.documents.figures import Drawing, FigureFile, brief, logarithmic, panels, plain_grid
from qsetu.documents.palette import SERIES

__all__ = ["history_drawing"]

_MARKERS = "os^Dv<>PX"


def history_drawing(lines: Sequence[HistoryLine]) -> Drawing:
    """A panel for each group of cases on each class of machine: time over fixed work, run by run.

    Args:
        lines: Runs in the order in which they were added, not empty.
    """
    drawn = [
        (place, group, runs)
        for place, runs in places(lines).items()
        for group in dict.fromkeys(point.group for run in runs for point in run.cases.values() if point.work)
    ]
    told = "; ".join(
        f"{one.name} on {one.machine_class}: {one.change:.2f} times the median of {one.runs} earlier runs"
        for one in trends(lines)
        if one.change
    )
    file = FigureFile("history", "Time over fixed work of the same rounds, run by run.", told)
    return Drawing(file, lambda: _draw(drawn))


def _draw(drawn: Sequence[tuple[Place, str, list[HistoryLine]]]) -> Figure:
    figure, axes = panels(max(1, len(drawn)), 4.6, 3.2)
    if not drawn:
        axes[0].text(0.5, 0.5, "no run timed the fixed work", ha="center")
    for axis, ((machine, suite, threads), group, runs) in zip(axes, drawn, strict=False):
        points = [(name, point) for run in runs for name, point in run.cases.items()]
        names = dict.fromkeys(name for name, point in points if point.group == group and point.work)
        values = [_line(axis, place, name, runs) for place, name in enumerate(names)]
        low, high = min(map(min, values)), max(map(max, values))
        axis.set_yscale("log")
        # A line that hardly moves should look like one.
        axis.set_ylim(min(low / 1.1, (low * high) ** 0.5 / 1.5), max(high * 1.1, (low * high) ** 0.5 * 1.5))
        logarithmic(axis.yaxis, *axis.get_ylim())
        axis.set_title(f"{brief(group, 30)}\n{brief(machine, 30)}, {brief(suite, 12)}, {threads} thread(s)")
        axis.set_xlabel("run")
        axis.set_xlim(0.6, len(runs) + 0.4)
        axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axis.legend(fontsize=7.5 if len(names) < 8 else 6, ncols=1 if len(names) < 8 else 2, loc="best")
        plain_grid(axis, "y")
    axes[0].set_ylabel("time over fixed work")
    return figure


def _line(axis: Any, place: int, name: str, runs: Sequence[HistoryLine]) -> list[float]:
    """Draws one case; noisy runs have open marks."""
    points = [
        (number, work, run.noisy)
        for number, run in enumerate(runs, 1)
        if name in run.cases and (work := run.cases[name].work)
    ]
    color, marker = SERIES[place % len(SERIES)], _MARKERS[place % len(_MARKERS)]
    x, y = [at for at, _, _ in points], [value for _, value, _ in points]
    axis.plot(x, y, color=color, lw=1.2, marker=marker, ms=4.5, label=brief(name, 30), zorder=3)
    open_ones = [(at, value) for at, value, is_noisy in points if is_noisy]
    if open_ones:
        at, value = zip(*open_ones, strict=True)
        axis.plot(at, value, color=color, lw=0, marker=marker, ms=4.5, mfc="white", zorder=4)
    return y
