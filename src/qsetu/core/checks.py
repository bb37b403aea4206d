"""Argument checks shared by every public function: convert, or raise an error that helps."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from qsetu.core.errors import ArgumentError, unknown_name

__all__ = ["as_choice", "as_complex_dtype", "as_float", "as_float_array", "as_int", "as_seed"]


def as_int(argument: str, value: Any, low: int, high: int | None = None, hint: str = "") -> int:
    """``value`` as an ``int`` within ``[low, high]``; booleans and non-integral floats are refused."""
    bound = f"from {low} to {high}" if high is not None else f"of at least {low}"
    rule = f"must be an integer {bound}"
    if isinstance(value, (bool, np.bool_)):
        raise ArgumentError(argument, rule, value, hint)
    try:
        number = operator.index(value)
    except TypeError:
        raise ArgumentError(argument, rule, value, hint) from None
    if number < low or (high is not None and number > high):
        raise ArgumentError(argument, rule, value, hint)
    return number


def as_float(
    argument: str, value: Any, *, low: float = -np.inf, high: float = np.inf, open_low: bool = False
) -> float:
    """``value`` as a finite ``float`` within ``[low, high]`` (``(low, high]`` with ``open_low``)."""
    rule = "must be a finite real number"
    if np.isfinite(low) or np.isfinite(high):
        rule += f" {'above' if open_low else 'of at least'} {low}" if np.isfinite(low) else ""
        rule += f" {'and ' if np.isfinite(low) else ''}at most {high}" if np.isfinite(high) else ""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ArgumentError(argument, rule, value) from None
    too_low = number <= low if open_low else number < low
    if not np.isfinite(number) or too_low or number > high:
        raise ArgumentError(argument, rule, value)
    return number


def as_choice(argument: str, value: Any, choices: Iterable[str]) -> str:
    """``value`` if it is one of ``choices``; otherwise an error that lists them and guesses."""
    names = list(choices)
    if not isinstance(value, str) or value not in names:
        raise unknown_name(argument, value, names)
    return value


def as_complex_dtype(argument: str, value: DTypeLike) -> np.dtype[Any]:
    """``complex64`` or ``complex128`` as a NumPy dtype."""
    rule = "must be complex64 (fast, about 7 digits) or complex128 (about 15 digits)"
    try:
        dtype = np.dtype(value)
    except TypeError:
        raise ArgumentError(argument, rule, value) from None
    if dtype not in (np.dtype(np.complex64), np.dtype(np.complex128)):
        raise ArgumentError(argument, rule, value)
    return dtype


def as_float_array(argument: str, value: ArrayLike, shape_rule: str = "") -> NDArray[np.float64]:
    """``value`` as a C-contiguous finite float64 array; complex, text and NaN are refused."""
    rule = "must be an array of finite real numbers" + (f" of shape {shape_rule}" if shape_rule else "")
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise TypeError
        array = np.ascontiguousarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise ArgumentError(argument, rule, value) from None
    if not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(np.atleast_1d(array)))[0]
        where = ", ".join(str(int(i)) for i in bad)
        found = np.atleast_1d(array)[tuple(bad)]
        raise ArgumentError(
            argument, rule, float(found), f"First at index [{where}]; remove or impute such values."
        )
    return array


def as_seed(argument: str, value: Any) -> int | None:
    """A non-negative integer seed, or ``None`` for fresh entropy."""
    return None if value is None else as_int(argument, value, 0)
