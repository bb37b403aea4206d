"""Pauli sums of any shape, on states of any width, against the oracle; gradients of many at once."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, PauliSum, param
from qsetu.circuits.pauli import PauliTable
from support import DTYPES, TOLERANCE, random_circuit, random_params, scrambled

pytest.importorskip("qsetu.engines.native._native")


def random_sum(num_qubits: int, terms: int, seed: int, letters: str = "IXYZ") -> PauliSum:
    rng = np.random.default_rng(seed)
    return PauliSum.from_terms(
        (float(rng.normal()), [(q, str(rng.choice(list(letters)))) for q in range(num_qubits)])
        for _ in range(terms)
    )


def roster(num_qubits: int) -> dict[str, PauliSum]:
    """Sums that take every way through the engine: few and many terms of one flip, short and long flips."""
    last = num_qubits - 1
    z = [PauliSum.from_terms([(0.3 + q, [(q, "Z")])]) for q in range(num_qubits)]
    zz = [(0.1 * a - 0.2 * b, [(a, "Z"), (b, "Z")]) for b in range(num_qubits) for a in range(b)]
    same = random_sum(num_qubits, 40, 3, "XY")  # every term flips every qubit
    return {
        "one diagonal": z[last],
        "all diagonal": PauliSum.from_terms([*zz, *(t for s in z for t in s.terms), (2.5, [])]),
        "fields": PauliSum.from_terms((0.5 + q, [(q, "X")]) for q in range(num_qubits)),
        "one long": random_sum(num_qubits, 1, 1, "XY"),
        "one flip, many terms": same,
        "mixed": random_sum(num_qubits, 12, 2) + z[0],
        "many": random_sum(num_qubits, 60, 4),
        "nothing": PauliSum(()),
    }


def expected_values(circuit, params, observables):
    return qsetu.expectation(circuit, observables, params, engine="reference", dtype="complex128")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4, 5, 6, 9, 10])
def test_every_shape_of_sum_equals_the_oracle(num_qubits, dtype):
    circuit = random_circuit(num_qubits, 25, num_qubits)
    observables = list(roster(num_qubits).values())
    for batch in (0, 1, 5):
        params = random_params(circuit, batch)
        found = qsetu.expectation(circuit, observables, params, engine="native", dtype=dtype)
        expected = expected_values(circuit, params, observables)
        scale = 1 + np.array([sum(abs(c) for c, _ in o.terms) for o in observables])
        np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=TOLERANCE[dtype])


def from_state(state: np.ndarray, observables: list[PauliSum]) -> np.ndarray:
    """Each string by its definition: <i ^ x| P |i> is 1j**y (-1)^|i & z|."""
    index, table = np.arange(len(state)), PauliTable.build(observables)
    terms = [
        c
        * (
            1j ** int(y)
            * np.vdot(state[index ^ int(x)], state * (1.0 - 2.0 * (np.bitwise_count(index & int(z)) % 2)))
        ).real
        for c, x, z, y in zip(table.coefficients, table.x_masks, table.z_masks, table.y_counts, strict=True)
    ]
    return np.array([sum(terms[a:b]) for a, b in itertools.pairwise(table.starts)])


@pytest.mark.parametrize(
    ("num_qubits", "dtype"),
    [(14, "complex64"), (14, "complex128"), (17, "complex64"), (17, "complex128"), (18, "complex64")],
)
def test_wide_states_whatever_the_threads(num_qubits, dtype, monkeypatch):
    circuit = scrambled(num_qubits, 8)
    observables = list(roster(num_qubits).values())
    state = qsetu.statevector(circuit, engine="reference", dtype="complex128")
    expected = from_state(state, observables)
    found = []
    for threads in ("1", "4"):
        monkeypatch.setenv("QSETU_NUM_THREADS", threads)
        found.append(qsetu.expectation(circuit, observables, engine="native", dtype=dtype))
    # One thread runs 14 qubits another way; beyond, threads change nothing, not even a last bit.
    np.testing.assert_allclose(found[0], found[1], rtol=0, atol=1e-4 if num_qubits == 14 else 0)
    scale = 1 + np.array([sum(abs(c) for c, _ in o.terms) for o in observables])
    np.testing.assert_allclose(found[1] / scale, expected / scale, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("num_qubits", [1, 2, 3, 5, 8])
def test_gradients_of_every_shape_of_sum_equal_the_oracle(num_qubits, dtype):
    circuit = random_circuit(num_qubits, 15, 3 + num_qubits)
    observables = list(roster(num_qubits).values())
    scale = 1 + np.array([sum(abs(c) for c, _ in o.terms) for o in observables])
    for batch in (0, 1, 3):
        params = random_params(circuit, batch)
        values, gradients = qsetu.value_and_grad(
            circuit, observables, params, engine="reference", dtype="complex128"
        )
        found = qsetu.value_and_grad(circuit, observables, params, engine="native", dtype=dtype)
        allowed = 30 * TOLERANCE[dtype]
        np.testing.assert_allclose(found[0] / scale, values / scale, rtol=0, atol=allowed)
        np.testing.assert_allclose(
            found[1] / scale[:, None], gradients / scale[:, None], rtol=0, atol=allowed
        )
        weights = np.random.default_rng(1).normal(size=values.shape)
        weights[:, ::2] = 0.0
        pulled = qsetu.expectation_vjp(circuit, observables, params, weights, engine="native", dtype=dtype)
        np.testing.assert_allclose(pulled[0], found[0], rtol=0, atol=0)
        np.testing.assert_allclose(
            pulled[1], np.einsum("bk,bkp->bp", weights, found[1]), atol=scale.sum() * allowed
        )


def layered(num_qubits: int) -> Circuit:
    circuit = scrambled(num_qubits, 2)
    for q in range(0, num_qubits, 3):
        circuit = (
            circuit.ry(param(q % 4), q).cx(q, (q + 1) % num_qubits).rzz(param(3), q, (q + 2) % num_qubits)
        )
    return circuit


@pytest.mark.parametrize("num_qubits", [14, 17])
@pytest.mark.parametrize("batch", [1, 3])
def test_wide_gradients_equal_parameter_shifts(num_qubits, batch, monkeypatch):
    monkeypatch.setenv("QSETU_NUM_THREADS", "3")
    circuit = layered(num_qubits)
    params = random_params(circuit, batch)
    names = roster(num_qubits)
    observables = [names["all diagonal"] * 0.01, names["fields"] * 0.1, names["one flip, many terms"] * 0.1]
    values, gradients = qsetu.value_and_grad(
        circuit, observables, params, engine="native", dtype="complex128"
    )
    assert gradients.shape == (batch, 3, circuit.num_params)
    np.testing.assert_allclose(
        values,
        qsetu.expectation(circuit, observables, params, engine="native", dtype="complex128"),
        atol=1e-12,
    )
    step = 1e-5
    for slot in range(circuit.num_params):
        shift = step * np.eye(circuit.num_params)[slot]
        up, down = (
            qsetu.expectation(circuit, observables, params + s, engine="native", dtype="complex128")
            for s in (shift, -shift)
        )
        np.testing.assert_allclose(gradients[..., slot], (up - down) / (2 * step), atol=1e-6)


@pytest.mark.parametrize("num_qubits", [4, 12, 13])
def test_many_observables_give_the_gradients_they_give_alone(num_qubits):
    # More than one sweep back carries, hence several sweeps from the same final state.
    circuit = layered(num_qubits)
    params = random_params(circuit, 3)
    observables = [random_sum(num_qubits, 3, seed) for seed in range(19)]
    values, gradients = qsetu.value_and_grad(
        circuit, observables, params, engine="native", dtype="complex128"
    )
    for k, observable in enumerate(observables):
        alone = qsetu.value_and_grad(circuit, observable, params, engine="native", dtype="complex128")
        np.testing.assert_allclose(values[:, k], alone[0], rtol=0, atol=1e-13)
        np.testing.assert_allclose(gradients[:, k], alone[1], rtol=0, atol=1e-12)


def test_a_circuit_without_parameters_has_empty_gradients():
    values, gradients = qsetu.value_and_grad(scrambled(5, 1), ["Z0", "X1"], engine="native")
    assert (values.shape, gradients.shape) == ((2,), (2, 0))
