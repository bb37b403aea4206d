"""What varied: ours and the fixed work by round, where the fixed work did not stay the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from qsetu.bench.machine import SPREAD
from qsetu.bench.records import BenchmarkRecord, CandidateRecord, CaseRecord
from qsetu.documents.figures import Drawing, FigureFile, brief, panels, plain_grid
from qsetu.documents.palette import COLORS, SOFT

__all__ = ["drawings", "reference_spread"]

_WORST = 9


def reference_spread(case: CaseRecord) -> float | None:
    """Interquartile range of the fixed work over its median."""
    reference = case.the("reference")
    return None if reference is None else reference.spread / reference.median


def drawings(record: BenchmarkRecord) -> list[Drawing]:
    """The cases that were disturbed most; none in a quiet run."""
    spread = {case.name: reference_spread(case) or 0.0 for case in record.cases}
    worst = sorted(record.cases, key=lambda case: -spread[case.name])[:_WORST]
    noisy = [case for case in worst if spread[case.name] > SPREAD]
    return [Drawing(_file(noisy), lambda: _draw(noisy))] if noisy else []


def _draw(cases: Sequence[CaseRecord]) -> Figure:
    figure, axes = panels(len(cases), 2.9, 1.9)
    for axis, case in zip(axes, cases, strict=True):
        for one, name, look in (
            (case.the("reference"), "fixed work", {"color": SOFT, "ls": "--", "marker": "s"}),
            (case.ours, "ours", {"color": COLORS["quantum"], "marker": "o"}),
        ):
            if one is not None:
                values = _relative(one)
                axis.plot(np.arange(1, len(values) + 1), values, ms=3.5, lw=1.2, label=name, **look)
        axis.set_title(brief(case.name, 32))
        axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        plain_grid(axis, "y")
        axis.set_xlabel("sample")
    axes[0].set_ylabel("over its median")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _relative(one: CandidateRecord) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return one.samples / one.median


def _file(cases: Sequence[CaseRecord]) -> FigureFile:
    told = "; ".join(
        f"{case.name}: fixed work {reference_spread(case):.0%}, "
        f"ours {case.ours.spread / case.ours.median:.0%}"
        for case in cases
    )
    return FigureFile(
        "rounds",
        "The cases that were disturbed most: each sample over the median of its own, in the order in which "
        "they were taken, of one process after the other. The fixed work should not move at all.",
        f"Interquartile range over median. {told}.",
    )
