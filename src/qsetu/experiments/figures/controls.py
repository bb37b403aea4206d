"""Each quantum model beside its controls, fold by fold."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from qsetu.documents.figures import Drawing, FigureFile, brief, panels, plain_grid
from qsetu.documents.palette import COLORS, SOFT
from qsetu.experiments.figures.levels import mark_levels
from qsetu.experiments.reading import beside, first_metric, quantum_models
from qsetu.experiments.record import ModelRecord, Result
from qsetu.experiments.wording import (
    confidence_words,
    control_words,
    fold_words,
    interval,
    nouns,
    number,
    score,
)

__all__ = ["drawings"]

_SHORT = {"deentangled": "not\nentangled", "rbf": "RBF\nkernel", "permutation": "labels\npermuted"}
Group = tuple[ModelRecord, list[tuple[str, ModelRecord]]]


def drawings(result: Result) -> list[Drawing]:
    """The figure of controls; none where no control was run."""
    groups = _groups(result)
    if not groups:
        return []
    metric = first_metric(result)
    told, words = [], control_words(result)
    for model, controls in groups:
        parts = [f"itself {score(metric.name, model.summary[metric.name].mean)}"]
        parts += [
            f"{words[name]} {score(metric.name, one.summary[metric.name].mean)} "
            f"({interval(metric.name, one.summary[metric.name])})"
            for name, one in controls
        ]
        told.append(f"{model.title}: " + ", ".join(parts))
    last = f"the same model on {nouns(result).features} that are shuffled one by one"
    if result.task != "network":
        last = "the same model trained on permuted labels"
    file = FigureFile(
        "controls",
        f"{metric.title} of each quantum model and of what stands beside it: the same model without "
        f"entanglement, an RBF kernel on the same features where there is one, and {last}. A thin line is "
        f"one of {fold_words(result)}, a bar the mean with its {confidence_words(result)} interval; "
        f"n = {number(result.dataset.num_samples)} {nouns(result).samples}.",
        f"{metric.title}. " + "; ".join(told) + ".",
    )
    return [Drawing(file, lambda: _draw(result, groups))]


def _short(result: Result, name: str) -> str:
    if name == "permutation":
        return control_words(result)[name].replace(" ", "\n")
    return _SHORT[name]


def _groups(result: Result) -> list[Group]:
    found = []
    for model in quantum_models(result):
        controls = [(name, beside(result, model, name)) for name in _SHORT]
        there = [(name, one) for name, one in controls if one is not None]
        if there:
            found.append((model, there))
    return found


def _draw(result: Result, groups: list[Group]) -> Figure:
    metric = first_metric(result)
    figure, axes = panels(len(groups), 3.2, 3.5, sharey=True)
    for place, (axis, (model, controls)) in enumerate(zip(axes, groups, strict=True)):
        shown = [("itself", model), *((_short(result, name), one) for name, one in controls)]
        # Permuted labels are no pair of the others: no line leads there.
        paired = [one for (name, one) in [("", model), *controls] if name != "permutation"]
        for fold in range(len(model.folds)):
            heights = [one.folds[fold].scores[metric.name] for one in paired]
            axis.plot(range(len(paired)), heights, color=SOFT, lw=0.7, alpha=0.55, zorder=2)
        for x, (_, one) in enumerate(shown):
            _column(axis, metric.name, one, x)
        axis.set_xticks(range(len(shown)), [name for name, _ in shown], fontsize=8.5)
        axis.set_xlim(-0.5, len(shown) - 0.25)
        axis.tick_params(axis="x", length=0)
        axis.set_title(brief(model.title, 34))
        mark_levels(axis, result, metric, upright=False)
        plain_grid(axis, "y")
        if place % 3 == 0:
            axis.set_ylabel(metric.title)
    return figure


def _column(axis: Any, metric: str, model: ModelRecord, x: int) -> None:
    summary = model.summary[metric]
    color = SOFT if model.control == "permutation" else COLORS[model.family]
    axis.plot(
        [x] * len(model.folds), [f.scores[metric] for f in model.folds], "o", ms=3, color=color, alpha=0.5
    )
    axis.plot([x, x], [summary.low, summary.high], color=color, lw=2, solid_capstyle="butt", zorder=3)
    marker = "D" if model.family == "quantum" else "o"
    face = "white" if model.control else color
    axis.plot(x, summary.mean, marker, ms=7, mfc=face, mec=color, mew=1.3, zorder=4)
    axis.annotate(
        score(metric, summary.mean),
        (x, summary.mean),
        xytext=(7, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=color,
        zorder=5,
        bbox={"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.75},
    )
