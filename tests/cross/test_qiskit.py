"""Cross-checks against Qiskit: the gate table's names, matrices and qubit order."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu.circuits import ALIASES, GATES
from support import FAST_ENGINES, random_circuit

qiskit = pytest.importorskip("qiskit")
library = pytest.importorskip("qiskit.circuit.library")


def qiskit_gate(name, angles):
    return getattr(library, name)(*angles)


def to_qiskit(circuit):
    """Only what this test needs; a bound circuit."""
    made = qiskit.QuantumCircuit(circuit.num_qubits)
    for op in circuit:
        angles = [angle.constant for angle in op.angles]
        qubits = list(op.controls + op.qubits)
        if op.unitary is not None:
            gate = library.UnitaryGate(op.unitary.array)
        elif not GATES[op.gate].qiskit:
            gate = library.UnitaryGate(GATES[op.gate].matrix(*angles))
        else:
            gate = qiskit_gate(GATES[op.gate].qiskit, angles)
        made.append(gate.control(len(op.controls), annotated=False) if op.controls else gate, qubits)
    return made


@pytest.mark.parametrize("name", [n for n in GATES if GATES[n].qiskit])
def test_matrix_equals_qiskit(name):
    gate = GATES[name]
    angles = np.random.default_rng(3).uniform(-3, 3, gate.num_angles)
    theirs = qiskit_gate(gate.qiskit, angles).to_matrix()
    np.testing.assert_allclose(gate.matrix(*angles), theirs, atol=1e-14)


@pytest.mark.parametrize("name", [n for n in ALIASES if ALIASES[n].qiskit])
def test_controlled_form_equals_qiskit(name):
    alias = ALIASES[name]
    gate = GATES[alias.gate]
    width = gate.num_qubits + alias.num_controls
    angles = np.random.default_rng(4).uniform(-3, 3, gate.num_angles)
    columns = []
    for basis in range(2**width):
        start = qsetu.Circuit(width)
        for q in range(width):
            start = start.x(q) if basis >> q & 1 else start
        made = getattr(start, name)(*angles, *range(width))
        columns.append(qsetu.statevector(made, dtype="complex128"))
    theirs = qiskit_gate(alias.qiskit, angles).to_matrix()
    np.testing.assert_allclose(np.array(columns).T, theirs, atol=1e-14)


@pytest.mark.parametrize("seed", range(12))
def test_random_circuit_equals_qiskit_statevector(seed):
    circuit = random_circuit(2 + seed % 4, 15, seed, num_slots=0)
    theirs = qiskit.quantum_info.Statevector(to_qiskit(circuit)).data
    for engine in [*FAST_ENGINES, "reference"]:
        found = qsetu.statevector(circuit, engine=engine, dtype="complex128")
        np.testing.assert_allclose(found, theirs, atol=1e-10)


def test_pauli_expectation_and_counts_equal_qiskit():
    circuit = random_circuit(4, 20, 77, num_slots=0)
    state = qiskit.quantum_info.Statevector(to_qiskit(circuit))
    # Qiskit writes qubit 0 rightmost: X0 Y2 is "IYIX".
    theirs = state.expectation_value(qiskit.quantum_info.SparsePauliOp(["IYIX", "ZIII"], [0.5, 2.0]))
    found = qsetu.expectation(circuit, "0.5 X0 Y2 + 2 Z3", dtype="complex128")
    assert float(found) == pytest.approx(theirs.real, abs=1e-12)
    tally = qsetu.counts(qsetu.sample(circuit, shots=20_000, seed=5), 4)
    probabilities = state.probabilities_dict()
    for bits, times in tally.items():
        p = probabilities[bits]
        assert abs(times / 20_000 - p) < 6 * np.sqrt(p * (1 - p) / 20_000) + 1e-9
