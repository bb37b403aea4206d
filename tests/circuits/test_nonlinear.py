"""Angles that are not affine: arithmetic, derivatives, texts, and circuits of them through the door."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, param
from qsetu.circuits import Affine
from qsetu.circuits.nonlinear import FUNCTIONS, Nonlinear, apply
from qsetu.compiler import compile_circuit
from support import FAST_ENGINES, random_params

x, y, z = param(0), param(1), param(2)
ANGLES = [
    x * y,
    2 * (np.pi - x) * (np.pi - y),
    (x / 3).sin() + y**2,
    x / (2 + y.cos()),
    1 / (x * x + 1),
    (x - y).tan() * 0.3,
    (x / 4).arcsin() + (y / 4).arccos() - z.arctan(),
    (0.1 * x * z).exp() - (x * x + 0.5).log(),
    abs(x) * y.sign(),
    2**x,
    (x * x + 1) ** (y / 2),
    -(x * y) + (x * y) ** 3,
]


@pytest.mark.parametrize("angle", ANGLES, ids=str)
def test_value_and_partials(angle):
    values = np.random.default_rng(1).uniform(0.2, 1.5, (6, 3)) * [1, -1, 1]
    written = eval(str(angle).replace("p", "v").replace("exv", "exp"), _names(values.T))
    np.testing.assert_allclose(angle.evaluate(values), written, rtol=2e-3)  # texts have four digits
    for slot, step in enumerate(1e-6 * np.eye(3)):
        slope = (angle.evaluate(values + step) - angle.evaluate(values - step)) / 2e-6
        found = np.broadcast_to(angle.partials(values).get(slot, 0.0), len(values))
        np.testing.assert_allclose(found, slope, atol=1e-7)


def _names(columns):
    names = {name: getattr(np, name) for name in FUNCTIONS if hasattr(np, name)}
    return {"__builtins__": {}, **names, **{f"v{i}": column for i, column in enumerate(columns)}}


@pytest.mark.parametrize("angle", ANGLES, ids=str)
def test_what_is_written_down_is_read_back(angle):
    assert eval(repr(angle), {"param": param}) == angle
    again = pickle.loads(pickle.dumps(angle))
    assert again == angle and hash(again) == hash(angle)
    assert -1.0 * (-1.0 * angle) == angle
    assert angle != x and angle != angle + 1
    shifted = angle.shifted(2)
    values = np.random.default_rng(2).uniform(0.2, 1.0, (3, 5))
    np.testing.assert_array_equal(shifted.evaluate(values), angle.evaluate(values[:, 2:]))


def test_what_is_affine_stays_affine_and_numbers_stay_numbers():
    assert isinstance((2 * x + 1) * 3 - y / 4, Affine)
    assert apply("sin", 0.5) == Affine(np.sin(0.5))
    assert (x * y) * 0 == Affine() and 1 * (x * y) == x * y and x * y + 0 == x * y and (x * y) / 1 == x * y
    assert x**1 == x and (x * y) ** 1 == x * y
    assert isinstance(x * y, Nonlinear) and (x * y).num_params == 2


def test_long_expressions_that_share_parts_are_computed_once():
    angle = x * y
    for _ in range(60):  # 2^60 parts, if each were computed where it occurs
        angle = angle * angle.cos()
    values = np.array([0.3, 0.7])
    assert np.isfinite(angle.evaluate(values)) and np.isfinite(angle.partials(values)[1])


def test_errors():
    with pytest.raises(qsetu.QsetuError, match="divided by 0"):
        x / 0
    with pytest.raises(qsetu.QsetuError, match="finite"):
        apply("log", 0.0)
    with pytest.raises(TypeError):
        x * "a"
    with pytest.raises(AttributeError, match="immutable"):
        (x * y).function = "add"
    with pytest.raises(qsetu.QsetuError, match=r"log\(p0\) is nan in row 1"):
        qsetu.expectation(Circuit(1).rx(x.log(), 0), "Z0", [[1.0], [-1.0]])
    with pytest.raises(qsetu.QsetuError, match="function"):
        Nonlinear("sine", (x,))
    with pytest.raises(qsetu.QsetuError, match="2 angle"):
        Nonlinear("mul", (x,))


def circuit_of_all() -> Circuit:
    circuit = Circuit(3).h(0).h(1).ry(0.4, 2)
    for i, angle in enumerate(ANGLES):
        circuit = circuit.rx(angle, i % 3).cx(i % 3, (i + 1) % 3)
    return circuit.u(x * y, y.exp(), 0.3 * x, 1).cu(x * y, z, x**2, y * z, 0, 2).gphase(x * y, controls=[1])


@pytest.mark.parametrize("engine", FAST_ENGINES)
def test_gradients_follow_the_chain_rule_and_equal_the_oracle(engine):
    circuit = circuit_of_all()
    params = np.random.default_rng(4).uniform(0.2, 1.5, (2, 4, 3))
    observables = ["Z0 X1", "0.3 Y2 - Z1"]
    weights = np.random.default_rng(5).normal(size=(2, 4, 2))
    expected = qsetu.value_and_grad(circuit, observables, params, engine="reference", dtype="complex128")
    values, gradients = qsetu.value_and_grad(circuit, observables, params, engine=engine, dtype="complex128")
    assert gradients.shape == (2, 4, 2, 3)
    np.testing.assert_allclose(values, expected[0], atol=1e-12)
    np.testing.assert_allclose(gradients, expected[1], atol=1e-10)
    _, pulled = qsetu.expectation_vjp(
        circuit, observables, params, weights, engine=engine, dtype="complex128"
    )
    np.testing.assert_allclose(pulled, (weights[..., None] * gradients).sum(axis=-2), atol=1e-10)


def test_the_oracle_follows_finite_differences():
    circuit, step = circuit_of_all(), 1e-6
    params = np.array([0.3, 0.8, 1.1])
    _, gradient = qsetu.value_and_grad(circuit, "Z0 X1", params, engine="reference", dtype="complex128")
    for slot in range(3):
        ends = [params + sign * step * np.eye(3)[slot] for sign in (1, -1)]
        up, down = qsetu.expectation(circuit, "Z0 X1", ends, dtype="complex128")
        assert gradient[slot] == pytest.approx((up - down) / (2 * step), abs=1e-7)


@pytest.mark.parametrize("engine", ["native", "xla"])
def test_jax_differentiates_through_them(engine):
    jax = pytest.importorskip("jax")
    circuit = circuit_of_all()
    params = np.random.default_rng(6).uniform(0.2, 1.0, (4, 3))
    _, expected = qsetu.value_and_grad(circuit, "Z0 X1", params, engine="reference", dtype="complex128")
    found = jax.jit(jax.vmap(jax.grad(lambda row: qsetu.expectation(circuit, "Z0 X1", row, engine=engine))))(
        jax.numpy.asarray(params, dtype="float32")
    )
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_numbers_compile_nothing_and_equal_angles_share_a_column():
    circuit = Circuit(2).ry(x * y, 0).rz(x * y, 1).cu(x * y, 0.1, x * y, 0.2, 0, 1)
    program = compile_circuit(circuit)
    assert (program.num_inputs, program.num_params) == (2, 3)
    for seed in range(3):
        qsetu.expectation(circuit, "Z0", random_params(circuit, 2, seed))
    before = compile_circuit.cache_info().misses
    qsetu.expectation(circuit, "Z0", random_params(circuit, 5, 9))
    assert compile_circuit.cache_info().misses == before


def test_everything_else_takes_them():
    circuit = Circuit(2).h(0).ry(x * y, 0).cx(0, 1).rz((x + y).sin(), 1).rx(x, 0)
    params = np.array([[0.3, 1.2], [0.9, -0.4]])
    bound = [circuit.bind(row) for row in params]
    states = np.array([qsetu.statevector(one, dtype="complex128") for one in bound])
    np.testing.assert_allclose(qsetu.statevector(circuit, params, dtype="complex128"), states, atol=1e-14)
    np.testing.assert_allclose(qsetu.gram(circuit, params)[0, 1], abs(np.vdot(*states)) ** 2, atol=1e-6)
    noise = qsetu.NoiseModel(qsetu.Depolarizing(0.1), (qsetu.AmplitudeDamping(0.2), qsetu.Depolarizing(0.1)))
    for row, one in zip(params, bound, strict=True):
        np.testing.assert_allclose(
            qsetu.density_matrix(circuit, row, noise=noise),
            qsetu.density_matrix(one, noise=noise),
            atol=1e-14,
        )
        found, expected = (
            qsetu.noisy_expectation(c, "Z0 Z1", p, noise=noise, trajectories=200, seed=3, dtype="complex128")
            for c, p in ((circuit, row), (one, None))
        )
        assert found.values == pytest.approx(expected.values, abs=1e-12)
    assert (qsetu.sample(circuit, params[0], seed=1) == qsetu.sample(bound[0], seed=1)).all()
    assert circuit.inverse().inverse() == circuit and circuit.shift_params(3).num_params == 5
    assert circuit.content_hash != circuit.shift_params(1).content_hash
    assert pickle.loads(pickle.dumps(circuit)) == circuit
    assert "p0*p1" in circuit.draw() and "svg" in circuit.draw("svg")
    assert qsetu.explain(Circuit(1).rx(1 / x, 0)).operations == 1  # no number is looked at
