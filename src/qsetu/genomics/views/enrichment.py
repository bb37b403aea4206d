"""Which k-mers a class has more often than the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qsetu.core.checks import as_choice, as_int
from qsetu.core.errors import ArgumentError
from qsetu.genomics.datasets import SequenceDataset
from qsetu.genomics.views.view import View, new_figure

__all__ = ["kmer_enrichment"]


def kmer_enrichment(dataset: SequenceDataset, label: str, *, k: int = 4, top: int = 15) -> View:
    """k-mers that are in more sequences of one class than chance explains.

    For each k-mer, the sequences that contain it are counted in the class and in all other classes. The odds
    ratio has
    half a sequence added to each count; p is Fisher's exact test, one-sided, and q is p corrected for the
    number of k-mers (Benjamini and Hochberg 1995).

    Args:
        dataset: Labeled sequences.
        label: The class.
        k: Letters of a k-mer; 1 to 8 for DNA and RNA, 1 to 3 for proteins.
        top: How many k-mers are drawn, smallest p first.

    Returns:
        The picture. Its table has all k-mers, smallest p first, with ``in_class`` and ``elsewhere``
        (sequences that contain it), ``log2_odds``, ``p``, ``q``.

    Raises:
        ArgumentError: The label is unknown or the only one, or k is out of range.

    Example:
        >>> import numpy as np
        >>> from qsetu.genomics import SequenceDataset
        >>> from qsetu.genomics.views import kmer_enrichment
        >>> data = SequenceDataset(
        ...     sequences=np.array(["TATA", "GTAT", "CCGC", "GCGC"], dtype=object),
        ...     sample_names=list("abcd"), labels=["on", "on", "off", "off"])
        >>> kmer_enrichment(data, "on", k=2).table.loc["TA", ["in_class", "elsewhere"]].tolist()
        [2.0, 0.0]
    """
    from scipy.stats import false_discovery_control, hypergeom

    from qsetu.genomics.encoders import KmerSpectrum

    if not isinstance(dataset, SequenceDataset):
        raise ArgumentError("dataset", "must be a SequenceDataset", dataset)
    counts = dataset.label_counts()
    as_choice("label", label, counts)
    if len(counts) < 2:
        raise ArgumentError("dataset", "must have at least two classes to compare", list(counts))
    as_int("k", k, 1, 3 if dataset.alphabet == "protein" else 8)
    as_int("top", top, 1)
    spectrum = KmerSpectrum(k=k, alphabet=dataset.alphabet, normalize=None, sparse=True)
    has = spectrum.fit_transform(dataset.sequences) > 0
    mine = dataset.y == label
    inside = _columns(has[mine])
    outside = _columns(has[~mine])
    size, rest = int(mine.sum()), int((~mine).sum())
    odds = np.log2((inside + 0.5) * (rest - outside + 0.5) / ((size - inside + 0.5) * (outside + 0.5)))
    p = hypergeom.sf(inside - 1, size + rest, inside + outside, size)
    names = [str(name).rpartition("_")[2] for name in spectrum.get_feature_names_out()]
    table = pd.DataFrame(
        {"in_class": inside, "elsewhere": outside, "log2_odds": odds, "p": p},
        index=pd.Index(names, name="k-mer"),
    )
    table["q"] = false_discovery_control(p)
    table = table.sort_values(["p", "log2_odds"], ascending=[True, False], kind="stable")
    shown = table.head(top)
    with new_figure(7, 0.9 + 0.28 * len(shown)) as (figure, ax):
        places = np.arange(len(shown))[::-1]
        ax.barh(places + 0.2, 100 * shown["in_class"] / size, height=0.38, color="#0072B2", label=label)
        ax.barh(
            places - 0.2, 100 * shown["elsewhere"] / rest, height=0.38, color="#bbbbbb", label="all others"
        )
        for place, value in zip(places, shown["q"], strict=True):
            ax.annotate(
                f"q {value:.0e}", (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8
            )
        ax.set_yticks(places, shown.index, family="monospace")
        ax.set(xlabel="sequences that contain it, %")
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
    best = ", ".join(shown.index[:5])
    number = int((table["q"] < 0.05).sum())
    words = f"{number} of {len(table)} {k}-mers are enriched in {label} at q below 0.05; first {best}."
    return View(figure, table, words)


def _columns(has: object) -> NDArray[np.float64]:
    return np.asarray(has.sum(axis=0), np.float64).ravel()  # type: ignore[attr-defined]
