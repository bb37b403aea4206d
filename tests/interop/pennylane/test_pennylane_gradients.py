"""Derivatives through the PennyLane device: every interface, against formulas and default.qubit."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from functools import cache

import numpy as np
import pytest

qml = pytest.importorskip("pennylane")

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from pennylane import numpy as pnp  # noqa: E402

from qsetu.core.errors import ArgumentError  # noqa: E402

WEIGHTS = np.random.default_rng(1).uniform(-3, 3, 8)
HAMILTONIAN = qml.Hamiltonian([0.3, -1.2, 0.5], [qml.X(0), qml.Z(1) @ qml.Y(2), qml.I(0)])


def ansatz(w):
    qml.RX(w[0], 0)
    qml.Rot(w[1], w[2], w[3], wires=1)
    qml.CRot(w[1], w[4], w[5], wires=[1, 2])
    qml.GlobalPhase(w[6], wires=0)
    qml.PauliRot(w[6], "YX", wires=[0, 1])
    qml.ctrl(qml.IsingYY, control=2, control_values=[0])(w[6], wires=[0, 1])
    qml.adjoint(qml.SingleExcitation(w[7], wires=[2, 0]))
    qml.U3(w[0], 2 * w[1], w[7] ** 2, wires=2)
    qml.IsingXY(w[5], wires=[0, 2])


READ = {
    "a value": lambda: qml.expval(HAMILTONIAN),
    "a matrix": lambda: qml.expval(qml.Hermitian(np.array([[1.0, 2j], [-2j, 3.0]]), 1)),
    "a projector": lambda: qml.expval(qml.Projector([1, 0], [2, 0])),
    "a variance": lambda: qml.var(qml.X(1) @ qml.Z(0)),
    "a variance of a sum": lambda: qml.var(HAMILTONIAN),
    "probabilities": lambda: qml.probs(wires=[2, 0]),
}


def node(read, name="qsetu.qubit", interface="auto", **how):
    def circuit(w):
        ansatz(w)
        return read()

    return qml.QNode(circuit, qml.device(name, wires=3), interface=interface, **how)


@pytest.fixture
def double():
    with jax.enable_x64(True):
        yield


@contextmanager
def theirs_alone():
    """default.qubit is differentiated through complex states, whose imaginary parts autograd drops loudly."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        yield


@cache
def expected(read):
    with theirs_alone():
        return qml.jacobian(node(read, "default.qubit"))(pnp.array(WEIGHTS, requires_grad=True))


@pytest.mark.parametrize("device_vjp", [False, True])
@pytest.mark.parametrize("method", ["best", "adjoint", "device", "parameter-shift", "finite-diff"])
@pytest.mark.parametrize("name", READ)
def test_autograd(name, method, device_vjp):
    own = method in ("best", "adjoint", "device")
    if device_vjp and not own:
        pytest.skip("PennyLane's own methods have no device products")
    if method == "parameter-shift" and name == "a variance of a sum":
        pytest.skip("PennyLane's parameter shift is wrong here, on default.qubit too")
    found = qml.jacobian(node(READ[name], diff_method=method, device_vjp=device_vjp))(pnp.array(WEIGHTS))
    np.testing.assert_allclose(found, expected(READ[name]), atol=1e-10 if method != "finite-diff" else 1e-5)


@pytest.mark.parametrize(
    "how", [{}, {"diff_method": "adjoint"}, {"device_vjp": True, "diff_method": "adjoint"}]
)
@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("name", READ)
def test_jax(name, jit, how, double):
    jacobian = jax.jacrev(node(READ[name], interface="jax", **how))
    found = (jax.jit(jacobian) if jit else jacobian)(jnp.array(WEIGHTS))
    np.testing.assert_allclose(found, expected(READ[name]), atol=1e-10)


@pytest.mark.parametrize("name", READ)
def test_torch(name):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    weights = torch.tensor(WEIGHTS, requires_grad=True)
    found = torch.autograd.functional.jacobian(node(READ[name], interface="torch"), weights)
    np.testing.assert_allclose(found.detach(), expected(READ[name]), atol=1e-10)


