"""MDR against loops over combinations, folds and cells."""

from __future__ import annotations

import pickle
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold

from qsetu.core.errors import ArgumentError
from qsetu.core.seeds import derive_seed
from qsetu.experiments.baselines import MultifactorDimensionalityReduction, mdr


def cohort(number=120, variants=6, seed=0, missing=0.0, levels=3, cases=0.35):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, levels, (number, variants)).astype(np.int8)
    risk = (X[:, 1] + X[:, 4]) % 2
    y = np.where(rng.random(number) < 0.15, rng.random(number) < cases, risk)
    X[rng.random(X.shape) < missing] = -1
    return X, np.array(["control", "case"])[y.astype(int)]


def risky(X, case, columns):
    """Cells seen in training, and whether each is of high risk."""
    cases = Counter(map(tuple, X[case][:, columns].tolist()))
    controls = Counter(map(tuple, X[~case][:, columns].tolist()))
    n1, n0 = int(case.sum()), int((~case).sum())
    return {cell: cases[cell] * n0 >= controls[cell] * n1 for cell in {*cases, *controls}}


def accuracy(X, case, columns, learned):
    found = np.array([learned.get(tuple(row), True) for row in X[:, columns].tolist()])
    return balanced_accuracy_score(case, found)


def brute_force(X, y, order, folds, seed=0):
    case = y == np.unique(y)[1]
    splitter = StratifiedKFold(folds, shuffle=True, random_state=derive_seed(seed, "qsetu.mdr.folds"))
    splits = list(splitter.split(X, case.astype(int)))
    tests, trainings = {}, {}
    for columns in combinations(range(X.shape[1]), order):
        learned = [risky(X[train], case[train], columns) for train, _ in splits]
        both = list(zip(splits, learned, strict=True))
        tests[columns] = np.mean([accuracy(X[b], case[b], columns, one) for (_, b), one in both])
        trainings[columns] = [accuracy(X[a], case[a], columns, one) for (a, _), one in both]
    best = max(tests, key=lambda one: round(tests[one], 12))
    favorites = [max(trainings, key=lambda one: round(trainings[one][f], 12)) for f in range(folds)]
    return best, tests[best], favorites.count(best), risky(X, case, best)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(("missing", "levels"), [(0.0, 3), (0.1, 3), (0.1, 2)])
@pytest.mark.parametrize("folds", [2, 5])
def test_the_same_as_loops(order, missing, levels, folds):
    X, y = cohort(80, 5, seed=order, missing=missing, levels=levels)
    model = MultifactorDimensionalityReduction(order, folds=folds, ploidy=levels - 1).fit(X, y)
    chosen, score, consistency, learned = brute_force(X, y, order, folds)
    assert tuple(model.snps_.tolist()) == chosen
    assert model.cv_score_ == pytest.approx(score)
    assert model.consistency_ == consistency
    assert model.high_risk_.shape == (levels + 1,) * order
    new = cohort(200, 5, seed=9, missing=0.2, levels=levels)[0]
    expected = [learned.get(tuple(row), True) for row in new[:, chosen].tolist()]
    np.testing.assert_array_equal(model.predict(new), model.classes_[np.array(expected).astype(int)])


def test_risks_are_shares_if_classes_were_equally_frequent():
    X, y = np.array([[0]] * 6 + [[1]] * 4), np.array([0, 0, 0, 0, 1, 1, 0, 0, 1, 1])
    model = MultifactorDimensionalityReduction(1, folds=2).fit(X, y)
    # Of 6 controls 4 and 2, of 4 cases 2 and 2; times the size of the other class, and 24/10 for each.
    expected = [(12 + 2.4) / (12 + 16 + 4.8), (12 + 2.4) / (12 + 8 + 4.8), 0.5, 0.5]
    np.testing.assert_allclose(model.risks_, expected)
    shares = [[1 - one, one] for one in expected[:2]]
    np.testing.assert_allclose(model.predict_proba([[0], [1]]), shares)
    np.testing.assert_allclose(model.decision_function([[0]]), np.log(expected[0] / (1 - expected[0])))
    assert model.predict([[0], [1], [2], [-1], [np.nan]]).tolist() == [0, 1, 1, 1, 1]


