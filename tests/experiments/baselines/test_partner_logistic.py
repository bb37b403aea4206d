"""Each gene from the partners that PIDC names, against the penalized likelihood maximized by hand."""

from __future__ import annotations

import itertools
import pickle

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from qsetu.core.errors import ArgumentError
from qsetu.experiments.baselines.partners import PartnerLogistic
from qsetu.problems.gene_network import PIDCNetwork


def cells(number=200, seed=0):
    """Five genes: 1 follows 0, 2 follows 1, 4 follows 3."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 2, (number, 5))
    for follower, leader, flips in ((1, 0, 0.1), (2, 1, 0.2), (4, 3, 0.15)):
        X[:, follower] = X[:, leader] ^ (rng.random(number) < flips)
    return X


def by_hand(inputs, wanted, C, asked):
    """The minimum of ``w^2 / 2 + C sum log(1 + exp(-s (b + w x)))`` over cells, s = 1 for active, else -1."""
    sign = np.where(wanted > 0, 1, -1)

    def loss(weights):
        return weights[1:] @ weights[1:] / 2 + C * np.sum(
            np.logaddexp(0, -sign * (weights[0] + inputs @ weights[1:]))
        )

    best = minimize(loss, np.zeros(1 + inputs.shape[1]), method="BFGS", options={"gtol": 1e-8}).x
    return 1 / (1 + np.exp(-(best[0] + asked @ best[1:])))


@pytest.mark.parametrize("partners", [1, 2, 4])
@pytest.mark.parametrize("C", [0.01, 1.0])
def test_each_gene_by_logistic_regression_on_its_strongest_partners(partners, C):
    X, new = cells(), cells(seed=1)
    model = PartnerLogistic(partners, C=C).fit(X)
    edges = PIDCNetwork().fit(X).edges_
    np.testing.assert_array_equal(model.edges_, edges)
    found = model.conditionals(new)
    assert found.shape == new.shape
    for gene in range(5):
        others = sorted(set(range(5)) - {gene}, key=lambda other: -edges[gene, other])[:partners]
        expected = by_hand(X[:, others], X[:, gene], C, new[:, others])
        np.testing.assert_allclose(found[:, gene], expected, atol=2e-3)


def test_only_partners_are_looked_at():
    X, new = cells(), cells(seed=1)
    model = PartnerLogistic(1).fit(X)
    found = model.conditionals(new)
    partner = {0: 1, 1: 0, 2: 1, 3: 4, 4: 3}
    for gene, changed in itertools.product(range(5), range(5)):
        other = new.copy()
        other[:, changed] = 1 - other[:, changed]
        same = np.allclose(model.conditionals(other)[:, gene], found[:, gene], rtol=1e-12)
        assert same == (changed != partner[gene]), (gene, changed)


def test_more_partners_than_genes_are_all_others():
    X = cells()
    many, all_others = PartnerLogistic(99).fit(X), PartnerLogistic(4).fit(X)
    np.testing.assert_allclose(many.conditionals(X), all_others.conditionals(X), rtol=1e-9)


def test_partners_that_tell_as_much_are_taken_by_position():
    X = np.array(list(itertools.product([0, 1], repeat=4)))  # independent: PIDC ties nobody to anybody
    model = PartnerLogistic(2).fit(X)
    assert not model.edges_.any()
    chosen = [places.tolist() for places, _ in model.models_]
    assert chosen == [[1, 2], [0, 2], [0, 1], [0, 1]]


def test_a_cell_counts_as_often_as_it_is_there():
    X, new = cells(), cells(seed=1)
    often = PartnerLogistic(2, C=0.1).fit(np.repeat(X, 4, axis=0)).conditionals(new)
    heavy = PartnerLogistic(2, C=0.4).fit(X).conditionals(new)
    np.testing.assert_allclose(often, heavy, atol=1e-3)
    mixed = PartnerLogistic(2, C=0.4).fit(np.random.default_rng(2).permutation(X)).conditionals(new)
    np.testing.assert_allclose(mixed, heavy, rtol=1e-9)
    rare = PartnerLogistic(1).fit(np.vstack([X, np.tile([1, 1, 1, 0, 0], (600, 1))]))
    assert rare.conditionals(new)[:, 0].mean() > PartnerLogistic(1).fit(X).conditionals(new)[:, 0].mean()


def test_genes_that_never_change_are_almost_sure():
    X = cells()
    X[:, 1], X[:, 3] = 1, 0
    found = PartnerLogistic().fit(X).conditionals(cells(seed=1))
    np.testing.assert_allclose(found[:, 1], 1 - 1e-6, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found[:, 3], 1e-6, rtol=0, atol=1e-12)
    assert ((found > 0) & (found < 1)).all()


def test_fitting_changes_no_setting_and_repeats():
    X = cells()
    model = PartnerLogistic(3, C=0.5)
    with pytest.raises(NotFittedError):
        model.conditionals(X)
    assert model.fit(X, np.zeros(len(X))) is model
    assert model.get_params() == {"partners": 3, "C": 0.5} and model.n_features_in_ == 5
    for other in (clone(model).fit(X), pickle.loads(pickle.dumps(model))):
        np.testing.assert_allclose(other.conditionals(X), model.conditionals(X), rtol=1e-9)
    np.testing.assert_array_equal(model.conditionals(X.astype(bool)), model.conditionals(X))
    assert model.fit(X[:, :3]).conditionals(X[:, :3]).shape == (200, 3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"partners": 0}, "'partners' must be an integer of at least 1"),
        ({"partners": 1.5}, "'partners' must be an integer"),
        ({"C": 0.0}, "'C' must be a finite real number above 0"),
        ({"C": np.nan}, "'C' must be"),
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ArgumentError, match=message):
        PartnerLogistic(**settings).fit(cells())


def test_cells_that_are_not_of_zeros_and_ones_are_refused_in_training_and_after_it():
    X = cells()
    model = PartnerLogistic().fit(X)
    for ask in (PartnerLogistic().fit, model.conditionals):
        with pytest.raises(ArgumentError, match=r"'X' must hold only 0 and 1; got 2\.0.*\"active\""):
            ask(2 * X)
        with pytest.raises(ValueError, match="NaN"):
            ask(np.where(X == 1, np.nan, X))
        with pytest.raises(ValueError, match="2D array"):
            ask(X[0])
    with pytest.raises(ValueError, match="minimum of 2 is required"):
        PartnerLogistic().fit(X[:, :1])


@pytest.mark.parametrize("genes", [4, 6])
def test_cells_of_other_genes_than_in_training_are_refused(genes):
    model = PartnerLogistic().fit(cells())
    with pytest.raises(ValueError, match=f"X has {genes} features"):
        model.conditionals(np.zeros((3, genes)))
