"""What test_xla_sharded.py runs with eight devices: a line for each case asked for, "NAME ok" or why not."""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import qsetu
from qsetu import Circuit, param
from qsetu.compiler import compile_circuit
from qsetu.engines.xla.devices import mesh_of
from support import TOLERANCE, random_circuit, random_observables, random_params

SIZES = ((6, 40, 4), (8, 60, 8), (9, 80, 8))


def near(found, expected, tolerance):
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def states():
    for num_qubits, gates, devices in SIZES:
        for dtype, tolerance in TOLERANCE.items():
            circuit = random_circuit(num_qubits, gates, num_qubits)
            params = random_params(circuit, 2)
            found = qsetu.statevector(circuit, params, engine="xla", devices=devices, dtype=dtype)
            near(found, qsetu.statevector(circuit, params, engine="reference", dtype="complex128"), tolerance)


def values():
    for num_qubits, gates, devices in SIZES:
        circuit = random_circuit(num_qubits, gates, 10 + num_qubits)
        params, observables = random_params(circuit, 2), random_observables(num_qubits, num_qubits)
        how = {"dtype": "complex128"}
        found = qsetu.expectation(circuit, observables, params, engine="xla", devices=devices, **how)
        near(found, qsetu.expectation(circuit, observables, params, engine="reference", **how), 1e-12)


def gradients():
    for num_qubits, gates, devices in SIZES:
        circuit = random_circuit(num_qubits, gates, 20 + num_qubits)
        params, observables = random_params(circuit, 2), random_observables(num_qubits, 3)
        how = {"dtype": "complex128"}
        found = qsetu.value_and_grad(circuit, observables, params, engine="xla", devices=devices, **how)
        same = qsetu.value_and_grad(circuit, observables, params, engine="reference", **how)
        near(found[0], same[0], 1e-12)
        near(found[1], same[1], 1e-11)


def in_jax():
    circuit = random_circuit(8, 40, 3)
    params = jnp.asarray(random_params(circuit, 1)[0])

    def energy(x, devices):
        return qsetu.expectation(circuit, "X0 Z7 + 0.5 Z3", x, engine="xla", devices=devices)

    for function in (jax.value_and_grad(energy), jax.jit(jax.value_and_grad(energy), static_argnums=1)):
        found, same = function(params, 8), function(params, 1)
        near(found[0], same[0], 1e-5)
        near(found[1], same[1], 5e-5)
    state = qsetu.statevector(circuit, params, engine="xla", devices=8)
    assert len(state.sharding.device_set) == 8
    assert state.addressable_shards[0].data.shape == (2**5,)
    near(state, qsetu.statevector(circuit, np.asarray(params), engine="reference"), 1e-5)

    other = jax.devices()[5]
    for devices in (other, [other]):
        state = qsetu.statevector(circuit, params, engine="xla", devices=devices)
        assert state.devices() == {other}
        value, slope = jax.value_and_grad(energy)(params, devices)
        near(value, energy(params, 1), 1e-5)
        assert value.devices() == {other}
        assert slope.shape == params.shape
    on_it = qsetu.expectation(circuit, "X0 Z7 + 0.5 Z3", jax.device_put(params, other), engine="xla")
    assert on_it.devices() == {other}

    def overlap(x, devices):
        state = qsetu.statevector(circuit, x, engine="xla", devices=devices)
        return (jnp.abs(state) ** 2 * jnp.arange(256.0)).sum()

    near(jax.grad(overlap)(params, 8), jax.grad(overlap)(params, 1), 2e-2)  # of slopes up to 100
    second = jax.jvp(lambda x: jax.grad(energy)(x, 8), (params,), (params,))[1]
    near(second, jax.jvp(lambda x: jax.grad(energy)(x, 1), (params,), (params,))[1], 5e-4)


def structured():
    n = 9
    fourier = Circuit(n)
    for q in reversed(range(n)):
        fourier = fourier.h(q)
        for lower in range(q):
            fourier = fourier.cp(np.pi / 2 ** (q - lower), lower, q)
    chain = Circuit(n).h(8)
    for q in reversed(range(n - 1)):
        chain = chain.cx(q + 1, q)
    wide = Circuit(n)
    for q in range(n):
        wide = wide.ry(0.3 + 0.1 * q, q)
    wide = wide.append("rx", [0], [param(0)], controls=range(1, n)).append(
        "ry", [8], [param(0)], controls=range(8)
    )
    for circuit in (fourier, chain, wide, Circuit(n), Circuit(n).x(8).x(0)):
        params = random_params(circuit, 2)
        how = {"dtype": "complex128"}
        found = qsetu.statevector(circuit, params, engine="xla", devices=8, **how)
        near(found, qsetu.statevector(circuit, params, engine="reference", **how), 1e-12)
        observables = [" ".join(f"X{q}" for q in range(n)), "Y8 Z0"]
        found = qsetu.expectation(circuit, observables, params, engine="xla", devices=8, **how)
        near(found, qsetu.expectation(circuit, observables, params, engine="reference", **how), 1e-12)


def few_qubits():
    # Fewer devices share a small state; how many is a matter of its gates.
    every = tuple(jax.devices())
    assert mesh_of(every, compile_circuit(Circuit(1).x(0))) is None
    assert mesh_of(every, compile_circuit(Circuit(20).x(0))).size == 8
    for num_qubits in range(1, 6):
        circuit = random_circuit(num_qubits, 25, 30 + num_qubits)
        params = random_params(circuit, 1)
        found = qsetu.statevector(circuit, params, engine="xla", devices=8, dtype="complex128")
        near(found, qsetu.statevector(circuit, params, engine="reference", dtype="complex128"), 1e-12)


def batches():
    circuit = random_circuit(8, 30, 4)
    for rows in (0, 1, 5):
        params = random_params(circuit, rows)
        found = qsetu.value_and_grad(circuit, "Z0 X7", params, engine="xla", devices=8)
        same = qsetu.value_and_grad(circuit, "Z0 X7", params, engine="reference")
        near(found[0], same[0], 1e-5)
        near(found[1], same[1], 5e-5)
    samples = qsetu.sample(circuit, params, shots=50, seed=1, engine="xla", devices=8)
    assert samples.shape == (5, 50)


if __name__ == "__main__":
    assert len(jax.devices()) == 8
    for name in sys.argv[1:]:
        try:
            globals()[name]()
            print(name, "ok", flush=True)
        except Exception as error:
            print(name, type(error).__name__, str(error).replace("\n", " ")[:1500], flush=True)
