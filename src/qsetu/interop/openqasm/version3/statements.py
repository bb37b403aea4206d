"""Statements of OpenQASM 3, run in order: what they do to qubits and bits is written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from openqasm3 import ast

from qsetu.circuits import Barrier, Circuit, Condition, If, MeasuredCircuit, Operation, Reset
from qsetu.circuits.measured import Instruction
from qsetu.core.errors import QasmError
from qsetu.interop.openqasm.scan import MAX_OPERATIONS
from qsetu.interop.openqasm.source import Refused, Source, Unsupported
from qsetu.interop.openqasm.version3.conditions import condition, tabulate
from qsetu.interop.openqasm.version3.declarations import Declarations
from qsetu.interop.openqasm.version3.expressions import Expressions
from qsetu.interop.openqasm.version3.gates import Gates
from qsetu.interop.openqasm.version3.values import Entry, Scope, Word

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
        self.names = Declarations(self.expressions, self.gates)
        self.loops: list[int] = []  # the depths at which loops began

    def program(self, program: ast.Program) -> Circuit | MeasuredCircuit:
        """The circuit of a whole program."""
        top = Scope()
        made: list[Any] = []
        try:
            self.run(program.statements, top, made)
        except _Leave:
            pass  # "end"
        except QasmError:
            if not self.refused:
                raise
        if self.refused:
            self.source.refuse(self.refused)
        names = self.names
        if names.num_clbits or any(not isinstance(item, Operation) for item in made):
            return MeasuredCircuit(names.num_qubits, names.num_clbits, tuple(made), tuple(names.registers))
        return Circuit.from_operations(names.num_qubits, (op for op in made if isinstance(op, Operation)))

    def run(self, statements: Iterable[Any], scope: Scope, made: list[Any]) -> None:
        """Append what ``statements`` do to ``made``."""
        for node in statements:
            self.here = node
            self.spend(node, 1)
            try:
                self._statement(node, scope, made)
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
        """Count steps against the limit."""
        self.left -= steps
        if self.left < 0 or steps > 2 * MAX_OPERATIONS:
            raise self.source.error(node, f"more than {MAX_OPERATIONS:,} operations")

    def _statement(self, node: Any, scope: Scope, made: list[Any]) -> None:
        match node:
            case ast.QuantumGate() | ast.QuantumPhase():
                self.names.physical(node.qubits, scope)
                found = self.gates.call(node, scope)
                if scope.gate_width() is None:
                    self.written += len(found)
                    if self.written > MAX_OPERATIONS:
                        raise self.source.error(node, f"more than {MAX_OPERATIONS:,} operations")
                made.extend(found)
            case ast.QuantumMeasurementStatement():
                self.names.measure(node, node.measure, node.target, scope, made)
            case ast.QuantumReset():
                made.extend(Reset(qubit) for qubit in self.names.qubits([node.qubits], scope))
            case ast.QuantumBarrier():
                made.append(Barrier(tuple(dict.fromkeys(self.names.qubits(node.qubits, scope)))))
            case ast.DelayInstruction():
                made.extend(Operation("id", (qubit,)) for qubit in self.names.qubits(node.qubits, scope))
            case ast.BranchingStatement():
                self._branch(node, scope, made)
            case ast.SwitchStatement():
                self._switch(node, scope, made)
            case ast.ForInLoop():
                self._loop(node, scope, made)
            case ast.Box(body=body) | ast.CompoundStatement(statements=body):
                self.run(body, Scope(scope), made)
            case ast.BreakStatement() | ast.ContinueStatement() | ast.EndStatement():
                self._leave(node)
            case _:
                self.names.run(node, scope, made)

    # -- control flow ----------------------------------------------------------------------------

    def _branch(self, node: ast.BranchingStatement, scope: Scope, made: list[Any]) -> None:
        found, is_negated = condition(self.expressions, node.condition, scope)
        if isinstance(found, bool):
            self.run(node.if_block if found else node.else_block, Scope(scope), made)
            return
        with self._deeper():
            blocks = [tuple(self.inside(b, Scope(scope))) for b in (node.if_block, node.else_block)]
        if is_negated:
            blocks.reverse()
        made.append(If(found, *blocks))

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        self.names.depth += 1
        try:
            yield
        finally:
            self.names.depth -= 1

    def _switch(self, node: ast.SwitchStatement, scope: Scope, made: list[Any]) -> None:
        bits, table = tabulate(self.expressions, node.target, scope)
        left = set(table)
        taken: set[int] = set()
        chain: list[tuple[set[int], list[Any]]] = []
        for labels, block in node.cases:
            numbers = {self._label(label, scope) for label in labels}
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
        with self._deeper():
            blocks = [tuple(self.inside(statements, Scope(scope))) for _, statements in chain]
        for (numbers, _), inside in zip(reversed(chain), reversed(blocks), strict=True):
            where = frozenset(index for index, value in enumerate(table) if value in numbers)
            below = (If(Condition(bits, where), inside, below),)
        made.extend(below)

    def _label(self, node: Any, scope: Scope) -> int:
        found = self.expressions.value(node, scope)
        return int(found.value) if isinstance(found, Word) else self.expressions.integer(node, scope)

    def _loop(self, node: ast.ForInLoop, scope: Scope, made: list[Any]) -> None:
        turns: Sequence[Any]
        match node.set_declaration:
            case ast.RangeDefinition() as found:
                turns = self.expressions.range(found, scope)
            case ast.DiscreteSet(values=nodes):
                turns = [self.expressions.value(one, scope) for one in nodes]
            case _:
                raise self.source.unsupported(node, "a loop over anything but numbers")
        if _len(turns) > MAX_OPERATIONS:
            raise self.source.error(node, f"a loop of {_len(turns):,} turns, more than {MAX_OPERATIONS:,}")
        if not self.loops and self.gates.size([node], scope) > 3 * MAX_OPERATIONS:
            raise self.source.error(node, f"loops of more than {3 * MAX_OPERATIONS:,} steps")
        self.loops.append(self.names.depth)
        try:
            for turn in turns:
                self.spend(node, 1)
                inner = Scope(scope)
                self.names.known(node, turn)
                value = self.expressions.cast(node, node.type, turn, scope)
                self.names.declare(node.identifier, inner, Entry(value, "const", node.type))
                try:
                    self.run(node.block, Scope(inner), made)
                except _Leave as leave:
                    if leave.kind == "break":
                        break
                    if leave.kind == "end":
                        raise
        finally:
            self.loops.pop()

    def _leave(self, node: Any) -> None:
        kind = type(node).__name__.removesuffix("Statement").lower()
        within = self.loops[-1] if self.loops and kind != "end" else 0
        if self.names.depth > within:
            raise self.source.unsupported(node, f"'{kind}' that depends on a measurement")
        raise _Leave(kind)


def _len(turns: Sequence[Any]) -> int:
    """How many; of a range longer than Python's ``len`` can say, too."""
    if isinstance(turns, range):
        return max(0, (turns.stop - turns.start + turns.step - (1 if turns.step > 0 else -1)) // turns.step)
    return len(turns)
