"""What the tests of this package take, checked at their doors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_float, as_float_array
from qsetu.core.errors import ArgumentError, Said

__all__ = ["as_confidence", "as_df", "as_level", "as_matrix", "as_pair", "as_size", "leveled"]

# Scores are sums and quotients of few numbers: what differs only beyond this many decimals of the largest is
# rounding, and would turn ties and constant differences into something else.
_DECIMALS = 12


def as_confidence(value: Any) -> float:
    """A probability above 0.5 and below 1."""
    number = as_float("confidence", value, low=0.5, high=1.0, open_low=True)
    if number == 1.0:
        raise ArgumentError("confidence", "must be below 1", value)
    return number


def as_level(value: Any) -> float:
    """A level of significance, above 0 and below 0.5."""
    number = as_float("level", value, low=0.0, high=0.5, open_low=True)
    if number == 0.5:
        hint = "A level is the rate of false alarms, such as 0.05; a confidence is 1 minus it."
        raise ArgumentError("level", "must be below 0.5", value, hint)
    return number


def as_size(argument: str, value: Any) -> float:
    """A mean number of samples, above 0."""
    return as_float(argument, value, low=0.0, open_low=True)


def as_df(value: Any, folds: int) -> float:
    """Degrees of freedom, from 1 to J - 1; J - 1 if not given."""
    return folds - 1.0 if value is None else as_float("df", value, low=1.0, high=folds - 1.0)


def as_pair(a: ArrayLike, b: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores of two models on the same J folds, float64 ``(J,)`` each, J at least 2."""
    first, second = as_float_array("a", a, "(J,)"), as_float_array("b", b, "(J,)")
    for name, values in (("a", first), ("b", second)):
        if values.ndim != 1 or len(values) < 2:
            raise ArgumentError(
                name, "must hold at least 2 scores, one a fold", Said(f"shape {values.shape}")
            )
    if len(first) != len(second):
        rule = f"must hold {len(first)} scores, one for each of 'a', of the same folds in the same order"
        raise ArgumentError("b", rule, Said(f"{len(second)} scores"))
    return first, second


def as_matrix(scores: ArrayLike | Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Scores, float64 ``(N, K)``: a block (fold or dataset) a row, a model a column; at least 2 of each."""
    values = as_float_array("scores", scores, "(N, K)")
    if values.ndim != 2 or min(values.shape) < 2:
        rule = "must be a matrix of at least 2 blocks (rows: folds or datasets) and 2 models (columns)"
        raise ArgumentError("scores", rule, Said(f"shape {values.shape}"))
    return values


def leveled(values: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """``values`` in units of ``scale``, without what rounding did to them; zeros if ``scale`` is zero."""
    if scale == 0:
        return np.zeros_like(values)
    return np.asarray(np.round(values / scale, _DECIMALS))
