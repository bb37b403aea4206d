"""Reduced density matrices: the partial trace of the oracle's state, on every engine, at every width."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import qsetu
from qsetu import Circuit
from support import DTYPES, FAST_ENGINES, TOLERANCE, random_circuit, random_params, scrambled

ENGINES = [*FAST_ENGINES, "reference"]


def by_hand(state: np.ndarray, keep: tuple[int, ...]) -> np.ndarray:
    """Entry by entry: sum of a_r conj(a_c) over all pairs of indices that agree outside ``keep``."""
    mask = sum(1 << q for q in keep)
    index = np.arange(len(state))
    own = sum((index >> q & 1) << j for j, q in enumerate(keep))
    rho = np.zeros((2 ** len(keep),) * 2, dtype=complex)
    for c in range(2 ** len(keep)):
        place = sum((c >> j & 1) << q for j, q in enumerate(keep))
        np.add.at(rho[:, c], own, state * state[index & ~mask | place].conj())
    return rho


def every_subset(num_qubits: int) -> list[list]:
    pairs = list(itertools.permutations(range(num_qubits), 2))
    return [list(range(num_qubits)), pairs] if pairs else [[0]]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("num_qubits", [1, 2, 4])
def test_every_engine_against_sums_by_hand(engine, num_qubits):
    circuit = random_circuit(num_qubits, 25, 7)
    params = random_params(circuit, 3)
    states = qsetu.statevector(circuit, params, engine="reference", dtype="complex128")
    for qubits in every_subset(num_qubits):
        found = qsetu.reduced_density_matrices(
            circuit, params, qubits=qubits, engine=engine, dtype="complex128"
        )
        keeps = [(q,) if isinstance(q, int) else q for q in qubits]
        expected = [[by_hand(state, keep) for keep in keeps] for state in states]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch", [0, 1, 5])
@pytest.mark.parametrize("num_qubits", range(1, 11))
def test_native_equals_the_oracle(num_qubits, batch, dtype):
    pytest.importorskip("qsetu.engines.native._native")
    circuit = random_circuit(num_qubits, 25, num_qubits)
    params = random_params(circuit, batch)
    for qubits in every_subset(num_qubits):
        expected = qsetu.reduced_density_matrices(
            circuit, params, qubits=qubits, engine="reference", dtype="complex128"
        )
        found = qsetu.reduced_density_matrices(circuit, params, qubits=qubits, engine="native", dtype=dtype)
        assert found.dtype == np.complex128
        np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("num_qubits", [14, 17, 18])
def test_wide_states_equal_the_oracle_whatever_the_threads(num_qubits, dtype, monkeypatch):
    pytest.importorskip("qsetu.engines.native._native")
    circuit = scrambled(num_qubits, 3)
    state = qsetu.statevector(circuit, engine="reference", dtype="complex128")
    for qubits in (None, [(0, 1), (17 % num_qubits, 2), (3, num_qubits - 1), (12, 13), (13, 9), (4, 5)]):
        found = []
        for threads in ("1", "3"):
            monkeypatch.setenv("QSETU_NUM_THREADS", threads)
            found.append(qsetu.reduced_density_matrices(circuit, qubits=qubits, engine="native", dtype=dtype))
        # One thread runs 14 qubits another way; beyond, threads change nothing, not even a last bit.
        np.testing.assert_allclose(found[0], found[1], rtol=0, atol=1e-5 if num_qubits == 14 else 0)
        keeps = qubits or [(q,) for q in range(num_qubits)]
        expected = [by_hand(state, keep) for keep in keeps]
        np.testing.assert_allclose(found[0], expected, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("engine", ENGINES)
def test_every_pair_of_a_wide_batch_is_a_density_matrix(engine):
    circuit = random_circuit(5, 25, 2)
    params = random_params(circuit, 6).reshape(2, 3, -1)
    pairs = list(itertools.combinations(range(5), 2))
    rho = qsetu.reduced_density_matrices(circuit, params, qubits=pairs, engine=engine, dtype="complex128")
    assert rho.shape == (2, 3, 10, 4, 4)
    np.testing.assert_allclose(rho, rho.conj().swapaxes(-1, -2), atol=1e-15)
    np.testing.assert_allclose(np.trace(rho, axis1=-2, axis2=-1), 1, atol=1e-13)
    assert np.linalg.eigvalsh(rho).min() > -1e-13
    # A pair's own partial trace is the one-qubit matrix; its Pauli expectations are those of the state.
    single = qsetu.reduced_density_matrices(circuit, params, engine=engine, dtype="complex128")
    for place, (a, b) in enumerate(pairs):
        split = rho[..., place, :, :].reshape(2, 3, 2, 2, 2, 2)
        np.testing.assert_allclose(np.einsum("...ijik->...jk", split), single[..., a, :, :], atol=1e-13)
        np.testing.assert_allclose(np.einsum("...jiki->...jk", split), single[..., b, :, :], atol=1e-13)
    y0z3 = np.kron([[1, 0], [0, -1]], [[0, -1j], [1j, 0]])  # qubit 0 is the low bit
    found = np.einsum("...ij,ji->...", rho[..., pairs.index((0, 3)), :, :], y0z3)
    expected = qsetu.expectation(circuit, "Y0 Z3", params, engine=engine, dtype="complex128")
    np.testing.assert_allclose(found, expected, atol=1e-13)


def test_single_qubits_may_be_written_either_way():
    circuit = scrambled(3, 1)
    every = qsetu.reduced_density_matrices(circuit)
    assert every.shape == (3, 2, 2)
    np.testing.assert_array_equal(qsetu.reduced_density_matrices(circuit, qubits=[2, 0]), every[[2, 0]])
    np.testing.assert_array_equal(qsetu.reduced_density_matrices(circuit, qubits=[(2,), [0]]), every[[2, 0]])
    assert qsetu.reduced_density_matrices(Circuit(0)).shape == (0, 2, 2)


@pytest.mark.parametrize(
    ("qubits", "message"),
    [
        ([3], "'qubits' must be an integer from 0 to 2; got 3"),
        ([-1], "from 0 to 2"),
        ([(0, 1.5)], "integer"),
        ([(1, 1)], "two different qubits"),
        ([0, (0, 1)], "pairs of qubits.*two calls"),
        ([(0, 1, 2)], "pairs of qubits"),
        ([], "pairs of qubits"),
        (0, "pairs of qubits"),
        ("01", "pairs of qubits"),
    ],
)
def test_bad_qubits_are_refused_with_the_reason(qubits, message):
    with pytest.raises(qsetu.QsetuError, match=message):
        qsetu.reduced_density_matrices(Circuit(3), qubits=qubits)


def test_forty_qubits_are_refused():
    with pytest.raises(MemoryError, match="40-qubit"):
        qsetu.reduced_density_matrices(Circuit(40))
