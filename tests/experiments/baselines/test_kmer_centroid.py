"""Mean profiles and distances to them, by counting words."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from qsetu.core.errors import ArgumentError
from qsetu.experiments.baselines import KmerNearestCentroid
from qsetu.genomics import load_dataset, reverse_complement
from qsetu.genomics.splits import GroupStratifiedKFold


def texts(number, seed):
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list("ACGT"), length)) for length in rng.integers(8, 40, number)]


def profile(text, k, metric, fold=False):
    words = ["".join(one) for one in product("ACGT", repeat=k)]
    if fold:
        words = [word for word in words if word <= reverse_complement(word)]
    seen = [text[i : i + k] for i in range(len(text) - k + 1)]
    seen = [min(word, reverse_complement(word)) for word in seen] if fold else seen
    counts = np.array([seen.count(word) for word in words], float)
    return counts / (np.linalg.norm(counts) if metric == "cosine" else counts.sum())


@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("classes", [2, 3])
def test_decisions_are_those_of_the_definition(metric, classes, fold):
    X, new, k = texts(20, 1), texts(8, 2), 3
    y = np.minimum(np.arange(20) % 4, classes - 1)
    model = KmerNearestCentroid(k, metric=metric, reverse_complement=fold).fit(X, y)
    profiles = np.array([profile(one, k, metric, fold) for one in X])
    centroids = np.array([profiles[y == c].mean(axis=0) for c in range(classes)])
    np.testing.assert_allclose(model.centroids_, centroids, atol=1e-12)
    found = np.array([profile(one, k, metric, fold) for one in new])
    if metric == "cosine":
        scores = found @ (centroids / np.linalg.norm(centroids, axis=1)[:, None]).T
    else:
        scores = -np.linalg.norm(found[:, None] - centroids, axis=2)
    expected = scores[:, 1] - scores[:, 0] if classes == 2 else scores
    np.testing.assert_allclose(model.decision_function(new), expected, atol=1e-9)


def test_a_class_without_a_counted_word_is_far_from_all():
    model = KmerNearestCentroid(2).fit(["NNN", "ACGT"], ["n", "a"])
    assert model.predict(["ACG"]).tolist() == ["a"]
    assert not model.centroids_[1].any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"k": 13}, "'k' must be"),
        ({"k": 6, "alphabet": "protein"}, "'k' must be"),
        ({"metric": "manhattan"}, "'metric' must be one of"),
        ({"reverse_complement": "no"}, "'reverse_complement' must be True or False"),
    ],
)
def test_profiles_that_are_refused(settings, message):
    with pytest.raises(ArgumentError, match=message):
        KmerNearestCentroid(**settings).fit(["ACGT", "CCGT"], [0, 1])


def test_dengue_is_typed(data_folder):
    data = load_dataset("dengue-serotypes")
    right = []
    for train, test in GroupStratifiedKFold(3).split(data.X, data.y, data.sample_names):
        model = KmerNearestCentroid(5).fit(data.X[train], data.y[train])
        right.append(model.predict(data.X[test]) == data.y[test])
    assert np.concatenate(right).mean() > 0.95
