"""Time against qubits, one panel for each family of cases that was run at several widths."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from qsetu.bench.raced import family, libraries, quickest, width
from qsetu.bench.records import BenchmarkRecord, CandidateRecord, CaseRecord
from qsetu.bench.shown import seconds
from qsetu.documents.figures import Drawing, FigureFile, brief, logarithmic, panels, plain_grid
from qsetu.documents.palette import COLORS, SERIES

__all__ = ["drawings"]

_PANELS = 12  # in a figure, so that it fits on a page
_MARKERS = "s^Dv<>PX"

Families = dict[str, list[CaseRecord]]


def drawings(record: BenchmarkRecord) -> list[Drawing]:
    """None where no family has two widths."""
    found: Families = {}
    for case in record.cases:
        if width(case) is not None:
            found.setdefault(family(case), []).append(case)
    several = [name for name, cases in found.items() if len({width(case) for case in cases}) > 1]
    who = libraries(record.cases)
    made = []
    for number, first in enumerate(range(0, len(several), _PANELS), 1):
        some = {name: found[name] for name in several[first : first + _PANELS]}
        stem = f"times-{number}" if len(several) > _PANELS else "times"
        made.append(Drawing(_file(stem, some), partial(_draw, some, who)))
    return made


def _timed(case: CaseRecord) -> list[CandidateRecord]:
    """What is drawn: ours, ours of something new, and each peer at its quickest setting."""
    new = case.the("new")
    return [case.ours, *([new] if new else []), *quickest(case).values()]


def _label(one: CandidateRecord) -> str:
    return {"ours": one.who, "new": f"{one.who}, {one.setting or 'new'}"}.get(one.role, one.who)


def _draw(families: Families, who: Sequence[str]) -> Figure:
    figure, axes = panels(len(families), 3.3, 2.5)
    drawn: dict[str, Any] = {}
    for axis, (name, cases) in zip(axes, families.items(), strict=True):
        lines: dict[str, list[tuple[int, CandidateRecord]]] = {}
        for case in sorted(cases, key=lambda case: width(case) or 0):
            for one in _timed(case):
                lines.setdefault(_label(one), []).append((width(case) or 0, one))
        for label, points in lines.items():
            drawn.setdefault(label, _line(axis, label, points, who))
        axis.set_yscale("log")
        low, high = axis.get_ylim()
        logarithmic(axis.yaxis, low, high)
        if high > 20 * low:  # a small panel has room for few of them
            axis.yaxis.set_major_locator(LogLocator(subs=(1.0,), numticks=6))
        axis.yaxis.set_major_formatter(lambda value, _: seconds(value))
        axis.set_xticks(sorted({width(case) or 0 for case in cases}))
        axis.set_title(brief(name, 36))
        axis.set_xlabel("qubits")
        plain_grid(axis, "y")
    axes[0].set_ylabel("time of one call")
    labels = [brief(label) for label in drawn]
    figure.legend(list(drawn.values()), labels, loc="outside lower center", ncols=min(4, len(drawn)))
    return figure


def _line(axis: Any, label: str, points: Sequence[tuple[int, CandidateRecord]], who: Sequence[str]) -> Any:
    at = [place for place, _ in points]
    middle = np.array([one.median for _, one in points])
    ends = np.array([np.quantile(one.samples, [0.25, 0.75]) for _, one in points]).T
    role = points[0][1].role
    place = who.index(points[0][1].who) if role == "peer" else 0
    look: dict[str, Any] = {
        "ours": {"color": COLORS["quantum"], "marker": "o", "lw": 2.2, "zorder": 4},
        "new": {
            "color": COLORS["quantum"],
            "marker": "o",
            "lw": 1.6,
            "ls": "--",
            "mfc": "white",
            "zorder": 4,
        },
    }.get(
        role,
        {"color": SERIES[place % len(SERIES)], "marker": _MARKERS[place % len(_MARKERS)], "lw": 1.2},
    )
    error = np.abs(ends - middle)
    return axis.errorbar(at, middle, yerr=error, ms=4.5, capsize=2, elinewidth=1, label=label, **look)


def _file(stem: str, families: Families) -> FigureFile:
    told = []
    for name, cases in families.items():
        rows = [
            f"{width(case)} qubits: " + ", ".join(f"{one.name} {seconds(one.median)}" for one in _timed(case))
            for case in sorted(cases, key=lambda case: width(case) or 0)
        ]
        told.append(f"{name}: " + "; ".join(rows) + ".")
    return FigureFile(
        stem,
        "Time of one call against qubits, on a logarithmic scale: medians, with bars from the first to the "
        "third quartile. Every other library is shown at whichever setting was quickest at that width.",
        " ".join(told),
    )
