"""Learning curves: scores after learning from parts of the training samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from qsetu.documents.figures import Drawing, FigureFile, brief, plain_grid
from qsetu.documents.palette import COLORS, shades
from qsetu.experiments.figures.levels import mark_levels
from qsetu.experiments.reading import best_first, first_metric, fold_splits
from qsetu.experiments.record import ModelRecord, Result
from qsetu.experiments.wording import fold_words, nouns, number, score

__all__ = ["drawings"]

_MARKS, _DASHES = "osD^vPX*", ("-", "--", "-.", ":")


@dataclass(frozen=True, eq=False)
class _Curve:
    """Points of one model: mean samples, mean score and its standard deviation over folds."""

    model: ModelRecord
    samples: list[float]
    means: list[float]
    spread: list[float]


def drawings(result: Result) -> list[Drawing]:
    """The figure of learning curves; none where no part of the training samples was learned from."""
    curves = [_curve(result, model) for model in best_first(result, result.models) if model.control is None]
    curves = [curve for curve in curves if len(curve.samples) > 1]
    if not curves:
        return []
    metric = first_metric(result)
    told = [
        f"{curve.model.title}: "
        + ", ".join(
            f"{score(metric.name, mean)} from {samples:.0f}"
            for samples, mean in zip(curve.samples, curve.means, strict=True)
        )
        for curve in curves
    ]
    word = nouns(result).samples
    file = FigureFile(
        "learning-curve",
        f"{metric.title} against the number of training {word}: the mean over {fold_words(result)}, with "
        "one standard deviation over folds. The last point is the full training part, the others learned "
        "from a share of it with the configuration chosen on all of it. Shares that not every fold could "
        f"fill are left out; n = {number(result.dataset.num_samples)} {word}.",
        f"{metric.title} by number of training {word}. " + "; ".join(told) + ".",
    )
    return [Drawing(file, lambda: _draw(result, curves))]


def _curve(result: Result, model: ModelRecord) -> _Curve:
    name = first_metric(result).name
    rows: list[tuple[float, list[float]]] = []
    for share in sorted({point.share for fold in model.folds for point in fold.curve}):
        points = [point for fold in model.folds for point in fold.curve if point.share == share]
        if len(points) == len(model.folds):
            rows.append((float(np.mean([p.num_train for p in points])), [p.scores[name] for p in points]))
    full = float(np.mean([split.num_train for split in fold_splits(result)]))
    rows.append((full, [fold.scores[name] for fold in model.folds]))
    return _Curve(
        model,
        [samples for samples, _ in rows],
        [float(np.mean(scores)) for _, scores in rows],
        [float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0 for _, scores in rows],
    )


def _draw(result: Result, curves: list[_Curve]) -> Figure:
    metric = first_metric(result)
    figure = Figure(figsize=(8.6, 4.6), layout="constrained")
    axes = figure.add_subplot()
    for family, color in COLORS.items():
        own = [curve for curve in curves if curve.model.family == family]
        for place, (curve, shade) in enumerate(zip(own, shades(color, max(len(own), 1)), strict=False)):
            # Side by side by a little, so that bars do not hide one another.
            shift = 1 + 0.006 * (place - len(own) / 2) * (1 if family == "quantum" else -1)
            axes.errorbar(
                np.array(curve.samples) * shift,
                curve.means,
                curve.spread,
                color=shade,
                marker=_MARKS[place % len(_MARKS)],
                ls=_DASHES[place % len(_DASHES)],
                ms=5.5,
                lw=1.6,
                elinewidth=0.7,
                capsize=2,
                label=f"{brief(curve.model.title)} ({family})",
            )
    mark_levels(axes, result, metric, upright=False)
    plain_grid(axes, "both")
    axes.set_xlim(left=0)
    axes.set_xlabel(f"training {nouns(result).samples}")
    axes.set_ylabel(metric.title)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure
