"""What may be concluded from a result: tests chosen before scores were seen, and the sentences they allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from qsetu.experiments.metrics import METRICS, Metric
from qsetu.experiments.reading import rbf_beside
from qsetu.experiments.record import Analysis, ComparisonRecord, ModelRecord, Ranking, SplitRecord
from qsetu.experiments.statistics import (
    comparison_sentence,
    comparisons,
    friedman_test,
    nemenyi,
)

__all__ = ["analyze"]

Pairs = list[tuple[str, str]]
# More significant pairs than these are counted, and told in the table.
MOST_TOLD = 3


def analyze(
    models: Sequence[ModelRecord],
    splits: Sequence[SplitRecord],
    *,
    metric: str,
    level: float,
    num_samples: int,
    num_labels: int = 0,
    ceiling: Mapping[str, float] | None = None,
) -> Analysis:
    """Corrected tests of all pairs that the question is about, a ranking, and sentences.

    Three kinds of pairs, each corrected by Holm on its own: every quantum model against every classical one;
    against its de-entangled twin; against the RBF kernel on the same features. The paired test is Nadeau's
    and Bengio's with the degrees of freedom of one repeat, which holds its level for repeated folds, too.

    Args:
        models: All models and controls, with their folds.
        splits: The splits, held-out part included.
        metric: Name of the score to compare.
        level: Of significance.
        num_samples: Samples in the data.
        num_labels: Labels of a classification; 0 for other tasks.
        ceiling: What the best possible classifier reaches, by metric.
    """
    score = METRICS[metric]
    folds = [split for split in splits if split.kind == "fold"]
    train = float(np.mean([split.num_train for split in folds]))
    test = float(np.mean([len(split.test) for split in folds]))
    df = max(1, len({split.fold for split in folds}) - 1)
    scores = {model.name: [fold.scores[metric] for fold in model.folds] for model in models}
    titles = {model.name: model.title for model in models}
    records: list[ComparisonRecord] = []
    for kind, pairs in _pairs(models).items():
        for found in comparisons(scores, pairs, train, test, level, df=df) if pairs else ():
            records.append(
                ComparisonRecord(
                    a=found.a,
                    b=found.b,
                    kind=kind,  # type: ignore[arg-type]  # pydantic checks it
                    difference=found.difference,
                    low=found.low,
                    high=found.high,
                    p=found.p,
                    p_holm=found.p_holm,
                    p_wilcoxon=found.wilcoxon_p,
                    effect_size=found.effect,
                    significant=found.significant,
                    sentence=comparison_sentence(
                        found,
                        titles,
                        score.title,
                        num_samples,
                        higher_is_better=score.higher_is_better,
                    ),
                )
            )
    sentences = [
        *_about_families(models, records, score, level, num_samples, len(folds)),
        *_about_controls(models, records, score, num_labels),
        *_about_the_ceiling(models, score, ceiling or {}),
    ]
    return Analysis(comparisons=records, ranking=_ranking(models, scores, score, level), sentences=sentences)


def _contenders(models: Sequence[ModelRecord], family: str) -> list[ModelRecord]:
    return [m for m in models if m.family == family and m.control in (None, "rbf")]


def _pairs(models: Sequence[ModelRecord]) -> dict[str, Pairs]:
    quantum, classical = _contenders(models, "quantum"), _contenders(models, "classical")
    found: dict[str, Pairs] = {"family": [(a.name, b.name) for a in quantum for b in classical]}
    found["deentangled"] = [(str(m.control_of), m.name) for m in models if m.control == "deentangled"]
    found["rbf"] = [(a.name, b.name) for a in quantum for b in [rbf_beside(models, a)] if b is not None]
    return found


def _about_families(
    models: Sequence[ModelRecord],
    records: Sequence[ComparisonRecord],
    score: Metric,
    level: float,
    num_samples: int,
    num_folds: int,
) -> Iterator[str]:
    """Quantum against classical: each significant difference, or that there is none; then the best two."""
    family = [record for record in records if record.kind == "family"]
    if not family:
        yield "Only one family of models was run, so there is nothing to compare."
        return
    told = [record for record in family if record.significant]
    at = f"at {100 * level:g} % after Holm's correction (n = {num_samples} samples, {num_folds} folds)"
    if not told:
        yield (
            f"Of {len(family)} comparison{'s' if len(family) > 1 else ''} between a quantum and a classical "
            f"model, none is significant {at}."
        )
    else:
        ahead = sum((record.difference > 0) == score.higher_is_better for record in told)
        yield (
            f"Of {len(family)} comparison{'s' if len(family) > 1 else ''} between a quantum and a classical "
            f"model, {len(told)} {'is' if len(told) == 1 else 'are'} significant {at}: {ahead} in favor of "
            f"the quantum model, {len(told) - ahead} of the classical one."
        )
    if len(told) <= MOST_TOLD:
        yield from (record.sentence for record in told)
    else:
        yield "Each of them is in the table of tests."
    best = {one: _best(_contenders(models, one), score) for one in ("quantum", "classical")}
    for record in family:
        shown = record.significant and len(told) <= MOST_TOLD
        if (record.a, record.b) == (best["quantum"].name, best["classical"].name) and not shown:
            yield f"The best means of either family: {record.sentence}"


def _best(models: Sequence[ModelRecord], score: Metric) -> ModelRecord:
    return max(models, key=lambda model: score.gain(model.summary[score.name].mean))


def _about_controls(
    models: Sequence[ModelRecord],
    records: Sequence[ComparisonRecord],
    score: Metric,
    num_labels: int,
) -> Iterator[str]:
    for kind, words in (("deentangled", "its twin without entanglement"), ("rbf", "the RBF kernel")):
        found = [record for record in records if record.kind == kind]
        told = [record for record in found if record.significant]
        if found and not told:
            one = len(found) == 1
            yield (
                f"{'The' if one else 'Each'} quantum model beside {words} on the same features: no "
                f"significant difference{'' if one else f' in any of {len(found)}'}."
            )
        for record in told:
            yield f"Beside {words}: {record.sentence}"
    for model in models:
        if model.control == "permutation":
            yield from _about_permuted(model, score, num_labels)


def _about_permuted(model: ModelRecord, score: Metric, num_labels: int) -> Iterator[str]:
    """Only where something is wrong: a model that scores above guessing although labels were permuted."""
    chance = score.chance(num_labels) if score.chance is not None and num_labels else None
    if score.chance is not None and not num_labels:
        chance = score.chance(0)
    summary = model.summary[score.name]
    if chance is not None and summary.low > chance:
        yield (
            f"Something is wrong: {model.title} scores {summary.mean:.3f} ({summary.low:.3f} to "
            f"{summary.high:.3f}) where guessing scores {chance:.3f}. Look for samples that tell one "
            "another's labels across folds."
        )


def _about_the_ceiling(
    models: Sequence[ModelRecord], score: Metric, ceiling: Mapping[str, float]
) -> Iterator[str]:
    if score.name not in ceiling:
        return
    best = _best([model for model in models if model.control in (None, "rbf")], score)
    summary = best.summary[score.name]
    yield (
        f"The best possible {score.title.lower()} on these data is {ceiling[score.name]:.3f}; the best mean "
        f"here is {summary.mean:.3f} ({summary.low:.3f} to {summary.high:.3f}), of {best.title}."
    )


def _ranking(
    models: Sequence[ModelRecord], scores: Mapping[str, Sequence[float]], score: Metric, level: float
) -> Ranking | None:
    """Over folds; None for fewer than three models, where a ranking says no more than a pair."""
    names = [model.name for model in models if model.control in (None, "rbf")]
    if len(names) < 3:
        return None
    matrix: Any = np.array([scores[name] for name in names]).T
    overall = friedman_test(matrix, higher_is_better=score.higher_is_better)
    found = nemenyi(matrix, level, higher_is_better=score.higher_is_better)
    return Ranking(
        statistic=overall.chi_square,
        p=overall.p,
        mean_ranks=dict(zip(names, found.mean_ranks, strict=True)),
        critical_difference=found.critical_difference,
        level=found.level,
        groups=[[names[place] for place in group] for group in found.groups],
    )
