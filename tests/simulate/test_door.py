"""The door: shapes, batches, refusals."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, admission, param
from support import DTYPES, FAST_ENGINES, random_circuit, random_params

ENGINES = [*FAST_ENGINES, "reference"]
CIRCUIT = Circuit(2).ry(param(0), 0).cx(0, 1).rz(param(1), 1)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("batch", [(), (1,), (3,), (0,), (2, 3), (2, 0)])
def test_shapes(engine, batch):
    params = np.random.default_rng(0).normal(size=(*batch, 2))
    assert qsetu.statevector(CIRCUIT, params, engine=engine).shape == (*batch, 4)
    assert qsetu.expectation(CIRCUIT, "Z0", params, engine=engine).shape == batch
    assert qsetu.expectation(CIRCUIT, ["Z0", "X1"], params, engine=engine).shape == (*batch, 2)
    values, gradients = qsetu.value_and_grad(CIRCUIT, "Z0", params, engine=engine)
    assert (values.shape, gradients.shape) == (batch, (*batch, 2))
    values, gradients = qsetu.value_and_grad(CIRCUIT, ["Z0", "X1", "Y0"], params, engine=engine)
    assert (values.shape, gradients.shape) == ((*batch, 3), (*batch, 3, 2))
    assert qsetu.sample(CIRCUIT, params, shots=5, engine=engine).shape == (*batch, 5)
    assert qsetu.reduced_density_matrices(CIRCUIT, params, engine=engine).shape == (*batch, 2, 2, 2)
    pairs = qsetu.reduced_density_matrices(CIRCUIT, params, qubits=[(0, 1)], engine=engine)
    assert pairs.shape == (*batch, 1, 4, 4)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_batch_rows_are_independent(engine, dtype):
    circuit = random_circuit(4, 20, 2)
    params = random_params(circuit, 5)
    together = qsetu.statevector(circuit, params, engine=engine, dtype=dtype)
    for row, state in zip(params, together, strict=True):
        alone = qsetu.statevector(circuit, row, engine=engine, dtype=dtype)
        np.testing.assert_allclose(alone, state, atol=1e-6 if dtype == "complex64" else 1e-14)


@pytest.mark.parametrize("engine", ENGINES)
def test_smallest_circuits(engine):
    lone = qsetu.statevector(Circuit(0).gphase(np.pi / 2), engine=engine, dtype="complex128")
    np.testing.assert_allclose(lone, [1j], atol=1e-15)
    np.testing.assert_array_equal(qsetu.statevector(Circuit(2), engine=engine), [1, 0, 0, 0])
    assert qsetu.expectation(Circuit(2), "2.5", engine=engine) == 2.5
    assert qsetu.expectation(Circuit(2), qsetu.PauliSum(()), engine=engine) == 0.0


def test_qubit_zero_is_the_least_significant_bit():
    assert qsetu.statevector(Circuit(3).x(0))[1] == 1
    assert qsetu.statevector(Circuit(3).x(2))[4] == 1
    assert qsetu.counts(qsetu.sample(Circuit(3).x(0), shots=7), 3) == {"001": 7}


def test_gram_is_the_matrix_of_fidelities():
    circuit = random_circuit(3, 15, 6)
    a, b = random_params(circuit, 4, 1), random_params(circuit, 3, 2)
    states = [qsetu.statevector(circuit, p, engine="reference", dtype="complex128") for p in (a, b)]
    expected = np.abs(states[0].conj() @ states[1].T) ** 2
    np.testing.assert_allclose(qsetu.gram(circuit, a, b, dtype="complex128"), expected, atol=1e-14)
    square = qsetu.gram(circuit, a)
    np.testing.assert_array_equal(square, square.T)
    np.testing.assert_array_equal(np.diag(square), 1)
    assert np.linalg.eigvalsh(square).min() > -1e-6


def test_sampling_follows_the_probabilities_and_the_seed():
    circuit = random_circuit(4, 25, 3)
    params = random_params(circuit, 3)
    shots = qsetu.sample(circuit, params, shots=40_000, seed=11)
    probabilities = np.abs(qsetu.statevector(circuit, params, dtype="complex128")) ** 2
    for row, p in zip(shots, probabilities, strict=True):
        seen = np.bincount(row, minlength=16) / 40_000
        assert np.all(np.abs(seen - p) < 6 * np.sqrt(p * (1 - p) / 40_000) + 1e-9)
        assert set(np.unique(row)) <= set(np.flatnonzero(p > 1e-12))
    np.testing.assert_array_equal(shots, qsetu.sample(circuit, params, shots=40_000, seed=11))
    assert not np.array_equal(shots, qsetu.sample(circuit, params, shots=40_000, seed=12))
    twins = qsetu.sample(circuit, params[[0, 0]], shots=100, seed=11)
    assert not np.array_equal(twins[0], twins[1]), "rows of a batch share their random numbers"
    # A row depends on the seed and its own place, not on the rows behind it.
    np.testing.assert_array_equal(shots[:2], qsetu.sample(circuit, params[:2], shots=40_000, seed=11))


def test_counts_reads_qiskit_order():
    assert qsetu.counts(np.array([1, 1, 2]), 3) == {"001": 2, "010": 1}
    with pytest.raises(qsetu.QsetuError, match="samples"):
        qsetu.counts([8], 3)
    with pytest.raises(qsetu.QsetuError, match="samples"):
        qsetu.counts([0.5], 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: qsetu.statevector("h 0"), "'circuit' must be a qsetu Circuit"),
        (lambda: qsetu.statevector(CIRCUIT), r"2 parameter slot\(s\)"),
        (lambda: qsetu.statevector(CIRCUIT, [1.0]), r"shape \(\.\.\., 2\).*got shape \(1,\)\."),
        (lambda: qsetu.statevector(CIRCUIT, 1.0), "shape"),
        (lambda: qsetu.statevector(CIRCUIT, [np.nan, 0]), "finite.*got nan.*index .0."),
        (lambda: qsetu.statevector(CIRCUIT, [[0, 0], [0, np.inf]]), r"got inf.*index \[1, 1\]"),
        (lambda: qsetu.statevector(CIRCUIT, [1j, 0]), "real numbers"),
        (lambda: qsetu.statevector(CIRCUIT, ["a", "b"]), "real numbers"),
        (lambda: qsetu.statevector(CIRCUIT, [[1, 2], [3]]), "real numbers"),
        (lambda: qsetu.statevector(CIRCUIT, [0, 0], engine="natve"), "Did you mean 'native'"),
        (lambda: qsetu.statevector(CIRCUIT, [0, 0], engine=None), "engine"),
        (lambda: qsetu.statevector(CIRCUIT, [0, 0], dtype="float32"), "complex64"),
        (lambda: qsetu.statevector(CIRCUIT, [0, 0], dtype="qubit"), "complex64"),
        (lambda: qsetu.expectation(CIRCUIT, "Z2", [0, 0]), "qubits 0 to 1.*Z2"),
        (lambda: qsetu.expectation(CIRCUIT, [], [0, 0]), "at least one"),
        (lambda: qsetu.expectation(CIRCUIT, 3, [0, 0]), "PauliSum"),
        (lambda: qsetu.expectation(CIRCUIT, np.eye(4), [0, 0]), "PauliSum"),
        (lambda: qsetu.sample(CIRCUIT, [0, 0], shots=0), "shots"),
        (lambda: qsetu.sample(CIRCUIT, [0, 0], seed=-1), "seed"),
        (lambda: qsetu.gram(CIRCUIT, [0.0, 0.0]), r"shape \(N, 2\)"),
        (lambda: qsetu.expectation_vjp(CIRCUIT, ["Z0"], [0, 0], [1, 2, 3]), "weights"),
    ],
)
def test_bad_input_is_refused_with_the_reason(call, message):
    with pytest.raises(qsetu.QsetuError, match=message):
        call()


@pytest.mark.parametrize("engine", ["auto", *ENGINES])
def test_forty_qubits_are_refused_before_anything_is_allocated(engine):
    calls = [
        lambda c: qsetu.statevector(c, engine=engine),
        lambda c: qsetu.expectation(c, "Z0", engine=engine),
        lambda c: qsetu.value_and_grad(c, "Z0", engine=engine),
        lambda c: qsetu.sample(c, engine=engine),
        lambda c: qsetu.gram(c, np.zeros((1, 0)), engine=engine),
    ]
    for call in calls:
        with pytest.raises(MemoryError, match=r"40-qubit.*[\d,]+.0 GiB of memory.*would fit"):
            call(Circuit(40).h(0))


def test_more_shots_than_memory_are_refused():
    with pytest.raises(MemoryError, match=r"1,000,000,000,000 shots .* need 7,450.6 GiB .* fewer shots"):
        qsetu.sample(CIRCUIT, [0, 0], shots=10**12)


def test_auto_without_native_falls_back_and_warns_once(monkeypatch):
    entry = type("Entry", (), {"why_missing": lambda self: "The native engine is not built."})()
    monkeypatch.setitem(admission.ENGINES, "native", entry)
    admission._native_missing.cache_clear()
    try:
        with pytest.warns(RuntimeWarning, match="not built.*engine='auto' means 'xla'") as seen:
            for _ in range(3):
                np.testing.assert_allclose(qsetu.statevector(Circuit(1).x(0)), [0, 1])
        assert len(seen) == 1
    finally:
        admission._native_missing.cache_clear()


def test_many_python_threads_at_once():
    circuit = random_circuit(5, 30, 8)
    params = random_params(circuit, 6)
    expected = qsetu.statevector(circuit, params)
    found = [None] * 8

    def work(place):
        found[place] = qsetu.statevector(circuit, params)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in found:
        np.testing.assert_array_equal(result, expected)


def test_thread_count_from_the_environment(monkeypatch):
    pytest.importorskip("qsetu.engines.native._native")
    monkeypatch.setenv("QSETU_NUM_THREADS", "1")
    assert qsetu.statevector(Circuit(1).x(0), engine="native")[1] == 1
    for bad in ("0", "-2", "many", "1.5"):
        monkeypatch.setenv("QSETU_NUM_THREADS", bad)
        with pytest.raises(qsetu.QsetuError, match="QSETU_NUM_THREADS"):
            qsetu.statevector(Circuit(1).x(0), engine="native")
