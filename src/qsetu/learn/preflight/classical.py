"""Classical kernels over grids of their settings, and how much a kernel is like one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import pdist, squareform

from qsetu.core.checks import as_float_array
from qsetu.core.errors import ArgumentError, Said
from qsetu.learn.kernels.alignment import centered
from qsetu.learn.preflight.spectrum import as_kernel

__all__ = ["ClassicalKernel", "RBFLikeness", "classical_kernels", "kernel_alignment", "rbf_likeness"]

Matrix = NDArray[np.float64]

# Times 1 / (d Var X), which is scikit-learn's gamma="scale".
_RBF = 4.0 ** np.arange(-3, 5)
_LAPLACIAN = 4.0 ** np.arange(-2, 3)
_POLYNOMIAL = ((2, 1.0), (3, 1.0), (2, 0.25), (3, 0.25))
# Alignments closer than this are equal.
EQUAL = 1e-9


@dataclass(frozen=True, eq=False)
class ClassicalKernel:
    """A classical kernel matrix.

    Attributes:
        family: "rbf", "laplacian", "polynomial" or "linear".
        settings: Its settings, written as scikit-learn's.
        matrix: Values ``(N, N)``.
    """

    family: str
    settings: str
    matrix: Matrix

    def __str__(self) -> str:
        return f"{self.family}({self.settings})"


@dataclass(frozen=True)
class RBFLikeness:
    """The RBF kernel that a kernel is most like.

    Attributes:
        alignment: Centered alignment with it, at most 1.
        gamma: Its gamma.
    """

    alignment: float
    gamma: float


def classical_kernels(X: ArrayLike) -> Iterator[ClassicalKernel]:
    """RBF, Laplacian, polynomial and linear kernels of samples ``(N, d)``, over grids of their settings."""
    samples = as_float_array("X", X, "(N, d)")
    scale = scale_of(samples)
    squares = squareform(pdist(samples, "sqeuclidean"))
    for factor in _RBF:
        yield ClassicalKernel("rbf", f"gamma={factor * scale:.3g}", np.exp(-factor * scale * squares))
    root = np.sqrt(scale / samples.shape[1])
    blocks = squareform(pdist(samples, "cityblock"))
    for factor in _LAPLACIAN:
        yield ClassicalKernel("laplacian", f"gamma={factor * root:.3g}", np.exp(-factor * root * blocks))
    products = samples @ samples.T
    for degree, factor in _POLYNOMIAL:
        matrix = (1 + factor * scale * products) ** degree
        yield ClassicalKernel("polynomial", f"degree={degree}, gamma={factor * scale:.3g}, coef0=1", matrix)
    yield ClassicalKernel("linear", "coef0=1", 1 + scale * products)


def scale_of(samples: Matrix) -> float:
    """``1 / (d Var X)``; 1 where X is constant."""
    variance = float(samples.var())
    return 1.0 / (samples.shape[1] * variance) if variance > 0 else 1.0


def kernel_alignment(first: ArrayLike, second: ArrayLike) -> float:
    """Centered alignment ``<A, B> / (|A| |B|)`` of two kernel matrices, from -1 to 1.

    Raises:
        ArgumentError: Shapes that do not agree.

    Reference: Cortes et al., Journal of Machine Learning Research 13, 795 (2012).
    """
    left, right = as_kernel("first", first), as_kernel("second", second)
    if left.shape != right.shape:
        raise ArgumentError("second", f"must have shape {left.shape}", Said(f"shape {right.shape}"))
    left, right = centered(left), centered(right)
    norm = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float((left * right).sum()) / norm if norm > 0 else 0.0


def rbf_likeness(matrix: ArrayLike, X: ArrayLike) -> RBFLikeness:
    """The largest centered alignment of a kernel with an RBF kernel of the same samples, over gamma.

    Quantum kernels whose bandwidth is tuned come out close to RBF kernels; one that is as good as equal
    to one offers nothing that scikit-learn's ``SVC`` does not.

    Args:
        matrix: Kernel matrix ``(N, N)``.
        X: Samples ``(N, d)``.

    Raises:
        ArgumentError: Shapes that do not agree.

    Reference: Florez Ablan, Roth and Schnabel, arXiv:2503.05602.
    """
    samples = as_float_array("X", X, "(N, d)")
    given = as_kernel("matrix", matrix)
    if samples.ndim != 2 or len(samples) != len(given):
        raise ArgumentError("X", f"must have shape ({len(given)}, d)", Said(f"shape {samples.shape}"))
    given = centered(given)
    norm = float(np.linalg.norm(given))
    squares = squareform(pdist(samples, "sqeuclidean"))
    start = np.log(scale_of(samples))

    def alignment(log_gamma: float) -> float:
        rbf = centered(np.exp(-np.exp(log_gamma) * squares))
        size = norm * float(np.linalg.norm(rbf))
        return float((given * rbf).sum()) / size if size > 1e-12 * len(given) else 0.0

    grid = start + np.log(2.0) * np.arange(-10, 11)
    # Far out the RBF kernel is the identity and nothing changes any more: the first of equals, not what
    # rounding makes the largest, is the same on every machine.
    heights = np.array([alignment(point) for point in grid])
    best = grid[int(np.argmax(heights > heights.max() - EQUAL))]
    step = np.log(2.0)
    refined = minimize_scalar(lambda g: -alignment(g), bounds=(best - step, best + step), method="bounded")
    found = refined.x if alignment(refined.x) > alignment(best) + EQUAL else best
    return RBFLikeness(alignment(found), float(np.exp(found)))
