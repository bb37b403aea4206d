"""Circuits as OpenQASM 2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from qsetu.circuits import Affine, Circuit, Condition, If, Measure, MeasuredCircuit, Operation, Reset
from qsetu.circuits.measured import Instruction
from qsetu.circuits.nonlinear import Nonlinear
from qsetu.core.errors import ArgumentError, Said
from qsetu.interop.openqasm.numbers import number
from qsetu.interop.openqasm.registers import classical_registers, free_name
from qsetu.interop.openqasm.synthesis import synthesize
from qsetu.qiskit_circuit import as_qiskit

__all__ = ["write"]

# By gate and number of controls: names of the original qelib1.inc, then those of later ones.
_NAMES = {
    **{(name, 0): name for name in ("id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "rx", "ry", "rz")},
    **{(name, 1): f"c{name}" for name in ("x", "y", "z", "h", "rz")},
    ("p", 0): "u1",
    ("u", 0): "u3",
    ("p", 1): "cu1",
    ("x", 2): "ccx",
    **{(name, 0): name for name in ("sx", "sxdg", "swap", "rxx", "rzz")},
    **{(name, 1): f"c{name}" for name in ("rx", "ry", "swap")},
}
# A register's numbers that a condition may be spelled out for.
MAX_VALUES = 64


def write(circuit: Circuit | MeasuredCircuit) -> str:
    """The text of a circuit.

    Raises:
        ArgumentError: Open parameters, or a condition that OpenQASM 2 has no words for.
    """
    if circuit.num_params:
        given = Said(f"{circuit.num_params} open parameter(s)")
        hint = "Bind them first (circuit.bind), or write version 3."
        raise ArgumentError("circuit", "must have no open parameters for OpenQASM 2", given, hint)
    if not circuit.num_qubits:
        hint = "Write version 3."
        raise ArgumentError("circuit", "must have a qubit for OpenQASM 2", Said("0 qubits"), hint)
    return _Writer(circuit).text()


class _Writer:
    def __init__(self, circuit: Circuit | MeasuredCircuit) -> None:
        self.circuit = circuit
        self.phase = 0.0
        taken = {*_NAMES.values(), *_LATER}
        self.bits = classical_registers(circuit, {*taken, "q"})
        self.qubits = free_name("q", {*taken, *(name for name, _ in self.bits)})
        self.places = {bit: (name, position) for name, bits in self.bits for position, bit in enumerate(bits)}
        self.known: dict[Operation, list[Operation]] = {}

    def text(self) -> str:
        body = list(self.lines(self.circuit))
        head = ["OPENQASM 2.0;", 'include "qelib1.inc";']
        head.append(f"qreg {self.qubits}[{self.circuit.num_qubits}];")
        head += [f"creg {name}[{len(bits)}];" for name, bits in self.bits]
        return "\n".join([*head, *body, *self.phase_lines(), ""])

    def lines(self, instructions: Iterable[Instruction]) -> Iterator[str]:
        for item in instructions:
            match item:
                case Operation():
                    yield from self.gate(item)
                case Measure(qubit, clbit):
                    name, position = self.places[clbit]
                    yield f"measure {self.qubit(qubit)} -> {name}[{position}];"
                case Reset(qubit):
                    yield f"reset {self.qubit(qubit)};"
                case If():
                    yield from self.branch(item)
                case _:
                    if item.qubits:
                        yield f"barrier {', '.join(map(self.qubit, item.qubits))};"

    def qubit(self, index: int) -> str:
        return f"{self.qubits}[{index}]"

    def phase_lines(self) -> Iterator[str]:
        if self.phase:
            first = self.qubit(0)
            yield f"u1({number(2 * self.phase)}) {first};"
            yield f"rz({number(-2 * self.phase)}) {first};"
        self.phase = 0.0

    # -- gates -----------------------------------------------------------------------------------

    def gate(self, op: Operation) -> Iterator[str]:
        name = _NAMES.get((op.gate, len(op.controls)))
        if op.gate == "gphase" and not op.controls:
            self.phase += _number(op.angles[0])
        elif name is not None:
            angles = ",".join(number(_number(one)) for one in op.angles)
            text = name + (f"({angles})" if angles else "")
            yield f"{text} {','.join(map(self.qubit, [*op.controls, *op.qubits]))};"
        else:
            for part in self.parts(op):
                yield from self.gate(part)

    def parts(self, op: Operation) -> Sequence[Operation]:
        """An operation that has no name here as several that have, or come closer."""
        if op.unitary is not None:
            made = synthesize(op.unitary.array, op.qubits)
            return [Operation(one.gate, one.qubits, one.angles, one.controls + op.controls) for one in made]
        if op.gate == "gphase":
            *controls, last = op.controls
            return [Operation("p", (last,), op.angles, tuple(controls))]
        if op.gate == "u" and len(op.controls) == 1:
            # Not cu3: readers differ in its phase. These three mean the same to all of them.
            theta, phi, lam = op.angles
            turns = (("p", lam), ("ry", theta), ("p", phi))
            return [Operation(gate, op.qubits, (turn,), op.controls) for gate, turn in turns]
        return self.by_qiskit(op)

    def by_qiskit(self, op: Operation) -> list[Operation]:
        from qsetu.interop.qiskit import from_qiskit

        places = [*op.controls, *op.qubits]
        count = len(op.controls)
        local = Operation(op.gate, tuple(range(count, len(places))), op.angles, tuple(range(count)))
        if local not in self.known:
            theirs = as_qiskit(Circuit.from_operations(len(places), (local,)))
            # By definitions: transpile of Qiskit 2.6 makes something else of some gates under three controls.
            while unknown := {item.operation.name for item in theirs.data} - _READ:
                theirs = theirs.decompose(gates_to_decompose=list(unknown))
            read = from_qiskit(theirs)
            self.known[local] = [item for item in read if isinstance(item, Operation)]
        return [
            Operation(
                one.gate,
                tuple(places[q] for q in one.qubits),
                one.angles,
                tuple(places[q] for q in one.controls),
            )
            for one in self.known[local]
        ]

    # -- conditions ------------------------------------------------------------------------------

    def branch(self, item: If) -> Iterator[str]:
        """One line for each instruction and each number of the register for which it is done."""
        name, numbers = self.register(item.condition)
        inside = (*item.then, *item.otherwise)
        if any(isinstance(one, If) for one in inside):
            raise _refused("a condition within a condition")
        for one in inside:
            if isinstance(one, Measure) and self.places[one.clbit][0] == name:
                raise _refused(f"a measurement into register '{name}' under a condition on it")
        width = len(dict(self.bits)[name])
        others = () if not item.otherwise else [n for n in range(2**width) if n not in numbers]
        if len(others) > MAX_VALUES:
            raise _refused(f"'else' of a condition on {width} bits")
        before, self.phase = self.phase, 0.0
        for wanted, body in ((sorted(numbers), item.then), (others, item.otherwise)):
            made = [*self.lines(body), *self.phase_lines()]
            for value in wanted:
                yield from (
                    f"if ({name} == {value}) {line}" for line in made if not line.startswith("barrier")
                )
        self.phase = before

    def register(self, condition: Condition) -> tuple[str, set[int]]:
        """The one register that a condition looks at, and the numbers in it for which it holds."""
        names = {self.places[bit][0] for bit in condition.clbits}
        if len(names) != 1:
            raise _refused("a condition on bits of several registers")
        (name,) = names
        bits = dict(self.bits)[name]
        if bits == condition.clbits:
            found = {value for value in condition.values if 0 <= value < 2 ** len(bits)}
        elif 2 ** len(bits) <= MAX_VALUES:
            places = [self.places[bit][1] for bit in condition.clbits]
            found = {
                value
                for value in range(2 ** len(bits))
                if sum((value >> p & 1) << i for i, p in enumerate(places)) in condition.values
            }
        else:
            raise _refused(f"a condition on part of a register of {len(bits)} bits")
        if len(found) > MAX_VALUES:
            raise _refused(f"a condition that holds for {len(found)} numbers")
        return name, found


def _number(angle: Affine | Nonlinear) -> float:
    assert isinstance(angle, Affine)  # without open parameters an angle is a number
    return angle.constant


def _refused(what: str) -> ArgumentError:
    hint = "Write version 3."
    return ArgumentError("circuit", "must hold what OpenQASM 2 can say", Said(what), hint)


# Qiskit's names of gates that have one here, too.
_READ = {*_NAMES.values(), "p", "u", "cp"} - {"u1", "u3", "cu1"}
_LATER = {"u0", "u", "p", "cp", "csx", "cu", "cu3", "u2", "rccx", "rc3x", "c3x", "c3sqrtx", "c4x", "delay"}
