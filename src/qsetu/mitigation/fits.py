"""Curves through noisy values, continued to no noise, with the errors of the values carried along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_choice, as_int
from qsetu.core.errors import ArgumentError, Said

__all__ = ["FITS", "Curve", "as_curve"]

FITS = ("linear", "polynomial", "richardson", "exponential")

# Decays looked at, for each step of the smallest distance between scales. What decays faster is gone at
# the second scale, what grows faster is no decay.
RATES = np.linspace(-2.0, 8.0, 1001)

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """The family of curves that is fitted.

    Attributes:
        name: One of :data:`FITS`.
        degree: Of the polynomial; 1 for an exponential, which has as many free numbers as a line.
    """

    name: str
    degree: int

    def at(self, coefficients: FloatArray, asymptote: FloatArray, scales: FloatArray) -> FloatArray:
        """Curves ``(..., S)`` at scales ``(S,)``, for coefficients ``(..., D)`` and asymptotes ``(...)``."""
        if self.name == "exponential":
            height, rate = coefficients[..., :1], coefficients[..., 1:]
            decayed: FloatArray = asymptote[..., None] + height * np.exp(-rate * scales)
            return decayed
        powers: FloatArray = coefficients @ _powers(scales, self.degree).T
        return powers

    def fitted(
        self, scales: FloatArray, values: FloatArray, errors: FloatArray, asymptote: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Least squares for each row, weighted by the errors where none of them is 0.

        Args:
            scales: ``(S,)``, ascending.
            values: ``(R, S)``.
            errors: Their standard errors, ``(R, S)``.
            asymptote: ``(R,)``, used by exponentials alone.

        Returns:
            Coefficients ``(R, D)``, and standard errors of the curves at 0, ``(R,)``; NaN where the values
            decide no exponential.
        """
        weights = np.ones_like(errors)
        known = (errors > 0).all(axis=1)
        weights[known] = 1 / errors[known]
        found = np.empty((len(values), self.degree + 1))
        slopes = np.empty_like(values)  # of the curve at 0 by each value
        for row, (one, weight) in enumerate(zip(values, weights, strict=True)):
            if self.name == "exponential":
                found[row], slopes[row] = _exponential(scales, one - asymptote[row], weight)
            else:
                solve = np.linalg.pinv(weight[:, None] * _powers(scales, self.degree)) * weight
                found[row], slopes[row] = solve @ one, solve[0]
        at_zero: FloatArray = np.sqrt((slopes**2 * errors**2).sum(axis=1))
        return found, at_zero


def as_curve(fit: str, degree: int | None, scales: FloatArray) -> Curve:
    """The family that is meant, if ``scales``, ascending, are enough for it.

    Raises:
        ArgumentError: Unknown fit; a degree where the fit has its own; too few scales that differ.
    """
    name = as_choice("fit", fit, FITS)
    if degree is not None and name != "polynomial":
        raise ArgumentError("degree", f"must be None with fit='{name}'", degree, "Or use fit='polynomial'.")
    own = {"linear": 1, "polynomial": 2, "richardson": max(1, len(scales) - 1), "exponential": 1}[name]
    power = own if degree is None else as_int("degree", degree, 1)
    if len(scales) < power + 1 or (np.diff(scales) <= 0).any():
        shown = [round(float(scale), 6) for scale in scales]
        rule = f"must reach at least {power + 1} scales, ascending and different, for fit='{name}'"
        raise ArgumentError("scales", rule, Said(f"{shown} reached"), "A short circuit reaches few scales.")
    return Curve(name, power)


def _powers(scales: FloatArray, degree: int) -> FloatArray:
    return np.vander(scales, degree + 1, increasing=True)


def _exponential(scales: FloatArray, values: FloatArray, weights: FloatArray) -> tuple[Any, Any]:
    """``(height, rate)`` of ``height * exp(-rate * scale)``, and slopes of the height by the values."""
    from scipy.optimize import least_squares

    if np.abs(values).max() < 1e-12:
        height, rate = 0.0, 0.0
    else:
        # The best height for each rate is a formula; so the best rate can be looked up, and then refined.
        rates = RATES / np.diff(scales).min()
        decays = weights * np.exp(-rates[:, None] * scales)
        heights = decays @ (weights * values) / (decays**2).sum(axis=1)
        misses = ((weights * values - heights[:, None] * decays) ** 2).sum(axis=1)
        best = int(misses.argmin())
        if best in (0, len(rates) - 1):
            return np.nan, np.nan

        def miss(point: FloatArray) -> FloatArray:
            off: FloatArray = weights * (point[0] * np.exp(-point[1] * scales) - values)
            return off

        start = (heights[best], rates[best])
        height, rate = least_squares(miss, start, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15).x
    decay = np.exp(-rate * scales)
    slopes = np.linalg.pinv(weights[:, None] * np.column_stack([decay, -height * scales * decay]))
    return (height, rate), slopes[0] * weights
