"""Qulacs (double precision only), optimized by its own optimizer beforehand; blocks of 2 to 4 qubits.

The state is allocated once and set to zero for each run, as its documentation advises.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import qulacs
from qulacs import ParametricQuantumCircuit, QuantumCircuit, QuantumState, gate
from qulacs.circuit import QuantumCircuitOptimizer

from qsetu import Circuit
from qsetu.bench import Candidate
from qsetu.circuits import GATES
from qsetu.circuits.operation import Operation

DTYPE = "complex128"
BLOCKS = (2, 3, 4)

_FIXED: dict[str, Callable] = {
    "x": gate.X,
    "y": gate.Y,
    "z": gate.Z,
    "h": gate.H,
    "s": gate.S,
    "sdg": gate.Sdag,
    "t": gate.T,
    "tdg": gate.Tdag,
    "sx": gate.sqrtX,
    "sxdg": gate.sqrtXdag,
}
_ROTATIONS: dict[str, Callable] = {"rx": gate.RotX, "ry": gate.RotY, "rz": gate.RotZ, "p": gate.U1}


def _placed(op: Operation) -> qulacs.QuantumGateBase:
    angles = [angle.constant for angle in op.angles]
    if op.name == "cx":
        return gate.CNOT(op.controls[0], op.qubits[0])
    if op.name == "cz":
        return gate.CZ(op.controls[0], op.qubits[0])
    if op.name == "swap":
        return gate.SWAP(*op.qubits)
    if op.name in _FIXED:
        return _FIXED[op.name](op.qubits[0])
    if op.name in _ROTATIONS:
        return _ROTATIONS[op.name](op.qubits[0], *angles)
    matrix = op.matrix(np.zeros(0))
    diagonal = op.gate in GATES and GATES[op.gate].is_diagonal
    made = gate.DiagonalMatrix(list(op.qubits), np.diag(matrix)) if diagonal and not op.controls else None
    if made is None:
        made = gate.DenseMatrix(list(op.qubits), matrix)
        for control in op.controls:
            made.add_control_qubit(control, 1)
    return made


def states(circuit: Circuit, threads: int) -> list[Candidate]:
    plain = QuantumCircuit(circuit.num_qubits)
    for op in circuit:
        plain.add_gate(_placed(op))
    state = QuantumState(circuit.num_qubits)

    def run(made: QuantumCircuit) -> np.ndarray:
        state.set_zero_state()
        made.update_quantum_state(state)
        return state.get_vector()

    found = [Candidate("Qulacs", "as given", DTYPE, lambda: run(plain))]
    for block in BLOCKS:
        merged = plain.copy()
        QuantumCircuitOptimizer().optimize(merged, block)
        found.append(Candidate("Qulacs", f"block {block}", DTYPE, lambda m=merged: run(m)))
    return found


_SLOTTED = {"rx": "add_parametric_RX_gate", "ry": "add_parametric_RY_gate", "rz": "add_parametric_RZ_gate"}


class _Batch:
    """A parametric circuit, one sample after the other; each rotation has a slot of its own."""

    def __init__(self, circuit: Circuit, params: np.ndarray):
        self.params, self.slots = params, []
        self.circuit = ParametricQuantumCircuit(circuit.num_qubits)
        for op in circuit:
            if op.num_params:
                ((slot, _),) = op.angles[0].terms
                # The angle of its rotations has the other sign.
                getattr(self.circuit, _SLOTTED[op.name])(op.qubits[0], 0.0)
                self.slots.append(slot)
            else:
                self.circuit.add_gate(_placed(op))
        self.state = QuantumState(circuit.num_qubits)
        self.observable = qulacs.Observable(circuit.num_qubits)
        self.observable.add_operator(1.0, "Z 0")

    def _set(self, row: np.ndarray) -> None:
        for index, slot in enumerate(self.slots):
            self.circuit.set_parameter(index, -row[slot])

    def values(self) -> np.ndarray:
        values = np.empty(len(self.params))
        for b, row in enumerate(self.params):
            self._set(row)
            self.state.set_zero_state()
            self.circuit.update_quantum_state(self.state)
            values[b] = self.observable.get_expectation_value(self.state)
        return values

    def slopes(self) -> np.ndarray:
        found = np.empty((len(self.params), len(self.slots)))
        for b, row in enumerate(self.params):
            self._set(row)
            found[b] = self.circuit.backprop(self.observable)
        return found

    def in_order(self, slopes: np.ndarray) -> np.ndarray:
        answer = np.zeros_like(self.params)
        answer[:, self.slots] = -slopes
        return answer


def expectations(circuit: Circuit, params: np.ndarray, threads: int) -> list[Candidate]:
    """Of Z on qubit 0."""
    return [Candidate("Qulacs", "", DTYPE, _Batch(circuit, params).values)]


def gradients(circuit: Circuit, params: np.ndarray, threads: int) -> list[Candidate]:
    """Of Z on qubit 0, by its back-propagation."""
    batch = _Batch(circuit, params)
    return [Candidate("Qulacs", "backprop", DTYPE, batch.slopes, batch.in_order)]
