"""What a kernel matrix says by itself: how far apart its values are, and how many directions it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_float_array
from qsetu.core.errors import ArgumentError, Said

__all__ = ["Concentration", "as_kernel", "concentration", "effective_rank", "unit_trace"]

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Concentration:
    """Values of a kernel between different samples.

    Attributes:
        mean: Their mean.
        variance: Their variance.
        haar_mean: Mean of the fidelity of two random states, ``1 / 2^n``; None where it is no fidelity.
        haar_variance: Variance of that, ``(D - 1) / (D^2 (D + 1))`` with ``D = 2^n``; or None.
    """

    mean: float
    variance: float
    haar_mean: float | None = None
    haar_variance: float | None = None


def as_kernel(argument: str, matrix: ArrayLike) -> Matrix:
    """A symmetric matrix of at least two rows, checked."""
    given = as_float_array(argument, matrix, "(N, N)")
    if given.ndim != 2 or given.shape[0] != given.shape[1] or len(given) < 2:
        rule = "must have shape (N, N), N at least 2"
        raise ArgumentError(argument, rule, Said(f"shape {given.shape}"))
    if np.abs(given - given.T).max() > 1e-8 * np.abs(given).max():
        raise ArgumentError(argument, "must be symmetric", Said("one that is not"))
    return 0.5 * (given + given.T)


def unit_trace(argument: str, matrix: ArrayLike) -> Matrix:
    """A kernel matrix over the mean of its diagonal, so that its trace is N."""
    given = as_kernel(argument, matrix)
    mean = float(np.trace(given)) / len(given)
    if mean <= 0:
        raise ArgumentError(argument, "must have a positive trace", Said(f"trace {mean * len(given):.3g}"))
    return given / mean


def concentration(matrix: ArrayLike, num_qubits: int | None = None) -> Concentration:
    """Mean and variance of the values off the diagonal, beside those of random states.

    Where values concentrate exponentially in the number of qubits, a polynomial number of shots cannot
    tell them apart, and a model learns nothing from them.

    Args:
        matrix: Kernel matrix ``(N, N)``.
        num_qubits: Number of qubits of the states whose fidelity it is; None where it is none.

    Raises:
        ArgumentError: Not a symmetric matrix of two or more rows.

    Reference: Thanasilp et al., Nature Communications 15, 5200 (2024), arXiv:2208.11060.

    Example:
        >>> from qsetu.learn.preflight import concentration
        >>> found = concentration([[1.0, 0.2, 0.4], [0.2, 1.0, 0.3], [0.4, 0.3, 1.0]], num_qubits=2)
        >>> round(found.mean, 6), found.haar_mean
        (0.3, 0.25)
    """
    given = as_kernel("matrix", matrix)
    values = given[np.triu_indices(len(given), 1)]
    if num_qubits is None:
        return Concentration(float(values.mean()), float(values.var()))
    size = 2.0**num_qubits
    haar = (size - 1) / (size * size * (size + 1))
    return Concentration(float(values.mean()), float(values.var()), 1 / size, haar)


def effective_rank(matrix: ArrayLike) -> float:
    """How many directions a kernel matrix has: e to the entropy of its eigenvalues over their sum.

    N for the identity (every sample is like itself alone, nothing generalizes), 1 for a constant matrix.

    Args:
        matrix: Kernel matrix ``(N, N)``; eigenvalues below zero count as zero.

    Raises:
        ArgumentError: Not a symmetric matrix of two or more rows.

    Reference: Roy and Vetterli, EUSIPCO (2007).

    Example:
        >>> import numpy as np
        >>> from qsetu.learn.preflight import effective_rank
        >>> round(effective_rank(np.eye(5)), 6), round(effective_rank(np.ones((5, 5))), 6)
        (5.0, 1.0)
    """
    return rank_of(np.linalg.eigvalsh(as_kernel("matrix", matrix)))


def rank_of(eigenvalues: NDArray[np.floating[Any]]) -> float:
    """The same of eigenvalues."""
    share = np.maximum(eigenvalues, 0.0)
    share = share[share > 0] / share.sum()
    return float(np.exp(-(share * np.log(share)).sum()))
