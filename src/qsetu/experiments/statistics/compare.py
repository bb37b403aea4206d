"""Pairs of models of one experiment, compared and corrected together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from qsetu.core.errors import ArgumentError, unknown_name
from qsetu.experiments.statistics.effect_sizes import paired_effect
from qsetu.experiments.statistics.inputs import as_level, as_pair
from qsetu.experiments.statistics.multiplicity import holm
from qsetu.experiments.statistics.paired import corrected_paired_test
from qsetu.experiments.statistics.signed_rank import wilcoxon_test

__all__ = ["Comparison", "comparisons"]


@dataclass(frozen=True)
class Comparison:
    """Two models on the same folds, as one of several such comparisons.

    Attributes:
        a: Name of one model.
        b: Name of the other.
        mean_a: Mean score of a over folds.
        mean_b: Mean score of b.
        difference: Mean of a - b.
        low: Lower end of its interval at 1 - ``level``, for this pair alone; None where it cannot be said.
        high: Upper end.
        p: Two-sided p-value of the corrected resampled t test.
        p_holm: The same, corrected for all pairs compared.
        effect: Hedges' g over folds; None where folds differ by the same throughout.
        wilcoxon_p: p-value of the signed ranks, beside it; it takes folds for independent.
        significant: Whether ``p_holm`` is below ``level``.
        level: Level of significance.
        pairs: Number of pairs that were corrected for.
        folds: J.
    """

    a: str
    b: str
    mean_a: float
    mean_b: float
    difference: float
    low: float | None
    high: float | None
    p: float
    p_holm: float
    effect: float | None
    wilcoxon_p: float
    significant: bool
    level: float
    pairs: int
    folds: int


def comparisons(
    scores: Mapping[str, Sequence[float]],
    pairs: Iterable[tuple[str, str]],
    train_size: float,
    test_size: float,
    level: float = 0.05,
    *,
    df: float | None = None,
) -> tuple[Comparison, ...]:
    """Compare pairs of models by their fold scores; the chance of any false alarm among them is ``level``.

    Pairs have to be chosen before scores are seen: "the best against the second best" is a choice among all
    pairs, and these are then what to correct for.

    Args:
        scores: Scores of each model, J each, of the same folds in the same order.
        pairs: Names of the models to compare.
        train_size: Mean number of training samples of a fold.
        test_size: Mean number of test samples of a fold.
        level: Level of significance for all pairs together, above 0 and below 0.5.
        df: Degrees of freedom of the corrected test, as in :func:`corrected_paired_test`.

    Returns:
        One for each pair, in the order of ``pairs``.

    Raises:
        ArgumentError: A model without scores, the same pair twice, a model against itself, or scores that do
            not pair up.

    Example:
        >>> from qsetu.experiments.statistics import comparisons
        >>> scores = {"x": [0.90, 0.92, 0.91], "y": [0.50, 0.51, 0.53], "z": [0.91, 0.90, 0.92]}
        >>> [(c.a, c.b, c.significant) for c in comparisons(scores, [("x", "y"), ("x", "z")], 80, 20)]
        [('x', 'y', True), ('x', 'z', False)]
    """
    alpha = as_level(level)
    wanted = [(a, b) for a, b in pairs]
    seen: set[frozenset[str]] = set()
    for a, b in wanted:
        for name in (a, b):
            if name not in scores:
                raise unknown_name("pairs", name, scores)
        if a == b:
            raise ArgumentError("pairs", "must be of two different models", (a, b))
        if frozenset((a, b)) in seen:
            raise ArgumentError("pairs", "must name each two models once", (a, b))
        seen.add(frozenset((a, b)))
    values = [as_pair(scores[a], scores[b]) for a, b in wanted]
    tests = [corrected_paired_test(x, y, train_size, test_size, 1 - alpha, df=df) for x, y in values]
    corrected = holm([test.p for test in tests])
    return tuple(
        Comparison(
            a=a,
            b=b,
            mean_a=float(x.mean()),
            mean_b=float(y.mean()),
            difference=test.difference,
            low=test.low,
            high=test.high,
            p=test.p,
            p_holm=p_holm,
            effect=paired_effect(x, y).g,
            wilcoxon_p=wilcoxon_test(x, y).p,
            significant=p_holm < alpha,
            level=alpha,
            pairs=len(wanted),
            folds=len(x),
        )
        for (a, b), (x, y), test, p_holm in zip(wanted, values, tests, corrected, strict=True)
    )
