"""The figure of a preflight. No global state of matplotlib is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from qsetu.learn.preflight.report import Preflight

__all__ = ["draw"]

# Told apart by the color-blind and in gray print; dashes and labels say the same.
_QUANTUM, _CLASSICAL, _INK, _SOFT = "#5b3fa8", "#c8641b", "#1f2328", "#8c959f"


def draw(found: Preflight) -> Figure:
    """One panel for each diagnostic there is."""
    panels = [panel for panel, wanted in _panels(found) if wanted]
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(max(4.6, 3.7 * columns), 3.0 * rows), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    for place, panel in enumerate(panels):
        axes = figure.add_subplot(rows, columns, place + 1)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8, color=_SOFT)
        panel(axes, found)
        axes.title.set_fontsize(10)
        axes.xaxis.label.set_fontsize(9)
        axes.yaxis.label.set_fontsize(9)
    return figure


def _panels(found: Preflight) -> list[tuple[Any, bool]]:
    return [
        (_values, found.concentration is not None),
        (_spectrum, found.effective_rank is not None),
        (_alignment, found.alignment is not None),
        (_differences, found.comparison is not None),
        (_complexity, found.comparison is not None and found.comparison.complexity is not None),
        (_bandwidths, found.bandwidths is not None),
        (_gradients, found.gradients is not None),
    ]


def _legend(axes: Any, **more: Any) -> None:
    axes.legend(frameon=False, fontsize=8, handlelength=1.6, **more)


def _line(axes: Any, at: float, top: float, color: str = _INK, style: str = "-", **more: Any) -> None:
    """A vertical line that ends at a share of the panel's height, below what is written there."""
    axes.axvline(at, ymax=top, color=color, linestyle=style, linewidth=1.3, **more)


