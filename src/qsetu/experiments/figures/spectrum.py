"""Spectra of the quantum kernels before training, beside the RBF kernel's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from qsetu.documents.figures import Drawing, FigureFile, brief, logarithmic, panels, plain_grid
from qsetu.documents.palette import COLORS
from qsetu.experiments.record import DiagnosisRecord, Result
from qsetu.experiments.wording import nouns, settings_words

__all__ = ["drawings"]


def drawings(result: Result) -> list[Drawing]:
    """The figure of spectra; none where no kernel was diagnosed."""
    kernels = [one for one in result.diagnoses if one.spectrum]
    if not kernels:
        return []
    told = [
        f"{one.title} ({settings_words(one.configuration)}): largest {_share(one.spectrum, 1)}, five largest "
        f"{_share(one.spectrum, 5)}; RBF kernel: largest {_share(one.rbf_spectrum, 1)}, five largest "
        f"{_share(one.rbf_spectrum, 5)}"
        for one in kernels
    ]
    counts = " or ".join(sorted({str(one.num_samples) for one in kernels}))
    file = FigureFile(
        "kernel-spectrum",
        "Largest eigenvalues of each quantum kernel as shares of their sum, on a logarithmic scale, for "
        "the configuration that most folds chose; beside it the RBF kernel at its usual width on the same "
        f"features. On {counts} {nouns(result).samples} of the first training part, before any training. A "
        "flat line is a kernel to which all samples look different, a steep one a kernel to which they "
        "look alike.",
        "Shares of all eigenvalues. " + "; ".join(told) + ".",
    )
    return [Drawing(file, lambda: _draw(kernels))]


def _share(spectrum: Sequence[float], count: int) -> str:
    return f"{100 * sum(spectrum[:count]):.1f} %"


def _positive(one: DiagnosisRecord) -> list[float]:
    return [share for share in [*one.spectrum, *one.rbf_spectrum] if share > 0]


def _draw(kernels: Sequence[DiagnosisRecord]) -> Figure:
    figure, axes = panels(len(kernels), 3.4, 3.1, sharey=True)
    for place, (axis, one) in enumerate(zip(axes, kernels, strict=True)):
        for values, name, family, dash in (
            (one.spectrum, "quantum kernel", "quantum", "-"),
            (one.rbf_spectrum, "RBF kernel", "classical", "--"),
        ):
            shares = np.array(values)
            above = shares > 0  # a share of 0 has no place on a logarithmic scale
            axis.plot(
                np.arange(1, len(shares) + 1)[above],
                shares[above],
                dash,
                color=COLORS[family],
                lw=1.8,
                label=name,
            )
        axis.set_yscale("log")
        logarithmic(axis.yaxis, min(_positive(one)), max(_positive(one)))
        axis.set_title(brief(one.title, 34))
        axis.set_xlabel("eigenvalue number")
        plain_grid(axis, "both")
        axis.legend(loc="upper right")
        if place % 3 == 0:
            axis.set_ylabel("share of the sum")
    return figure
