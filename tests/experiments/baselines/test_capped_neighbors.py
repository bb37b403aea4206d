"""Nearest neighbors against votes counted by hand, and fewer samples than neighbors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.estimator_checks import check_estimator

from qsetu.experiments.baselines.neighbors import CappedNeighbors


def table(number=40, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(number, 3)), rng.choice(["a", "b", "c"], number)


def votes(X, y, new, neighbors):
    """Shares of the classes, each of the nearest samples counting 1 / distance; copies count alone."""
    found = []
    for point in new:
        near = sorted((math.dist(point, x), label) for x, label in zip(X, y, strict=True))[:neighbors]
        copies = [(1.0, label) for distance, label in near if distance == 0]
        weighed = copies or [(1 / distance, label) for distance, label in near]
        total = sum(weight for weight, _ in weighed)
        found.append([sum(w for w, label in weighed if label == name) / total for name in sorted(set(y))])
    return np.array(found)


@pytest.mark.parametrize("neighbors", [1, 4, 39, 40, 41, 1000])
def test_votes_by_distance_of_as_many_as_there_are(neighbors):
    X, y = table()
    new = np.vstack([table(seed=1)[0], X[:5]])
    model = CappedNeighbors(neighbors).fit(X, y)
    expected = votes(X, y, new, min(neighbors, 40))
    np.testing.assert_allclose(model.predict_proba(new), expected, atol=1e-9)
    np.testing.assert_array_equal(model.predict(new), model.classes_[expected.argmax(axis=1)])


def test_what_scikit_learn_refuses_is_answered():
    X, y = table(3)
    with pytest.raises(ValueError, match="n_neighbors <= n_samples_fit"):
        KNeighborsClassifier(5, weights="distance").fit(X, y).predict(X)
    np.testing.assert_array_equal(CappedNeighbors(5).fit(X, y).predict(X), y)


def test_neighbors_of_the_training_samples_leave_themselves_out():
    X, y = table(6)
    distance, place = CappedNeighbors(50).fit(X, y).kneighbors()
    apart = np.array([[math.dist(one, other) for other in X] for one in X])
    order = np.argsort(apart, axis=1)[:, 1:]
    np.testing.assert_array_equal(place, order)
    np.testing.assert_allclose(distance, np.take_along_axis(apart, order, axis=1))


def test_another_number_may_be_asked_for():
    X, y = table()
    model, plain = CappedNeighbors(2).fit(X, y), KNeighborsClassifier().fit(X, y)
    for asked in (1, 7):
        found = model.kneighbors(X, asked, return_distance=False)
        np.testing.assert_array_equal(found, plain.kneighbors(X, asked, return_distance=False))
    assert model.kneighbors(X, 99, return_distance=False).shape == (40, 40)
    assert model.kneighbors(X)[0].shape == (40, 2)


def test_the_number_of_neighbors_is_the_only_setting_and_stays():
    X, y = table(4)
    model = CappedNeighbors(30)
    assert model.fit(X, y) is model and model.get_params() == {"n_neighbors": 30}
    model.predict(X)
    assert clone(model).n_neighbors == 30 and model.n_neighbors == 30
    for bad in (0, 1.5):
        with pytest.raises(ValueError, match="n_neighbors"):
            CappedNeighbors(bad).fit(X, y)


def test_scikit_learn_accepts_it():
    check_estimator(CappedNeighbors(), on_skip=None)
