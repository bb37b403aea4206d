"""Splitters: the laws of a split, swept over a roster of group layouts."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, cross_val_score

from qsetu.core.errors import ArgumentError
from qsetu.genomics import SequenceDataset
from qsetu.genomics.splits import (
    GroupStratifiedKFold,
    LeaveOneGroupOut,
    OfficialSplit,
    RepeatedGroupStratifiedKFold,
    train_test_split_by_group,
)

NAMES = ("singletons", "pairs", "uneven", "mixed", "rare class", "many", "three classes")


def layout(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Labels and groups."""
    rng = np.random.default_rng(NAMES.index(name))
    if name == "singletons":
        return rng.choice(["a", "b"], 200, p=[0.7, 0.3]), np.arange(200).astype(str)
    if name == "pairs":
        return np.repeat(rng.choice(["a", "b"], 80), 2), np.repeat(np.arange(80), 2).astype(str)
    if name == "uneven":
        sizes = rng.geometric(0.2, 60)
        return np.repeat(rng.choice(["a", "b"], 60), sizes), np.repeat(np.arange(60), sizes).astype(str)
    if name == "mixed":
        return rng.choice(["a", "b"], 300), rng.integers(0, 40, 300).astype(str)
    if name == "rare class":
        return np.array(["rare"] * 6 + ["common"] * 300), np.arange(306).astype(str)
    if name == "many":
        return rng.choice(["a", "b"], 3000), rng.integers(0, 2000, 3000).astype(str)
    return rng.choice(["a", "b", "c"], 240, p=[0.6, 0.3, 0.1]), rng.integers(0, 90, 240).astype(str)


LAYOUTS = pytest.mark.parametrize("name", NAMES)


@LAYOUTS
@pytest.mark.parametrize("folds", [2, 5])
def test_no_group_straddles_and_every_sample_is_tested_once(name, folds):
    y, groups = layout(name)
    splitter = GroupStratifiedKFold(folds, seed=3)
    tested = np.zeros(len(y), int)
    for train, test in splitter.split(y, y, groups):
        assert not set(groups[train]) & set(groups[test])
        assert sorted([*train, *test]) == list(range(len(y)))
        assert set(y[train]) == set(y[test]) == set(y)
        tested[test] += 1
    assert (tested == 1).all()
    assert splitter.get_n_splits() == folds


@LAYOUTS
def test_classes_keep_their_shares(name):
    y, groups = layout(name)

    def worst(splitter):
        shares = []
        for _, test in splitter.split(y, y, groups):
            shares += [abs((y[test] == label).sum() / (y == label).sum() - 0.2) for label in set(y)]
        return max(shares)

    ours = worst(GroupStratifiedKFold(5))
    theirs = min(worst(StratifiedGroupKFold(5, shuffle=True, random_state=seed)) for seed in range(3))
    biggest = max(
        (y[groups == one] == label).sum() / (y == label).sum() for one in set(groups) for label in set(y)
    )
    assert ours <= max(theirs, biggest) + 1e-9
    if name in ("singletons", "rare class"):
        assert ours <= 1 / min((y == label).sum() for label in set(y))


@LAYOUTS
def test_the_same_seed_gives_the_same_folds_whatever_the_order(name):
    y, groups = layout(name)
    order = np.random.default_rng(0).permutation(len(y))
    one = [test for _, test in GroupStratifiedKFold(4, 1).split(y, y, groups)]
    same = [test for _, test in GroupStratifiedKFold(4, 1).split(y, y, groups)]
    moved = [test for _, test in GroupStratifiedKFold(4, 1).split(y, y[order], groups[order])]
    other = [test for _, test in GroupStratifiedKFold(4, 2).split(y, y, groups)]
    for a, b, c in zip(one, same, moved, strict=True):
        np.testing.assert_array_equal(a, b)
        assert set(order[c]) == set(a)
    assert any(set(a) != set(b) for a, b in zip(one, other, strict=True))


