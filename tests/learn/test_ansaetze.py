"""Trainable circuits: laws swept over the roster, and the circuits of other packages."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu.core.errors import ArgumentError
from qsetu.learn import (
    ANSAETZE,
    HardwareEfficientAnsatz,
    MPSAnsatz,
    QCNNAnsatz,
    RealAmplitudesAnsatz,
    StronglyEntanglingAnsatz,
    TreeAnsatz,
)
from qsetu.learn.ansaetze import resolve_ansatz

MADE = [make(n, layers) for make in ANSAETZE.values() for n, layers in ((1, 1), (2, 2), (5, 1), (6, 2))]
MADE += [QCNNAnsatz(6, keep=3), TreeAnsatz(6, keep=2), MPSAnsatz(5, keep=2), QCNNAnsatz(4, keep=9)]


def angles(ansatz, seed=0):
    return np.random.default_rng(seed).uniform(-np.pi, np.pi, ansatz.num_params)


@pytest.mark.parametrize("ansatz", MADE, ids=repr)
def test_every_angle_and_every_readout_counts(ansatz):
    params = angles(ansatz)
    observables = [f"{letter}{q}" for q in ansatz.readout for letter in "XYZ"]
    assert observables
    _, jacobian = qsetu.value_and_grad(ansatz.circuit, " + ".join(observables), params, dtype="complex128")
    state = qsetu.statevector(ansatz.circuit, params, dtype="complex128")
    for slot in range(ansatz.num_params):
        moved = params.copy()
        moved[slot] += 0.4
        change = abs(np.vdot(state, qsetu.statevector(ansatz.circuit, moved, dtype="complex128")))
        # Only an RZ that acts on |0> before all else may change nothing but the phase.
        starts_with_z = (
            isinstance(ansatz, StronglyEntanglingAnsatz) and slot < 3 * ansatz.num_qubits and slot % 3 == 0
        )
        assert change < 1 - 1e-6 or starts_with_z, slot
    assert np.isfinite(jacobian).all()


@pytest.mark.parametrize("name", ["qcnn", "mps", "tree"])
@pytest.mark.parametrize("num_qubits", [2, 3, 5, 8])
@pytest.mark.parametrize("keep", [1, 2])
def test_what_is_read_out_has_heard_of_every_qubit(name, num_qubits, keep):
    ansatz = resolve_ansatz(name, num_qubits, 1, keep)
    assert len(ansatz.readout) == min(keep, num_qubits)
    params = angles(ansatz)
    whole = ", ".join(f"Z{q}" for q in ansatz.readout)
    plain = qsetu.expectation(ansatz.circuit, whole.split(", "), params, dtype="complex128")
    for q in range(num_qubits):
        flipped = qsetu.Circuit(num_qubits).x(q).compose(ansatz.circuit)
        other = qsetu.expectation(flipped, whole.split(", "), params, dtype="complex128")
        assert abs(other - plain).max() > 1e-6, q


@pytest.mark.parametrize("ansatz", MADE, ids=repr)
def test_the_twin_of_an_ansatz_entangles_nothing_and_has_as_many_angles(ansatz):
    twin = ansatz.deentangled()
    assert (twin.num_qubits, twin.num_params, twin.readout) == (
        ansatz.num_qubits,
        ansatz.num_params,
        ansatz.readout,
    )
    rho = qsetu.reduced_density_matrices(twin.circuit, angles(twin), dtype="complex128")
    np.testing.assert_allclose(np.einsum("qij,qji->q", rho, rho).real, 1, atol=1e-12)


def test_a_convolution_has_as_many_angles_for_any_number_of_qubits():
    assert QCNNAnsatz(8).num_params == 3 * 6 + 3 * 2 + 1
    assert QCNNAnsatz(7).num_params == QCNNAnsatz(8).num_params
    assert QCNNAnsatz(16).num_params - QCNNAnsatz(8).num_params == 8


def test_pooling_turns_a_qubit_by_its_neighbor_and_lets_go_of_that():
    pooled = [op for op in QCNNAnsatz(5).circuit if op.gate in ("rz", "rx")]
    assert [(op.gate, op.controls, op.qubits) for op in pooled] == [
        *[(gate, (low,), (low + 1,)) for low in (0, 2) for gate in ("rz", "rx")],
        *[(gate, (1,), (3,)) for gate in ("rz", "rx")],
        *[(gate, (3,), (4,)) for gate in ("rz", "rx")],
    ]
    assert QCNNAnsatz(5).readout == (4,)


def test_strongly_entangling_equals_pennylane():
    qml = pytest.importorskip("pennylane")
    ansatz = StronglyEntanglingAnsatz(4, 5)
    params = angles(ansatz)

    def circuit():
        qml.StronglyEntanglingLayers(params.reshape(5, 4, 3), wires=range(4))
        return [qml.expval(qml.PauliZ(q)) for q in range(4)]

    expected = qml.QNode(circuit, qml.device("default.qubit", wires=4))()
    ours = qsetu.expectation(ansatz.circuit, [f"Z{q}" for q in range(4)], params, dtype="complex128")
    np.testing.assert_allclose(ours, expected, atol=1e-12)


@pytest.mark.parametrize("kind", ["linear", "circular", "full", "pairwise"])
def test_real_amplitudes_equal_qiskit(kind):
    library = pytest.importorskip("qiskit.circuit.library")
    info = pytest.importorskip("qiskit.quantum_info")
    theirs = library.real_amplitudes(4, reps=2, entanglement="linear" if kind == "circular" else kind)
    ansatz = RealAmplitudesAnsatz(4, 2, entanglement=kind)
    params = angles(ansatz)
    state = qsetu.statevector(ansatz.circuit, params, dtype="complex128")
    np.testing.assert_allclose(state.imag, 0, atol=1e-14)
    if kind != "circular":  # Qiskit starts the circle with the pair that closes it
        expected = info.Statevector(theirs.assign_parameters(params)).data
        np.testing.assert_allclose(state, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: HardwareEfficientAnsatz(3, 0), "num_layers"),
        (lambda: HardwareEfficientAnsatz(0), "num_qubits"),
        (lambda: HardwareEfficientAnsatz(3, entanglement="ring"), "entanglement"),
        (lambda: QCNNAnsatz(3, keep=0), "keep"),
        (lambda: resolve_ansatz("qcn", 3, 1), "qcnn"),
        (lambda: resolve_ansatz(QCNNAnsatz(3), 4, 1), "4 qubit"),
        (lambda: resolve_ansatz(3, 4, 1), "Ansatz"),
    ],
)
def test_what_cannot_be_built_is_refused_by_name(make, said):
    with pytest.raises(ArgumentError) as caught:
        make()
    assert said in str(caught.value)
