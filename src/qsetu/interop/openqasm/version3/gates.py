"""Calls of gates in OpenQASM 3: modifiers, broadcasting, and gates that the program defines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from openqasm3 import ast

from qsetu.circuits import Barrier, Operation
from qsetu.circuits.affine import as_angle
from qsetu.circuits.circuit import MAX_QUBITS
from qsetu.interop.openqasm.scan import MAX_OPERATIONS
from qsetu.interop.openqasm.version3.expressions import Expressions
from qsetu.interop.openqasm.version3.library import BUILT_IN, Standard, fractional, standard_gates
from qsetu.interop.openqasm.version3.values import Definition, Entry, Qubits, Scope

__all__ = ["Gates", "Item"]

Item: TypeAlias = "Operation | Barrier"
Call: TypeAlias = "ast.QuantumGate | ast.QuantumPhase"

# What a gate definition unfolds into is kept for these many calls.
MAX_KEPT = 4096


class Gates:
    """What calls of gates are, as operations.

    Args:
        expressions: Computes angles.
        run: Runs statements in a scope, for the bodies of definitions.
        spend: Counts operations against the limit.
    """

    def __init__(
        self,
        expressions: Expressions,
        run: Callable[[Sequence[ast.Statement], Scope], list[Any]],
        spend: Callable[[Any, int], None],
    ) -> None:
        self.expressions = expressions
        self.source = expressions.source
        self.run = run
        self.spend = spend
        self.has_library = False
        self.kept: dict[tuple[Any, ...], tuple[Item, ...]] = {}

    # -- definitions -----------------------------------------------------------------------------

    def define(self, node: ast.QuantumGateDefinition, scope: Scope) -> None:
        """A gate definition."""
        name = node.name.name
        if name in BUILT_IN or name in scope.names or (self.has_library and name in standard_gates()):
            raise self.source.error(node.name, f"the gate '{name}' is defined twice")
        arguments = [one.name for one in (*node.arguments, *node.qubits)]
        for position, one in enumerate((*node.arguments, *node.qubits)):
            if one.name in arguments[:position]:
                raise self.source.error(one, f"'{one.name}' is named twice")
        if len(node.qubits) > MAX_QUBITS:
            raise self.source.error(node.name, f"a gate of more than {MAX_QUBITS} qubits")
        size = min(1 + self.size(node.body, scope), 10**18)
        scope.names[name] = Entry(Definition(node, scope, size), "gate")

    def size(self, body: Sequence[Any], scope: Scope) -> int:
        """At least so many steps: enough to see definitions that double and double."""
        total = 0
        for node in body:
            total += 1
            if isinstance(node, ast.QuantumGate):
                entry = scope.find(node.name.name)
                inner = entry.value.size if entry is not None and isinstance(entry.value, Definition) else 1
                for modifier in node.modifiers:
                    if modifier.modifier.name == "pow" and isinstance(modifier.argument, ast.IntegerLiteral):
                        inner *= modifier.argument.value
                total += inner
            elif isinstance(node, ast.ForInLoop):
                total += _turns(node) * (1 + self.size(node.block, scope))
        return min(total, 10**18)

    # -- calls -----------------------------------------------------------------------------------

    def call(self, node: Call, scope: Scope) -> list[Item]:
        """The operations of a call, on the qubits that it names."""
        operands = [self.operand(one, scope) for one in node.qubits]
        wide = sorted({len(one.indices) for one in operands if not one.single})
        if len(wide) > 1:
            raise self.source.error(node, f"registers of different sizes: {', '.join(map(str, wide))}")
        times = wide[0] if wide else 1
        items = self._template(node, scope, len(operands))
        self.spend(node, times * (1 + len(items)))
        made: list[Item] = []
        for turn in range(times):
            places = [one.indices[0] if one.single else one.indices[turn] for one in operands]
            if len(set(places)) != len(places):
                raise self.source.error(node, "a gate on the same qubit twice")
            made.extend(_placed(item, places) for item in items)
        return made

    def operand(self, node: Any, scope: Scope) -> Qubits:
        """The qubits that an operand names."""
        found = self.expressions.value(node, scope)
        if not isinstance(found, Qubits):
            raise self.source.error(node, "must be a qubit or a register of qubits")
        return found

    def _template(self, node: Call, scope: Scope, width: int) -> tuple[Item, ...]:
        """The operations of a call on qubits 0, 1, ..., controls of modifiers among them."""
        changes: list[tuple[str, Any, list[int]]] = []
        first = 0
        for modifier in node.modifiers:
            kind = modifier.modifier.name
            if kind in ("ctrl", "negctrl"):
                count = 1
                if modifier.argument is not None:
                    count = self.expressions.integer(modifier.argument, scope)
                if not 1 <= count <= MAX_QUBITS:
                    raise self.source.error(modifier, f"'{kind}' with {count} qubits")
                changes.append((kind, None, list(range(first, first + count))))
                first += count
            else:
                argument = modifier.argument
                exponent = None if argument is None else self.expressions.value(argument, scope)
                changes.append((kind, exponent, []))
        arguments = [node.argument] if isinstance(node, ast.QuantumPhase) else node.arguments
        angles = [self.expressions.angle(one, scope) for one in arguments]
        name = "gphase" if isinstance(node, ast.QuantumPhase) else node.name.name
        inner = self._base(node, name, angles, width - first, scope)
        items = tuple(_placed(item, range(first, width)) for item in inner) if first else inner
        for modifier, (kind, exponent, controls) in zip(
            reversed(node.modifiers), reversed(changes), strict=True
        ):
            items = self._modified(modifier, items, kind, exponent, controls)
        return items

    def _base(self, node: Call, name: str, angles: list[Any], width: int, scope: Scope) -> tuple[Item, ...]:
        entry = scope.find(name)
        found: Any = BUILT_IN.get(name)
        if found is None and entry is not None and entry.kind == "gate":
            found = entry.value
        elif found is None and self.has_library:
            found = standard_gates().get(name)
        place = node if isinstance(node, ast.QuantumPhase) else node.name
        if not isinstance(found, (Standard, Definition)):
            more = '; include "stdgates.inc" to use it' if name in standard_gates() else ""
            raise self.source.error(place, f"the gate '{name}' is not defined here{more}")
        if isinstance(found, Definition):
            wanted, qubits = len(found.node.arguments), len(found.node.qubits)
        else:
            wanted, qubits = found.num_angles, found.num_qubits
        if len(angles) != wanted:
            raise self.source.error(place, f"'{name}' takes {wanted} angle(s), got {len(angles)}")
        if width != qubits:
            raise self.source.error(place, f"'{name}' acts on {qubits} qubit(s), got {width}")
        if isinstance(found, Standard):
            return found.make(*angles)
        return self._unfolded(place, found, angles)

    def _unfolded(self, place: Any, gate: Definition, angles: list[Any]) -> tuple[Item, ...]:
        if gate.size > MAX_OPERATIONS:
            name = gate.node.name.name
            message = f"'{name}' unfolds into more than {MAX_OPERATIONS:,} operations"
            raise self.source.error(place, message)
        key = (gate, *(as_angle("angle", angle) for angle in angles))
        if key not in self.kept:
            scope = Scope(gate.scope, True)
            for argument, angle in zip(gate.node.arguments, angles, strict=True):
                scope.names[argument.name] = Entry(angle, "input")
            for index, qubit in enumerate(gate.node.qubits):
                scope.names[qubit.name] = Entry(Qubits((index,), True), "register")
            if len(self.kept) >= MAX_KEPT:
                self.kept.clear()
            self.kept[key] = tuple(self.run(gate.node.body, scope))
        return self.kept[key]

    # -- modifiers -------------------------------------------------------------------------------

    def _modified(
        self, node: Any, items: tuple[Item, ...], kind: str, exponent: Any, controls: list[int]
    ) -> tuple[Item, ...]:
        if kind == "inv":
            return _inverse(items)
        if kind == "pow":
            return self._power(node, items, exponent)
        made = tuple(
            Operation(item.gate, item.qubits, item.angles, (*item.controls, *controls), item.unitary)
            if isinstance(item, Operation)
            else item
            for item in items
        )
        flips = tuple(Operation("x", (qubit,)) for qubit in controls) if kind == "negctrl" else ()
        return (*flips, *made, *flips)

    def _power(self, node: Any, items: tuple[Item, ...], exponent: Any) -> tuple[Item, ...]:
        if isinstance(exponent, float) and exponent.is_integer() and abs(exponent) < 2**53:
            exponent = int(exponent)
        if isinstance(exponent, int):
            self.spend(node, abs(exponent) * len(items))
            return (items if exponent >= 0 else _inverse(items)) * abs(exponent)
        if not isinstance(exponent, float):
            raise self.source.unsupported(node, "'pow' with an exponent that is no number")
        phases = [item for item in items if isinstance(item, Operation) and item.gate == "gphase"]
        rest = [item for item in items if item not in phases]
        made = [fractional(one, exponent) for one in (*phases, *rest) if isinstance(one, Operation)]
        if len(made) != len(items) or len(rest) > 1 or None in made or (rest and phases):
            named = ", ".join(item.name for item in items if isinstance(item, Operation))
            raise self.source.unsupported(node, f"'pow({exponent})' of {named}")
        return tuple(op for ops in made if ops is not None for op in ops)


def _turns(node: ast.ForInLoop) -> int:
    """How often a loop turns, if it says so in plain numbers and nothing leaves it; else 1."""
    match node.set_declaration:
        case ast.RangeDefinition(ast.IntegerLiteral(start), ast.IntegerLiteral(end), None):
            return max(0, end - start + 1) if not any(map(_leaves, node.block)) else 1
    return 1


def _leaves(node: Any) -> bool:
    """Whether statements go somewhere else from within this one."""
    if isinstance(node, (list, tuple)):
        return any(map(_leaves, node))
    if isinstance(node, (ast.BreakStatement, ast.ContinueStatement, ast.EndStatement)):
        return True
    return isinstance(node, ast.Statement) and any(map(_leaves, vars(node).values()))


def _inverse(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(item.inverse() if isinstance(item, Operation) else item for item in reversed(items))


def _placed(item: Item, places: Sequence[int]) -> Item:
    if isinstance(item, Barrier):
        return Barrier(tuple(places[q] for q in item.qubits))
    controls = tuple(sorted(places[q] for q in item.controls))
    return Operation(item.gate, tuple(places[q] for q in item.qubits), item.angles, controls, item.unitary)
