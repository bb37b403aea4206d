"""The oracle: slow and obviously right. Used by tests and for checking other engines.

It runs the source circuit, not the gate program, so that lowering is checked too. Every operation
becomes one matrix over its controls and targets, applied to a tensor with one axis for each qubit;
arithmetic is complex128 whatever the dtype of the result.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.gate import embed
from qsetu.circuits.gates import GATES
from qsetu.circuits.operation import Operation
from qsetu.circuits.pauli import PauliTable
from qsetu.circuits.program import GateProgram
from qsetu.engines.base import Engine

__all__ = ["ENGINE", "ReferenceEngine"]

_PAULI = {
    (0, 0): np.eye(2),
    (1, 0): np.array([[0, 1], [1, 0]]),
    (1, 1): np.array([[0, -1j], [1j, 0]]),
    (0, 1): np.array([[1, 0], [0, -1]]),
}


class ReferenceEngine(Engine):
    """NumPy, one sample at a time."""

    name = "reference"
    copies = 6  # works in complex128 whatever the result, with the same three

    def states(self, program: GateProgram, params: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Statevectors ``(B, 2^n)``."""
        rows = [_run(program, row) for row in params]
        return np.array(rows, dtype=dtype).reshape(len(params), 2**program.num_qubits)

    def expectations(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> NDArray[np.float64]:
        """Expectation values ``(B, K)``."""
        values = np.zeros((len(params), observables.count))
        for b, row in enumerate(params):
            state = _run(program, row)
            for k in range(observables.count):
                values[b, k] = np.vdot(state, _observe(observables, k, state)).real
        return values

    def vjp(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        weights: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Values and weighted gradient, by the product rule: one full run per angle.

        By the parameters of the circuit: what was computed of them is not looked at, here nor in a run.
        """
        values = self.expectations(program, observables, params, dtype)
        gradients = np.zeros(params.shape)
        for b, row in enumerate(params):
            state = _run(program, row)
            bra = sum(weights[b, k] * _observe(observables, k, state) for k in range(observables.count))
            for position, op in enumerate(program.source):
                for index, angle in enumerate(op.angles):
                    if not angle.num_params:
                        continue
                    slope = 2 * np.vdot(bra, _run(program, row, (position, index))).real
                    for slot, part in angle.partials(row).items():
                        gradients[b, slot] += part * slope
        return values, gradients

    def evolve(
        self,
        program: GateProgram,
        params: NDArray[np.float64],
        states: NDArray[Any],
        dtype: np.dtype[Any],
    ) -> NDArray[Any]:
        """The circuit run from given states."""
        rows = [_run(program, row, start=state) for row, state in zip(params, states, strict=True)]
        return np.array(rows, dtype=dtype).reshape(states.shape)


def _run(
    program: GateProgram,
    row: NDArray[np.float64],
    differentiate: tuple[int, int] | None = None,
    start: NDArray[Any] | None = None,
) -> NDArray[np.complex128]:
    """The state for one parameter row; with ``(position, angle)``, its derivative by that angle."""
    if start is None:
        start = np.eye(1, 2**program.num_qubits)[0]
    state = start.astype(np.complex128)
    for position, op in enumerate(program.source):
        if differentiate is not None and position == differentiate[0]:
            angles = (angle.evaluate(row) for angle in op.angles)
            matrix, outside = GATES[op.gate].derivatives(*angles)[differentiate[1]], 0.0
        else:
            matrix, outside = op.matrix(row), 1.0
        state = _apply(op, matrix, outside, state, program.num_qubits)
    return state


def _apply(
    op: Operation,
    matrix: NDArray[np.complex128],
    outside: float,
    state: NDArray[np.complex128],
    num_qubits: int,
) -> NDArray[np.complex128]:
    # Over its own qubits, targets first, the operation is `matrix` where all controls are 1 and
    # `outside` times the identity elsewhere.
    involved = op.qubits + op.controls
    width = len(involved)
    targets = range(len(op.qubits))
    full = embed(matrix, targets, range(len(op.qubits), width), width, outside)
    # Axis j of the tensor is qubit n-1-j, because NumPy's last axis varies fastest.
    tensor = state.reshape((2,) * num_qubits)
    axes = [num_qubits - 1 - q for q in reversed(involved)]
    gate = full.reshape((2,) * (2 * width))
    moved = np.tensordot(gate, tensor, axes=(list(range(width, 2 * width)), axes))
    return np.moveaxis(moved, list(range(width)), axes).reshape(-1)


def _observe(observables: PauliTable, k: int, state: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """``O_k |state>``, one Pauli matrix after the other."""
    num_qubits = int(np.log2(len(state)))
    total = np.zeros_like(state)
    for term in range(observables.starts[k], observables.starts[k + 1]):
        tensor = state.reshape((2,) * num_qubits)
        for q in range(num_qubits):
            letter = (int(observables.x_masks[term]) >> q & 1, int(observables.z_masks[term]) >> q & 1)
            axis = num_qubits - 1 - q
            tensor = np.moveaxis(np.tensordot(_PAULI[letter], tensor, axes=(1, axis)), 0, axis)
        total += observables.coefficients[term] * tensor.reshape(-1)
    return total


ENGINE = ReferenceEngine()
