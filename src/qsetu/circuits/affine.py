"""Angles: numbers, parameter slots, and affine expressions of slots."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError

__all__ = ["Affine", "Angle", "as_affine", "param", "params"]

# Slots beyond this are a typing mistake, and an (..., P) array of that width would not fit anyway.
MAX_SLOT = 10_000_000


@dataclass(frozen=True, slots=True)
class Affine:
    """``constant + sum(coefficient * parameter[slot])``, an angle in radians.

    Made by :func:`param` and arithmetic; immutable and hashable.

    Attributes:
        constant: Additive constant, radians.
        terms: ``(slot, coefficient)`` pairs, slots ascending, no zero coefficient.
    """

    constant: float = 0.0
    terms: tuple[tuple[int, float], ...] = ()

    # Makes `np.float64(2) * param(0)` call our __rmul__ instead of building an object array.
    __array_ufunc__ = None

    def evaluate(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The angle for parameter values of shape ``(..., P)``; returns shape ``(...)``."""
        angle = np.full(values.shape[:-1], self.constant)
        for slot, coefficient in self.terms:
            angle = angle + coefficient * values[..., slot]
        return angle

    def shifted(self, offset: int) -> Affine:
        """The same expression of slots moved up by ``offset``."""
        return Affine(self.constant, tuple((slot + offset, c) for slot, c in self.terms))

    @property
    def num_params(self) -> int:
        """One more than the highest slot used, 0 for a plain number."""
        return self.terms[-1][0] + 1 if self.terms else 0

    def __add__(self, other: Any) -> Affine:
        if not isinstance(other, (Affine, numbers.Real)):
            return NotImplemented
        right = as_affine("angle", other)
        merged = dict(self.terms)
        for slot, coefficient in right.terms:
            merged[slot] = merged.get(slot, 0.0) + coefficient
        return _make(self.constant + right.constant, merged)

    def __mul__(self, factor: Any) -> Affine:
        if isinstance(factor, Affine):
            raise TypeError(
                "An angle must be affine in its parameters: a product of two parameters is not. "
                "Give the product a slot of its own and compute it in the function x -> parameters."
            )
        if not isinstance(factor, numbers.Real):
            return NotImplemented
        scale = as_float("factor", factor)
        return _make(scale * self.constant, {slot: scale * c for slot, c in self.terms})

    def __truediv__(self, divisor: Any) -> Affine:
        if not isinstance(divisor, numbers.Real):
            return NotImplemented
        return self * (1.0 / float(divisor))

    def __neg__(self) -> Affine:
        return self * -1.0

    def __pos__(self) -> Affine:
        return self

    def __sub__(self, other: Any) -> Affine:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Affine:
        return (-self).__add__(other)

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


Angle: TypeAlias = "Affine | float"


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


def _make(constant: float, merged: Mapping[int, float]) -> Affine:
    # "+ 0.0" turns -0.0 into 0.0, so that equal angles hash equally.
    return Affine(constant + 0.0, tuple((slot, merged[slot]) for slot in sorted(merged) if merged[slot]))


def _format_term(name: str, coefficient: float) -> str:
    if coefficient == 1.0:
        return name
    return f"-{name}" if coefficient == -1.0 else f"{coefficient:.4g}*{name}"
