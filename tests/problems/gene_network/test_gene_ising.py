"""The Ising model against its definition, its conditions of optimality, and planted couplings."""

from __future__ import annotations

import numpy as np
import pytest
from network_cases import cells_like, chain, frequencies, random_distribution, states_of

from qsetu.core.errors import ArgumentError
from qsetu.problems.gene_network import PairwiseIsing


def boltzmann(fields, couplings):
    """By the definition, state by state."""
    weights = []
    for state in states_of(len(fields)):
        s = [1 if x else -1 for x in state]
        pairs = [(i, j) for i in range(len(s)) for j in range(i + 1, len(s))]
        weights.append(np.exp(np.dot(fields, s) + sum(couplings[i][j] * s[i] * s[j] for i, j in pairs)))
    return np.array(weights) / sum(weights)


def moments(p):
    spins = np.array(states_of(len(p).bit_length() - 1)) * 2 - 1
    return p @ spins, (spins * p[:, None]).T @ spins


def planted(num_genes, seed):
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.normal(0, 0.5, (num_genes, num_genes)), 1)
    return rng.normal(0, 0.4, num_genes), upper + upper.T


@pytest.mark.parametrize(("num_genes", "seed"), [(2, 0), (4, 1), (6, 2)])
def test_planted_couplings_are_found(num_genes, seed):
    fields, couplings = planted(num_genes, seed)
    cells = cells_like(boltzmann(fields, couplings), 400_000)
    model = PairwiseIsing(alpha=0).fit(cells)
    np.testing.assert_allclose(model.edges_, couplings, atol=2e-3)
    np.testing.assert_allclose(model.fields_, fields, atol=2e-3)
    np.testing.assert_allclose(model.distribution_, boltzmann(model.fields_, model.edges_), atol=1e-12)


def test_means_and_correlations_are_those_of_the_data():
    cells = cells_like(random_distribution(4, 3, 0.02), 2000)
    model = PairwiseIsing(alpha=0).fit(cells)
    for found, wanted in zip(moments(model.distribution_), moments(frequencies(cells)), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-6)


@pytest.mark.parametrize("strength", [0.01, 0.3])
def test_l2_balances_the_slope(strength):
    cells = chain(300)
    model = PairwiseIsing(l2=strength).fit(cells)
    means, products = moments(model.distribution_)
    wanted_means, wanted = moments(frequencies(cells, 1.0))
    np.testing.assert_allclose(means, wanted_means, atol=1e-6)
    apart = ~np.eye(4, dtype=bool)
    np.testing.assert_allclose((wanted - products)[apart], strength * model.edges_[apart], atol=1e-6)


def test_l1_leaves_what_is_weak_at_0_and_balances_the_rest():
    cells, strength = chain(300), 0.1
    model = PairwiseIsing(l1=strength).fit(cells)
    slack = (moments(frequencies(cells, 1.0))[1] - moments(model.distribution_)[1])[np.triu_indices(4, 1)]
    edges = model.edges_[np.triu_indices(4, 1)]
    assert 0 < (edges == 0).sum() < 6
    np.testing.assert_allclose(slack[edges != 0], strength * np.sign(edges[edges != 0]), atol=1e-6)
    assert (np.abs(slack[edges == 0]) <= strength + 1e-6).all()


def test_signs_say_together_or_apart():
    edges = PairwiseIsing().fit(chain(2000)).edges_
    assert edges[0, 1] > 0.3 and edges[1, 2] < -0.3 and edges[2, 3] > 0.3
    np.testing.assert_array_equal(edges, edges.T)


def test_one_gene_has_a_field_alone():
    model = PairwiseIsing(alpha=0).fit([[1], [1], [1], [0]])
    assert model.distribution_ == pytest.approx([0.25, 0.75], abs=1e-6)
    assert model.fields_[0] == pytest.approx(0.5 * np.log(3), abs=1e-6)


@pytest.mark.parametrize("setting", [{"l1": -1}, {"l2": np.nan}, {"max_iter": 0}, {"tol": 0}], ids=str)
def test_settings_are_checked(setting):
    with pytest.raises(ArgumentError, match=f"'{next(iter(setting))}'"):
        PairwiseIsing(**setting).fit([[0, 1], [1, 0]])