def test_a_class_of_too_few_groups_is_refused_by_name():
    y, groups = np.array(["a"] * 8 + ["odd"] * 8), np.array([*"12345678", *"xxxxyyyy"])
    with pytest.raises(ArgumentError, match=r"3 folds; got 2 group\(s\) that hold class 'odd'"):
        list(GroupStratifiedKFold(3).split(y, y, groups))
    assert len(list(GroupStratifiedKFold(2).split(y, y, groups))) == 2
    with pytest.raises(ArgumentError, match=r"4 folds; got 3 group\(s\) that hold the data"):
        list(GroupStratifiedKFold(4).split(y, None, np.arange(16) % 3))
    # Three classes, each in two of three groups: two folds cannot hold all three.
    y, groups = np.array([*"ababcc"]), np.array([*"121323"])
    y = np.array(["a", "a", "b", "b", "c", "c"])
    groups = np.array(["1", "2", "1", "3", "2", "3"])
    with pytest.raises(ArgumentError, match="orders"):
        list(GroupStratifiedKFold(2).split(y, y, groups))


def test_greedy_dead_ends_are_left_by_another_order():
    # Some orders leave a fold without the class that two mixed groups hold.
    for seed in range(200):
        rng = np.random.default_rng(seed)
        groups = rng.integers(0, 7, 30)
        y = rng.choice(["a", "b", "c"], 30, p=[0.7, 0.2, 0.1])
        try:
            folds = list(GroupStratifiedKFold(2, seed).split(y, y, groups))
        except ArgumentError:
            continue
        assert all(set(y[test]) == set(y) for _, test in folds)


def test_measured_labels_make_folds_of_even_size():
    rng = np.random.default_rng(0)
    y, groups = rng.normal(size=100), rng.integers(0, 30, 100)
    sizes = [len(test) for _, test in GroupStratifiedKFold(5).split(y, y, groups)]
    assert sum(sizes) == 100 and max(sizes) - min(sizes) <= 8
    y[3] = np.nan
    with pytest.raises(ArgumentError, match="finite"):
        list(GroupStratifiedKFold(5).split(y, y, groups))


def test_groups_are_wanted_and_must_fit():
    y = np.array([*"abab"])
    with pytest.raises(ArgumentError, match="suggested_groups"):
        list(GroupStratifiedKFold(2).split(y, y))
    with pytest.raises(ArgumentError, match="each of the 4"):
        list(GroupStratifiedKFold(2).split(y, y, ["1", "2"]))
    for wrong in (1, 2.5, True):
        with pytest.raises(ArgumentError, match="n_splits"):
            GroupStratifiedKFold(wrong)
    with pytest.raises(ArgumentError, match="n_repeats"):
        RepeatedGroupStratifiedKFold(2, 0)


def test_repeats_test_each_sample_once_a_repeat_and_differ():
    y, groups = layout("three classes")
    splitter = RepeatedGroupStratifiedKFold(4, 3, seed=5)
    folds = list(splitter.split(y, y, groups))
    assert splitter.get_n_splits() == len(folds) == 12
    for repeat in range(3):
        tested = np.concatenate([test for _, test in folds[4 * repeat : 4 * repeat + 4]])
        assert sorted(tested) == list(range(len(y)))
    assert {frozenset(test) for _, test in folds[:4]} != {frozenset(test) for _, test in folds[4:8]}


def test_leaving_one_group_out():
    y, groups = np.array([*"ababab"]), np.array([*"112233"])
    folds = list(LeaveOneGroupOut().split(y, y, groups))
    assert [groups[test].tolist() for _, test in folds] == [["1", "1"], ["2", "2"], ["3", "3"]]
    assert LeaveOneGroupOut().get_n_splits(y, y, groups) == 3
    with pytest.raises(ArgumentError, match="group '1' that holds all of class 'z'"):
        list(LeaveOneGroupOut().split(y, np.array([*"zzabab"]), groups))
    with pytest.raises(ArgumentError, match="two at least"):
        list(LeaveOneGroupOut().split(y, y, ["1"] * 6))


