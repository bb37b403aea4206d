"""Kernel matrices with negative eigenvalues, as shots and noise make them, made positive semi-definite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_choice, as_float_array
from qsetu.core.errors import ArgumentError, Said

__all__ = ["Repair", "repair_kernel"]

METHODS = ("clip", "flip", "shift")
# Eigenvalues of an exact matrix come out so far below zero, for each row.
ROUNDING = 1e-14


@dataclass(frozen=True, eq=False)
class Repair:
    """What :func:`repair_kernel` has found and done.

    Attributes:
        matrix: The matrix, repaired where that was needed, ``(N, N)``.
        acted: Whether there was something to repair.
        method: "clip", "flip" or "shift".
        smallest: The smallest eigenvalue found.
        negative: How many eigenvalues were negative beyond rounding.
        change: Frobenius norm of the change over that of the matrix.
    """

    matrix: NDArray[np.float64]
    acted: bool
    method: str
    smallest: float
    negative: int
    change: float
    _to_new: NDArray[np.float64] | None

    def apply(self, rows: ArrayLike) -> NDArray[np.float64]:
        """The same done to kernel values ``(M, N)`` of new samples with those of the matrix."""
        given = as_float_array("rows", rows, "(M, N)")
        if given.ndim != 2 or given.shape[1] != len(self.matrix):
            raise ArgumentError(
                "rows", f"must have shape (M, {len(self.matrix)})", Said(f"shape {given.shape}")
            )
        return given if self._to_new is None else given @ self._to_new

    def __str__(self) -> str:
        if not self.acted:
            return f"nothing to repair: smallest eigenvalue {self.smallest:.3g}"
        return (
            f"{self.negative} of {len(self.matrix)} eigenvalues negative, down to {self.smallest:.3g}; "
            f"{self.method} changed the matrix by {100 * self.change:.2g} %"
        )


def repair_kernel(matrix: ArrayLike, method: str = "clip") -> Repair:
    """A kernel matrix without negative eigenvalues, and what was done to it.

    Args:
        matrix: Symmetric, ``(N, N)``.
        method: "clip" sets negative eigenvalues to zero: the closest matrix. "flip" takes their size. "shift"
            adds to all of them, which changes the diagonal only.

    Raises:
        ArgumentError: Not a finite symmetric matrix.

    Reference: Chen et al., Journal of Machine Learning Research 10, 747 (2009).

    Example:
        >>> from qsetu.learn import repair_kernel
        >>> found = repair_kernel([[1.0, 0.9, 0.1], [0.9, 1.0, 0.9], [0.1, 0.9, 1.0]])
        >>> print(found)
        1 of 3 eigenvalues negative, down to -0.224; clip changed the matrix by 8.9 %
    """
    given = as_float_array("matrix", matrix, "(N, N)")
    as_choice("method", method, METHODS)
    if given.ndim != 2 or given.shape[0] != given.shape[1] or not given.size:
        raise ArgumentError("matrix", "must have shape (N, N)", Said(f"shape {given.shape}"))
    size = np.abs(given).max()
    if np.abs(given - given.T).max() > 1e-8 * size:
        raise ArgumentError("matrix", "must be symmetric", Said("one that is not"))
    eigenvalues, vectors = np.linalg.eigh(0.5 * (given + given.T))
    smallest = float(eigenvalues[0])
    below = eigenvalues < -ROUNDING * len(given) * max(size, 1e-300)
    if not below.any():
        return Repair(given, False, method, smallest, 0, 0.0, None)
    if method == "shift":
        wanted, change_new = eigenvalues - smallest, None
    elif method == "flip":
        wanted, change_new = np.abs(eigenvalues), np.sign(eigenvalues)
    else:
        wanted, change_new = np.maximum(eigenvalues, 0.0), (eigenvalues > 0).astype(float)
    repaired = (vectors * wanted) @ vectors.T
    to_new = None if change_new is None else (vectors * change_new) @ vectors.T
    change = float(np.linalg.norm(repaired - given) / np.linalg.norm(given))
    return Repair(0.5 * (repaired + repaired.T), True, method, smallest, int(below.sum()), change, to_new)
