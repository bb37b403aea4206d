"""The figure of an extrapolation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from qsetu.mitigation.zero_noise import ZeroNoiseEstimate

__all__ = ["draw_extrapolation"]

_MEASURED, _FITTED, _SOFT = "#1f2328", "#5b3fa8", "#6a737d"


def draw_extrapolation(estimate: ZeroNoiseEstimate, place: tuple[int, ...]) -> Figure:
    """One value of ``estimate``: points measured, the curve, and where it ends; bars are two errors."""
    figure = Figure(figsize=(6.4, 4.0), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    line = np.linspace(0, estimate.scales[-1] * 1.05, 200)
    axes.plot(line, estimate.predict(line)[place], color=_FITTED, linewidth=1.5, label=f"{estimate.fit} fit")
    axes.errorbar(
        estimate.scales,
        estimate.measured[place],
        2 * estimate.measured_errors[place],
        fmt="o",
        color=_MEASURED,
        capsize=3,
        label="measured",
    )
    value, error = float(estimate.values[place]), float(estimate.standard_errors[place])
    if np.isfinite(value):
        told = f"no noise: {value:.4f} ± {error:.4f}"
        axes.errorbar([0], [value], [2 * error], fmt="D", color=_FITTED, capsize=3, label=told)
    axes.axvline(0, color=_SOFT, linewidth=0.6)
    axes.set_xlabel("noise scale")
    axes.set_ylabel("expectation value (bars: 2 standard errors)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return figure
