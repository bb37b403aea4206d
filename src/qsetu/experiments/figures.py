"""Figures of a result, as PNG and SVG. No global state of matplotlib is touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from qsetu.experiments.metrics import METRICS
from qsetu.experiments.record import ModelRecord, Result

__all__ = ["COLORS", "FigureFile", "draw_figures"]

# Told apart by the color-blind and in gray print too; the family is also written beside every model.
COLORS = {"quantum": "#5b3fa8", "classical": "#c8641b"}
_INK, _SOFT, _GRID = "#1f2328", "#6a737d", "#e4e6ea"
_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _SOFT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _SOFT,
    "ytick.color": _SOFT,
    "xtick.labelcolor": _INK,
    "ytick.labelcolor": _INK,
    "svg.fonttype": "path",
}


@dataclass(frozen=True)
class FigureFile:
    """One figure: file stem, caption, and a description for those who cannot see it."""

    stem: str
    caption: str
    description: str


def draw_figures(result: Result, folder: Path) -> list[FigureFile]:
    """Draw all figures of ``result`` into ``folder`` (existing), each as ``.png`` and ``.svg``.

    Returns:
        The figures, in the order a report shows them.
    """
    metric = result.metrics()[0]
    title = METRICS[metric].title
    folds = len(result.splits)
    files = [
        _save(
            folder,
            FigureFile(
                "scores",
                f"{title} of every model: the mean over {folds} outer folds with its interval, and each "
                "fold as a dot.",
                "; ".join(
                    f"{m.title} ({m.family}): {m.summary[metric].mean:.3f}, interval "
                    f"{m.summary[metric].low:.3f} to {m.summary[metric].high:.3f}"
                    for m in result.models
                ),
            ),
            lambda: _scores(result, metric, title),
        )
    ]
    for family in COLORS:
        best = result.best(family)
        if best is not None:
            files.append(
                _save(
                    folder,
                    FigureFile(
                        f"confusion-{family}",
                        f"Out-of-fold predictions of {best.title}, the {family} model with the highest mean. "
                        "Rows are true labels and add up to 100 %; the number of test predictions stands "
                        "beside each label.",
                        f"Confusion matrix of {best.title}; the numbers are in result.json.",
                    ),
                    partial(_confusion, result, best),
                )
            )
    return files


def _save(folder: Path, file: FigureFile, draw: Callable[[], Figure]) -> FigureFile:
    # The salt makes element names in the SVG the same in every run, and different between figures.
    with mpl.rc_context({**_STYLE, "svg.hashsalt": file.stem}):
        figure = draw()
        FigureCanvasAgg(figure)
        figure.savefig(folder / f"{file.stem}.png", dpi=200, bbox_inches="tight", facecolor="white")
        figure.savefig(
            folder / f"{file.stem}.svg", bbox_inches="tight", facecolor="white", metadata={"Date": None}
        )
    return file


def _scores(result: Result, metric: str, title: str) -> Figure:
    models = sorted(result.models, key=lambda model: model.summary[metric].mean)
    figure = Figure(figsize=(8.2, 0.9 + 0.62 * len(models)))
    axes = figure.add_subplot()
    for row, model in enumerate(models):
        color, summary = COLORS[model.family], model.summary[metric]
        values = np.array([fold.scores[metric] for fold in model.folds])
        # Dots sit below the bar, spread by fold number: the same folds at the same height in each row.
        heights = row - 0.2 - 0.16 * np.linspace(0, 1, len(values))
        axes.plot(values, heights, "o", ms=4, color=color, alpha=0.4, mec="none", zorder=2)
        axes.plot(
            [summary.low, summary.high], [row, row], color=color, lw=2.4, solid_capstyle="butt", zorder=3
        )
        for end in (summary.low, summary.high):
            axes.plot([end, end], [row - 0.09, row + 0.09], color=color, lw=1.6, zorder=3)
        marker = "D" if model.family == "quantum" else "o"
        axes.plot(summary.mean, row, marker, ms=8, color=color, mec="white", mew=1.2, zorder=4)
        axes.annotate(
            f"{summary.mean:.3f}",
            (summary.mean, row),
            xytext=(0, 8),
            textcoords="offset points",
            ha="center",
            color=color,
            fontsize=9.5,
            fontweight="bold",
        )
    axes.set_yticks(range(len(models)), [f"{model.title}\n{model.family}" for model in models])
    for label, model in zip(axes.get_yticklabels(), models, strict=True):
        label.set_color(COLORS[model.family])
    _mark_chance(axes, result, metric)
    axes.set_ylim(-0.6, len(models) - 0.35)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=_GRID, zorder=0)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    level = result.spec["evaluation"]["confidence"]  # type: ignore[index,call-overload]
    axes.set_xlabel(f"{title}: mean, {100 * float(level):.0f} % interval, folds")  # type: ignore[arg-type]
    return figure


def _mark_chance(axes: Any, result: Result, metric: str) -> None:
    """Always guessing one label gets 1/K of balanced accuracy; drawn when it is in sight."""
    chance = 1 / len(result.dataset.labels)
    lowest = min(min(fold.scores[metric] for fold in model.folds) for model in result.models)
    if metric == "balanced_accuracy" and lowest < chance + 0.15:
        axes.axvline(chance, color=_SOFT, lw=1, ls=":", zorder=1)
        axes.annotate(
            "guessing", (chance, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom", color=_SOFT
        )


def _confusion(result: Result, model: ModelRecord) -> Figure:
    labels = result.dataset.labels
    counts = np.array(model.confusion)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(7.4, 6.2))
    axes = figure.add_subplot()
    shade = mpl.colors.LinearSegmentedColormap.from_list("family", ["#ffffff", COLORS[model.family]])
    axes.imshow(share, cmap=shade, vmin=0, vmax=1, aspect="equal")
    for i, j in np.argwhere(counts > 0):
        axes.text(
            j,
            i,
            f"{100 * share[i, j]:.0f}" if share[i, j] >= 0.005 else "<1",
            ha="center",
            va="center",
            fontsize=9,
            color="white" if share[i, j] > 0.55 else _INK,
        )
    rows = [f"{name}  ({total})" for name, total in zip(labels, counts.sum(axis=1), strict=True)]
    axes.set_yticks(range(len(labels)), rows)
    axes.set_xticks(range(len(labels)), labels, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_xticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=_GRID, lw=0.8)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("predicted label")
    axes.set_ylabel("true label")
    axes.set_title(f"{model.title} ({model.family}), % of each true label", loc="left", fontsize=11, pad=12)
    return figure