def test_the_official_split_is_the_published_one():
    splitter = OfficialSplit(["train", "test", "train"])
    ((train, test),) = splitter.split(np.zeros((3, 2)))
    assert train.tolist() == [0, 2] and test.tolist() == [1]
    assert splitter.get_n_splits() == 1
    assert splitter == OfficialSplit(np.array(["train", "test", "train"])) and hash(splitter)
    with pytest.raises(ArgumentError, match="3 samples"):
        next(splitter.split(np.zeros((4, 2))))
    for wrong in (["train"], ["train", "test", "valid"]):
        with pytest.raises(ArgumentError, match="'train' or 'test'"):
            OfficialSplit(wrong)
    with pytest.raises(ArgumentError, match="no published split"):
        OfficialSplit(None)


@pytest.mark.parametrize("size", [0.1, 0.25, 0.5])
def test_one_split_by_group_keeps_size_and_classes(size):
    y, groups = layout("three classes")
    texts = np.array(
        ["".join(np.random.default_rng(i).choice(list("ACGT"), 30)) for i in range(len(y))], object
    )
    data = SequenceDataset(
        sample_names=np.arange(len(y)).astype(str), labels=y, groups=groups, sequences=texts
    )
    train, test = train_test_split_by_group(data, size, seed=1)
    assert sorted([*train, *test]) == list(range(len(y)))
    assert not set(groups[train]) & set(groups[test])
    assert len(test) / len(y) == pytest.approx(size, abs=0.03)
    for label in set(y):
        assert (y[test] == label).sum() == pytest.approx(size * (y == label).sum(), abs=3)
    again = train_test_split_by_group(data, size, seed=1)
    np.testing.assert_array_equal(again[1], test)
    assert set(train_test_split_by_group(data, size, seed=2)[1]) != set(test)
    order = np.random.default_rng(1).permutation(len(y))
    assert set(order[train_test_split_by_group(data.take(order), size, seed=1)[1]]) == set(test)
    own = train_test_split_by_group(data, size, groups=np.arange(len(y)), stratify=False)
    assert len(own[1]) == round(size * len(y))
    for wrong in (0, 1, 1.5):
        with pytest.raises(ArgumentError, match="test_size"):
            train_test_split_by_group(data, wrong)


def test_one_split_knows_duplicates_by_itself():
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("ACGT"), 30)) for _ in range(20)] * 2
    data = SequenceDataset(sample_names=np.arange(40).astype(str), sequences=texts)
    train, test = train_test_split_by_group(data, 0.3)
    assert not {texts[i] for i in train} & {texts[i] for i in test}


@pytest.mark.parametrize(
    "splitter", [GroupStratifiedKFold(3), RepeatedGroupStratifiedKFold(3, 2), LeaveOneGroupOut()]
)
def test_scikit_learn_takes_them(splitter):
    rng = np.random.default_rng(0)
    X, y, groups = rng.normal(size=(60, 3)), rng.choice(["a", "b"], 60), np.arange(60) % 6
    scores = cross_val_score(LogisticRegression(), X, y, groups=groups, cv=copy.deepcopy(splitter))
    assert len(scores) == splitter.get_n_splits(X, y, groups) and np.isfinite(scores).all()
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=splitter).fit(X, y, groups=groups)
    assert search.best_score_ > 0
    with sklearn.config_context(enable_metadata_routing=True):
        routed = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=splitter).fit(X, y, groups=groups)
    assert routed.best_score_ == search.best_score_


def test_scikit_learn_takes_the_official_split():
    X, y = np.random.default_rng(0).normal(size=(40, 2)), np.array(["a", "b"] * 20)
    splitter = OfficialSplit(["train"] * 30 + ["test"] * 10)
    assert len(cross_val_score(LogisticRegression(), X, y, cv=splitter)) == 1