def _headroom(axes: Any, share: float) -> None:
    """Leave the upper part of a panel free for its legend."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, low + (high - low) / (1 - share))


def _values(axes: Any, found: Preflight) -> None:
    assert found.matrix is not None and found.concentration is not None
    values = found.matrix[np.triu_indices(len(found.matrix), 1)]
    axes.hist(values, bins=np.linspace(0, 1, 41), color=_QUANTUM, alpha=0.75)
    mean, haar = found.concentration.mean, found.concentration.haar_mean
    _line(axes, mean, 0.72, label=f"mean {mean:.3g}")
    if haar is not None:
        _line(axes, haar, 0.72, _CLASSICAL, "--", label=f"random states {haar:.2g}")
    axes.set(title="Kernel values of pairs", xlabel="value", ylabel="pairs", xlim=(0, 1))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    _headroom(axes, 0.27)
    _legend(axes, loc="upper right")


def _spectrum(axes: Any, found: Preflight) -> None:
    assert found.matrix is not None and found.effective_rank is not None
    eigenvalues = np.linalg.eigvalsh(found.matrix)[::-1] * len(found.matrix) / np.trace(found.matrix)
    shown = eigenvalues > 1e-8 * eigenvalues[0]
    places = np.arange(1, len(eigenvalues) + 1)
    axes.semilogy(places[shown], eigenvalues[shown], color=_QUANTUM, linewidth=1.6)
    _line(axes, found.effective_rank, 1.0, style="--")
    title = f"Eigenvalues, effective rank {found.effective_rank:.3g}"
    axes.set(title=title, xlabel="number", ylabel="eigenvalue (mean 1)")


def _alignment(axes: Any, found: Preflight) -> None:
    assert found.alignment is not None
    axes.hist(found.alignment.shuffled, bins=20, color=_SOFT, alpha=0.75, label="shuffled labels")
    told = f"labels, p = {found.alignment.p_value:.2g}"
    _line(axes, found.alignment.centered, 0.72, _QUANTUM, label=told)
    axes.set(title="Alignment with labels", xlabel="centered alignment", ylabel="shufflings")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    _headroom(axes, 0.27)
    _legend(axes, loc="upper center")


def _differences(axes: Any, found: Preflight) -> None:
    assert found.comparison is not None
    families, values = zip(
        *sorted(found.comparison.differences.items(), key=lambda pair: -pair[1]), strict=True
    )
    limit = found.comparison.limit
    _bars(axes, list(families), list(values), [_CLASSICAL] * len(families), limit, f"sqrt(N) = {limit:.3g}")
    axes.set(title=f"Geometric difference, g = {found.comparison.difference:.3g}")
    axes.set_xlabel("smallest g of each family")


def _complexity(axes: Any, found: Preflight) -> None:
    assert found.comparison is not None
    values = [float(found.comparison.classical_complexity or 0), float(found.comparison.complexity or 0)]
    names = ["best\nclassical", "quantum"]
    _bars(axes, names, values, [_CLASSICAL, _QUANTUM], found.num_samples, f"N = {found.num_samples}")
    axes.set(title="Model complexity", xlabel="s = $y^T(K+r)^{-1}y$")


def _bars(
    axes: Any, names: list[str], values: list[float], colors: list[str], limit: float, told: str
) -> None:
    """Horizontal bars with their numbers, and a line with its name above them."""
    count = len(names)
    bars = axes.barh(names, values, color=colors, height=0.55)
    # On white, so that the line does not run through a number.
    behind = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    axes.bar_label(bars, labels=[f"{value:.3g}" for value in values], padding=3, fontsize=8, bbox=behind)
    bottom, top = -0.6, count - 0.4 + 0.2 * count
    axes.set_ylim(bottom, top)
    axes.vlines(limit, bottom, count - 0.45, color=_INK, linestyle="--", linewidth=1.3, zorder=0.5)
    axes.text(limit, count - 0.35, told, fontsize=8, va="bottom", ha="center")
    axes.set_xlim(0, 1.3 * max(limit, *values))
    axes.xaxis.set_major_locator(MaxNLocator(5))


def _bandwidths(axes: Any, found: Preflight) -> None:
    scan = found.bandwidths
    assert scan is not None
    lines = [
        (np.sqrt(scan.variances), "-.", _SOFT, "sd of values"),
        (scan.ranks / found.num_samples, "--", _CLASSICAL, "effective rank / N"),
    ]
    if scan.alignments is not None:
        lines.append((scan.alignments, "-", _QUANTUM, "alignment"))
    for values, style, color, label in lines:
        axes.semilogx(scan.bandwidths, values, style, color=color, linewidth=1.6, label=label, base=2)
    low = min(0.0, *(float(values.min()) for values, *_ in lines))
    axes.set(title="Bandwidth", xlabel="bandwidth", ylim=(low, 1.02))
    _headroom(axes, 0.36)
    _line(axes, scan.recommended, 0.64, style=":", label="recommended")
    axes.plot([scan.given], [low], "^", color=_INK, markersize=7, clip_on=False, label="given")
    places = scan.bandwidths[:: max(1, -(-len(scan.bandwidths) // 5))]
    axes.set_xticks(places, [f"{place:.3g}" for place in places])
    axes.minorticks_off()
    axes.set_yticks([0, 0.5, 1])
    _legend(axes, loc="upper left", ncols=2, columnspacing=1.0)


def _gradients(axes: Any, found: Preflight) -> None:
    scan = found.gradients
    assert scan is not None
    axes.semilogy(scan.num_qubits, scan.largest, "o", color=_QUANTUM, label="largest")
    axes.semilogy(scan.num_qubits, scan.mean, "s", color=_CLASSICAL, markersize=4, label="mean over angles")
    if scan.factor is not None:
        middle = np.exp(np.log(scan.largest).mean())
        line = middle * scan.factor ** (scan.num_qubits - scan.num_qubits.mean())
        axes.semilogy(scan.num_qubits, line, color=_INK, linewidth=1.2, label=f"x {scan.factor:.2f} a qubit")
    axes.set(title="Variance of the gradient", xlabel="qubits", ylabel="Var[dC/dtheta]")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _legend(axes, loc="best")
