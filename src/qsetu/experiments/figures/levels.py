"""Levels that a score is held against: guessing, and the best that is possible."""

from __future__ import annotations

from typing import Any

from qsetu.documents.palette import SOFT
from qsetu.experiments.metrics import Metric
from qsetu.experiments.record import Result

__all__ = ["mark_levels"]


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
