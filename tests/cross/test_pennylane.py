"""Cross-checks against PennyLane: names, matrices, signs; whole circuits with gradients."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, param
from qsetu.circuits import ALIASES, GATES

qml = pytest.importorskip("pennylane")


def operator(name, angles, wires):
    if name.startswith("Adjoint("):
        return qml.adjoint(getattr(qml, name[len("Adjoint(") : -1])(*angles, wires=wires))
    return getattr(qml, name)(*angles, wires=wires)


@pytest.mark.parametrize("name", [n for n in GATES if GATES[n].pennylane])
def test_matrix_equals_pennylane(name):
    gate = GATES[name]
    angles = np.random.default_rng(3).uniform(-3, 3, gate.num_angles)
    # PennyLane's first wire is the most significant bit: list ours in reverse.
    wires = list(range(gate.num_qubits)) or [0]
    made = operator(gate.pennylane, gate.pennylane_sign * angles, wires)
    theirs = qml.matrix(made, wire_order=list(reversed(wires)))
    ours = gate.matrix(*angles)
    if gate.num_qubits == 0:
        ours = ours[0, 0] * np.eye(2)
    np.testing.assert_allclose(ours, theirs, atol=1e-14)


@pytest.mark.parametrize("name", [n for n in ALIASES if ALIASES[n].pennylane])
def test_controlled_form_equals_pennylane(name):
    alias = ALIASES[name]
    gate = GATES[alias.gate]
    width = gate.num_qubits + alias.num_controls
    angles = np.random.default_rng(4).uniform(-3, 3, gate.num_angles)
    theirs = qml.matrix(
        operator(alias.pennylane, angles, list(range(width))), wire_order=list(reversed(range(width)))
    )
    for basis in range(2**width):
        start = Circuit(width)
        for q in range(width):
            start = start.x(q) if basis >> q & 1 else start
        made = getattr(start, name)(*angles, *range(width))
        np.testing.assert_allclose(qsetu.statevector(made, dtype="complex128"), theirs[:, basis], atol=1e-14)


def test_value_and_gradient_equal_pennylane():
    n, layers = 4, 2
    rng = np.random.default_rng(8)
    theta = rng.uniform(-3, 3, (layers, n, 2))
    circuit, slot = Circuit(n), 0
    for _ in range(layers):
        for q in range(n):
            circuit = circuit.ry(param(slot), q).rz(param(slot + 1), q)
            slot += 2
        for q in range(n - 1):
            circuit = circuit.cx(q, q + 1)

    @qml.qnode(qml.device("default.qubit", wires=n))
    def theirs(angles):
        for layer in range(layers):
            for q in range(n):
                qml.RY(angles[layer, q, 0], wires=q)
                qml.RZ(angles[layer, q, 1], wires=q)
            for q in range(n - 1):
                qml.CNOT(wires=[q, q + 1])
        return qml.expval(qml.Z(0) @ qml.X(2) + 0.5 * qml.Y(3))

    value, gradient = qsetu.value_and_grad(circuit, "Z0 X2 + 0.5 Y3", theta.ravel(), dtype="complex128")
    trainable = qml.numpy.array(theta, requires_grad=True)
    assert float(value) == pytest.approx(float(theirs(trainable)), abs=1e-12)
    np.testing.assert_allclose(gradient, np.ravel(qml.grad(theirs)(trainable)), atol=1e-12)
