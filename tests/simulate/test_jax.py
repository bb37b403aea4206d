"""Inside JAX: the same values as outside, the same gradients, under every transformation."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, param
from support import FAST_ENGINES, random_circuit, random_observables, scrambled

jax = pytest.importorskip("jax")
jnp = jax.numpy

BATCHES = [(), (1,), (3,), (2, 3), (0,), (2, 0)]
SIZES = range(1, 7)
CIRCUIT = Circuit(2).ry(param(0), 0).cx(0, 1).rx(param(1), 1)


@pytest.fixture(params=["float32", "float64"])
def real(request):
    """Both precisions of JAX; the second is on for the test only."""
    with jax.enable_x64(request.param == "float64"):
        yield np.dtype(request.param)


def case(num_qubits: int, batch: tuple[int, ...] = (), real: np.dtype | None = None):
    """A random circuit, three observables, parameters as JAX and as NumPy arrays, precision, tolerance."""
    circuit = random_circuit(num_qubits, 18, 40 + num_qubits)
    observables = random_observables(num_qubits, num_qubits)
    given = np.random.default_rng(num_qubits).uniform(-3, 3, (*batch, circuit.num_params))
    params = jnp.asarray(given, dtype=real)
    precise = params.dtype == np.float64
    how = {"dtype": "complex128" if precise else "complex64"}
    return circuit, observables, params, np.asarray(params), how, 1e-11 if precise else 2e-5


@pytest.mark.parametrize("num_qubits", SIZES)
def test_values_are_those_of_the_door(real, num_qubits):
    for batch in BATCHES:
        circuit, observables, params, same, how, allowed = case(num_qubits, batch, real)
        for observable in (observables, observables[:1], observables[1]):

            def values(x, observable=observable):
                return qsetu.expectation(circuit, observable, x, **how)  # noqa: B023

            for found in (values(params), jax.jit(values)(params)):
                assert isinstance(found, jax.Array)
                assert found.dtype == real
                np.testing.assert_allclose(found, values(same), rtol=0, atol=allowed, strict=False)
                assert found.shape == values(same).shape

        def state(x):
            return qsetu.statevector(circuit, x, **how)  # noqa: B023

        for found in (state(params), jax.jit(state)(params)):
            assert isinstance(found, jax.Array)
            assert (found.dtype, found.shape) == (how["dtype"], (*batch, 2**num_qubits))
            np.testing.assert_allclose(found, state(same), rtol=0, atol=allowed)
        assert isinstance(values(same), np.ndarray)
        assert isinstance(state(same), np.ndarray)


@pytest.mark.parametrize("num_qubits", SIZES)
def test_gradients_are_those_of_the_door(real, num_qubits):
    for batch in BATCHES:
        circuit, observables, params, same, how, allowed = case(num_qubits, batch, real)
        weights = np.random.default_rng(9).normal(size=(*batch, 3))

        def one(x):
            return qsetu.expectation(circuit, observables[2], x, **how).sum()  # noqa: B023

        def many(x):
            return (weights * qsetu.expectation(circuit, observables, x, **how)).sum()  # noqa: B023

        values, expected = qsetu.value_and_grad(circuit, observables[2], same, **how)
        value, gradient = jax.value_and_grad(one)(params)
        np.testing.assert_allclose(value, values.sum(), atol=10 * allowed)
        np.testing.assert_allclose(gradient, expected, rtol=0, atol=10 * allowed)
        assert gradient.dtype == real
        np.testing.assert_allclose(jax.jit(jax.grad(one))(params), expected, rtol=0, atol=10 * allowed)
        _, expected = qsetu.expectation_vjp(circuit, observables, same, weights, **how)
        for found in (jax.grad(many)(params), jax.jit(jax.grad(many))(params)):
            np.testing.assert_allclose(found, expected, rtol=0, atol=10 * allowed)


@pytest.mark.parametrize("observable", ["X0 Y1 + 0.5 Z2", ["Z0", "X0 Y1 + 0.5 Z2"]])
def test_vmap_is_a_loop(real, observable):
    circuit, _, params, same, how, allowed = case(3, (2, 4), real)

    def values(x):
        return qsetu.expectation(circuit, observable, x, **how)

    def total(x):
        return jnp.sum(jnp.sin(values(x)))

    expected = values(same)
    slopes = np.stack([[jax.grad(total)(row) for row in rows] for rows in params])
    near = {"rtol": 0, "atol": 10 * allowed}
    np.testing.assert_allclose(jax.vmap(values)(params), expected, **near)
    np.testing.assert_allclose(jax.vmap(jax.vmap(values))(params), expected, **near)
    np.testing.assert_allclose(jax.jit(jax.vmap(values, in_axes=1, out_axes=1))(params), expected, **near)
    np.testing.assert_allclose(jax.vmap(jax.vmap(jax.grad(total)))(params), slopes, **near)
    np.testing.assert_allclose(jax.jit(jax.vmap(jax.grad(total)))(params), slopes, **near)
    across = jax.vmap(jax.vmap(jax.grad(total)), in_axes=1, out_axes=1)
    np.testing.assert_allclose(across(params), slopes, **near)
    _, pull_back = jax.vjp(values, params)
    weights = jnp.asarray(np.random.default_rng(2).normal(size=(*expected.shape, 3)), dtype=real)
    found = jax.vmap(pull_back, in_axes=-1)(weights)[0]
    np.testing.assert_allclose(found, jnp.stack([pull_back(weights[..., i])[0] for i in range(3)]), **near)
    np.testing.assert_allclose(jax.grad(lambda x: jax.vmap(total)(x).sum())(params), slopes, **near)

    def scaled(x, factor):
        return factor * values(x)

    factors = jnp.arange(5.0)
    found = jax.vmap(scaled, in_axes=(None, 0))(params, factors)
    np.testing.assert_allclose(found, np.stack([f * expected for f in np.arange(5.0)]), **near)
    found = jax.vmap(jax.grad(lambda x, f: scaled(x, f).sum()), in_axes=(None, 0))(params, factors)
    assert found.shape == (5, *params.shape)
    np.testing.assert_allclose(found[4], 4 * found[1], **near)
    assert jax.vmap(values)(params[:0]).shape == expected[:0].shape
    assert jax.vmap(jax.grad(total))(params[0][:0]).shape == (0, circuit.num_params)
    np.testing.assert_allclose(jax.lax.map(values, params), expected, **near)

    states = qsetu.statevector(circuit, same, **how)
    np.testing.assert_allclose(
        jax.vmap(lambda x: qsetu.statevector(circuit, x, **how))(params), states, **near
    )


@pytest.mark.parametrize("jacobian", [jax.jacrev, jax.jacfwd, jax.jacobian])
@pytest.mark.parametrize("num_qubits", [1, 4])
def test_jacobians_of_expectations(real, jacobian, num_qubits):
    circuit, observables, params, same, how, allowed = case(num_qubits, (), real)
    for observable in (observables[2], observables):
        _, expected = qsetu.value_and_grad(circuit, observable, same, **how)
        found = jax.jit(jacobian(lambda x, o=observable: qsetu.expectation(circuit, o, x, **how)))(params)
        np.testing.assert_allclose(found, expected, rtol=0, atol=10 * allowed)
    circuit, observables, params, same, how, allowed = case(num_qubits, (2,), real)
    _, expected = qsetu.value_and_grad(circuit, observables, same, **how)
    found = jax.vmap(jacobian(lambda x: qsetu.expectation(circuit, observables, x, **how)))(params)
    np.testing.assert_allclose(found, expected, rtol=0, atol=10 * allowed)


def test_forward_mode_of_expectations(real):
    circuit, observables, params, same, how, allowed = case(3, (2,), real)
    tangent = jnp.asarray(np.random.default_rng(1).normal(size=params.shape), dtype=real)
    for observable in (observables[2], observables):
        values, slopes = jax.jvp(
            lambda x, o=observable: qsetu.expectation(circuit, o, x, **how), (params,), (tangent,)
        )
        expected, gradients = qsetu.value_and_grad(circuit, observable, same, **how)
        np.testing.assert_allclose(values, expected, atol=allowed)
        summed = np.einsum("bkp,bp->bk", gradients.reshape(2, -1, same.shape[-1]), tangent)
        np.testing.assert_allclose(slopes, summed.reshape(values.shape), atol=20 * allowed)


@pytest.mark.parametrize("num_qubits", SIZES)
def test_state_gradient_equals_finite_differences(num_qubits):
    with jax.enable_x64(True):
        for batch in ((), (3,)):
            circuit, _, params, same, how, _ = case(num_qubits, batch, np.dtype("float64"))
            rng = np.random.default_rng(5)
            shape = (*batch, 2**num_qubits)
            weights = rng.normal(size=shape) + 1j * rng.normal(size=shape)

            def overlap(x):
                states = qsetu.statevector(circuit, x, **how)  # noqa: B023
                return (weights * states).real.sum(axis=-1)  # noqa: B023

            found = jax.jit(jax.grad(lambda x: overlap(x).sum()))(params)
            assert found.shape == params.shape
            for slot in range(circuit.num_params):
                step = 1e-6 * np.eye(circuit.num_params)[slot]
                expected = (overlap(same + step) - overlap(same - step)) / 2e-6
                np.testing.assert_allclose(found[..., slot], expected, atol=1e-7)


def test_state_derivatives_forward_and_back_are_transposes(real):
    for num_qubits in SIZES:
        for batch in ((), (3,), (0,)):
            circuit, _, params, _, how, allowed = case(num_qubits, batch, real)
            rng = np.random.default_rng(5)
            tangents = jnp.asarray(rng.normal(size=params.shape), dtype=real)

            def state(x):
                return qsetu.statevector(circuit, x, **how)  # noqa: B023

            states, slopes = jax.jit(lambda x, t: jax.jvp(state, (x,), (t,)))(params, tangents)
            weights = jnp.asarray(rng.normal(size=states.shape) + 1j * rng.normal(size=states.shape))
            weights = weights.astype(states.dtype)
            (pulled,) = jax.vjp(state, params)[1](weights)
            np.testing.assert_allclose(
                (pulled * tangents).sum(), (weights * slopes).real.sum(), atol=100 * allowed
            )
            np.testing.assert_allclose(states, state(params), rtol=0, atol=allowed)
            jacobian = jax.jacfwd(state)(params)
            assert jacobian.shape == (*states.shape, *params.shape)
            np.testing.assert_allclose(
                jnp.tensordot(jacobian, tangents, params.ndim), slopes, rtol=0, atol=50 * allowed
            )


def test_state_derivatives_agree_with_those_of_xla(real):
    circuit, _, params, _, how, allowed = case(4, (2,), real)
    rng = np.random.default_rng(3)
    weights = rng.normal(size=(2, 16)) + 1j * rng.normal(size=(2, 16))
    found, expected = (
        jax.vmap(
            jax.jacrev(
                lambda x, w, e=engine: (lambda s: (s.real, s.imag, jnp.abs(jnp.vdot(w, s)) ** 2))(
                    qsetu.statevector(circuit, x, engine=e, **how)
                )
            )
        )(params, jnp.asarray(weights, dtype=how["dtype"]))
        for engine in ("native" if "native" in FAST_ENGINES else "auto", "xla")
    )
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == real
        np.testing.assert_allclose(a, b, rtol=0, atol=50 * allowed)


@pytest.mark.parametrize("num_qubits", [14, 17])
def test_wide_states(num_qubits):
    # A lone row goes to all threads, rows of a batch to one each up to 16 qubits. Both must give what
    # the gradient of the norm-weighted probabilities, an expectation, gives.
    circuit = (
        scrambled(num_qubits, 3)
        .ry(param(0), 0)
        .crx(param(1), num_qubits - 1, 2)
        .rzz(param(0) - 0.4, 1, num_qubits - 1)
        .rx(param(1), 0)
    )
    signs = 1 - 2 * (np.arange(2**num_qubits) >> (num_qubits - 1) & 1)
    params = jnp.array([[0.3, -1.1], [2.0, 0.4], [0.1, 0.2], [1.0, -3.0]])

    def by_state(x):
        return (jnp.abs(qsetu.statevector(circuit, x)) ** 2 * signs).sum()

    def by_value(x):
        return qsetu.expectation(circuit, f"Z{num_qubits - 1}", x).sum()

    weights = np.random.default_rng(1).normal(size=(2, 2**num_qubits))
    weights = jnp.asarray(weights[0] + 1j * weights[1])

    def overlap(x):
        return (weights * qsetu.statevector(circuit, x)).sum().real

    rows = params[:2]
    np.testing.assert_allclose(jax.jacfwd(overlap)(rows), jax.jacrev(overlap)(rows), rtol=1e-3, atol=1e-4)

    for rows in (params[0], params):
        value, expected = qsetu.value_and_grad(circuit, f"Z{num_qubits - 1}", np.asarray(rows))
        for function in (by_state, by_value):
            found = jax.jit(jax.value_and_grad(function))(rows)
            np.testing.assert_allclose(found[0], value.sum(), atol=2e-5)
            np.testing.assert_allclose(found[1], expected, atol=2e-5)


def test_scan_trains_as_a_loop_does(real):
    circuit, observables, params, _, how, allowed = case(3, (), real)

    def loss(x):
        return (qsetu.expectation(circuit, observables, x, **how) ** 2).sum()

    def step(x, _):
        value, gradient = jax.value_and_grad(loss)(x)
        return x - 0.1 * gradient, value

    trained, losses = jax.jit(lambda x: jax.lax.scan(step, x, None, length=5))(params)
    for expected in losses:
        np.testing.assert_allclose(loss(params), expected, atol=100 * allowed)
        params, _ = step(params, None)
    np.testing.assert_allclose(trained, params, atol=100 * allowed)
    assert losses[-1] < losses[0]


def test_a_gradient_is_linear_in_what_comes_from_above(real):
    # d/dw of sum(c * sum_k w_k dE_k/dx): x is held fixed, so no second derivative is asked for.
    circuit, observables, params, same, how, allowed = case(3, (), real)
    direction = jnp.arange(1.0, params.size + 1)

    def steered(weights):
        gradient = jax.grad(lambda x: (weights * qsetu.expectation(circuit, observables, x, **how)).sum())
        return (gradient(params) * direction).sum()

    _, gradients = qsetu.value_and_grad(circuit, observables, same, **how)
    expected = gradients @ np.asarray(direction)
    for derivative in (jax.grad, jax.jacfwd):
        found = jax.jit(derivative(steered))(jnp.ones(3))
        np.testing.assert_allclose(found, expected, rtol=0, atol=50 * allowed)


@pytest.mark.skipif("native" not in FAST_ENGINES, reason="the native engine is not built")
@pytest.mark.parametrize("jitted", [False, True])
def test_what_only_xla_derives_is_refused_and_xla_derives_it(jitted):
    params = jnp.array([0.4, 1.3])
    wrap = jax.jit if jitted else lambda f: f

    def value(x, engine):
        return qsetu.expectation(CIRCUIT, "Z1", x, engine=engine)

    def values(x, engine):
        return qsetu.expectation(CIRCUIT, ["Z1", "X0"], x, engine=engine)

    def state(x, engine):
        return qsetu.statevector(CIRCUIT, x, engine=engine)

    asked = [
        lambda e: jax.hessian(lambda x: value(x, e)),
        lambda e: jax.hessian(lambda x: values(x, e)),
        lambda e: jax.grad(lambda x: jax.grad(lambda y: value(y, e))(x).sum()),
        lambda e: jax.grad(lambda x: jax.grad(lambda y: values(y, e).sum())(x).sum()),
        lambda e: jax.jacfwd(jax.jacfwd(lambda x: state(x, e))),
        lambda e: jax.hessian(lambda x: (jnp.abs(state(x, e)) ** 2)[1]),
    ]
    for ask in asked:
        for engine in ("native", "auto"):
            with pytest.raises(qsetu.QsetuError, match="'engine' must be 'xla' for"):
                wrap(ask(engine))(params)
        assert np.isfinite(wrap(ask("xla"))(params)).all()
    # E = cos(x0) cos(x1)
    (a, b), (c, s) = np.asarray(params), (np.cos(params), np.sin(params))
    expected = [[-c[0] * c[1], s[0] * s[1]], [s[0] * s[1], -c[0] * c[1]]]
    np.testing.assert_allclose(value(params, "native"), np.cos(a) * np.cos(b), atol=1e-6)
    np.testing.assert_allclose(wrap(asked[0]("xla"))(params), expected, atol=1e-6)
