"""Sampling: exact by seed, never an impossible state, the same whatever the threads, little memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import qsetu
from qsetu import Circuit
from qsetu.engines import get_engine
from qsetu.engines.sampling import BLOCK, choose
from support import DTYPES, FAST_ENGINES, random_circuit, random_params

CHOOSERS = {"numpy": choose, **({"native": get_engine("native").choose} if "native" in FAST_ENGINES else {})}


def random_state(num_qubits: int, dtype: str, seed: int, zeros: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    state = rng.normal(size=2**num_qubits) + 1j * rng.normal(size=2**num_qubits)
    state[rng.random(len(state)) < zeros] = 0
    state[rng.integers(len(state))] = 1
    return (state / np.linalg.norm(state)).astype(dtype)


def plainly(state: np.ndarray, draws: np.ndarray) -> np.ndarray:
    running = np.cumsum(np.abs(state.astype(np.complex128)) ** 2)
    return np.searchsorted(running, draws * running[-1], side="right")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("chooser", CHOOSERS)
@pytest.mark.parametrize("num_qubits", [0, 1, 2, 3, 5, 11, 12, 13, 17])
@pytest.mark.parametrize("zeros", [0.0, 0.9])
def test_equals_one_plain_running_sum(chooser, num_qubits, dtype, zeros):
    state = random_state(num_qubits, dtype, num_qubits, zeros)
    draws = np.random.default_rng(7).random(5000)
    np.testing.assert_array_equal(CHOOSERS[chooser](state, draws), plainly(state, draws))


@pytest.mark.parametrize("chooser", CHOOSERS)
@pytest.mark.parametrize("num_qubits", [1, 4, 13, 15])
def test_never_a_state_of_probability_zero(chooser, num_qubits):
    # Every draw at the very edges: 0, and the largest number below 1, at every norm the state may have.
    draws = np.array([0.0, np.nextafter(1, 0), 0.5, np.nextafter(0.5, 0), 1e-300])
    for seed in range(30):
        rng = np.random.default_rng(seed)
        state = np.zeros(2**num_qubits, dtype=np.complex128)
        places = rng.integers(2**num_qubits, size=int(rng.integers(1, 5)))
        state[places] = rng.normal(size=len(places))
        found = CHOOSERS[chooser](state, draws)
        assert set(found) <= set(places)
        assert found[0] == places.min()
        assert found[1] == places.max()


@pytest.mark.parametrize("chooser", CHOOSERS)
def test_no_draws_and_one_draw(chooser):
    state = random_state(4, "complex64", 0)
    assert CHOOSERS[chooser](state, np.empty(0)).shape == (0,)
    assert CHOOSERS[chooser](state, np.zeros(1)).tolist() == [0]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("num_qubits", [3, 12, 14, 18])
def test_samples_do_not_depend_on_the_number_of_threads(num_qubits, dtype, monkeypatch):
    pytest.importorskip("qsetu.engines.native._native")
    circuit = random_circuit(num_qubits, 30, 5)
    params = random_params(circuit, 3)
    found = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("QSETU_NUM_THREADS", threads)
        found.append(qsetu.sample(circuit, params, shots=20_000, seed=3, engine="native", dtype=dtype))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


@pytest.mark.parametrize("num_qubits", [2, 6, 13])
def test_engines_agree_on_samples(num_qubits):
    circuit = random_circuit(num_qubits, 25, 4)
    params = random_params(circuit, 2)
    expected = qsetu.sample(circuit, params, shots=3000, seed=9, engine="reference", dtype="complex128")
    for engine in FAST_ENGINES:
        found = qsetu.sample(circuit, params, shots=3000, seed=9, engine=engine, dtype="complex128")
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("num_qubits", [4, 14, 15])
def test_a_row_depends_on_the_seed_and_its_place_alone(num_qubits):
    circuit = random_circuit(num_qubits, 30, 6)
    params = random_params(circuit, 4)
    shots = qsetu.sample(circuit, params, shots=2000, seed=2)
    for rows in (1, 2, 3):
        np.testing.assert_array_equal(shots[:rows], qsetu.sample(circuit, params[:rows], shots=2000, seed=2))


def test_shots_in_several_portions_are_the_same_shots(monkeypatch):
    circuit = random_circuit(5, 20, 1)
    params = random_params(circuit, 2)
    whole = qsetu.sample(circuit, params, shots=1000, seed=5)
    monkeypatch.setattr("qsetu.measure.SHOTS_AT_ONCE", 64)
    np.testing.assert_array_equal(whole, qsetu.sample(circuit, params, shots=1000, seed=5))


def test_small_states_in_several_calls_are_the_same_samples(monkeypatch):
    circuit = random_circuit(3, 20, 1)
    params = random_params(circuit, 300)
    shots = qsetu.sample(circuit, params, shots=20, seed=5)
    probabilities = np.abs(qsetu.statevector(circuit, params)) ** 2
    assert np.take_along_axis(probabilities, shots, axis=1).min() > 0
    np.testing.assert_array_equal(shots[-1:], [qsetu.sample(circuit, params, shots=20, seed=5)[-1]])


def test_deep_tails_are_reached():
    # In single precision the running sum would stand still long before the end.
    circuit = Circuit(20)
    for q in range(20):
        circuit = circuit.h(q)
    shots = qsetu.sample(circuit, shots=200_000, seed=1)
    sixteenths = np.bincount(shots >> 16, minlength=16) / 200_000
    np.testing.assert_allclose(sixteenths, 1 / 16, atol=0.004)


@pytest.mark.parametrize("chooser", CHOOSERS)
def test_memory_is_the_state_and_little_more(chooser):
    state = random_state(18, "complex64", 1)
    draws = np.random.default_rng(1).random(1000)
    tracemalloc.start()
    try:
        CHOOSERS[chooser](state, draws)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40 * len(draws) + 64 * BLOCK + 2**17, "a quarter of what a running sum over all would take"


def test_counts_of_many_shots():
    rng = np.random.default_rng(0)
    for width in (3, 20, 21, 30):
        samples = rng.integers(0, 2**width, 3000)
        tally = qsetu.counts(samples.reshape(3, 1000), width)
        assert sum(tally.values()) == 3000
        assert all(len(key) == width for key in tally)
        values, times = np.unique(samples, return_counts=True)
        assert {int(key, 2): number for key, number in tally.items()} == dict(zip(values, times, strict=True))
        numbers = list(tally.values())
        assert numbers == sorted(numbers, reverse=True)
        alike = [int(key, 2) for key, number in tally.items() if number == numbers[-1]]
        assert alike == sorted(alike)
    assert qsetu.counts(np.zeros(4, dtype=np.uint8), 0) == {"": 4}
    assert qsetu.counts(np.zeros(0, dtype=int), 2) == {}
