"""Expressions of OpenQASM 3: numbers, angles with open parameters, parts of registers, measured bits."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, MutableMapping
from typing import Any

import numpy as np
from openqasm3 import ast

from qsetu.circuits.affine import AngleAlgebra
from qsetu.circuits.nonlinear import apply
from qsetu.core.errors import ArgumentError, QasmError
from qsetu.interop.openqasm.source import Refused, Source
from qsetu.interop.openqasm.version3.plain import POW
from qsetu.interop.openqasm.version3.values import Bits, Entry, Qubits, Scope, Word

__all__ = ["MAX_BITS", "Expressions", "Unsupported"]

# Conditions are tables of what they are for each number in the bits that they look at.
MAX_BITS = 16
# Integers of a program: large enough for every register, small enough for memory.
MAX_INT_BITS = 10_000
# Integers with a sign that are made of bits: what arrays of 64-bit numbers hold.
MAX_SIGNED = 62

CONSTANTS = {
    **dict.fromkeys(("pi", "π"), math.pi),
    **dict.fromkeys(("tau", "τ"), math.tau),
    **dict.fromkeys(("euler", "ℇ"), math.e),
}

FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    **{name: (1, getattr(math, name)) for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "floor")},
    "arcsin": (1, math.asin),
    "arccos": (1, math.acos),
    "arctan": (1, math.atan),
    "ceiling": (1, math.ceil),
}
OPEN_FUNCTIONS = ("sin", "cos", "tan", "exp", "log", "arcsin", "arccos", "arctan")

_COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_BITWISE = {"&": operator.and_, "|": operator.or_, "^": operator.xor}
_SHIFTS = {"<<": operator.lshift, ">>": operator.rshift}


class Unsupported(Exception):
    """Something that the language has and we do not; carries a :class:`Refused`."""

    def __init__(self, found: Refused) -> None:
        super().__init__(found.what)
        self.found = found


class Expressions:
    """Computes expressions.

    Args:
        source: For errors.
        spend: Counts steps against the limit.
    """

    def __init__(self, source: Source, spend: Callable[[Any, int], None]) -> None:
        self.source = source
        self.spend = spend
        # What classical bits hold, while a condition is tabulated.
        self.reading: MutableMapping[int, Any] | None = None

    def error(self, node: Any, message: str) -> QasmError:
        return self.source.error(node, message)

    def unsupported(self, node: Any, what: str) -> Unsupported:
        return Unsupported(Refused(*self.source.at(node), what))

    # -- what kind of value ----------------------------------------------------------------------

    def integer(self, node: ast.Expression, scope: Scope) -> int:
        """A constant integer."""
        found = self.value(node, scope)
        if isinstance(found, Bits):
            raise self.unsupported(node, "a number that depends on a measurement")
        if isinstance(found, float) and found.is_integer():
            return int(found)
        if not isinstance(found, int):
            raise self.error(node, "must be an integer that is known before the program runs")
        return int(found)

    def angle(self, node: ast.Expression, scope: Scope) -> Any:
        """A number or an expression of parameters."""
        found = self.value(node, scope)
        if isinstance(found, (Bits, Word)):
            raise self.unsupported(node, "an angle that depends on a measurement")
        if isinstance(found, AngleAlgebra):
            return found
        if not isinstance(found, (int, float)):
            raise self.error(node, "must be a number")
        return self.finite(node, float(found))

    def finite(self, node: Any, number: float) -> float:
        if not math.isfinite(number):
            raise self.error(node, "a number that is not finite")
        return number

    # -- expressions -----------------------------------------------------------------------------

    def value(self, node: Any, scope: Scope) -> Any:
        """What an expression is: int, float, bool, angle, :class:`Qubits`, :class:`Bits`, :class:`Word`."""
        try:
            return self._value(node, scope)
        except (ArithmeticError, ValueError, ArgumentError) as error:
            if isinstance(error, QasmError):
                raise
            raise self.error(node, f"cannot be computed: {error}") from None

    def _value(self, node: Any, scope: Scope) -> Any:
        match node:
            case ast.IntegerLiteral() | ast.FloatLiteral() | ast.BooleanLiteral():
                return node.value
            case ast.BitstringLiteral():
                return Word(node.value, node.width)
            case ast.Identifier():
                return self.name(node, scope).value
            case ast.UnaryExpression():
                return self.unary(node, self.value(node.expression, scope))
            case ast.BinaryExpression():
                return self.binary(node, self.value(node.lhs, scope), self.value(node.rhs, scope))
            case ast.FunctionCall():
                return self.call(node, [self.value(argument, scope) for argument in node.arguments])
            case ast.IndexExpression():
                return self.part(node, self.value(node.collection, scope), node.index, scope)
            case ast.IndexedIdentifier():
                found = self.name(node.name, scope).value
                for index in node.indices:
                    found = self.part(node, found, index, scope)
                return found
            case ast.Concatenation():
                return self.joined(node, self.value(node.lhs, scope), self.value(node.rhs, scope))
            case ast.Cast():
                return self.cast(node, node.type, self.value(node.argument, scope), scope)
        raise self.unsupported(node, f"an expression of kind {type(node).__name__}")

    def name(self, node: ast.Identifier, scope: Scope) -> Entry:
        """What a name stands for."""
        entry = scope.find(node.name)
        if entry is not None:
            return entry
        if node.name in CONSTANTS:
            return Entry(CONSTANTS[node.name], "const")
        raise self.error(node, f"'{node.name}' is not defined here")

    def word(self, node: Any, value: Any) -> Any:
        """``value``, with what is measured read."""
        if not isinstance(value, Bits):
            return value
        if self.reading is None:
            raise self.unsupported(node, "a number that depends on a measurement")
        if len(value.indices) > MAX_BITS:
            what = f"a condition on {len(value.indices)} bits (at most {MAX_BITS}; any number with == and !=)"
            raise self.unsupported(node, what)
        total: Any = 0
        for position, bit in enumerate(value.indices):
            total = total + (self.reading[bit] << position)
        return Word(total, len(value.indices))

    def unary(self, node: ast.UnaryExpression, given: Any) -> Any:
        given = self.word(node, given)
        match node.op.name, given:
            case "-", AngleAlgebra():
                return -given
            case "-", int() | float():
                return -given
            case "!", Word():
                return _truth(given.value == 0)
            case "!", bool() | int():
                return not given
            case "~", Word(is_signed=False):
                return Word(given.value ^ (2**given.width - 1), given.width)
            case "~", bool():
                return not given
        raise self.error(node, f"'{node.op.name}' cannot be applied to this")

    def binary(self, node: ast.BinaryExpression, left: Any, right: Any) -> Any:
        left, right, sign = self.word(node.lhs, left), self.word(node.rhs, right), node.op.name
        for side, value in ((node.lhs, left), (node.rhs, right)):
            if not isinstance(value, (int, float, AngleAlgebra, Word)):
                raise self.error(side, f"'{sign}' cannot be applied to this")
        if isinstance(left, Word) or isinstance(right, Word):
            return self.of_words(node, sign, left, right)
        if isinstance(left, AngleAlgebra) or isinstance(right, AngleAlgebra):
            return self.of_angles(node, sign, left, right)
        if sign in _COMPARE:
            return bool(_COMPARE[sign](left, right))
        if sign in ("&&", "||"):
            return bool(left and right) if sign == "&&" else bool(left or right)
        if sign in _BITWISE and isinstance(left, int) and isinstance(right, int):
            return _BITWISE[sign](left, right)
        if sign in _SHIFTS and isinstance(left, int) and isinstance(right, int):
            if not 0 <= right <= MAX_INT_BITS:
                raise self.error(node.rhs, f"a shift by {right}")
            return self.small(node, _SHIFTS[sign](int(left), int(right)))
        return self.numbers(node, sign, left, right)

    def numbers(self, node: Any, sign: str, left: Any, right: Any) -> Any:
        whole = isinstance(left, int) and isinstance(right, int)
        if sign in _ARITHMETIC:
            return self.small(node, _ARITHMETIC[sign](left, right))
        if sign == "**":
            return self.power(node, left, right)
        if sign == "/":
            if not whole:
                return self.finite(node, left / right)
            if left % right:
                message = (
                    f"{left}/{right} of integers is not an integer: write {left}.0/{right} for the fraction"
                )
                raise self.error(node, message)
            return left // right
        if sign == "%":
            if left < 0 or right < 0:
                raise self.error(node, "the remainder of negative numbers, of which there are two kinds")
            return left % right
        raise self.error(node, f"'{sign}' cannot be applied to these numbers")

    def power(self, node: Any, left: Any, right: Any) -> Any:
        if isinstance(left, int) and isinstance(right, int) and right >= 0:
            if right * max(1, abs(left).bit_length()) > MAX_INT_BITS and abs(left) > 1:
                raise self.error(node, "an integer that is too large")
            return left**right if abs(left) > 1 else (left ** (2 - right % 2) if right else 1)
        found = float(left) ** float(right)
        if isinstance(found, complex):
            raise self.error(node, "a power that is no real number")
        return self.finite(node, found)

    def small(self, node: Any, number: Any) -> Any:
        if isinstance(number, int):
            if number.bit_length() > MAX_INT_BITS:
                raise self.error(node, "an integer that is too large")
            return number
        return self.finite(node, number)

    def of_angles(self, node: Any, sign: str, left: Any, right: Any) -> Any:
        match sign:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                return left / right
            case "**":
                return left**right
        raise self.unsupported(node, f"'{sign}' of an input")

    def of_words(self, node: Any, sign: str, left: Any, right: Any) -> Any:
        if isinstance(left, AngleAlgebra) or isinstance(right, AngleAlgebra):
            raise self.unsupported(node, "an expression of both inputs and bits")
        if sign in ("&&", "||"):
            first, second = (_truth(_plain(side) != 0).value for side in (left, right))
            return Word(first & second if sign == "&&" else first | second, 1)
        if sign in _COMPARE:
            return _truth(_COMPARE[sign](_plain(left), _plain(right)))
        width = max(side.width for side in (left, right) if isinstance(side, Word))
        if isinstance(left, float) or isinstance(right, float):
            raise self.unsupported(node, f"'{sign}' of bits and a fraction")
        if sign in _SHIFTS and isinstance(left, Word) and not left.is_signed:
            if isinstance(right, Word) or not 0 <= right <= MAX_BITS:
                raise self.unsupported(node, "a shift by bits, or by more than 16")
            width = left.width
            return Word(_SHIFTS[sign](left.value, right) & (2**width - 1), width)
        if sign in _BITWISE or sign in _ARITHMETIC:
            found = {**_BITWISE, **_ARITHMETIC}[sign](_plain(left), _plain(right))
            if not any(isinstance(side, Word) and side.is_signed for side in (left, right)):
                return Word(found & (2**width - 1), width)
            widths = [
                side.width if isinstance(side, Word) else side.bit_length() + 1 for side in (left, right)
            ]
            width = sum(widths) if sign == "*" else max(widths) + 1
            if width <= MAX_SIGNED and sign in _ARITHMETIC:
                return Word(found, width, True)
        raise self.unsupported(node, f"'{sign}' of bits")

    # -- functions and types -----------------------------------------------------------------------

    def call(self, node: ast.FunctionCall, given: list[Any]) -> Any:
        name = "pow" if node.name.name == POW else node.name.name
        wanted = 2 if name in ("pow", "mod") else FUNCTIONS.get(name, (None,))[0]
        if wanted is None:
            raise self.error(node.name, f"the function '{name}' is not defined, or not known to qsetu")
        if len(given) != wanted:
            raise self.error(node, f"'{name}' takes {wanted} argument(s), got {len(given)}")
        if any(isinstance(one, (Bits, Word)) for one in given):
            raise self.unsupported(node, f"'{name}' of measured bits")
        if not all(isinstance(one, (int, float, AngleAlgebra)) for one in given):
            raise self.error(node, f"'{name}' takes numbers")
        is_open = any(isinstance(one, AngleAlgebra) for one in given)
        if name == "pow":
            return self.of_angles(node, "**", *given) if is_open else self.power(node, *given)
        if name == "mod" and not is_open:
            return self.numbers(node, "%", *given)
        if not is_open:
            return self.small(node, FUNCTIONS[name][1](*given))
        if name == "sqrt":
            return given[0] ** 0.5
        if name in OPEN_FUNCTIONS:
            return apply(name, *given)
        raise self.unsupported(node, f"'{name}' of an input")

    def cast(self, node: Any, kind: ast.ClassicalType, given: Any, scope: Scope) -> Any:
        """``given`` as a value of a type that was written down."""
        size = getattr(kind, "size", None)
        width = None if size is None else self.integer(size, scope)
        if width is not None and not 1 <= width <= MAX_INT_BITS:
            raise self.error(node, f"a type of {width} bits")
        if isinstance(given, Bits):
            given = self.word(node, given)
        if isinstance(given, Word):
            return self.cast_word(node, kind, given, width)
        match kind, given:
            case ast.BoolType(), bool() | int() | float():
                return bool(given)
            case ast.IntType() | ast.UintType(), bool() | int() | float():
                number = int(given)
                low, high = 0, 2 ** (width or 64) - 1
                if isinstance(kind, ast.IntType):
                    low, high = -(2 ** ((width or 64) - 1)), 2 ** ((width or 64) - 1) - 1
                if not low <= number <= high:
                    raise self.error(node, f"{number} does not fit: the type holds {low} to {high}")
                return number
            case ast.FloatType() | ast.AngleType(), bool() | int() | float():
                return float(given)
            case ast.FloatType() | ast.AngleType(), AngleAlgebra():
                return given
        raise self.error(node, "this value cannot have this type")

    def cast_word(self, node: Any, kind: ast.ClassicalType, given: Word, width: int | None) -> Any:
        match kind:
            case ast.BoolType():
                return _truth(given.value != 0)
            case ast.UintType() | ast.BitType() if not given.is_signed:
                to = given.width if width is None else width
                return Word(given.value & (2 ** min(to, given.width) - 1), to)
            case ast.IntType() if width is None or width > given.width:
                return Word(given.value, given.width + 1, True)
        raise self.unsupported(node, "this cast of measured bits")

    # -- parts of registers ------------------------------------------------------------------------

    def part(self, node: Any, register: Any, index: Any, scope: Scope) -> Any:
        """Some of a register: by an index, a range or a set."""
        if not isinstance(register, (Qubits, Bits)) or register.single:
            raise self.error(node, "only registers have parts")
        of = type(register)
        many = register.indices
        if isinstance(index, ast.DiscreteSet):
            return of(tuple(self.element(one, many, scope) for one in index.values))
        if len(index) != 1:
            raise self.error(node, "a register has one index")
        (one,) = index
        if isinstance(one, ast.RangeDefinition):
            return of(tuple(many[i] for i in self.range(one, scope, len(many))))
        return of((self.element(one, many, scope),), True)

    def element(self, node: Any, many: tuple[int, ...], scope: Scope) -> int:
        index = self.integer(node, scope)
        if not -len(many) <= index < len(many):
            raise self.error(node, f"index {index} is out of range: the register has {len(many)}")
        return many[index]

    def range(self, node: ast.RangeDefinition, scope: Scope, length: int | None = None) -> range:
        """The numbers of ``start:step:end``, both ends included; within a register of ``length``."""
        step = 1 if node.step is None else self.integer(node.step, scope)
        if step == 0:
            raise self.error(node, "a range with step 0")
        if length is None and (node.start is None or node.end is None):
            raise self.error(node, "a range needs both ends here")
        ends = [None if end is None else self.integer(end, scope) for end in (node.start, node.end)]
        if length is not None:
            default = (0, length - 1) if step > 0 else (length - 1, 0)
            ends = [default[i] if end is None else end for i, end in enumerate(ends)]
            ends = [end + length if end is not None and end < 0 else end for end in ends]
            if not all(end is not None and 0 <= end < length for end in ends):
                raise self.error(node, f"a range out of a register of {length}")
        first, last = int(ends[0] or 0), int(ends[1] or 0)
        return range(first, last + (1 if step > 0 else -1), step)

    def joined(self, node: Any, left: Any, right: Any) -> Any:
        for kind in (Qubits, Bits):
            if isinstance(left, kind) and isinstance(right, kind):
                return kind(left.indices + right.indices)
        raise self.error(node, "'++' joins registers of the same kind")


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Word) else value


def _truth(value: Any) -> Word:
    return Word(value.astype(np.int64) if isinstance(value, np.ndarray) else int(value), 1)
