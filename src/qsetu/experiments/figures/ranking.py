"""The critical-difference diagram, where the analysis ranked models."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib.util import find_spec

from matplotlib.figure import Figure

from qsetu.documents.figures import Drawing, FigureFile, brief
from qsetu.documents.palette import COLORS
from qsetu.experiments.record import Result
from qsetu.experiments.wording import fold_words, nouns, number, p_value

__all__ = ["drawings"]


@dataclass(frozen=True)
class _Ranked:
    """A ranking by position instead of by name, as the drawing wants it."""

    mean_ranks: tuple[float, ...]
    order: tuple[int, ...]
    critical_difference: float
    groups: tuple[tuple[int, ...], ...]
    level: float
    blocks: int


def drawings(result: Result) -> list[Drawing]:
    """The diagram; none without a ranking."""
    ranking = result.analysis.ranking
    if ranking is None:
        return []
    titles = {model.name: model.title for model in result.models}
    ranks = sorted(ranking.mean_ranks.items(), key=lambda item: item[1])
    groups = ["; ".join(titles.get(name, name) for name in group) for group in ranking.groups]
    file = FigureFile(
        "critical-difference",
        f"Mean ranks over {fold_words(result)}, best to the left; n = {number(result.dataset.num_samples)} "
        f"{nouns(result).samples}. A bar joins models whose mean ranks differ by less than Nemenyi's "
        f"critical difference at {100 * ranking.level:g} %; Friedman's test has p {_equals(ranking.p)}. "
        "Folds of one dataset share training data, so these tests are a rough guide.",
        "Mean ranks: "
        + ", ".join(f"{titles.get(name, name)} {rank:.2f}" for name, rank in ranks)
        + f". Critical difference {ranking.critical_difference:.2f}. Not told apart: "
        + (" | ".join(groups) or "none")
        + ".",
    )
    if find_spec("qsetu.experiments.critical_difference") is None:
        return []
    return [Drawing(file, lambda: _draw(result), tight=False)]


def _equals(p: float) -> str:
    text = p_value(p)
    return text if text.startswith("<") else f"= {text}"


def _draw(result: Result) -> Figure:
    draw = importlib.import_module("qsetu.experiments.critical_difference").draw_critical_difference
    ranking = result.analysis.ranking
    assert ranking is not None
    names = list(ranking.mean_ranks)
    models = {model.name: model for model in result.models}
    means = tuple(ranking.mean_ranks[name] for name in names)
    order = tuple(sorted(range(len(names)), key=lambda place: means[place]))
    found = _Ranked(
        mean_ranks=means,
        order=order,
        critical_difference=ranking.critical_difference,
        groups=tuple(
            tuple(sorted((names.index(one) for one in group), key=lambda place: means[place]))
            for group in ranking.groups
        ),
        level=ranking.level,
        blocks=len(result.splits),
    )
    figure = Figure(figsize=(9.6, 1.3 + 0.2 * len(names)))
    axes = figure.add_axes((0.01, 0.02, 0.98, 0.96))
    draw(
        axes,
        found,
        [brief(models[name].title) for name in names],
        [COLORS[models[name].family] for name in names],
    )
    return figure
