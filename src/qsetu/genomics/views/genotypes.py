"""Genotypes as colors: people by variants."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qsetu.core.checks import as_int
from qsetu.core.errors import ArgumentError
from qsetu.genomics.datasets import GenotypeDataset
from qsetu.genomics.datasets.genotypes import MISSING
from qsetu.genomics.views.view import View, new_figure

__all__ = ["genotype_heatmap"]

_COLORS = ("#f0f0f0", "#7fb3d5", "#08519c")
_NOT_CALLED = "#D55E00"


def genotype_heatmap(genotypes: GenotypeDataset, *, max_samples: int = 300, max_variants: int = 400) -> View:
    """Copies of the counted allele as colors; people sorted by label, what was not called in a color of its
    own.

    Args:
        genotypes: The data.
        max_samples: Of more people, so many are shown, evenly taken from the sorted list.
        max_variants: Of more variants, so many are shown, evenly taken in the order of the data.

    Returns:
        The picture; its table holds the codes shown (-1 for not called), rows named by sample, columns by
        variant.

    Raises:
        ArgumentError: ``genotypes`` are none, or hold nobody.
    """
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.patches import Patch

    if not isinstance(genotypes, GenotypeDataset) or not genotypes.dosages.size:
        raise ArgumentError("genotypes", "must be a GenotypeDataset with samples and variants", genotypes)
    as_int("max_samples", max_samples, 1)
    as_int("max_variants", max_variants, 1)
    labels = genotypes.labels
    order = np.arange(len(genotypes)) if labels is None else np.argsort(labels, kind="stable")
    rows = order[_evenly(len(order), max_samples)]
    columns = _evenly(genotypes.num_features, max_variants)
    codes = genotypes.dosages[np.ix_(rows, columns)]
    table = pd.DataFrame(
        codes, index=genotypes.sample_names[rows], columns=genotypes.variants["id"].to_numpy()[columns]
    )
    kinds = [MISSING, *range(genotypes.ploidy + 1)]
    shades = [_NOT_CALLED] + [_COLORS[round(2 * copies / genotypes.ploidy)] for copies in kinds[1:]]
    with new_figure(8, 5) as (figure, ax):
        norm = BoundaryNorm([kind - 0.5 for kind in [*kinds, kinds[-1] + 1]], len(kinds))
        ax.imshow(codes, aspect="auto", interpolation="nearest", cmap=ListedColormap(shades), norm=norm)
        ax.set(xlabel=f"{len(columns)} of {genotypes.num_features} variants", xticks=[])
        ax.set_ylabel(f"{len(rows)} of {len(genotypes)} samples")
        if labels is not None:
            shown = labels[rows]
            starts = np.flatnonzero(np.r_[True, shown[1:] != shown[:-1]])
            ends = np.r_[starts[1:], len(shown)]
            ax.set_yticks((starts + ends - 1) / 2, shown[starts])
            ax.hlines(starts[1:] - 0.5, -0.5, len(columns) - 0.5, color="#1f2328", linewidth=0.7)
        else:
            ax.set_yticks([])
        names = ["not called"] + [f"{copies} cop{'y' if copies == 1 else 'ies'}" for copies in kinds[1:]]
        handles = [
            Patch(facecolor=shade, edgecolor="#6a737d", label=name)
            for shade, name in zip(shades, names, strict=True)
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
    missing = 100 * float(np.mean(codes == MISSING))
    words = f"Genotypes of {len(rows)} samples at {len(columns)} variants; {missing:.2f} % not called."
    return View(figure, table, words)


def _evenly(number: int, at_most: int) -> NDArray[np.int64]:
    if number <= at_most:
        return np.arange(number)
    return np.linspace(0, number - 1, at_most).round().astype(np.int64)
