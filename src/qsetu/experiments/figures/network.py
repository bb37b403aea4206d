"""Networks that models found: edges as a matrix."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from qsetu.documents.figures import Drawing, FigureFile, brief, panels
from qsetu.documents.palette import COLORS
from qsetu.experiments.reading import best_first
from qsetu.experiments.record import ModelRecord, Result
from qsetu.experiments.wording import fold_words, nouns, number

__all__ = ["drawings"]

_TOLD = 5


def drawings(result: Result) -> list[Drawing]:
    """The matrices; none where no model found edges."""
    models = [model for model in best_first(result, result.contenders()) if model.folds[0].edges is not None]
    if not models:
        return []
    names = _names(result, len(_edges(models[0])))
    told = []
    for model in models:
        edges = _edges(model)
        strongest = np.dstack(
            np.unravel_index(np.argsort(-np.abs(edges), axis=None, kind="stable"), edges.shape)
        )[0]
        parts = [f"{names[i]} to {names[j]} {edges[i, j]:.3g}" for i, j in strongest[:_TOLD].tolist()]
        told.append(f"{model.title}: " + ", ".join(parts))
    file = FigureFile(
        "network-edges",
        f"Edges from each of the {nouns(result).features} (row) to each (column): the mean over "
        f"{fold_words(result)}, n = {number(result.dataset.num_samples)} {nouns(result).samples}. What an "
        "edge measures differs between models, so every matrix has its own scale.",
        "Strongest edges. " + "; ".join(told) + ".",
    )
    return [Drawing(file, lambda: _draw(models, names))]


def _edges(model: ModelRecord) -> NDArray[Any]:
    return np.mean([np.array(fold.edges) for fold in model.folds], axis=0)


def _names(result: Result, count: int) -> list[str]:
    """Names where the record has them, else positions."""
    if len(result.dataset.labels) == count:
        return [brief(name, 16) for name in result.dataset.labels]
    return [str(place) for place in range(1, count + 1)]


def _draw(models: list[ModelRecord], names: list[str]) -> Figure:
    side = max(2.4, 0.24 * len(names))
    figure, axes = panels(len(models), side + 1.0, side + 0.7)
    for axis, model in zip(axes, models, strict=True):
        edges = _edges(model)
        most = float(np.abs(edges).max()) or 1.0
        signed = bool((edges < 0).any())
        colors = (
            [COLORS["classical"], "#ffffff", COLORS["quantum"]]
            if signed
            else ["#ffffff", COLORS[model.family]]
        )
        shade = mpl.colors.LinearSegmentedColormap.from_list("edges", colors)
        image = axis.imshow(edges, cmap=shade, vmin=-most if signed else 0, vmax=most)
        turn = 0 if max(map(len, names)) < 3 else 90
        axis.set_xticks(range(len(names)), names, rotation=turn, fontsize=8)
        axis.set_yticks(range(len(names)), names, fontsize=8)
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
        axis.set_title(f"{brief(model.title, 32)}\n({model.family})")
        bar = axis.figure.colorbar(image, ax=axis, fraction=0.045, pad=0.03)
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=8)
    return figure
