"""The built-in experiment, small enough for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from qsetu.experiments import ExperimentSpec, load_spec
from qsetu.genomics import ExpressionDataset, load_dataset

STEPS = [
    {"step": "select", "keep": 20},
    {"step": "standardize"},
    {"step": "pca", "components": 3},
    {"step": "standardize"},
]


def small_cells() -> ExpressionDataset:
    """30 cells of each of three types, 60 genes."""
    full = load_dataset("pbmc68k-reduced")
    names = ("Dendritic", "CD19+ B", "CD14+ Monocyte")
    rows = np.concatenate([np.flatnonzero(full.labels == name)[:30] for name in names])
    few = full.take(rows)
    return replace(few, values=few.values[:, :60], gene_names=few.gene_names[:60])


def small_spec(models: Any = None, controls: Any = (), **changes: Any) -> ExperimentSpec:
    """The built-in experiment with 3 components, 2 x 2 folds, 2 configurations and short training.

    Args:
        models: Names of models to keep, or tables of them; None for all.
        controls: Controls to run; none unless asked for.
        changes: Other tables.
    """
    data = load_spec("pbmc-cell-types").model_dump(mode="json")
    data["features"] = {"components": {"steps": STEPS}}
    data["evaluation"]["controls"] = list(controls)
    if models is not None:
        data["models"] = (
            models if isinstance(models, dict) else {name: data["models"][name] for name in models}
        )
    settings = {
        "variational-classifier": {"epochs": 1},
        "random-forest": {"trees": 10},
        "gradient-boosting": {"iterations": 10},
    }
    size = {
        "outer_folds": 2,
        "repeats": 1,
        "inner_folds": 2,
        "configurations": 2,
        "preflight": False,
        "settings": {name: table for name, table in settings.items() if name in data["models"]},
    }
    data["sizes"] = {"default": size, "quick": size}
    return ExperimentSpec.model_validate({**data, **changes})


def numbers(result: Any) -> list[Any]:
    """Everything that must repeat: all but times."""
    return [
        (
            model.name,
            fold.scores,
            fold.configuration,
            fold.tuning_score,
            [tried.score for tried in fold.tried],
            [point.scores for point in fold.curve],
            fold.predicted,
            fold.seed,
        )
        for model in result.models
        for fold in [*model.folds, *([model.holdout] if model.holdout else [])]
    ]
