"""One model in one outer fold: tune and fit on the training part, predict the test part, score."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.experiments.metrics import METRICS
from qsetu.experiments.pipeline import build_search, candidates, model_seed
from qsetu.experiments.record import FoldRecord
from qsetu.experiments.spec import ExperimentSpec
from qsetu.experiments.splits import Split

__all__ = ["Evaluation", "evaluate_fold"]


@dataclass(frozen=True)
class Evaluation:
    """A fold's record, with what is not written down.

    Attributes:
        record: What the result keeps.
        search: The fitted ``GridSearchCV``.
        warnings: How often each ``(category, message)`` was raised.
    """

    record: FoldRecord
    search: Any
    warnings: Counter[tuple[str, str]]


def evaluate_fold(
    spec: ExperimentSpec,
    size: str,
    model: str,
    X: NDArray[np.float64],
    y: NDArray[Any],
    split: Split,
    seed: int,
) -> Evaluation:
    """Tune, fit, predict and score one model in one outer fold.

    Args:
        spec: The experiment.
        size: A size of the experiment.
        model: A model of the experiment.
        X: All samples ``(N, G)``; only the training rows reach a fit.
        y: All label numbers ``(N,)``.
        split: The outer fold.
        seed: Seed of the whole run.

    Returns:
        Scores, the chosen configuration, timings, and the warnings, which are counted and not shown.
    """
    search = build_search(spec, size, model, seed, split)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start = time.perf_counter()
        search.fit(X[split.train], y[split.train])
        fitted = time.perf_counter()
        predicted = search.predict(X[split.test])
        done = time.perf_counter()
    record = FoldRecord(
        repeat=split.repeat,
        fold=split.fold,
        seed=model_seed(seed, model, split),
        scores={name: METRICS[name].compute(y[split.test], predicted) for name in spec.evaluation.metrics},
        configuration=candidates(spec, size, model)[search.best_index_],
        tuning_score=float(search.best_score_),
        fit_seconds=round(fitted - start, 4),
        predict_seconds=round(done - fitted, 4),
        predicted=[int(label) for label in predicted],
    )
    return Evaluation(record, search, Counter(_describe(warning) for warning in caught))


def _describe(warning: warnings.WarningMessage) -> tuple[str, str]:
    return warning.category.__name__, " ".join(str(warning.message).split())[:200]
