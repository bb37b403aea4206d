"""The roster of scores: what each means, its bounds, and for which task it is.

Written out with NumPy, as scikit-learn's check their input for a millisecond or more: tuning asks hundreds of
times, a bootstrap thousands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["METRICS", "Metric", "Prediction", "Task", "compute_scores", "metrics_of"]

Task = Literal["classification", "regression", "network"]


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a fitted model says of N samples.

    Attributes:
        values: Label numbers int64 ``(N,)``, or predicted numbers float64 ``(N,)``.
        scores: Of each label, float64 ``(N, K)``, larger is likelier; None where the model has none.
    """

    values: NDArray[Any]
    scores: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Metric:
    """One score of predictions against the truth; higher is better unless said otherwise.

    Attributes:
        name: Name in experiment files and results.
        title: Name for people.
        task: "classification", "regression" or "network".
        compute: ``(truth (N,), prediction) -> score``.
        low: Smallest possible value; None for no bound.
        high: Largest possible value; None for no bound.
        higher_is_better: Whether tuning looks for large values.
        reads_scores: Whether it reads the scores of labels, beyond which of them is predicted.
        chance: ``number of labels -> score of guessing``; None where guessing has no fixed score.
        note: What to know when reading it.
    """

    name: str
    title: str
    task: Task
    compute: Callable[[NDArray[Any], Prediction], float]
    low: float | None = 0.0
    high: float | None = 1.0
    higher_is_better: bool = True
    reads_scores: bool = False
    chance: Callable[[int], float] | None = None
    note: str = ""

    def gain(self, score: float) -> float:
        """``score``, or its negative where lower is better: what tuning maximizes."""
        return score if self.higher_is_better else -score


def metrics_of(task: str) -> dict[str, Metric]:
    """The metrics of a task, by name."""
    return {name: metric for name, metric in METRICS.items() if metric.task == task}


def compute_scores(names: Any, truth: NDArray[Any], prediction: Prediction) -> dict[str, float]:
    """The score of each metric in ``names``."""
    return {name: float(METRICS[name].compute(truth, prediction)) for name in names}


def _balanced_accuracy(true: NDArray[Any], predicted: Prediction) -> float:
    # The mean recall over the labels that occur; unlike scikit-learn's balanced_accuracy_score it has
    # nothing to say about a predicted label that does not.
    _, place, counts = np.unique(true, return_inverse=True, return_counts=True)
    return float((np.bincount(place, weights=true == predicted.values) / counts).mean())


def _accuracy(true: NDArray[Any], predicted: Prediction) -> float:
    return float((true == predicted.values).mean())


def _macro_f1(true: NDArray[Any], predicted: Prediction) -> float:
    counts = _counts(true, predicted.values)
    return float((2 * np.diag(counts) / (counts.sum(0) + counts.sum(1))).mean())


def _matthews(true: NDArray[Any], predicted: Prediction) -> float:
    counts = _counts(true, predicted.values)
    said, real, total = counts.sum(0), counts.sum(1), counts.sum()
    spread = (total**2 - said @ said) * (total**2 - real @ real)
    return float((np.trace(counts) * total - said @ real) / np.sqrt(spread)) if spread else 0.0


def _counts(true: NDArray[Any], values: NDArray[Any]) -> NDArray[np.float64]:
    """How often which label (row) is taken for which (column), of the labels that occur on either side."""
    labels, place = np.unique(np.concatenate([true, values]), return_inverse=True)
    pairs = place[: len(true)] * len(labels) + place[len(true) :]
    counts = np.bincount(pairs, minlength=len(labels) ** 2).astype(np.float64)
    return counts.reshape(len(labels), len(labels))


