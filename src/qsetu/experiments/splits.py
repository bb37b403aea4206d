"""Outer splits: made once, from the labels and the seed alone, and given to every model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from qsetu.core.errors import ArgumentError
from qsetu.core.seeds import derive_seed
from qsetu.experiments.spec import SizeSpec

__all__ = ["Split", "outer_splits"]


@dataclass(frozen=True, eq=False)
class Split:
    """One outer fold: positions of its training and test samples.

    Attributes:
        repeat: Which repeat, from 0.
        fold: Which fold of the repeat, from 0.
        train: Positions, int64 ``(N_train,)``, ascending.
        test: Positions, int64 ``(N_test,)``, ascending.
    """

    repeat: int
    fold: int
    train: NDArray[np.int64]
    test: NDArray[np.int64]


def outer_splits(labels: NDArray[Any], plan: SizeSpec, seed: int) -> list[Split]:
    """Repeated stratified folds; a repeat depends on the seed and its own number alone.

    Raises:
        ArgumentError: The rarest label has too few samples for the folds asked for.
    """
    names, counts = np.unique(labels, return_counts=True)
    rarest = int(counts.argmin())
    smallest = int(counts[rarest])
    if plan.outer_folds > smallest:
        rule = f"must be at most {smallest}, the number of samples labeled '{names[rarest]}'"
        raise ArgumentError("outer_folds", rule, plan.outer_folds)
    left = smallest - -(-smallest // plan.outer_folds)
    if plan.inner_folds > left:
        rule = f"must be at most {left}: so many samples labeled '{names[rarest]}' remain for training"
        raise ArgumentError("inner_folds", rule, plan.inner_folds)
    splits = []
    for repeat in range(plan.repeats):
        folds = StratifiedKFold(
            plan.outer_folds, shuffle=True, random_state=derive_seed(seed, "outer", repeat)
        )
        for fold, (train, test) in enumerate(folds.split(np.zeros(len(labels)), labels)):
            splits.append(Split(repeat, fold, train, test))
    return splits
