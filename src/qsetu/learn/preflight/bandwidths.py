"""A kernel over a grid of bandwidths."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from qsetu.core.checks import as_float_array
from qsetu.core.errors import ArgumentError, Said
from qsetu.learn.kernels import QuantumKernel, target_alignment
from qsetu.learn.preflight.spectrum import effective_rank

__all__ = ["BandwidthScan", "bandwidth_scan"]

Matrix = NDArray[np.float64]
# Times the kernel's own.
FACTORS = 2.0 ** np.arange(-8, 3)
# So close to the largest alignment counts as no worse.
CLOSE = 0.9


@dataclass(frozen=True, eq=False)
class BandwidthScan:
    """A kernel at bandwidths ``(B,)``.

    Attributes:
        bandwidths: Ascending.
        variances: Of the values off the diagonal.
        ranks: Effective ranks.
        alignments: Centered alignments with the labels; None without labels.
        given: The kernel's own bandwidth.
        recommended: Of those whose alignment is within a tenth of the largest, the one of largest variance;
            without labels, that of all. (At ever smaller bandwidths alignment stays, and values become 1.)
    """

    bandwidths: Matrix
    variances: Matrix
    ranks: Matrix
    alignments: Matrix | None
    given: float
    recommended: float


def bandwidth_scan(
    kernel: QuantumKernel,
    X: NDArray[np.float64],
    y: NDArray[np.generic] | None = None,
    bandwidths: Sequence[float] | None = None,
) -> BandwidthScan:
    """Alignment, variance and effective rank of a kernel at several bandwidths.

    Each kernel is computed once, and kept for the fits that follow.

    Args:
        kernel: A quantum kernel.
        X: Samples ``(N, d)``.
        y: Labels or numbers ``(N,)``; may be left out.
        bandwidths: Which; None means 1/256 to 4 times the kernel's own, by factors of 2. The kernel's own
            is always among them.

    Reference: Shaydulin and Wild, arXiv:2111.05451; Canatar et al., arXiv:2206.06686.
    """
    own = float(kernel.bandwidth)
    wanted = as_float_array("bandwidths", own * FACTORS if bandwidths is None else list(bandwidths), "(B,)")
    if wanted.ndim != 1 or (wanted <= 0).any():
        raise ArgumentError("bandwidths", "must be numbers above 0", Said(str(bandwidths)))
    grid = np.unique(np.append(wanted, own))
    upper = np.triu_indices(len(X), 1)
    rows = []
    for bandwidth in tqdm(grid, desc="bandwidths", delay=2, leave=False):
        # Not a clone, which would lose what a trainable kernel has learned.
        matrix = copy.copy(kernel).set_params(bandwidth=float(bandwidth)).matrix(X)
        aligned = np.nan if y is None else target_alignment(matrix, y)
        rows.append((matrix[upper].var(), effective_rank(matrix), aligned))
    variances, ranks, alignments = np.array(rows).T
    allowed = np.full(len(grid), y is None) | (alignments >= CLOSE * alignments.max())
    best = int(np.argmax(np.where(allowed, variances, -1.0)))
    return BandwidthScan(grid, variances, ranks, None if y is None else alignments, own, float(grid[best]))
