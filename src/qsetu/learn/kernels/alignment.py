"""How well a kernel matrix agrees with the labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.multiclass import type_of_target

from qsetu.core.checks import as_float_array
from qsetu.core.errors import ArgumentError, Said

__all__ = ["centered", "target_alignment", "target_matrix"]


def target_matrix(y: ArrayLike) -> NDArray[np.float64]:
    """What a perfect kernel would be, ``(N, N)``.

    For K classes 1 within a class and ``-1 / (K - 1)`` between classes, ``y y^T`` of -1 and 1 for two of
    them; for numbers ``y y^T`` of the centered targets.
    """
    labels = np.asarray(y)
    if type_of_target(labels) in ("continuous", "continuous-multioutput"):
        numbers = labels.astype(np.float64) - labels.mean(axis=0)
        return numbers @ numbers.T if numbers.ndim == 2 else np.outer(numbers, numbers)
    classes, index = np.unique(labels, return_inverse=True)
    between = -1.0 / max(1, len(classes) - 1)
    return np.where(index[:, None] == index[None, :], 1.0, between)


def target_alignment(matrix: ArrayLike, y: ArrayLike, *, center: bool = True) -> float:
    """``<K, T> / (|K| |T|)`` of a kernel matrix with :func:`target_matrix` of the labels, from -1 to 1.

    Args:
        matrix: Kernel matrix ``(N, N)``.
        y: Labels of any type, or numbers, ``(N,)``.
        center: Center the matrices first, so that unequal classes and a constant in the kernel do not count
            (Cortes et al., Journal of Machine Learning Research 13, 795 (2012)).

    Raises:
        ArgumentError: Shapes that do not agree.

    Reference: Cristianini et al., NIPS 14 (2001).

    Example:
        >>> import numpy as np
        >>> from qsetu.learn import target_alignment
        >>> y = np.array([0, 0, 1, 1])
        >>> perfect = np.where(y[:, None] == y, 1.0, 0.5)
        >>> [round(target_alignment(matrix, y), 3) for matrix in (perfect, np.eye(4))]
        [1.0, 0.577]
    """
    given = as_float_array("matrix", matrix, "(N, N)")
    target = target_matrix(y)
    if given.shape != target.shape:
        shape = Said(f"shape {given.shape}")
        raise ArgumentError("matrix", f"must have shape {target.shape}, one row and column a label", shape)
    if center:
        given, target = centered(given), centered(target)
    norm = np.linalg.norm(given) * np.linalg.norm(target)
    return float((given * target).sum() / norm) if norm > 0 else 0.0


def centered(matrix: Any) -> Any:
    """A matrix of NumPy or JAX whose rows and columns sum to 0."""
    rows = matrix - matrix.mean(axis=0, keepdims=True)
    return rows - rows.mean(axis=1, keepdims=True)
