"""Qiskit circuits as qsetu circuits, gate by gate, so that every peer gets the same list."""

from __future__ import annotations

from collections.abc import Iterator

import qiskit
from qiskit.circuit import Barrier, ControlledGate, Gate, Instruction, Measure
from qiskit.circuit.library import UnitaryGate

from qsetu import Circuit
from qsetu.circuits import GATES

# Dense matrices up to this width stay one gate; every peer takes them.
MAX_UNITARY = 3

# Qiskit's classes of the gates that the table has, apart from the one that acts on no qubit.
_KNOWN = {gate.qiskit: name for name, gate in GATES.items() if gate.qiskit and gate.num_qubits}


class NotUnitary(ValueError):
    """The circuit measures, resets or branches before its end."""


def converted(circuit: qiskit.QuantumCircuit, most: int) -> tuple[Circuit, int]:
    """The first `most` gates, and how many there are in all.

    A gate of the table stays as it is, with any number of controls; every other is replaced by its
    own definition, again and again. Nothing is merged or canceled: that is each simulator's business.
    Final measurements are left out, and so is the global phase.
    """
    stripped = circuit.remove_final_measurements(inplace=False)
    made, count = Circuit(circuit.num_qubits), 0
    for name, qubits, angles, num_controls, matrix in _flat(stripped, list(range(stripped.num_qubits))):
        count += 1
        if count > most:
            continue
        controls, targets = qubits[:num_controls], qubits[num_controls:]
        if matrix is not None:
            made = made.unitary(matrix, targets, controls=controls)
        else:
            made = made.append(name, targets, angles, controls=controls)
    return made, count


def _synthesized(op: Gate) -> qiskit.QuantumCircuit:
    """What Qiskit makes of a gate that has no definition, a permutation for one."""
    alone = qiskit.QuantumCircuit(op.num_qubits)
    alone.append(op, range(op.num_qubits))
    return qiskit.transpile(alone, basis_gates=["u", "cx", "swap"], optimization_level=0)


def _flat(circuit: qiskit.QuantumCircuit, places: list[int]) -> Iterator[tuple]:
    for item in circuit.data:
        if item.clbits:
            raise NotUnitary(f"'{item.operation.name}' on classical bits before the end")
        qubits = [places[circuit.find_bit(q).index] for q in item.qubits]
        yield from _gates(item.operation, qubits)


def _gates(op: Instruction, qubits: list[int]) -> Iterator[tuple]:
    if isinstance(op, Barrier) or op.name in ("barrier", "delay", "id"):
        return
    if isinstance(op, Measure) or (not isinstance(op, Gate) and op.definition is None):
        raise NotUnitary(f"'{op.name}' before the end")
    base, num_controls, zeros = op, 0, []
    # A gate with one target for its base; "multi-control multi-target" has several.
    plain = isinstance(op, ControlledGate) and op.num_ctrl_qubits + op.base_gate.num_qubits == op.num_qubits
    if op.base_class.__name__ not in _KNOWN and plain:
        base, num_controls = op.base_gate, op.num_ctrl_qubits
        zeros = [qubits[i] for i in range(num_controls) if not op.ctrl_state >> i & 1]
    if base.base_class.__name__ in _KNOWN:
        kind = _KNOWN[base.base_class.__name__]
        gate = (kind, qubits, [float(a) for a in base.params], num_controls, None)
    elif isinstance(base, UnitaryGate) and base.num_qubits <= MAX_UNITARY:
        gate = ("unitary", qubits, [], num_controls, base.to_matrix())
    elif op.definition is None:
        yield from _flat(_synthesized(op), qubits)
        return
    else:
        yield from _flat(op.definition, qubits)
        return
    # A control that waits for 0 is one that waits for 1, between two X.
    yield from (("x", [q], [], 0, None) for q in zeros)
    yield gate
    yield from (("x", [q], [], 0, None) for q in zeros)
