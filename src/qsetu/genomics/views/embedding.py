"""Samples as points in the plane, by principal components or UMAP."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qsetu.core.checks import as_choice, as_int
from qsetu.core.errors import ArgumentError
from qsetu.genomics.datasets import Dataset, ExpressionDataset, GenotypeDataset, SequenceDataset
from qsetu.genomics.views.view import LABEL_COLORS, View, new_figure

__all__ = ["sample_map"]

_MARKERS = "os^Dv<>"  # seven against eight colors: 56 classes before a pair repeats


def sample_map(
    dataset: Dataset, *, method: Literal["pca", "umap"] = "pca", seed: int = 0, components: int = 30
) -> View:
    """A map of the samples, colored by label.

    What is mapped: expression, each gene scaled to unit variance; genotypes, scaled by Patterson's
    sqrt(2p(1 - p)) with missing ones at the mean; sequences, their 4-mer spectra (amino acids: counts of
    letters).
    All samples are used, so this is for looking only: features for a model are fitted inside the fold.

    Args:
        dataset: Expression, genotypes or sequences, at least three samples.
        method: "pca" (linear, says how much of the variance is shown) or "umap" (keeps neighbors together;
            distances between far clusters mean nothing).
        seed: For UMAP and for the solver of principal components.
        components: Principal components that UMAP starts from.

    Returns:
        The picture; its table has columns ``x``, ``y`` and, where there are labels, ``label``.

    Raises:
        ArgumentError: The dataset has no numbers to map, or too few samples.

    References:
        Patterson, Price and Reich, PLOS Genetics 2, e190 (2006), doi 10.1371/journal.pgen.0020190; McInnes,
        Healy and Melville, UMAP, arXiv:1802.03426.
    """
    as_choice("method", method, ("pca", "umap"))
    as_int("components", components, 2)
    numbers = _numbers(dataset)
    if len(numbers) < 3:
        raise ArgumentError("dataset", "must have at least 3 samples", len(numbers))
    from sklearn.decomposition import PCA

    keep = min(2 if method == "pca" else components, *numbers.shape)
    pca = PCA(keep, random_state=seed).fit(numbers)
    places = pca.transform(numbers)
    if places.shape[1] < 2:
        places = np.column_stack([places, np.zeros(len(places))])
    if method == "umap":
        places = _umap(places, seed)
        names, told = ("UMAP 1", "UMAP 2"), "UMAP"
    else:
        shares = [*(100 * pca.explained_variance_ratio_), 0.0]
        names = (f"PC 1 ({shares[0]:.1f} %)", f"PC 2 ({shares[1]:.1f} %)")
        told = f"Principal components with {shares[0] + shares[1]:.1f} % of the variance"
    table = pd.DataFrame({"x": places[:, 0], "y": places[:, 1]}, index=dataset.sample_names)
    labels = dataset.labels
    if labels is not None:
        table["label"] = labels
    with new_figure(7.2, 4.6) as (figure, ax):
        kinds = [] if labels is None else sorted(dataset.label_counts())
        size = float(np.clip(2500 / len(table), 4, 28))
        for i, kind in enumerate(kinds):
            chosen = table[table["label"] == kind]
            ax.scatter(
                chosen["x"], chosen["y"], s=size, alpha=0.8, linewidths=0, label=kind,
                color=LABEL_COLORS[i % len(LABEL_COLORS)],
                marker=_MARKERS[i % len(_MARKERS)],
            )  # fmt: skip
        if not kinds:
            ax.scatter(table["x"], table["y"], s=size, alpha=0.6, linewidths=0, color=LABEL_COLORS[0])
        ax.set(xlabel=names[0], ylabel=names[1])
        if kinds:
            figure.legend(loc="outside right upper", frameon=False, markerscale=1.6, fontsize=9)
    words = f"{told} of {len(table)} samples" + (f" in {len(kinds)} classes" if kinds else "")
    return View(figure, table, words + ".")


def _umap(places: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    from qsetu.genomics.extras import needed

    umap: Any = needed("umap", "genomics", "A UMAP")
    with warnings.catch_warnings():
        # With a seed UMAP works on one thread and says so each time.
        warnings.simplefilter("ignore")
        neighbors = min(15, len(places) - 1)
        return np.asarray(umap.UMAP(random_state=seed, n_neighbors=neighbors).fit_transform(places))


def _numbers(dataset: Any) -> NDArray[np.float64]:
    if isinstance(dataset, ExpressionDataset):
        spread = dataset.values.std(0)
        scaled = (dataset.values - dataset.values.mean(0)) / np.where(spread > 0, spread, 1)
        return np.asarray(scaled, np.float64)
    if isinstance(dataset, GenotypeDataset):
        from qsetu.genomics.encoders import GenotypeEncoder

        return np.asarray(GenotypeEncoder(scale="standard").fit_transform(dataset.dosages), np.float64)
    if isinstance(dataset, SequenceDataset):
        from qsetu.genomics.encoders import KmerSpectrum

        k = 1 if dataset.alphabet == "protein" else 4
        return np.asarray(
            KmerSpectrum(k=k, alphabet=dataset.alphabet, normalize="l1").fit_transform(dataset.sequences)
        )
    raise ArgumentError("dataset", "must hold expression, genotypes or sequences to be mapped", dataset)
