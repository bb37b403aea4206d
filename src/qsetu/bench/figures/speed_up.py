"""Who is quicker: a cell for each case and library, its time over ours."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from qsetu.bench.raced import compared, libraries, outcomes, quickest
from qsetu.bench.records import BenchmarkRecord, CaseRecord
from qsetu.documents.figures import Drawing, FigureFile, brief
from qsetu.documents.palette import GRID, INK, SOFT

__all__ = ["cell_text", "drawings"]

_ROWS = 36  # in a figure, so that it fits on a page
_FAR = 100.0  # from here on colors stay the same


def drawings(record: BenchmarkRecord) -> list[Drawing]:
    """None where nobody else was timed."""
    raced = [case for case in record.cases if quickest(case) or case.dropped]
    who = libraries(raced)
    made = []
    for number, first in enumerate(range(0, len(raced), _ROWS), 1):
        some = raced[first : first + _ROWS]
        stem = f"speed-up-{number}" if len(raced) > _ROWS else "speed-up"
        made.append(Drawing(_file(stem, record, some), partial(_draw, record, some, who)))
    return made


def cell_text(value: float) -> str:
    """A ratio as short as a cell needs it."""
    return f"{value:.2f}" if value < 0.995 else f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


def _draw(record: BenchmarkRecord, cases: Sequence[CaseRecord], who: Sequence[str]) -> Figure:
    size = (3.2 + 0.95 * len(who), 1.3 + 0.27 * len(cases))
    figure = Figure(figsize=size, layout="constrained")
    axis = figure.subplots()
    norm, colors = LogNorm(1 / _FAR, _FAR, clip=True), mpl.colormaps["PuOr"]
    for row, case in enumerate(cases):
        times, others = quickest(case), outcomes(record, case)
        for column, name in enumerate(who):
            place = (column, row)
            if name in times:
                ratio = times[name].median / compared(case).median
                far = abs(np.log(ratio)) > 0.6 * np.log(_FAR)
                axis.add_patch(Rectangle(place, 1, 1, fc=colors(norm(ratio)), ec="white", lw=1.2))
                _write(axis, place, cell_text(ratio), "white" if far else INK)
            elif name in others:
                hatched: dict[str, Any] = {"fc": "white", "ec": GRID, "hatch": "////", "lw": 0}
                axis.add_patch(Rectangle(place, 1, 1, **hatched))
                _write(axis, place, others[name], INK)
            else:
                _write(axis, place, "·", SOFT)
    axis.set_xlim(0, len(who))
    axis.set_ylim(len(cases), 0)
    axis.xaxis.tick_top()
    turned: dict[str, Any] = {"rotation": 30, "ha": "left"} if len(who) > 4 or max(map(len, who)) > 12 else {}
    axis.set_xticks(np.arange(len(who)) + 0.5, [brief(name, 26) for name in who], **turned)
    axis.set_yticks(np.arange(len(cases)) + 0.5, [brief(case.name, 36) for case in cases])
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)
    shown = mpl.cm.ScalarMappable(norm, colors)
    bar = figure.colorbar(shown, ax=axis, location="bottom", aspect=40, shrink=0.7, pad=0.01)
    bar.set_ticks([0.01, 0.1, 1, 10, 100], labels=["0.01", "0.1", "1", "10", "100"])
    bar.minorticks_off()
    bar.outline.set_visible(False)
    bar.set_label("its time over ours: orange, ours is slower; purple, ours is faster", fontsize=9)
    return figure


def _write(axis: mpl.axes.Axes, place: tuple[int, int], text: str, color: str) -> None:
    axis.text(place[0] + 0.5, place[1] + 0.5, text, ha="center", va="center", fontsize=8.5, color=color)


def _file(stem: str, record: BenchmarkRecord, cases: Sequence[CaseRecord]) -> FigureFile:
    told = []
    for case in cases:
        ours = compared(case).median
        row = [f"{one.name} {cell_text(one.median / ours)}" for one in quickest(case).values()]
        row += [f"{who} {word}" for who, word in outcomes(record, case).items()]
        told.append(f"{case.name}: {', '.join(row)}.")
    return FigureFile(
        stem,
        "Speed-up: the time of each library at its quickest setting over ours (of something never seen "
        "before, where that was timed). Above 1, ours is faster. Dropped: its first calls were too slow to "
        "go on; wrong: its answer was; a dot: not in this race.",
        " ".join(told),
    )
