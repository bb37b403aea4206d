"""Names of an OpenQASM 3 program: registers, constants, inputs and variables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from openqasm3 import ast

from qsetu.circuits import Measure, param
from qsetu.circuits.circuit import MAX_QUBITS
from qsetu.circuits.measured import MAX_CLBITS
from qsetu.interop.openqasm.version3.expressions import CONSTANTS, Expressions
from qsetu.interop.openqasm.version3.gates import Gates
from qsetu.interop.openqasm.version3.library import BUILT_IN
from qsetu.interop.openqasm.version3.values import Bits, Entry, Qubits, Scope, Word

__all__ = ["Declarations"]


class Declarations:
    """What a program has declared so far.

    Args:
        expressions: Computes sizes and values.
        gates: Knows the gates.
    """

    def __init__(self, expressions: Expressions, gates: Gates) -> None:
        self.source = expressions.source
        self.expressions = expressions
        self.gates = gates
        self.num_qubits = 0
        self.num_slots = 0
        self.num_clbits = 0
        self.registers: list[tuple[str, tuple[int, ...]]] = []
        self.is_physical: bool | None = None
        self.depth = 0  # conditions on measurements around

    def run(self, node: Any, scope: Scope, made: list[Any]) -> None:
        """A statement that names something, or gives a name another value."""
        match node:
            case ast.Include():
                self.gates.has_library = True
            case ast.QuantumGateDefinition():
                self.gates.define(node, scope)
            case ast.QubitDeclaration():
                self._qubits(node, scope)
            case ast.IODeclaration():
                self.declare(node.identifier, scope, Entry(param(self.num_slots), "input", node.type))
                self.num_slots += 1
            case ast.ConstantDeclaration():
                value = self.expressions.value(node.init_expression, scope)
                self.known(node.init_expression, value)
                value = self.expressions.cast(node, node.type, value, scope)
                self.declare(node.identifier, scope, Entry(value, "const", node.type))
            case ast.ClassicalDeclaration(type=ast.BitType()):
                self._bits(node, scope, made)
            case ast.ClassicalDeclaration():
                self._variable(node, scope)
            case ast.ClassicalAssignment():
                self._assign(node, scope)
            case ast.AliasStatement():
                value = self.expressions.value(node.value, scope)
                if not isinstance(value, (Qubits, Bits)):
                    raise self.source.error(node.value, "'let' names parts of registers")
                self.declare(node.target, scope, Entry(value, "register"))
            case ast.ExpressionStatement():
                self.known(node, self.expressions.value(node.expression, scope))
            case _:
                raise self.source.unsupported(node, f"a statement of kind {type(node).__name__}")

    def declare(self, name: ast.Identifier, scope: Scope, entry: Entry) -> None:
        """Give ``name`` a meaning."""
        taken = name.name in scope.names or name.name in CONSTANTS or name.name in BUILT_IN
        if taken:
            raise self.source.error(name, f"'{name.name}' is declared twice")
        entry.depth = self.depth
        scope.names[name.name] = entry

    def known(self, node: Any, value: Any) -> None:
        """Refuse what depends on a measurement."""
        if isinstance(value, (Bits, Word)):
            raise self.source.unsupported(node, "a classical value that depends on a measurement")

    def _qubits(self, node: ast.QubitDeclaration, scope: Scope) -> None:
        if scope.parent is not None:
            raise self.source.error(node, "qubits are declared outside of all blocks")
        if self.is_physical:
            raise self.source.unsupported(node, "both physical and declared qubits")
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
                raise self.source.unsupported(node, "both physical and declared qubits")
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

    def _bits(self, node: ast.ClassicalDeclaration, scope: Scope, made: list[Any]) -> None:
        size = getattr(node.type, "size", None)
        count = 1 if size is None else self.expressions.integer(size, scope)
        if count < 1 or self.num_clbits + count > MAX_CLBITS:
            message = f"{self.num_clbits + count:,} classical bits; qsetu holds 1 to {MAX_CLBITS:,}"
            raise self.source.error(size or node, message)
        found = self._new_bits(node.identifier.name, count, size is None)
        start = node.init_expression
        self.declare(node.identifier, scope, Entry(found, "register"))
        if isinstance(start, ast.QuantumMeasurement):
            self._measured(node, self.qubits([start.qubit], scope), found, made)
        elif start is not None:
            value = self.expressions.value(start, scope)
            number = value.value if isinstance(value, Word) else value
            if isinstance(number, (Bits, float)) or number != 0:
                raise self.source.unsupported(node, "a bit that does not start as 0")

    def _new_bits(self, name: str, count: int, single: bool) -> Bits:
        indices = tuple(range(self.num_clbits, self.num_clbits + count))
        self.num_clbits += count
        taken = {known for known, _ in self.registers}
        unique, number = name, 1
        while unique in taken:
            unique, number = f"{name}_{number}", number + 1
        self.registers.append((unique, indices))
        return Bits(indices, single)

    def _variable(self, node: ast.ClassicalDeclaration, scope: Scope) -> None:
        value: Any = None
        if isinstance(node.init_expression, ast.QuantumMeasurement):
            raise self.source.unsupported(node, "a classical value that depends on a measurement")
        if node.init_expression is not None:
            value = self.expressions.value(node.init_expression, scope)
            self.known(node.init_expression, value)
            value = self.expressions.cast(node, node.type, value, scope)
        else:
            self.expressions.cast(node, node.type, 0, scope)  # is it a type that we know?
        self.declare(node.identifier, scope, Entry(value, "variable", node.type))

    def _assign(self, node: ast.ClassicalAssignment, scope: Scope) -> None:
        if not isinstance(node.lvalue, ast.Identifier):
            raise self.source.unsupported(node, "an assignment to bits")
        entry = self.expressions.name(node.lvalue, scope)
        if entry.kind == "register":
            raise self.source.unsupported(node, "an assignment to bits")
        if entry.kind != "variable" or entry.type is None:
            raise self.source.error(node.lvalue, f"'{node.lvalue.name}' cannot be assigned to")
        if self.depth > entry.depth:
            raise self.source.unsupported(node, "an assignment that depends on a measurement")
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
            width = scope.gate_width()
            return list(range(self.num_qubits if width is None else width))
        found = [index for node in nodes for index in self.gates.operand(node, scope).indices]
        self.expressions.spend(nodes[0], len(found))
        return found

    def measure(self, node: Any, measure: Any, target: Any, scope: Scope, made: list[Any]) -> None:
        """A measurement of a qubit or a register into bits, or into none."""
        qubits = self.qubits([measure.qubit], scope)
        if target is None:
            bits = self._new_bits("unnamed", len(qubits), False)
        else:
            found = self.expressions.value(target, scope)
            if not isinstance(found, Bits):
                what = "a measurement into something other than bits"
                raise self.source.unsupported(target, what)
            bits = found
        self._measured(node, qubits, bits, made)

    def _measured(self, node: Any, qubits: list[int], bits: Bits, made: list[Any]) -> None:
        if len(qubits) != len(bits.indices):
            message = f"{len(qubits)} qubit(s) measured into {len(bits.indices)} bit(s)"
            raise self.source.error(node, message)
        if self.num_clbits > MAX_CLBITS:
            raise self.source.error(node, f"more than {MAX_CLBITS:,} classical bits")
        made.extend(map(Measure, qubits, bits.indices))
