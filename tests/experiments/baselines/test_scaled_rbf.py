"""RBF kernels with a width in units of the data, against scikit-learn and a system solved by hand."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import check_estimator

from qsetu.core.errors import ArgumentError
from qsetu.experiments.baselines.rbf import ScaledRBFRidge, ScaledRBFSVC

BOTH = [ScaledRBFSVC, ScaledRBFRidge]


def table(number=45, features=4, seed=0):
    """Columns of different means and widths; classes 0 and 1 of 30 and 15."""
    rng = np.random.default_rng(seed)
    y = (np.arange(number) % 3 == 0).astype(int)
    X = rng.normal(size=(number, features)) * [1.0, 3.0, 0.2, 1.0] + [0.0, 5.0, -2.0, 1.0]
    X[:, 0] += 2 * y
    return X, y


def gamma_by_hand(X, width):
    values = [float(value) for row in X for value in row]
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    return width / (X.shape[1] * variance)


def kernel(A, B, gamma):
    return np.exp(-gamma * ((A[:, None] - B[None]) ** 2).sum(axis=2))


@pytest.mark.parametrize("width", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("C", [0.5, 10.0])
def test_the_same_as_an_svc_with_gamma_and_weights_by_hand(width, C):
    X, y = table()
    new = 100 * table(seed=1)[0]  # what is asked later does not change the width
    model = ScaledRBFSVC(C, width=width).fit(X, y)
    gamma = gamma_by_hand(X, width)
    assert model.gamma_ == pytest.approx(gamma, rel=1e-12)
    plain = SVC(C=C, gamma=gamma, class_weight={0: 45 / (2 * 30), 1: 45 / (2 * 15)}).fit(X, y)
    for points in (X, new):
        np.testing.assert_allclose(
            model.decision_function(points), plain.decision_function(points), atol=1e-9
        )
        np.testing.assert_array_equal(model.predict(points), plain.predict(points))
    np.testing.assert_array_equal(model.classes_, [0, 1])


@pytest.mark.parametrize("width", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("alpha", [0.01, 1.0])
def test_ridge_solves_its_linear_system(width, alpha):
    X, y = table()
    target = X[:, 0] - X[:, 1] ** 2 + y
    new = table(seed=1)[0]
    gamma = gamma_by_hand(X, width)
    dual = np.linalg.solve(kernel(X, X, gamma) + alpha * np.eye(len(X)), target)
    model = ScaledRBFRidge(alpha, width=width).fit(X, target)
    assert model.gamma_ == pytest.approx(gamma, rel=1e-12)
    np.testing.assert_allclose(model.predict(new), kernel(new, X, gamma) @ dual, rtol=1e-8)


@pytest.mark.parametrize("make", BOTH)
@pytest.mark.parametrize("factor", [1e-4, 1 / 3, 1e5])
def test_the_unit_of_the_features_does_not_matter(make, factor):
    X, y = table()
    new = table(seed=1)[0]
    plain, scaled = make(width=0.7).fit(X, y), make(width=0.7).fit(factor * X, y)
    asked = "decision_function" if make is ScaledRBFSVC else "predict"
    found, expected = getattr(scaled, asked)(factor * new), getattr(plain, asked)(new)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.ptp(expected) > 0.5


@pytest.mark.parametrize("make", BOTH)
def test_features_that_do_not_vary_take_the_width_for_gamma(make):
    X, y = np.full((6, 2), 7.0), np.array([0, 0, 0, 1, 1, 1])
    model = make(width=0.25).fit(X, y)
    assert model.gamma_ == 0.25
    assert np.isfinite(model.predict([[7.0, 8.0]])).all()


def test_three_classes_by_name():
    X = table()[0]
    names = np.array(["b", "c", "a"])[np.digitize(X[:, 0], [-0.5, 1.0])]
    model = ScaledRBFSVC(100.0).fit(X, names)
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert model.decision_function(X).shape == (45, 3)
    assert model.score(X, names) > 0.9


@pytest.mark.parametrize("make", BOTH)
@pytest.mark.parametrize("value", [0, -1.0, np.nan, np.inf, "wide", None], ids=repr)
def test_settings_out_of_range_are_refused_by_name(make, value):
    X, y = table()
    strength = "C" if make is ScaledRBFSVC else "alpha"
    for name in ("width", strength):
        with pytest.raises(ArgumentError, match=rf"'{name}' must be a finite real number above 0"):
            make().set_params(**{name: value}).fit(X, y)


@pytest.mark.parametrize("make", BOTH)
def test_fitting_changes_no_setting_and_repeats(make):
    X, y = table()
    model = make(2.0, width=0.5)
    with pytest.raises(NotFittedError):
        model.predict(X)
    given = model.get_params()
    assert model.fit(X, y) is model and model.get_params() == given
    for other in (clone(model).fit(X, y), pickle.loads(pickle.dumps(model))):
        np.testing.assert_allclose(other.predict(X), model.predict(X), rtol=1e-12)
    with pytest.raises(ValueError, match="3 features"):
        model.predict(X[:, :3])


@pytest.mark.parametrize("make", BOTH)
def test_scikit_learn_accepts_both(make):
    check_estimator(make(), on_skip=None)
