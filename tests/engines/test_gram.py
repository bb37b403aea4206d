"""Fidelity matrices: right whatever the tiles, within the budget, and no state computed without need."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import qsetu
from qsetu.compiler import compile_circuit
from qsetu.engines import Engine, get_engine
from qsetu.engines.gram import PRODUCT_ENTRIES, fidelities, panel_and_tile
from support import DTYPES, FAST_ENGINES, random_circuit, random_params

ATOL = {"complex64": 2e-6, "complex128": 1e-13}
WIDTH = 8  # amplitudes of the made-up states below


class Made:
    """States looked up in a table; counts how many are computed, and the most asked for at once."""

    def __init__(self, rows: int, dtype: str, seed: int) -> None:
        rng = np.random.default_rng(seed)
        table = rng.normal(size=(rows, WIDTH)) + 1j * rng.normal(size=(rows, WIDTH))
        self.table = table / np.linalg.norm(table, axis=1)[:, None]
        self.dtype = np.dtype(dtype)
        self.computed, self.largest = 0, 0

    def states(self, params):
        self.computed += len(params)
        self.largest = max(self.largest, len(params))
        return self.table[params[:, 0].astype(int)].astype(self.dtype)

    def fidelities(self, left, right, room, copies=1):
        a = np.array(left, dtype=float)[:, None]
        b = None if right is None else np.array(right, dtype=float)[:, None]
        budget = room * WIDTH * self.dtype.itemsize
        return fidelities(self.states, a, b, WIDTH, self.dtype, copies, budget, None)

    def expected(self, left, right):
        return np.abs(self.table[list(left)].conj() @ self.table[list(right)].T) ** 2


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("copies", [1, 3])
@pytest.mark.parametrize("room", [0, 1, 2, 3, 8, 17, 24, 40, 10**6])
@pytest.mark.parametrize("rows", [0, 1, 2, 23])
def test_symmetric_matrices_whatever_the_room(rows, room, copies, dtype):
    made = Made(23, dtype, 1)
    found = made.fidelities(range(rows), None, room, copies)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, made.expected(range(rows), range(rows)), rtol=0, atol=ATOL[dtype])
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_array_equal(np.diag(found), 1)
    assert not found.size or (found.min() >= 0 and found.max() <= 1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("room", [0, 1, 3, 9, 30, 10**6])
@pytest.mark.parametrize(("left", "right"), [(7, 16), (16, 7), (1, 5), (0, 3), (3, 0), (5, 5)])
def test_rectangular_matrices_whatever_the_room(left, right, room, dtype):
    made = Made(40, dtype, 2)
    a, b = range(left), range(20, 20 + right)
    np.testing.assert_allclose(made.fidelities(a, b, room), made.expected(a, b), rtol=0, atol=ATOL[dtype])


def test_no_state_is_computed_twice_where_the_smaller_side_fits():
    made = Made(100, "complex64", 3)
    made.fidelities(range(100), None, 200)
    assert made.computed == 100
    made.computed = 0
    made.fidelities(range(90), range(90, 100), 12)
    assert made.computed == 100
    made.computed = 0
    made.fidelities(range(10), range(10, 100), 12)
    assert made.computed == 100


def test_panels_take_nearly_all_the_room():
    # N states in panels of A: N (1 + (N/A - 1) / 2) states in all.
    made = Made(96, "complex64", 4)
    room = 27
    panel, tile = panel_and_tile(room, 1, WIDTH)
    assert (panel, tile) == (24, 3)
    made.fidelities(range(96), None, room)
    assert made.computed == 96 + 72 + 48 + 24
    assert made.largest <= room


@pytest.mark.parametrize("copies", [1, 3, 6])
@pytest.mark.parametrize("room", [0, 1, 5, 7, 100, 5000])
def test_panel_and_tiles_fit_the_room(room, copies):
    panel, tile = panel_and_tile(room, copies, 2**10)
    assert panel >= 1
    assert tile >= 1
    if room >= copies + 1:
        assert panel + copies * tile <= room


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("share", [0.1, 0.4, 3.0])
def test_memory_stays_within_the_budget(symmetric, share):
    # Made-up states of 2^12 amplitudes, so that the states are what counts: 200 of them take 6.25 MiB.
    rows, amplitudes, dtype = 200, 2**12, np.dtype("complex64")
    left = np.arange(rows, dtype=float)[:, None]
    budget = int(share * rows * amplitudes * dtype.itemsize)

    def states(params):
        made = np.zeros((len(params), amplitudes), dtype=dtype)
        made[np.arange(len(params)), params[:, 0].astype(int)] = 1
        return made

    tracemalloc.start()
    try:
        right = None if symmetric else left
        found = fidelities(states, left, right, amplitudes, dtype, 1, budget, None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(found, np.eye(rows))
    products = 40 * min(PRODUCT_ENTRIES, rows**2)
    assert peak <= budget + found.nbytes + products + 2**16
    if share < 1:
        assert peak >= budget / 2, "most of the budget lies idle"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("engine", [*FAST_ENGINES, "reference"])
@pytest.mark.parametrize("num_qubits", [1, 4, 7])
def test_every_engine_gives_the_same_matrix_within_any_budget(engine, num_qubits, dtype):
    circuit = random_circuit(num_qubits, 20, 3, affine=True)
    a, b = random_params(circuit, 9, 1), random_params(circuit, 4, 2)
    states = [qsetu.statevector(circuit, p, engine="reference", dtype="complex128") for p in (a, b)]
    chosen: Engine = get_engine(engine)
    program, size = compile_circuit(circuit), 2**num_qubits * np.dtype(dtype).itemsize
    for budget in (0, 6 * size, 10**9):
        square = chosen.gram(program, a, None, np.dtype(dtype), budget)
        np.testing.assert_allclose(square, np.abs(states[0].conj() @ states[0].T) ** 2, atol=ATOL[dtype])
        np.testing.assert_array_equal(square, square.T)
        oblong = chosen.gram(program, a, b, np.dtype(dtype), budget)
        np.testing.assert_allclose(oblong, np.abs(states[0].conj() @ states[1].T) ** 2, atol=ATOL[dtype])


def test_little_free_memory_means_tiles_and_none_a_refusal(monkeypatch):
    circuit = random_circuit(10, 20, 3)
    params = random_params(circuit, 60)
    expected = qsetu.gram(circuit, params, dtype="complex128")
    monkeypatch.setattr("qsetu.core.memory.ALWAYS_FITS", 0)
    size = 2**10 * 16
    monkeypatch.setattr("qsetu.core.memory.available_memory", lambda: 8 * 60**2 + 20 * size)
    engine = get_engine("native") if "native" in FAST_ENGINES else get_engine("xla")
    asked = []
    run = type(engine).states
    monkeypatch.setattr(type(engine), "states", lambda *a: asked.append(len(a[2])) or run(*a))
    np.testing.assert_allclose(qsetu.gram(circuit, params, dtype="complex128"), expected, atol=1e-13)
    assert max(asked) <= 10
    monkeypatch.setattr("qsetu.core.memory.available_memory", lambda: 8 * 60**2 + size)
    with pytest.raises(MemoryError, match=r"fidelity matrix.*10-qubit.*60 parameter row"):
        qsetu.gram(circuit, params, dtype="complex128")


def test_product_threads_are_the_engines(monkeypatch):
    threadpoolctl = pytest.importorskip("threadpoolctl")
    seen = []
    made = Made(4, "complex64", 1)

    def states(params):
        pools = threadpoolctl.threadpool_info()
        seen.append([pool["num_threads"] for pool in pools if pool["user_api"] == "blas"])
        return made.states(params)

    rows = np.arange(4.0)[:, None]
    fidelities(states, rows, None, WIDTH, made.dtype, 1, 10**6, 1)
    assert set(seen[0]) <= {1}
    if "native" in FAST_ENGINES:
        monkeypatch.setenv("QSETU_NUM_THREADS", "3")
        assert get_engine("native").threads() == 3
