"""A network as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_float
from qsetu.core.errors import ArgumentError, Said
from qsetu.problems.gene_network.scores import as_edges

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_network"]

Array = NDArray[np.float64]

# Apart for those who do not see red or green, and in gray; line and head say the same again.
RAISING, LOWERING = "#b35806", "#542788"
WIDEST, THINNEST = 3.6, 0.7


def draw_network(axes: Axes, edges: ArrayLike, genes: Sequence[str], *, least: float = 0.0) -> None:
    """Draw genes on a circle and their edges as arrows from regulator to target.

    Edges above 0 are solid, orange and end in an arrow; edges below 0 are dashed, violet and end in a bar.
    Width is strength, relative to the strongest edge. Symmetric edges have no direction: one line
    a pair, without a head.

    Args:
        axes: Matplotlib axes; their frame and ticks are taken away.
        edges: ``(G, G)``, row regulator, column target; the diagonal is not drawn.
        genes: G names.
        least: Edges below this share of the strongest are not drawn, from 0 to 1.

    Raises:
        ArgumentError: ``edges`` is not square, or there are not as many genes.
    """
    from matplotlib.patches import FancyArrowPatch

    table = as_edges("edges", edges).copy()
    np.fill_diagonal(table, 0.0)
    names = [str(gene) for gene in genes]
    if len(names) != len(table):
        raise ArgumentError("genes", f"must hold {len(table)} names", Said(f"{len(names)}"))
    share = as_float("least", least, low=0.0, high=1.0)
    directed = not np.allclose(table, table.T, rtol=1e-9, atol=1e-12)
    strongest = np.abs(table).max()
    places = _places(len(table))
    for source, target in _drawn(table, share * strongest, directed):
        weight = table[source, target]
        width = THINNEST + (WIDEST - THINNEST) * abs(weight) / strongest
        head = 5 + 1.8 * width
        raising = weight > 0
        style = "-" if not directed else "-|>" if raising else "|-|"
        patch = FancyArrowPatch(
            places[source],
            places[target],
            arrowstyle=_style(style, head),
            mutation_scale=1.0,
            connectionstyle="arc3,rad=0.2" if directed else "arc3,rad=0",
            linestyle="-" if raising else (0, (3, 1.6)),
            linewidth=width,
            color=RAISING if raising else LOWERING,
            shrinkA=23,
            shrinkB=24,
            zorder=1,
        )
        axes.add_patch(patch)
    for place, name in zip(places, names, strict=True):
        axes.scatter(
            place[0], place[1], s=1700, facecolor="white", edgecolor="#333333", linewidth=1.2, zorder=2
        )
        axes.text(place[0], place[1], name, ha="center", va="center", fontsize=9, zorder=3)
    axes.set(xlim=(-1.45, 1.45), ylim=(-1.4, 1.4), aspect="equal")
    axes.set_axis_off()


def _style(kind: str, size: float) -> str:
    if kind == "-|>":
        return f"-|>,head_length={size},head_width={0.4 * size}"
    if kind == "|-|":
        return f"|-|,widthA=0,widthB={0.5 * size}"
    return kind


def _places(count: int) -> Array:
    """On a circle, the first at the top, then clockwise; ``(G, 2)``."""
    turn = np.pi / 2 - 2 * np.pi * np.arange(count) / count
    return np.column_stack([np.cos(turn), np.sin(turn)])


def _drawn(table: Array, least: float, directed: bool) -> list[tuple[int, int]]:
    """Pairs to draw, weak ones first so that strong ones lie above them."""
    wanted = (np.abs(table) >= least) & (table != 0)
    pairs = np.argwhere(wanted if directed else np.triu(wanted))
    order = np.argsort([abs(table[tuple(pair)]) for pair in pairs], kind="stable")
    return [(int(pairs[k][0]), int(pairs[k][1])) for k in order]
