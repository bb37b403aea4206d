"""Reduced density matrices by partial trace."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["partial_trace"]


def partial_trace(states: NDArray[Any], keep: NDArray[np.int32]) -> NDArray[np.complex128]:
    """The density matrices of the qubits ``keep`` of pure states, all others traced out.

    Args:
        states: Amplitudes ``(B, 2^n)``.
        keep: k distinct qubits; the first is the least significant bit of an index of the result.

    Returns:
        complex128 ``(B, 2^k, 2^k)``; entry ``(r, c)`` is the sum of ``a_r conj(a_c)`` over the other qubits.
    """
    batch, size = states.shape
    num_qubits = size.bit_length() - 1
    tensor = states.astype(np.complex128).reshape((batch,) + (2,) * num_qubits)
    # Axis j of a state is qubit n-1-j, because NumPy's last axis varies fastest; the batch comes before.
    axes = [num_qubits - int(q) for q in reversed(keep)]
    kept = np.moveaxis(tensor, axes, range(1, 1 + len(axes)))
    matrices = kept.reshape(batch, 2 ** len(axes), 2 ** (num_qubits - len(axes)))
    rho: NDArray[np.complex128] = matrices @ matrices.conj().swapaxes(1, 2)
    return rho
