"""PennyLane's default.qubit through jax.jit, a whole batch at once or in chunks of 16; single precision."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml

from qsetu import Circuit
from qsetu.bench import Candidate
from qsetu.circuits import ALIASES, GATES

# It asks for double precision, which JAX gives as single unless told otherwise: what we want here.
warnings.filterwarnings("ignore", "Explicitly requested dtype complex128", UserWarning)

DTYPE = "complex64"
CHUNK = 16
# What back-propagation of a whole batch may keep of it.
MOST_BYTES = 2**31


def _value(circuit: Circuit) -> Callable:
    top = circuit.num_qubits - 1

    @qml.qnode(qml.device("default.qubit", wires=circuit.num_qubits), interface="jax", diff_method="backprop")
    def node(values):
        for op in circuit:
            name = ALIASES[op.name].pennylane if op.controls else GATES[op.gate].pennylane
            angles = [a.constant + sum(c * values[slot] for slot, c in a.terms) for a in op.angles]
            getattr(qml, name)(*angles, wires=[top - q for q in op.controls + op.qubits])
        return qml.expval(qml.PauliZ(top))

    return node


def _candidates(function: Callable, params: np.ndarray, whole: bool) -> list[Candidate]:
    given = jnp.asarray(params, dtype=jnp.float32)
    chunked = jax.jit(lambda rows: jax.lax.map(function, rows, batch_size=CHUNK))
    calls = {f"jit, chunks of {CHUNK}": chunked}
    if whole:
        calls["jit(vmap)"] = jax.jit(jax.vmap(function))
    return [
        Candidate("default.qubit", name, DTYPE, lambda c=call: jax.block_until_ready(c(given)))
        for name, call in calls.items()
    ]


def expectations(circuit: Circuit, params: np.ndarray, threads: int) -> list[Candidate]:
    """Of Z on qubit 0."""
    return _candidates(_value(circuit), params, whole=True)


def gradients(circuit: Circuit, params: np.ndarray, threads: int) -> list[Candidate]:
    """Of Z on qubit 0, by back-propagation; all of a batch at once where its states fit."""
    kept = len(circuit) * len(params) * 8 * 2**circuit.num_qubits
    function = jax.value_and_grad(_value(circuit))
    return [
        Candidate(c.who, c.setting, c.dtype, c.run, lambda pair: np.asarray(pair[1]))
        for c in _candidates(function, params, whole=kept <= MOST_BYTES)
    ]