def test_several_measurements_and_a_single_parameter():
    def circuit(x):
        qml.RY(x, 0)
        qml.CNOT([0, 1])
        return (
            qml.expval(qml.Z(0)),
            qml.probs(wires=[1, 0]),
            qml.var(qml.Z(1)),
            qml.expval(qml.X(0) @ qml.X(1)),
        )

    x = 0.7
    slopes = np.array([-np.sin(x), *(0.5 * np.sin(x) * np.array([-1, 0, 0, 1])), np.sin(2 * x), np.cos(x)])
    for how in ({}, {"diff_method": "adjoint", "device_vjp": True}):
        made = qml.QNode(circuit, qml.device("qsetu.qubit", wires=2), **how)
        found = qml.jacobian(lambda x, made=made: qml.math.hstack(made(x)))(pnp.array(x))
        np.testing.assert_allclose(found, slopes, atol=1e-12)


@pytest.mark.parametrize("interface", ["autograd", "jax", "jax-jit"])
@pytest.mark.parametrize("trained", ["weights", "inputs", "both"])
def test_broadcast(interface, trained, double):
    inputs = np.random.default_rng(5).uniform(-1, 1, (4, 3))

    def circuit(x, w):
        for wire in range(3):
            qml.RX(x[..., wire], wires=wire)
        ansatz(w)
        return qml.expval(HAMILTONIAN), qml.probs(wires=[1, 0])

    def loss(x, w, name="qsetu.qubit"):
        value, chances = qml.QNode(circuit, qml.device(name, wires=3))(x, w)
        return qml.math.sum(np.arange(4.0) * qml.math.sin(value)) + qml.math.sum(chances[:, 1] ** 2)

    argnums = {"weights": (1,), "inputs": (0,), "both": (0, 1)}[trained]
    marked = [pnp.array(a, requires_grad=i in argnums) for i, a in enumerate((inputs, WEIGHTS))]
    with theirs_alone():
        theirs = qml.grad(lambda x, w: loss(x, w, "default.qubit"), argnums=argnums)(*marked)
    if interface == "autograd":
        ours = qml.grad(loss, argnums=argnums)(*marked)
    else:
        slope = jax.grad(loss, argnums=argnums)
        ours = (jax.jit(slope) if interface == "jax-jit" else slope)(jnp.array(inputs), jnp.array(WEIGHTS))
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-10)


def test_a_broadcast_jacobian(double):
    inputs = pnp.array([0.1, 0.4, -0.3], requires_grad=True)

    def circuit(x, w):
        qml.RX(x, wires=0)
        qml.RY(w, wires=0)
        return qml.expval(qml.Z(0))

    made = qml.QNode(circuit, qml.device("qsetu.qubit", wires=1))
    ours = qml.jacobian(made)(inputs, pnp.array(0.7))
    np.testing.assert_allclose(ours[0], np.diag(-np.sin(inputs) * np.cos(0.7)), atol=1e-12)
    np.testing.assert_allclose(ours[1], -np.cos(inputs) * np.sin(0.7), atol=1e-12)