@pytest.mark.parametrize(("cases", "controls"), [(7, 21), (9, 13)])
def test_ties_are_exact(cases, controls):
    # The same shares of both classes in all cells: every cell is a tie, whatever rounding says.
    X = np.array([[0]] * cases + [[1]] * cases + [[0]] * controls + [[1]] * controls)
    y = np.array([1] * (2 * cases) + [0] * (2 * controls))
    model = MultifactorDimensionalityReduction(1).fit(X, y)
    assert model.high_risk_.all()
    np.testing.assert_array_equal(model.decision_function(X), 0.0)


def test_a_pair_without_effects_of_its_own_is_found():
    rng = np.random.default_rng(3)
    X = rng.binomial(2, 0.5, (400, 40))
    odd = (X[:, 7] == 1) ^ (X[:, 31] == 1)
    y = np.where(rng.random(400) < 0.3, rng.random(400) < 0.5, odd)
    model = MultifactorDimensionalityReduction().fit(X, y)
    assert model.snps_.tolist() == [7, 31]
    assert model.consistency_ == 5
    assert model.cv_score_ > 0.75


def test_of_equal_combinations_the_first():
    X, y = cohort(seed=5)
    twice = np.hstack([X, X])
    assert MultifactorDimensionalityReduction().fit(twice, y).snps_.tolist() == [1, 4]
    assert MultifactorDimensionalityReduction(1).fit(np.hstack([X[:, [0]]] * 3), y).snps_.tolist() == [0]


@pytest.mark.parametrize("order", [1, 2, 3])
def test_every_combination_is_counted_once(order):
    X = cohort(30, 5, seed=6, missing=0.1)[0]
    codes, group = np.where(X < 0, 3, X).astype(np.uint8), np.arange(30) % 4
    seen = []
    for prefix, counts in mdr._tables(codes, group, 4, order):
        later = range(5 - counts.shape[2], 5)
        seen += [(*prefix, one) for one in later]
        for place, one in enumerate(later):
            cells = np.zeros(30, int)
            for column in (*prefix, one):
                cells = cells * 4 + codes[:, column]
            for g in range(4):
                expected = np.bincount(cells[group == g], minlength=4**order)
                np.testing.assert_array_equal(counts[g, :, place].reshape(-1), expected)
    assert seen == list(combinations(range(5), order))


def test_equal_seeds_give_equal_models():
    X, y = cohort(seed=4)
    found = [MultifactorDimensionalityReduction(random_state=seed).fit(X, y).cv_score_ for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2]
    model = MultifactorDimensionalityReduction(random_state=1)
    with pytest.raises(NotFittedError):
        model.predict(X)
    given = model.get_params()
    model.fit(X, y)
    assert model.get_params() == given
    again = pickle.loads(pickle.dumps(clone(model).fit(X.astype(float), y)))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert model.score(X, y) > 0.8


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"order": 0}, "'order' must be"),
        ({"order": 4}, "'order' must be"),
        ({"folds": 1}, "'folds' must be"),
        ({"folds": 80}, "at least 80 samples of each class"),
        ({"ploidy": 1}, "whole numbers from 0 to 1"),
        ({"ploidy": 0}, "'ploidy' must be"),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(ArgumentError, match=message):
        MultifactorDimensionalityReduction(**settings).fit(*cohort())


def test_tables_that_are_refused():
    X, y = cohort()
    model = MultifactorDimensionalityReduction()
    for wrong in (0.5, -2, 3, 5):
        bad = X.astype(float)
        bad[3, 2] = wrong
        with pytest.raises(ArgumentError, match="at row 3, column 2"):
            model.fit(bad, y)
    with pytest.raises(ArgumentError, match="'y' must hold two classes: cases and controls"):
        model.fit(X, np.arange(120) % 3)
    with pytest.raises(ArgumentError, match="'order' must be at most 1"):
        model.fit(X[:, :1], y)
    with pytest.raises(ValueError, match="features"):
        model.fit(X, y).predict(X[:, :3])
