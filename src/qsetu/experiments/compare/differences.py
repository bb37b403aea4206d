"""How far two records of one model are apart, on the folds that both have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qsetu.experiments.compare.aspects import split_key
from qsetu.experiments.reading import plan_of, spec_of
from qsetu.experiments.record import FoldRecord, ModelRecord, Result, SplitRecord
from qsetu.experiments.spec import RAW

__all__ = ["ModelDifference", "PairedDifference", "Shared", "model_difference", "shared_splits"]


@dataclass(frozen=True)
class PairedDifference:
    """A corrected paired test of the second result's scores against the first's.

    Attributes:
        low: Lower end of the interval of the difference; None where it cannot be said.
        high: Upper end; None where it cannot be said.
        p: Two-sided p-value.
        p_holm: Corrected for all models that were tested.
    """

    low: float | None
    high: float | None
    p: float
    p_holm: float


@dataclass(frozen=True)
class ModelDifference:
    """One model in two results.

    Attributes:
        name: Its name in both.
        title: Its title in the first.
        family: "quantum" or "classical".
        is_control: Whether it is a control other than an RBF kernel.
        same_settings: Whether nothing that decides its numbers was set differently, the seed included.
        folds: Outer folds that both have.
        mean_a: Mean of the metric over these, in the first result.
        mean_b: In the second.
        difference: ``mean_b - mean_a``.
        largest: Largest absolute difference of any score that both have, over these folds and the
            held-out part.
        equal_predictions: Share of equal predictions (of equal edges, for networks); None without any.
        test: Corrected paired test, where settings differ and folds allow it.
    """

    name: str
    title: str
    family: str
    is_control: bool
    same_settings: bool
    folds: int
    mean_a: float
    mean_b: float
    difference: float
    largest: float
    equal_predictions: float | None
    test: PairedDifference | None = None


@dataclass(frozen=True)
class Shared:
    """A split that both results have: where it is in each."""

    a: SplitRecord
    b: SplitRecord


def shared_splits(a: Result, b: Result) -> list[Shared]:
    """Splits with the same test samples and equally many training samples, in the first result's order."""
    known = {split_key(split): split for split in b.splits}
    return [Shared(split, known[split_key(split)]) for split in a.splits if split_key(split) in known]


def model_difference(
    a: Result, b: Result, name: str, shared: Sequence[Shared], metrics: Sequence[str]
) -> tuple[ModelDifference, list[float], list[float]]:
    """How far the records of a model are apart, and its scores on the shared folds in both results.

    Args:
        a: First result.
        b: Second result.
        name: Of a model in both.
        shared: Splits that both have.
        metrics: Scores that both have; the first is the one whose means are compared.
    """
    one, two = a.model(name), b.model(name)
    pairs = [(_fold(one, split.a), _fold(two, split.b)) for split in shared]
    found = [(x, y) for x, y in pairs if x is not None and y is not None]
    folds = [(x, y) for x, y in found if x.kind == "fold"]
    first = [x.scores[metrics[0]] for x, _ in folds]
    second = [y.scores[metrics[0]] for _, y in folds]
    gaps = [abs(x.scores[metric] - y.scores[metric]) for x, y in found for metric in metrics]
    difference = ModelDifference(
        name=name,
        title=one.title,
        family=one.family,
        is_control=one.control not in (None, "rbf"),
        same_settings=a.seed == b.seed and _definition(a, one) == _definition(b, two),
        folds=len(folds),
        mean_a=float(np.mean(first)),
        mean_b=float(np.mean(second)),
        difference=float(np.mean(second) - np.mean(first)),
        largest=max(gaps),
        equal_predictions=_equal_share(found),
    )
    return difference, first, second


def _fold(model: ModelRecord, split: SplitRecord) -> FoldRecord | None:
    if split.kind == "holdout":
        return model.holdout
    return next((one for one in model.folds if (one.repeat, one.fold) == (split.repeat, split.fold)), None)


def _definition(result: Result, model: ModelRecord) -> Any:
    """What decides the numbers of a model beside data, splits, seed, code and libraries."""
    spec = spec_of(result)
    steps = [] if model.features == RAW else spec["features"].get(model.features, {}).get("steps")
    tried = [[one.configuration for one in fold.tried] for fold in model.folds[:1]]
    tuning = (plan_of(result)["inner_folds"], result.metrics()[0])
    return model.model, steps, model.settings, model.control, tried, tuning


def _equal_share(pairs: Sequence[tuple[FoldRecord, FoldRecord]]) -> float | None:
    equal = total = 0
    for x, y in pairs:
        first = np.ravel(x.edges) if x.edges is not None else np.array(x.predicted)
        second = np.ravel(y.edges) if y.edges is not None else np.array(y.predicted)
        if len(first) != len(second):
            total += max(len(first), len(second))
            continue
        equal += int((first == second).sum())
        total += len(first)
    return equal / total if total else None
