"""Qiskit's circuits as ours and back: states, parameters, measurements, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from outcomes import distribution, far, random_measured
from qsetu import Circuit, MeasuredCircuit
from qsetu.circuits import Barrier, Condition, If, Measure, Operation
from support import random_circuit, random_params

qiskit = pytest.importorskip("qiskit")

from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister  # noqa: E402
from qiskit.circuit import (  # noqa: E402
    AnnotatedOperation,
    ControlModifier,
    InverseModifier,
    Parameter,
    ParameterVector,
    PowerModifier,
    library,
)
from qiskit.circuit.classical import expr  # noqa: E402
from qiskit.circuit.library.standard_gates import get_standard_gate_name_mapping  # noqa: E402
from qiskit.quantum_info import Operator, SparsePauliOp, Statevector  # noqa: E402

GATES = {
    name: gate
    for name, gate in get_standard_gate_name_mapping().items()
    if name not in ("measure", "reset", "delay")
}


def scrambled(num_qubits: int) -> QuantumCircuit:
    made, rng = QuantumCircuit(num_qubits), np.random.default_rng(2)
    for qubit in range(num_qubits):
        made.u(*rng.uniform(-3, 3, 3), qubit)
    return made


def assert_same_state(theirs: QuantumCircuit) -> None:
    values = np.random.default_rng(1).uniform(-1, 1, len(theirs.parameters))
    expected = Statevector(theirs.assign_parameters(values)).data
    found = qsetu.statevector(qsetu.from_qiskit(theirs), values, dtype="complex128")
    np.testing.assert_allclose(found, expected, atol=1e-10)


@pytest.mark.parametrize("name", GATES)
def test_every_standard_gate_with_open_angles(name):
    gate = GATES[name]
    theirs = scrambled(max(1, gate.num_qubits))
    theirs.append(gate, list(range(gate.num_qubits))[::-1])
    assert_same_state(theirs)


@pytest.mark.parametrize("name", GATES)
def test_every_standard_gate_where_another_qubit_is_zero(name):
    gate = GATES[name]
    theirs = scrambled(gate.num_qubits + 1)
    controlled = gate.control(1, ctrl_state=0, annotated=bool(gate.params))
    theirs.append(controlled, range(gate.num_qubits + 1))
    assert_same_state(theirs)


COMPOSITES = [
    library.MCXGate(4),
    library.MCXGate(3, ctrl_state=2),
    library.MCPhaseGate(0.3, 3),
    library.PhaseGate(0.2).control(3, ctrl_state=5),
    library.CUGate(0.1, 0.2, 0.3, 0.4).control(1, annotated=False),
    library.RYGate(0.4).control(2).control(1),
    library.PauliGate("XYZ"),
    library.DiagonalGate([1, -1, 1j, 1]),
    library.PermutationGate([2, 0, 3, 1]),
    library.StatePreparation([0.6, 0, 0.8j, 0]),
    library.UCRYGate([0.1, 0.2]),
    library.QFTGate(3),
    library.UnitaryGate(Operator(scrambled(2))).control(1),
    library.RVGate(0.1, 0.2, 0.3),
    library.HamiltonianGate(np.array([[1, 0.2], [0.2, -1]]), 0.3),
    library.PauliEvolutionGate(SparsePauliOp(["XYZ", "ZZI"], [0.3, 0.4]), 0.7),
    library.LinearFunction([[1, 1], [0, 1]]),
    QuantumCircuit(2, global_phase=0.4).to_gate(label="phase").control(1),
    AnnotatedOperation(library.SGate(), [InverseModifier(), ControlModifier(2, 1), PowerModifier(3)]),
    AnnotatedOperation(
        library.RXGate(0.2), [ControlModifier(1, 0), InverseModifier(), ControlModifier(2, 2)]
    ),
    AnnotatedOperation(library.TGate(), [PowerModifier(-3)]),
]


# Qiskit's own matrix of a Pauli evolution, which is the oracle here, is sparse in an order SciPy minds.
@pytest.mark.filterwarnings("ignore::scipy.sparse.SparseEfficiencyWarning:scipy")
@pytest.mark.parametrize("gate", COMPOSITES, ids=lambda gate: gate.name)
def test_composite_and_annotated_gates(gate):
    theirs = scrambled(gate.num_qubits + 1)
    theirs.append(gate, list(range(gate.num_qubits))[::-1])
    assert_same_state(theirs)


def circuits_of_the_library():
    yield library.zz_feature_map(4, reps=2)
    yield library.pauli_feature_map(3, paulis=["X", "ZY", "ZZZ"])
    yield library.real_amplitudes(4)
    yield library.efficient_su2(3)
    yield library.n_local(3, ["ry", "rz"], "crx")
    yield library.excitation_preserving(3)
    yield library.qaoa_ansatz(SparsePauliOp(["ZZI", "IZZ", "IIX"]), reps=2)
    prepared = QuantumCircuit(2)
    prepared.initialize([0.6, 0, 0.8j, 0])
    yield prepared


@pytest.mark.parametrize("theirs", list(circuits_of_the_library()), ids=lambda circuit: circuit.name)
def test_circuits_of_the_library(theirs):
    assert_same_state(theirs)


def test_expressions_of_parameters_and_their_gradients():
    a, b = Parameter("a"), Parameter("b")
    third = 1 / 3 * a + 1e-20 * b
    angles = [
        a * b, (a - b) * (2 - a), a.sin() * b.cos(), (a + 2).log(), (a * b).exp(), (a / 3).arcsin(),
        (b / 3).arccos(), a.arctan(), a.tan(), abs(a), a.sign() * b, a**2, (a + 2) ** b, 2**a, a / (b + 3),
        3 / (a + 2), 1 - a, -a / 2, (a + b) - (b - 2 * a) * (1 - a), third, (a * b).conjugate(),
    ]  # fmt: skip
    theirs = QuantumCircuit(2, global_phase=a * b)
    theirs.h([0, 1])
    for angle in angles:
        theirs.rx(angle, 0)
        theirs.cp(angle, 0, 1)
        theirs.u(angle, a, b, 1)
    assert_same_state(theirs)
    circuit = qsetu.from_qiskit(theirs)
    values, step = np.array([0.4, -0.7]), 1e-6
    _, gradient = qsetu.value_and_grad(circuit, "Z0 X1", values, dtype="complex128")
    observable = SparsePauliOp("XZ")
    for slot in range(2):
        ends = (values + sign * step * np.eye(2)[slot] for sign in (1, -1))
        up, down = (
            Statevector(theirs.assign_parameters(end)).expectation_value(observable).real for end in ends
        )
        assert gradient[slot] == pytest.approx((up - down) / (2 * step), abs=1e-6)


def test_parameters_keep_qiskits_order():
    x, y = ParameterVector("x", 12), Parameter("w")
    theirs = QuantumCircuit(1)
    for angle in (x[11], x[2], y, x[0]):
        theirs.rx(angle, 0)
    slots = [op.angles[0].terms[0][0] for op in qsetu.from_qiskit(theirs)]
    assert slots == [list(theirs.parameters).index(angle) for angle in (x[11], x[2], y, x[0])]


@pytest.mark.parametrize("seed", range(20))
def test_there_and_back(seed):
    circuit = random_circuit(1 + seed % 5, 15, seed)
    params = random_params(circuit, 1, seed)[0]
    theirs = qsetu.to_qiskit(circuit)
    used = [parameter.index for parameter in theirs.parameters]  # Qiskit keeps no slot that no gate uses
    found = qsetu.statevector(qsetu.from_qiskit(theirs), params[used], dtype="complex128")
    np.testing.assert_allclose(found, qsetu.statevector(circuit, params, dtype="complex128"), atol=1e-10)


@pytest.mark.parametrize("seed", range(10))
def test_measured_circuits_there_and_back(seed):
    circuit = random_measured(seed, depth=8)
    values = np.array([0.3, -1.2])[: circuit.num_params]
    back = qsetu.from_qiskit(qsetu.to_qiskit(circuit.bind(values)))
    np.testing.assert_allclose(distribution(back), distribution(circuit, values), atol=1e-12)


def dynamic() -> QuantumCircuit:
    """Every kind of control flow that we follow."""
    a, b = ClassicalRegister(2, "a"), ClassicalRegister(2, "b")
    made = QuantumCircuit(QuantumRegister(3, "q"), a, b)
    made.ry(0.9, [0, 1, 2])
    made.measure([0, 1], a)
    with made.switch(a) as case:
        with case(0):
            made.x(2)
        with case(1, 2):
            made.ry(0.7, 2)
        with case(case.DEFAULT):
            made.h(2)
    made.reset(0)
    made.ry(1.1, 0)
    made.measure(0, b[0])
    with made.if_test(expr.logic_or(expr.equal(a, 3), expr.logic_not(b[0]))) as otherwise:
        angle = Parameter("angle")
        with made.for_loop((1, 3), angle):
            made.rx(0.3 * angle, 2)
            made.t(2)
    with otherwise:
        made.h(2)
        with made.if_test((b[0], 1)):
            made.ry(0.3, 1)
    with made.if_test(expr.less(expr.bit_xor(a, 1), b)):
        made.x(1)
    with made.if_test((a, 2)):
        made.h(1)
    made.measure(2, b[1])
    made.measure(1, a[0])
    return made


def test_control_flow_equals_aers():
    aer = pytest.importorskip("qiskit_aer")
    theirs, shots = dynamic(), 40_000
    ran = aer.AerSimulator(seed_simulator=3).run(theirs, shots=shots).result()
    counts = {int(bits.replace(" ", ""), 2): n for bits, n in ran.get_counts().items()}
    samples = np.repeat(list(counts), list(counts.values()))
    circuit = qsetu.from_qiskit(theirs)
    exact = distribution(circuit)
    assert far(samples, exact) < 4
    assert far(qsetu.sample(circuit, shots=shots, seed=4), exact) < 4
    assert circuit.registers == (("a", (0, 1)), ("b", (2, 3)))
    again = qsetu.from_qiskit(qsetu.to_qiskit(circuit))
    assert again.registers == circuit.registers
    np.testing.assert_allclose(distribution(again), exact, atol=1e-12)


def test_classical_expressions_are_evaluated_in_the_bits_that_their_types_have():
    a, b = ClassicalRegister(3, "a"), ClassicalRegister(2, "b")
    wide = expr.lift(a).type
    conditions = {
        lambda a, b: (~a & 7) == 5: expr.equal(expr.bit_not(a), 5),
        lambda a, b: (a << 1 & 7) > b: expr.greater(expr.shift_left(a, 1), expr.cast(b, wide)),
        lambda a, b: a >> 1 <= b: expr.less_equal(expr.shift_right(a, 1), expr.cast(b, wide)),
        lambda a, b: bool(a & 4): expr.index(a, 2),
        lambda a, b: bool(a) and b != 1: expr.logic_and(
            expr.cast(a, expr.lift(True).type), expr.logic_not(expr.equal(b, 1))
        ),
        lambda a, b: (a ^ 3 | 4) != 7 or b >= 2: expr.logic_or(
            expr.not_equal(expr.bit_or(expr.bit_xor(a, 3), 4), 7), expr.greater_equal(b, 2)
        ),
        lambda a, b: (a + 3 & 7) * 1 == (a - 5 & 7): expr.equal(expr.add(a, 3), expr.sub(a, 5)),
    }
    for holds, condition in conditions.items():
        made = QuantumCircuit(QuantumRegister(1), a, b)
        with made.if_test(condition):
            made.x(0)
        (found,) = qsetu.from_qiskit(made)
        for number in range(32):
            bits = [number >> c & 1 for c in found.condition.clbits]
            index = sum(bit << i for i, bit in enumerate(bits))
            assert (index in found.condition.values) == bool(holds(number & 7, number >> 3)), condition


def test_measurements_and_barriers_are_kept():
    theirs = QuantumCircuit(2, 2)
    theirs.h(0)
    theirs.barrier()
    theirs.cx(0, 1)
    theirs.delay(5, 0)
    theirs.measure([0, 1], [1, 0])
    circuit = qsetu.from_qiskit(theirs)
    assert circuit == MeasuredCircuit(
        2,
        2,
        (*Circuit(2).h(0), Barrier((0, 1)), *Circuit(2).cx(0, 1).id(0), Measure(0, 1), Measure(1, 0)),
        (("c", (0, 1)),),
    )
    assert [item.name for item in qsetu.to_qiskit(circuit)] == ["h", "barrier", "cx", "id", *["measure"] * 2]
    assert isinstance(qsetu.from_qiskit(QuantumCircuit(2)), Circuit)


def test_conditions_on_any_set_of_numbers_are_written():
    flip = (Operation("x", (1,)),)
    for values in ((), (1, 2), (0, 3), (5,)):
        items = (
            *Circuit(2).ry(0.8, 0),
            Measure(0, 0),
            If(Condition((0, 1), frozenset(values)), flip),
            Measure(1, 2),
        )
        circuit = MeasuredCircuit(2, 3, items)
        back = qsetu.from_qiskit(qsetu.to_qiskit(circuit))
        np.testing.assert_allclose(distribution(back), distribution(circuit), atol=1e-12)


def test_all_that_cannot_be_simulated_is_named():
    theirs = QuantumCircuit(12, 1)
    with theirs.while_loop((theirs.clbits[0], 0)):
        theirs.measure(0, 0)
    theirs.append(qiskit.circuit.Instruction("pulse", 1, 0, []), [0])
    theirs.append(AnnotatedOperation(library.TGate(), [PowerModifier(0.5)]), [0])
    held = theirs.add_var("held", expr.lift(False))
    with theirs.if_test(held):
        theirs.x(0)
    with pytest.raises(qsetu.QsetuError) as error:
        qsetu.from_qiskit(theirs)
    for name in ("while_loop", "pulse", "t to the power 0.5", "variable 'held'"):
        assert name in str(error.value)
    with pytest.raises(qsetu.QsetuError, match="QuantumCircuit"):
        qsetu.from_qiskit("OPENQASM 2.0;")
    with pytest.raises(qsetu.QsetuError, match="Circuit"):
        qsetu.to_qiskit("h 0")
    endless = QuantumCircuit(1)
    with endless.for_loop(range(10**9)):
        endless.x(0)
    with pytest.raises(qsetu.QsetuError, match="10,000,000"):
        qsetu.from_qiskit(endless)
    looped = QuantumCircuit(1)
    imaginary = Parameter("i")
    looped.rx(imaginary * 1j, 0)
    with pytest.raises(qsetu.QsetuError, match="real"):
        qsetu.from_qiskit(looped)
