"""How well a kernel agrees with labels, and whether that could be chance."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.multiclass import type_of_target

from qsetu.core.seeds import generator
from qsetu.learn.kernels.alignment import centered, target_matrix

__all__ = ["AlignmentTest", "alignment_test", "is_regression"]

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AlignmentTest:
    """Alignment of a kernel with labels.

    Attributes:
        plain: Without centering.
        centered: With centering.
        p_value: Share of shuffled labels, these counted in, whose centered alignment is at least as large.
        shuffled: Centered alignments with shuffled labels.
    """

    plain: float
    centered: float
    p_value: float
    shuffled: Matrix = field(repr=False)

    @property
    def expected(self) -> float:
        """Mean centered alignment with shuffled labels: what the diagonal alone gives."""
        return float(self.shuffled.mean())


def is_regression(y: NDArray[np.generic]) -> bool:
    """Whether targets are numbers and not classes, as scikit-learn sees it."""
    return str(type_of_target(y)).startswith("continuous")


def alignment_test(
    matrix: ArrayLike, y: ArrayLike, *, permutations: int = 200, seed: int = 0
) -> AlignmentTest:
    """Target alignment of a kernel matrix, plain and centered, and its permutation p-value.

    Args:
        matrix: Kernel matrix ``(N, N)``.
        y: Labels of any type, or numbers, ``(N,)``.
        permutations: How often labels are shuffled.
        seed: Of the shuffling.

    Reference: Cristianini et al., NIPS 14 (2001); Cortes et al., JMLR 13, 795 (2012).
    """
    kernel, target = np.asarray(matrix, dtype=np.float64), target_matrix(y)
    plain = _cosine(kernel, target)
    kernel, target = centered(kernel), centered(target)
    found = _cosine(kernel, target)
    # Shuffling changes no norm.
    norm = float(np.linalg.norm(kernel) * np.linalg.norm(target))
    kernel = kernel / norm if norm > 0 else kernel
    draw = generator(seed, "preflight", "permutations")
    shuffled = np.empty(permutations)
    for turn in range(permutations):
        order = draw.permutation(len(kernel))
        shuffled[turn] = np.vdot(kernel, target[np.ix_(order, order)])
    # A shuffling that changes nothing is to count as equal, whatever its rounding.
    reached = int((shuffled >= found - 1e-12).sum())
    return AlignmentTest(plain, found, (1 + reached) / (1 + permutations), shuffled)


def _cosine(first: Matrix, second: Matrix) -> float:
    norm = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float((first * second).sum()) / norm if norm > 0 else 0.0