def _roc_auc(true: NDArray[Any], predicted: Prediction) -> float:
    """The mean over labels that occur, and are not alone, of each one's area against the rest."""
    from scipy.stats import rankdata

    scores = predicted.scores
    if scores is None:
        scores = np.eye(int(max(true.max(), predicted.values.max())) + 1)[predicted.values]
    present = [label for label in range(scores.shape[1]) if 0 < (true == label).sum() < len(true)]
    if not present:
        return 0.5  # one label only: nothing to order
    areas = []
    for label in present:
        own = true == label
        count = int(own.sum())
        above = (
            rankdata(scores[:, label])[own].sum() - count * (count + 1) / 2
        )  # pairs in order (Mann-Whitney)
        areas.append(above / (count * (len(true) - count)))
    return float(np.mean(areas))


def _pearson(true: NDArray[Any], predicted: Prediction) -> float:
    if np.ptp(true) == 0 or np.ptp(predicted.values) == 0:
        return 0.0  # a constant tells nothing about the order
    return float(np.clip(np.corrcoef(true, predicted.values)[0, 1], -1, 1))


def _spearman(true: NDArray[Any], predicted: Prediction) -> float:
    from scipy.stats import rankdata

    return _pearson(rankdata(true), Prediction(rankdata(predicted.values)))


def _r2(true: NDArray[Any], predicted: Prediction) -> float:
    around = float(((true - true.mean()) ** 2).sum())
    off = float(((true - predicted.values) ** 2).sum())
    if around == 0:
        return 0.0 if off else 1.0  # as scikit-learn has it
    return 1 - off / around


def _rmse(true: NDArray[Any], predicted: Prediction) -> float:
    return float(np.sqrt(np.mean((true - predicted.values) ** 2)))


def _pseudo_likelihood(true: NDArray[Any], predicted: Prediction) -> float:
    """Geometric mean of the probability that was given to each true state."""
    given = np.where(true > 0, predicted.values, 1 - predicted.values)
    return float(np.exp(np.mean(np.log(np.clip(given, 1e-12, 1)))))


def _state_accuracy(true: NDArray[Any], predicted: Prediction) -> float:
    return float(np.mean((predicted.values > 0.5) == (true > 0)))


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "balanced_accuracy",
            "Balanced accuracy",
            "classification",
            _balanced_accuracy,
            chance=lambda labels: 1 / labels,
            note="mean over labels of the share that was recognized",
        ),
        Metric("accuracy", "Accuracy", "classification", _accuracy, note="share of right predictions"),
        Metric("macro_f1", "Macro F1", "classification", _macro_f1, note="mean over labels of the F1 score"),
        Metric(
            "roc_auc",
            "ROC AUC",
            "classification",
            _roc_auc,
            reads_scores=True,
            chance=lambda labels: 0.5,
            note="mean over labels of the chance that a sample with it ranks above one without",
        ),
        Metric(
            "mcc",
            "Matthews correlation",
            "classification",
            _matthews,
            low=-1.0,
            chance=lambda labels: 0.0,
            note="correlation of true and predicted labels",
        ),
        Metric(
            "pearson",
            "Predictive ability r",
            "regression",
            _pearson,
            low=-1.0,
            chance=lambda labels: 0.0,
            note="Pearson correlation of measured and predicted values; 0 for a constant prediction",
        ),
        Metric(
            "spearman",
            "Spearman correlation",
            "regression",
            _spearman,
            low=-1.0,
            chance=lambda labels: 0.0,
            note="correlation of ranks",
        ),
        Metric("r2", "R squared", "regression", _r2, low=None, note="1 - squared error over variance"),
        Metric(
            "rmse",
            "Root mean squared error",
            "regression",
            _rmse,
            high=None,
            higher_is_better=False,
            note="in the unit of the target; lower is better",
        ),
        Metric(
            "pseudo_likelihood",
            "Pseudo-likelihood",
            "network",
            _pseudo_likelihood,
            note="geometric mean of the probability given to each gene's true state, knowing the others",
        ),
        Metric(
            "state_accuracy",
            "State accuracy",
            "network",
            _state_accuracy,
            note="share of gene states told right from the other genes of the cell",
        ),
    )
}
