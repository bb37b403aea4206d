"""How results are put into words: numbers, folds, samples, controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qsetu.experiments.metrics import METRICS
from qsetu.experiments.reading import fold_splits, plan_of, spec_of
from qsetu.experiments.record import HoldoutInterval, ModelRecord, Result, Summary

__all__ = [
    "Nouns",
    "confidence_words",
    "control_words",
    "duration",
    "fold_words",
    "inline",
    "interval",
    "nouns",
    "number",
    "p_value",
    "row_title",
    "score",
    "settings_words",
]

# Of people, in titles of metrics.
_NAMES = ("Matthews", "Pearson", "Spearman")


@dataclass(frozen=True)
class Nouns:
    """What the samples and features of the data are called, in the plural.

    Attributes:
        samples: Such as "cells".
        features: Such as "genes".
    """

    samples: str
    features: str


def nouns(result: Result) -> Nouns:
    """The words of the dataset's card; "samples" and "features" where it has none."""
    card = result.dataset.card or {}
    usual = {"expression": "genes", "genotypes": "variants", "sequences": "positions"}
    samples, features = card.get("samples"), card.get("features")
    return Nouns(str(samples or "samples"), str(features or usual[result.dataset.kind]))


def score(metric: str, value: float) -> str:
    """A score as text: three decimals, or four digits where a metric has no bounds."""
    entry = METRICS[metric]
    if entry.low is not None and entry.high is not None:
        return f"{value:.3f}"
    return f"{value:.4g}"


def interval(metric: str, summary: Summary | HoldoutInterval) -> str:
    """The two ends of an interval."""
    return f"{score(metric, summary.low)} to {score(metric, summary.high)}"


def p_value(p: float | None) -> str:
    """A p-value: three decimals, and never 0."""
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def confidence_words(result: Result) -> str:
    """Such as "95 %"."""
    return f"{100 * float(spec_of(result)['evaluation']['confidence']):g} %"


def fold_words(result: Result) -> str:
    """Such as "5 outer folds" or "10 outer folds (5, repeated 2 times)"."""
    count, plan = len(fold_splits(result)), plan_of(result)
    if spec_of(result)["split"]["method"] == "leave-one-group-out":
        return f"{count} outer folds, each one group"
    if plan["repeats"] > 1:
        return f"{count} outer folds ({plan['outer_folds']}, repeated {plan['repeats']} times)"
    return f"{count} outer folds"


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 0.0995:
        return f"{1000 * seconds:.2g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"


def number(value: float) -> str:
    """A number with thousands apart."""
    return f"{value:,}"


def inline(title: str) -> str:
    """A metric's title inside a sentence: "Balanced accuracy" loses its capital, "ROC AUC" does not."""
    first = title.split(" ", 1)[0]
    return title if first.isupper() or first in _NAMES else title[:1].lower() + title[1:]


def settings_words(values: Mapping[str, Any]) -> str:
    """Settings on one line."""
    return ", ".join(f"{name} = {_value(value)}" for name, value in values.items())


def control_words(result: Result) -> dict[str, str]:
    """What controls are called. A network has no labels to permute: its columns are shuffled instead."""
    shuffled = f"{nouns(result).features} shuffled" if result.task == "network" else "labels permuted"
    return {
        "deentangled": "without entanglement",
        "rbf": "RBF kernel, same features",
        "permutation": shuffled,
    }


def row_title(result: Result, model: ModelRecord) -> str:
    """What a control is called beneath its model; the title of anything else."""
    if model.control == "rbf" or model.control is None:
        return model.title
    return control_words(result)[model.control]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
