"""From our circuits to Qiskit's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import ClassicalRegister, ParameterVector, QuantumRegister
from qiskit.circuit.classical import expr

from qsetu.circuits import Barrier, Circuit, Condition, If, Measure, MeasuredCircuit, Operation, Reset
from qsetu.circuits.measured import Instruction
from qsetu.core.errors import ArgumentError
from qsetu.qiskit_circuit import append_operation, as_qiskit

__all__ = ["to_qiskit"]


def to_qiskit(circuit: Circuit | MeasuredCircuit) -> QuantumCircuit:
    """A circuit of ours as one of Qiskit's: qubit i stays qubit i, and no phase is lost.

    Slot i becomes element i of a :class:`~qiskit.circuit.ParameterVector` called ``p``, and angles become
    expressions of them, so gradients of Qiskit's work too. What Qiskit has no controlled form of, as long as
    an angle is open, is written as several gates.

    Args:
        circuit: The circuit.

    Returns:
        A circuit of Qiskit's standard gates. :func:`from_qiskit` reads it back.

    Raises:
        ArgumentError: Not a circuit.

    Example:
        >>> import qsetu
        >>> theirs = qsetu.to_qiskit(qsetu.Circuit(2).h(0).ry(2 * qsetu.param(0), 1, controls=[0]))
        >>> [(item.name, [str(angle) for angle in item.params]) for item in theirs]
        [('h', []), ('cry', ['2*p[0]'])]
    """
    if isinstance(circuit, Circuit):
        return as_qiskit(circuit)
    if not isinstance(circuit, MeasuredCircuit):
        raise ArgumentError("circuit", "must be a qsetu Circuit or MeasuredCircuit", circuit)
    made = QuantumCircuit(QuantumRegister(circuit.num_qubits, "q"), *_registers(circuit))
    slots = ParameterVector("p", circuit.num_params)
    _append(made, circuit.instructions, slots)
    return made


def _registers(circuit: MeasuredCircuit) -> list[Any]:
    """Classical registers as they were, if each bit is in one of them; else one for all."""
    order = [bit for _, bits in circuit.registers for bit in bits]
    if order == list(range(circuit.num_clbits)):
        return [ClassicalRegister(len(bits), name) for name, bits in circuit.registers]
    return [ClassicalRegister(circuit.num_clbits, "c")]


def _append(made: QuantumCircuit, instructions: Sequence[Instruction], slots: ParameterVector) -> None:
    for item in instructions:
        match item:
            case Operation():
                append_operation(made, item, slots)
            case Measure(qubit, clbit):
                made.measure(qubit, clbit)
            case Reset(qubit):
                made.reset(qubit)
            case Barrier(qubits):
                made.barrier(*qubits)
            case If(condition, then, otherwise):
                with made.if_test(_condition(made, condition)) as else_:
                    _append(made, then, slots)
                if otherwise:
                    with else_:
                        _append(made, otherwise, slots)


def _condition(made: QuantumCircuit, condition: Condition) -> Any:
    bits = [made.clbits[c] for c in condition.clbits]
    if len(condition.values) == 1:
        (value,) = condition.values
        if len(bits) == 1:
            return (bits[0], value)
        register = next((r for r in made.cregs if list(r) == bits), None)
        if register is not None:
            return (register, value)
    terms = [_equals(bits, value) for value in sorted(condition.values)]
    if not terms:
        return expr.lift(False)
    total = terms[0]
    for term in terms[1:]:
        total = expr.logic_or(total, term)
    return total


def _equals(bits: list[Any], value: int) -> Any:
    if value >> len(bits):
        return expr.lift(False)
    tests = [bit if value >> i & 1 else expr.logic_not(bit) for i, bit in enumerate(bits)]
    total = expr.lift(tests[0]) if tests else expr.lift(True)
    for test in tests[1:]:
        total = expr.logic_and(total, test)
    return total
