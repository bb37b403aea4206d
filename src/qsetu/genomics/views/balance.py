"""How many samples each class has."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qsetu.core.errors import ArgumentError
from qsetu.genomics.datasets import Dataset
from qsetu.genomics.views.view import LABEL_COLORS, View, new_figure

__all__ = ["class_balance"]


def class_balance(dataset: Dataset) -> View:
    """Bars of class sizes, by published split where there is one.

    Args:
        dataset: Any dataset with labels.

    Returns:
        The picture. Its table has a row a class, with ``samples`` (in all), ``share``, ``groups`` (different
        groups; absent without groups) and, with a published split, ``train`` and ``test``.

    Raises:
        ArgumentError: The dataset has no labels.
    """
    if not isinstance(dataset, Dataset):
        raise ArgumentError("dataset", "must be a dataset of qsetu.genomics", dataset)
    labels = dataset.y
    counts = dataset.label_counts()
    table = pd.DataFrame({"samples": counts.values()}, index=pd.Index(counts, name="label"))
    table["share"] = table["samples"] / max(len(labels), 1)
    if dataset.groups is not None:
        table["groups"] = [len(np.unique(dataset.groups[labels == label])) for label in counts]
    parts: tuple[str, ...] = ("samples",)
    if dataset.official_split is not None:
        parts = tuple(str(one) for one in np.unique(dataset.official_split)[::-1])
        for part in parts:
            table[part] = [
                int(np.sum((labels == label) & (dataset.official_split == part))) for label in counts
            ]
    with new_figure(7, 0.8 + 0.34 * len(table)) as (figure, ax):
        left = np.zeros(len(table))
        places = np.arange(len(table))[::-1]
        for part, color in zip(parts, LABEL_COLORS, strict=False):
            widths = table[part].to_numpy(float)
            ax.barh(places, widths, left=left, color=color, label=part, height=0.7)
            left += widths
        for place, (number, share) in zip(places, table[["samples", "share"]].to_numpy(), strict=True):
            ax.annotate(f" {number:.0f} ({100 * share:.1f} %)", (number, place), va="center", fontsize=9)
        ax.set_yticks(places, table.index)
        ax.set(xlabel="samples", xlim=(0, 1.18 * max(counts.values(), default=1)))
        if len(parts) > 1:
            ax.legend(frameon=False, loc="lower right")
    largest, smallest = table["samples"].max(), table["samples"].min()
    size = f"of {largest}" if largest == smallest else f"from {smallest} to {largest}"
    words = f"{len(table)} class{'es' if len(table) > 1 else ''} {size} samples: "
    words += ", ".join(f"{label} {count}" for label, count in counts.items())
    return View(figure, table, words + ".")
