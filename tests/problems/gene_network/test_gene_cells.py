"""The lymphoblastoid cells of the paper that proposed the circuit."""

from __future__ import annotations

import os

import numpy as np
import pytest

from qsetu.genomics import load_dataset
from qsetu.problems.gene_network import (
    ChowLiuTree,
    CorrelationNetwork,
    EmpiricalStates,
    ForestNetwork,
    IndependentGenes,
    PairwiseIsing,
    PIDCNetwork,
    QuantumGeneNetwork,
    cross_validate_networks,
    edge_stability,
    shuffled,
    total_variation,
)

pytestmark = pytest.mark.skipif(
    not os.environ.get("QSETU_DATA"), reason="QSETU_DATA is not set: no data files"
)


@pytest.fixture(scope="module")
def cells():
    return load_dataset("quantumgrn-lcl/raw").values > 0


@pytest.fixture(scope="module")
def scores(cells):
    models = {
        "apart": IndependentGenes(),
        "twin": QuantumGeneNetwork(entangled=False, random_state=0),
        "tree": ChowLiuTree(),
        "pairs": PairwiseIsing(),
        "circuit": QuantumGeneNetwork(random_state=0),
        "free": QuantumGeneNetwork(penalty=0.0, random_state=0),
        "forest": ForestNetwork(trees=30, random_state=0),
        "logistic": CorrelationNetwork(),
        "pidc": PIDCNetwork(),
        "sample": EmpiricalStates(),
    }
    return cross_validate_networks(models, cells, folds=3)


def test_what_each_method_knows_of_cells_held_out(scores):
    score = {name: s.pseudo_likelihood.mean() for name, s in scores.items() if name != "pidc"}
    assert score["twin"] == pytest.approx(score["apart"], abs=1e-6)
    assert score["apart"] + 0.005 < score["tree"] < score["pairs"] - 0.003
    # An Ising model's conditionals are logistic regressions: two fits of one family.
    assert score["pairs"] == pytest.approx(score["logistic"], abs=2e-4)
    for name in ("circuit", "free", "forest", "sample"):
        assert score[name] == pytest.approx(score["pairs"], abs=2e-3)
    assert scores["circuit"].log_likelihood.mean() > scores["pairs"].log_likelihood.mean()


def test_edges_are_stable_where_they_are_told(scores):
    for name in ("pairs", "logistic", "pidc", "forest"):
        assert scores[name].stability > 0.9
    assert scores["free"].stability < scores["circuit"].stability


def test_shuffled_cells_have_nothing_to_find(cells):
    mixed = shuffled(cells, 0)
    apart = IndependentGenes().fit(mixed)
    for model in (QuantumGeneNetwork(random_state=0), PairwiseIsing(), ChowLiuTree()):
        gap = total_variation(model.fit(mixed).distribution_, apart.distribution_)
        assert (
            gap
            < 0.03
            < total_variation(model.fit(cells).distribution_, IndependentGenes().fit(cells).distribution_)
        )


def test_residuals_are_cells_too():
    values = load_dataset("quantumgrn-lcl/pearson-residuals").values
    model = QuantumGeneNetwork(binarize=0.0, max_iter=50, random_state=0).fit(values)
    assert model.distribution_.shape == (64,) and model.loss_curve_[-1] < 0.5 * model.loss_curve_[0]
    assert edge_stability([model.edges_, model.edges_]) == 1
    assert np.isfinite(model.score(values))
