"""Several tests at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qsetu.core.checks import as_float_array
from qsetu.core.errors import ArgumentError

__all__ = ["holm"]


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """p-values corrected for their number by Holm's step-down method, in the given order.

    Whoever calls significant what is below 0.05 here is wrong anywhere among them with probability 0.05 at
    most, however the tests depend on each other.

    Args:
        p_values: M p-values, from 0 to 1.

    Raises:
        ArgumentError: A value that is no probability.

    Reference: Holm, Scandinavian Journal of Statistics 6, 65 (1979).

    Example:
        >>> from qsetu.experiments.statistics import holm
        >>> holm([0.01, 0.25, 0.02])
        (0.03, 0.25, 0.04)
    """
    if len(p_values) == 0:
        return ()
    values = as_float_array("p_values", p_values, "(M,)")
    if values.ndim != 1 or values.min() < 0 or values.max() > 1:
        raise ArgumentError("p_values", "must be a list of probabilities, from 0 to 1", p_values)
    order = np.argsort(values, kind="stable")
    corrected = np.empty_like(values)
    steps = values[order] * np.arange(len(values), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return tuple(float(value) for value in corrected)
