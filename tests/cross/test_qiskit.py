"""Cross-checks against Qiskit: the gate table's names, matrices and qubit order."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu.circuits import ALIASES, GATES
from qsetu.qiskit_circuit import as_qiskit
from support import FAST_ENGINES, random_circuit, random_params, scrambled

qiskit = pytest.importorskip("qiskit")
library = pytest.importorskip("qiskit.circuit.library")


def qiskit_gate(name, angles):
    return getattr(library, name)(*angles)


def statevector(circuit, params):
    made = as_qiskit(circuit)
    numbers = {slot: params[slot.index] for slot in made.parameters}
    return qiskit.quantum_info.Statevector(made.assign_parameters(numbers)).data


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
    circuit = random_circuit(2 + seed % 4, 15, seed)
    params = random_params(circuit, 1, seed)[0]
    theirs = statevector(circuit, params)
    for engine in [*FAST_ENGINES, "reference"]:
        found = qsetu.statevector(circuit, params, engine=engine, dtype="complex128")
        np.testing.assert_allclose(found, theirs, atol=1e-10)


@pytest.mark.parametrize("open_angles", [False, True])
@pytest.mark.parametrize("controls", range(4))
@pytest.mark.parametrize("name", GATES)
def test_every_gate_under_controls_is_written_without_loss(name, controls, open_angles):
    gate = GATES[name]
    width = gate.num_qubits + controls
    if not width:
        width = 1
    angles = [0.7 * qsetu.param(i) + 0.2 if open_angles else 0.3 + i for i in range(gate.num_angles)]
    order = np.random.default_rng(5).permutation(width)
    qubits, rest = order[: gate.num_qubits], order[gate.num_qubits : gate.num_qubits + controls]
    circuit = scrambled(width, 1).append(name, list(qubits), angles, controls=list(rest))
    params = random_params(circuit, 1)[0]
    expected = qsetu.statevector(circuit, params, engine="reference", dtype="complex128")
    np.testing.assert_allclose(statevector(circuit, params), expected, atol=1e-12)


def test_pauli_expectation_and_counts_equal_qiskit():
    circuit = random_circuit(4, 20, 77, num_slots=0)
    state = qiskit.quantum_info.Statevector(as_qiskit(circuit))
    # Qiskit writes qubit 0 rightmost: X0 Y2 is "IYIX".
    theirs = state.expectation_value(qiskit.quantum_info.SparsePauliOp(["IYIX", "ZIII"], [0.5, 2.0]))
    found = qsetu.expectation(circuit, "0.5 X0 Y2 + 2 Z3", dtype="complex128")
    assert float(found) == pytest.approx(theirs.real, abs=1e-12)
    tally = qsetu.counts(qsetu.sample(circuit, shots=20_000, seed=5), 4)
    probabilities = state.probabilities_dict()
    for bits, times in tally.items():
        p = probabilities[bits]
        assert abs(times / 20_000 - p) < 6 * np.sqrt(p * (1 - p) / 20_000) + 1e-9
