"""Groups to folds: every class in its share everywhere, as far as whole groups allow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import generator
from qsetu.genomics.datasets.base import text_column

__all__ = ["assign_groups", "class_codes", "group_codes"]

_TRIES = 20


def group_codes(groups: Any, num_samples: int) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """Names of groups, sorted, and which each sample belongs to.

    Raises:
        ArgumentError: There are none, or not one a sample.
    """
    if groups is None:
        raise ArgumentError(
            "groups",
            "must say which samples belong together",
            None,
            "Pass groups=suggested_groups(dataset), or numpy.arange(len(X)) if samples are independent.",
        )
    column = text_column("groups", groups)
    if len(column) != num_samples:
        rule = f"must have an entry for each of the {num_samples} samples"
        raise ArgumentError("groups", rule, f"{len(column)} entries")
    names, codes = np.unique(column, return_inverse=True)
    return names, codes


def class_codes(y: Any, num_samples: int) -> tuple[list[str], NDArray[np.int64]]:
    """Names of classes, and which each sample is of.

    One class, without a name, where ``y`` is None or holds measured numbers (not whole).
    """
    if y is None:
        return [""], np.zeros(num_samples, np.int64)
    column = np.asarray(y)
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.shape != (num_samples,):
        rule = f"must have an entry for each of the {num_samples} samples"
        raise ArgumentError("y", rule, f"shape {column.shape}")
    if column.dtype.kind == "f":
        if not np.isfinite(column).all():
            raise ArgumentError("y", "must be labels or finite numbers", "NaN or infinity")
        if (column != np.round(column)).any():
            return [""], np.zeros(num_samples, np.int64)
    names, codes = np.unique(
        column.astype(np.str_) if column.dtype.kind == "O" else column, return_inverse=True
    )
    return [str(name) for name in names], codes


def assign_groups(
    group: NDArray[np.int64],
    label: NDArray[np.int64],
    shares: NDArray[np.float64],
    seed: int,
    classes: list[str],
) -> NDArray[np.int64]:
    """Which fold each group goes to.

    Groups go in descending order of their largest share of a class, each to where the squared distance
    between the classes' shares and the wanted ones grows least; ties to the smaller fold. Equal groups go in
    an order drawn by ``seed``. As greedy choices can leave a fold without a class, further orders are tried
    then.

    Args:
        group: Group of each sample, ``(N,)``, codes of sorted names.
        label: Class of each sample, ``(N,)``.
        shares: Wanted share of each fold, ``(F,)``, sums to 1.
        seed: Draws the order.
        classes: Names of classes, for errors.

    Returns:
        int64 ``(G,)``.

    Raises:
        ArgumentError: A class has fewer groups than there are folds, or no order tried puts it into each
            fold.
    """
    number = int(group.max()) + 1
    counts = np.zeros((number, len(classes)))
    np.add.at(counts, (group, label), 1)
    holding = (counts > 0).sum(0)
    short = int(np.argmin(holding))
    if holding[short] < len(shares):
        which = f"class '{classes[short]}'" if classes[short] else "the data"
        rule = f"must have a group of every class for each of {len(shares)} folds"
        hint = "Use fewer folds, or gather more independent samples of that class."
        raise ArgumentError("groups", rule, Said(f"{holding[short]} group(s) that hold {which}"), hint)
    for trial in range(_TRIES):
        order = generator(seed, "qsetu.splits", trial).permutation(number)
        fold = _greedy(counts, shares, order)
        filled = np.zeros((len(shares), len(classes)))
        np.add.at(filled, fold, counts)
        if (filled > 0).all():
            return fold
    empty = classes[int(np.argmin(filled.min(0)))]
    rule = f"must allow every class in each of {len(shares)} folds; none of {_TRIES} orders does"
    raise ArgumentError("groups", rule, Said(f"no '{empty}' in one of them"), "Use fewer folds.")


def _greedy(
    counts: NDArray[np.float64], shares: NDArray[np.float64], order: NDArray[np.int64]
) -> NDArray[Any]:
    # The last column counts samples of all classes, so that folds are of even size, too.
    weights = np.concatenate([counts / counts.sum(0), counts.sum(1, keepdims=True) / counts.sum()], 1)
    order = order[np.argsort(-weights.max(1)[order].round(12), kind="stable")]
    filled = -np.outer(shares, np.ones(weights.shape[1]))
    fold = np.empty(len(counts), np.int64)
    for one in order.tolist():
        # Adding w to the shortfall d of a fold changes sum d^2 by 2 d w + w^2; the last is the same
        # everywhere.
        cost = filled @ weights[one]
        near = np.flatnonzero(cost <= cost.min() + 1e-12)
        place = near[np.argmin(filled[near, -1])] if len(near) > 1 else near[0]
        filled[place] += weights[one]
        fold[one] = place
    return fold
