"""Functions of bit strings in the Walsh basis, and the Gaussian kernel on them, which is diagonal there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["hamming_weights", "walsh"]

Array = NDArray[np.float64]

# Bits that are transformed by one matrix product.
BITS_AT_ONCE = 5


def walsh(values: Array) -> Array:
    """The Walsh-Hadamard transform ``sum_x (-1)^(a.x) v_x`` of ``(2^d,)`` numbers, for every a.

    ``d 2^d`` operations in the count of textbooks; done by products with Hadamard matrices of 2^5 rows,
    which take more operations and a fifth of the passes over memory.
    """
    bits = len(values).bit_length() - 1
    if bits <= BITS_AT_ONCE:
        return _hadamard(bits) @ values
    result = values
    done = 0
    while bits - done > BITS_AT_ONCE:
        parts = result.reshape(2**done, 2**BITS_AT_ONCE, -1)
        result = np.matmul(_hadamard(BITS_AT_ONCE), parts)
        done += BITS_AT_ONCE
    last = bits - done
    return (result.reshape(-1, 2**last) @ _hadamard(last)).reshape(-1)


@lru_cache(maxsize=8)
def _hadamard(bits: int) -> Array:
    matrix = np.ones((1, 1))
    for _ in range(bits):
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    matrix.setflags(write=False)
    return matrix


def hamming_weights(num_bits: int, bandwidths: Sequence[float]) -> Array:
    """Eigenvalues of a mixture of Gaussian kernels on bit strings, ``(2^d,)``, by Walsh function.

    ``mean over s of exp(-|x - y|^2 / (2 s^2)) = sum_a w_a (-1)^(a.(x + y))``: for one bandwidth the kernel is
    a product over bits, and ``w_a = (1 - p)^(d - |a|) p^|a|`` with ``p = (1 - exp(-1 / (2 s^2))) / 2``. So
    ``|a|`` is binomial with mean ``d p``: a wide kernel compares few bits at a time (Rudolph et al., npj
    Quantum Information 10, 116 (2024)).
    """
    total = np.zeros(2**num_bits)
    for bandwidth in bandwidths:
        p = -np.expm1(-0.5 / bandwidth**2) / 2
        weights = np.ones(1)
        for _ in range(num_bits):
            weights = np.concatenate([(1 - p) * weights, p * weights])
        total += weights
    return total / len(bandwidths)
