"""Operators and functions of OpenQASM 3, of numbers, open angles and measured bits."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from openqasm3 import ast

from qsetu.circuits.affine import AngleAlgebra
from qsetu.circuits.nonlinear import apply
from qsetu.interop.openqasm.source import Source
from qsetu.interop.openqasm.version3.plain import POW
from qsetu.interop.openqasm.version3.values import Bits, Word

__all__ = ["MAX_BITS", "MAX_INT_BITS", "Operators", "truth"]

# Conditions are tables of what they are for each number in the bits that they look at.
MAX_BITS = 16
# Integers of a program: large enough for every register, small enough for memory.
MAX_INT_BITS = 10_000
# Integers with a sign that are made of bits: what arrays of 64-bit numbers hold.
MAX_SIGNED = 62

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


class Operators:
    """What operators and functions make of values.

    Args:
        source: For errors.
    """

    def __init__(self, source: Source) -> None:
        self.source = source

    def finite(self, node: Any, number: float) -> float:
        """``number``, if it is finite."""
        if not math.isfinite(number):
            raise self.source.error(node, "a number that is not finite")
        return number

    def unary(self, node: ast.UnaryExpression, given: Any) -> Any:
        """``-``, ``!`` or ``~`` of a value."""
        match node.op.name, given:
            case "-", AngleAlgebra():
                return -given
            case "-", int() | float():
                return -given
            case "!", Word():
                return truth(given.value == 0)
            case "!", bool() | int():
                return not given
            case "~", Word(is_signed=False):
                return Word(given.value ^ (2**given.width - 1), given.width)
            case "~", bool():
                return not given
        raise self.source.error(node, f"'{node.op.name}' cannot be applied to this")

    def binary(self, node: ast.BinaryExpression, left: Any, right: Any) -> Any:
        """Two values and the sign between them."""
        sign = node.op.name
        for side, value in ((node.lhs, left), (node.rhs, right)):
            if not isinstance(value, (int, float, AngleAlgebra, Word)):
                raise self.source.error(side, f"'{sign}' cannot be applied to this")
        if isinstance(left, Word) or isinstance(right, Word):
            return self._of_words(node, sign, left, right)
        if isinstance(left, AngleAlgebra) or isinstance(right, AngleAlgebra):
            return self._of_angles(node, sign, left, right)
        if sign in _COMPARE:
            return bool(_COMPARE[sign](left, right))
        if sign in ("&&", "||"):
            return bool(left and right) if sign == "&&" else bool(left or right)
        if sign in _BITWISE and isinstance(left, int) and isinstance(right, int):
            return _BITWISE[sign](left, right)
        if sign in _SHIFTS and isinstance(left, int) and isinstance(right, int):
            if not 0 <= right <= MAX_INT_BITS:
                raise self.source.error(node.rhs, f"a shift by {right}")
            return self._small(node, _SHIFTS[sign](int(left), int(right)))
        return self._numbers(node, sign, left, right)

    def _numbers(self, node: Any, sign: str, left: Any, right: Any) -> Any:
        whole = isinstance(left, int) and isinstance(right, int)
        if sign in _ARITHMETIC:
            return self._small(node, _ARITHMETIC[sign](left, right))
        if sign == "**":
            return self._power(node, left, right)
        if sign == "/":
            if not whole:
                return self.finite(node, left / right)
            if left % right:
                message = (
                    f"{left}/{right} of integers is not an integer: write {left}.0/{right} for the fraction"
                )
                raise self.source.error(node, message)
            return left // right
        if sign == "%":
            if left < 0 or right < 0:
                raise self.source.error(
                    node, "the remainder of negative numbers, of which there are two kinds"
                )
            return left % right
        raise self.source.error(node, f"'{sign}' cannot be applied to these numbers")

    def _power(self, node: Any, left: Any, right: Any) -> Any:
        if isinstance(left, int) and isinstance(right, int) and right >= 0:
            if right * max(1, abs(left).bit_length()) > MAX_INT_BITS and abs(left) > 1:
                raise self.source.error(node, "an integer that is too large")
            return left**right if abs(left) > 1 else (left ** (2 - right % 2) if right else 1)
        found = float(left) ** float(right)
        if isinstance(found, complex):
            raise self.source.error(node, "a power that is no real number")
        return self.finite(node, found)

    def _small(self, node: Any, number: Any) -> Any:
        if isinstance(number, int):
            if number.bit_length() > MAX_INT_BITS:
                raise self.source.error(node, "an integer that is too large")
            return number
        return self.finite(node, number)

    def _of_angles(self, node: Any, sign: str, left: Any, right: Any) -> Any:
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
        raise self.source.unsupported(node, f"'{sign}' of an input")

    def _of_words(self, node: Any, sign: str, left: Any, right: Any) -> Any:
        if isinstance(left, AngleAlgebra) or isinstance(right, AngleAlgebra):
            raise self.source.unsupported(node, "an expression of both inputs and bits")
        if sign in ("&&", "||"):
            first, second = (truth(_plain(side) != 0).value for side in (left, right))
            return Word(first & second if sign == "&&" else first | second, 1)
        if sign in _COMPARE:
            return truth(_COMPARE[sign](_plain(left), _plain(right)))
        width = max(side.width for side in (left, right) if isinstance(side, Word))
        if isinstance(left, float) or isinstance(right, float):
            raise self.source.unsupported(node, f"'{sign}' of bits and a fraction")
        if sign in _SHIFTS and isinstance(left, Word) and not left.is_signed:
            if isinstance(right, Word) or not 0 <= right <= MAX_BITS:
                raise self.source.unsupported(node, "a shift by bits, or by more than 16")
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
        raise self.source.unsupported(node, f"'{sign}' of bits")

    def call(self, node: ast.FunctionCall, given: list[Any]) -> Any:
        """A function of values."""
        name = "pow" if node.name.name == POW else node.name.name
        wanted = 2 if name in ("pow", "mod") else FUNCTIONS.get(name, (None,))[0]
        if wanted is None:
            raise self.source.error(node.name, f"the function '{name}' is not defined, or not known to qsetu")
        if len(given) != wanted:
            raise self.source.error(node, f"'{name}' takes {wanted} argument(s), got {len(given)}")
        if any(isinstance(one, (Bits, Word)) for one in given):
            raise self.source.unsupported(node, f"'{name}' of measured bits")
        if not all(isinstance(one, (int, float, AngleAlgebra)) for one in given):
            raise self.source.error(node, f"'{name}' takes numbers")
        is_open = any(isinstance(one, AngleAlgebra) for one in given)
        if name == "pow":
            return self._of_angles(node, "**", *given) if is_open else self._power(node, *given)
        if name == "mod" and not is_open:
            return self._numbers(node, "%", *given)
        if not is_open:
            return self._small(node, FUNCTIONS[name][1](*given))
        if name == "sqrt":
            return given[0] ** 0.5
        if name in OPEN_FUNCTIONS:
            return apply(name, *given)
        raise self.source.unsupported(node, f"'{name}' of an input")


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Word) else value


def truth(value: Any) -> Word:
    """True and false as a bit."""
    return Word(value.astype(np.int64) if isinstance(value, np.ndarray) else int(value), 1)
