"""What the PennyLane device asks of the door: one call for what is one batch, and nothing compiled twice."""

from __future__ import annotations

import numpy as np
import pytest

qml = pytest.importorskip("pennylane")

from pennylane import numpy as pnp  # noqa: E402

from qsetu import simulate  # noqa: E402
from qsetu.compiler import compile_circuit  # noqa: E402


@pytest.fixture
def calls(monkeypatch):
    """The functions of the door that are called, and with how many rows."""
    seen: list[tuple[str, int]] = []

    def counted(name, real):
        def call(circuit, observables, params, *rest, **how):
            seen.append((name, len(params)))
            return real(circuit, observables, params, *rest, **how)

        return call

    for name in ("expectation", "value_and_grad", "expectation_vjp"):
        monkeypatch.setattr(simulate, name, counted(name, getattr(simulate, name)))
    return seen


def layers(x, w):
    for wire in range(3):
        qml.RX(x[..., wire], wires=wire)
    for wire in range(3):
        qml.Rot(w[wire, 0], w[wire, 1], 0.3, wires=wire)
        qml.CNOT(wires=[wire, (wire + 1) % 3])
    return qml.expval(qml.Z(0) @ qml.X(2))


RNG = np.random.default_rng(0)
INPUTS, WEIGHTS = RNG.uniform(-1, 1, (7, 3)), RNG.uniform(-1, 1, (3, 2))


def test_a_broadcast_circuit_is_one_call(calls):
    found = qml.QNode(layers, qml.device("qsetu.qubit", wires=3))(INPUTS, WEIGHTS)
    assert calls == [("expectation", 7)]
    theirs = qml.QNode(layers, qml.device("default.qubit", wires=3))(INPUTS, WEIGHTS)
    np.testing.assert_allclose(found, theirs, atol=1e-12)


@pytest.mark.parametrize("trained", [False, True])
def test_a_broadcast_gradient_is_one_call_back(calls, trained):
    def loss(x, w):
        return qml.math.sum(qml.QNode(layers, qml.device("qsetu.qubit", wires=3))(x, w))

    qml.grad(loss)(pnp.array(INPUTS, requires_grad=trained), pnp.array(WEIGHTS))
    assert calls == [("expectation", 7), ("expectation_vjp", 7)]


def test_a_gradient_is_one_call(calls):
    made = qml.QNode(layers, qml.device("qsetu.qubit", wires=3))
    qml.grad(made)(INPUTS[0], pnp.array(WEIGHTS))
    assert calls == [("value_and_grad", 1)]


def test_tapes_of_one_structure_are_one_call(calls):
    made = qml.QNode(layers, qml.device("qsetu.qubit", wires=3), diff_method="parameter-shift")
    qml.grad(made)(INPUTS[0], pnp.array(WEIGHTS))
    assert calls == [("expectation", 1), ("expectation", 12)]


def test_results_of_a_mixed_batch_keep_their_order(calls):
    def tape(x, turned):
        operations = [qml.RX(x, 0), *([qml.H(1)] if turned else []), qml.CNOT([0, 1])]
        return qml.tape.QuantumScript(operations, [qml.expval(qml.Z(1)), qml.expval(qml.Z(0))])

    angles = [0.1, 0.2, np.array([0.3, 0.4]), 0.5, 0.6]
    tapes = [tape(x, index % 2) for index, x in enumerate(angles)]
    found = qml.device("qsetu.qubit", wires=2).execute(tapes)
    assert sorted(calls) == [("expectation", 2), ("expectation", 4)]
    for index, (x, result) in enumerate(zip(angles, found, strict=True)):
        np.testing.assert_allclose(result[1], np.cos(x), atol=1e-12)
        np.testing.assert_allclose(result[0], 0 * x if index % 2 else np.cos(x), atol=1e-12)


@pytest.mark.parametrize("returned", ["value", "probabilities", "samples"])
def test_other_numbers_compile_nothing(returned):
    vector = RNG.normal(size=4)

    def circuit(x, y, state):
        if returned != "value":
            qml.AmplitudeEmbedding(state, wires=[0, 1], normalize=True)
        qml.RX(x, 0)
        qml.ctrl(qml.PhaseShift, control=[0, 2], control_values=[0, 1])(y, wires=1)
        qml.MultiRZ(x * y, wires=[0, 2, 1])
        if returned == "value":
            return qml.expval(qml.Hamiltonian([1.0, 2.0], [qml.Z(0), qml.X(1) @ qml.X(2)]))
        return qml.probs(wires=[0, 2]) if returned == "probabilities" else qml.sample()

    made = qml.QNode(circuit, qml.device("qsetu.qubit", wires=3), shots=5 if returned == "samples" else None)
    made(0.1, 0.2, vector)
    if returned == "value":
        qml.grad(made)(pnp.array(0.1), pnp.array(0.2), vector)
    before = compile_circuit.cache_info().misses
    for x in (0.3, 0.0, np.array([0.4, 0.5]), -2.0):
        made(x, 0.7, vector + 1)
        if returned == "value" and np.ndim(x) == 0:
            qml.grad(made)(pnp.array(x), pnp.array(0.2), vector)
    assert compile_circuit.cache_info().misses == before


def test_a_second_device_knows_the_programs_of_the_first():
    qml.QNode(layers, qml.device("qsetu.qubit", wires=3))(INPUTS[0], WEIGHTS)
    before = compile_circuit.cache_info().misses
    qml.QNode(layers, qml.device("qsetu.qubit", wires=3))(INPUTS[1], WEIGHTS)
    assert compile_circuit.cache_info().misses == before


def test_large_batches_of_states_come_in_portions(monkeypatch):
    from qsetu.interop.pennylane import execution

    whole = qml.QNode(lambda x: (qml.RX(x, 0), qml.CNOT([0, 1]), qml.state())[-1], qml.device("qsetu.qubit"))
    angles = np.linspace(0, 1, 5)
    tapes = [qml.tape.QuantumScript([qml.RX(x, 0), qml.CNOT([0, 1])], [qml.state()]) for x in angles]
    expected = whole(angles)
    monkeypatch.setattr(execution, "STATES_AT_ONCE", 2 * 4 * 16)
    np.testing.assert_allclose(qml.device("qsetu.qubit").execute(tapes), expected, atol=1e-14)


def test_the_oldest_structure_is_forgotten():
    from qsetu.interop.pennylane.structure import Reader

    reader = Reader(size=2)
    tapes = [qml.tape.QuantumScript([gate(0)], [qml.expval(qml.Z(0))]) for gate in (qml.X, qml.Y, qml.Z)]
    first, _, third = (reader.read(tape).structure for tape in tapes)
    assert reader.read(tapes[2]).structure is third
    assert reader.read(tapes[0]).structure is not first


X, Y = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]])

# Gates of one class, on the same wires unless wires are what differs.
ALIKE = {
    "wires": [qml.CNOT([0, 1]), qml.CNOT([1, 0])],
    "word": [qml.PauliRot(0.4, "XY", [0, 1]), qml.PauliRot(0.4, "YX", [0, 1])],
    "adjoint word": [qml.adjoint(qml.PauliRot(0.4, word, [0, 1])) for word in ("XY", "YX")],
    "control values": [qml.ctrl(qml.RX(0.4, 2), [0, 1], control_values=v) for v in ([0, 1], [1, 0], [1, 1])],
    "control values of X": [qml.MultiControlledX([0, 1, 2], control_values=v) for v in ([0, 1], [1, 0])],
    "controlled gate": [qml.ctrl(gate(0.4, 2), [0, 1]) for gate in (qml.RX, qml.RY)],
    "controlled adjoint": [qml.ctrl(gate(2), [0]) for gate in (qml.S, lambda w: qml.adjoint(qml.S(w)))],
    "adjoint gate": [qml.adjoint(gate(2), lazy=True) for gate in (qml.S, qml.T, qml.SX)],
    "matrix": [qml.QubitUnitary(matrix, 0) for matrix in (X, Y)],
    "controlled matrix": [qml.ControlledQubitUnitary(matrix, [0, 1]) for matrix in (X, Y)],
    "diagonal": [qml.DiagonalQubitUnitary(np.array(d), [0]) for d in ([1, 1j], [1j, 1])],
    "bits": [qml.BasisState(np.array(bits), [0, 1]) for bits in ([0, 1], [1, 0])],
}


@pytest.mark.parametrize("name", ALIKE)
def test_gates_that_look_alike_are_kept_apart(name):
    first = [qml.RY(0.3, 0), qml.RX(0.9, 1), qml.CRY(0.5, [1, 2]), qml.RZ(0.2, 2)]
    read = qml.probs(wires=[0, 1, 2]), qml.expval(qml.Y(2)), qml.expval(qml.Y(0)), qml.expval(qml.X(1))
    tapes = [qml.tape.QuantumScript([*first, gate], read) for gate in ALIKE[name]]
    ours, theirs = (
        qml.execute(tapes, qml.device(device, wires=3), diff_method=None)
        for device in ("qsetu.qubit", "default.qubit")
    )
    for mine, other in zip(ours, theirs, strict=True):
        for found, expected in zip(mine, other, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-12)


def test_measurements_that_look_alike_are_kept_apart():
    read = [qml.expval(o) for o in (qml.Z(0), qml.Z(1), qml.X(1), qml.Y(0), qml.Z(0) @ qml.Z(1))]
    read += [qml.expval(qml.Hamiltonian([c, 1.0], [qml.Z(0), qml.X(1)])) for c in (0.5, 0.6)]
    read += [qml.var(qml.Z(0)), qml.probs(wires=0), qml.probs(wires=1), qml.expval(qml.Hermitian(X, 0))]
    operations = [qml.RX(0.3, 0), qml.RY(0.8, 1), qml.CNOT([0, 1])]
    tapes = [qml.tape.QuantumScript(operations, [one]) for one in read]
    ours, theirs = (
        qml.execute(tapes, qml.device(device, wires=2), diff_method=None)
        for device in ("qsetu.qubit", "default.qubit")
    )
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-12)


def test_an_observable_is_known_by_what_it_is_not_by_where_it_lies():
    device = qml.device("qsetu.qubit", wires=2)
    for scale in np.linspace(0.1, 2, 40):  # each takes the place in memory that another one left
        observable = qml.s_prod(scale, qml.Z(0) @ qml.Z(1))
        tape = qml.tape.QuantumScript([qml.RX(0.4, 0)], [qml.expval(observable)])
        assert device.execute(tape) == pytest.approx(scale * np.cos(0.4), abs=1e-12)
        del observable, tape