def test_the_device_functions_by_themselves():
    def tape(x, y, trained=(0, 1)):
        operations = [qml.RX(x, 0), qml.RY(y, 0)]
        measured = [qml.expval(qml.Z(0)), qml.expval(qml.X(0))]
        return qml.tape.QuantumScript(operations, measured, trainable_params=trained)

    x, y = 0.3, 0.8
    jacobian = np.array(
        [[-np.sin(x) * np.cos(y), -np.cos(x) * np.sin(y)], [-np.sin(x) * np.sin(y), np.cos(x) * np.cos(y)]]
    )
    device = qml.device("qsetu.qubit", wires=1)
    config = qml.devices.ExecutionConfig(gradient_method="adjoint")
    np.testing.assert_allclose(device.compute_derivatives(tape(x, y), config), jacobian, atol=1e-12)
    np.testing.assert_allclose(
        device.compute_derivatives(tape(x, y, (1,)), config), jacobian[:, 1], atol=1e-12
    )
    results, products = device.execute_and_compute_vjp((tape(x, y),), ((2.0, 3.0),), config)
    np.testing.assert_allclose(results[0], [np.cos(x) * np.cos(y), np.cos(x) * np.sin(y)], atol=1e-12)
    np.testing.assert_allclose(products[0], np.array([2.0, 3.0]) @ jacobian, atol=1e-12)
    many = np.array([[2.0, 0.0, 1.0], [3.0, 1.0, -1.0]])
    np.testing.assert_allclose(
        device.compute_vjp((tape(x, y),), (tuple(many),), config)[0], (many.T @ jacobian).T, atol=1e-12
    )
    assert len(device.compute_derivatives((tape(x, y, ()),), config)[0][0]) == 0


def test_second_derivatives(double):
    def circuit(x):
        qml.RX(x[0], 0)
        qml.RY(x[1], 0)
        return qml.expval(qml.Z(0))

    x = np.array([0.3, 0.8])
    sines, cosines = np.sin(x), np.cos(x)
    mixed = sines[0] * sines[1]
    hessian = np.array([[-cosines[0] * cosines[1], mixed], [mixed, -cosines[0] * cosines[1]]])
    shifted = qml.QNode(circuit, qml.device("qsetu.qubit", wires=1), max_diff=2)
    found = qml.jacobian(qml.grad(shifted))(pnp.array(x))
    np.testing.assert_allclose(found, hessian, atol=1e-10)
    by_xla = qml.QNode(circuit, qml.device("qsetu.qubit", wires=1, engine="xla"))
    np.testing.assert_allclose(jax.hessian(by_xla)(jnp.array(x)), hessian, atol=1e-10)
    by_native = qml.QNode(circuit, qml.device("qsetu.qubit", wires=1, engine="native"))
    with pytest.raises(ArgumentError, match="xla"):
        jax.hessian(by_native)(jnp.array(x))


def test_jax_maps_over_circuits(double):
    rows = jnp.array(np.random.default_rng(3).uniform(-1, 1, (3, 8)))
    made = node(READ["a value"], interface="jax")
    one_by_one = [jax.value_and_grad(made)(row) for row in rows]
    values, slopes = jax.jit(jax.vmap(jax.value_and_grad(made)))(rows)
    np.testing.assert_allclose(values, [value for value, _ in one_by_one], atol=1e-12)
    np.testing.assert_allclose(slopes, [slope for _, slope in one_by_one], atol=1e-12)


def test_jax_measures_states_too(double):
    def purity():
        return qml.purity([0])

    found = jax.jit(jax.grad(node(purity, interface="jax")))(jnp.array(WEIGHTS))
    with theirs_alone():
        theirs = qml.grad(node(purity, "default.qubit"))(pnp.array(WEIGHTS))
    np.testing.assert_allclose(found, theirs, atol=1e-10)


def test_jax_in_single_precision():
    with jax.enable_x64(False):
        value, slope = jax.jit(jax.value_and_grad(node(READ["a value"], interface="jax")))(jnp.array(WEIGHTS))
        chances = jax.jit(node(lambda: qml.probs(wires=[0, 1]), interface="jax"))(jnp.array(WEIGHTS))
    assert value.dtype == slope.dtype == chances.dtype == np.float32
    np.testing.assert_allclose(slope, expected(READ["a value"]), atol=1e-5)
    np.testing.assert_allclose(np.sum(chances), 1, atol=1e-5)


