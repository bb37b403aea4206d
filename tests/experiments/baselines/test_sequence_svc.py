"""Kernels between sequences against their definitions, counted letter by letter."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.svm import SVC

from qsetu.core.errors import ArgumentError
from qsetu.experiments.baselines import KmerSpectrumSVC, WeightedDegreeSVC
from qsetu.experiments.baselines import weighted_degree as module
from qsetu.genomics import load_dataset, reverse_complement
from qsetu.genomics.splits import GroupStratifiedKFold, suggested_groups


def texts(number, shortest, longest, seed, letters="ACGT"):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(shortest, longest + 1, number)
    return ["".join(rng.choice(list(letters), length)) for length in lengths]


def spectrum(one, other, k, fold=False):
    def words(text):
        found = [text[i : i + k] for i in range(len(text) - k + 1)]
        found = [word for word in found if set(word) <= set("ACGT")]
        return [min(word, reverse_complement(word)) for word in found] if fold else found

    mine, theirs = words(one), words(other)
    return float(sum(mine.count(word) * theirs.count(word) for word in set(mine)))


def weighted_degree(one, other, degree):
    total = 0.0
    for d in range(1, degree + 1):
        worth = 2 * (degree - d + 1) / (degree * (degree + 1))
        for i in range(len(one) - d + 1):
            word = one[i : i + d]
            total += worth * (word == other[i : i + d] and set(word) <= set("ACGT"))
    return total


def decisions_by(kernel, X, y, new, C, normalize):
    """The same machine, on a kernel matrix that is made entry by entry."""

    def value(a, b):
        found = kernel(a, b)
        scale = np.sqrt(kernel(a, a) * kernel(b, b)) if normalize else 1.0
        return found / scale if scale else 0.0

    model = SVC(kernel="precomputed", C=C, class_weight="balanced")
    model.fit([[value(a, b) for b in X] for a in X], y)
    return model.decision_function([[value(a, b) for b in X] for a in new])


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("fold", [True, False])
def test_spectrum_kernel(k, normalize, fold):
    X, new = texts(20, 6, 15, 1, "ACGT" * 5 + "N"), texts(9, 5, 20, 2)
    y = np.arange(20) % 3
    model = KmerSpectrumSVC(k, 0.5, normalize=normalize, reverse_complement=fold).fit(X, y)
    expected = decisions_by(lambda a, b: spectrum(a, b, k, fold), X, y, new, 0.5, normalize)
    np.testing.assert_allclose(model.decision_function(new), expected, atol=1e-3)
    if fold:
        turned = [reverse_complement(one) for one in new]
        np.testing.assert_allclose(model.decision_function(turned), model.decision_function(new), atol=1e-12)


@pytest.mark.parametrize("degree", [1, 2, 5, 12, 20])
@pytest.mark.parametrize("normalize", [True, False])
def test_weighted_degree_kernel(degree, normalize):
    X, new = texts(24, 12, 12, 3, "ACGT" * 5 + "NR"), texts(7, 12, 12, 4, "ACGT" * 5 + "NR")
    y = np.arange(24) % 3
    kernel = lambda a, b: weighted_degree(a, b, degree)  # noqa: E731
    model = WeightedDegreeSVC(degree, 0.3, normalize=normalize).fit(X, y)
    expected = decisions_by(kernel, X, y, new, 0.3, normalize)
    np.testing.assert_allclose(model.decision_function(new), expected, atol=1e-3)


@pytest.mark.parametrize("pairs", [1, 7, 50, 2**17])
def test_blocks_and_long_runs(pairs, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK_PAIRS", pairs)
    X = ["A" * 300, "A" * 150 + "C" * 150, "ACGT" * 75, "A" * 299 + "N"]
    codes = WeightedDegreeSVC()._begin(X)
    for degree in (1, 199, 200):
        found = WeightedDegreeSVC(degree, normalize=False)._gram(codes, codes[:3])
        expected = [[weighted_degree(a, b, degree) for b in X[:3]] for a in X]
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_weights_of_words_sum_to_one():
    assert module._worth_of_runs(7)[[0, 1, 7]].tolist() == pytest.approx([0, 7 / 28, 1])


def test_dense_and_sparse_products_agree(monkeypatch):
    X, y = texts(30, 20, 30, 5), np.arange(30) % 2
    found = {}
    for share in (0.0, 1.0):
        monkeypatch.setattr("qsetu.experiments.baselines.kmer_svc._DENSE", share)
        model = KmerSpectrumSVC(3).fit(X, y)
        found[share] = model._gram(model._features(X), model._features(X[:7]))
    np.testing.assert_allclose(found[0.0], found[1.0], rtol=1e-9)


def test_equal_costs_of_classes_not_of_samples():
    X, y = texts(40, 10, 10, 6), np.array([0] * 34 + [1] * 6)
    doubled = X + X[34:] * 4, np.concatenate([y, np.ones(24, int)])
    model = WeightedDegreeSVC(3, 0.5).fit(X, y)
    # A balanced weight is samples / (2 members); a member five times costs what one at five times the cost.
    again = WeightedDegreeSVC(3, 0.5 * 40 / 64).fit(*doubled)
    np.testing.assert_allclose(model.decision_function(X), again.decision_function(X), atol=5e-3)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (KmerSpectrumSVC(C=0), "'C' must be"),
        (KmerSpectrumSVC(k=0), "'k' must be"),
        (KmerSpectrumSVC(mismatches=2), "'mismatches' must be"),
        (KmerSpectrumSVC(normalize="yes"), "'normalize' must be True or False"),
        (KmerSpectrumSVC(reverse_complement=1), "'reverse_complement' must be True or False"),
        (KmerSpectrumSVC(reverse_complement=True, alphabet="protein"), "which have one strand"),
        (WeightedDegreeSVC(degree=0), "'degree' must be"),
        (WeightedDegreeSVC(degree=201), "'degree' must be"),
        (WeightedDegreeSVC(C=-1), "'C' must be"),
    ],
)
def test_settings_that_are_refused(model, message):
    with pytest.raises(ArgumentError, match=message):
        model.fit(["ACGT", "CCGT"], [0, 1])


def test_windows_of_another_length_are_refused():
    with pytest.raises(ArgumentError, match="must hold sequences of 4 letters"):
        WeightedDegreeSVC().fit(["ACGT", "ACG"], [0, 1])
    with pytest.raises(ArgumentError, match="must hold sequences of 4 letters as in fit"):
        WeightedDegreeSVC().fit(["ACGT", "CCGT"], [0, 1]).predict(["ACGTA"])


def test_promoters_are_found(data_folder):
    data = load_dataset("uci-promoters")
    groups = suggested_groups(data, k=20)
    right = []
    for train, test in GroupStratifiedKFold(5).split(data.X, data.y, groups):
        model = WeightedDegreeSVC(10).fit(data.X[train], data.y[train])
        right.append(model.predict(data.X[test]) == data.y[test])
    assert np.concatenate(right).mean() > 0.8
