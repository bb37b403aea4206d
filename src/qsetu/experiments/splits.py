"""Splits: made once from groups, labels and the seed alone, and given to every model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import derive_seed
from qsetu.experiments.data import TEST, ExperimentData
from qsetu.experiments.spec import SizeSpec, SplitSpec
from qsetu.genomics.splits import GroupStratifiedKFold, LeaveOneGroupOut

__all__ = ["Split", "holdout_split", "inner_splits", "outer_splits", "share_of"]

Pair = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Split:
    """Positions of training and test samples.

    Attributes:
        kind: "fold", or "holdout" for the published split or a second dataset.
        repeat: Which repeat, from 0.
        fold: Which fold of the repeat, from 0.
        train: Positions, int64 ``(N_train,)``, ascending.
        test: Positions, int64 ``(N_test,)``, ascending.
    """

    kind: Literal["fold", "holdout"]
    repeat: int
    fold: int
    train: NDArray[np.int64]
    test: NDArray[np.int64]

    @property
    def title(self) -> str:
        """For people: "fold 2.3" is the third fold of the second repeat."""
        return "held-out test" if self.kind == "holdout" else f"fold {self.repeat + 1}.{self.fold + 1}"


def outer_splits(data: ExperimentData, rule: SplitSpec, plan: SizeSpec, seed: int) -> list[Split]:
    """Repeated folds of whole groups; a repeat depends on the seed and its own number alone.

    Raises:
        ArgumentError: A label has too few groups for the folds asked for.
    """
    pool = np.arange(len(data))
    if rule.folds_on == "train":
        assert data.part is not None
        pool = np.flatnonzero(data.part != TEST)
    y = data.y[pool] if data.task == "classification" else None
    groups = data.groups[pool]
    if y is not None and rule.method == "folds":
        _enough(data, pool, plan)
    splits = []
    numbers = range(plan.first_repeat, plan.first_repeat + plan.repeats)
    for repeat in numbers if rule.method == "folds" else range(1):
        splitter: Any = LeaveOneGroupOut()
        if rule.method == "folds":
            splitter = GroupStratifiedKFold(plan.outer_folds, derive_seed(seed, "outer", repeat))
        for fold, (train, test) in enumerate(splitter.split(pool, y, groups)):
            splits.append(Split("fold", repeat, fold, pool[train], pool[test]))
    return splits


def holdout_split(data: ExperimentData, rule: SplitSpec, external: bool) -> Split | None:
    """The published split, or the second dataset; None where the experiment asks for neither.

    Test samples of a group that trains are left out.
    """
    if data.part is None or not (rule.official or external):
        return None
    train, test = np.flatnonzero(data.part != TEST), np.flatnonzero(data.part == TEST)
    test = test[~np.isin(data.groups[test], data.groups[train])]
    if not len(test):
        raise ArgumentError("split", "must leave test samples that are in no group of the training part", 0)
    return Split("holdout", 0, 0, train, test)


def inner_splits(data: ExperimentData, split: Split, folds: int, seed: int) -> list[Pair]:
    """The folds that tune, inside the training part: the same for every model.

    Positions are those of the whole data.
    """
    y = data.y[split.train] if data.task == "classification" else None
    own = derive_seed(seed, "inner", split.kind, split.repeat, split.fold)
    splitter = GroupStratifiedKFold(folds, own)
    return [
        (split.train[train], split.train[test])
        for train, test in splitter.split(split.train, y, data.groups[split.train])
    ]


def _enough(data: ExperimentData, pool: NDArray[np.int64], plan: SizeSpec) -> None:
    """Each label must have a group for every outer fold, and then for every inner one."""
    for label, name in enumerate(data.labels):
        rows = pool[data.y[pool] == label]
        groups = len(np.unique(data.groups[rows]))
        said = f"samples labeled '{name}' ({len(rows)} in {groups} groups)"
        if plan.outer_folds > groups:
            rule = f"must be at most {groups}, for {said}"
            raise ArgumentError("outer_folds", rule, plan.outer_folds)
        left = groups - -(-groups // plan.outer_folds)
        if plan.inner_folds > left:
            rule = f"must be at most {left}, for {said}, of which a fold is left out"
            raise ArgumentError("inner_folds", rule, Said(str(plan.inner_folds)))


def share_of(
    data: ExperimentData, rows: NDArray[np.int64], share: float, seed: int
) -> NDArray[np.int64] | None:
    """About ``share`` of ``rows``: whole groups, each label by its share; None where a label would be lost.

    A larger share of the same seed need not hold a smaller one.
    """
    from qsetu.genomics.splits.assigning import assign_groups, class_codes, group_codes

    _, group = group_codes(data.groups[rows], len(rows))
    y = data.y[rows] if data.task == "classification" else None
    classes, label = class_codes(y, len(rows))
    try:
        part = assign_groups(group, label, np.array([share, 1 - share]), seed, classes)[group]
    except ArgumentError:  # a label with one group only cannot be shared out
        return None
    chosen = rows[part == 0]
    if y is not None and (np.bincount(data.y[chosen], minlength=len(data.labels)) < 2).any():
        return None
    return chosen
