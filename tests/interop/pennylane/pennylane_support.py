"""Rosters of PennyLane's gates, measurements and random tapes that the laws are swept over."""

from __future__ import annotations

import numpy as np
import pennylane as qml

from support import random_unitary


def gate(name: str, rng: np.random.Generator, wires: list):
    """One gate by its name, on as many of the wires as it takes."""
    width, angles = GATES[name]
    wires = wires[:width]
    numbers = [float(x) for x in rng.uniform(-3, 3, angles)]
    if name == "PauliRot":
        return qml.PauliRot(numbers[0], "".join(rng.choice(list("IXYZ"), width)), wires)
    if name == "QubitUnitary":
        return qml.QubitUnitary(random_unitary(width, rng), wires)
    if name == "DiagonalQubitUnitary":
        return qml.DiagonalQubitUnitary(np.exp(1j * rng.uniform(-3, 3, 2**width)), wires)
    if name == "MultiControlledX":
        return qml.MultiControlledX(wires, control_values=[int(b) for b in rng.integers(0, 2, width - 1)])
    if name == "BasisState":
        return qml.BasisState(rng.integers(0, 2, width), wires)
    if name == "GlobalPhase":
        return qml.GlobalPhase(numbers[0])
    return getattr(qml, name)(*numbers, wires=wires)


# Wires and angles of each.
GATES = {
    **dict.fromkeys(("Identity", "PauliX", "PauliY", "PauliZ", "Hadamard", "S", "T", "SX"), (1, 0)),
    **dict.fromkeys(("RX", "RY", "RZ", "PhaseShift", "U1", "GlobalPhase"), (1, 1)),
    "U2": (1, 2),
    "U3": (1, 3),
    "Rot": (1, 3),
    **dict.fromkeys(("CNOT", "CY", "CZ", "CH", "SWAP", "ISWAP", "SISWAP", "ECR"), (2, 0)),
    **dict.fromkeys(("CRX", "CRY", "CRZ", "ControlledPhaseShift", "CPhaseShift00", "CPhaseShift01"), (2, 1)),
    **dict.fromkeys(("IsingXX", "IsingYY", "IsingZZ", "IsingXY", "PSWAP", "SingleExcitation"), (2, 1)),
    **dict.fromkeys(("SingleExcitationPlus", "SingleExcitationMinus"), (2, 1)),
    "CRot": (2, 3),
    "Toffoli": (3, 0),
    "CCZ": (3, 0),
    "CSWAP": (3, 0),
    "MultiRZ": (3, 1),
    "PauliRot": (4, 1),
    "DoubleExcitation": (4, 1),
    "OrbitalRotation": (4, 1),
    "FermionicSWAP": (2, 1),
    "QubitUnitary": (2, 0),
    "DiagonalQubitUnitary": (2, 0),
    "MultiControlledX": (4, 0),
    "QFT": (3, 0),
    "BasisState": (3, 0),
    "Barrier": (2, 0),
}


def random_operations(wires: list, count: int, seed: int) -> list:
    """Gates of the roster, some of them adjoint, or controlled with closed and open controls."""
    rng = np.random.default_rng(seed)
    names = [name for name, (width, _) in GATES.items() if width <= len(wires) and name != "BasisState"]
    operations = []
    for _ in range(count):
        name = str(rng.choice(names))
        shuffled = [wires[i] for i in rng.permutation(len(wires))]
        made = gate(name, rng, shuffled)
        if rng.random() < 0.2:
            made = qml.adjoint(made)
        free = shuffled[GATES[name][0] :]
        if free and rng.random() < 0.25 and name != "Barrier":
            controls = free[: int(rng.integers(1, 3))]
            values = [bool(b) for b in rng.integers(0, 2, len(controls))]
            made = qml.ctrl(made, control=controls, control_values=values)
        operations.append(made)
    return operations


def random_matrix(width: int, seed: int) -> np.ndarray:
    """A Hermitian matrix."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(2**width, 2**width)) + 1j * rng.normal(size=(2**width, 2**width))
    return matrix + matrix.conj().T


# Everything that default.qubit measures of a pure state, on wires (a, b, c, d).
MEASUREMENTS = {
    "a Pauli": lambda a, b, c, d: qml.expval(qml.Y(b)),
    "a product": lambda a, b, c, d: qml.expval(qml.X(a) @ qml.Y(c) @ qml.Z(d)),
    "a Hamiltonian": lambda a, b, c, d: qml.expval(
        qml.Hamiltonian([0.3, -1.2], [qml.X(b), qml.Z(a) @ qml.Y(d)])
    ),
    "a sum": lambda a, b, c, d: qml.expval(2 * qml.X(a) - qml.Z(b) @ qml.Z(a) + 0.5 * qml.I(c)),
    "Hadamard": lambda a, b, c, d: qml.expval(qml.H(c)),
    "Identity": lambda a, b, c, d: qml.expval(qml.I(c)),
    "a matrix": lambda a, b, c, d: qml.expval(qml.Hermitian(random_matrix(2, 1), [c, a])),
    "a wide matrix": lambda a, b, c, d: qml.expval(qml.Hermitian(random_matrix(4, 2), [d, b, c, a])),
    "a matrix and a Pauli": lambda a, b, c, d: qml.expval(qml.Hermitian(random_matrix(1, 3), [a]) @ qml.X(b)),
    "a projector": lambda a, b, c, d: qml.expval(qml.Projector([1, 0], [b, d])),
    "a projector on a state": lambda a, b, c, d: qml.expval(qml.Projector([0.6, 0.8j], [b])),
    "a sparse Hamiltonian": lambda a, b, c, d: qml.expval(
        qml.SparseHamiltonian(qml.Hamiltonian([1.0, 0.4], [qml.X(0), qml.Y(1)]).sparse_matrix(), wires=[a, c])
    ),
    "a variance": lambda a, b, c, d: qml.var(qml.X(a) @ qml.Z(b)),
    "a variance of a sum": lambda a, b, c, d: qml.var(qml.X(a) + 0.7 * qml.Z(b) + 0.2 * qml.Y(a)),
    "a variance of a matrix": lambda a, b, c, d: qml.var(qml.Hermitian(random_matrix(2, 4), [a, d])),
    "probabilities": lambda a, b, c, d: qml.probs(wires=[d, a]),
    "all probabilities": lambda a, b, c, d: qml.probs(wires=[a, b, c, d]),
    "probabilities of an observable": lambda a, b, c, d: qml.probs(op=qml.X(b) @ qml.Y(c)),
    "the density matrix": lambda a, b, c, d: qml.density_matrix([c, a]),
    "purity": lambda a, b, c, d: qml.purity([b, a]),
    "entropy": lambda a, b, c, d: qml.vn_entropy([c]),
    "mutual information": lambda a, b, c, d: qml.mutual_info([a], [c, d]),
}
