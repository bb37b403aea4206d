"""Classes of equal weight, and a network that is scikit-learn's own."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import check_estimator

from qsetu.core.errors import ArgumentError
from qsetu.experiments.baselines import SmallMLP
from qsetu.experiments.baselines.small_mlp import _even


@pytest.mark.parametrize("sizes", [(10, 10), (10, 3), (1, 7, 4)])
def test_every_class_is_repeated_to_the_largest(sizes):
    codes = np.repeat(np.arange(len(sizes)), sizes)
    rows = _even(codes, np.random.default_rng(0))
    assert np.bincount(codes[rows]).tolist() == [max(sizes)] * len(sizes)
    times = np.bincount(rows, minlength=len(codes))
    for one in range(len(sizes)):
        mine = times[codes == one]
        assert mine.min() >= 1
        assert mine.max() - mine.min() <= 1


def test_bends_that_no_line_follows():
    X, y = make_moons(400, noise=0.15, random_state=0)
    model = SmallMLP().fit(X[:200], y[:200])
    line = LogisticRegression().fit(X[:200], y[:200])
    assert model.score(X[200:], y[200:]) > line.score(X[200:], y[200:]) + 0.05
    assert model.model_.coefs_[0].shape == (2, 32)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_units_of_measurement_do_not_count():
    X, y = make_moons(100, noise=0.2, random_state=1)
    first = SmallMLP(max_iter=200).fit(X, y)
    other = SmallMLP(max_iter=200).fit(X * [1e4, 1e-4] + [3, -5], y)
    expected = first.predict_proba(X)
    np.testing.assert_allclose(other.predict_proba(X * [1e4, 1e-4] + [3, -5]), expected, atol=1e-3)


def test_a_rare_class_is_predicted():
    rng = np.random.default_rng(2)
    y = np.repeat(["often", "rare"], [190, 10])
    X = rng.normal(size=(200, 2)) + 1.5 * (y == "rare")[:, None]
    new = rng.normal(size=(400, 2)) + 1.5
    assert np.mean(SmallMLP(hidden=4, alpha=1.0).fit(X, y).predict(new) == "rare") > 0.6


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_equal_seeds_give_equal_results():
    X, y = make_moons(60, noise=0.2, random_state=3)
    y[:20] = 0
    first, same, other = (SmallMLP(random_state=seed).fit(X, y).predict_proba(X) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


@pytest.mark.parametrize("name", ["hidden", "alpha", "learning_rate", "max_iter", "random_state"])
def test_numbers_that_are_refused(name):
    with pytest.raises(ArgumentError, match=f"'{name}' must be"):
        SmallMLP(**{name: -1}).fit([[0.0], [1.0]], [0, 1])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scikit_learn_checks_pass():
    check_estimator(SmallMLP(hidden=4, max_iter=60), on_skip=None)
