"""Figures of a result, each as PNG and SVG with a caption and a text that holds its numbers."""

from __future__ import annotations

from pathlib import Path

from qsetu.documents.figures import FigureFile, save
from qsetu.experiments.figures import (
    confusion,
    controls,
    cost_curves,
    decision_cost,
    learning,
    network,
    ranking,
    regression,
    scores,
    spectrum,
)
from qsetu.experiments.record import Result

__all__ = ["FigureFile", "draw_figures"]

_ORDER = (
    scores,
    controls,
    ranking,
    learning,
    confusion,
    regression,
    network,
    spectrum,
    decision_cost,
    cost_curves,
)


def draw_figures(result: Result, folder: Path) -> list[FigureFile]:
    """Draw all figures that ``result`` has numbers for.

    Args:
        result: What was computed.
        folder: An existing folder; each figure is written there as ``.png`` and ``.svg``.

    Returns:
        The figures, in the order a report shows them.
    """
    return [save(folder, drawing) for module in _ORDER for drawing in module.drawings(result)]
