"""One model on one split: tune and fit on the training part, predict the test part, score."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import QsetuError
from qsetu.core.seeds import derive_seed, generator
from qsetu.experiments.data import ExperimentData
from qsetu.experiments.entrants import Entrant
from qsetu.experiments.features import Features, Made
from qsetu.experiments.metrics import METRICS, Metric, Prediction, compute_scores
from qsetu.experiments.models import Build
from qsetu.experiments.record import CurvePoint, FoldRecord, TriedRecord, WarningRecord
from qsetu.experiments.splits import Split, inner_splits, share_of

__all__ = ["Bench", "FitError", "evaluate", "first_of_best"]

# Tuning scores nearer than this are equal: one sample more or less moves a score by far more.
TIE = 1e-9

Configuration = Mapping[str, Any]


class FitError(QsetuError, RuntimeError):
    """A model could not be fitted with a configuration; the message says which."""


@dataclass(frozen=True, eq=False)
class Bench:
    """What all models of a run share.

    Attributes:
        data: The samples.
        features: Makes features, and remembers them.
        metrics: Names of the scores; the first tunes.
        inner_folds: How many folds tune.
        curve: Shares of the training part for learning curves.
        seed: Of the run.
        engine: What simulates.
    """

    data: ExperimentData
    features: Features
    metrics: Sequence[str]
    inner_folds: int
    curve: Sequence[float]
    seed: int
    engine: str


def evaluate(bench: Bench, entrant: Entrant, split: Split) -> FoldRecord:
    """Tune, fit, predict and score one model on one split.

    Nothing of the test part reaches a fit: features, tuning and the model see the training part alone. An
    error in a fit ends the run, as a failed configuration that silently scored zero would make budgets
    unequal.

    Args:
        bench: What all models share.
        entrant: The model or control.
        split: The outer fold, or the held-out part.

    Returns:
        Scores, everything that was tried, timings, and the warnings, which are counted and not shown.
    """
    seed = derive_seed(bench.seed, "model", entrant.entry.name, split.kind, split.repeat, split.fold)
    y = bench.data.y.copy()
    if entrant.control == "permutation":
        # The one change: which label belongs to which training sample. Test labels stay.
        y[split.train] = generator(seed, "permutation").permutation(y[split.train])
    cpu = time.process_time()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitting = _Fitting(bench, entrant, seed, y)
        tried = fitting.tune(inner_splits(bench.data, split, bench.inner_folds, bench.seed))
        metric = METRICS[bench.metrics[0]]
        best = first_of_best([metric.gain(one.score) for one in tried])
        chosen = entrant.configurations[best]
        found = fitting.learn(chosen, split.train, split.test)
        spent = time.process_time() - cpu
        curve = [] if entrant.control else fitting.curve(chosen, split)
    return FoldRecord(
        kind=split.kind,
        repeat=split.repeat,
        fold=split.fold,
        seed=seed,
        scores=found.scores,
        configuration=dict(chosen),
        tuning_score=tried[best].score,
        tried=tried,
        curve=curve,
        feature_seconds=round(fitting.feature_seconds, 4),
        tune_seconds=round(sum(one.seconds for one in tried), 4),
        fit_seconds=round(found.fit_seconds, 4),
        predict_seconds=round(found.predict_seconds, 4),
        cpu_seconds=round(spent, 4),
        predicted=[] if bench.data.task == "network" else found.prediction.values.tolist(),
        edges=found.edges,
        label_scores=_kept_scores(metric, split, found.prediction),
        warnings=[
            WarningRecord(category=category, message=message, count=count)
            for (category, message), count in sorted(Counter(map(_describe, caught)).items())
        ],
    )


@dataclass(frozen=True, eq=False)
class _Found:
    prediction: Prediction
    scores: dict[str, float]
    fit_seconds: float
    predict_seconds: float
    edges: list[list[float]] | None


def first_of_best(gains: Sequence[float]) -> int:
    """Place of the largest, and of those that differ from it by rounding alone the first.

    Settings that scale every prediction alike have the same correlation with the truth but for the last bits:
    those would decide, and they differ between processors.
    """
    found = np.asarray(gains)
    return int(np.flatnonzero(found >= found.max() - TIE)[0])


class _Fitting:
    """The same steps for tuning, the final fit and the learning curve."""

    def __init__(self, bench: Bench, entrant: Entrant, seed: int, y: NDArray[Any]) -> None:
        self.bench, self.entrant, self.seed, self.y = bench, entrant, seed, y
        self.feature_seconds = 0.0

    def tune(self, folds: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> list[TriedRecord]:
        """The mean score of every configuration over the inner folds."""
        choices = self.entrant.configurations
        scores, seconds = np.zeros((len(folds), len(choices))), np.zeros(len(choices))
        metric = self.bench.metrics[0]
        for i, (train, test) in enumerate(folds):
            for j, choice in enumerate(choices):
                # Labels of the inner test part are permuted, too, where the training labels are.
                found = self.learn(choice, train, test, truth=self.y[test], metrics=(metric,))
                scores[i, j] = found.scores[metric]
                seconds[j] += found.fit_seconds + found.predict_seconds
        return [
            TriedRecord(configuration=dict(choice), score=float(score), seconds=round(float(spent), 4))
            for choice, score, spent in zip(choices, scores.mean(axis=0), seconds, strict=True)
        ]

    def learn(
        self,
        choice: Configuration,
        train: NDArray[np.int64],
        test: NDArray[np.int64],
        truth: NDArray[Any] | None = None,
        metrics: Sequence[str] | None = None,
    ) -> _Found:
        """Fit on ``train`` and score on ``test``."""
        data = self.bench.data
        made = self.bench.features.make(self.entrant.features, train, test, self.y[train])
        self.feature_seconds += made.seconds
        fresh = self._fresh(choice, made)
        start = time.perf_counter()
        try:
            predict = _FIT[data.task](fresh, made, self.y[train], len(data.labels), self._shuffle)
            fitted = time.perf_counter()
            prediction = predict(made.test)
        except (ValueError, ArithmeticError, RuntimeError) as error:
            raise FitError(
                f"{self.entrant.name} failed with {dict(choice)} on {len(train)} training samples: "
                f"{type(error).__name__}: {error} Nothing is skipped, as budgets must stay equal: change its "
                "settings or its space, or leave it out with --set 'sizes.SIZE.skip=[...]'."
            ) from error
        done = time.perf_counter()
        truth = data.y[test] if truth is None else truth
        return _Found(
            prediction,
            compute_scores(
                metrics or self.bench.metrics, made.test if data.task == "network" else truth, prediction
            ),
            fitted - start,
            done - fitted,
            _edges(fresh),
        )

    def curve(self, choice: Configuration, split: Split) -> list[CurvePoint]:
        """Scores after learning from parts of the training samples, without tuning again."""
        points = []
        for share in self.bench.curve:
            rows = share_of(self.bench.data, split.train, share, derive_seed(self.seed, "curve"))
            if rows is None or len(rows) <= self._fewest():
                continue
            found = self.learn(choice, rows, split.test)
            points.append(CurvePoint(share=share, num_train=len(rows), scores=found.scores))
        return points

    def _fresh(self, choice: Configuration, made: Made) -> Any:
        shape: tuple[int, ...] = getattr(made.train, "shape", ())
        context = self.bench.data.context
        build = Build(
            seed=self.seed,
            engine=self.bench.engine,
            num_features=shape[1] if len(shape) == 2 else 0,
            alphabet=context.alphabet or "DNA",
            ploidy=context.ploidy,
        )
        return self.entrant.build(choice, build)

    def _shuffle(self, states: NDArray[Any]) -> NDArray[Any]:
        """Networks have no labels: their permutation control breaks the ties between genes."""
        if self.entrant.control != "permutation":
            return states
        random = generator(self.seed, "shuffle")
        return np.stack([random.permutation(column) for column in states.T], axis=1)

    def _fewest(self) -> int:
        """Samples that the widest step needs: no more components than samples."""
        return max([2, *(int(step.get("components", 0)) for step in self.entrant.steps)])


def _fit_classifier(estimator: Any, made: Made, y: NDArray[Any], num_labels: int, shuffle: Any) -> Any:
    estimator.fit(made.train, y)

    def predict(X: Any) -> Prediction:
        return Prediction(np.asarray(estimator.predict(X)), _label_scores(estimator, X, num_labels))

    return predict


def _fit_regressor(estimator: Any, made: Made, y: NDArray[Any], num_labels: int, shuffle: Any) -> Any:
    # In units of the training targets, for every model: kernel ridge knows no intercept.
    center, width = float(y.mean()), float(y.std()) or 1.0
    estimator.fit(made.train, (y - center) / width)

    def predict(X: Any) -> Prediction:
        return Prediction(np.asarray(estimator.predict(X), dtype=np.float64).ravel() * width + center)

    return predict


def _fit_network(estimator: Any, made: Made, y: NDArray[Any], num_labels: int, shuffle: Any) -> Any:
    estimator.fit(shuffle(made.train))

    def predict(X: Any) -> Prediction:
        return Prediction(np.asarray(estimator.conditionals(X), dtype=np.float64))

    return predict


_FIT = {"classification": _fit_classifier, "regression": _fit_regressor, "network": _fit_network}


def _label_scores(estimator: Any, X: Any, num_labels: int) -> NDArray[np.float64] | None:
    """What the model gives each label, ``(N, K)``; labels it has not met get the least."""
    method = "predict_proba" if hasattr(estimator, "predict_proba") else "decision_function"
    if not hasattr(estimator, method):
        return None
    given = np.asarray(getattr(estimator, method)(X), dtype=np.float64)
    if given.ndim == 1:
        given = np.stack([-given, given], axis=1)
    classes = np.asarray(estimator.classes_, dtype=np.int64)
    if given.shape[1] != len(classes):  # one-against-one values: no score of a label
        return None
    scores = np.full((len(given), num_labels), given.min() - 1.0 if given.size else 0.0)
    scores[:, classes] = given
    return scores


def _kept_scores(metric: Metric, split: Split, prediction: Prediction) -> list[list[float]] | None:
    """Of the held-out part, which gets an interval by scoring resamples of it."""
    if split.kind != "holdout" or not metric.reads_scores or prediction.scores is None:
        return None
    return [[float(value) for value in row] for row in prediction.scores]


def _edges(estimator: Any) -> list[list[float]] | None:
    edges = getattr(estimator, "edges_", None)
    return None if edges is None else np.asarray(edges, dtype=np.float64).round(6).tolist()


def _describe(warning: warnings.WarningMessage) -> tuple[str, str]:
    return warning.category.__name__, " ".join(str(warning.message).split())[:200]
