"""Splitters with scikit-learn's interface: no group ever straddles a split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import derive_seed
from qsetu.genomics.datasets.base import Dataset, text_column
from qsetu.genomics.splits.assigning import assign_groups, class_codes, group_codes

__all__ = [
    "GroupStratifiedKFold",
    "LeaveOneGroupOut",
    "OfficialSplit",
    "RepeatedGroupStratifiedKFold",
    "train_test_split_by_group",
]

Split = tuple[NDArray[np.int64], NDArray[np.int64]]


class _GroupSplitter:
    def get_metadata_routing(self) -> Any:
        """What scikit-learn asks where metadata routing is on: ``split`` wants groups."""
        from sklearn.model_selection import GroupKFold

        return GroupKFold().get_metadata_routing()


@dataclass(frozen=True)
class GroupStratifiedKFold(_GroupSplitter):
    """K folds: whole groups, each class in even shares, every sample tested once.

    The folds depend on names of groups, labels and the seed, and not on the order of rows. Labels that are
    measured numbers (not whole) are not stratified; folds are then even in size.

    Args:
        n_splits: Number of folds, 2 or more.
        seed: Draws which of equal groups go where.

    Raises:
        ArgumentError: An argument is out of range.

    Example:
        >>> import numpy as np
        >>> from qsetu.genomics.splits import GroupStratifiedKFold
        >>> y, groups = np.tile(["a", "b"], 6), np.repeat(["g1", "g2", "g3"], 4)
        >>> [groups[test].tolist() for _, test in GroupStratifiedKFold(3).split(y, y, groups)]
        [['g3', 'g3', 'g3', 'g3'], ['g2', 'g2', 'g2', 'g2'], ['g1', 'g1', 'g1', 'g1']]
    """

    n_splits: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        as_int("n_splits", self.n_splits, 2)
        as_int("seed", self.seed, 0)

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Split]:
        """Rows to train and to test on, ascending, for each fold.

        Args:
            X: N samples; only their number matters.
            y: Labels ``(N,)``; None not to stratify.
            groups: Group of each sample, ``(N,)``.

        Raises:
            ArgumentError: Groups are missing, or a class has fewer groups than there are folds.
        """
        number = _rows(X)
        _, group = group_codes(groups, number)
        classes, label = class_codes(y, number)
        shares = np.full(self.n_splits, 1 / self.n_splits)
        fold = assign_groups(group, label, shares, self.seed, classes)[group]
        for one in range(self.n_splits):
            yield np.flatnonzero(fold != one), np.flatnonzero(fold == one)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of folds."""
        return self.n_splits


@dataclass(frozen=True)
class RepeatedGroupStratifiedKFold(_GroupSplitter):
    """:class:`GroupStratifiedKFold` over and over, each time by a seed of its own.

    Args:
        n_splits: Number of folds, 2 or more.
        n_repeats: How often, 1 or more.
        seed: Every repeat derives its own from it.
    """

    n_splits: int = 5
    n_repeats: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        GroupStratifiedKFold(self.n_splits, self.seed)
        as_int("n_repeats", self.n_repeats, 1)

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Split]:
        """The folds of each repeat in turn; see :meth:`GroupStratifiedKFold.split`."""
        for repeat in range(self.n_repeats):
            seed = derive_seed(self.seed, "qsetu.splits.repeat", repeat)
            yield from GroupStratifiedKFold(self.n_splits, seed).split(X, y, groups)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of folds times number of repeats."""
        return self.n_splits * self.n_repeats


@dataclass(frozen=True)
class LeaveOneGroupOut(_GroupSplitter):
    """One fold a group, in the order of their names: every chromosome, donor or batch is tested once, alone.

    A group that holds all samples of a class cannot be left out, as nothing would remain to learn that class
    from.
    """

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Split]:
        """Rows to train and to test on, for each group.

        Raises:
            ArgumentError: Groups are missing, there is one only, or one holds a whole class.
        """
        number = _rows(X)
        names, group = group_codes(groups, number)
        if len(names) < 2:
            raise ArgumentError("groups", "must be two at least", names.tolist())
        classes, label = class_codes(y, number)
        for code, name in enumerate(names):
            train = np.flatnonzero(group != code)
            seen = np.bincount(label[train], minlength=len(classes))
            if (seen == 0).any():
                rule = "must leave samples of every class when one is left out"
                words = Said(f"group '{name}' that holds all of class '{classes[int(np.argmin(seen))]}'")
                raise ArgumentError("groups", rule, words, "Use GroupStratifiedKFold, or drop that class.")
            yield train, np.flatnonzero(group == code)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of groups.

        Raises:
            ArgumentError: Groups are missing.
        """
        return len(group_codes(groups, 0 if groups is None else len(groups))[0])


@dataclass(frozen=True)
class OfficialSplit:
    """The published split: trained on "train", tested once on "test".

    Whether it is honest is another question: ask :func:`leakage_report`.

    Args:
        column: "train" or "test" for each sample, such as ``dataset.official_split``.

    Raises:
        ArgumentError: There is none, it holds other values, or one of the two has no sample.
    """

    column: Any

    def __post_init__(self) -> None:
        if self.column is None:
            hint = "This dataset has no published split; see GroupStratifiedKFold."
            raise ArgumentError("column", "must be a published split", None, hint)
        values = tuple(text_column("column", self.column).tolist())
        if set(values) != {"train", "test"}:
            rule = "must be 'train' or 'test' for each sample, and hold both"
            raise ArgumentError("column", rule, sorted(set(values)))
        object.__setattr__(self, "column", values)

    def split(self, X: Any = None, y: Any = None, groups: Any = None) -> Iterator[Split]:
        """Rows to train and to test on.

        Raises:
            ArgumentError: ``X`` does not have as many samples as the split.
        """
        if X is not None and _rows(X) != len(self.column):
            raise ArgumentError(
                "X", f"must have the {len(self.column)} samples of the split", Said(str(_rows(X)))
            )
        testing = np.array(self.column) == "test"
        yield np.flatnonzero(~testing), np.flatnonzero(testing)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """One."""
        return 1


def train_test_split_by_group(
    dataset: Dataset, test_size: float = 0.2, seed: int = 0, stratify: bool = True, *, groups: Any = None
) -> Split:
    """Rows to train and to test on; no group is in both.

    Args:
        dataset: N samples.
        test_size: Share of samples to test on, above 0 and below 1; met as nearly as whole groups allow.
        seed: Draws which of equal groups go where; the order of rows does not matter.
        stratify: Whether labels, if there are any, keep their shares.
        groups: Group of each sample; None for :func:`suggested_groups`.

    Returns:
        Two int64 arrays, ascending.

    Raises:
        ArgumentError: The size is out of range, or a class has one group only.
    """
    from qsetu.genomics.splits.suggested import suggested_groups

    share = as_float("test_size", test_size, low=0, high=1, open_low=True)
    if share == 1:
        raise ArgumentError("test_size", "must be below 1", test_size)
    _, group = group_codes(suggested_groups(dataset) if groups is None else groups, len(dataset))
    classes, label = class_codes(dataset.labels if stratify else None, len(dataset))
    seed = as_int("seed", seed, 0)
    testing = assign_groups(group, label, np.array([1 - share, share]), seed, classes)[group] == 1
    return np.flatnonzero(~testing), np.flatnonzero(testing)


def _rows(X: Any) -> int:
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)
