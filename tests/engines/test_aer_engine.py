"""The Aer engine by all its methods against the oracle; and what only one of the methods can do."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, PauliSum, param
from qsetu.circuits import GATES
from qsetu.circuits.affine import Affine
from qsetu.compiler import compile_circuit
from qsetu.engines import get_engine
from support import DTYPES, random_circuit, random_observables, random_params, random_unitary, scrambled

pytest.importorskip("qiskit_aer")

from qsetu.engines.aer import engine as aer
from qsetu.engines.aer import simulator
from qsetu.engines.aer.plain import Placed, plain
from qsetu.engines.aer.shifts import Rule, rule_of

PURE = ["aer:statevector", "aer:matrix_product_state"]
METHODS = [*PURE, "aer:density_matrix"]
MPS = "aer:matrix_product_state"


def atol(engine: str, dtype: str = "complex128") -> float:
    """Aer's singular values are good to some ten digits, and those below 1e-8 are dropped."""
    return 1e-5 if dtype == "complex64" else 1e-9 if engine == MPS else 1e-12


def oracle(function, *arguments, **options):
    return function(*arguments, engine="reference", dtype="complex128", **options)


# ---- every method against the oracle ------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("engine", PURE)
@pytest.mark.parametrize("seed", range(6))
def test_states_equal_the_oracle_phase_included(engine, seed, dtype):
    circuit = random_circuit(1 + seed % 5, 16, seed).gphase(0.5 * param(0) + 0.3)
    params = random_params(circuit, seed % 4, seed)
    found = qsetu.statevector(circuit, params, engine=engine, dtype=dtype)
    assert found.dtype == dtype
    np.testing.assert_allclose(
        found, oracle(qsetu.statevector, circuit, params), rtol=0, atol=atol(engine, dtype)
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("engine", METHODS)
@pytest.mark.parametrize("seed", range(4))
def test_values_and_gradients_equal_the_oracle(engine, seed, dtype):
    circuit = random_circuit(1 + seed, 12, 10 + seed)
    params = random_params(circuit, 1 + seed % 2, seed)
    observables = [*random_observables(circuit.num_qubits, seed), "1.5", PauliSum(())]
    values, gradients = oracle(qsetu.value_and_grad, circuit, observables, params)
    alone = qsetu.expectation(circuit, observables, params, engine=engine, dtype=dtype)
    np.testing.assert_allclose(alone, values, rtol=0, atol=4 * atol(engine, dtype))
    found = qsetu.value_and_grad(circuit, observables, params, engine=engine, dtype=dtype)
    np.testing.assert_allclose(found[0], values, rtol=0, atol=4 * atol(engine, dtype))
    np.testing.assert_allclose(found[1], gradients, rtol=0, atol=40 * atol(engine, dtype))
    weights = np.random.default_rng(seed).normal(size=values.shape)
    pulled = qsetu.expectation_vjp(circuit, observables, params, weights, engine=engine, dtype=dtype)
    np.testing.assert_allclose(pulled[0], values, rtol=0, atol=4 * atol(engine, dtype))
    np.testing.assert_allclose(
        pulled[1], np.einsum("bk,bkp->bp", weights, gradients), rtol=0, atol=100 * atol(engine, dtype)
    )


@pytest.mark.parametrize("controls", range(4))
@pytest.mark.parametrize("name", [name for name in GATES if GATES[name].num_qubits + GATES[name].num_angles])
def test_every_gate_under_controls_by_every_method(name, controls):
    gate = GATES[name]
    width = max(1, gate.num_qubits + controls)
    order = [int(q) for q in np.random.default_rng(7).permutation(width)]
    qubits, above = order[: gate.num_qubits], order[gate.num_qubits : gate.num_qubits + controls]
    params = np.array([[0.4, -1.1, 2.0, 0.3]])
    for angles in (
        [1.3 * param(i) - 0.2 for i in range(gate.num_angles)],
        [0.3 + i for i in range(gate.num_angles)],
    ):
        circuit = (
            scrambled(width, 2).append(name, qubits, angles, controls=above).compose(scrambled(width, 3))
        )
        given = params[:, : circuit.num_params]
        values, gradients = oracle(qsetu.value_and_grad, circuit, "X0 + 0.5 Z0", given)
        state = oracle(qsetu.statevector, circuit, given)
        for engine in METHODS:
            found = qsetu.value_and_grad(circuit, "X0 + 0.5 Z0", given, engine=engine, dtype="complex128")
            np.testing.assert_allclose(found[0], values, rtol=0, atol=atol(engine), err_msg=engine)
            np.testing.assert_allclose(found[1], gradients, rtol=0, atol=atol(engine), err_msg=engine)
        for engine in PURE:
            found = qsetu.statevector(circuit, given, engine=engine, dtype="complex128")
            np.testing.assert_allclose(found, state, rtol=0, atol=atol(engine), err_msg=engine)


@pytest.mark.parametrize("method", ["statevector", "matrix_product_state", "density_matrix"])
def test_what_is_written_is_known_to_the_method(method):
    known = simulator.known_gates(simulator.Setting(method))
    circuit = random_circuit(6, 60, 4)
    gates, phases = plain(circuit, known)
    assert {gate.name for gate in gates} <= known
    assert len(phases) == sum(op.gate == "gphase" and not op.controls for op in circuit)
    for op in Circuit(3).rx(param(0), 0).cx(0, 1).ccx(0, 1, 2).rzz(0.3, 0, 1).u(1, param(0), 2, 0).sx(1):
        ((gate,), _) = plain(Circuit.from_operations(3, [op]), known)
        assert (gate.name, gate.qubits, gate.source) == (op.name, op.controls + op.qubits, op)


@pytest.mark.parametrize("engine", PURE)
def test_gates_wider_than_a_matrix_are_taken_apart_by_qiskit(engine):
    rng = np.random.default_rng(3)
    circuit = (
        scrambled(10, 1)
        .unitary(random_unitary(1, rng), [4], controls=[0, 1, 2, 3, 5, 6, 7, 8])
        .mcx([0, 1, 2, 3, 4, 5, 6, 7], 9)
        .append("iswap", [2, 0], controls=[1, 3, 4, 5, 6, 7, 8])
    )
    expected = oracle(qsetu.statevector, circuit)
    found = qsetu.statevector(circuit, engine=engine, dtype="complex128")
    np.testing.assert_allclose(found, expected, rtol=0, atol=10 * atol(engine))


@pytest.mark.parametrize("engine", METHODS)
def test_reduced_density_matrices_in_both_orders(engine):
    circuit = random_circuit(4, 20, 1)
    params = random_params(circuit, 3)
    for qubits in (None, [(0, 3), (3, 0), (2, 1)]):
        found = qsetu.reduced_density_matrices(
            circuit, params, qubits=qubits, engine=engine, dtype="complex128"
        )
        expected = oracle(qsetu.reduced_density_matrices, circuit, params, qubits=qubits)
        np.testing.assert_allclose(found, expected, rtol=0, atol=atol(engine))


@pytest.mark.parametrize("engine", PURE)
def test_given_states_evolve_and_keep_their_norm(engine):
    circuit = random_circuit(3, 15, 4).gphase(0.7)
    params = random_params(circuit, 4)
    rng = np.random.default_rng(1)
    states = rng.normal(size=(4, 8)) + 1j * rng.normal(size=(4, 8))  # of any norm
    program = compile_circuit(circuit)
    expected = get_engine("reference").evolve(program, params, states.copy(), np.dtype("complex128"))
    for dtype in DTYPES:
        found = get_engine(engine).evolve(program, params, states.astype(dtype), np.dtype(dtype))
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=0, atol=10 * atol(engine, dtype))


