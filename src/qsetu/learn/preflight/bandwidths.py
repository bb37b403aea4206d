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
FACTORS = 2.0 ** np.arange(-5, 4)


@dataclass(frozen=True, eq=False)
class BandwidthScan:
    """A kernel at bandwidths ``(B,)``.

    Attributes:
        bandwidths: Ascending.
        variances: Of the values off the diagonal.
        ranks: Effective ranks.
        alignments: Centered alignments with the labels; None without labels.
        given: The kernel's own bandwidth.
        recommended: The one of largest alignment; without labels, of largest variance.
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
        bandwidths: Which; None means 1/32 to 8 times the kernel's own, by factors of 2. The kernel's own is
            always among them.

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
    best = int(np.argmax(variances if y is None else alignments))
    return BandwidthScan(grid, variances, ranks, None if y is None else alignments, own, float(grid[best]))
