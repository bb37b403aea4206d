"""The diagram of mean ranks in which bars join models that do not differ (Demsar 2006)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qsetu.core.errors import ArgumentError, Said
from qsetu.experiments.statistics.nemenyi import Ranking

__all__ = ["draw_critical_difference"]

_INK, _SOFT = "#1f2328", "#6a737d"
_LARGEST, _LEAST = 10.0, 2.0  # of letters, in points
_LINE = 0.35  # of the width, for the line
_PAD = 6.0  # between a line and its label, in points
# In units of the height of a row of labels, downwards from the axis of ranks.
_ABOVE, _BAR, _GAP = 2.95, 0.55, 1.0


def draw_critical_difference(
    axes: Any, ranking: Ranking, titles: Sequence[str], colors: Sequence[str] | None = None
) -> None:
    """Draw mean ranks on a line, best to the left, and a bar under each group that Nemenyi's test leaves.

    Labels stand left and right of the line, one a row, with the mean rank beside the title; they are made as
    small as the height of the axes asks, and the line as short as their width asks. The size of the figure
    has to be final, since texts are measured.

    Args:
        axes: Axes of matplotlib, already in a figure. Their own ticks and frame are turned off.
        ranking: Of :func:`~qsetu.experiments.statistics.nemenyi`.
        titles: Name for people of each model, in the order of columns of the scores that were ranked.
        colors: Color of each model in the same order; ink if not given.

    Raises:
        ArgumentError: Not a title, or not a color, for each model.

    Reference: Demsar, Journal of Machine Learning Research 7, 1 (2006), figure 1.
    """
    models = len(ranking.mean_ranks)
    tints = [_INK] * models if colors is None else list(colors)
    for name, given in (("titles", list(titles)), ("colors", tints)):
        if len(given) != models:
            raise ArgumentError(name, f"must hold {models}, one for each model", Said(f"{len(given)}"))
    axes.set_axis_off()
    left = -(-models // 2)
    levels = _bar_levels(ranking)
    first = _GAP + _BAR * (max(levels, default=-1) + 1)  # row of the first labels
    rows = _ABOVE + first + left
    axes.set_ylim(first + left, -_ABOVE)
    points = 72 * axes.bbox.height / axes.figure.dpi / rows  # height of a row
    size = min(_LARGEST, 0.64 * points)
    sides = [_side(axes, ranking, titles, tints, range(left), True, first, size)]
    sides.append(_side(axes, ranking, titles, tints, range(models - 1, left - 1, -1), False, first, size))
    size = _fit(axes, models, sides, size)
    _draw_axis(axes, models, size)
    _draw_difference(axes, ranking, models, size)
    for group, level in zip(ranking.groups, levels, strict=True):
        ends = [ranking.mean_ranks[group[0]] - 0.03, ranking.mean_ranks[group[-1]] + 0.03]
        height = 0.5 + _BAR * level
        axes.plot(ends, [height] * 2, color=_INK, lw=0.3 * size, solid_capstyle="butt", zorder=3, gid="group")


def _side(
    axes: Any,
    ranking: Ranking,
    titles: Sequence[str],
    tints: Sequence[str],
    places: Sequence[int],
    at_left: bool,
    first: float,
    size: float,
) -> list[Any]:
    """Labels of one side, from the outermost inwards, each with a line that leads to it."""
    drawn = []
    style = {"lw": 0.11 * size, "zorder": 2, "gid": "leader"}
    models = len(ranking.mean_ranks)
    edge = 1.0 if at_left else float(models)
    for row, place in enumerate(places):
        model = ranking.order[place]
        rank, height = ranking.mean_ranks[model], first + row + 0.5
        axes.plot([rank, rank, edge], [0, height, height], color=tints[model], **style)
        label = axes.annotate(
            f"{titles[model]}  {rank:.2f}",
            (edge, height),
            xytext=(-_PAD if at_left else _PAD, 0),
            textcoords="offset points",
            ha="right" if at_left else "left",
            va="center_baseline",
            color=tints[model],
            fontsize=size,
            annotation_clip=False,
        )
        drawn.append(label)
    return drawn


def _fit(axes: Any, models: int, sides: Sequence[Sequence[Any]], size: float) -> float:
    """Leave as much room beside ranks 1 to K as the widest label of each side needs.

    Returns:
        Size of the letters: smaller where labels would have left too little of the line.
    """
    pad = 2 * _PAD * axes.figure.dpi / 72
    most = (1 - _LINE) * axes.bbox.width - 2 * pad
    widths = [_widest(side) for side in sides]
    while sum(widths) > most and size > _LEAST:
        # Letters come in whole pixels, so widths do not quite follow sizes.
        size = max(_LEAST, 0.98 * size * most / sum(widths))
        for label in (label for side in sides for label in side):
            label.set_fontsize(size)
        widths = [_widest(side) for side in sides]
    unit = (models - 1) / max(axes.bbox.width - sum(widths) - 2 * pad, 0.1 * axes.bbox.width)
    axes.set_xlim(1 - (widths[0] + pad) * unit, models + (widths[1] + pad) * unit)
    return size


def _widest(labels: Sequence[Any]) -> float:
    # A little more than measured: at another resolution, letters fall on other pixels.
    return 1.04 * max((float(label.get_window_extent().width) for label in labels), default=0.0)


def _draw_axis(axes: Any, models: int, size: float) -> None:
    axes.plot([1, models], [0, 0], color=_INK, lw=0.11 * size, zorder=2, gid="axis")
    low, high = axes.get_xlim()
    unit = 72 * axes.bbox.width / axes.figure.dpi / (high - low)  # points between two ranks
    step = next((n for n in (1, 2, 5) if n * unit > 1.6 * size), 10)
    for rank in range(1, models + 1):
        axes.plot([rank, rank], [0, -0.25], color=_INK, lw=0.09 * size, zorder=2)
        if (rank - 1) % step:
            continue
        axes.annotate(
            str(rank),
            (rank, -0.25),
            xytext=(0, 0.2 * size),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=_SOFT,
            fontsize=0.9 * size,
        )


def _draw_difference(axes: Any, ranking: Ranking, models: int, size: float) -> None:
    """The critical difference as a ruler above the axis; cut short, and said so, where it is longer."""
    shown = min(ranking.critical_difference, models - 1.0)
    height = -1.75
    axes.plot([1, 1 + shown], [height] * 2, color=_SOFT, lw=0.11 * size, gid="critical difference")
    for end in (1.0, 1 + shown)[: 2 if shown == ranking.critical_difference else 1]:
        axes.plot([end, end], [height - 0.2, height + 0.2], color=_SOFT, lw=0.11 * size)
    axes.annotate(
        f"critical difference {ranking.critical_difference:.2f} at {100 * ranking.level:g} %",
        (1, height - 0.2),
        xytext=(0, 0.1 * size),
        textcoords="offset points",
        ha="left",
        va="bottom",
        color=_SOFT,
        fontsize=0.9 * size,
    )


def _bar_levels(ranking: Ranking) -> list[int]:
    """Row of each group's bar: the first in which it touches no earlier one."""
    ends: list[float] = []
    levels = []
    for group in ranking.groups:
        start, stop = ranking.mean_ranks[group[0]], ranking.mean_ranks[group[-1]]
        level = next((n for n, end in enumerate(ends) if end + 0.1 < start), len(ends))
        ends[level : level + 1] = [stop]
        levels.append(level)
    return levels
