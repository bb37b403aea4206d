"""Batches of small states, a row in each lane of a vector: every row is what the oracle says."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from support import TOLERANCE, random_circuit, random_observables, random_params

pytest.importorskip("qsetu.engines.native._native")

# Fewer rows than lanes, as many, one more, and several groups, whatever the number of lanes (2 to 16).
ROWS = [3, 8, 9, 17]


def movers(num_qubits: int, seed: int) -> qsetu.Circuit:
    """X, CX and SWAP, which move no amplitude here, between gates of every kind that have to know."""
    rng = np.random.default_rng(seed)
    circuit = qsetu.Circuit(num_qubits)
    for step in range(40):
        a, b, c = (int(q) for q in rng.choice(num_qubits, 3, replace=False))
        kind = int(rng.integers(15))
        theta = qsetu.param(step % 7)
        if kind < 2:
            circuit = circuit.cx(a, b)
        elif kind < 4:
            circuit = circuit.x(a)
        elif kind < 6:
            circuit = circuit.swap(a, b)
        elif kind == 6:
            circuit = circuit.ccx(a, b, c)  # not linear: the amplitudes have to be moved before it
        elif kind == 7:
            circuit = circuit.cp(theta, a, b)
        elif kind == 8:
            circuit = circuit.crx(theta, a, b)
        elif kind == 9:
            circuit = circuit.h(a)
        elif kind == 10:
            circuit = circuit.rzz(theta, a, b)
        elif kind == 11:
            circuit = circuit.rxx(theta, a, b)
        elif kind == 12:
            circuit = circuit.rz(theta, a)
        else:
            circuit = circuit.ry(theta, a).rx(2 * theta + 0.3, b)
    return circuit


@pytest.mark.parametrize("seed", range(3))
def test_what_moves_amplitudes_only_in_name_is_seen_by_all_else(seed):
    check(movers(3 + seed, seed), seed)


@pytest.mark.parametrize("num_qubits", range(1, 7))
def test_rows_are_what_the_oracle_says(num_qubits):
    check(random_circuit(num_qubits, 25, num_qubits), num_qubits)


def check(circuit: qsetu.Circuit, seed: int, params: np.ndarray | None = None) -> None:
    """Everything that can be asked of a batch, against the oracle in double precision."""
    params = random_params(circuit, max(ROWS), seed) if params is None else params
    n = circuit.num_qubits
    # The last one has more strings than a state of these sizes has levels: they are measured all at once.
    many = " + ".join(f"0.1 {'ZY'[q % 2]}{q} Z{p}" for q in range(n) for p in range(q))
    observables = [qsetu.PauliSum.parse(text) for text in [*random_observables(n, seed), many or "Z0"]]
    scale = 1 + max(sum(abs(c) for c, _ in o.terms) for o in observables)
    states = qsetu.statevector(circuit, params, engine="reference", dtype="complex128")
    values, slopes = qsetu.value_and_grad(circuit, observables, params, engine="reference")
    oracle = qsetu.reduced_density_matrices(circuit, params, engine="reference", dtype="complex128")
    weights = np.random.default_rng(1).normal(size=values.shape)
    for dtype, allowed in TOLERANCE.items():
        for rows in ROWS:
            some, how = params[:rows], {"engine": "native", "dtype": dtype}
            close(qsetu.statevector(circuit, some, **how), states, allowed)
            close(qsetu.expectation(circuit, observables, some, **how), values, allowed * scale)
            both = qsetu.value_and_grad(circuit, observables, some, **how)
            close(both[0], values, allowed * scale)
            close(both[1], slopes, 30 * allowed * scale)
            pulled = qsetu.expectation_vjp(circuit, observables, some, weights[:rows], **how)
            close(pulled[1], np.einsum("bk,bkp->bp", weights, slopes), 200 * allowed * scale)
            close(qsetu.reduced_density_matrices(circuit, some, **how), oracle, allowed)


def close(found: np.ndarray, expected: np.ndarray, allowed: float) -> None:
    np.testing.assert_allclose(found, expected[: len(found)], rtol=0, atol=allowed)


@pytest.mark.parametrize("dtype", list(TOLERANCE))
def test_a_row_does_not_depend_on_its_neighbors(dtype):
    circuit = movers(5, 1)
    params = random_params(circuit, 24, 1)
    params[3] = np.pi / 2  # cosines of 0, which no other row has
    how = {"engine": "native", "dtype": dtype}
    states = qsetu.statevector(circuit, params, **how)
    for row in range(8):
        others = np.concatenate([params[row : row + 1], params[8 + row : 15 + row]])
        np.testing.assert_array_equal(qsetu.statevector(circuit, others, **how)[0], states[row])


def test_a_state_in_jax_has_the_slopes_of_each_row():
    jax = pytest.importorskip("jax")
    circuit = movers(4, 9)
    params = random_params(circuit, 9, 9).astype(np.float32)

    def weight(theta, engine):
        state = qsetu.statevector(circuit, theta, engine=engine)
        return (abs(state[..., 3]) ** 2 + state[..., 5].real).sum()

    found, expected = (jax.grad(weight)(params, engine) for engine in ("native", "xla"))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def test_angles_from_tiny_to_huge_and_ones_that_turn_all_the_way():
    circuit = qsetu.Circuit(3)
    for q in range(3):
        circuit = (
            circuit.h(q).ry(qsetu.param(0), q).rz(qsetu.param(0), q).rx(qsetu.param(0), q).cx(q, (q + 1) % 3)
        )
    # Cosines of 0 keep their place in a rotation; beyond 1e5 another way is taken to the sine.
    angles = np.array([0, 1e-12, np.pi / 2, np.pi, -np.pi, 3 * np.pi, 2 * np.pi, 99999.0, 1e6, -1e9, 1.5])
    check(circuit, 1, np.repeat(angles, 2)[:, None])
