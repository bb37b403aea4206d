"""What a score costs: seconds to learn, and seconds to predict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from qsetu.documents.figures import Drawing, FigureFile, brief, logarithmic, plain_grid
from qsetu.documents.palette import COLORS, SOFT
from qsetu.experiments.figures.labels import label_points
from qsetu.experiments.reading import best_first, first_metric, mean_of, seconds_per_thousand
from qsetu.experiments.record import ModelRecord, Result
from qsetu.experiments.wording import duration, fold_words, inline, nouns, number, score

__all__ = ["drawings"]

_FLOOR = 1e-4  # what clocks of a record resolve, in seconds


def drawings(result: Result) -> list[Drawing]:
    """The figure of costs; always there."""
    metric, models = first_metric(result), best_first(result, result.contenders())
    told = [
        f"{place}: {model.title}, {score(metric.name, mean_of(result, model))}, {duration(model.seconds)} "
        f"to learn, {duration(seconds_per_thousand(result, model))} for 1,000 predictions"
        for place, model in enumerate(models, 1)
    ]
    file = FigureFile(
        "decision-cost",
        f"Mean {inline(metric.title)} against what it costs, over {fold_words(result)}, n = "
        f"{number(result.dataset.num_samples)} {nouns(result).samples}. Left: wall time of features, tuning "
        "and fitting, all folds added up. Right: wall time of 1,000 predictions. The gray line joins "
        "models to which no other is both cheaper and better by the mean; times are of this machine and "
        "the engine that simulated.",
        f"{metric.title} and wall times. " + "; ".join(told) + ".",
    )
    return [Drawing(file, lambda: _draw(result, models))]


def _draw(result: Result, models: list[ModelRecord]) -> Figure:
    metric = first_metric(result)
    figure = Figure(figsize=(9.6, 4.0))
    # Positions are fixed before labels are placed, so that the room around points is known.
    figure.subplots_adjust(left=0.075, right=0.70, top=0.96, bottom=0.13, wspace=0.08)
    left, right = figure.subplots(1, 2, sharey=True)
    _panel(left, result, models, lambda model: model.seconds, "seconds to learn, all folds")
    _panel(
        right,
        result,
        models,
        lambda model: seconds_per_thousand(result, model),
        "seconds for 1,000 predictions",
    )
    left.set_ylabel(metric.title)
    right.tick_params(axis="y", length=0)
    handles = [
        Line2D(
            [],
            [],
            marker=_mark(model),
            ls="",
            ms=7,
            color=COLORS[model.family],
            label=f"{place}  {brief(model.title, 36)}",
        )
        for place, model in enumerate(models, 1)
    ]
    figure.legend(handles=handles, loc="center left", bbox_to_anchor=(0.70, 0.54), handletextpad=0.3)
    return figure


def _mark(model: ModelRecord) -> str:
    return "D" if model.family == "quantum" else "o"


def _panel(
    axes: Any, result: Result, models: list[ModelRecord], cost: Callable[[ModelRecord], float], words: str
) -> None:
    metric = first_metric(result)
    points = [(max(cost(model), _FLOOR), mean_of(result, model)) for model in models]
    axes.set_xscale("log")
    frontier = _frontier([(x, metric.gain(y)) for x, y in points])
    steps = [points[place] for place in frontier]
    axes.plot(
        [x for x, _ in steps], [y for _, y in steps], color=SOFT, lw=0.9, ls="--", zorder=1, gid="frontier"
    )
    for (x, y), model in zip(points, models, strict=True):
        axes.plot(x, y, _mark(model), ms=8, color=COLORS[model.family], mec="white", mew=0.8, zorder=3)
    axes.margins(0.16)
    axes.autoscale_view()
    axes.set_xlabel(words)
    logarithmic(axes.xaxis, *axes.get_xlim())
    plain_grid(axes, "both")
    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(axes.get_ylim())
    label_points(
        axes, points, [str(place) for place in range(1, len(models) + 1)], [COLORS[m.family] for m in models]
    )


def _frontier(points: list[tuple[float, float]]) -> list[int]:
    """Positions of points with no other that costs no more and gains no less, cheapest first."""
    found, best = [], float("-inf")
    for place in sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1])):
        if points[place][1] > best:
            found.append(place)
            best = points[place][1]
    return found
