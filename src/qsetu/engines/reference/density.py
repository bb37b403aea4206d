"""Exact noise: a density matrix, channel by channel from its definition. What trajectories are held against.

Slow and obvious: complex128, one parameter row, every gate from the source circuit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.circuit import Circuit
from qsetu.circuits.gate import embed
from qsetu.circuits.noise import Depolarizing, NoiseModel

__all__ = ["density"]

ComplexArray = NDArray[np.complex128]


def density(circuit: Circuit, model: NoiseModel, row: NDArray[np.float64]) -> ComplexArray:
    """The state of ``circuit`` under ``model`` for one parameter row ``(P,)``, before readout.

    Returns:
        complex128 ``(2^n, 2^n)``; entry ``[r, c]`` belongs to ``|r><c|``.
    """
    n = circuit.num_qubits
    rho = np.zeros((2**n, 2**n), dtype=np.complex128)
    rho[0, 0] = 1.0
    for op in circuit.operations:
        involved = op.qubits + op.controls
        width, targets = len(involved), len(op.qubits)
        gate = embed(op.matrix(row), range(targets), range(targets, width), width)
        rho = _sandwich(gate, involved, rho)
        for channel in model.after(width):
            if isinstance(channel, Depolarizing):
                rho = (1 - channel.p) * rho + channel.p * _mixed(rho, involved)
                continue
            for qubit in involved:
                rho = np.sum([_sandwich(operator, (qubit,), rho) for operator in channel.kraus(1)], axis=0)
    return rho


def _sandwich(matrix: ComplexArray, qubits: Sequence[int], rho: ComplexArray) -> ComplexArray:
    """``matrix rho matrix^dagger``, the matrix on some qubits, the first its least significant bit."""
    return _from_left(matrix, qubits, _from_left(matrix, qubits, rho).conj().T).conj().T


def _from_left(matrix: ComplexArray, qubits: Sequence[int], rho: ComplexArray) -> ComplexArray:
    width, n = len(qubits), int(np.log2(len(rho)))
    # Axis j of the tensor is qubit n-1-j, because NumPy's last axis varies fastest; columns stay one axis.
    tensor = rho.reshape((2,) * n + (len(rho),))
    axes = [n - 1 - q for q in reversed(qubits)]
    moved = np.tensordot(matrix.reshape((2,) * (2 * width)), tensor, (range(width, 2 * width), axes))
    return np.moveaxis(moved, range(width), axes).reshape(rho.shape)


def _mixed(rho: ComplexArray, qubits: Sequence[int]) -> ComplexArray:
    """``rho`` with each of the qubits traced out and replaced by I / 2."""
    n = int(np.log2(len(rho)))
    for qubit in qubits:
        parts = rho.reshape(2 ** (n - 1 - qubit), 2, 2**qubit, 2 ** (n - 1 - qubit), 2, 2**qubit)
        half = (parts[:, 0, :, :, 0] + parts[:, 1, :, :, 1]) / 2
        fresh = np.zeros_like(parts)
        fresh[:, 0, :, :, 0] = fresh[:, 1, :, :, 1] = half
        rho = fresh.reshape(rho.shape)
    return rho
