"""What the native engine does to many gates at once computes what the gates compute one by one."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, param
from qsetu.compiler import compile_circuit
from qsetu.engines import get_engine
from support import DTYPES, TOLERANCE, random_circuit, random_observables, random_params

pytest.importorskip("qsetu.engines.native._native")


def fourier(num_qubits: int) -> Circuit:
    circuit = Circuit(num_qubits)
    for q in reversed(range(num_qubits)):
        circuit = circuit.h(q)
        for lower in reversed(range(q)):
            circuit = circuit.cp(np.pi / 2 ** (q - lower), lower, q)
    for q in range(num_qubits // 2):
        circuit = circuit.swap(q, num_qubits - 1 - q)
    return circuit


def ising(num_qubits: int) -> Circuit:
    """Two rounds of a cost on a ring with chords, and a mixer."""
    circuit = Circuit(num_qubits)
    for q in range(num_qubits):
        circuit = circuit.h(q)
    for layer in range(2):
        for q in range(num_qubits):
            for step in (1, 2):
                circuit = circuit.rzz((0.3 + 0.1 * q) * param(2 * layer), q, (q + step) % num_qubits)
        for q in range(num_qubits):
            circuit = circuit.rx(2 * param(2 * layer + 1), q)
    return circuit


def marked(num_qubits: int) -> Circuit:
    """One round of amplitude amplification: controls on every qubit, X and H around them."""
    last = num_qubits - 1
    circuit = Circuit(num_qubits)
    for q in range(num_qubits):
        circuit = circuit.h(q)
    for flips in (range(0, num_qubits, 2), range(num_qubits)):
        for q in range(num_qubits):
            circuit = circuit.h(q).x(q) if q in flips else circuit.h(q)
        circuit = circuit.append("z", [last], controls=list(range(last)))
        for q in range(num_qubits):
            circuit = circuit.x(q).h(q) if q in flips else circuit.h(q)
    return circuit


def ladders(num_qubits: int) -> Circuit:
    """Layers of rotations between CX ladders that run up and down."""
    circuit, slot = Circuit(num_qubits), 0
    for layer in range(3):
        for q in range(num_qubits):
            circuit = circuit.ry(param(slot), q).rz(param(slot + 1), q)
            slot += 2
        pairs = [(q, q + 1) for q in range(num_qubits - 1)]
        for a, b in pairs if layer % 2 else reversed(pairs):
            circuit = circuit.cx(a, b)
    return circuit


FAMILIES = {"fourier": fourier, "ising": ising, "marked": marked, "ladders": ladders}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("num_qubits", [3, 7, 12])
@pytest.mark.parametrize("family", FAMILIES)
def test_structured_circuits_equal_the_reference(family, num_qubits, dtype):
    start = random_circuit(min(num_qubits, 6), 12, 1, num_slots=0)
    circuit = Circuit(num_qubits)
    for op in [*start, *FAMILIES[family](num_qubits)]:
        if op.unitary is None:
            circuit = circuit.append(op.gate, op.qubits, op.angles, controls=op.controls)
    x = random_params(circuit, 1, num_qubits)[0]
    expected = qsetu.statevector(circuit, x, engine="reference", dtype="complex128")
    found = qsetu.statevector(circuit, x, engine="native", dtype=dtype)
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_states_that_are_rearranged_between_passes_equal_the_reference(dtype, threads, monkeypatch):
    monkeypatch.setenv("QSETU_NUM_THREADS", threads)
    num_qubits, rng = 17, np.random.default_rng(5)
    circuit, slot = Circuit(num_qubits), 0
    for _ in range(14):  # pairs far apart, other ones in each layer
        order = rng.permutation(num_qubits)
        for a, b in zip(order[::2], order[1::2], strict=False):
            circuit = circuit.ry(param(slot), a).rx(param(slot + 1), b).cx(a, b)
            slot += 2
    assert get_engine("native").passes(compile_circuit(circuit)) >= 3
    x = random_params(circuit, 1, 8)[0]
    expected = qsetu.statevector(circuit, x, engine="reference", dtype="complex128")
    found = qsetu.statevector(circuit, x, engine="native", dtype=dtype)
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("angle", [np.pi, np.pi - 1e-9, np.pi - 1e-4, 3.0, np.pi / 2, -3 * np.pi, 1e-12])
def test_steep_and_many_rotations_neither_overflow_nor_lose_the_norm(angle, dtype):
    # A rotation runs without its cosine, which is made up for later: 1200 of them have to be, and some are 0.
    circuit = Circuit(6)
    for layer in range(200):
        for q in range(6):
            circuit = circuit.ry(angle if (q + layer) % 3 else param(0), q)
        circuit = circuit.cx(layer % 6, (layer + 1) % 6)
    x = [angle / 7]
    expected = qsetu.statevector(circuit, x, engine="reference", dtype="complex128")
    found = qsetu.statevector(circuit, x, engine="native", dtype=dtype)
    np.testing.assert_allclose(found, expected, rtol=0, atol=20 * TOLERANCE[dtype])
    _, slope = qsetu.value_and_grad(circuit, "Z0 + X1", x, dtype=dtype)
    ends = qsetu.expectation(circuit, "Z0 + X1", [[x[0] + 1e-6], [x[0] - 1e-6]], dtype="complex128")
    np.testing.assert_allclose(slope, (ends[:1] - ends[1:]) / 2e-6, atol=1e3 * TOLERANCE[dtype] + 1e-6)


@pytest.mark.parametrize("num_qubits", [2, 6, 9, 14, 17])
def test_a_run_leaves_nothing_behind_for_the_next(num_qubits):
    # What is bound to a circuit is kept and used again.
    for seed in range(4):
        circuit = random_circuit(num_qubits, 40, seed)
        first, second = random_params(circuit, 2, seed)
        observables = random_observables(num_qubits, seed)
        fresh = [
            (qsetu.statevector(circuit, x), *qsetu.value_and_grad(circuit, observables, x))
            for x in (first, second, first)
        ]
        for found, expected in zip(fresh[0], fresh[2], strict=True):
            np.testing.assert_array_equal(found, expected)
        again = random_circuit(num_qubits, 40, seed).append("id", [0])  # equal, and never run before
        for found, expected in zip(
            (qsetu.statevector(again, second), *qsetu.value_and_grad(again, observables, second)),
            fresh[1],
            strict=True,
        ):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("num_qubits", [14, 15, 17])
def test_gradients_of_wide_states_are_finite_differences(num_qubits):
    circuit = random_circuit(num_qubits, 50, num_qubits)
    x = random_params(circuit, 1, 1)[0]
    observables = random_observables(num_qubits, 3)
    _, slopes = qsetu.value_and_grad(circuit, observables, x, dtype="complex128")
    step = 1e-5
    for slot in range(circuit.num_params):
        ends = np.stack([x, x])
        ends[:, slot] += [step, -step]
        up, down = qsetu.expectation(circuit, observables, ends, dtype="complex128")
        np.testing.assert_allclose(slopes[:, slot], (up - down) / (2 * step), atol=1e-7)


def test_wide_gradients_do_not_depend_on_the_number_of_threads(monkeypatch):
    circuit = ladders(17)
    x = random_params(circuit, 1, 2)[0]
    found = []
    for threads in ("1", "2", "4"):
        monkeypatch.setenv("QSETU_NUM_THREADS", threads)
        found.append(qsetu.value_and_grad(circuit, "Z0 Z16 + X3", x)[1])
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_and_parameters_give_the_same_gate(dtype):
    rng = np.random.default_rng(5)
    angles = rng.uniform(-7, 7, (12, 3))
    numbers, slots = Circuit(3), Circuit(3)
    for i, row in enumerate(angles):
        a, b = i % 3, (i + 1) % 3
        numbers = numbers.u(*row, a).append("u", [b], list(row), controls=[a])
        values = [param(3 * i + k) for k in range(3)]
        slots = slots.u(*values, a).append("u", [b], values, controls=[a])
    found = qsetu.statevector(numbers, dtype=dtype)
    expected = qsetu.statevector(slots, angles.reshape(-1), dtype=dtype)
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE[dtype])
