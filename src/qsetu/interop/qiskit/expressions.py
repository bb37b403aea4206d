"""Qiskit's parameter expressions as angles of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qiskit.circuit import Parameter, ParameterExpression

from qsetu.circuits import Affine
from qsetu.circuits.affine import AngleAlgebra
from qsetu.circuits.nonlinear import apply
from qsetu.core.errors import ArgumentError, Said

__all__ = ["as_angle"]

# Qiskit's operations on a stack, as QPY files hold them; by "R" the operands change places.
_BINARY = {"ADD": "add", "SUB": "sub", "MUL": "mul", "DIV": "div", "POW": "pow"}
_UNARY = {
    "SIN": "sin",
    "COS": "cos",
    "TAN": "tan",
    "ASIN": "arcsin",
    "ACOS": "arccos",
    "ATAN": "arctan",
    "EXP": "exp",
    "LOG": "log",
    "ABS": "abs",
    "SIGN": "sign",
}


def as_angle(value: Any, slots: Mapping[Parameter, Affine]) -> Any:
    """A number, a parameter or an expression of Qiskit's as an angle, what is affine staying so.

    Args:
        value: What an instruction holds among its parameters.
        slots: The slot of each parameter.

    Raises:
        ArgumentError: Not a real number or expression; or an operation that we do not know.
    """
    if isinstance(value, Parameter):
        return slots[value]
    if not isinstance(value, ParameterExpression):
        return _number(value)
    if not value.parameters:
        return _number(value.numeric())
    stack: list[Any] = []

    def operand(given: Any) -> Any:
        if given is None:
            return stack.pop()
        return slots[given] if isinstance(given, Parameter) else _number(given)

    # The record that Qiskit's own files are made of: exact numbers, which texts do not always have.
    for step in value._qpy_replay:
        stack.append(_step(str(step.op).rpartition(".")[2], step, operand))
    (made,) = stack
    return made


def _step(name: str, step: Any, operand: Any) -> Any:
    if name in _UNARY:
        return apply(_UNARY[name], operand(step.lhs))
    if name == "CONJ":  # angles are real
        return operand(step.lhs)
    swapped = name.startswith("R") and name[1:] in _BINARY
    if name not in _BINARY and not swapped:
        rule = "must be an expression of sums, products, powers and elementary functions"
        raise ArgumentError("parameter", rule, Said(f"one with {name}"), "Bind or rewrite it first.")
    # What was computed last is on top of the stack: the right operand.
    right = operand(step.rhs)
    left = operand(step.lhs)
    if swapped:
        left, right = right, left
    function = _BINARY[name[1:] if swapped else name]
    if function == "sub":
        return apply("add", left, apply("mul", -1.0, right))
    return apply(function, left, right)


def _number(value: Any) -> Any:
    if isinstance(value, AngleAlgebra):
        return value
    number = complex(value)
    if number.imag:
        raise ArgumentError("parameter", "must be real", value, "An angle with an imaginary part is no gate.")
    return Affine(number.real + 0.0)
