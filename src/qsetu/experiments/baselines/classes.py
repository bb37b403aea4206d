"""Labels of training samples as codes, and numbers of classes as scikit-learn wants them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from qsetu.core.errors import ArgumentError, Said

__all__ = ["as_decisions", "read_classes", "shares_of_scores"]


def read_classes(y: Any, number: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Sorted labels ``(K,)``, and the place among them of each of ``number`` samples.

    Raises:
        ArgumentError: The number of labels is another, or there are fewer than two classes.
        ValueError: They are no labels, with scikit-learn's wording.
    """
    if y is None:
        raise ArgumentError("y", "must be given: the label of each sample", None)
    labels = column_or_1d(y, warn=True)
    check_classification_targets(labels)
    if len(labels) != number:
        raise ArgumentError("y", f"must have {number} labels, one a sample", Said(f"{len(labels)}"))
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise ArgumentError("y", "must hold two classes at least", Said(f"one class, {classes[0]!r}"))
    return classes, codes.astype(np.int64)


def as_decisions(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores ``(N, K)`` as scikit-learn's decisions: of two classes, by how much the second is ahead."""
    return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores


def shares_of_scores(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-likelihoods ``(N, K)`` as probabilities of equally frequent classes."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
