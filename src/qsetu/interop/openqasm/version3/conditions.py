"""Conditions of OpenQASM 3 as truth tables over the bits they look at."""

from __future__ import annotations

from typing import Any

import numpy as np
from openqasm3 import ast

from qsetu.circuits import Condition
from qsetu.interop.openqasm.source import Unsupported
from qsetu.interop.openqasm.version3.expressions import Expressions
from qsetu.interop.openqasm.version3.operators import MAX_BITS
from qsetu.interop.openqasm.version3.values import Bits, Scope, Word

__all__ = ["condition", "tabulate"]


class _Noted(dict[int, Any]):
    """Bits that are asked for, all 0."""

    def __missing__(self, bit: int) -> int:
        self[bit] = 0
        return 0


def condition(expressions: Expressions, node: Any, scope: Scope) -> tuple[Condition | bool, bool]:
    """What a condition is, and whether it is meant the other way round.

    Returns:
        A bool where it is known before the program runs; else a :class:`Condition`.
    """
    found = _equality(expressions, node, scope)
    if found is not None:
        return found
    bits, table = tabulate(expressions, node, scope)
    if not bits:
        return bool(table[0]), False
    return Condition(bits, frozenset(np.flatnonzero(table).tolist())), False


def _equality(expressions: Expressions, node: Any, scope: Scope) -> tuple[Condition, bool] | None:
    """``register == number``, which a register of any width can be asked."""
    if not isinstance(node, ast.BinaryExpression) or node.op.name not in ("==", "!="):
        return None
    sides = [
        side.value if isinstance(side, Word) else side
        for side in (_known(expressions, part, scope) for part in (node.lhs, node.rhs))
    ]
    match sides:
        case (Bits() as bits, int() as number) | (int() as number, Bits() as bits):
            return Condition(bits.indices, frozenset({int(number)})), node.op.name == "!="
    return None


def _known(expressions: Expressions, node: Any, scope: Scope) -> Any:
    """What a side is, if it is known before the program runs, or is bits and nothing else."""
    before, expressions.reading = expressions.reading, None
    try:
        return expressions.value(node, scope)
    except Unsupported:
        return None
    finally:
        expressions.reading = before


def tabulate(expressions: Expressions, node: Any, scope: Scope) -> tuple[tuple[int, ...], list[Any]]:
    """The bits that an expression looks at, and its value for each number in them."""
    noted = _Noted()
    before = expressions.reading
    try:
        expressions.reading = noted
        found = expressions.word(node, expressions.value(node, scope))
        if not noted:
            return (), [_single(expressions, node, found)]
        if len(noted) > MAX_BITS:
            raise expressions.source.unsupported(
                node, f"a condition on {len(noted)} bits (at most {MAX_BITS})"
            )
        order = tuple(noted)
        expressions.spend(node, 2 ** len(order) // 4)
        numbers = np.arange(2 ** len(order), dtype=np.int64)
        expressions.reading = {bit: numbers >> i & 1 for i, bit in enumerate(order)}
        found = expressions.word(node, expressions.value(node, scope))
    finally:
        expressions.reading = before
    values = np.broadcast_to(np.asarray(_single(expressions, node, found)), numbers.shape)
    return order, values.tolist()


def _single(expressions: Expressions, node: Any, found: Any) -> Any:
    if isinstance(found, Word):
        return found.value
    if not isinstance(found, (bool, int)):
        raise expressions.source.error(node, "must be a condition: a comparison, bits, or true or false")
    return found
