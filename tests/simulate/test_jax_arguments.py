"""Inside JAX: what is taken for parameters, what is refused and why, and which engine runs."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, admission, param
from support import FAST_ENGINES, JAX_ENGINES, random_circuit, random_observables, random_params

jax = pytest.importorskip("jax")
jnp = jax.numpy

CIRCUIT = Circuit(2).ry(param(0), 0).cx(0, 1).rx(param(1), 1)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: qsetu.value_and_grad(CIRCUIT, "Z0", x),
        lambda x: qsetu.expectation_vjp(CIRCUIT, ["Z0"], x, [1.0]),
        lambda x: qsetu.sample(CIRCUIT, x, shots=3, seed=1),
        lambda x: qsetu.gram(CIRCUIT, x[None]),
        lambda x: qsetu.gram(CIRCUIT, np.zeros((1, 2)), x[None]),
        lambda x: qsetu.sample(CIRCUIT, [x[0], 0.5], shots=3, seed=1),
    ],
)
def test_functions_of_numpy_refuse_tracers_and_take_arrays(call):
    params = jnp.array([0.4, 0.5])
    with pytest.raises(qsetu.QsetuError, match=r"'params' must hold numbers.*jax.value_and_grad"):
        jax.jit(call)(params)
    found, expected = jax.tree.leaves(call(params)), jax.tree.leaves(call(np.asarray(params)))
    for a, b in zip(found, expected, strict=True):
        assert isinstance(a, np.ndarray)
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("engine", JAX_ENGINES)
def test_parameters_of_other_kinds(engine):
    expected = qsetu.expectation(CIRCUIT, "Z0", [1.0, 2.0])
    for dtype in ("int32", "bfloat16", "float16"):
        found = qsetu.expectation(CIRCUIT, "Z0", jnp.array([1, 2], dtype=dtype), engine=engine)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=1e-6)

    def parts(x, y):
        return qsetu.expectation(CIRCUIT, "Z0", [x, 2.0 * y], engine=engine)

    np.testing.assert_allclose(jax.jit(parts)(1.0, 1.0), expected, atol=1e-6)
    np.testing.assert_allclose(jax.grad(parts)(1.0, 1.0), -np.sin(1.0), atol=1e-6)
    fixed = Circuit(2).h(0)
    assert qsetu.statevector(fixed, jnp.zeros((3, 0)), engine=engine).shape == (3, 4)
    assert jax.grad(lambda x: qsetu.expectation(fixed, "X0", x, engine=engine))(jnp.zeros(0)).shape == (0,)
    empty = qsetu.expectation(Circuit(0).gphase(param(0)), "2.5", jnp.zeros((2, 1)), engine=engine)
    np.testing.assert_array_equal(empty, [2.5, 2.5])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: qsetu.statevector(CIRCUIT, x[:1]), r"shape \(\.\.\., 2\).*got shape \(1,\)\."),
        (lambda x: qsetu.expectation(CIRCUIT, "Z0", x[0]), r"got shape \(\)"),
        (lambda x: qsetu.expectation(CIRCUIT, "Z2", x), "qubits 0 to 1"),
        (lambda x: qsetu.statevector(CIRCUIT, x + 0j), "real numbers.*complex64"),
        (lambda x: qsetu.statevector(CIRCUIT, x, dtype="complex128"), "'dtype'.*jax_enable_x64"),
        (lambda x: qsetu.statevector(CIRCUIT, x, dtype="complex128", engine="xla"), "jax_enable_x64"),
        (lambda x: qsetu.expectation(CIRCUIT, "Z0", x, dtype="complex128", engine="xla"), "jax_enable_x64"),
        (lambda x: qsetu.statevector(CIRCUIT, x, engine="reference"), "'engine'.*NumPy.*native"),
        (lambda x: qsetu.statevector(CIRCUIT, x, engine="natve"), "Did you mean 'native'"),
        (lambda x: qsetu.statevector(Circuit(40).rx(param(1), 0), x), "40-qubit"),
    ],
)
def test_bad_input_is_refused_with_the_reason(call, message):
    for wrap in (jax.jit, lambda f: f):
        with pytest.raises(qsetu.QsetuError, match=message):
            wrap(call)(jnp.array([0.1, 0.2]))


def test_concrete_arrays_are_searched_for_nan():
    with pytest.raises(qsetu.QsetuError, match=r"got nan.*index \[1\]"):
        qsetu.expectation(CIRCUIT, "Z0", jnp.array([0.0, np.nan]))
    assert np.isnan(jax.jit(lambda x: qsetu.expectation(CIRCUIT, "Z0", x))(jnp.array([np.nan, 0.0])))


def test_precision_of_the_simulation_is_apart_from_that_of_the_parameters():
    with jax.enable_x64(True):
        circuit, observables = random_circuit(5, 18, 45), random_observables(5, 5)
        same = random_params(circuit, 2)
        params = jnp.asarray(same)
        exact = qsetu.expectation(circuit, observables, same, dtype="complex128")
        for engine in JAX_ENGINES:
            rough = qsetu.expectation(circuit, observables, params, engine=engine)
            assert rough.dtype == np.float64
            assert 1e-10 < np.abs(np.asarray(rough) - exact).max() < 2e-5
            fine = qsetu.expectation(circuit, observables, params, engine=engine, dtype="complex128")
            np.testing.assert_allclose(fine, exact, atol=1e-12)


def test_auto_takes_xla_where_native_cannot_go(monkeypatch):
    seen = []
    xla = admission.get_engine("xla")
    monkeypatch.setattr(
        type(xla), "traced_states", lambda self, program, params, dtype: seen.append(params) or params
    )
    params = jnp.array([0.1, 0.2])
    monkeypatch.setattr(admission, "platform_of", lambda array: "gpu")
    qsetu.statevector(CIRCUIT, params)
    assert len(seen) == 1
    if "native" in FAST_ENGINES:
        with pytest.raises(
            qsetu.QsetuError, match=r"runs on the CPU, this would run on the gpu.*engine='xla'"
        ):
            qsetu.statevector(CIRCUIT, params, engine="native")
    monkeypatch.setattr(admission, "platform_of", lambda array: "cpu")
    monkeypatch.setattr(admission, "_native_missing", lambda: "The native engine is not built.")
    qsetu.statevector(CIRCUIT, params)
    assert len(seen) == 2
    monkeypatch.undo()
    with jax.default_device(jax.devices("cpu")[0]):
        assert jax.jit(lambda x: qsetu.statevector(CIRCUIT, x))(params).shape == (4,)
