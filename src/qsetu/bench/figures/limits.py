"""How near cases come to what the machine allows: shares of its limits, and the roofline."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from qsetu.bench.records import BenchmarkRecord, CaseRecord, LimitsRecord
from qsetu.documents.figures import Drawing, FigureFile, brief, plain_grid
from qsetu.documents.palette import COLORS, INK

__all__ = ["drawings"]

_ROWS = 40


def drawings(record: BenchmarkRecord) -> list[Drawing]:
    """None where no case says what it moved or computed; a roofline where cases say both."""
    told = [case for case in record.cases if _bandwidth(case) is not None or _arithmetic(case) is not None]
    made = []
    for number, first in enumerate(range(0, len(told), _ROWS), 1):
        some = told[first : first + _ROWS]
        stem = f"limits-{number}" if len(told) > _ROWS else "limits"
        made.append(Drawing(_shares_file(stem, some), partial(_draw_shares, some)))
    limits = record.limits
    both = [case for case in told if _bandwidth(case) and _arithmetic(case)]
    if both and limits is not None:
        made.append(Drawing(_roofline_file(both, limits), lambda: _draw_roofline(both, limits)))
    return made


def _bandwidth(case: CaseRecord) -> float | None:
    return case.shares.bandwidth if case.shares else None


def _arithmetic(case: CaseRecord) -> float | None:
    return case.shares.arithmetic if case.shares else None


def _draw_shares(cases: Sequence[CaseRecord]) -> Figure:
    figure = Figure(figsize=(7.4, 1.2 + 0.26 * len(cases)), layout="constrained")
    axis = figure.subplots()
    places = np.arange(len(cases))
    looks = (
        ("bandwidth of a copy", _bandwidth, "o", "quantum"),
        ("arithmetic", _arithmetic, "D", "classical"),
    )
    for name, share, marker, color in looks:
        found = [(value, at) for at, case in zip(places, cases, strict=True) if (value := share(case))]
        if found:
            x, y = zip(*found, strict=True)
            axis.scatter(x, y, marker=marker, s=34, color=COLORS[color], zorder=3, label=name)
    axis.axvline(1, color=INK, lw=1.4)
    axis.annotate("measured limit", (1, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom")
    axis.set_yticks(places, [brief(case.name) for case in cases])
    axis.set_ylim(len(cases) - 0.5, -0.5)
    axis.set_xlim(left=0)
    axis.set_xlim(right=max(1.1, axis.get_xlim()[1]))
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axis.set_xlabel("share of what the machine allows")
    plain_grid(axis, "both")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _draw_roofline(cases: Sequence[CaseRecord], limits: LimitsRecord) -> Figure:
    figure = Figure(figsize=(7.4, 4.4), layout="constrained")
    axis = figure.subplots()
    points = [_point(case, limits) for case in cases]
    ridge = limits.product_flops / limits.copy_bytes
    low, high = min([ridge, *(x for x, _ in points)]) / 4, max([ridge, *(x for x, _ in points)]) * 4
    roof = np.array([low, ridge, high])
    axis.plot(roof, np.minimum(roof * limits.copy_bytes, limits.product_flops), color=INK, lw=1.6)
    for number, (x, y) in enumerate(points, 1):
        axis.scatter(x, y, s=34, color=COLORS["quantum"], zorder=3)
        axis.annotate(str(number), (x, y), xytext=(5, 2), textcoords="offset points", fontsize=8.5)
    axis.set_xscale("log")
    axis.set_yscale("log")
    for one in (axis.xaxis, axis.yaxis):
        one.set_major_formatter(lambda value, _: f"{value:g}")
    axis.yaxis.set_major_formatter(lambda value, _: f"{value / 1e9:g}")
    axis.set_xlabel("operations for each byte moved")
    axis.set_ylabel("GFlop/s")
    plain_grid(axis, "both")
    return figure


def _point(case: CaseRecord, limits: LimitsRecord) -> tuple[float, float]:
    """Operations a byte, operations a second."""
    rate = (_arithmetic(case) or 0) * limits.product_flops
    return rate / ((_bandwidth(case) or 0) * limits.copy_bytes), rate


def _shares_file(stem: str, cases: Sequence[CaseRecord]) -> FigureFile:
    told = []
    for case in cases:
        shares = (("bandwidth", _bandwidth(case)), ("arithmetic", _arithmetic(case)))
        told.append(f"{case.name}: " + ", ".join(f"{value:.0%} of {name}" for name, value in shares if value))
    return FigureFile(
        stem,
        "How near our time comes to the machine's limits, measured in the same run on as many threads: the "
        "bytes that the passes over the state move against a plain copy, operations of what was asked for "
        "against a product of matrices. Above 100 %, it was done in fewer. A state that stays in cache moves "
        "nothing over the memory bus, and is not shown.",
        ". ".join(told) + ".",
    )


def _roofline_file(cases: Sequence[CaseRecord], limits: LimitsRecord) -> FigureFile:
    told = []
    for number, case in enumerate(cases, 1):
        x, y = _point(case, limits)
        told.append(f"{number}: {case.name}, {x:.3g} operations a byte, {y / 1e9:.3g} GFlop/s")
    return FigureFile(
        "roofline",
        f"Roofline. The line is what this machine allows: {limits.copy_bytes / 1e9:.3g} GB/s and "
        f"{limits.product_flops / 1e9:.3g} GFlop/s; what was done in fewer operations than asked for "
        f"is above it. {'; '.join(told)}.",
        "; ".join(told) + ".",
    )
