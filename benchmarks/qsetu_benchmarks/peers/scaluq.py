"""scaluq, single precision, as given and with its own optimizer (blocks of 2 and 3 qubits).

It has no array of the state to give: its amplitudes come as a Python list, for the check only. What is timed
leaves the state in scaluq's own memory, which is less than the others are asked for.
"""

from __future__ import annotations

import numpy as np
from scaluq import scaluq_core

from qsetu import Circuit
from qsetu.bench import Candidate
from qsetu.circuits.operation import Operation

DTYPE = "complex64"
BLOCKS = (2, 3)

f32 = scaluq_core.default.f32
gate = f32.gate
_FIXED = {"x": gate.X, "y": gate.Y, "z": gate.Z, "h": gate.H, "s": gate.S, "t": gate.T, "sx": gate.SqrtX}
_ANGLED = {"rx": gate.RX, "ry": gate.RY, "rz": gate.RZ, "p": gate.U1, "u": gate.U3}


def _placed(op: Operation) -> object:
    angles, controls = [angle.constant for angle in op.angles], list(op.controls)
    if op.gate in _FIXED:
        return _FIXED[op.gate](op.qubits[0], controls)
    if op.gate in _ANGLED:
        return _ANGLED[op.gate](op.qubits[0], *angles, controls)
    if op.gate == "swap":
        return gate.Swap(*op.qubits, controls)
    matrix = np.ascontiguousarray(op.matrix(np.zeros(0)), dtype=np.complex128)
    return gate.DenseMatrix(list(op.qubits), matrix, controls, is_unitary=True)


def states(circuit: Circuit, threads: int) -> list[Candidate]:
    plain = f32.Circuit()
    for op in circuit:
        plain.add_gate(_placed(op))
    state = f32.StateVector(circuit.num_qubits)

    def run(made: object) -> object:
        state.set_zero_state()
        made.update_quantum_state(state)
        scaluq_core.synchronize()
        return state

    found = [Candidate("scaluq", "as given", DTYPE, lambda: run(plain), _amplitudes)]
    for block in BLOCKS:
        merged = plain.copy()
        merged.optimize(block)
        found.append(Candidate("scaluq", f"block {block}", DTYPE, lambda m=merged: run(m), _amplitudes))
    return found


def _amplitudes(state: object) -> np.ndarray:
    return np.array(state.get_amplitudes(), dtype=np.complex64)


def expectations(circuit: Circuit, params: np.ndarray, threads: int) -> list[Candidate]:
    """Of Z on qubit 0, all samples in one batched state."""
    made, named = f32.Circuit(), {"rx": gate.ParamRX, "ry": gate.ParamRY, "rz": gate.ParamRZ}
    for op in circuit:
        if op.num_params:
            ((slot, coefficient),) = op.angles[0].terms
            made.add_param_gate(named[op.name](op.qubits[0], coefficient), str(slot))
        else:
            made.add_gate(_placed(op))
    values = {str(slot): params[:, slot].tolist() for slot in range(circuit.num_params)}
    observable = f32.Operator([f32.PauliOperator("Z 0", 1.0)])
    state = f32.StateVectorBatched(len(params), circuit.num_qubits)

    def run() -> list[complex]:
        state.set_zero_state()
        made.update_quantum_state(state, params=values)
        return observable.get_expectation_value(state)

    return [Candidate("scaluq", "batched", DTYPE, run, lambda found: np.real(np.array(found)))]
