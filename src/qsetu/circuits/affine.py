"""Angles: numbers, parameter slots, and affine expressions of slots. Others are in ``nonlinear.py``."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError

if TYPE_CHECKING:
    from qsetu.circuits.nonlinear import Nonlinear

__all__ = ["Affine", "Angle", "AngleAlgebra", "as_affine", "as_angle", "param", "params"]

# Slots beyond this are a typing mistake, and an (..., P) array of that width would not fit anyway.
MAX_SLOT = 10_000_000


class AngleAlgebra:
    """Arithmetic and elementary functions of angles (radians): what is affine in its parameters stays so."""

    __slots__ = ()

    # Makes `np.float64(2) * param(0)` call our __rmul__ instead of building an object array.
    __array_ufunc__ = None

    def __add__(self, other: Any) -> Any:
        return _apply("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return _apply("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return _apply("add", self, -1.0 * other) if _is_angle(other) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return _apply("add", other, -1.0 * self)

    def __mul__(self, other: Any) -> Any:
        return _apply("mul", self, other)

    def __rmul__(self, other: Any) -> Any:
        return _apply("mul", other, self)

    def __truediv__(self, other: Any) -> Any:
        return _apply("div", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _apply("div", other, self)

    def __pow__(self, other: Any) -> Any:
        return _apply("pow", self, other)

    def __rpow__(self, other: Any) -> Any:
        return _apply("pow", other, self)

    def __neg__(self) -> Any:
        return _apply("mul", -1.0, self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return _apply("abs", self)

    def sin(self) -> Any:
        """Sine."""
        return _apply("sin", self)

    def cos(self) -> Any:
        """Cosine."""
        return _apply("cos", self)

    def tan(self) -> Any:
        """Tangent."""
        return _apply("tan", self)

    def arcsin(self) -> Any:
        """Inverse of the sine, radians."""
        return _apply("arcsin", self)

    def arccos(self) -> Any:
        """Inverse of the cosine, radians."""
        return _apply("arccos", self)

    def arctan(self) -> Any:
        """Inverse of the tangent, radians."""
        return _apply("arctan", self)

    def exp(self) -> Any:
        """Exponential function."""
        return _apply("exp", self)

    def log(self) -> Any:
        """Natural logarithm."""
        return _apply("log", self)

    def sign(self) -> Any:
        """Sign: -1, 0 or 1."""
        return _apply("sign", self)


def _is_angle(value: Any) -> bool:
    return isinstance(value, (AngleAlgebra, numbers.Real)) and not isinstance(value, bool)


def _apply(function: str, *arguments: Any) -> Any:
    if not all(map(_is_angle, arguments)):
        return NotImplemented
    from qsetu.circuits.nonlinear import apply

    return apply(function, *arguments)


@dataclass(frozen=True, slots=True)
class Affine(AngleAlgebra):
    """``constant + sum(coefficient * parameter[slot])``, an angle in radians.

    Made by :func:`param` and arithmetic; immutable and hashable.

    Attributes:
        constant: Additive constant, radians.
        terms: ``(slot, coefficient)`` pairs, slots ascending, no zero coefficient.
    """

    constant: float = 0.0
    terms: tuple[tuple[int, float], ...] = ()

    def evaluate(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The angle for parameter values of shape ``(..., P)``; returns shape ``(...)``."""
        angle = np.full(values.shape[:-1], self.constant)
        for slot, coefficient in self.terms:
            angle = angle + coefficient * values[..., slot]
        return angle

    def partials(self, values: NDArray[np.float64]) -> dict[int, Any]:
        """The derivative by each slot used, ``{slot: number}``."""
        return dict(self.terms)

    def shifted(self, offset: int) -> Affine:
        """The same expression of slots moved up by ``offset``."""
        return Affine(self.constant, tuple((slot + offset, c) for slot, c in self.terms))

    @property
    def num_params(self) -> int:
        """One more than the highest slot used, 0 for a plain number."""
        return self.terms[-1][0] + 1 if self.terms else 0

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Affine):
            if isinstance(other, AngleAlgebra):
                return _apply("add", self, other)
            if not isinstance(other, numbers.Real):
                return NotImplemented
        right = as_affine("angle", other)
        merged = dict(self.terms)
        for slot, coefficient in right.terms:
            merged[slot] = merged.get(slot, 0.0) + coefficient
        return _make(self.constant + right.constant, merged)

    def __mul__(self, factor: Any) -> Any:
        if isinstance(factor, AngleAlgebra):
            return _apply("mul", self, factor)
        if not isinstance(factor, numbers.Real):
            return NotImplemented
        scale = as_float("factor", factor)
        return _make(scale * self.constant, {slot: scale * c for slot, c in self.terms})

    # A sum or product with a number is what circuits are full of: not by way of the general rule.
    __radd__ = __add__
    __rmul__ = __mul__

    def __str__(self) -> str:
        parts = [_format_term(f"p{slot}", c) for slot, c in self.terms]
        if self.constant or not parts:
            parts.append(f"{self.constant:.4g}")
        return "+".join(parts).replace("+-", "-")

    def __repr__(self) -> str:
        parts = [f"param({slot})" if c == 1.0 else f"{c!r} * param({slot})" for slot, c in self.terms]
        if self.constant or not parts:
            parts.append(repr(self.constant))
        return " + ".join(parts)


Angle: TypeAlias = "Affine | Nonlinear | float"


def param(slot: int) -> Affine:
    """Parameter slot ``slot``: the angle is ``parameters[..., slot]`` when the circuit runs.

    Example:
        >>> from qsetu import Circuit, param
        >>> Circuit(1).ry(2 * param(0) + 0.1, 0).num_params
        1

    Raises:
        ArgumentError: ``slot`` is not a non-negative integer.
    """
    return Affine(0.0, ((as_int("slot", slot, 0, MAX_SLOT), 1.0),))


def params(count: int, start: int = 0) -> tuple[Affine, ...]:
    """``count`` consecutive slots from ``start`` on: ``(param(start), ..., param(start+count-1))``."""
    return tuple(param(start + i) for i in range(as_int("count", count, 0)))


def as_affine(argument: str, value: Any) -> Affine:
    """A number or an expression as :class:`Affine`; anything else is an error that names ``argument``."""
    if isinstance(value, Affine):
        return value
    if isinstance(value, (bool, str, Sequence, Mapping)):
        rule = "must be a number (radians) or an expression of qsetu.param(i)"
        raise ArgumentError(argument, rule, value)
    return Affine(as_float(argument, value))


def as_angle(argument: str, value: Any) -> Affine | Nonlinear:
    """A number or any expression of parameters, checked as :func:`as_affine` does."""
    from qsetu.circuits.nonlinear import Nonlinear

    return value if isinstance(value, Nonlinear) else as_affine(argument, value)


def _make(constant: float, merged: Mapping[int, float]) -> Affine:
    # "+ 0.0" turns -0.0 into 0.0, so that equal angles hash equally.
    return Affine(constant + 0.0, tuple((slot, merged[slot]) for slot in sorted(merged) if merged[slot]))


def _format_term(name: str, coefficient: float) -> str:
    if coefficient == 1.0:
        return name
    return f"-{name}" if coefficient == -1.0 else f"{coefficient:.4g}*{name}"
