"""Angles that are not affine in parameters: products, powers, elementary functions, and their derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from qsetu.circuits.affine import Affine, AngleAlgebra, as_affine
from qsetu.core.errors import ArgumentError, unknown_name

__all__ = ["FUNCTIONS", "Nonlinear", "Rule", "apply"]

# Rows of values, by column a slot; partial derivatives by slot.
Array: TypeAlias = Any
Partials: TypeAlias = dict[int, Array]


class Rule(NamedTuple):
    """A function and its partial derivatives: of ``xp`` (NumPy or jax.numpy), the result, the arguments."""

    value: Callable[..., Any]
    slopes: tuple[Callable[..., Any], ...]


FUNCTIONS: dict[str, Rule] = {
    "add": Rule(lambda xp, a, b: a + b, (lambda xp, r, a, b: 1.0, lambda xp, r, a, b: 1.0)),
    "mul": Rule(lambda xp, a, b: a * b, (lambda xp, r, a, b: b, lambda xp, r, a, b: a)),
    "div": Rule(lambda xp, a, b: a / b, (lambda xp, r, a, b: 1.0 / b, lambda xp, r, a, b: -r / b)),
    "pow": Rule(
        lambda xp, a, b: xp.power(a, b),
        (lambda xp, r, a, b: b * xp.power(a, b - 1.0), lambda xp, r, a, b: r * xp.log(a)),
    ),
    "sin": Rule(lambda xp, a: xp.sin(a), (lambda xp, r, a: xp.cos(a),)),
    "cos": Rule(lambda xp, a: xp.cos(a), (lambda xp, r, a: -xp.sin(a),)),
    "tan": Rule(lambda xp, a: xp.tan(a), (lambda xp, r, a: 1.0 + r * r,)),
    "arcsin": Rule(lambda xp, a: xp.arcsin(a), (lambda xp, r, a: 1.0 / xp.sqrt(1.0 - a * a),)),
    "arccos": Rule(lambda xp, a: xp.arccos(a), (lambda xp, r, a: -1.0 / xp.sqrt(1.0 - a * a),)),
    "arctan": Rule(lambda xp, a: xp.arctan(a), (lambda xp, r, a: 1.0 / (1.0 + a * a),)),
    "exp": Rule(lambda xp, a: xp.exp(a), (lambda xp, r, a: r,)),
    "log": Rule(lambda xp, a: xp.log(a), (lambda xp, r, a: 1.0 / a,)),
    "abs": Rule(lambda xp, a: xp.abs(a), (lambda xp, r, a: xp.sign(a),)),
    "sign": Rule(lambda xp, a: xp.sign(a), (lambda xp, r, a: 0.0 * a,)),
}

_SIGNS = {"add": "+", "mul": "*", "div": "/", "pow": "**"}


class Nonlinear(AngleAlgebra):
    """A function of other angles; immutable and hashable. Made by arithmetic with :func:`qsetu.param`.

    Attributes:
        function: Key in :data:`FUNCTIONS`.
        arguments: What it is applied to, :class:`Affine` or :class:`Nonlinear`.
        num_params: One more than the highest slot used.

    Example:
        >>> from qsetu import Circuit, expectation, param
        >>> circuit = Circuit(1).ry(param(0) * param(1), 0)
        >>> expectation(circuit, "Z0", [0.5, 2.0]).round(4).tolist()
        0.5403
    """

    __slots__ = ("_hash", "arguments", "function", "num_params")

    function: str
    arguments: tuple[Affine | Nonlinear, ...]
    num_params: int

    def __init__(self, function: str, arguments: Sequence[Affine | Nonlinear]) -> None:
        given = tuple(arguments)
        if function not in FUNCTIONS:
            raise unknown_name("function", function, FUNCTIONS)
        if len(given) != len(FUNCTIONS[function].slopes):
            rule = f"must hold {len(FUNCTIONS[function].slopes)} angle(s) for '{function}'"
            raise ArgumentError("arguments", rule, given)
        # Set once, here: the hash of a long expression would otherwise be computed at every look.
        for name, value in (
            ("function", function),
            ("arguments", given),
            ("num_params", max(argument.num_params for argument in given)),
            ("_hash", hash((function, given))),
        ):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"An angle is immutable: cannot set '{name}'.")

    def __reduce__(self) -> tuple[Any, ...]:
        return Nonlinear, (self.function, self.arguments)

    def __hash__(self) -> int:
        return self._hash  # type: ignore[no-any-return, attr-defined]

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Nonlinear) or hash(self) != hash(other):
            return False
        return (self.function, self.arguments) == (other.function, other.arguments)

    def evaluate(self, values: Array, xp: Any = np) -> Array:
        """The angle for parameter values of shape ``(..., P)``; returns shape ``(...)``.

        Args:
            values: Real array, NumPy's or JAX's.
            xp: ``numpy``, or ``jax.numpy`` for arrays of JAX.
        """
        return self._value(values, xp, {})

    def partials(self, values: Array, xp: Any = np) -> Partials:
        """The derivative by each slot used, ``{slot: array of shape (...)}``, by the chain rule."""
        slopes: dict[Nonlinear, Partials] = {}
        return self._partials(values, xp, {}, slopes)

    # What occurs more than once is computed once: expressions may share parts.
    def _value(self, values: Array, xp: Any, known: dict[Nonlinear, Array]) -> Array:
        if self not in known:
            given = [_value(argument, values, xp, known) for argument in self.arguments]
            known[self] = FUNCTIONS[self.function].value(xp, *given)
        return known[self]

    def _partials(
        self, values: Array, xp: Any, known: dict[Nonlinear, Array], slopes: dict[Nonlinear, Partials]
    ) -> Partials:
        if self in slopes:
            return slopes[self]
        result = self._value(values, xp, known)
        given = [_value(argument, values, xp, known) for argument in self.arguments]
        total: Partials = {}
        for argument, slope in zip(self.arguments, FUNCTIONS[self.function].slopes, strict=True):
            inner = (
                argument._partials(values, xp, known, slopes)
                if isinstance(argument, Nonlinear)
                else argument.partials(values)
            )
            if inner:  # a slope of a constant is not asked for: it may not exist
                outer = slope(xp, result, *given)
                for slot, part in inner.items():
                    total[slot] = total.get(slot, 0.0) + outer * part
        slopes[self] = total
        return total

    def shifted(self, offset: int) -> Nonlinear:
        """The same expression of slots moved up by ``offset``."""
        return Nonlinear(self.function, [argument.shifted(offset) for argument in self.arguments])

    def content(self) -> tuple[object, ...]:
        """Plain data for :func:`qsetu.core.hashing.content_hash`."""
        parts = [a.content() if isinstance(a, Nonlinear) else a for a in self.arguments]
        return (self.function, parts)

    def __str__(self) -> str:
        parts = [str(argument) for argument in self.arguments]
        if self.function not in _SIGNS:
            return f"{self.function}({parts[0]})"
        joined = [p if _is_factor(a) else f"({p})" for a, p in zip(self.arguments, parts, strict=True)]
        return _SIGNS[self.function].join(joined)

    def __repr__(self) -> str:
        parts = [repr(a) if _is_slot(a) else f"({a!r})" for a in self.arguments]
        if self.function in _SIGNS:
            return f" {_SIGNS[self.function]} ".join(parts)
        return f"abs({parts[0]})" if self.function == "abs" else f"{parts[0]}.{self.function}()"


def _is_slot(angle: Affine | Nonlinear) -> bool:
    return isinstance(angle, Affine) and not angle.constant and [c for _, c in angle.terms] == [1.0]


def _is_factor(angle: Affine | Nonlinear) -> bool:
    """Whether its text stands in a product without brackets."""
    if isinstance(angle, Nonlinear):
        return angle.function not in _SIGNS
    return _is_slot(angle) or (not angle.terms and angle.constant >= 0)


def _value(angle: Affine | Nonlinear, values: Array, xp: Any, known: dict[Nonlinear, Array]) -> Array:
    return angle._value(values, xp, known) if isinstance(angle, Nonlinear) else angle.evaluate(values)


def apply(function: str, *arguments: Any) -> Affine | Nonlinear:
    """A function of angles, computed at once where they are numbers, affine where it can be.

    Args:
        function: Key in :data:`FUNCTIONS`.
        arguments: Numbers or angles.

    Raises:
        ArgumentError: The result of numbers is not a finite real number (``log`` of 0, for instance).
    """
    given = [a if isinstance(a, Nonlinear) else as_affine("angle", a) for a in arguments]
    if not any(argument.num_params for argument in given):
        with np.errstate(all="ignore"):
            numbers_ = [argument.constant for argument in given if isinstance(argument, Affine)]
            result = float(FUNCTIONS[function].value(np, *map(np.float64, numbers_)))
        if not math.isfinite(result):
            raise ArgumentError("angle", f"must be finite, as {function} of {numbers_} is not", result)
        return Affine(result + 0.0)
    match function, given:
        case "add", [Affine() as left, Affine() as right]:
            total: Affine = left + right
            return total
        case ("add", [other, Affine(0.0, ())]) | ("add", [Affine(0.0, ()), other]):
            return other
        case ("mul", [Affine(factor, ()), other]) | ("mul", [other, Affine(factor, ())]):
            if isinstance(other, Affine):
                scaled: Affine = other * factor
                return scaled
            if factor == 0.0:
                return Affine()
            match other.function, other.arguments:
                case "mul", (Affine(inner, ()), rest):  # so that what is negated twice is what it was
                    return apply("mul", factor * inner, rest)
            return other if factor == 1.0 else Nonlinear("mul", (Affine(factor), other))
        case "div", [_, Affine(0.0, ())]:
            raise ArgumentError("angle", "must not be divided by 0", 0.0)
        case "div", [other, Affine(divisor, ())]:
            return apply("mul", 1.0 / divisor, other) if isinstance(other, Affine) else _over(other, divisor)
        case "pow", [other, Affine(1.0, ())]:
            return other
    return Nonlinear(function, given)


def _over(angle: Nonlinear, divisor: float) -> Affine | Nonlinear:
    return angle if divisor == 1.0 else Nonlinear("div", (angle, Affine(divisor)))
