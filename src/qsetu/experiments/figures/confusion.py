"""Which labels are mistaken for which, for the best model of each family."""

from __future__ import annotations

from functools import partial

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from qsetu.documents.figures import Drawing, FigureFile, brief
from qsetu.documents.palette import COLORS, GRID, INK
from qsetu.experiments.record import ModelRecord, Result
from qsetu.experiments.wording import fold_words, nouns, number

__all__ = ["drawings"]


def drawings(result: Result) -> list[Drawing]:
    """One matrix a family; none where nothing is classified."""
    found = []
    for family in COLORS:
        best = result.best(family)
        if best is not None and best.confusion is not None:
            found.append(Drawing(_file(result, best), partial(_draw, result, best)))
    return found


def _file(result: Result, model: ModelRecord) -> FigureFile:
    counts = np.array(model.confusion)
    told = []
    for row, label in enumerate(result.dataset.labels):
        parts = [
            f"{counts[row, column]} as {result.dataset.labels[column]}"
            for column in np.argsort(-counts[row], kind="stable").tolist()
            if counts[row, column]
        ]
        told.append(f"{label} ({counts[row].sum()}): " + (", ".join(parts) or "none"))
    return FigureFile(
        f"confusion-{model.family}",
        f"Out-of-fold predictions of {model.title}, the {model.family} model with the best mean, over "
        f"{fold_words(result)}: {number(int(counts.sum()))} predictions of "
        f"{number(result.dataset.num_samples)} {nouns(result).samples}. Rows are true labels and add up to "
        "100 %; the number of predictions stands beside each label.",
        f"Predictions of {model.title} by true label. " + "; ".join(told) + ".",
    )


def _draw(result: Result, model: ModelRecord) -> Figure:
    labels = [brief(label, 36) for label in result.dataset.labels]
    counts = np.array(model.confusion)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(2.2, 0.47 * len(labels))
    figure = Figure(figsize=(side + 2.4, side + 1.4))
    axes = figure.add_subplot()
    shade = mpl.colors.LinearSegmentedColormap.from_list("family", ["#ffffff", COLORS[model.family]])
    axes.imshow(share, cmap=shade, vmin=0, vmax=1, aspect="equal")
    for i, j in np.argwhere(counts > 0).tolist():
        axes.text(
            j,
            i,
            f"{100 * share[i, j]:.0f}" if share[i, j] >= 0.005 else "<1",
            ha="center",
            va="center",
            fontsize=9,
            color="white" if share[i, j] > 0.55 else INK,
        )
    rows = [f"{name}  ({total})" for name, total in zip(labels, counts.sum(axis=1).tolist(), strict=True)]
    axes.set_yticks(range(len(labels)), rows)
    axes.set_xticks(range(len(labels)), labels, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_xticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=GRID, lw=0.8)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("predicted label")
    axes.set_ylabel("true label")
    axes.set_title(f"{brief(model.title)} ({model.family}), % of each true label", pad=10)
    return figure
