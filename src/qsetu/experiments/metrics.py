"""The roster of scores. All are higher-is-better and lie in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = ["METRICS", "Metric"]


@dataclass(frozen=True)
class Metric:
    """One score of predictions against the truth.

    Attributes:
        name: Name in experiment files and results.
        title: Name for people.
        scorer: scikit-learn's name for the same score, used when tuning.
        compute: ``(true labels (N,), predicted labels (N,)) -> score``.
    """

    name: str
    title: str
    scorer: str
    compute: Callable[[NDArray[Any], NDArray[Any]], float]


def _balanced_accuracy(true: NDArray[Any], predicted: NDArray[Any]) -> float:
    from sklearn.metrics import recall_score

    # The mean recall over the labels that occur; unlike balanced_accuracy_score it has nothing to
    # say about a predicted label that does not.
    return float(recall_score(true, predicted, labels=sorted(set(true)), average="macro", zero_division=0))


def _accuracy(true: NDArray[Any], predicted: NDArray[Any]) -> float:
    return float((true == predicted).mean())


def _macro_f1(true: NDArray[Any], predicted: NDArray[Any]) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(true, predicted, average="macro", zero_division=0))


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("balanced_accuracy", "Balanced accuracy", "balanced_accuracy", _balanced_accuracy),
        Metric("accuracy", "Accuracy", "accuracy", _accuracy),
        Metric("macro_f1", "Macro F1", "f1_macro", _macro_f1),
    )
}
