"""Qiskit's conditions on classical bits as truth tables over the bits they look at."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from qiskit.circuit import ClassicalRegister, Clbit
from qiskit.circuit.classical import expr, types

from qsetu.circuits import Condition

__all__ = ["Unreadable", "as_condition", "tabulate"]

# 2^16 evaluations at most; a condition on more bits than that is a comparison of a whole register.
MAX_BITS = 16

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "BIT_AND": operator.and_,
    "BIT_OR": operator.or_,
    "BIT_XOR": operator.xor,
    "LOGIC_AND": lambda a, b: bool(a and b),
    "LOGIC_OR": lambda a, b: bool(a or b),
    "EQUAL": operator.eq,
    "NOT_EQUAL": operator.ne,
    "LESS": operator.lt,
    "LESS_EQUAL": operator.le,
    "GREATER": operator.gt,
    "GREATER_EQUAL": operator.ge,
    "SHIFT_LEFT": operator.lshift,
    "SHIFT_RIGHT": operator.rshift,
    "ADD": operator.add,
    "SUB": operator.sub,
    "MUL": operator.mul,
}


class Unreadable(Exception):
    """A classical expression that is not one of bits alone; says which part."""


def as_condition(given: Any, places: Mapping[Clbit, int]) -> Condition:
    """A pair ``(bit or register, value)`` or an expression, as a condition.

    Raises:
        Unreadable: It looks at something other than classical bits, or at too many.
    """
    if isinstance(given, expr.Expr):
        bits, table = tabulate(given, places)
        return Condition(bits, frozenset(index for index, value in enumerate(table) if value))
    where, value = given
    bits = (where,) if isinstance(where, Clbit) else tuple(where)
    return Condition(tuple(places[bit] for bit in bits), frozenset({int(value)}))


def tabulate(given: Any, places: Mapping[Clbit, int]) -> tuple[tuple[int, ...], list[int]]:
    """The bits an expression (or bit, or register) looks at, and its value for each number in them."""
    node = expr.lift(given)
    bits: dict[Clbit, None] = {}
    for variable in expr.iter_vars(node):
        found = variable.var
        if isinstance(found, Clbit):
            bits[found] = None
        elif isinstance(found, ClassicalRegister):
            bits.update(dict.fromkeys(found))
        else:
            raise Unreadable(f"the classical variable '{getattr(variable, 'name', found)}'")
    if len(bits) > MAX_BITS:
        raise Unreadable(f"a classical expression of {len(bits)} bits, more than {MAX_BITS}")
    order = list(bits)
    table = []
    for number in range(2 ** len(order)):
        values = {bit: number >> i & 1 for i, bit in enumerate(order)}
        table.append(int(_evaluate(node, values)))
    return tuple(places[bit] for bit in order), table


def _evaluate(node: Any, bits: Mapping[Clbit, int]) -> int:
    match node:
        case expr.Var():
            found = node.var
            return bits[found] if isinstance(found, Clbit) else sum(bits[b] << i for i, b in enumerate(found))
        case expr.Value():
            return _fit(node.value, node.type)
        case expr.Cast():
            inner = _evaluate(node.operand, bits)
            return int(bool(inner)) if node.type.kind is types.Bool else _fit(inner, node.type)
        case expr.Index():
            return _evaluate(node.target, bits) >> _evaluate(node.index, bits) & 1
        case expr.Unary() if node.op.name in ("BIT_NOT", "LOGIC_NOT"):
            inner = _evaluate(node.operand, bits)
            return int(not inner) if node.type.kind is types.Bool else _fit(~inner, node.type)
        case expr.Binary() if node.op.name in _BINARY:
            found = _BINARY[node.op.name](_evaluate(node.left, bits), _evaluate(node.right, bits))
            return _fit(found, node.type)
    name = getattr(getattr(node, "op", None), "name", type(node).__name__)
    raise Unreadable(f"the classical operation {name}")


def _fit(value: Any, kind: Any) -> int:
    """``value`` in the bits that its type has."""
    if kind.kind is types.Bool:
        return int(bool(value))
    if kind.kind is types.Uint:
        return int(value) & (2**kind.width - 1)
    raise Unreadable(f"a classical value of type {kind}")
