"""What tables and figures read off a result: orders, neighbors, costs. Nothing is estimated here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from qsetu.experiments.metrics import METRICS, Metric
from qsetu.experiments.models import RBF_MODELS
from qsetu.experiments.record import ModelRecord, Result, SplitRecord

__all__ = [
    "beside",
    "best_first",
    "best_of",
    "choices",
    "first_metric",
    "fold_splits",
    "holdout_split",
    "mean_of",
    "plan_of",
    "quantum_models",
    "rbf_beside",
    "seconds_per_thousand",
    "spec_of",
    "with_controls",
]


def spec_of(result: Result) -> dict[str, Any]:
    """The settings of the run."""
    return cast(dict[str, Any], result.spec)


def plan_of(result: Result) -> dict[str, Any]:
    """The settings of the size that was run."""
    return cast(dict[str, Any], spec_of(result)["sizes"][result.size])


def first_metric(result: Result) -> Metric:
    """The score that tuned and ranks."""
    return METRICS[result.metrics()[0]]


def mean_of(result: Result, model: ModelRecord) -> float:
    """Mean of the first metric over folds."""
    return model.summary[first_metric(result).name].mean


def fold_splits(result: Result) -> list[SplitRecord]:
    """The outer folds, without the held-out part."""
    return [split for split in result.splits if split.kind == "fold"]


def holdout_split(result: Result) -> SplitRecord | None:
    """The held-out part; None where there is none."""
    return next((split for split in result.splits if split.kind == "holdout"), None)


def quantum_models(result: Result) -> list[ModelRecord]:
    """Quantum models that are no controls."""
    return [model for model in result.models if model.family == "quantum" and model.control is None]


def best_first(result: Result, models: Sequence[ModelRecord]) -> list[ModelRecord]:
    """``models`` by the mean of the first metric, best first; equal ones in the order of the file."""
    metric = first_metric(result)
    return sorted(models, key=lambda model: -metric.gain(mean_of(result, model)))


def best_of(models: Sequence[ModelRecord], family: str, metric: Metric) -> ModelRecord | None:
    """The contender of ``family`` with the best mean over folds, the first of equal ones; or None."""
    own = [model for model in models if model.family == family and model.control in (None, "rbf")]
    return max(own, key=lambda model: metric.gain(model.summary[metric.name].mean), default=None)


def with_controls(result: Result) -> list[tuple[ModelRecord, bool]]:
    """Models best first, each followed by the controls that were run for it; True marks a control."""
    rows: list[tuple[ModelRecord, bool]] = []
    for model in best_first(result, [model for model in result.models if model.control is None]):
        rows.append((model, False))
        rows += [(one, True) for one in result.models if one.control_of == model.name]
    return rows


def beside(result: Result, model: ModelRecord, control: str) -> ModelRecord | None:
    """What stands beside a quantum model: its own control, or an RBF kernel on the same features.

    An RBF kernel that the file runs anyway, or that another model brought, is not run again.
    """
    own = result.control(model.name, control)
    if own is not None or control != "rbf":
        return own
    return rbf_beside(result.models, model)


def rbf_beside(models: Sequence[ModelRecord], model: ModelRecord) -> ModelRecord | None:
    """The RBF kernel on the features of ``model``: a control, or a model of the file; None without one."""
    same = (m for m in models if m.model in RBF_MODELS.values() and m.features == model.features)
    return next(same, None)


def seconds_per_thousand(result: Result, model: ModelRecord) -> float:
    """Wall time of 1,000 predictions, measured over all folds; features of the test part are not in it."""
    predicted = sum(len(split.test) for split in fold_splits(result))
    return 1000 * sum(fold.predict_seconds for fold in model.folds) / max(predicted, 1)


def choices(model: ModelRecord) -> list[tuple[dict[str, Any], int, float]]:
    """Everything that tuning tried: configuration, folds that chose it, its mean inner score over all folds.

    In the order they were tried.
    """
    order: list[str] = []
    found: dict[str, tuple[dict[str, Any], list[float]]] = {}
    for fold in model.folds:
        for one in fold.tried:
            key = repr(sorted(one.configuration.items()))
            if key not in found:
                order.append(key)
                found[key] = (dict(one.configuration), [])
            found[key][1].append(one.score)
    chosen = [repr(sorted(fold.configuration.items())) for fold in model.folds]
    return [(found[key][0], chosen.count(key), sum(found[key][1]) / len(found[key][1])) for key in order]
