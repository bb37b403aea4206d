"""Arguments that several simulators take: priors, frequencies, seeds; and draws that they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_float, as_float_array, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import fresh_seed

__all__ = [
    "as_prior",
    "as_probabilities",
    "as_simulation_seed",
    "class_indices",
    "pick",
    "sample_names",
]

_CLOSE = 1e-6


def as_simulation_seed(seed: int | None) -> int:
    """``seed``, or a fresh one that the result then tells."""
    return fresh_seed() if seed is None else as_int("seed", seed, 0)


def as_probabilities(
    argument: str, value: Any, shape: tuple[int | None, ...], axis: int = 0, *, positive: bool = False
) -> NDArray[np.float64]:
    """Probabilities that sum to one along ``axis``, float64; what is lost to rounding is put right.

    Args:
        argument: Name in errors.
        value: Array.
        shape: Its shape; None for any length of at least one.
        axis: Along which they sum to one.
        positive: Whether none may be zero.

    Raises:
        ArgumentError: Wrong shape, a number outside [0, 1], or sums that are not one.
    """
    words = "(" + ", ".join("L" if n is None else str(n) for n in shape) + ("," * (len(shape) == 1)) + ")"
    array = as_float_array(argument, value, words)
    same = array.ndim == len(shape) and array.size > 0
    if not same or any(n not in (None, m) for n, m in zip(shape, array.shape, strict=True)):
        raise ArgumentError(argument, f"must have shape {words}", Said(f"shape {array.shape}"))
    low = array.min()
    if low < 0 or array.max() > 1 or (positive and low == 0):
        rule = f"must be probabilities, {'above 0' if positive else 'from 0'} to 1"
        raise ArgumentError(argument, rule, Said(f"values from {low:g} to {array.max():g}"))
    sums = array.sum(axis=axis, keepdims=True)
    if (abs(sums - 1) > _CLOSE).any():
        worst = sums.reshape(-1)[abs(sums - 1).argmax()]
        hint = "Divide counts by their sums first."
        raise ArgumentError(argument, f"must sum to 1 along axis {axis}", Said(f"a sum of {worst:g}"), hint)
    return np.asarray(array / sums)


def as_prior(value: Mapping[str, float] | None, classes: NDArray[np.str_]) -> NDArray[np.float64]:
    """P(class) in the order of ``classes``; equal where ``value`` is None.

    Raises:
        ArgumentError: Names that are not the classes, a number outside (0, 1], or a sum that is not one.
    """
    if value is None:
        return np.full(len(classes), 1 / len(classes))
    if not isinstance(value, Mapping) or sorted(value) != classes.tolist():
        rule = f"must give a probability for each of the classes {', '.join(classes)}"
        raise ArgumentError("prior", rule, value)
    shares = [as_float(f"prior[{name!r}]", value[name], low=0, high=1, open_low=True) for name in classes]
    return as_probabilities("prior", shares, (len(classes),))


def class_indices(random: np.random.Generator, n: int, prior: NDArray[np.float64]) -> NDArray[np.int64]:
    """n classes drawn with probabilities ``prior``, int64 ``(n,)``."""
    return pick(random.random(n), prior)


def pick(uniform: NDArray[np.float64], probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """Numbers drawn with ``probabilities`` (last axis), one for each of ``uniform`` in [0, 1).

    Args:
        uniform: Any shape.
        probabilities: ``(K,)``, or of a shape that broadcasts to ``(*uniform.shape, K)``.

    Returns:
        int64 of the shape of ``uniform``. A number of probability zero is never drawn.
    """
    bounds = np.cumsum(probabilities, axis=-1)
    # The last bound is one up to rounding; where its share is zero the draw has to stop earlier.
    bounds = np.where(bounds >= bounds[..., -1:], np.inf, bounds)[..., :-1]
    return np.asarray((uniform[..., None] >= bounds).sum(axis=-1))


def sample_names(n: int, part: str) -> NDArray[np.str_]:
    """Names that tell the samples of one part from those of another, text ``(n,)``."""
    if not isinstance(part, str):
        raise ArgumentError("part", 'must be a text, such as "train"', part)
    return np.array([f"{part or 'sample'}-{i}" for i in range(n)], dtype=np.str_)
