"""Predicted against measured values, for the best model of each family."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from qsetu.documents.figures import Drawing, FigureFile, brief, panels, plain_grid
from qsetu.documents.palette import COLORS, SOFT
from qsetu.experiments.reading import fold_splits, plan_of, spec_of
from qsetu.experiments.record import ModelRecord, Result
from qsetu.experiments.wording import fold_words, interval, nouns, number, score

__all__ = ["drawings"]


def drawings(result: Result) -> list[Drawing]:
    """The scatter; none but for regression."""
    if result.task != "regression":
        return []
    models = [model for family in COLORS if (model := result.best(family)) is not None]
    told = []
    for model in models:
        measured, predicted = _pooled(result, model)
        parts = [
            f"{name} {score(name, summary.mean)} ({interval(name, summary)})"
            for name, summary in model.summary.items()
        ]
        told.append(
            f"{model.title} ({model.family}): {len(measured)} points, measured {measured.min():.3g} to "
            f"{measured.max():.3g}, predicted {predicted.min():.3g} to {predicted.max():.3g}; "
            + ", ".join(parts)
        )
    target = spec_of(result)["data"]["target"] or "target"
    several = (
        " Predictions of a sample in several repeats are averaged." if plan_of(result)["repeats"] > 1 else ""
    )
    file = FigureFile(
        "predicted-measured",
        f"Out-of-fold predictions of {target} against the measured values, for the model of each family "
        f"with the best mean, over {fold_words(result)}; n = {number(result.dataset.num_samples)} "
        f"{nouns(result).samples}. On the dashed line both are equal.{several}",
        "; ".join(told) + ".",
    )
    return [Drawing(file, lambda: _draw(result, models, str(target)))]


def _pooled(result: Result, model: ModelRecord) -> tuple[NDArray[Any], NDArray[Any]]:
    """Measured and mean predicted value of every sample that was in a test part."""
    sums = np.zeros(len(result.dataset.true))
    times = np.zeros(len(result.dataset.true))
    for split, fold in zip(fold_splits(result), model.folds, strict=True):
        np.add.at(sums, split.test, fold.predicted)
        np.add.at(times, split.test, 1)
    seen = times > 0
    return np.array(result.dataset.true, dtype=np.float64)[seen], sums[seen] / times[seen]


def _draw(result: Result, models: list[ModelRecord], target: str) -> Figure:
    figure, axes = panels(len(models), 4.2, 4.2, sharex=True, sharey=True)
    for place, (axis, model) in enumerate(zip(axes, models, strict=True)):
        measured, predicted = _pooled(result, model)
        axis.plot(
            measured, predicted, "o", ms=3.6, alpha=0.45, mec="none", color=COLORS[model.family], zorder=2
        )
        low, high = min(measured.min(), predicted.min()), max(measured.max(), predicted.max())
        axis.plot([low, high], [low, high], "--", color=SOFT, lw=1, zorder=1)
        axis.set_title(f"{brief(model.title)} ({model.family})")
        axis.set_xlabel(f"measured {target}")
        plain_grid(axis, "both")
        if place == 0:
            axis.set_ylabel(f"predicted {target}")
    return figure
