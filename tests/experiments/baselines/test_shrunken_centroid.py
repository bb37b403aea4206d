"""PAM against its formulas, gene by gene."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.neighbors import NearestCentroid
from sklearn.utils.estimator_checks import check_estimator

from qsetu.core.errors import ArgumentError
from qsetu.experiments.baselines import NearestShrunkenCentroid
from qsetu.genomics import load_dataset
from qsetu.genomics.splits import OfficialSplit


def table(number=40, genes=12, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.minimum(np.arange(number) % 5, classes - 1))
    X = rng.normal(size=(number, genes)) * rng.uniform(0.5, 3, genes)
    X[:, :4] += 1.5 * y[:, None]
    return X, y


def pam(X, y, new, threshold, priors):
    """Probabilities by Tibshirani et al. (2002), equations 1 to 8."""
    classes, n = sorted(set(y)), len(X)
    genes = range(X.shape[1])
    rows = {k: [x for x, c in zip(X, y, strict=True) if c == k] for k in classes}
    mean = {k: [sum(x[i] for x in rows[k]) / len(rows[k]) for i in genes] for k in classes}
    total = [sum(x[i] for x in X) / n for i in genes]
    s = [
        math.sqrt(sum((x[i] - mean[k][i]) ** 2 for k in classes for x in rows[k]) / (n - len(classes)))
        for i in genes
    ]
    s0 = statistics.median(s)
    shrunken = {}
    for k in classes:
        m = math.sqrt(1 / len(rows[k]) - 1 / n)
        shrunken[k] = []
        for i in genes:
            d = (mean[k][i] - total[i]) / (m * (s[i] + s0))
            d = math.copysign(max(abs(d) - threshold, 0), d)
            shrunken[k].append(total[i] + m * (s[i] + s0) * d)
    found = []
    for x in new:
        scores = [
            sum((x[i] - shrunken[k][i]) ** 2 / (s[i] + s0) ** 2 for i in genes) - 2 * math.log(p)
            for k, p in zip(classes, priors, strict=True)
        ]
        parts = [math.exp(-(one - min(scores)) / 2) for one in scores]
        found.append([part / sum(parts) for part in parts])
    return np.array(found), np.array([shrunken[k] for k in classes])


@pytest.mark.parametrize("threshold", [0.0, 0.7, 2.5])
@pytest.mark.parametrize("priors", ["balanced", "empirical", "given"])
@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_and_centroids(threshold, priors, classes):
    X, y = table(classes=classes)
    new = table(seed=1, classes=classes)[0]
    shares = {
        "balanced": np.full(classes, 1 / classes),
        "empirical": np.bincount(y) / len(y),
        "given": np.arange(1, classes + 1) / (classes * (classes + 1) / 2),
    }[priors]
    given = shares if priors == "given" else priors
    model = NearestShrunkenCentroid(threshold, priors=given).fit(X, y)
    expected, centroids = pam(X, y, new, threshold, shares)
    np.testing.assert_allclose(model.predict_proba(new), expected, atol=1e-10)
    np.testing.assert_allclose(model.centroids_, centroids, atol=1e-10)
    np.testing.assert_array_equal(model.predict(new), expected.argmax(axis=1))
    np.testing.assert_array_equal(model.selected_, (np.ptp(centroids, axis=0) > 1e-12))
    odds = np.log(expected[:, 1:] / expected[:, :1])
    decisions = model.decision_function(new)
    mine = decisions[:, None] if classes == 2 else decisions[:, 1:] - decisions[:, :1]
    np.testing.assert_allclose(mine, odds, atol=1e-6)


def test_a_large_threshold_leaves_the_priors():
    X, y = table()
    model = NearestShrunkenCentroid(1e3, priors="empirical").fit(X, y)
    assert not model.selected_.any()
    np.testing.assert_allclose(model.predict_proba(X), np.tile(np.bincount(y) / len(y), (len(X), 1)))
    assert len(set(NearestShrunkenCentroid(1e3).fit(X, y).predict(X))) == 1


def test_scikit_learn_has_the_centroids_but_other_distances():
    # If this fails some day, theirs may have become right; ours can then go.
    X, y = table()
    mine, theirs = NearestShrunkenCentroid(0.7).fit(X, y), NearestCentroid(shrink_threshold=0.7).fit(X, y)
    np.testing.assert_allclose(mine.centroids_, theirs.centroids_, atol=1e-12)
    assert (mine.predict(X) != theirs.predict(X)).any()


@pytest.mark.parametrize("constant", [1, 3, 4])
def test_genes_that_do_not_vary(constant):
    X, y = table(20, 4)
    X[:, :constant] = 7.0
    model = NearestShrunkenCentroid(0.0).fit(X, y)
    assert (model.scales_ > 0).all()
    assert not model.selected_[:constant].any()
    assert np.isfinite(model.predict_proba(X)).all()
    if constant == 3:
        np.testing.assert_allclose(model.scales_, [model.scales_[0]] * 3 + [2 * model.scales_[0]])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"threshold": -1}, "'threshold' must be"),
        ({"priors": "equal"}, "'priors' must be one of"),
        ({"priors": [0.5, 0.5]}, "'priors' must be 3 probabilities"),
        ({"priors": [0.5, 0.6, -0.1]}, "'priors' must be 3 probabilities"),
        ({"priors": [0.5, 0.6, 0.1]}, "'priors' must be 3 probabilities"),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(ArgumentError, match=message):
        NearestShrunkenCentroid(**settings).fit(*table())
    with pytest.raises(ArgumentError, match="more samples than classes"):
        NearestShrunkenCentroid().fit([[1.0], [2.0]], [0, 1])


def test_scikit_learn_checks_pass():
    check_estimator(NearestShrunkenCentroid(0.1), on_skip=None)


def test_few_genes_suffice_where_few_differ():
    X, y = make_classification(
        200, 300, n_informative=5, n_redundant=0, class_sep=2.0, random_state=0, shuffle=False
    )
    model = NearestShrunkenCentroid(3.0).fit(X[::2], y[::2])
    assert 1 <= model.selected_.sum() <= 20
    assert model.score(X[1::2], y[1::2]) > NearestShrunkenCentroid(0.0).fit(X[::2], y[::2]).score(
        X[1::2], y[1::2]
    )


def test_leukemia_by_the_published_split(data_folder):
    data = load_dataset("golub-leukemia")
    train, test = next(OfficialSplit(data.official_split).split(data.X))
    X = np.log2(np.clip(data.X, 100, 16000))
    model = NearestShrunkenCentroid(4.0).fit(X[train], data.y[train])
    assert model.score(X[test], data.y[test]) > 0.9
    assert model.selected_.sum() < 100
