"""A small experiment on a part of the real cells: seconds instead of minutes."""

from __future__ import annotations

import pytest
from small_experiment import small_cells, small_spec

from qsetu.experiments import ExperimentSpec
from qsetu.genomics import ExpressionDataset


@pytest.fixture(scope="session")
def cells() -> ExpressionDataset:
    return small_cells()


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
