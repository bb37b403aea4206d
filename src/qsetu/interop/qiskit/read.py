"""From Qiskit's circuits to ours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import qiskit.circuit.library
from qiskit import QuantumCircuit
from qiskit.circuit import (
    AnnotatedOperation,
    ControlledGate,
    ControlModifier,
    InverseModifier,
    Parameter,
    PowerModifier,
    controlflow,
)
from qiskit.circuit import (
    Operation as QiskitOperation,
)

from qsetu.circuits import (
    ALIASES,
    GATES,
    Affine,
    Barrier,
    Circuit,
    Condition,
    If,
    Measure,
    MeasuredCircuit,
    Operation,
    Reset,
    param,
)
from qsetu.circuits.circuit import MAX_OPERATIONS
from qsetu.circuits.measured import Instruction
from qsetu.circuits.operation import UnitaryMatrix
from qsetu.core.errors import ArgumentError, Said
from qsetu.interop.qiskit.conditions import Unreadable, as_condition, tabulate
from qsetu.interop.qiskit.expressions import as_angle

__all__ = ["from_qiskit"]

# A gate without a definition is taken by its matrix, if that is not wider than this.
MAX_MATRIX_QUBITS = 10


def from_qiskit(circuit: QuantumCircuit) -> Circuit | MeasuredCircuit:
    """A circuit of Qiskit's as one of ours: qubit i stays qubit i, and no phase is lost.

    Library gates, composite and annotated gates are taken apart; parameter slots are numbered in the order of
    ``circuit.parameters``. An expression that is not affine in parameters is evaluated, with its derivatives,
    whenever the circuit runs. A delay becomes an identity gate; loops are written out.

    Args:
        circuit: The circuit, bound or not.

    Returns:
        A :class:`qsetu.Circuit`; where there are measurements, resets, conditions or barriers, a
        :class:`qsetu.MeasuredCircuit`, which every function of the door takes as well, if all
        measurements come last.

    Raises:
        ArgumentError: Not a circuit; or it holds what cannot be simulated: all of it is listed by name.

    Example:
        >>> from qiskit.circuit import Parameter, QuantumCircuit
        >>> import qsetu
        >>> angle, theirs = Parameter("angle"), QuantumCircuit(2)
        >>> _ = theirs.h(0), theirs.crx(angle**2, 0, 1)
        >>> qsetu.from_qiskit(theirs)
        Circuit(2).h(0).rx(param(0) ** (2.0), 1, controls=[0])
    """
    if not isinstance(circuit, QuantumCircuit):
        hint = "OpenQASM text is read by qsetu.from_qasm."
        raise ArgumentError("circuit", "must be a qiskit QuantumCircuit", circuit, hint)
    slots = {parameter: param(i) for i, parameter in enumerate(circuit.parameters)}
    reader = _Reader(slots)
    places = _Places(
        {qubit: i for i, qubit in enumerate(circuit.qubits)}, {bit: i for i, bit in enumerate(circuit.clbits)}
    )
    found = list(reader.circuit(circuit, places, ()))
    if reader.unsupported:
        names = ", ".join(reader.unsupported)
        hint = "Remove these, or rewrite them with gates, measurements, resets and conditions on bits."
        raise ArgumentError("circuit", "must hold what a statevector can follow", Said(names), hint)
    if circuit.clbits or any(not isinstance(item, Operation) for item in found):
        registers = tuple(
            (register.name, tuple(places.clbits[bit] for bit in register)) for register in circuit.cregs
        )
        return MeasuredCircuit(circuit.num_qubits, circuit.num_clbits, tuple(found), registers)
    return Circuit.from_operations(circuit.num_qubits, (op for op in found if isinstance(op, Operation)))


class _Places(NamedTuple):
    """What bits of a circuit, or of a part of it, are in the whole."""

    qubits: Mapping[Any, int]
    clbits: Mapping[Any, int]


class _Reader:
    """Reads circuits; what it cannot read it lists."""

    def __init__(self, slots: Mapping[Parameter, Affine]) -> None:
        self.slots = dict(slots)
        self.unsupported: dict[str, None] = {}
        self.left = MAX_OPERATIONS

    def circuit(
        self, circuit: QuantumCircuit, places: _Places, controls: tuple[int, ...]
    ) -> Iterator[Instruction]:
        phase = as_angle(circuit.global_phase, self.slots)
        if phase != Affine():
            yield Operation("gphase", (), (phase,), controls)
        for item in circuit.data:
            qubits = [places.qubits[qubit] for qubit in item.qubits]
            clbits = [places.clbits[bit] for bit in item.clbits]
            yield from self.instruction(item.operation, qubits, clbits, controls, places)

    def instruction(
        self,
        given: QiskitOperation,
        qubits: list[int],
        clbits: list[int],
        controls: tuple[int, ...],
        places: _Places,
    ) -> Iterator[Instruction]:
        self.spend(1)
        match given.name:
            case "barrier":
                yield Barrier(tuple(qubits))
            case "measure":
                yield Measure(qubits[0], clbits[0])
            case "reset":
                yield from (Reset(qubit) for qubit in qubits)
            case "delay":
                yield from (Operation("id", (qubit,)) for qubit in qubits)
            case _ if isinstance(given, controlflow.ControlFlowOp):
                yield from self.control_flow(given, qubits, clbits, places)
            case _:
                yield from self.gate(given, qubits, clbits, controls, places)

    def spend(self, operations: int) -> None:
        self.left -= operations
        if self.left < 0:
            raise ArgumentError("circuit", f"must hold at most {MAX_OPERATIONS:,} operations", Said("more"))

    # -- gates ----------------------------------------------------------------------------------

    def gate(
        self,
        given: QiskitOperation,
        qubits: list[int],
        clbits: list[int],
        controls: tuple[int, ...],
        places: _Places,
    ) -> Iterator[Instruction]:
        name = _name_of(given)
        if name is not None:
            width = GATES[name].num_qubits
            split = len(qubits) - width
            angles = tuple(as_angle(value, self.slots) for value in given.params)
            if name == "u" and len(angles) == 4:  # so Qiskit writes the inside of a CU under more controls
                *angles_of_u, gamma = angles
                yield Operation("gphase", (), (gamma,), controls)
                angles = tuple(angles_of_u)
            yield from self.under(
                Operation(name, tuple(qubits[split:]), angles, (*qubits[:split], *controls)), given, qubits
            )
        elif type(given) in _RENAMED:
            name, fill = _RENAMED[type(given)]
            angles = tuple(as_angle(value, self.slots) for value in fill(given.params))
            yield Operation(name, tuple(qubits), angles, controls)
        elif isinstance(given, AnnotatedOperation):
            yield from self.annotated(given, qubits, controls)
        elif isinstance(given, ControlledGate):
            count = given.num_ctrl_qubits
            inner = list(self.gate(given.base_gate, qubits[count:], [], (*qubits[:count], *controls), places))
            yield from self.opened(inner, given, qubits)
        elif isinstance(given, qiskit.circuit.library.PermutationGate):
            yield from (Operation("swap", pair, (), controls) for pair in _swaps(given.pattern, qubits))
        elif given.name == "unitary" and len(given.params) == 1 and len(qubits) <= MAX_MATRIX_QUBITS:
            matrix = UnitaryMatrix(given.params[0], len(qubits))
            yield Operation("unitary", tuple(qubits), (), controls, matrix)
        else:
            yield from self.composite(given, qubits, clbits, controls)

    def under(self, made: Operation, given: QiskitOperation, qubits: list[int]) -> Iterator[Instruction]:
        if isinstance(given, ControlledGate):
            yield from self.opened([made], given, qubits)
        else:
            yield made

    def opened(
        self, inner: list[Instruction], given: ControlledGate, qubits: list[int]
    ) -> Iterator[Instruction]:
        """``inner`` between flips of the qubits that must be 0."""
        flips = [
            Operation("x", (qubits[i],))
            for i in range(given.num_ctrl_qubits)
            if not int(given.ctrl_state) >> i & 1
        ]
        yield from flips
        yield from inner
        yield from flips

    def composite(
        self, given: QiskitOperation, qubits: list[int], clbits: list[int], controls: tuple[int, ...]
    ) -> Iterator[Instruction]:
        definition = getattr(given, "definition", None)
        if definition is not None:
            inner = _Places(
                dict(zip(definition.qubits, qubits, strict=True)),
                dict(zip(definition.clbits, clbits, strict=True)),
            )
            yield from self.circuit(definition, inner, controls)
            return
        matrix = self.matrix(given, len(qubits))
        if matrix is None:
            self.refuse(given)
        else:
            yield Operation("unitary", tuple(qubits), (), controls, matrix)

    def matrix(self, given: QiskitOperation, width: int) -> UnitaryMatrix | None:
        if not 1 <= width <= MAX_MATRIX_QUBITS or not hasattr(given, "to_matrix"):
            return None
        try:
            return UnitaryMatrix(np.asarray(given.to_matrix()), width)
        except (qiskit.QiskitError, TypeError, ArgumentError):  # no matrix, an open angle, not unitary
            return None

    def annotated(
        self, given: AnnotatedOperation, qubits: list[int], controls: tuple[int, ...]
    ) -> Iterator[Instruction]:
        count = given.num_qubits - given.base_op.num_qubits
        inner = self.alone(given.base_op, qubits[count:])
        rest = qubits[:count]  # controls of the last modifier come first
        for modifier in given.modifiers:
            match modifier:
                case InverseModifier():
                    inner = [op.inverse() for op in reversed(inner)]
                case PowerModifier():
                    times = modifier.power
                    if times != math.floor(times):
                        self.refuse(given, f"{given.base_op.name} to the power {times}")
                        return
                    base = inner if times >= 0 else [op.inverse() for op in reversed(inner)]
                    self.spend(len(base) * int(abs(times)))
                    inner = base * int(abs(times))
                case ControlModifier():
                    mine, rest = (
                        rest[len(rest) - modifier.num_ctrl_qubits :],
                        rest[: -modifier.num_ctrl_qubits],
                    )
                    flips = [
                        Operation("x", (q,)) for i, q in enumerate(mine) if not modifier.ctrl_state >> i & 1
                    ]
                    inner = [
                        Operation(op.gate, op.qubits, op.angles, (*op.controls, *mine), op.unitary)
                        for op in inner
                    ]
                    inner = [*flips, *inner, *flips]
        yield from (
            Operation(op.gate, op.qubits, op.angles, (*op.controls, *controls), op.unitary) for op in inner
        )

    def alone(self, given: QiskitOperation, qubits: list[int]) -> list[Operation]:
        """A gate as operations, for what is done to it as a whole."""
        found = list(self.gate(given, qubits, [], (), _Places({}, {})))
        if not all(isinstance(item, Operation) for item in found):
            self.refuse(given)
        return [item for item in found if isinstance(item, Operation)]

    def refuse(self, given: QiskitOperation, what: str = "") -> None:
        self.unsupported[what or given.name] = None

    # -- control flow ---------------------------------------------------------------------------

    def control_flow(
        self, given: Any, qubits: list[int], clbits: list[int], places: _Places
    ) -> Iterator[Instruction]:
        def body(block: QuantumCircuit) -> tuple[Instruction, ...]:
            inner = _Places(
                dict(zip(block.qubits, qubits, strict=True)),
                dict(zip(block.clbits, clbits, strict=True)),
            )
            return tuple(self.circuit(block, inner, ()))

        try:
            match given:
                case controlflow.IfElseOp():
                    condition = as_condition(given.condition, places.clbits)
                    then, *otherwise = [body(block) for block in given.blocks]
                    yield If(condition, then, otherwise[0] if otherwise else ())
                case controlflow.SwitchCaseOp():
                    yield from self.switch(given, body, places)
                case controlflow.ForLoopOp():
                    yield from self.loop(given, body)
                case controlflow.BoxOp():
                    yield from body(given.blocks[0])
                case _:
                    self.refuse(given)
        except Unreadable as why:
            self.refuse(given, f"{given.name} with {why}")

    def switch(self, given: Any, body: Any, places: _Places) -> Iterator[Instruction]:
        bits, table = tabulate(given.target, places.clbits)
        chain: list[tuple[frozenset[int], tuple[Instruction, ...]]] = []
        for cases, block in given.cases_specifier():
            mine = table if controlflow.CASE_DEFAULT in cases else [int(case) for case in cases]
            where = frozenset(index for index, value in enumerate(table) if value in mine)
            chain.append((where, body(block)))
        made: tuple[Instruction, ...] = ()
        for where, block in reversed(chain):
            made = (If(Condition(bits, where), block, made),)
        yield from made

    def loop(self, given: Any, body: Any) -> Iterator[Instruction]:
        indices, parameter, block = given.params
        self.spend(len(indices) * len(block.data))  # before it takes long
        for index in indices:
            if parameter is not None:
                self.slots[parameter] = Affine(float(index))
            yield from body(block)


def _swaps(pattern: Sequence[int], qubits: list[int]) -> Iterator[tuple[int, int]]:
    """Exchanges after which qubit i is in the state that qubit ``pattern[i]`` was in."""
    now = list(range(len(qubits)))
    for place, wanted in enumerate(map(int, pattern)):
        at = now.index(wanted)
        if at != place:
            now[place], now[at] = now[at], now[place]
            yield qubits[place], qubits[at]


def _half_pi(params: Sequence[Any]) -> list[Any]:
    return [np.pi / 2, *params]


# What Qiskit has a class for and we another name.
_RENAMED: dict[type, tuple[str, Any]] = {
    qiskit.circuit.library.U1Gate: ("p", list),
    qiskit.circuit.library.U2Gate: ("u", _half_pi),
    qiskit.circuit.library.U3Gate: ("u", list),
}


@cache
def _names() -> dict[type, str]:
    """Our gate by Qiskit's class, controlled forms among them."""
    found = {gate.qiskit: gate.name for gate in GATES.values() if gate.qiskit}
    found.update({alias.qiskit: alias.gate for alias in ALIASES.values() if alias.qiskit})
    return {getattr(qiskit.circuit.library, name): gate for name, gate in found.items()}


def _name_of(given: QiskitOperation) -> str | None:
    return _names().get(getattr(given, "base_class", type(given)))
