"""Numbers and angles as OpenQASM text that is read back exactly."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache

from qsetu.circuits import Affine
from qsetu.circuits.nonlinear import Nonlinear
from qsetu.core.errors import ArgumentError, Said

__all__ = ["angle", "number"]

_SIGNS = {"add": "+", "mul": "*", "div": "/", "pow": "**"}
_FUNCTIONS = ("sin", "cos", "tan", "arcsin", "arccos", "arctan", "exp", "log")


@lru_cache(maxsize=4096)
def number(value: float) -> str:
    """``value`` as text: a simple multiple of pi where it is exactly that, else its shortest decimal.

    Example:
        >>> number(0.75 * 3.141592653589793), number(-0.1), number(1e-20)
        ('3*pi/4', '-0.1', '1.0e-20')
    """
    for divisor in (1, 2, 3, 4, 6, 8, 12, 16, 32):
        times = round(value * divisor / math.pi)
        # As a reader computes it: the product first.
        if 0 < abs(times) <= 4 * divisor and times * math.pi / divisor == value:
            sign = "-" if times < 0 else ""
            many = "" if abs(times) == 1 else f"{abs(times)}*"
            return f"{sign}{many}pi" + ("" if divisor == 1 else f"/{divisor}")
    text = repr(float(value))
    if "e" in text and "." not in text:  # the grammar of OpenQASM 2 wants a point
        text = text.replace("e", ".0e")
    return text


def angle(given: Affine | Nonlinear, slots: Sequence[str]) -> str:
    """An angle as an expression, in which slot i is called ``slots[i]``.

    Raises:
        ArgumentError: A function that OpenQASM has no name for.
    """
    if isinstance(given, Affine):
        return _affine(given, slots)
    parts = [angle(argument, slots) for argument in given.arguments]
    if given.function in _SIGNS:
        return f" {_SIGNS[given.function]} ".join(map(_bracketed, parts))
    if given.function not in _FUNCTIONS:
        rule = "must hold functions that OpenQASM has"
        raise ArgumentError("circuit", rule, Said(f"an angle with {given.function}()"), "Bind it first.")
    return f"{given.function}({parts[0]})"


def _bracketed(text: str) -> str:
    """``text`` in brackets, unless it is one word or the call of a function."""
    return text if re.fullmatch(r"[\w.]+|[a-z]+\([^()]*\)", text) else f"({text})"


def _affine(given: Affine, slots: Sequence[str]) -> str:
    text = ""
    for slot, coefficient in given.terms:
        size = abs(coefficient)
        term = slots[slot] if size == 1.0 else f"{number(size)}*{slots[slot]}"
        if text:
            text += f" {'-' if coefficient < 0 else '+'} {term}"
        else:
            text = f"-{term}" if coefficient < 0 else term
    if not text:
        return number(given.constant)
    if given.constant:
        text += f" {'-' if given.constant < 0 else '+'} {number(abs(given.constant))}"
    return text
