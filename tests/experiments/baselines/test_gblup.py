"""GBLUP against ridge regression, and its restricted likelihood against the textbook's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.linear_model import Ridge
from sklearn.utils.estimator_checks import check_estimator

from qsetu.core.errors import ArgumentError
from qsetu.experiments.baselines import GBLUP
from qsetu.genomics import load_dataset
from qsetu.genomics.splits import GroupStratifiedKFold, suggested_groups


def lines(number=50, markers=80, ploidy=2, seed=0, missing=0.0, share=0.6):
    rng = np.random.default_rng(seed)
    X = rng.binomial(ploidy, rng.uniform(0.1, 0.9, markers), (number, markers)).astype(np.int8)
    g = X @ rng.normal(size=markers)
    y = g / g.std() * np.sqrt(share) + rng.normal(size=number) * np.sqrt(1 - share) + 3
    X[rng.random(X.shape) < missing] = -1
    return X, y


def filled(X, like):
    called = np.where(like == -1, np.nan, like.astype(float))
    means = np.nanmean(called, axis=0)
    return np.where(X == -1, means, X) - means, means


@pytest.mark.parametrize("ploidy", [1, 2])
@pytest.mark.parametrize("share", [0.2, 0.8])
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_the_same_as_ridge_regression(ploidy, share, missing):
    X, y = lines(ploidy=ploidy, missing=missing)
    X[:, 5] = 1  # does not vary in training, yet later
    new = lines(ploidy=ploidy, missing=missing, seed=1)[0]
    model = GBLUP(share, ploidy=ploidy).fit(X, y)
    Z, means = filled(X, X)
    p = means / ploidy
    p[5] = 0  # counts nothing, though all lines may be heterozygous
    unit = np.sum(ploidy * p * (1 - p))
    G = Z @ Z.T / unit
    np.testing.assert_allclose(model.relationships_, G, atol=1e-10)
    ratio = np.trace(G) / 50 * (1 - share) / share
    assert model.variance_ratio_ == pytest.approx(ratio)
    # Ridge with an intercept centers the columns; those are centered already.
    ridge = Ridge(ratio * unit, solver="cholesky").fit(Z, y)
    np.testing.assert_allclose(model.marker_effects_, ridge.coef_, atol=1e-8)
    later = filled(new, X)[0]
    later[:, 5] = 0
    np.testing.assert_allclose(model.predict(new), ridge.predict(later), atol=1e-8)
    assert model.marker_effects_[5] == 0


def restricted(log_ratio, G, y):
    """-2 log of the restricted likelihood, up to a constant, with the scale profiled out."""
    V = G + np.exp(log_ratio) * np.eye(len(y))
    one = np.ones((len(y), 1))
    inverse = np.linalg.inv(V)
    middle = np.linalg.inv(one.T @ inverse @ one)
    P = inverse - inverse @ one @ middle @ one.T @ inverse
    n = len(y) - 1
    return n * np.log(y @ P @ y / n) + np.linalg.slogdet(V)[1] - np.linalg.slogdet(middle)[1]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("markers", "ploidy"), [(120, 1), (120, 2), (15, 2)])
def test_the_ratio_of_the_largest_restricted_likelihood(seed, markers, ploidy):
    X, y = lines(60, markers, ploidy, seed, missing=0.03)
    model = GBLUP(ploidy=ploidy).fit(X, y)
    G = model.relationships_
    tried = np.linspace(np.log(1e-5), np.log(1e5), 400)
    best = tried[np.argmin([restricted(one, G, y) for one in tried])]
    found = minimize_scalar(restricted, args=(G, y), bounds=(best - 0.1, best + 0.1), method="bounded")
    at_end = best in (tried[0], tried[-1])
    assert restricted(np.log(model.variance_ratio_), G, y) <= found.fun + 1e-6
    if not at_end:
        assert np.log(model.variance_ratio_) == pytest.approx(found.x, abs=0.02)
    depth = np.trace(G) / 60
    assert model.heritability_ == pytest.approx(depth / (depth + model.variance_ratio_))


def test_henderson_by_hand():
    """Two markers, three lines: all numbers can be checked on paper."""
    X, y = np.array([[0, 2], [1, 1], [2, 0]]), np.array([1.0, 2.0, 6.0])
    model = GBLUP(0.5).fit(X, y)
    # p = 1/2 each, so the unit is 1, and G = [[2, 0, -2], [0, 0, 0], [-2, 0, 2]] with mean diagonal 4/3.
    np.testing.assert_allclose(model.relationships_, [[2, 0, -2], [0, 0, 0], [-2, 0, 2]], atol=1e-12)
    assert model.variance_ratio_ == pytest.approx(4 / 3)
    # y - 3 is 5/2 along the eigenvector (-1, 0, 1) of value 4, which is shrunken by 4 / (4 + 4/3) = 3/4.
    np.testing.assert_allclose(model.predict(X), [3 - 15 / 8, 3, 3 + 15 / 8], atol=1e-9)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_heritability_is_found_again(share):
    found = [GBLUP().fit(*lines(300, 100, seed=seed, share=share)).heritability_ for seed in range(5)]
    assert np.mean(found) == pytest.approx(share, abs=0.12)


def test_numbers_that_do_not_vary():
    X, _ = lines()
    model = GBLUP().fit(X, np.full(50, 4.0))
    assert (model.heritability_, model.mean_, np.isinf(model.variance_ratio_)) == (0.0, 4.0, True)
    np.testing.assert_array_equal(model.predict(X), 4.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"heritability": "ml"}, 'must be "reml" or a number'),
        ({"heritability": 0.0}, "'heritability' must be"),
        ({"heritability": 1.0}, "'heritability' must be below 1"),
        ({"heritability": None}, "'heritability' must be"),
        ({"ploidy": 0}, "'ploidy' must be"),
        ({"ploidy": 1}, "'X' must be from 0 to 1"),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(ArgumentError, match=message):
        GBLUP(**settings).fit(*lines())
    with pytest.raises(ArgumentError, match="must have a marker that varies"):
        GBLUP().fit(np.ones((5, 3)), np.arange(5))


def test_scikit_learn_checks_pass():
    # Dosages above 2 are what scikit-learn's data have; hence the ploidy.
    reason = "negative genotypes are refused in words of our own"
    expected = {"check_positive_only_tag_during_fit": reason}
    check_estimator(GBLUP(ploidy=100), expected_failed_checks=expected, on_skip=None)


def test_yields_of_wheat(data_folder):
    data = load_dataset("wheat-cimmyt")
    y = data.traits.iloc[:, 0].to_numpy(float)
    found = np.zeros(len(y))
    for train, test in GroupStratifiedKFold(5).split(data.X, None, suggested_groups(data)):
        found[test] = GBLUP(ploidy=data.ploidy).fit(data.X[train], y[train]).predict(data.X[test])
    assert np.corrcoef(found, y)[0, 1] > 0.4
