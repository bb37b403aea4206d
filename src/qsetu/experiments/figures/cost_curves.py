"""Cost curves of two labels: what a model's errors cost, however dear or rare either kind is."""

from __future__ import annotations

from matplotlib.figure import Figure

from qsetu.documents.figures import Drawing, FigureFile, brief, plain_grid
from qsetu.documents.palette import COLORS, SOFT, shades
from qsetu.experiments.error_rates import Rates, rates
from qsetu.experiments.reading import best_first
from qsetu.experiments.record import ModelRecord, Result
from qsetu.experiments.wording import fold_words, nouns, number

__all__ = ["drawings"]

_DASHES = ("-", "--", "-.", ":")


def drawings(result: Result) -> list[Drawing]:
    """The figure of cost curves; none unless there are two labels."""
    models = [(model, rates(model)) for model in best_first(result, result.contenders())]
    known = [(model, found) for model, found in models if found is not None]
    if not known:
        return []
    first, second = result.dataset.labels
    counts = result.dataset.counts
    share = counts[1] / sum(counts)
    told = [
        f"{model.title}: {100 * found.false_positive:.1f} % of {first} taken for {second}, "
        f"{100 * found.false_negative:.1f} % of {second} taken for {first}"
        for model, found in known
    ]
    file = FigureFile(
        "cost-curves",
        "Cost curves (Drummond and Holte, 2006) from out-of-fold predictions, pooled over "
        f"{fold_words(result)}, n = {number(result.dataset.num_samples)} {nouns(result).samples}. The "
        f"horizontal axis weighs {second} (right) against {first} (left): how frequent it is, times what "
        f"missing it costs. The lower a line, the less its errors cost. Dotted: predicting {first} always, "
        f"or {second} always, whatever the sample; above both, a model is worse than that. The vertical "
        "line is the mix of labels in these data when both errors cost the same.",
        "Error rates: " + "; ".join(told) + f". {second} is {100 * share:.1f} % of the data.",
    )
    return [Drawing(file, lambda: _draw(result, known, share))]


def _draw(result: Result, known: list[tuple[ModelRecord, Rates]], share: float) -> Figure:
    first, second = result.dataset.labels
    figure = Figure(figsize=(8.6, 4.4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], ":", color=SOFT, lw=1.1, label=f"always {brief(first)}")
    axes.plot([0, 1], [1, 0], ":", color=SOFT, lw=1.1, label=f"always {brief(second)}")
    axes.axvline(share, color=SOFT, lw=0.8, zorder=1)
    for family, color in COLORS.items():
        own = [pair for pair in known if pair[0].family == family]
        for place, ((model, found), shade) in enumerate(
            zip(own, shades(color, max(len(own), 1)), strict=False)
        ):
            axes.plot(
                [0, 1],
                [found.cost(0), found.cost(1)],
                _DASHES[place % len(_DASHES)],
                color=shade,
                lw=1.9,
                label=f"{brief(model.title)} ({family})",
            )
    worst = max(max(found.false_positive, found.false_negative) for _, found in known)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, min(1.0, max(0.5, 1.15 * worst)))
    axes.set_xlabel(f"probability-cost of {brief(second)}")
    axes.set_ylabel("normalized expected cost")
    plain_grid(axes, "both")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure
