"""The PennyLane device against PennyLane's own simulator: gates, measurements, wires, whole tapes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

qml = pytest.importorskip("pennylane")

from pennylane_support import GATES, MEASUREMENTS, gate, random_matrix, random_operations  # noqa: E402

from qsetu.core.errors import ArgumentError  # noqa: E402
from qsetu.interop.pennylane.gates import KINDS  # noqa: E402

WIRES = [0, 1, 2, 3]


def device(wires=None, **how):
    return qml.device("qsetu.qubit", wires=wires, **how)


def run(dev, operations, measurements, **how):
    """Through everything PennyLane does before and after, without building operations again."""
    tape = qml.tape.QuantumScript(operations, measurements, **how)
    return qml.execute([tape], dev, diff_method=None)[0]


def both(operations, measurements, wires):
    """Our results, and those of default.qubit."""
    names = ("qsetu.qubit", "default.qubit")
    return [run(qml.device(name, wires=wires), operations, measurements) for name in names]


def state_of(operations, wires=WIRES):
    """The final state, by PennyLane's matrices alone."""
    state = np.zeros(2 ** len(wires), dtype=complex)
    state[0] = 1
    for op in operations:
        if not isinstance(op, qml.Barrier):
            state = qml.matrix(op, wire_order=wires) @ state
    return state


@pytest.mark.parametrize("form", ["plain", "adjoint", "controlled", "adjoint of controlled"])
@pytest.mark.parametrize("name", [name for name in GATES if name not in ("BasisState", "Barrier")])
def test_gates_do_what_their_matrices_say(name, form):
    rng = np.random.default_rng(7)
    wires = [3, 0, 4, 2, 1, 5]
    made = gate(name, rng, wires)
    if "controlled" in form:
        made = qml.ctrl(made, control=[5, 1] if GATES[name][0] < 5 else [5], control_values=[0, 1])
    if "adjoint" in form:
        made = qml.adjoint(made)
    start = [qml.U3(*rng.uniform(-3, 3, 3), wires=w) for w in wires]
    start += [qml.CNOT([w, v]) for w, v in itertools.pairwise(wires)]
    found = run(device(6), [*start, made], [qml.state()])
    np.testing.assert_allclose(found, state_of([*start, made], sorted(wires)), atol=1e-12)


def test_every_kind_of_gate_is_swept():
    wrappers = {"Controlled", "ControlledOp", "ControlledQubitUnitary", "Adjoint", "AdjointOperation"}
    swept = {*GATES, "WireCut", "Snapshot", "BasisEmbedding"}
    assert {kind.__name__ for kind in KINDS} - wrappers <= swept


@pytest.mark.parametrize("seed", range(12))
def test_random_tapes_equal_default_qubit(seed):
    operations = random_operations(WIRES, 25, seed)
    measurements = [qml.expval(qml.Z(0) @ qml.Y(3)), qml.probs(wires=[2, 1]), qml.state()]
    ours, theirs = both(operations, measurements, 4)
    for mine, other in zip(ours, theirs, strict=True):
        assert np.shape(mine) == np.shape(other)
        np.testing.assert_allclose(mine, other, atol=1e-12)


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_measurements_equal_default_qubit(name):
    operations = random_operations(WIRES, 12, 3)
    for wires in ([0, 1, 2, 3], [2, 0, 3, 1]):
        measured = [MEASUREMENTS[name](*wires)]
        ours, theirs = both(operations, measured, 4)
        assert np.shape(ours) == np.shape(theirs)
        np.testing.assert_allclose(ours, theirs, atol=1e-11)


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_a_broadcast_measurement_is_one_for_each_row(name):
    operations = random_operations(WIRES, 12, 3)
    first, third = np.array([0.3, -1.0, 2.0]), np.array([1.0, 2.0, 3.0])
    measured = [MEASUREMENTS[name](2, 0, 3, 1)]
    found = run(device(4), [*operations, qml.Rot(first, 0.4, third, wires=2)], measured)
    rows = [[*operations, qml.Rot(x, 0.4, y, wires=2)] for x, y in zip(first, third, strict=True)]
    expected = np.stack([run(qml.device("default.qubit", wires=4), row, measured) for row in rows])
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-11)


def test_measurements_together_equal_measurements_alone():
    operations = random_operations(WIRES, 12, 4)
    measured = [made(*WIRES) for made in MEASUREMENTS.values()]
    together = run(device(4), operations, measured)
    for one, result in zip(measured, together, strict=True):
        np.testing.assert_allclose(result, run(device(4), operations, [one]), atol=1e-12)


@pytest.mark.parametrize(
    "labels", [[0, 1, 2, 3], ["b", "a", "anc", "x"], [7, -1, 3, 2], [3, 2, 1, 0], ["q", 0, 1, "r"]]
)
@pytest.mark.parametrize("given", [True, False])
def test_wires_of_any_name_and_order(labels, given):
    operations = random_operations(labels, 12, 5)[:-1]
    measured = [qml.expval(qml.Z(labels[2])), qml.probs(wires=[labels[3], labels[0]]), qml.state()]
    ours, theirs = both(operations, measured, labels if given else None)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-12)


