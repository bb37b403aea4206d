"""How many shots a kernel needs before its values mean something."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_float, as_float_array
from qsetu.core.errors import ArgumentError, Said
from qsetu.learn.preflight.spectrum import as_kernel, rank_of

__all__ = ["ShotsNeeded", "shots_needed"]

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class ShotsNeeded:
    """Shots for each value; infinite where all values are equal.

    Attributes:
        for_values: So that the standard error of a value is ``precision`` times the spread of values.
        for_spectrum: So that noise stays below the eigenvalues that count.
        precision: The share asked for.
        measured: What the shots are counted for: "pair" of samples, or "expectation value" of a sample.
        total: Larger of the two, times the number of things measured in the matrix.
    """

    for_values: float
    for_spectrum: float
    precision: float
    measured: str
    total: float

    @property
    def needed(self) -> float:
        """The larger of the two."""
        return max(self.for_values, self.for_spectrum)


def shots_needed(
    matrix: ArrayLike,
    *,
    precision: float = 0.1,
    variances: ArrayLike | None = None,
    measured: str = "pair",
    count: int | None = None,
) -> ShotsNeeded:
    """Shots that resolve a kernel matrix, counted for each pair of samples.

    A fidelity K found from n shots is binomial and has variance ``K (1 - K) / n``. Two numbers are computed:

    * For values: n such that the root mean square of the standard errors off the diagonal is ``precision``
      times the standard deviation of the values there. Values measured so correlate with exact ones by
      ``1 / sqrt(1 + precision^2)``. Where a kernel concentrates, this grows as mean over variance.
    * For the spectrum: the errors are a symmetric random matrix, whose spectral norm is about
      ``2 max_i sqrt(sum_j Var K_ij)`` (semicircle law). n such that this is the r-th largest eigenvalue, r
      being the effective rank rounded: what lies above it is seen, what lies below drowns.

    The two effects, spread and concentration, are those of Miroszewski et al.; the formulas are these here.

    Args:
        matrix: Exact kernel matrix ``(N, N)``, values from 0 to 1.
        precision: Standard error over spread, above 0.
        variances: Variance of each value at one shot, ``(N, N)``; None means that of fidelities.
        measured: What shots are counted for, in words.
        count: How many of these the matrix takes; None means ``N (N - 1) / 2``.

    Raises:
        ArgumentError: Not a symmetric matrix, or a precision that is not above 0.

    Reference: Miroszewski et al., arXiv:2407.15776.

    Example:
        >>> import numpy as np
        >>> from qsetu.learn.preflight import shots_needed
        >>> K = np.array([[1.0, 0.4, 0.6], [0.4, 1.0, 0.4], [0.6, 0.4, 1.0]])
        >>> round(shots_needed(K).for_values)
        2700
    """
    kernel = as_kernel("matrix", matrix)
    share = as_float("precision", precision, low=0.0, open_low=True)
    if variances is None:
        clipped = np.clip(kernel, 0.0, 1.0)
        one_shot = clipped * (1 - clipped)
    else:
        one_shot = as_float_array("variances", variances, "(N, N)")
        if one_shot.shape != kernel.shape:
            shape = Said(f"shape {one_shot.shape}")
            raise ArgumentError("variances", f"must have shape {kernel.shape}", shape)
    one_shot = one_shot * (1 - np.eye(len(kernel)))
    upper = np.triu_indices(len(kernel), 1)
    spread = float(kernel[upper].var())
    for_values = _over(float(one_shot[upper].mean()), share**2 * spread)
    eigenvalues = np.linalg.eigvalsh(kernel)[::-1]
    smallest = float(eigenvalues[max(1, round(rank_of(eigenvalues))) - 1])
    for_spectrum = _over(4 * float(one_shot.sum(axis=1).max()), smallest**2)
    number = len(kernel) * (len(kernel) - 1) // 2 if count is None else count
    return ShotsNeeded(for_values, for_spectrum, share, measured, number * max(for_values, for_spectrum))


def projected_variances(matrix: Matrix, gamma: float, locality: int) -> Matrix:
    """Variance at one shot of ``exp(-gamma d^2)``, to first order, if every Pauli string gets a shot.

    With ``d^2 = sum_P (a_P - b_P)^2 / 2^k`` and variances of at most 1 for each ``a_P`` and ``b_P``, that of
    ``d^2`` is at most ``8 d^2 / 2^k``; strings read from the same shots count as independent.
    """
    clipped = np.clip(matrix, 1e-300, 1.0)
    return np.asarray(8 * gamma / 2**locality * clipped**2 * -np.log(clipped))


def _over(top: float, bottom: float) -> float:
    """A ratio rounded up; of what does not vary there is none, and 1 shot is the least."""
    if bottom <= 1e-28:
        return math.inf
    return max(1.0, float(math.ceil(top / bottom - 1e-9)))
