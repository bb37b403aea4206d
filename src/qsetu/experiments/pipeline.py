"""The one pipeline: every fitted step sits inside the fold, and is the same for every model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from qsetu.core.seeds import derive_seed
from qsetu.experiments.metrics import METRICS
from qsetu.experiments.models import MODELS
from qsetu.experiments.spec import ExperimentSpec
from qsetu.experiments.splits import Split

__all__ = ["build_search", "candidates", "model_seed"]


def model_seed(seed: int, model: str, split: Split) -> int:
    """The seed of one model in one outer fold."""
    return derive_seed(seed, "model", model, split.repeat, split.fold)


def candidates(spec: ExperimentSpec, size: str, model: str) -> tuple[dict[str, Any], ...]:
    """The configurations that tuning tries, in order, under the names of the experiment file."""
    return tuple(dict(c) for c in spec.models[model].configurations[: spec.sizes[size].configurations])


def build_search(spec: ExperimentSpec, size: str, model: str, seed: int, split: Split) -> GridSearchCV:
    """Features and model in one pipeline, tuned by cross-validation inside the training part.

    The winner is refitted on the whole training part. An error in a fit stops the search: a
    failed configuration that silently scored zero would make the budgets unequal.
    """
    entry, features, plan = MODELS[model], spec.features, spec.sizes[size]
    estimator = entry.build(
        model_seed(seed, model, split),
        spec.engine,
        spec.model_settings(model, size),
        features.components,
    )
    steps: Sequence[tuple[str, Any]] = (
        ("select", SelectKBest(_anova, k=features.select)),
        ("scale", StandardScaler()),
        # Exact: the randomized solver that PCA would choose here draws random numbers for 8 components.
        ("reduce", PCA(features.components, svd_solver="full")),
        ("rescale", StandardScaler()),
        ("model", estimator),
    )
    grid = [
        {f"model__{path}": [value] for path, value in entry.translate(choice, features.components).items()}
        for choice in candidates(spec, size, model)
    ]
    # The same inner folds for every model, as the outer ones.
    inner = StratifiedKFold(
        plan.inner_folds,
        shuffle=True,
        random_state=derive_seed(seed, "inner", split.repeat, split.fold),
    )
    scoring = METRICS[spec.evaluation.metrics[0]].scorer
    return GridSearchCV(Pipeline(list(steps)), grid, scoring=scoring, cv=inner, error_score="raise")


def _anova(X: NDArray[np.float64], y: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """ANOVA F values and p values, each ``(G,)``; a gene that does not vary carries no information: F = 0."""
    varying = np.ptp(X, axis=0) > 0
    scores, p_values = np.zeros(X.shape[1]), np.ones(X.shape[1])
    scores[varying], p_values[varying] = f_classif(X[:, varying], y)
    return scores, p_values
