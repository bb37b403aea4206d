"""What engines do to given states: run a circuit, damp, measure. Every engine against the oracle."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import qsetu
from qsetu import AmplitudeDamping, PauliSum
from qsetu.circuits.pauli import PauliTable
from qsetu.compiler import compile_circuit
from qsetu.engines import get_engine
from qsetu.engines.given import damp, measure
from support import DTYPES, FAST_ENGINES, TOLERANCE, random_circuit, random_observables, random_params

ENGINES = [*FAST_ENGINES, "reference"]


def random_states(num_qubits: int, batch: int, dtype: str = "complex128") -> np.ndarray:
    rng = np.random.default_rng(num_qubits)
    parts = rng.normal(size=(2, batch, 2**num_qubits))
    states = parts[0] + 1j * parts[1]
    return (states / np.linalg.norm(states, axis=1, keepdims=True)).astype(dtype)


def table_of(texts: list[str]) -> PauliTable:
    return PauliTable.build([PauliSum.parse(text) for text in texts])


SIZES = [(1, 3), (2, 1), (5, 7), (15, 1)]
# The reference is slow, and the same code at any width.
RUNS = [(e, n, batch) for e in ENGINES for n, batch in SIZES if e != "reference" or n <= 12]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("engine", "num_qubits", "batch"), RUNS)
def test_evolving_the_first_half_is_running_the_whole(engine, num_qubits, batch, dtype):
    gates = 6 if engine == "xla" else 20  # it compiles for a second
    first, second = (random_circuit(num_qubits, gates, seed, affine=True) for seed in (1, 2))
    whole = first.compose(second)
    params = random_params(whole, batch)
    expected = qsetu.statevector(whole, params, engine="reference", dtype="complex128")
    halves = [(compile_circuit(c), np.ascontiguousarray(params[:, : c.num_params])) for c in (first, second)]
    run = get_engine(engine)
    states = run.states(*halves[0], np.dtype(dtype))
    states = run.evolve(*halves[1], states, np.dtype(dtype))
    assert states.dtype == dtype
    np.testing.assert_allclose(states, expected, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("engine", FAST_ENGINES)
def test_no_rows_evolve_to_no_rows(engine):
    program = compile_circuit(qsetu.Circuit(2).h(0))
    states = np.empty((0, 4), dtype=np.complex64)
    assert get_engine(engine).evolve(program, np.empty((0, 0)), states, np.dtype("complex64")).shape == (0, 4)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("num_qubits", [1, 2, 5, 11])
@pytest.mark.parametrize("engine", ENGINES)
def test_damping_applies_the_kraus_operator_that_the_draw_chooses(engine, num_qubits, dtype):
    rng = np.random.default_rng(3)
    batch, places = 40, 6
    states = random_states(num_qubits, batch, dtype)
    qubits = rng.integers(num_qubits, size=places).astype(np.int32)
    gammas, draws = np.append(rng.random(places - 1), 1.0), rng.random((batch, places))
    expected, fallen = states.astype(np.complex128), 0
    for place, (qubit, gamma) in enumerate(zip(qubits, gammas, strict=True)):
        stays, falls = AmplitudeDamping(gamma).kraus(1)
        for row in range(batch):
            tensor = expected[row].reshape(-1, 2, 2**qubit)
            options = [np.einsum("ab,hbl->ahl", kraus, tensor).swapaxes(0, 1) for kraus in (stays, falls)]
            weights = [np.linalg.norm(option) ** 2 for option in options]
            fall = int(draws[row, place] < weights[1])
            fallen += fall
            expected[row] = (options[fall] / np.sqrt(weights[fall])).reshape(-1)
    assert 0 < fallen < batch * places
    found = get_engine(engine).damp(states.copy(), qubits, gammas, draws)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, atol=10 * TOLERANCE[dtype])


@pytest.mark.parametrize("engine", ENGINES)
def test_damping_at_its_edges(engine):
    run, qubits = get_engine(engine), np.zeros(1, dtype=np.int32)
    basis = np.eye(2, dtype=np.complex128)
    never, always = np.nextafter(1, 0), 0.0
    for draw in (never, always):
        found = run.damp(basis.copy(), qubits, np.ones(1), np.full((2, 1), draw))
        np.testing.assert_array_equal(found, [[1, 0], [1, 0]])
        found = run.damp(basis.copy(), qubits, np.zeros(1), np.full((2, 1), draw))
        np.testing.assert_array_equal(found, basis)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("num_qubits", "batch"), [(0, 2), (1, 3), (3, 5), (9, 4), (15, 1)])
@pytest.mark.parametrize("engine", ENGINES)
def test_measuring_given_states_equals_the_sum_over_amplitudes(engine, num_qubits, batch, dtype):
    texts = random_observables(num_qubits, 4) if num_qubits else ["2.5"]
    if num_qubits > 1:
        texts.append("Y0 Y1 - 2 X0 Y1")
    states = random_states(num_qubits, batch, dtype)
    circuit = qsetu.Circuit(num_qubits)
    expected = np.empty((batch, len(texts)))
    for k, text in enumerate(texts):
        for row in range(batch):
            bra, total = states[row].astype(np.complex128), 0.0
            for coefficient, string in PauliSum.parse(text).terms:
                pauli = circuit
                for qubit, letter in string:
                    pauli = pauli.append(letter.lower(), qubit)
                none = np.empty((1, 0))
                ket = get_engine("reference").evolve(compile_circuit(pauli), none, bra[None], bra.dtype)
                total += coefficient * np.vdot(bra, ket).real
            expected[row, k] = total
    found = get_engine(engine).measure(states, table_of(texts))
    np.testing.assert_allclose(found, expected, atol=TOLERANCE[dtype])


def test_defaults_are_those_of_the_reference():
    states, table = random_states(3, 4), table_of(["X0 Z2", "Y1"])
    qubits, gammas = np.array([2, 0], dtype=np.int32), np.array([0.5, 0.2])
    draws = np.random.default_rng(0).random((4, 2))
    reference = get_engine("reference")
    np.testing.assert_array_equal(
        reference.damp(states, qubits, gammas, draws), damp(states, qubits, gammas, draws)
    )
    np.testing.assert_array_equal(reference.measure(states, table), measure(states, table))


def test_the_native_side_refuses_what_its_kernels_could_not_trust():
    native = pytest.importorskip("qsetu.engines.native._native")
    engine = pytest.importorskip("qsetu.engines.native.engine")
    program = engine._evolver(compile_circuit(qsetu.Circuit(2).rx(qsetu.param(0), 0)))
    table = engine._table(table_of(["Z1"]))
    states, params = np.zeros((3, 4), dtype=np.complex64), np.zeros((3, 1))
    qubits, gammas, draws = np.zeros(2, dtype=np.int32), np.zeros(2), np.zeros((3, 2))
    wrong = [
        (native.evolve_complex64, (program, params[:2], states, 1), "states"),
        (native.evolve_complex64, (program, np.zeros((3, 2)), states, 1), "params"),
        (native.evolve_complex64, (program, params, np.zeros((3, 8), dtype=np.complex64), 1), "states"),
        (native.damp_complex64, (qubits, gammas[:1], draws, states, 1), "gammas"),
        (native.damp_complex64, (qubits, gammas, draws[:, :1], states, 1), "draws"),
        (native.damp_complex64, (qubits, gammas, draws[:2], states, 1), "draws"),
        (native.damp_complex64, (qubits + 2, gammas, draws, states, 1), "qubits"),
        (native.damp_complex64, (qubits - 1, gammas, draws, states, 1), "qubits"),
        (native.damp_complex64, (qubits, gammas + 1.5, draws, states, 1), "gammas"),
        (native.damp_complex64, (qubits, gammas * np.nan, draws, states, 1), "gammas"),
        (native.damp_complex64, (qubits, gammas, draws, states[:, :3].copy(), 1), "states"),
        (native.measure_complex64, (table, states[:, :3].copy(), np.zeros((3, 1)), 1), "states"),
        (native.measure_complex64, (table, states, np.zeros((2, 1)), 1), "values"),
        (native.measure_complex64, (table, states[:, :2].copy(), np.zeros((3, 1)), 1), "qubit"),
    ]
    for call, arguments, match in wrong:
        with pytest.raises(ValueError, match=match):
            call(*arguments)
    # A converted copy would be changed in the caller's place.
    for call in (native.evolve_complex64, native.damp_complex64):
        given = (program, params) if call is native.evolve_complex64 else (qubits, gammas, draws)
        with pytest.raises(TypeError):
            call(*given, states.astype(np.complex128), 1)


@pytest.mark.parametrize("num_qubits", [3, 15])
def test_threads_change_nothing(num_qubits, monkeypatch):
    pytest.importorskip("qsetu.engines.native._native")
    run, circuit = get_engine("native"), random_circuit(num_qubits, 20, 5, affine=True)
    params, states = random_params(circuit, 3), random_states(num_qubits, 3)
    table = table_of(["X0 Z2", "Y1"])
    qubits, gammas = np.array([2, 0], dtype=np.int32), np.array([0.5, 0.2])
    draws = np.random.default_rng(0).random((3, 2))
    found = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("QSETU_NUM_THREADS", threads)
        evolved = run.evolve(compile_circuit(circuit), params, states.copy(), states.dtype)
        damped = run.damp(evolved.copy(), qubits, gammas, draws)
        found.append((evolved, damped, run.measure(damped, table)))
    for others in found[1:]:
        for one, other in zip(found[0], others, strict=True):
            np.testing.assert_array_equal(one, other)


def test_interrupt_stops_a_run_on_given_states_within_a_second():
    pytest.importorskip("qsetu.engines.native._native")
    code = textwrap.dedent("""
        import os, signal, threading, time
        import numpy as np, qsetu
        from qsetu.compiler import compile_circuit
        from qsetu.engines import get_engine
        run = get_engine("native")
        circuit = qsetu.Circuit(20)
        for q in range(20):
            circuit = circuit.ry(0.1 + q, q).cx(q, (q + 1) % 20)
        long = compile_circuit(circuit.power(500))
        rows, wide = np.zeros((2, 2**20), dtype=np.complex64), np.zeros((1, 2**20), dtype=np.complex64)
        rows[:, 0] = wide[:, 0] = 1
        places = 20_000
        qubits, gammas = np.zeros(places, dtype=np.int32), np.full(places, 0.1)
        calls = {
            "evolve": lambda: run.evolve(long, np.empty((2, 0)), rows, rows.dtype),
            "evolve one": lambda: run.evolve(long, np.empty((1, 0)), wide, wide.dtype),
            "damp": lambda: run.damp(rows, qubits, gammas, np.full((2, places), 0.5)),
        }
        for name, call in calls.items():
            sent = []
            def interrupt():
                time.sleep(0.5)
                sent.append(time.perf_counter())
                os.kill(os.getpid(), signal.SIGINT)
            threading.Thread(target=interrupt, daemon=True).start()
            try:
                call()
            except KeyboardInterrupt:
                print(time.perf_counter() - sent[0], flush=True)
    """)
    environment = {**os.environ, "QSETU_NUM_THREADS": "2"}
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env=environment,
    )
    took = [float(line) for line in out.stdout.split()]
    assert len(took) == 3, out.stdout
    assert max(took) < 1, took