@pytest.mark.parametrize("engine", METHODS)
def test_batches_in_several_calls_of_aer(engine, monkeypatch):
    circuit = random_circuit(3, 10, 2)
    params = random_params(circuit, 5)
    whole = qsetu.value_and_grad(circuit, ["Z0", "X1"], params, engine=engine, dtype="complex128")
    rows = []
    run = aer.run

    def counted(setting, circuits, dtype, **options):
        found = run(setting, circuits, dtype, **options)
        rows.append(len(found))
        return found

    monkeypatch.setattr(aer, "run", counted)
    qsetu.value_and_grad(circuit, ["Z0", "X1"], params, engine=engine, dtype="complex128")
    assert len(rows) == 2, "the values, and all shifted rows together"
    assert sum(rows) == 5 * get_engine(engine).runs_of_gradient(compile_circuit(circuit))
    monkeypatch.setattr(aer, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(aer, "AMPLITUDES_AT_ONCE", 16)
    rows.clear()
    parts = qsetu.value_and_grad(circuit, ["Z0", "X1"], params, engine=engine, dtype="complex128")
    assert max(rows) == 3
    for one, other in zip(parts, whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-13)
    if engine in PURE:
        rows.clear()
        found = qsetu.statevector(circuit, params, engine=engine, dtype="complex128")
        assert rows == [2, 2, 1]
        np.testing.assert_allclose(found, oracle(qsetu.statevector, circuit, params), atol=atol(engine))


def test_rows_without_parameters_run_once(monkeypatch):
    runs = []
    run = aer.run
    monkeypatch.setattr(aer, "run", lambda *a, **o: runs.append(a) or run(*a, **o))
    found = qsetu.statevector(scrambled(2, 1), np.zeros((40, 0)), engine="aer")
    assert (found.shape, len(runs)) == ((40, 4), 1)


def test_values_where_aer_by_itself_takes_qubits_away():
    # Qiskit/qiskit-aer#2442: with its truncation on, Aer reads another qubit than it was asked for.
    circuit = Circuit(5)
    for q in (0, 3, 4):
        circuit = circuit.ry(0.1 + 0.2 * q, q)
    circuit = circuit.cx(0, 3).rx(0.4, 3)
    texts = ["Z3", "Y3", "Z0 Z3", "X4", "Z1"]
    expected = oracle(qsetu.expectation, circuit, texts)
    for engine in METHODS:
        found = qsetu.expectation(circuit, texts, engine=engine, dtype="complex128")
        np.testing.assert_allclose(found, expected, rtol=0, atol=atol(engine), err_msg=engine)
        rho = qsetu.reduced_density_matrices(circuit, engine=engine, dtype="complex128")
        np.testing.assert_allclose(
            rho, oracle(qsetu.reduced_density_matrices, circuit), rtol=0, atol=atol(engine), err_msg=engine
        )


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("engine", METHODS)
def test_matrices_are_not_read_transposed(engine, width):
    # Aer transposes arrays that cannot be written to, and Qiskit hands over one or another.
    matrix = random_unitary(width, np.random.default_rng(width))
    circuit = scrambled(4, 1).unitary(matrix, list(range(width)))
    expected = oracle(qsetu.expectation, circuit, ["X0 Y1", "Z0", "Y0"])
    found = qsetu.expectation(circuit, ["X0 Y1", "Z0", "Y0"], engine=engine, dtype="complex128")
    np.testing.assert_allclose(found, expected, rtol=0, atol=atol(engine))
    noise = pytest.importorskip("qiskit_aer.noise").NoiseModel()
    if engine == "aer:density_matrix":
        rho = qsetu.density_matrix(circuit, noise=noise)
        state = oracle(qsetu.statevector, circuit)
        np.testing.assert_allclose(rho, np.outer(state, state.conj()), atol=1e-12)


# ---- shifts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [Rule(1.0, 1), Rule(0.5, 2), Rule(1.0, 2), Rule(0.25, 3)])
def test_a_rule_is_exact_for_its_frequencies_and_no_others(rule):
    def error(frequency, at=0.4):
        slope = sum(w * np.sin(frequency * (at + shift) + 0.7) for shift, w in rule.shifts)
        return abs(slope - frequency * np.cos(frequency * at + 0.7))

    assert len(rule.shifts) == 2 * rule.most
    assert all(error(k * rule.unit) < 1e-14 for k in range(rule.most + 1))
    assert error((rule.most + 1) * rule.unit) > 0.1
    assert max(abs(shift) for shift, _ in rule.shifts) <= np.pi / rule.unit


def test_a_controlled_rotation_takes_four_runs_and_a_phase_two():
    def runs(circuit):
        return get_engine("aer").runs_of_gradient(compile_circuit(circuit)) - 1

    assert runs(Circuit(3).rx(param(0), 0).rzz(2 * param(0), 0, 1)) == 2 + 2
    assert runs(Circuit(3).cp(param(0), 0, 1).mcp(param(0), [0, 1], 2)) == 2 + 2
    assert runs(Circuit(3).crz(param(0), 0, 1)) == 4
    assert runs(Circuit(3).u(param(0), param(1), param(2), 0).ry(0.3, 1)) == 6
    assert rule_of(Placed("mcrx", (0, 1), (Affine(),), "", None), 0) == Rule(0.5, 2)


# ---- matrix product states ----------------------------------------------------------------------------


def wide(num_qubits: int) -> Circuit:
    """Two layers: each value of the middle hangs on a few qubits, so a narrow circuit has the same."""
    circuit = Circuit(num_qubits)
    for layer in range(2):
        for q in range(num_qubits):
            circuit = circuit.ry(0.3 + 0.1 * layer + 0.05 * q + param(q % 2), q)
        for q in range(layer, num_qubits - 1, 2):
            circuit = circuit.cx(q, q + 1)
    return circuit


def test_sixty_qubits():
    ghz = Circuit(60).h(0)
    for q in range(59):
        ghz = ghz.cx(q, q + 1)
    every = PauliSum.from_terms([(1.0, [(q, "X") for q in range(60)])])
    found = qsetu.expectation(ghz, ["Z0 Z59", "Z30", every], engine=MPS, dtype="complex128")
    np.testing.assert_allclose(found, [1, 0, 1], atol=1e-9)
    shots = qsetu.sample(ghz, shots=200, seed=1, engine=MPS)
    assert set(shots.tolist()) == {0, 2**60 - 1}
    np.testing.assert_array_equal(shots, qsetu.sample(ghz, shots=200, seed=1, engine=MPS))
    pairs = qsetu.reduced_density_matrices(ghz, qubits=[(0, 59)], engine=MPS)
    np.testing.assert_allclose(pairs[0], np.diag([0.5, 0, 0, 0.5]), atol=1e-6)
    for call in (qsetu.statevector, lambda c, engine: qsetu.gram(c, np.zeros((2, 0)), engine=engine)):
        with pytest.raises(MemoryError, match="60-qubit"):
            call(ghz, engine=MPS)


def test_a_shallow_wide_circuit_has_the_values_of_a_narrow_one():
    params = np.array([[0.2, -0.4], [1.0, 0.3]])
    texts = ["Z2", "X0 X3", "0.5 Y1 Z2 + 0.25"]
    expected = oracle(qsetu.value_and_grad, wide(8), texts, params)
    found = qsetu.value_and_grad(wide(60), texts, params, engine=MPS, dtype="complex128")
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-8)
    shots = qsetu.sample(wide(60), params[0], shots=4000, seed=3, engine=MPS)
    value = qsetu.expectation(wide(8), "Z2", params[0])
    seen = 1 - 2 * ((shots >> 2) & 1)
    assert abs(seen.mean() - value) < 5 * seen.std() / np.sqrt(4000)


