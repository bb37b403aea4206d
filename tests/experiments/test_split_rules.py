"""Folds, held-out parts and shares of training parts: whole groups, the asked samples, seeds of their own."""

from __future__ import annotations

import numpy as np
import pytest

from qsetu.core.errors import ArgumentError
from qsetu.experiments.data import ExperimentData
from qsetu.experiments.spec import SizeSpec, SplitSpec
from qsetu.experiments.splits import Split, holdout_split, inner_splits, outer_splits, share_of
from qsetu.genomics import ExpressionDataset


def samples(labels, groups=None, part=None, task="classification") -> ExperimentData:
    """Samples with these labels (or numbers), alone unless groups are given."""
    number = len(labels)
    names = [f"s{i}" for i in range(number)]
    dataset = ExpressionDataset(sample_names=names, values=np.zeros((number, 1)), gene_names=["g"])
    known, codes = np.unique(labels, return_inverse=True)
    named = task == "classification"
    return ExperimentData(
        dataset=dataset,
        X=dataset.X,
        y=codes if named else np.asarray(labels, dtype=float),
        labels=tuple(known.tolist()) if named else (),
        groups=np.array(names if groups is None else groups),
        part=None if part is None else np.array(part),
        task=task,
    )


def plan(outer=2, inner=2, **more) -> SizeSpec:
    return SizeSpec(outer_folds=outer, inner_folds=inner, configurations=1, **more)


def rows_tested(splits):
    return [split.test.tolist() for split in splits]


def sides(splits):
    return [(train.tolist(), test.tolist()) for train, test in splits]


# ---- outer folds ----------------------------------------------------------------------------------------


def test_a_machine_that_starts_later_makes_the_same_repeats():
    data = samples(["a", "b"] * 10)
    three = outer_splits(data, SplitSpec(), plan(repeats=3), 4)
    last = outer_splits(data, SplitSpec(), plan(first_repeat=2), 4)
    assert rows_tested(last) == rows_tested(three)[4:]
    assert [(split.repeat, split.fold) for split in last] == [(2, 0), (2, 1)]
    assert [split.title for split in last] == ["fold 3.1", "fold 3.2"]


def test_folds_of_the_training_part_are_positions_of_all_samples():
    part = np.array(["test", "train", "train"] * 8)
    data = samples(["a", "a", "b"] * 8, part=part)
    for split in outer_splits(data, SplitSpec(folds_on="train"), plan(), 1):
        both = np.concatenate([split.train, split.test])
        assert sorted(both.tolist()) == np.flatnonzero(part == "train").tolist()


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_groups_are_whole_inside_and_outside(task):
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat(["1", "2"], 40))
    data = samples(labels, groups=[f"g{i}" for i in rng.integers(0, 20, 80)], task=task)
    outer = outer_splits(data, SplitSpec(), plan(3), 1)
    pairs = [(split.train, split.test) for split in outer]
    for split in outer:
        inside = inner_splits(data, split, 3, 1)
        assert sorted(np.concatenate([test for _, test in inside])) == split.train.tolist()
        assert all(set(train) | set(test) == set(split.train) for train, test in inside)
        pairs += inside
    assert len(pairs) == 3 + 9
    for train, test in pairs:
        assert not set(data.groups[train]) & set(data.groups[test])


def test_inner_folds_have_a_seed_for_each_split_of_the_outer_ones():
    data = samples(["a", "b"] * 20)
    rows, rest = np.arange(30), np.arange(30, 40)
    places = [("fold", 0, 0), ("fold", 0, 1), ("fold", 1, 0), ("holdout", 0, 0)]
    found = [sides(inner_splits(data, Split(*place, rows, rest), 3, 7)) for place in places]
    assert all(one != other for i, one in enumerate(found) for other in found[:i])
    assert found[0] == sides(inner_splits(data, Split(*places[0], rows, rest), 3, 7))
    assert found[0] != sides(inner_splits(data, Split(*places[0], rows, rest), 3, 8))


# ---- too few groups -------------------------------------------------------------------------------------

# Label "a" has 12 samples in 5 groups, label "b" 20 of their own.
FEW = samples(["a"] * 12 + ["b"] * 20, groups=[f"g{i % 5}" for i in range(12)] + [f"h{i}" for i in range(20)])


