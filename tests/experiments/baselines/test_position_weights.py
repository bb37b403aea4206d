"""Weight matrices and weight arrays against sums over all that an ambiguous sequence may be."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from qsetu.core.errors import ArgumentError
from qsetu.experiments.baselines import PositionWeightClassifier
from qsetu.genomics import load_dataset
from qsetu.genomics.alphabet import IUPAC_BASES
from qsetu.genomics.encoders import PositionWeightMatrix
from qsetu.genomics.splits import GroupStratifiedKFold, suggested_groups


def texts(number, length, seed, letters="ACGT"):
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list(letters), length)) for _ in range(number)]


def chance(text, training, order, weight):
    """Probability of a clean text in the class of clean training texts, from the definition."""
    found = 1.0
    for i, letter in enumerate(text):
        share = (sum(one[i] == letter for one in training) + weight / 4) / (len(training) + weight)
        if order and i:
            before = [one for one in training if one[i - 1] == text[i - 1]]
            share = (sum(one[i] == letter for one in before) + weight * share) / (len(before) + weight)
        found *= share
    return found


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("weight", [0.5, 3.0])
def test_probabilities_are_those_of_the_definition(order, weight):
    X, y = texts(15, 5, 1), np.arange(15) % 3
    new = texts(12, 5, 2, "ACGTRYNB")
    found = PositionWeightClassifier(weight, order=order).fit(X, y).predict_proba(new)
    for row, text in zip(found, new, strict=True):
        may_be = ["".join(one) for one in itertools.product(*(IUPAC_BASES[letter] for letter in text))]
        members = [[x for x, c in zip(X, y, strict=True) if c == k] for k in range(3)]
        totals = [sum(chance(one, group, order, weight) for one in may_be) for group in members]
        np.testing.assert_allclose(row, np.array(totals) / sum(totals), rtol=1e-10)


def test_transitions_are_probabilities():
    model = PositionWeightClassifier(order=1).fit(texts(20, 6, 3, "ACGTN"), np.arange(20) % 2)
    assert model.transitions_.shape == (2, 5, 4, 4)
    np.testing.assert_allclose(model.transitions_.sum(axis=3), 1)
    np.testing.assert_allclose(model.probabilities_.sum(axis=2), 1)
    assert PositionWeightClassifier().fit(["A", "C"], [0, 1]).transitions_ is None


def test_ambiguous_pairs_count_in_equal_shares():
    model = PositionWeightClassifier(1e-9, order=1).fit(["RA", "CC"], [0, 1])
    np.testing.assert_allclose(model.transitions_[0, 0, [0, 2]], [[1, 0, 0, 0]] * 2, atol=1e-8)
    np.testing.assert_allclose(model.probabilities_[0, 0], [0.5, 0, 0.5, 0], atol=1e-8)


@pytest.mark.parametrize("alphabet", ["DNA", "protein"])
def test_order_0_is_the_weight_matrix(alphabet):
    letters = "ACGTN" if alphabet == "DNA" else "ACDEFGHIKLMNPQRSTVWYXBU"
    X, y = texts(40, 8, 4, letters), np.arange(40) % 2
    scores = PositionWeightMatrix(2.0, alphabet=alphabet).fit(X, y).transform(X)
    found = PositionWeightClassifier(2.0, alphabet=alphabet).fit(X, y).decision_function(X)
    np.testing.assert_allclose(found, (scores[:, 1] - scores[:, 0]) * np.log(2), atol=1e-9)


def test_neighbors_that_single_letters_do_not_show():
    rng = np.random.default_rng(5)
    first = rng.integers(0, 4, 400)
    y = rng.integers(0, 2, 400)
    second = (first + 1 + y) % 4  # each letter alone is as frequent in both classes
    X = ["ACGT"[a] + "ACGT"[b] for a, b in zip(first, second, strict=True)]
    assert PositionWeightClassifier(order=1).fit(X, y).score(X, y) == 1.0
    assert PositionWeightClassifier(order=0).fit(X, y).score(X, y) < 0.7


def test_sizes_of_classes_do_not_count():
    model = PositionWeightClassifier().fit(["AAAA"] * 50 + ["CCCC"], ["a"] * 50 + ["c"])
    assert model.predict_proba(["NNNN"])[0].tolist() == pytest.approx([0.5, 0.5])
    many = PositionWeightClassifier(order=1).fit(["A" * 9000, "C" * 9000], [0, 1])
    assert many.predict_proba(["A" * 9000])[0].tolist() == pytest.approx([1, 0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pseudocount": 0}, "'pseudocount' must be"),
        ({"order": 2}, "'order' must be"),
        ({"order": -1}, "'order' must be"),
    ],
)
def test_weights_that_are_refused(settings, message):
    with pytest.raises(ArgumentError, match=message):
        PositionWeightClassifier(**settings).fit(["AC", "GT"], [0, 1])


@pytest.mark.parametrize("order", [0, 1])
def test_splice_sites_are_found(data_folder, order):
    data = load_dataset("uci-splice")
    train, test = next(GroupStratifiedKFold(5).split(data.X, data.y, suggested_groups(data)))
    model = PositionWeightClassifier(order=order).fit(data.X[train], data.y[train])
    assert model.score(data.X[test], data.y[test]) > 0.9
