"""Scores of every model: mean, interval, folds; controls beneath the model they stand beside."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from qsetu.documents.figures import Drawing, FigureFile, brief, plain_grid
from qsetu.documents.palette import COLORS, SOFT
from qsetu.experiments.figures.levels import mark_levels
from qsetu.experiments.reading import first_metric, with_controls
from qsetu.experiments.record import ModelRecord, Result
from qsetu.experiments.wording import confidence_words, fold_words, interval, nouns, number, row_title, score

__all__ = ["drawings"]

_STEP, _SMALL_STEP = 1.0, 0.78


def drawings(result: Result) -> list[Drawing]:
    """The figure of scores; always there."""
    metric = first_metric(result)
    name = metric.name
    caption = (
        f"{metric.title} of every model: the mean over {fold_words(result)} with its "
        f"{confidence_words(result)} interval, and each fold as a dot; n = "
        f"{number(result.dataset.num_samples)} {nouns(result).samples}. Diamonds are quantum models, filled "
        "circles classical ones, hollow marks controls, beneath the model that they stand beside."
    )
    if not metric.higher_is_better:
        caption += " Lower is better."
    if any(model.holdout for model in result.models):
        caption += " A cross is the score on the held-out part."
    told = [_told(name, model, is_control) for model, is_control in with_controls(result)]
    for value, words in _levels(result):
        told.append(f"{words}: {score(name, value)}")
    file = FigureFile("scores", caption, f"{metric.title}. " + "; ".join(told) + ".")
    return [Drawing(file, lambda: _draw(result))]


def _told(metric: str, model: ModelRecord, is_control: bool) -> str:
    summary = model.summary[metric]
    kind = f"control of {model.control_of}" if is_control else model.family
    text = f"{model.title} ({kind}): {score(metric, summary.mean)}, interval {interval(metric, summary)}"
    if model.holdout is not None:
        text += f", held-out {score(metric, model.holdout.scores[metric])}"
    return text


def _levels(result: Result) -> list[tuple[float, str]]:
    metric, found = first_metric(result), []
    if metric.chance is not None:
        found.append((metric.chance(len(result.dataset.labels)), "guessing"))
    if metric.name in result.dataset.ceiling:
        found.append((result.dataset.ceiling[metric.name], "best possible"))
    return found


def _draw(result: Result) -> Figure:
    metric = first_metric(result)
    rows = with_controls(result)
    steps = [_SMALL_STEP if is_control else _STEP for _, is_control in rows]
    places = np.cumsum(steps) - steps[0]
    figure = Figure(figsize=(8.6, 1.0 + 0.6 * float(places[-1] + _STEP)))
    axes = figure.add_subplot()
    for (model, is_control), row in zip(rows, places.tolist(), strict=True):
        _row(axes, metric.name, model, row, is_control)
    axes.set_yticks(
        places, [brief(row_title(result, m)) if c else f"{brief(m.title)}\n{m.family}" for m, c in rows]
    )
    for label, (model, is_control) in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_color(SOFT if is_control else COLORS[model.family])
        label.set_fontsize(8.5 if is_control else 10)
    mark_levels(axes, result, metric, upright=True)
    axes.set_ylim(float(places[-1]) + 0.62, -0.62)
    axes.tick_params(axis="y", length=0)
    plain_grid(axes, "x")
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"{metric.title}: mean, {confidence_words(result)} interval, folds")
    return figure


def _row(axes: Any, metric: str, model: ModelRecord, row: float, is_control: bool) -> None:
    color = SOFT if is_control else COLORS[model.family]
    summary = model.summary[metric]
    values = np.array([fold.scores[metric] for fold in model.folds])
    # Dots sit below the bar, spread by fold number: the same folds at the same height in each row.
    heights = row + 0.17 + 0.16 * np.linspace(0, 1, len(values))
    axes.plot(values, heights, "o", ms=3.4, color=color, alpha=0.4, mec="none", zorder=2)
    width = 1.3 if is_control else 2.4
    axes.plot([summary.low, summary.high], [row, row], color=color, lw=width, solid_capstyle="butt", zorder=3)
    for end in (summary.low, summary.high):
        axes.plot([end, end], [row - 0.08, row + 0.08], color=color, lw=width * 0.7, zorder=3)
    marker = "D" if model.family == "quantum" else "o"
    if is_control:
        axes.plot(summary.mean, row, marker, ms=5.5, mfc="white", mec=color, mew=1.2, zorder=4)
    else:
        axes.plot(summary.mean, row, marker, ms=8, color=color, mec="white", mew=1.2, zorder=4)
    axes.annotate(
        score(metric, summary.mean),
        (summary.mean, row),
        xytext=(0, 5.5 if is_control else 7.5),
        textcoords="offset points",
        ha="center",
        color=color,
        fontsize=8 if is_control else 9.5,
        fontweight="normal" if is_control else "bold",
        zorder=5,
    )
    if model.holdout is not None:
        axes.plot(model.holdout.scores[metric], row, "x", ms=7, mew=1.8, color=color, zorder=5, gid="holdout")