@pytest.mark.parametrize(
    ("outer", "inner", "message"),
    [
        (6, 2, r"'outer_folds' must be at most 5, for samples labeled 'a' \(12 in 5 groups\); got 6"),
        (2, 3, r"'inner_folds' must be at most 2, for samples labeled 'a' \(12 in 5 groups\), of which"),
        (5, 5, "'inner_folds' must be at most 4"),
    ],
)
def test_more_folds_than_groups_of_a_label_are_refused(outer, inner, message):
    with pytest.raises(ArgumentError, match=message):
        outer_splits(FEW, SplitSpec(), plan(outer, inner), 1)


@pytest.mark.parametrize(("outer", "inner"), [(5, 4), (2, 2)])
def test_as_many_folds_as_groups_allow_hold_every_label(outer, inner):
    splits = outer_splits(FEW, SplitSpec(), plan(outer, inner), 1)
    assert len(splits) == outer
    for split in splits:
        assert set(FEW.y[split.test]) == {0, 1}
        for train, test in inner_splits(FEW, split, inner, 1):
            assert set(FEW.y[train]) == set(FEW.y[test]) == {0, 1}


def test_only_samples_that_take_part_are_counted():
    part = ["train"] * 8 + ["test"] * 12
    data = samples(["a", "b"] * 10, part=part)
    assert len(outer_splits(data, SplitSpec(), plan(5), 1)) == 5
    with pytest.raises(ArgumentError, match=r"at most 4, for samples labeled 'a' \(4 in 4 groups\)"):
        outer_splits(data, SplitSpec(folds_on="train"), plan(5), 1)


def test_one_group_at_a_time_asks_for_no_number_of_folds():
    data = samples(["a", "b"] * 6, groups=[f"g{i // 4}" for i in range(12)])
    rule = SplitSpec(method="leave-one-group-out")
    assert len(outer_splits(data, rule, plan(50, repeats=4), 1)) == 3


# ---- the held-out part ----------------------------------------------------------------------------------


def test_a_held_out_part_is_made_where_it_is_asked_for():
    data = samples(["a", "b"] * 4, part=["test", "train"] * 4)
    official, neither = SplitSpec(official=True), SplitSpec(folds_on="train")
    assert holdout_split(data, neither, external=False) is None
    assert holdout_split(samples(["a", "b"]), official, external=True) is None
    for rule, external in ((official, False), (neither, True)):
        split = holdout_split(data, rule, external)
        assert (split.kind, split.title) == ("holdout", "held-out test")
        assert (split.train.tolist(), split.test.tolist()) == ([1, 3, 5, 7], [0, 2, 4, 6])


def test_a_held_out_part_that_only_holds_training_groups_is_refused():
    data = samples(["a", "b"] * 2, groups=["u", "u", "v", "v"], part=["test", "train"] * 2)
    with pytest.raises(ArgumentError, match=r"'split' must leave test samples.*; got 0"):
        holdout_split(data, SplitSpec(official=True), external=False)


# ---- shares of a training part --------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_a_share_is_of_whole_groups_and_of_every_label(share):
    labels = np.repeat(["a", "b"], [80, 40])
    data = samples(labels, groups=[f"g{i // 2}" for i in range(120)])
    rows = np.arange(20, 120)
    chosen = share_of(data, rows, share, 3)
    assert set(chosen) <= set(rows) and (np.diff(chosen) > 0).all()
    assert np.bincount(data.y[chosen]).tolist() == pytest.approx([60 * share, 40 * share], abs=2)
    assert not set(data.groups[chosen]) & set(data.groups[np.setdiff1d(rows, chosen)])
    np.testing.assert_array_equal(share_of(data, rows, share, 3), chosen)
    assert share_of(data, rows, share, 4).tolist() != chosen.tolist()


def test_a_share_of_numbers_needs_no_labels():
    data = samples(np.linspace(0, 1, 60), groups=[f"g{i // 3}" for i in range(60)], task="regression")
    assert len(share_of(data, np.arange(60), 0.25, 1)) == 15


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        (["a"] * 20 + ["b"] * 2, 22),  # one of two would be left
        (["a"] * 20 + ["b"], 21),  # the only one
        (["a"] * 20 + ["b"] * 20 + ["c"] * 5, 40),  # none of "c" trains at all
    ],
    ids=["two", "one", "none"],
)
def test_there_is_no_share_that_would_lose_a_label(labels, rows):
    data = samples(labels)
    assert share_of(data, np.arange(rows), 0.5, 1) is None
