"""Losses of a batch, and their slopes by the outputs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["cross_entropy", "softmax", "squared_error"]

Array = NDArray[np.float64]


def softmax(scores: Array) -> Array:
    """Probabilities ``(N, K)`` of scores ``(N, K)``."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def cross_entropy(scores: Array, targets: NDArray[np.intp], weights: Array) -> tuple[float, Array]:
    """Mean negative log-probability of the right classes, and its slopes ``(N, K)``.

    Args:
        scores: ``(N, K)``.
        targets: Right classes ``(N,)``.
        weights: Of samples, ``(N,)``; the mean is over N, whatever they sum to.
    """
    probabilities = softmax(scores)
    rows = np.arange(len(targets))
    share = weights / len(targets)
    loss = -float(share @ np.log(probabilities[rows, targets] + 1e-300))
    probabilities[rows, targets] -= 1.0
    return loss, probabilities * share[:, None]


def squared_error(scores: Array, targets: Array, weights: Array) -> tuple[float, Array]:
    """Half the mean squared error over samples, summed over targets, and its slopes ``(N, T)``."""
    error = scores - targets
    share = (weights / len(targets))[:, None]
    return 0.5 * float((share * error**2).sum()), share * error
