"""Numbers beside points, where they hide nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

__all__ = ["label_points"]

_WAYS = 16
_NEAR = 11.0  # points from a dot to its text


def label_points(
    axes: Any, points: Sequence[tuple[float, float]], texts: Sequence[str], colors: Sequence[str]
) -> None:
    """Write each text near its point, clear of points and of other texts where there is room.

    Args:
        axes: Axes whose limits and scales are final.
        points: Positions in data.
        texts: One a point.
        colors: One a point.
    """
    dots = [tuple(axes.transData.transform(point)) for point in points]
    unit = axes.figure.dpi / 72
    taken: list[tuple[float, float]] = []
    for point, dot, text, color in zip(points, dots, texts, colors, strict=True):
        reach, place = _best(dot, dots, taken, unit)
        taken.append(place)
        axes.annotate(
            text,
            point,
            xytext=((place[0] - dot[0]) / unit, (place[1] - dot[1]) / unit),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=9,
            fontweight="bold",
            color=color,
            arrowprops={"arrowstyle": "-", "lw": 0.5, "color": color, "shrinkA": 5, "shrinkB": 2}
            if reach > _NEAR
            else None,
        )


def _best(
    dot: tuple[float, ...],
    dots: Sequence[tuple[float, ...]],
    taken: Sequence[tuple[float, float]],
    unit: float,
) -> tuple[float, tuple[float, float]]:
    """The place with the most room, near rather than far."""
    found = []
    for reach in (_NEAR, 17.0, 24.0):
        for way in range(_WAYS):
            place = _at(dot, reach, way, unit)
            found.append((_room(place, dots, taken, unit) - 0.15 * reach, reach, place))
    _, reach, place = max(found, key=lambda one: one[0])
    return reach, place


def _at(dot: tuple[float, ...], reach: float, way: int, unit: float) -> tuple[float, float]:
    turn = math.pi / 2 - 2 * math.pi * way / _WAYS
    return dot[0] + reach * unit * math.cos(turn), dot[1] + reach * unit * math.sin(turn)


def _room(
    place: tuple[float, float],
    dots: Sequence[tuple[float, ...]],
    taken: Sequence[tuple[float, float]],
    unit: float,
) -> float:
    """Points to the nearest dot or text; more than a near text has are no better."""
    near = [math.dist(place, other) for other in (*dots, *taken)]
    return min(_NEAR, min(near) / unit)