def test_coefficients_of_an_observable():
    def circuit(x, c):
        qml.RX(x, 0)
        return qml.expval(qml.Hamiltonian(c, [qml.Z(0), qml.Y(0)]))

    x, c = pnp.array(0.4, requires_grad=True), pnp.array([0.5, 2.0], requires_grad=True)
    ours = qml.grad(qml.QNode(circuit, qml.device("qsetu.qubit", wires=1)))(x, c)
    np.testing.assert_allclose(ours[0], -0.5 * np.sin(x) - 2 * np.cos(x), atol=1e-10)
    np.testing.assert_allclose(ours[1], [np.cos(x), -np.sin(x)], atol=1e-10)
    adjoint = qml.QNode(circuit, qml.device("qsetu.qubit", wires=1), diff_method="adjoint")
    with pytest.warns(UserWarning, match="not supported with the adjoint"):
        left_out = qml.grad(adjoint)(x, c)
    np.testing.assert_allclose(left_out[0], ours[0], atol=1e-10)
    np.testing.assert_allclose(left_out[1], 0, atol=1e-12)


def test_a_prepared_state_before_trained_gates():
    vector = np.array([0.6, 0.0, 0.8j, 0.0])

    def circuit(x):
        qml.StatePrep(vector, wires=[0, 1])
        qml.RX(x[0], 0)
        qml.CRY(x[1], wires=[0, 1])
        return qml.expval(qml.Z(1) + qml.Y(0))

    x = pnp.array([0.3, 0.9])
    ours, theirs = (
        qml.grad(qml.QNode(circuit, qml.device(name, wires=2)))(x)
        for name in ("qsetu.qubit", "default.qubit")
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-10)


def test_entries_of_a_matrix_are_decomposed_into_angles():
    def circuit(x):
        qml.QubitUnitary(qml.matrix(qml.RX(x, 0)), wires=0)
        return qml.expval(qml.Z(0))

    with pytest.warns(np.exceptions.ComplexWarning):  # autograd's, of the entries
        found = qml.grad(qml.QNode(circuit, qml.device("qsetu.qubit", wires=1)))(pnp.array(0.4))
    np.testing.assert_allclose(found, -np.sin(0.4), atol=1e-10)


def test_derivatives_through_measurements_in_the_middle():
    def circuit(x):
        qml.RX(x[0], 0)
        first = qml.measure(0, reset=True)
        qml.cond(first, qml.RY)(x[1], wires=1)
        return qml.expval(qml.Z(1)), qml.expval(first)

    x = pnp.array([0.4, 1.1])
    ours, theirs = (
        qml.jacobian(lambda x, name=name: qml.math.stack(qml.QNode(circuit, qml.device(name))(x)))(x)
        for name in ("qsetu.qubit", "default.qubit")
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-10)


def test_what_cannot_be_differentiated_says_so():
    x = pnp.array(WEIGHTS)
    with pytest.raises(qml.exceptions.QuantumFunctionError, match="does not support adjoint"):
        qml.grad(node(lambda: qml.purity([0]), diff_method="adjoint"))(x)
    with pytest.raises(qml.exceptions.QuantumFunctionError, match="does not support backprop"):
        node(READ["a value"], diff_method="backprop")
    tape = qml.tape.QuantumScript(
        [qml.QubitUnitary(np.eye(2), 0)], [qml.expval(qml.Z(0))], trainable_params=[0]
    )
    with pytest.raises(qml.exceptions.DeviceError, match="differentiates by angles only"):
        qml.device("qsetu.qubit").compute_derivatives(tape)
    tape = qml.tape.QuantumScript([qml.RX(np.array([0.1, 0.2]), 0)], [qml.expval(qml.Z(0))])
    with pytest.raises(qml.exceptions.DeviceError, match="device_vjp"):
        qml.device("qsetu.qubit").compute_derivatives(tape)
    tape = qml.tape.QuantumScript([qml.RX(0.1, 0)], [qml.purity([0])])
    with pytest.raises(qml.exceptions.DeviceError, match="parameter-shift"):
        qml.device("qsetu.qubit").compute_derivatives(tape)


def test_a_plain_call_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        qml.grad(node(READ["a value"]))(pnp.array(WEIGHTS))
