"""The native engine as a target of XLA: what compiles, what is refused, many threads."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import contextmanager

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, param
from support import random_circuit

native = pytest.importorskip("qsetu.engines.native._native")
jax = pytest.importorskip("jax")
if not hasattr(native, "ffi_targets"):
    pytest.skip("built without the headers of jaxlib", allow_module_level=True)

from qsetu.circuits.pauli import PauliSum, PauliTable  # noqa: E402
from qsetu.compiler import lower  # noqa: E402
from qsetu.engines.native import jax_calls, jax_targets  # noqa: E402

jnp = jax.numpy
CIRCUIT = Circuit(2).ry(param(0), 0).cx(0, 1).rx(param(1), 1)


@contextmanager
def compilations():
    """Counts what XLA compiles, and what is traced, meanwhile."""
    counts = {"compiled": 0, "traced": 0}

    def listen(event, seconds, **_):
        counts["compiled"] += event.endswith("backend_compile_duration")
        counts["traced"] += event.endswith("jaxpr_trace_duration")

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        yield counts
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)


def variant(seed: int) -> Circuit:
    """Circuits of one shape, three qubits and two slots, and of any gates."""
    return random_circuit(3, 10 + seed, seed, num_slots=2, affine=True).ry(param(1), 0)


def test_new_numbers_compile_nothing():
    step = jax.jit(jax.value_and_grad(lambda x: qsetu.expectation(CIRCUIT, "Z0", x)))
    rows = [jnp.array([0.1 * i, 0.2]) for i in range(5)]
    step(rows[0])
    with compilations() as counts:
        found = [step(row) for row in rows]
    assert counts == {"compiled": 0, "traced": 0}
    assert len({float(value) for value, _ in found}) == 5


@pytest.mark.parametrize("observable", ["X0", ["X0", "Z1 - 0.5 Y2"]])
def test_a_new_circuit_of_a_known_shape_compiles_nothing(observable):
    params = jnp.array([[0.3, 0.4], [0.5, -2.0]])

    def everything(seed):
        circuit, kinds = variant(seed), []
        kinds.append(qsetu.expectation(circuit, observable, params))
        kinds.append(qsetu.expectation(circuit, ["Y0"] * np.size(observable), params))
        kinds.append(qsetu.statevector(circuit, params))
        return kinds

    expected = everything(0)
    with compilations() as counts:
        found = [everything(seed) for seed in range(1, 6)]
    assert counts == {"compiled": 0, "traced": 0}
    for seed, kinds in enumerate(found, start=1):
        same = np.asarray(params)
        np.testing.assert_allclose(kinds[0], qsetu.expectation(variant(seed), observable, same), atol=1e-6)
        np.testing.assert_allclose(kinds[2], qsetu.statevector(variant(seed), same), atol=1e-6)
        assert not np.allclose(kinds[2], expected[2])
    with compilations() as counts:
        qsetu.expectation(variant(1), observable, params[:1])
    assert counts["compiled"] >= 1, "another shape does compile, or nothing was counted"


def test_a_gradient_of_a_new_circuit_compiles_nothing():
    params = jnp.array([0.3, 0.4])

    def gradient(seed, observable):
        return jax.grad(lambda x: qsetu.expectation(variant(seed), observable, x).sum())(params)

    for observable in ("X0", ["X0", "Z1"]):
        gradient(0, observable)
        with compilations() as counts:
            found = [gradient(seed, observable) for seed in range(1, 6)]
        assert counts["compiled"] == 0
        for seed, slopes in enumerate(found, start=1):
            _, expected = qsetu.expectation_vjp(
                variant(seed), observable, np.asarray(params), np.ones(np.size(observable))
            )
            np.testing.assert_allclose(slopes, expected, atol=1e-5)


def test_a_jitted_function_keeps_its_circuit():
    # More programs than any cache holds come between two calls.
    step = jax.jit(lambda x: qsetu.statevector(Circuit(2).ry(param(0), 1), x))
    params = jnp.array([0.7])
    first = step(params)
    for i in range(200):
        qsetu.statevector(Circuit(1).ry(param(0) + 0.01 * i, 0), params)
    with compilations() as counts:
        np.testing.assert_array_equal(step(params), first)
    assert counts["compiled"] == 0


def names(circuit, *observables):
    table = PauliTable.build([PauliSum.parse(text) for text in observables])
    found = [int(part) for part in jax_targets.control_of(lower(circuit), table)]
    return found[:4], found[4:8]


def test_a_name_is_the_content():
    first = names(CIRCUIT, "Z0", "X1")
    assert names(Circuit(2).ry(param(0), 0).cx(0, 1).rx(param(1), 1), "Z0", "X1") == first
    for circuit in (CIRCUIT.h(0), CIRCUIT.rx(0.1, 0), Circuit(3).compose(CIRCUIT, [0, 1])):
        assert names(circuit, "Z0", "X1")[0] != first[0]
    for observables in (["Z0", "Y1"], ["Z0 X1"], ["Z0"], ["Z0", "2 X1"]):
        assert names(CIRCUIT, *observables)[1] != first[1]
    # What was compiled and kept on disk by another process must mean the same circuit here.
    code = (
        "from qsetu import *; from qsetu.compiler import lower; from qsetu.engines.native import jax_targets;"
        "circuit = Circuit(2).ry(param(0), 0).cx(0, 1).rx(param(1), 1);"
        "print(*jax_targets.control_of(lower(circuit))[:4])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [int(part) for part in out.stdout.split()] == first[0]


def control(program=None, table=None, threads=1):
    known = names(CIRCUIT, "Z1")
    return np.array([*(program or known[0]), *(table or known[1]), threads], dtype=np.int32)


@pytest.mark.parametrize("name", [[0, 0, 0, 0], [1, 2, 3, 4], [-1, 2**31 - 1, -(2**31), 0]])
def test_unknown_names_are_refused(name):
    params = jnp.zeros((1, 2))
    with pytest.raises(jax.errors.JaxRuntimeError, match="no such program in this process"):
        jax_targets.call_states(control(program=name), params, 4, "complex64").block_until_ready()
    with pytest.raises(jax.errors.JaxRuntimeError, match="no such table of observables in this process"):
        jax_targets.call_expectations(control(table=name), params, 1, "complex64").block_until_ready()
    known = jax_targets.call_states(control(), params, 4, "complex64")
    np.testing.assert_allclose(known, [[1, 0, 0, 0]], atol=1e-7)


def test_wrong_shapes_and_types_are_refused():
    params, wide = jnp.zeros((3, 2)), PauliTable.build([PauliSum.parse("Z5")])
    outside = jax_targets.control_of(lower(CIRCUIT), wide)
    mixed = np.stack([control(), control(threads=2)])
    for call, message in [
        (lambda: jax_targets.call_states(control(), params[:, :1], 4, "complex64"), "params has the wrong"),
        (lambda: jax_targets.call_states(control(), params, 8, "complex64"), "states has the wrong shape"),
        (lambda: jax_targets.call_states(control(), params, 4, "float32"), "complex64 or complex128"),
        (lambda: jax_targets.call_states(control()[:2], params, 4, "complex64"), "control must be int32"),
        (lambda: jax_targets.call_states(1.0 * control(), params, 4, "complex64"), "control must be int32"),
        (lambda: jax_targets.call_states(mixed, params, 4, "complex64"), "one call runs one program"),
        (
            lambda: jax_targets.call_states(control(), params.astype(int), 4, "complex64"),
            "float32 or float64",
        ),
        (lambda: jax_targets.call_expectations(control(), params, 2, "complex64"), "values has the wrong"),
        (
            lambda: jax_targets.call_expectations(outside, params, 1, "complex64"),
            "observable acts on a qubit",
        ),
        (lambda: jax_targets.call_vjp(control(), params, jnp.ones((3, 2)), "complex64"), "weights has the"),
        (lambda: jax_targets.call_vjp(control(), params, jnp.ones((2, 1)), "complex64"), "weights has the"),
        (lambda: jax_targets.call_state_vjp(control(), params, jnp.ones((3, 8))), "weights has the wrong"),
        (lambda: jax_targets.call_state_vjp(control(), params, jnp.ones((3, 4))), "complex64 or complex128"),
        (
            lambda: jax_targets.call_state_jvp(control(), params, params[:2], 4, "complex64"),
            "tangents has the",
        ),
        (
            lambda: jax_targets.call_state_jvp(control(), params, params, 8, "complex64"),
            "slopes has the wrong",
        ),
    ]:
        with pytest.raises(jax.errors.JaxRuntimeError, match=message):
            jax.block_until_ready(call())


def test_vmap_is_one_call_of_the_engine():
    def calls(function, *shape):
        text = jax.jit(function).lower(jnp.zeros(shape)).as_text()
        return text.count("stablehlo.custom_call @qsetu_"), "stablehlo.while" in text

    def value(x):
        return qsetu.expectation(CIRCUIT, "Z0", x)

    def values(x):
        return qsetu.expectation(CIRCUIT, ["Z0", "X1"], x)

    def state(x):
        return qsetu.statevector(CIRCUIT, x)

    for function, shape, times in [
        (jax.vmap(jax.vmap(value)), (3, 4, 2), 1),
        (jax.vmap(jax.grad(value)), (3, 2), 1),
        (jax.vmap(jax.value_and_grad(value)), (3, 2), 1),
        (jax.vmap(jax.jacrev(values)), (3, 2), 1),
        (jax.vmap(jax.jacfwd(values)), (3, 2), 1),
        (jax.vmap(state), (3, 2), 1),
        (jax.vmap(jax.grad(lambda x: jnp.abs(state(x))[0])), (3, 2), 2),  # the state, then the sweep
    ]:
        assert calls(function, *shape) == (times, False)


def test_many_python_threads_at_once():
    circuit = random_circuit(6, 40, 8)
    step = jax.jit(jax.vmap(jax.value_and_grad(lambda x: qsetu.expectation(circuit, "X0 Z1", x))))
    batches = [jnp.asarray(np.random.default_rng(i).uniform(-3, 3, (20, 4))) for i in range(6)]
    expected = [qsetu.value_and_grad(circuit, "X0 Z1", np.asarray(batch)) for batch in batches]
    failures = []

    def work(place):
        try:
            for turn in range(10):
                own = circuit.rx(0.01 * (10 * place + turn), 0)  # a new name meanwhile
                qsetu.expectation(own, "Z0", batches[place]).block_until_ready()
                value, gradient = step(batches[place])
                np.testing.assert_allclose(value, expected[place][0], atol=1e-5)
                np.testing.assert_allclose(gradient, expected[place][1], atol=1e-5)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    assert not failures


def test_threads_from_the_environment_count(monkeypatch):
    monkeypatch.setenv("QSETU_NUM_THREADS", "1")
    assert jax_targets.control_of(lower(CIRCUIT))[8] == 1
    monkeypatch.setenv("QSETU_NUM_THREADS", "3")
    assert jax_targets.control_of(lower(CIRCUIT))[8] == 3


def test_without_the_headers_auto_means_xla(monkeypatch):
    monkeypatch.delattr(native, "ffi_targets")
    with pytest.raises(qsetu.QsetuError, match=r"'engine'.*without the headers of jaxlib.*Reinstall"):
        qsetu.expectation(CIRCUIT, "Z0", jnp.zeros(2), engine="native")
    monkeypatch.setattr(jax_calls, "expectations", None)
    assert qsetu.expectation(CIRCUIT, "Z0", jnp.zeros(2)) == 1
