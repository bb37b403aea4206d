"""L-BFGS that can be watched, ended early and interrupted without losing what it found."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Descent", "descend"]

Array = NDArray[np.float64]


class Descent(NamedTuple):
    """What a search found: the lowest loss, its angles ``(P,)``, and the loss from the start on."""

    loss: float
    angles: Array
    curve: list[float]
    interrupted: bool


def descend(
    evaluate: Callable[[Array], tuple[float, Array]],
    start: Array,
    free: NDArray[np.bool_],
    *,
    steps: int,
    tol: float,
    patience: int,
    callback: Callable[[int, float], Any] | None = None,
) -> Descent:
    """Minimize by L-BFGS over the angles that are free.

    Args:
        evaluate: Loss and gradient ``(P,)`` at angles ``(P,)``.
        start: Angles to start from, ``(P,)``.
        free: Which of them may change, ``(P,)``.
        steps: Most iterations.
        tol: The search ends where no slope is above this.
        patience: The search ends after so many iterations without a loss lower by ``tol``.
        callback: Called after each iteration with its number and its loss; True ends the search.

    Returns:
        The best angles seen. After Ctrl-C, with a warning, those seen by then.
    """
    from scipy.optimize import minimize as _minimize

    minimize: Any = _minimize
    best = Descent(np.inf, start, [], False)

    def at(moving: Array) -> tuple[float, Array]:
        nonlocal best
        angles = start.copy()
        angles[free] = moving
        loss, slope = evaluate(angles)
        if loss < best.loss:
            best = best._replace(loss=loss, angles=angles)
        return loss, slope[free]

    curve = best.curve
    lowest, when = np.inf, 0

    def after(intermediate_result: Any) -> None:
        nonlocal lowest, when
        loss = float(intermediate_result.fun)
        curve.append(loss)
        if loss < lowest - tol:
            lowest, when = loss, len(curve)
        told = callback is not None and callback(len(curve) - 1, loss) is True
        if told or len(curve) - when >= patience:
            raise StopIteration

    try:
        lowest, when = at(start[free])[0], 1
        curve.append(lowest)
        if free.any():
            limits = {"maxiter": steps, "maxfun": 20 * steps, "gtol": tol, "ftol": 0.0, "maxcor": 20}
            minimize(at, start[free], jac=True, method="L-BFGS-B", callback=after, options=limits)
    except KeyboardInterrupt:
        if not curve:
            raise
        message = f"Fit interrupted after {len(curve) - 1} of up to {steps} iterations; the best is kept."
        warnings.warn(message, stacklevel=4)
        return best._replace(interrupted=True)
    return best
