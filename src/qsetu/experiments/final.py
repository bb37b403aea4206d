"""A model of an experiment, fitted on all its samples: features, estimator and labels in one object."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError
from qsetu.core.seeds import derive_seed
from qsetu.experiments.diagnose import most_chosen
from qsetu.experiments.entrants import Entrant
from qsetu.experiments.jobs import Plan
from qsetu.experiments.models import Build
from qsetu.experiments.record import ModelRecord
from qsetu.experiments.steps import build_steps

__all__ = ["FinalModel", "fit_final"]


@dataclass(frozen=True, eq=False)
class FinalModel:
    """What predicts labels or numbers of new samples.

    It has no score of its own: what it is worth is what the folds of its experiment say.

    Attributes:
        pipeline: A fitted scikit-learn pipeline, features first.
        labels: Names by label number; empty for regression.
        center: Of the training targets; predictions of regression are ``pipeline * width + center``.
        width: Standard deviation of the training targets.
    """

    pipeline: Any
    labels: tuple[str, ...]
    center: float = 0.0
    width: float = 1.0

    def predict(self, X: Any) -> NDArray[Any]:
        """Labels (text) or numbers ``(N,)`` of samples ``(N, ...)``, given as the dataset gives them."""
        found = np.asarray(self.pipeline.predict(np.asarray(X)))
        if self.labels:
            return np.asarray(self.labels)[found.astype(np.int64)]
        return np.asarray(found, dtype=np.float64).ravel() * self.width + self.center


def fit_final(plan: Plan, entrant: Entrant, record: ModelRecord) -> FinalModel:
    """Fit ``entrant`` on all samples of ``plan``, with the configuration that most folds chose.

    Args:
        plan: The run.
        entrant: One of its models.
        record: What its folds said.

    Raises:
        ArgumentError: A permutation control, or a model of networks: neither predicts anything of use.
    """
    data = plan.data
    if entrant.control == "permutation" or data.task == "network":
        raise ArgumentError("register", "must name a model that predicts labels or numbers", entrant.name)
    steps: Sequence[Any] = []
    X, y = data.X, data.y
    center, width = 0.0, 1.0
    if data.task == "regression":  # as in folds: in units of the training targets
        center, width = float(y.mean()), float(y.std()) or 1.0
        y = (y - center) / width
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the same kinds as in folds, which keep count of them
        if entrant.steps:
            features = build_steps(entrant.steps, data.context)
            X = np.ascontiguousarray(features.fit_transform(X, data.y), dtype=np.float64)
            steps = features.steps
        shape: tuple[int, ...] = getattr(X, "shape", ())
        build = Build(
            seed=derive_seed(plan.seed, "model", entrant.entry.name, "final"),
            engine=plan.spec.engine,
            num_features=shape[1] if len(shape) == 2 else 0,
            alphabet=data.context.alphabet or "DNA",
            ploidy=data.context.ploidy,
        )
        records = [*record.folds, *([record.holdout] if record.holdout else [])]
        estimator = entrant.build(most_chosen(records), build)
        estimator.fit(X, y)
    from sklearn.pipeline import Pipeline

    labels = tuple(data.labels) if data.task == "classification" else ()
    return FinalModel(Pipeline([*steps, ("model", estimator)]), labels, center, width)
