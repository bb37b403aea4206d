"""Cross-checks of noise: density matrices against Qiskit Aer's, conventions against PennyLane's."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu import AmplitudeDamping, Depolarizing, NoiseModel, PhaseDamping, ReadoutError
from qsetu.circuits.readout import read_probabilities
from support import random_params

aer = pytest.importorskip("qiskit_aer")
noise = pytest.importorskip("qiskit_aer.noise")
qiskit = pytest.importorskip("qiskit")
pennylane = pytest.importorskip("pennylane")


def layered(num_qubits: int) -> qsetu.Circuit:
    """Gates that Aer's noise models know by name, each on qubits in both orders."""
    circuit, slot = qsetu.Circuit(num_qubits), 0
    for layer in range(2):
        for q in range(num_qubits):
            circuit = circuit.ry(qsetu.param(slot), q).rz(qsetu.param(slot + 1), q).id(q)
            slot += 2
        for q in range(num_qubits - 1):
            circuit = circuit.cx(q, q + 1) if (q + layer) % 2 else circuit.cx(q + 1, q)
    return circuit


def in_aer(channel, num_qubits: int):
    if isinstance(channel, Depolarizing):
        return noise.depolarizing_error(channel.p, num_qubits)
    single = (
        noise.amplitude_damping_error(channel.gamma)
        if isinstance(channel, AmplitudeDamping)
        else noise.phase_damping_error(channel.lam)
    )
    return single if num_qubits == 1 else single.tensor(single)


def aer_density(circuit, row, model) -> np.ndarray:
    made = qiskit.QuantumCircuit(circuit.num_qubits)
    for op in circuit:
        getattr(made, op.name)(*(angle.evaluate(row) for angle in op.angles), *op.controls, *op.qubits)
    made.save_density_matrix()
    theirs = noise.NoiseModel(basis_gates=["ry", "rz", "id", "cx"])
    for names, width in ((["ry", "rz", "id"], 1), (["cx"], 2)):
        errors = [in_aer(channel, width) for channel in model.after(width)]
        if errors:
            whole = errors[0]
            for error in errors[1:]:
                whole = whole.compose(error)
            theirs.add_all_qubit_quantum_error(whole, names)
    simulator = aer.AerSimulator(method="density_matrix", noise_model=theirs)
    # Nothing may be joined before the noise is put in.
    return np.asarray(simulator.run(made).result().data()["density_matrix"])


@pytest.mark.parametrize("num_qubits", [1, 3])
@pytest.mark.parametrize(
    "model",
    [
        NoiseModel(),
        NoiseModel(Depolarizing(0.1), Depolarizing(0.3)),
        NoiseModel(AmplitudeDamping(0.2), AmplitudeDamping(0.1)),
        NoiseModel(PhaseDamping(0.2), PhaseDamping(0.35)),
        NoiseModel((AmplitudeDamping(0.2), Depolarizing(0.1)), (Depolarizing(0.2), PhaseDamping(0.3))),
        NoiseModel((Depolarizing(0.1), AmplitudeDamping(0.2))),
    ],
    ids=repr,
)
def test_density_matrix_equals_aer(model, num_qubits):
    circuit = layered(num_qubits)
    params = random_params(circuit, 2)
    found = qsetu.density_matrix(circuit, params, noise=model)
    for row, rho in zip(params, found, strict=True):
        np.testing.assert_allclose(rho, aer_density(circuit, row, model), atol=1e-12)


def test_readout_equals_aer():
    error = ReadoutError(0.1, 0.3)
    theirs = noise.ReadoutError([[1 - 0.1, 0.1], [0.3, 1 - 0.3]]).probabilities
    np.testing.assert_allclose(error.confusion, np.transpose(theirs))
    np.testing.assert_allclose(read_probabilities(np.array([0.0, 1.0]), [error]), theirs[1])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Depolarizing(0.2), lambda: pennylane.DepolarizingChannel(0.75 * 0.2, wires=0)),
        (AmplitudeDamping(0.2), lambda: pennylane.AmplitudeDamping(0.2, wires=0)),
        (PhaseDamping(0.2), lambda: pennylane.PhaseDamping(0.2, wires=0)),
    ],
    ids=["depolarizing", "amplitude damping", "phase damping"],
)
def test_one_qubit_channels_are_pennylanes(ours, theirs):
    def choi(operators):
        columns = np.array([np.asarray(k).reshape(-1) for k in operators])
        return columns.T @ columns.conj()

    np.testing.assert_allclose(choi(ours.kraus(1)), choi(theirs().kraus_matrices()), atol=1e-15)
