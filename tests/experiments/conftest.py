"""A small experiment on a part of the real cells: seconds instead of minutes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_experiment import small_spec

from qsetu.experiments import ExperimentSpec
from qsetu.genomics import ExpressionDataset, load_dataset


@pytest.fixture(scope="session")
def cells() -> ExpressionDataset:
    """30 cells of each of three types, 60 genes."""
    full = load_dataset("pbmc68k-reduced")
    names = ("Dendritic", "CD19+ B", "CD14+ Monocyte")
    rows = np.concatenate([np.flatnonzero(full.labels == name)[:30] for name in names])
    few = full.take(rows)
    return replace(few, values=few.values[:, :60], gene_names=few.gene_names[:60])


@pytest.fixture
def spec() -> ExperimentSpec:
    return small_spec()


@pytest.fixture(scope="session")
def result(cells):
    """All models of the built-in experiment, without controls."""
    from qsetu.experiments import compute

    return compute(small_spec(), cells, seed=1)


@pytest.fixture(scope="session")
def controlled(cells):
    """Two quantum models with their controls, an RBF kernel, a learning curve and a preflight."""
    from qsetu.experiments import compute

    spec = small_spec(
        models=["fidelity-kernel-svm", "variational-classifier", "elastic-net"],
        controls=["deentangled", "rbf", "permutation"],
    )
    data = spec.model_dump(mode="json")
    data["sizes"]["default"] |= {"learning_curve": [0.5], "preflight": True}
    return compute(ExperimentSpec.model_validate(data), cells, seed=1)
