"""Statements of OpenQASM 3, run in order: what they do to qubits and bits is written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from openqasm3 import ast

from qsetu.circuits import Barrier, Circuit, Condition, If, Measure, MeasuredCircuit, Operation, Reset, param
from qsetu.circuits.circuit import MAX_QUBITS
from qsetu.circuits.measured import MAX_CLBITS, Instruction
from qsetu.core.errors import QasmError
from qsetu.interop.openqasm.scan import MAX_OPERATIONS
from qsetu.interop.openqasm.source import Refused, Source
from qsetu.interop.openqasm.version3.conditions import condition, tabulate
from qsetu.interop.openqasm.version3.expressions import CONSTANTS, Expressions, Unsupported
from qsetu.interop.openqasm.version3.gates import Gates
from qsetu.interop.openqasm.version3.library import BUILT_IN
from qsetu.interop.openqasm.version3.values import Bits, Entry, Qubits, Scope, Word

__all__ = ["Reader"]


class _Leave(Exception):
    """``break``, ``continue`` or ``end``, on its way to what it leaves."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Reader:
    """Runs a program once, writing down the instructions of the circuit.

    Args:
        source: The text, for errors.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.expressions = Expressions(source, self.spend)
        self.gates = Gates(self.expressions, self.inside, self.spend)
        self.here: Any = (1, 1)
        self.refused: list[Refused] = []
        self.left = 3 * MAX_OPERATIONS  # steps of reading, those within definitions among them
        self.written = 0
        self.num_qubits = 0
        self.num_slots = 0
        self.num_clbits = 0
        self.registers: list[tuple[str, tuple[int, ...]]] = []
        self.is_physical: bool | None = None
        self.depth = 0  # conditions on measurements around
        self.loops: list[int] = []  # the depths at which loops began

    def program(self, program: ast.Program) -> Circuit | MeasuredCircuit:
        """The circuit of a whole program."""
        top, made = Scope(), []
        try:
            self.run(program.statements, top, made)
        except _Leave:
            pass  # "end"
        except QasmError:
            if not self.refused:
                raise
        if self.refused:
            self.source.refuse(self.refused)
        if self.num_clbits or any(not isinstance(item, Operation) for item in made):
            return MeasuredCircuit(self.num_qubits, self.num_clbits, tuple(made), tuple(self.registers))
        return Circuit.from_operations(self.num_qubits, (op for op in made if isinstance(op, Operation)))

    def run(self, statements: Iterable[Any], scope: Scope, made: list[Any]) -> None:
        """Append what ``statements`` do to ``made``."""
        for node in statements:
            self.here = node
            self.spend(node, 1)
            try:
                self.statement(node, scope, made)
            except Unsupported as error:
                self.refused.append(error.found)
                if len(self.refused) > 1000:
                    self.source.refuse(self.refused)

    def inside(self, statements: Sequence[ast.Statement], scope: Scope) -> list[Instruction]:
        """What ``statements`` do, by itself."""
        made: list[Instruction] = []
        self.run(statements, scope, made)
        return made

    def spend(self, node: Any, steps: int) -> None:
        self.left -= steps
        if self.left < 0 or steps > 2 * MAX_OPERATIONS:
            raise self.source.error(node, f"more than {MAX_OPERATIONS:,} operations")

    def statement(self, node: Any, scope: Scope, made: list[Any]) -> None:
        match node:
            case ast.QuantumGate() | ast.QuantumPhase():
                self.physical(node.qubits, scope)
                found = self.gates.call(node, scope)
                if not scope_is_gate(scope):
                    self.written += len(found)
                    if self.written > MAX_OPERATIONS:
                        raise self.source.error(node, f"more than {MAX_OPERATIONS:,} operations")
                made.extend(found)
            case ast.QuantumMeasurementStatement():
                self.measure(node, node.measure, node.target, scope, made)
            case ast.QuantumReset():
                made.extend(Reset(qubit) for qubit in self.qubits([node.qubits], scope))
            case ast.QuantumBarrier():
                made.append(Barrier(tuple(dict.fromkeys(self.qubits(node.qubits, scope)))))
            case ast.DelayInstruction():
                made.extend(Operation("id", (qubit,)) for qubit in self.qubits(node.qubits, scope))
            case ast.BranchingStatement():
                self.branch(node, scope, made)
            case ast.SwitchStatement():
                self.switch(node, scope, made)
            case ast.ForInLoop():
                self.loop(node, scope, made)
            case ast.Box(body=body) | ast.CompoundStatement(statements=body):
                self.run(body, Scope(scope), made)
            case ast.BreakStatement() | ast.ContinueStatement() | ast.EndStatement():
                self.leave(node)
            case _:
                self.declaration(node, scope, made)

    # -- declarations ----------------------------------------------------------------------------

    def declaration(self, node: Any, scope: Scope, made: list[Any]) -> None:
        match node:
            case ast.Include():
                self.gates.has_library = True
            case ast.QuantumGateDefinition():
                self.gates.define(node, scope)
            case ast.QubitDeclaration():
                self.declare_qubits(node, scope)
            case ast.IODeclaration():
                self.declare(node.identifier, scope, Entry(param(self.num_slots), "input", node.type))
                self.num_slots += 1
            case ast.ConstantDeclaration():
                value = self.expressions.value(node.init_expression, scope)
                self.known(node.init_expression, value)
                value = self.expressions.cast(node, node.type, value, scope)
                self.declare(node.identifier, scope, Entry(value, "const", node.type))
            case ast.ClassicalDeclaration(type=ast.BitType()):
                self.declare_bits(node, scope, made)
            case ast.ClassicalDeclaration():
                self.declare_variable(node, scope)
            case ast.ClassicalAssignment():
                self.assign(node, scope)
            case ast.AliasStatement():
                value = self.expressions.value(node.value, scope)
                if not isinstance(value, (Qubits, Bits)):
                    raise self.source.error(node.value, "'let' names parts of registers")
                self.declare(node.target, scope, Entry(value, "register"))
            case ast.ExpressionStatement():
                self.known(node, self.expressions.value(node.expression, scope))
            case _:
                raise self.expressions.unsupported(node, f"a statement of kind {type(node).__name__}")

    def declare(self, name: ast.Identifier, scope: Scope, entry: Entry) -> None:
        taken = name.name in scope.names or name.name in CONSTANTS or name.name in BUILT_IN
        if taken:
            raise self.source.error(name, f"'{name.name}' is declared twice")
        entry.depth = self.depth
        scope.names[name.name] = entry

    def known(self, node: Any, value: Any) -> None:
        if isinstance(value, (Bits, Word)):
            raise self.expressions.unsupported(node, "a classical value that depends on a measurement")

    def declare_qubits(self, node: ast.QubitDeclaration, scope: Scope) -> None:
        if scope.parent is not None:
            raise self.source.error(node, "qubits are declared outside of all blocks")
        if self.is_physical:
            raise self.expressions.unsupported(node, "both physical and declared qubits")
        self.is_physical = False
        count = 1 if node.size is None else self.expressions.integer(node.size, scope)
        if count < 1 or self.num_qubits + count > MAX_QUBITS:
            message = f"{self.num_qubits + count} qubits; qsetu holds 1 to {MAX_QUBITS}"
            raise self.source.error(node.size or node, message)
        found = Qubits(tuple(range(self.num_qubits, self.num_qubits + count)), node.size is None)
        self.declare(node.qubit, scope, Entry(found, "register"))
        self.num_qubits += count

    def physical(self, nodes: Iterable[Any], scope: Scope) -> None:
        """Declares qubits called ``$0``, ``$1``, ... when they are first named: they are all there are."""
        for node in nodes:
            name = getattr(node, "name", "")
            if not isinstance(name, str) or not name.startswith("$") or scope.find(name) is not None:
                continue
            if self.is_physical is False:
                raise self.expressions.unsupported(node, "both physical and declared qubits")
            self.is_physical = True
            index = int(name[1:5])
            if len(name) > 5 or index >= MAX_QUBITS:
                raise self.source.error(node, f"qubit {name}; qsetu holds {MAX_QUBITS} qubits at most")
            top = scope
            while top.parent is not None:
                top = top.parent
            for qubit in range(self.num_qubits, index + 1):
                top.names[f"${qubit}"] = Entry(Qubits((qubit,), True), "register")
            self.num_qubits = max(self.num_qubits, index + 1)

    def declare_bits(self, node: ast.ClassicalDeclaration, scope: Scope, made: list[Any]) -> None:
        size = node.type.size
        count = 1 if size is None else self.expressions.integer(size, scope)
        if count < 1 or self.num_clbits + count > MAX_CLBITS:
            message = f"{self.num_clbits + count:,} classical bits; qsetu holds 1 to {MAX_CLBITS:,}"
            raise self.source.error(size or node, message)
        found = self.new_bits(node.identifier.name, count, size is None)
        start = node.init_expression
        self.declare(node.identifier, scope, Entry(found, "register"))
        if isinstance(start, ast.QuantumMeasurement):
            self.measured(node, self.qubits([start.qubit], scope), found, made)
        elif start is not None:
            value = self.expressions.value(start, scope)
            number = value.value if isinstance(value, Word) else value
            if isinstance(number, (Bits, float)) or number != 0:
                raise self.expressions.unsupported(node, "a bit that does not start as 0")

    def new_bits(self, name: str, count: int, single: bool) -> Bits:
        indices = tuple(range(self.num_clbits, self.num_clbits + count))
        self.num_clbits += count
        taken = {known for known, _ in self.registers}
        unique, number = name, 1
        while unique in taken:
            unique, number = f"{name}_{number}", number + 1
        self.registers.append((unique, indices))
        return Bits(indices, single)

    def declare_variable(self, node: ast.ClassicalDeclaration, scope: Scope) -> None:
        value: Any = None
        if isinstance(node.init_expression, ast.QuantumMeasurement):
            raise self.expressions.unsupported(node, "a classical value that depends on a measurement")
        if node.init_expression is not None:
            value = self.expressions.value(node.init_expression, scope)
            self.known(node.init_expression, value)
            value = self.expressions.cast(node, node.type, value, scope)
        else:
            self.expressions.cast(node, node.type, 0, scope)  # is it a type that we know?
        self.declare(node.identifier, scope, Entry(value, "variable", node.type))

    def assign(self, node: ast.ClassicalAssignment, scope: Scope) -> None:
        if not isinstance(node.lvalue, ast.Identifier):
            raise self.expressions.unsupported(node, "an assignment to bits")
        entry = self.expressions.name(node.lvalue, scope)
        if entry.kind == "register":
            raise self.expressions.unsupported(node, "an assignment to bits")
        if entry.kind != "variable" or entry.type is None:
            raise self.source.error(node.lvalue, f"'{node.lvalue.name}' cannot be assigned to")
        if self.depth > entry.depth:
            raise self.expressions.unsupported(node, "an assignment that depends on a measurement")
        value = self.expressions.value(node.rvalue, scope)
        sign = node.op.name[:-1]
        if sign:
            operation = ast.BinaryExpression(ast.BinaryOperator[sign], node.lvalue, node.rvalue)
            operation.span = node.span
            value = self.expressions.value(operation, scope)
        self.known(node, value)
        entry.value = self.expressions.cast(node, entry.type, value, scope)

    # -- qubits and bits -------------------------------------------------------------------------

    def qubits(self, nodes: Sequence[Any], scope: Scope) -> list[int]:
        """All qubits of some operands; of no operands, all qubits."""
        self.physical(nodes, scope)
        if not nodes:
            width = gate_width(scope)
            return list(range(self.num_qubits if width is None else width))
        found = [index for node in nodes for index in self.gates.operand(node, scope).indices]
        self.spend(nodes[0], len(found))
        return found

    def measure(self, node: Any, measure: Any, target: Any, scope: Scope, made: list[Any]) -> None:
        qubits = self.qubits([measure.qubit], scope)
        if target is None:
            bits = self.new_bits("unnamed", len(qubits), False)
        else:
            found = self.expressions.value(target, scope)
            if not isinstance(found, Bits):
                what = "a measurement into something other than bits"
                raise self.expressions.unsupported(target, what)
            bits = found
        self.measured(node, qubits, bits, made)

    def measured(self, node: Any, qubits: list[int], bits: Bits, made: list[Any]) -> None:
        if len(qubits) != len(bits.indices):
            message = f"{len(qubits)} qubit(s) measured into {len(bits.indices)} bit(s)"
            raise self.source.error(node, message)
        if self.num_clbits > MAX_CLBITS:
            raise self.source.error(node, f"more than {MAX_CLBITS:,} classical bits")
        made.extend(map(Measure, qubits, bits.indices))

    # -- control flow ----------------------------------------------------------------------------

    def branch(self, node: ast.BranchingStatement, scope: Scope, made: list[Any]) -> None:
        found, is_negated = condition(self.expressions, node.condition, scope)
        if isinstance(found, bool):
            self.run(node.if_block if found else node.else_block, Scope(scope), made)
            return
        with self.deeper():
            blocks = [tuple(self.inside(b, Scope(scope))) for b in (node.if_block, node.else_block)]
        if is_negated:
            blocks.reverse()
        made.append(If(found, *blocks))

    @contextmanager
    def deeper(self) -> Iterator[None]:
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def switch(self, node: ast.SwitchStatement, scope: Scope, made: list[Any]) -> None:
        bits, table = tabulate(self.expressions, node.target, scope)
        left = set(table)
        taken: set[int] = set()
        chain: list[tuple[set[int], list[Any]]] = []
        for labels, block in node.cases:
            numbers = {self.label(label, scope) for label in labels}
            if numbers & taken:
                raise self.source.error(block, "a case that was there before")
            taken |= numbers
            chain.append((left & numbers, block.statements))
            left = left - numbers
        chain.append((left, [] if node.default is None else node.default.statements))
        if not bits:
            for numbers, statements in chain:
                if numbers:
                    self.run(statements, Scope(scope), made)
            return
        self.spend(node, len(table) * len(chain) // 4)  # a table for each case
        below: tuple[Instruction, ...] = ()
        with self.deeper():
            blocks = [tuple(self.inside(statements, Scope(scope))) for _, statements in chain]
        for (numbers, _), block in zip(reversed(chain), reversed(blocks), strict=True):
            where = frozenset(index for index, value in enumerate(table) if value in numbers)
            below = (If(Condition(bits, where), block, below),)
        made.extend(below)

    def label(self, node: Any, scope: Scope) -> int:
        found = self.expressions.value(node, scope)
        return int(found.value) if isinstance(found, Word) else self.expressions.integer(node, scope)

    def loop(self, node: ast.ForInLoop, scope: Scope, made: list[Any]) -> None:
        turns: Sequence[Any]
        match node.set_declaration:
            case ast.RangeDefinition() as found:
                turns = self.expressions.range(found, scope)
            case ast.DiscreteSet(values=nodes):
                turns = [self.expressions.value(one, scope) for one in nodes]
            case _:
                raise self.expressions.unsupported(node, "a loop over anything but numbers")
        if len_of(turns) > MAX_OPERATIONS:
            raise self.source.error(node, f"a loop of {len_of(turns):,} turns, more than {MAX_OPERATIONS:,}")
        if not self.loops and self.gates.size([node], scope) > 3 * MAX_OPERATIONS:
            raise self.source.error(node, f"loops of more than {3 * MAX_OPERATIONS:,} steps")
        self.loops.append(self.depth)
        try:
            for turn in turns:
                self.spend(node, 1)
                inner = Scope(scope)
                self.known(node, turn)
                value = self.expressions.cast(node, node.type, turn, scope)
                self.declare(node.identifier, inner, Entry(value, "const", node.type))
                try:
                    self.run(node.block, Scope(inner), made)
                except _Leave as leave:
                    if leave.kind == "break":
                        break
                    if leave.kind == "end":
                        raise
        finally:
            self.loops.pop()

    def leave(self, node: Any) -> None:
        kind = type(node).__name__.removesuffix("Statement").lower()
        within = self.loops[-1] if self.loops and kind != "end" else 0
        if self.depth > within:
            raise self.expressions.unsupported(node, f"'{kind}' that depends on a measurement")
        raise _Leave(kind)


def len_of(turns: Sequence[Any]) -> int:
    """How many; of a range longer than Python's ``len`` can say, too."""
    if isinstance(turns, range):
        return max(0, (turns.stop - turns.start + turns.step - (1 if turns.step > 0 else -1)) // turns.step)
    return len(turns)


def scope_is_gate(scope: Scope) -> bool:
    """Whether statements here are those of a gate's definition."""
    return gate_width(scope) is not None


def gate_width(scope: Scope | None) -> int | None:
    """How many qubits the gate has that is being defined here; None outside of definitions."""
    while scope is not None:
        if scope.is_gate:
            return sum(isinstance(entry.value, Qubits) for entry in scope.names.values())
        scope = scope.parent
    return None