@pytest.mark.parametrize("wires", [None, 5])
@pytest.mark.parametrize("measured", [qml.probs(wires=[0, 3]), qml.state(), qml.probs()])
def test_wires_that_are_only_measured_and_wires_that_are_not_used(wires, measured):
    ours, theirs = both([qml.RX(0.3, 1), qml.CNOT([1, 3])], [measured], wires)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("head", ["StatePrep", "AmplitudeEmbedding", "BasisState", "BasisEmbedding", "later"])
def test_a_state_given_at_the_beginning(head):
    vector = np.random.default_rng(2).normal(size=4) * (1 + 0.5j)
    vector /= np.linalg.norm(vector)
    first = {
        "StatePrep": [qml.StatePrep(vector, wires=[2, 0])],
        "AmplitudeEmbedding": [qml.AmplitudeEmbedding(3 * vector, wires=[2, 0], normalize=True)],
        "BasisState": [qml.BasisState([1, 0, 1], wires=[0, 2, 1])],
        "BasisEmbedding": [qml.BasisEmbedding(5, wires=[0, 2, 1])],
        "later": [qml.H(1), qml.StatePrep(vector, wires=[2, 0])],
    }[head]
    operations = [*first, qml.RX(0.4, 1), qml.CNOT([2, 1]), qml.RY(0.1, 0)]
    measured = [qml.state(), qml.expval(qml.Z(1) @ qml.X(0))]
    ours, theirs = both(operations, measured, 3)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-12)


def test_states_and_matrices_may_be_broadcast():
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(3, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    matrices = np.array([qml.matrix(qml.RX(x, 0)) for x in (0.1, 0.2, 0.3)])
    for first in (qml.StatePrep(vectors, wires=[0, 1]), qml.QubitUnitary(matrices, wires=1)):
        operations = [first, qml.RX(0.4, 1), qml.CNOT([1, 2])]
        measured = [qml.state(), qml.expval(qml.Z(2))]
        ours, theirs = both(operations, measured, 3)
        for mine, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(mine, other, atol=1e-12)


@pytest.mark.parametrize("engine", ["native", "xla", "reference"])
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_engines_and_precisions(engine, dtype):
    operations = random_operations(WIRES, 15, 6)
    measured = [qml.expval(qml.Hermitian(random_matrix(2, 1), [0, 2])), qml.probs(wires=[1, 3])]
    ours = run(device(4, engine=engine, dtype=dtype), operations, measured)
    theirs = run(qml.device("default.qubit", wires=4), operations, measured)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-5 if dtype == "complex64" else 1e-11)
    assert run(device(4, engine=engine, dtype=dtype), operations, [qml.state()]).dtype == dtype


def test_a_gate_that_only_has_a_matrix():
    class Mine(qml.operation.Operation):
        num_wires, num_params = 2, 1

        @staticmethod
        def compute_matrix(angle):
            return qml.matrix(qml.IsingXX(angle, [0, 1]) @ qml.RX(angle, 0), wire_order=[0, 1])

    operations = [qml.H(0), Mine(0.3, wires=[2, 0]), Mine(0.5, wires=[1, 2])]
    found = run(device(3), operations, [qml.state()])
    np.testing.assert_allclose(found, state_of(operations, [0, 1, 2]), atol=1e-12)


def test_what_cannot_be_run_says_so_by_name():
    class Opaque(qml.operation.Operation):
        num_wires = 1

    with pytest.raises(qml.exceptions.DeviceError, match=r"Opaque.*not supported with qsetu\.qubit"):
        run(device(1), [Opaque(wires=0)], [qml.expval(qml.Z(0))])
    with pytest.raises(qml.wires.WireError, match="2"):
        run(device(2), [qml.X(2)], [qml.expval(qml.Z(0))])
    with pytest.raises(qml.exceptions.DeviceError, match="not accepted for analytic"):
        run(device(2), [qml.X(0)], [qml.sample(wires=0)])
    with pytest.raises(qml.exceptions.DeviceError, match="not accepted with finite shots"):
        run(device(2), [qml.X(0)], [qml.state()], shots=5)
    with pytest.raises(ArgumentError, match="dtype"):
        device(1, dtype="float32")
    with pytest.raises(ArgumentError, match="engine"):
        device(1, engine="fast")
    with pytest.raises(ValueError, match="params"):
        run(device(1), [qml.RX(float("nan"), 0)], [qml.expval(qml.Z(0))])


def test_the_tracker_counts_as_that_of_default_qubit():
    operations = random_operations(WIRES, 8, 1)
    seen = []
    for name in ("qsetu.qubit", "default.qubit"):
        dev = qml.device(name, wires=4)
        with qml.Tracker(dev) as tracker:
            run(dev, operations, [qml.expval(qml.Z(0)), qml.expval(qml.X(0))])
        seen.append({key: tracker.totals[key] for key in ("batches", "executions", "simulations")})
    assert seen[0] == seen[1]


# PennyLane runs a circuit for each snapshot of any device but its own, and says so.
@pytest.mark.filterwarnings("ignore:Snapshots are not supported:UserWarning:pennylane")
def test_snapshots_are_taken():
    def circuit():
        qml.H(0)
        qml.Snapshot("first")
        qml.CNOT([0, 1])
        return qml.expval(qml.Z(1))

    ours, theirs = (
        qml.snapshots(qml.QNode(circuit, qml.device(name, wires=2)))()
        for name in ("qsetu.qubit", "default.qubit")
    )
    assert ours.keys() == theirs.keys()
    for key in theirs:
        np.testing.assert_allclose(ours[key], theirs[key], atol=1e-12)
