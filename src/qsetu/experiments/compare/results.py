"""The comparison of two results, and its verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from qsetu.core.checks import as_float
from qsetu.experiments.compare.aspects import Aspect, aspects, same_data
from qsetu.experiments.compare.differences import (
    ModelDifference,
    PairedDifference,
    Shared,
    model_difference,
    shared_splits,
)
from qsetu.experiments.metrics import METRICS
from qsetu.experiments.reading import spec_of
from qsetu.experiments.record import Result
from qsetu.experiments.wording import inline

__all__ = ["TOLERANCE", "ResultComparison", "Verdict", "compare_results"]

TOLERANCE = 1e-6
"""Scores that differ by no more agree: libraries and machines round differently."""

Verdict = Literal["identical numbers", "agree", "differ", "not comparable"]
Scores = Mapping[str, tuple[Sequence[float], Sequence[float]]]


@dataclass(frozen=True)
class ResultComparison:
    """Two results held against each other.

    Attributes:
        verdict: "identical numbers", "agree", "differ" or "not comparable".
        sentence: The verdict in words, with what it rests on.
        tolerance: Largest difference of a score that still agrees.
        metric: The score whose means are compared; "" where results are not comparable.
        title_a: What the first result is called.
        title_b: What the second is called.
        same_experiment: Whether both have the same identity: data, settings, seed and code.
        aspects: What is the same and what is not.
        folds: Outer folds that both have.
        models: Models that both have, in the order of the first.
        only_a: Titles of models that the first has alone.
        only_b: Titles of models that the second has alone.
    """

    verdict: Verdict
    sentence: str
    tolerance: float
    metric: str
    title_a: str
    title_b: str
    same_experiment: bool
    aspects: tuple[Aspect, ...]
    folds: int
    models: tuple[ModelDifference, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0 where numbers agree, 1 where they differ, 2 where they cannot be compared."""
        return {"identical numbers": 0, "agree": 0, "differ": 1, "not comparable": 2}[self.verdict]


def compare_results(a: Result, b: Result, tolerance: float = TOLERANCE) -> ResultComparison:
    """Hold two results against each other, model by model, on the folds that both have.

    Scores of models are compared on the same test samples only. Where a model was set differently, its
    scores are also tested: the corrected resampled t test of Nadeau and Bengio (Machine Learning 52, 239,
    2003) on the shared folds, with Holm's correction over all models tested.

    Args:
        a: First result.
        b: Second result.
        tolerance: Largest difference of a score that still agrees, at least 0.

    Returns:
        Verdict, what is the same, and the difference of every model. Results are not comparable where task
        or data differ, or where they share no score, no fold or no model.

    Raises:
        ArgumentError: A negative tolerance.
    """
    allowed = as_float("tolerance", tolerance, low=0.0)
    shared = shared_splits(a, b)
    folds = [split for split in shared if split.a.kind == "fold"]
    metrics = [name for name in a.metrics() if name in b.metrics()]
    names = [model.name for model in a.models if any(other.name == model.name for other in b.models)]
    reasons = _reasons(a, b, metrics, folds, names)
    models: list[ModelDifference] = []
    if not reasons:
        found = [model_difference(a, b, name, shared, metrics) for name in names]
        scores = {difference.name: (x, y) for difference, x, y in found}
        models = _tested(a, [difference for difference, _, _ in found], scores, folds)
    verdict = _verdict(models, allowed, reasons)
    return ResultComparison(
        verdict=verdict,
        sentence=_sentence(verdict, models, allowed, reasons, len(folds), metrics),
        tolerance=allowed,
        metric=metrics[0] if not reasons else "",
        title_a=_title(a),
        title_b=_title(b),
        same_experiment=a.identity == b.identity,
        aspects=aspects(a, b),
        folds=len(folds),
        models=tuple(models),
        only_a=tuple(model.title for model in a.models if model.name not in names),
        only_b=tuple(model.title for model in b.models if model.name not in names),
    )


def _title(result: Result) -> str:
    return f"{result.experiment}, {result.size} size, seed {result.seed}, {result.provenance.finished}"


def _reasons(a: Result, b: Result, metrics: list[str], folds: list[Shared], names: list[str]) -> list[str]:
    """Why the two cannot be compared; the first ones explain the later ones, so one is enough of those."""
    if a.task != b.task:
        return [f"one is {a.task} and the other {b.task}"]
    if not same_data(a, b):
        return ["the data differ"]
    reasons = []
    if not metrics:
        reasons.append("they have no score in common")
    if not folds:
        reasons.append("they have no fold in common")
    if not names:
        reasons.append("they have no model in common")
    return reasons


def _tested(
    a: Result, models: list[ModelDifference], scores: Scores, folds: list[Shared]
) -> list[ModelDifference]:
    """With a test for each model that was set differently; without, where the tests are not installed."""
    from qsetu.experiments.statistics import corrected_paired_test, holm

    chosen = [one for one in models if not one.same_settings and not one.is_control and one.folds > 1]
    if not chosen:
        return models
    train = float(np.mean([split.a.num_train for split in folds]))
    test = float(np.mean([len(split.a.test) for split in folds]))
    level = float(spec_of(a)["evaluation"]["confidence"])
    degrees = max(1, len({split.a.fold for split in folds}) - 1)
    tests = []
    for one in chosen:
        first, second = scores[one.name]
        tests.append(corrected_paired_test(second, first, train, test, level, df=degrees))
    adjusted = holm([one.p for one in tests])
    found = {
        one.name: PairedDifference(low=own.low, high=own.high, p=own.p, p_holm=float(p))
        for one, own, p in zip(chosen, tests, adjusted, strict=True)
    }
    return [dataclasses.replace(one, test=found.get(one.name)) for one in models]


def _verdict(models: list[ModelDifference], tolerance: float, reasons: list[str]) -> Verdict:
    if reasons:
        return "not comparable"
    largest = max(one.largest for one in models)
    if largest == 0 and all(one.equal_predictions in (None, 1.0) for one in models):
        return "identical numbers"
    return "agree" if largest <= tolerance else "differ"


def _sentence(
    verdict: Verdict,
    models: list[ModelDifference],
    tolerance: float,
    reasons: list[str],
    folds: int,
    metrics: list[str],
) -> str:
    if verdict == "not comparable":
        return f"not comparable, because {' and '.join(reasons)}"
    held = f"{len(models)} models on {folds} shared folds"
    if verdict == "identical numbers":
        return f"identical numbers: every score and prediction of {held}"
    worst = max(models, key=lambda one: one.largest)
    told = f"largest difference of a score {worst.largest:.3g} ({worst.title}), {held}"
    if verdict == "agree":
        return f"agree within {tolerance:g}: {told}"
    off = sum(one.largest > tolerance for one in models)
    return f"differ: {off} of {len(models)} models by more than {tolerance:g} in {_named(metrics)}; {told}"


def _named(metrics: list[str]) -> str:
    return " or ".join(inline(METRICS[name].title) for name in metrics)