# ---- samples ------------------------------------------------------------------------------------------


def test_statevectors_are_sampled_as_other_engines_do():
    circuit = random_circuit(4, 20, 5)
    params = random_params(circuit, 2)
    expected = oracle(qsetu.sample, circuit, params, shots=500, seed=4)
    found = qsetu.sample(circuit, params, shots=500, seed=4, engine="aer", dtype="complex128")
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("engine", METHODS[1:])
def test_other_methods_sample_the_distribution_by_seed_and_row(engine):
    circuit = random_circuit(3, 15, 6)
    params = random_params(circuit, 3)
    shots = qsetu.sample(circuit, params, shots=20_000, seed=2, engine=engine)
    expected = np.abs(oracle(qsetu.statevector, circuit, params)) ** 2
    for row, p in zip(shots, expected, strict=True):
        seen = np.bincount(row, minlength=8) / 20_000
        assert np.all(np.abs(seen - p) < 6 * np.sqrt(p * (1 - p) / 20_000) + 1e-9)
        # Shots come in no order: the first half has the same distribution.
        half = np.bincount(row[:10_000], minlength=8) / 10_000
        assert np.all(np.abs(half - p) < 6 * np.sqrt(p * (1 - p) / 10_000) + 1e-9)
    np.testing.assert_array_equal(
        shots[:2], qsetu.sample(circuit, params[:2], shots=20_000, seed=2, engine=engine)
    )
    twins = qsetu.sample(circuit, params[[0, 0]], shots=100, seed=2, engine=engine)
    assert not np.array_equal(twins[0], twins[1])
