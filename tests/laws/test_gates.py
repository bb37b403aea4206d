"""Laws every gate in the table obeys, on every engine, in both precisions."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, param
from qsetu.circuits import ALIASES, GATES
from support import DTYPES, FAST_ENGINES, TOLERANCE, random_params, random_unitary, scrambled

ROSTER = [*GATES, *ALIASES, "unitary"]


def placed_everywhere(name: str, num_qubits: int = 5, placements: int = 4, seed: int = 0) -> Circuit:
    """The gate on a scrambled state, at several random qubit orders, under 0 to 2 extra controls."""
    rng = np.random.default_rng([seed, len(name)])
    circuit, slot = scrambled(num_qubits, seed), 0
    for index in range(placements):
        order = [int(q) for q in rng.permutation(num_qubits)]
        if name == "unitary":
            width = 1 + index % 3
            circuit = circuit.unitary(
                random_unitary(width, rng), order[:width], controls=order[width : width + index % 2]
            )
            continue
        alias = ALIASES.get(name)
        gate = GATES[alias.gate if alias else name]
        width = gate.num_qubits + ((alias.num_controls or 2) if alias else 0)
        extra = order[width : width + index % 3]
        angles = [1.5 * param(slot + i) - 0.3 for i in range(gate.num_angles)]
        slot += gate.num_angles
        circuit = circuit.append(name, order[:width], angles, controls=extra)
    return circuit


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("engine", FAST_ENGINES)
@pytest.mark.parametrize("name", ROSTER)
def test_statevector_equals_the_oracle(name, engine, dtype):
    circuit = placed_everywhere(name)
    params = random_params(circuit, 3)
    expected = qsetu.statevector(circuit, params, engine="reference", dtype="complex128")
    found = qsetu.statevector(circuit, params, engine=engine, dtype=dtype)
    assert found.dtype == dtype
    assert found.shape == (3, 32)
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("engine", FAST_ENGINES)
@pytest.mark.parametrize("name", [*(n for n in GATES if GATES[n].angles), "crx", "cp", "mcp"])
def test_gradient_equals_the_oracle(name, engine):
    circuit = placed_everywhere(name, num_qubits=4, placements=3)
    params = random_params(circuit, 2)
    observable = "Z0 + 0.5 X1 Y2 - X3"
    values, gradients = qsetu.value_and_grad(
        circuit, observable, params, engine="reference", dtype="complex128"
    )
    found = qsetu.value_and_grad(circuit, observable, params, engine=engine, dtype="complex128")
    assert found[1].shape == (2, circuit.num_params)
    np.testing.assert_allclose(found[0], values, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found[1], gradients, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ROSTER)
def test_inverse_undoes_and_norm_is_kept(name):
    circuit = placed_everywhere(name)
    params = random_params(circuit, 2)
    states = qsetu.statevector(circuit, params, dtype="complex128")
    np.testing.assert_allclose(np.linalg.norm(states, axis=1), 1, atol=1e-12)
    back = qsetu.statevector(circuit.compose(circuit.inverse()), params, dtype="complex128")
    np.testing.assert_allclose(back, np.eye(32)[[0, 0]], atol=1e-12)
    forth = qsetu.statevector(circuit.inverse().inverse(), params, dtype="complex128")
    np.testing.assert_array_equal(forth, states)


@pytest.mark.parametrize("name", list(GATES))
def test_table_entry_is_consistent(name):
    gate = GATES[name]
    angles = np.random.default_rng(1).uniform(-3, 3, (gate.num_angles, 6))
    matrices = np.broadcast_to(gate.matrix(*angles), (6, 2**gate.num_qubits, 2**gate.num_qubits))
    identity = np.eye(2**gate.num_qubits)
    np.testing.assert_allclose(
        matrices @ matrices.conj().swapaxes(1, 2), np.stack([identity] * 6), atol=1e-14
    )
    inverse = GATES[gate.inverse].matrix(*(sign * angles[i] for i, sign in gate.inverse_angles))
    np.testing.assert_allclose(matrices @ inverse, np.stack([identity] * 6), atol=1e-14)
    off_diagonal = np.abs(matrices * (1 - identity)).max()
    assert gate.is_diagonal == (off_diagonal < 1e-14)
    assert gate.is_real == (np.abs(matrices.imag).max() < 1e-14)
    if gate.is_permutation:
        assert set(np.unique(matrices.real)) <= {0.0, 1.0}


@pytest.mark.parametrize("name", [n for n in GATES if GATES[n].trig])
def test_generator_generates(name):
    import scipy.linalg

    gate = GATES[name]
    generator = gate.generator
    np.testing.assert_allclose(generator, generator.conj().T, atol=1e-15)
    for theta in (-2.0, 0.3, 5.0):
        np.testing.assert_allclose(gate.matrix(theta), scipy.linalg.expm(-1j * theta * generator), atol=1e-13)


@pytest.mark.parametrize("name", [n for n in GATES if GATES[n].angles])
def test_matrix_derivative_equals_finite_differences(name):
    gate = GATES[name]
    angles = np.random.default_rng(2).uniform(-3, 3, gate.num_angles)
    for i, derivative in enumerate(gate.derivatives(*angles)):
        step = 1e-6 * np.eye(gate.num_angles)[i]
        slope = (gate.matrix(*(angles + step)) - gate.matrix(*(angles - step))) / 2e-6
        np.testing.assert_allclose(derivative, slope, atol=1e-8)
