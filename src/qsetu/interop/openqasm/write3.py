"""Circuits as OpenQASM 3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from qsetu.circuits import ALIASES, GATES, Circuit, Condition, If, Measure, MeasuredCircuit, Operation, Reset
from qsetu.circuits.measured import Instruction
from qsetu.core.errors import ArgumentError, Said
from qsetu.interop.openqasm.numbers import angle
from qsetu.interop.openqasm.registers import classical_registers, free_name
from qsetu.interop.openqasm.synthesis import synthesize
from qsetu.interop.openqasm.version3.library import standard_gates

__all__ = ["write"]

# Gates that stdgates.inc lacks, each after those that it is made of. Not one uses U: readers differ in
# whether it has the phase exp(i theta/2) that the language gives it. The names of arguments are in
# alphabetical order, because there are readers that sort them.
_DEFINED = {
    "u": "gate u(t0, t1, t2) a { p(t2) a; ry(t0) a; p(t1) a; }",
    "r": "gate r(t0, t1) a { rz(-t1) a; rx(t0) a; rz(t1) a; }",
    "iswap": "gate iswap a, b { s a; s b; h a; cx a, b; cx b, a; h b; }",
    "rxx": "gate rxx(theta) a, b { h a; h b; cx a, b; rz(theta) b; cx a, b; h b; h a; }",
    "ryy": "gate ryy(theta) a, b { rx(pi/2) a; rx(pi/2) b; cx a, b; rz(theta) b; cx a, b;"
    " rx(-pi/2) b; rx(-pi/2) a; }",
    "rzz": "gate rzz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }",
    "rzx": "gate rzx(theta) a, b { h b; cx a, b; rz(theta) b; cx a, b; h b; }",
    "ecr": "gate ecr a, b { rzx(pi/4) a, b; x a; rzx(-pi/4) a, b; }",
}
_NEEDS = {"ecr": "rzx"}


def write(circuit: Circuit | MeasuredCircuit) -> str:
    """The text of a circuit.

    Raises:
        ArgumentError: A gate or an angle that OpenQASM 3 has no words for.
    """
    return _Writer(circuit).text()


class _Writer:
    def __init__(self, circuit: Circuit | MeasuredCircuit) -> None:
        self.circuit = circuit
        self.used: set[str] = set()
        taken = {*standard_gates(), *_DEFINED}
        digits = len(str(max(0, circuit.num_params - 1)))
        # Padded with zeros: readers that sort parameters by name keep their order.
        self.slots = [f"p{slot:0{digits}d}" for slot in range(circuit.num_params)]
        taken.update(self.slots)
        self.bits = classical_registers(circuit, {*taken, "q"})
        self.qubits = free_name("q", {*taken, *(name for name, _ in self.bits)})
        self.places = [f"{name}[{position}]" for name, bits in self.bits for position, _ in enumerate(bits)]

    def text(self) -> str:
        body = list(self.lines(self.circuit, ""))
        head = ["OPENQASM 3.0;", 'include "stdgates.inc";']
        wanted = self.used | {_NEEDS[name] for name in self.used if name in _NEEDS}
        head += [text for name, text in _DEFINED.items() if name in wanted]
        head += [f"input float {name};" for name in self.slots]
        if self.circuit.num_qubits:
            head.append(f"qubit[{self.circuit.num_qubits}] {self.qubits};")
        head += [f"bit[{len(bits)}] {name};" for name, bits in self.bits]
        return "\n".join([*head, *body, ""])

    def lines(self, instructions: Iterable[Instruction], indent: str) -> Iterator[str]:
        for item in instructions:
            match item:
                case Operation():
                    yield from (indent + line for line in self.gate(item))
                case Measure(qubit, clbit):
                    yield f"{indent}{self.places[clbit]} = measure {self.qubit(qubit)};"
                case Reset(qubit):
                    yield f"{indent}reset {self.qubit(qubit)};"
                case If(condition, then, otherwise):
                    yield f"{indent}if ({self.condition(condition)}) {{"
                    yield from self.lines(then, indent + "  ")
                    if otherwise:
                        yield f"{indent}}} else {{"
                        yield from self.lines(otherwise, indent + "  ")
                    yield f"{indent}}}"
                case _:
                    if item.qubits:
                        yield f"{indent}barrier {self.operands(item.qubits)};"

    def qubit(self, index: int) -> str:
        return f"{self.qubits}[{index}]"

    def operands(self, qubits: Sequence[int]) -> str:
        return ", ".join(map(self.qubit, qubits))

    # -- gates -----------------------------------------------------------------------------------

    def gate(self, op: Operation) -> Iterator[str]:
        if op.unitary is not None:
            for part in synthesize(op.unitary.array, op.qubits):
                yield from self.gate(
                    Operation(part.gate, part.qubits, part.angles, part.controls + op.controls)
                )
            return
        named = _alias(op.gate, len(op.controls)) if op.controls else None
        name = named or self.name(op.gate)
        if op.controls and not named:
            name = ("ctrl @ " if len(op.controls) == 1 else f"ctrl({len(op.controls)}) @ ") + name
        angles = ", ".join(angle(one, self.slots) for one in op.angles)
        text = name + (f"({angles})" if angles else "")
        operands = self.operands([*op.controls, *op.qubits])
        yield f"{text} {operands};" if operands else f"{text};"

    def name(self, gate: str) -> str:
        """What a gate without controls is called."""
        record = GATES[gate]
        if gate in _DEFINED:
            self.used.add(gate)
            return gate
        if record.qasm:
            return record.qasm
        if not record.num_angles and record.inverse != gate:
            return f"inv @ {self.name(record.inverse)}"
        raise ArgumentError("circuit", "must hold gates that OpenQASM 3 can say", Said(f"the gate '{gate}'"))

    # -- conditions ------------------------------------------------------------------------------

    def condition(self, condition: Condition) -> str:
        width = len(condition.clbits)
        values = sorted(value for value in condition.values if 0 <= value < 2**width)
        if not values:
            return "false"
        if len(values) == 2**width:
            return "true"
        register = next((name for name, bits in self.bits if bits == condition.clbits), None)
        if register is not None:
            return " || ".join(f"{register} == {value}" for value in values)
        return " || ".join(self.equals(condition.clbits, value) for value in values)

    def equals(self, clbits: Sequence[int], value: int) -> str:
        if len(clbits) == 1:
            return f"{self.places[clbits[0]]} == {'true' if value else 'false'}"
        tests = [
            self.places[bit] if value >> i & 1 else f"!{self.places[bit]}" for i, bit in enumerate(clbits)
        ]
        return f"({' && '.join(tests)})"


@cache
def _alias(gate: str, controls: int) -> str:
    pairs = ((alias.gate, alias.num_controls, alias.qasm) for alias in ALIASES.values())
    return next((name for of, count, name in pairs if (of, count) == (gate, controls) and name), "")
