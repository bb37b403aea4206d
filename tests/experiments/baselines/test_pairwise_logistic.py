"""Products and score statistics against loops and against the regressions they stand for."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from qsetu.core.errors import ArgumentError
from qsetu.experiments.baselines import PairwiseLogistic
from qsetu.experiments.baselines import pairwise_logistic as module


def cohort(number=200, variants=7, seed=0, missing=0.0, classes=2):
    rng = np.random.default_rng(seed)
    X = rng.binomial(2, 0.5, (number, variants)).astype(np.int8)
    lift = 1.5 * (X[:, 1] - 1.0) * (X[:, 4] - 1.0) + 0.6 * X[:, 2] + 0.5 * rng.normal(size=number)
    y = np.digitize(lift, np.quantile(lift, [0.7] if classes == 2 else [0.3, 0.7]))
    X[rng.random(X.shape) < missing] = -1
    return X, y


def every_product(X):
    return np.stack([X[:, a] * X[:, b] for a, b in combinations(range(X.shape[1]), 2)], axis=1)


def ridge(C=1.0, **settings):
    return PairwiseLogistic(C, **{"l1_ratio": 0.0, "max_pairs": 1000, **settings})


@pytest.mark.parametrize("classes", [2, 3])
def test_all_pairs_are_the_pipeline_written_out(classes):
    X, y = cohort(classes=classes)
    new = cohort(seed=1)[0]
    model = ridge(0.1).fit(X, y)
    assert model.pairs_.tolist() == [list(one) for one in combinations(range(7), 2)]
    scaled = StandardScaler().fit(X.astype(float))
    terms = make_pipeline(
        FunctionTransformer(lambda Z: np.hstack([Z, every_product(Z)])),
        StandardScaler(),
        LogisticRegression(C=0.1, class_weight="balanced", max_iter=2000),
    ).fit(scaled.transform(X.astype(float)), y)
    Z = scaled.transform(new.astype(float))
    np.testing.assert_allclose(model.predict_proba(new), terms.predict_proba(Z), atol=1e-3)
    np.testing.assert_allclose(model.decision_function(new), terms.decision_function(Z), atol=1e-2)
    np.testing.assert_array_equal(model.predict(new), model.predict_proba(new).argmax(axis=1))


def statistic(product, rest):
    total = 0.0
    for left in rest.T:
        weights = left**2
        middle = (weights * product).sum() / weights.sum()
        total += (left @ product) ** 2 / (weights * (product - middle) ** 2).sum()
    return total


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("block", [1, 20, 2**22])
def test_the_pairs_of_the_largest_statistics(classes, block, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", block)
    rng = np.random.default_rng(2)
    Z, rest = rng.normal(size=(60, 9)), rng.normal(size=(60, classes))
    found = {(a, b): statistic(Z[:, a] * Z[:, b], rest) for a, b in combinations(range(9), 2)}
    for most in (1, 5, 36):
        expected = sorted(sorted(found, key=lambda one: -found[one])[:most])
        assert module._best_pairs(Z, rest, most).tolist() == [list(one) for one in expected]


def test_statistics_of_products():
    rng = np.random.default_rng(3)
    Z, rest = rng.normal(size=(50, 4)), rng.normal(size=(50, 2))
    found = module._statistics(Z, Z[:, :2], rest)
    expected = [[statistic(Z[:, a] * Z[:, b], rest) for b in range(2)] for a in range(4)]
    np.testing.assert_allclose(found, expected)
    constant = np.ones((50, 1)) / 3
    np.testing.assert_array_equal(module._statistics(constant, constant, rest), 0.0)


def test_what_is_screened_by_in_unequal_classes():
    X, y = cohort(150, 30, seed=8)
    kept = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:15]])
    X, y = X[kept].astype(float), y[kept]
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    weights = len(y) / 2 / np.bincount(y)[y]
    rest = (weights * (y - 0.5))[:, None]
    alone = np.array([statistic(Z[:, j], rest) for j in range(30)])
    for wanted in range(1, 30):
        few = ridge(max_markers=wanted, max_pairs=0).fit(X, y)
        assert few.markers_.tolist() == sorted(np.argsort(-alone)[:wanted].tolist())
    additive = LogisticRegression(class_weight="balanced", max_iter=2000).fit(Z, y)
    rest = (weights * (y - additive.predict_proba(Z)[:, 1]))[:, None]
    found = {(a, b): statistic(Z[:, a] * Z[:, b], rest) for a, b in combinations(range(30), 2)}
    expected = sorted(sorted(found, key=lambda one: -found[one])[:8])
    model = ridge(max_pairs=8).fit(X, y)
    assert model.pairs_.tolist() == [list(one) for one in expected]


def test_screening_finds_the_pair_and_the_markers():
    X, y = cohort(400, 40, seed=4)
    model = ridge(max_pairs=3).fit(X, y)
    assert [1, 4] in model.pairs_.tolist()
    assert len(model.pairs_) == 3
    assert (model.pairs_[:, 0] < model.pairs_[:, 1]).all()
    fewer = ridge(max_markers=2, max_pairs=10).fit(X, y)
    assert 2 in fewer.markers_
    assert fewer.pairs_.tolist() == [fewer.markers_.tolist()]
    assert fewer.model_.coef_.shape == (1, 3)


def test_what_is_lost_without_pairs():
    X, y = cohort(600, 10, seed=5)
    models = {most: ridge(max_pairs=most).fit(X[:400], y[:400]) for most in (0, 45)}
    right = {most: model.score(X[400:], y[400:]) for most, model in models.items()}
    assert right[45] > right[0] + 0.1
    assert ridge(max_pairs=0).fit(X, y).pairs_.shape == (0, 2)


def test_an_elastic_net_drops_terms():
    X, y = cohort()
    model = PairwiseLogistic(0.05, l1_ratio=0.9).fit(X, y)
    used = np.flatnonzero(model.model_.coef_[0])
    assert 0 < len(used) < 20
    assert model.score(X, y) > 0.7
    assert model.predict_proba(X).shape == (200, 2)
    screened = PairwiseLogistic(0.05, l1_ratio=0.9, max_pairs=2).fit(X, y)
    assert [1, 4] in screened.pairs_.tolist()
    assert screened.score(X, y) > 0.7


def test_missing_calls_get_the_mean_of_training():
    X, y = cohort(missing=0.1)
    model = ridge().fit(X, y)
    called = np.where(X == -1, np.nan, X.astype(float))
    means = np.nanmean(called, axis=0)
    by_hand = np.where(np.isnan(called), means, called)
    np.testing.assert_allclose(model.decision_function(by_hand), model.decision_function(X))
    np.testing.assert_allclose(model.decision_function(called), model.decision_function(X))


def test_variants_that_do_not_vary_count_nothing():
    X, y = cohort()
    X[:, 3] = 1
    model = ridge().fit(X, y)
    other = X.copy()
    coefficients = model.model_.coef_[0]
    assert coefficients[3] == 0
    assert np.isfinite(coefficients).all()
    assert np.isfinite(model.decision_function(other)).all()


def test_classes_count_alike():
    X, y = cohort(300, seed=6)
    rows = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:21]])
    copies = np.concatenate([np.flatnonzero(y == 0), np.repeat(np.flatnonzero(y == 1)[:21], 10)])
    assert (y[copies] == 0).sum() == (y[copies] == 1).sum() == 210
    weighed = ridge(0.1, max_pairs=5).fit(X[rows], y[rows]).predict(X)
    copied = ridge(0.1, max_pairs=5).fit(X[copies], y[copies]).predict(X)
    # Not quite the same model: means and deviations are those of all rows.
    assert np.mean(weighed == copied) > 0.85
    assert weighed.mean() == pytest.approx(copied.mean(), abs=0.1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"C": 0}, "'C' must be"),
        ({"l1_ratio": 1.5}, "'l1_ratio' must be"),
        ({"max_pairs": -1}, "'max_pairs' must be"),
        ({"max_markers": 0}, "'max_markers' must be"),
        ({"max_iter": 0}, "'max_iter' must be"),
        ({"ploidy": 1}, "'X' must be from 0 to 1"),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(ArgumentError, match=message):
        PairwiseLogistic(**settings).fit(*cohort())


def test_scikit_learn_checks_pass():
    # Dosages above 2 are what scikit-learn's data have; hence the ploidy.
    reason = "negative genotypes are refused in words of our own"
    names = ("check_positive_only_tag_during_fit", "check_decision_proba_consistency")
    expected = dict.fromkeys(names, reason)
    check_estimator(PairwiseLogistic(ploidy=100, max_pairs=2), expected_failed_checks=expected, on_skip=None)
