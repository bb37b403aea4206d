"""What a quantum kernel could tell apart that classical ones cannot, and what the labels need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh, solve

from qsetu.core.checks import as_float
from qsetu.core.errors import ArgumentError, Said
from qsetu.learn.preflight.classical import ClassicalKernel
from qsetu.learn.preflight.spectrum import unit_trace

__all__ = ["Comparison", "compare_with_classical", "geometric_difference", "model_complexity"]

Matrix = NDArray[np.float64]
# The variance of noise in labels of variance 1; SVC's C = 5.
REGULARIZATION = 0.1


@dataclass(frozen=True)
class Comparison:
    """A quantum kernel beside classical ones; every family counts by the best of its grid.

    Attributes:
        difference: The smallest geometric difference over all classical kernels.
        closest: The classical kernel that has it.
        limit: ``sqrt(N)``; a difference far below leaves no room for an advantage.
        differences: The smallest of each family.
        complexity: ``y^T K^-1 y`` of the quantum kernel; None without labels.
        classical_complexity: The smallest over all classical kernels; None without labels.
        simplest: The classical kernel that has it; empty without labels.
        regularization: What was added to the diagonals.
    """

    difference: float
    closest: str
    limit: float
    differences: dict[str, float]
    complexity: float | None
    classical_complexity: float | None
    simplest: str
    regularization: float


def geometric_difference(
    quantum: ArrayLike, classical: ArrayLike, *, regularization: float = REGULARIZATION
) -> float:
    """``g = sqrt(|| sqrt(K_Q) (K_C + r)^-1 sqrt(K_Q) ||)``, both of trace N, in the spectral norm.

    Where g is small, the classical kernel is guaranteed to predict about as well as the quantum one,
    whatever the labels. The norm is the largest eigenvalue; the largest sum of a row, which some programs
    take instead, is larger.

    Args:
        quantum: Kernel matrix ``(N, N)``.
        classical: Kernel matrix ``(N, N)`` of the same samples.
        regularization: r, added to the diagonal of ``K_C``, whose mean eigenvalue is 1. Directions in which
            the classical kernel has less than that count as missing, though not entirely: g is at most
            ``sqrt(|K_Q| / r)``. Smaller values give larger g.

    Raises:
        ArgumentError: Not symmetric matrices of one shape and positive trace.

    Reference: Huang et al., Nature Communications 12, 2631 (2021), arXiv:2011.01938.

    Example:
        >>> import numpy as np
        >>> from qsetu.learn.preflight import geometric_difference
        >>> round(geometric_difference(np.ones((4, 4)), np.eye(4), regularization=0.0), 6)
        2.0
    """
    top, bottom = unit_trace("quantum", quantum), unit_trace("classical", classical)
    if top.shape != bottom.shape:
        raise ArgumentError("classical", f"must have shape {top.shape}", Said(f"shape {bottom.shape}"))
    return _difference(top, bottom + _added(regularization, len(bottom)))


def model_complexity(
    matrix: ArrayLike, target: ArrayLike, *, regularization: float = REGULARIZATION
) -> float:
    """``Tr((K + r)^-1 T)``, both of trace N: ``y^T (K + r)^-1 y`` for labels of -1 and 1.

    What a kernel machine has to do to fit the labels: the squared norm of its weights, plus what it misses
    over r. Learning by heart, with the identity for a kernel, costs ``N / (1 + r)``.

    Args:
        matrix: Kernel matrix ``(N, N)``.
        target: What a perfect kernel would be, ``(N, N)``: see :func:`target_alignment`.
        regularization: r, added to the diagonal of ``K``, whose mean eigenvalue is 1.

    Raises:
        ArgumentError: Not symmetric matrices of one shape and positive trace.

    Reference: Huang et al., Nature Communications 12, 2631 (2021), arXiv:2011.01938.
    """
    kernel, ideal = unit_trace("matrix", matrix), unit_trace("target", target)
    if kernel.shape != ideal.shape:
        raise ArgumentError("target", f"must have shape {kernel.shape}", Said(f"shape {ideal.shape}"))
    return _complexity(kernel + _added(regularization, len(kernel)), ideal)


def compare_with_classical(
    matrix: Matrix, classical: list[ClassicalKernel], target: Matrix | None, regularization: float
) -> Comparison:
    """The smallest differences and complexities over classical kernels."""
    quantum = unit_trace("matrix", matrix)
    added = _added(regularization, len(quantum))
    ideal = None if target is None else unit_trace("target", target)
    differences: dict[str, tuple[float, str]] = {}
    simplest: tuple[float, str] | None = None
    for kernel in classical:
        bottom = unit_trace("classical", kernel.matrix) + added
        found = (_difference(quantum, bottom), str(kernel))
        differences[kernel.family] = min(differences.get(kernel.family, found), found)
        if ideal is not None:
            cost = (_complexity(bottom, ideal), str(kernel))
            simplest = cost if simplest is None else min(simplest, cost)
    smallest, closest = min(differences.values())
    return Comparison(
        difference=smallest,
        closest=closest,
        limit=float(np.sqrt(len(quantum))),
        differences={family: value for family, (value, _) in differences.items()},
        complexity=None if ideal is None else _complexity(quantum + added, ideal),
        classical_complexity=None if simplest is None else simplest[0],
        simplest="" if simplest is None else simplest[1],
        regularization=float(regularization),
    )


def _added(regularization: float, size: int) -> Matrix:
    return as_float("regularization", regularization, low=0.0) * np.eye(size)


def _difference(top: Matrix, bottom: Matrix) -> float:
    # The eigenvalues of sqrt(Q) C^-1 sqrt(Q) are those of the pencil Q v = e C v.
    last = len(top) - 1
    try:
        found = eigh(top, bottom, eigvals_only=True, subset_by_index=[last, last])
    except np.linalg.LinAlgError:
        raise _singular() from None
    return float(np.sqrt(max(0.0, float(found[0]))))


def _complexity(kernel: Matrix, ideal: Matrix) -> float:
    try:
        return float(np.trace(solve(kernel, ideal, assume_a="pos")))
    except np.linalg.LinAlgError:
        raise _singular() from None


def _singular() -> ArgumentError:
    rule = "must be large enough that the matrix has an inverse"
    return ArgumentError("regularization", rule, Said("one too small"), "Try 0.1.")
