"""Expressions of OpenQASM 3: numbers, angles with open parameters, parts of registers, measured bits."""

from __future__ import annotations

import math
from collections.abc import Callable, MutableMapping
from typing import Any

from openqasm3 import ast

from qsetu.circuits.affine import AngleAlgebra
from qsetu.core.errors import ArgumentError, QasmError
from qsetu.interop.openqasm.source import Source
from qsetu.interop.openqasm.version3.operators import MAX_BITS, MAX_INT_BITS, Operators, truth
from qsetu.interop.openqasm.version3.values import Bits, Entry, Qubits, Scope, Word

__all__ = ["CONSTANTS", "Expressions"]

CONSTANTS = {
    **dict.fromkeys(("pi", "π"), math.pi),
    **dict.fromkeys(("tau", "τ"), math.tau),
    **dict.fromkeys(("euler", "ℇ"), math.e),
}


class Expressions:
    """Computes expressions.

    Args:
        source: For errors.
        spend: Counts steps against the limit.
    """

    def __init__(self, source: Source, spend: Callable[[Any, int], None]) -> None:
        self.source = source
        self.spend = spend
        self.operators = Operators(source)
        # What classical bits hold, while a condition is tabulated.
        self.reading: MutableMapping[int, Any] | None = None

    # -- what kind of value ----------------------------------------------------------------------

    def integer(self, node: ast.Expression, scope: Scope) -> int:
        """A constant integer."""
        found = self.value(node, scope)
        if isinstance(found, Bits):
            raise self.source.unsupported(node, "a number that depends on a measurement")
        if isinstance(found, float) and found.is_integer():
            return int(found)
        if not isinstance(found, int):
            raise self.source.error(node, "must be an integer that is known before the program runs")
        return int(found)

    def angle(self, node: ast.Expression, scope: Scope) -> Any:
        """A number or an expression of parameters."""
        found = self.value(node, scope)
        if isinstance(found, (Bits, Word)):
            raise self.source.unsupported(node, "an angle that depends on a measurement")
        if isinstance(found, AngleAlgebra):
            return found
        if not isinstance(found, (int, float)):
            raise self.source.error(node, "must be a number")
        return self.operators.finite(node, float(found))

    # -- expressions -----------------------------------------------------------------------------

    def value(self, node: Any, scope: Scope) -> Any:
        """What an expression is: int, float, bool, angle, :class:`Qubits`, :class:`Bits`, :class:`Word`."""
        try:
            return self._value(node, scope)
        except (ArithmeticError, ValueError, ArgumentError) as error:
            if isinstance(error, QasmError):
                raise
            raise self.source.error(node, f"cannot be computed: {error}") from None

    def _value(self, node: Any, scope: Scope) -> Any:
        match node:
            case ast.IntegerLiteral() | ast.FloatLiteral() | ast.BooleanLiteral():
                return node.value
            case ast.BitstringLiteral():
                return Word(node.value, node.width)
            case ast.Identifier():
                return self.name(node, scope).value
            case ast.UnaryExpression():
                return self.operators.unary(node, self.word(node, self.value(node.expression, scope)))
            case ast.BinaryExpression():
                sides = [self.word(side, self.value(side, scope)) for side in (node.lhs, node.rhs)]
                return self.operators.binary(node, *sides)
            case ast.FunctionCall():
                return self.operators.call(node, [self.value(argument, scope) for argument in node.arguments])
            case ast.IndexExpression():
                return self.part(node, self.value(node.collection, scope), node.index, scope)
            case ast.IndexedIdentifier():
                found = self.name(node.name, scope).value
                for index in node.indices:
                    found = self.part(node, found, index, scope)
                return found
            case ast.Concatenation():
                return self._joined(node, self.value(node.lhs, scope), self.value(node.rhs, scope))
            case ast.Cast():
                return self.cast(node, node.type, self.value(node.argument, scope), scope)
        raise self.source.unsupported(node, f"an expression of kind {type(node).__name__}")

    def name(self, node: ast.Identifier, scope: Scope) -> Entry:
        """What a name stands for."""
        entry = scope.find(node.name)
        if entry is not None:
            return entry
        if node.name in CONSTANTS:
            return Entry(CONSTANTS[node.name], "const")
        raise self.source.error(node, f"'{node.name}' is not defined here")

    def word(self, node: Any, value: Any) -> Any:
        """``value``, with what is measured read."""
        if not isinstance(value, Bits):
            return value
        if self.reading is None:
            raise self.source.unsupported(node, "a number that depends on a measurement")
        if len(value.indices) > MAX_BITS:
            what = f"a condition on {len(value.indices)} bits (at most {MAX_BITS}; any number with == and !=)"
            raise self.source.unsupported(node, what)
        total: Any = 0
        for position, bit in enumerate(value.indices):
            total = total + (self.reading[bit] << position)
        return Word(total, len(value.indices))

    # -- functions and types -----------------------------------------------------------------------

    def cast(self, node: Any, kind: ast.ClassicalType, given: Any, scope: Scope) -> Any:
        """``given`` as a value of a type that was written down."""
        size = getattr(kind, "size", None)
        width = None if size is None else self.integer(size, scope)
        if width is not None and not 1 <= width <= MAX_INT_BITS:
            raise self.source.error(node, f"a type of {width} bits")
        if isinstance(given, Bits):
            given = self.word(node, given)
        if isinstance(given, Word):
            return self._cast_word(node, kind, given, width)
        match kind, given:
            case ast.BoolType(), bool() | int() | float():
                return bool(given)
            case ast.IntType() | ast.UintType(), bool() | int() | float():
                number = int(given)
                low, high = 0, 2 ** (width or 64) - 1
                if isinstance(kind, ast.IntType):
                    low, high = -(2 ** ((width or 64) - 1)), 2 ** ((width or 64) - 1) - 1
                if not low <= number <= high:
                    raise self.source.error(node, f"{number} does not fit: the type holds {low} to {high}")
                return number
            case ast.FloatType() | ast.AngleType(), bool() | int() | float():
                return float(given)
            case ast.FloatType() | ast.AngleType(), AngleAlgebra():
                return given
        raise self.source.error(node, "this value cannot have this type")

    def _cast_word(self, node: Any, kind: ast.ClassicalType, given: Word, width: int | None) -> Any:
        match kind:
            case ast.BoolType():
                return truth(given.value != 0)
            case ast.UintType() | ast.BitType() if not given.is_signed:
                to = given.width if width is None else width
                return Word(given.value & (2 ** min(to, given.width) - 1), to)
            case ast.IntType() if width is None or width > given.width:
                return Word(given.value, given.width + 1, True)
        raise self.source.unsupported(node, "this cast of measured bits")

    # -- parts of registers ------------------------------------------------------------------------

    def part(self, node: Any, register: Any, index: Any, scope: Scope) -> Any:
        """Some of a register: by an index, a range or a set."""
        if not isinstance(register, (Qubits, Bits)) or register.single:
            raise self.source.error(node, "only registers have parts")
        of = type(register)
        many = register.indices
        if isinstance(index, ast.DiscreteSet):
            return of(tuple(self._element(one, many, scope) for one in index.values))
        if len(index) != 1:
            raise self.source.error(node, "a register has one index")
        (one,) = index
        if isinstance(one, ast.RangeDefinition):
            return of(tuple(many[i] for i in self.range(one, scope, len(many))))
        return of((self._element(one, many, scope),), True)

    def _element(self, node: Any, many: tuple[int, ...], scope: Scope) -> int:
        index = self.integer(node, scope)
        if not -len(many) <= index < len(many):
            raise self.source.error(node, f"index {index} is out of range: the register has {len(many)}")
        return many[index]

    def range(self, node: ast.RangeDefinition, scope: Scope, length: int | None = None) -> range:
        """The numbers of ``start:step:end``, both ends included; within a register of ``length``."""
        step = 1 if node.step is None else self.integer(node.step, scope)
        if step == 0:
            raise self.source.error(node, "a range with step 0")
        if length is None and (node.start is None or node.end is None):
            raise self.source.error(node, "a range needs both ends here")
        ends = [None if end is None else self.integer(end, scope) for end in (node.start, node.end)]
        if length is not None:
            default = (0, length - 1) if step > 0 else (length - 1, 0)
            ends = [default[i] if end is None else end for i, end in enumerate(ends)]
            ends = [end + length if end is not None and end < 0 else end for end in ends]
            if not all(end is not None and 0 <= end < length for end in ends):
                raise self.source.error(node, f"a range out of a register of {length}")
        first, last = int(ends[0] or 0), int(ends[1] or 0)
        return range(first, last + (1 if step > 0 else -1), step)

    def _joined(self, node: Any, left: Any, right: Any) -> Any:
        for kind in (Qubits, Bits):
            if isinstance(left, kind) and isinstance(right, kind):
                return kind(left.indices + right.indices)
        raise self.source.error(node, "'++' joins registers of the same kind")
