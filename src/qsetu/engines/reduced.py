"""Reduced density matrices by partial trace."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["partial_trace"]


def partial_trace(state: NDArray[Any], keep: NDArray[np.int32]) -> NDArray[np.complex128]:
    """The density matrix of the qubits ``keep`` of a pure state, all others traced out.

    Args:
        state: Amplitudes ``(2^n,)``.
        keep: Distinct qubits; the first is the least significant bit of an index of the result.

    Returns:
        complex128 ``(2^k, 2^k)``; entry ``(r, c)`` is the sum of ``a_r conj(a_c)`` over the other qubits.
    """
    num_qubits = len(state).bit_length() - 1
    tensor = state.astype(np.complex128).reshape((2,) * num_qubits)
    # Axis j is qubit n-1-j, because NumPy's last axis varies fastest.
    axes = [num_qubits - 1 - int(q) for q in reversed(keep)]
    matrix = np.moveaxis(tensor, axes, range(len(axes))).reshape(2 ** len(axes), -1)
    rho: NDArray[np.complex128] = matrix @ matrix.conj().T
    return rho
