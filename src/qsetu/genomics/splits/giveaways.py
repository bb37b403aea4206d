"""What gives a label away without any biology: names, columns of the metadata, the order of rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import lgamma, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.genomics.datasets import Dataset
from qsetu.genomics.splits.report import Finding

__all__ = ["giveaways", "tells_label"]

_CHANCE = log(1e-6)
_NEVER = "Never use it as a feature."


def giveaways(dataset: Dataset) -> Iterator[Finding]:
    """Findings on names, metadata and order; none without labels, or where all labels are the same."""
    labels = dataset.labels
    if labels is None or len(set(labels.tolist())) < 2:
        return
    best = max(
        ((tells_label(values, labels), what) for what, values in _name_parts(dataset.sample_names)),
        key=lambda pair: len(pair[0]),
    )
    if len(best[0]):
        yield _told("names tell the label", f"sample names ({best[1]})", best[0], dataset)
    if dataset.metadata is not None:
        for name in dataset.metadata.columns:
            rows = tells_label(dataset.metadata[name].astype("string").fillna("").to_numpy(str), labels)
            if not len(rows):
                rows = _separates(dataset.metadata[name], labels)
            if len(rows):
                yield _told("a column tells the label", f"metadata column '{name}'", rows, dataset)
    runs = 1 + int((labels[1:] != labels[:-1]).sum())
    _, counts = np.unique(labels, return_counts=True)
    expected = 1 + len(labels) - float((counts.astype(float) ** 2).sum()) / len(labels)
    if runs < 0.1 * expected:
        sentence = (
            f"Rows come sorted by label: {runs} runs of equal labels, where a random order has about "
            f"{expected:.0f}. Shuffle before cutting anything by position."
        )
        yield Finding("rows sorted by label", "note", runs, len(labels), (), sentence)


def tells_label(values: NDArray[np.str_], labels: NDArray[np.str_]) -> NDArray[np.int64]:
    """Rows whose label follows from a repeated value; none if any repeated value has two labels.

    Small agreements happen by chance: values given out at random must be this pure with probability below
    1e-6.
    """
    _, value, counts = np.unique(values, return_inverse=True, return_counts=True)
    names, label = np.unique(labels, return_inverse=True)
    pairs = np.unique(np.stack([value, label], 1), axis=0)
    labels_of = np.bincount(pairs[:, 0], minlength=len(counts))
    repeated = counts > 1
    if not repeated.any() or (labels_of[repeated] > 1).any():
        return np.zeros(0, np.int64)
    shares = np.bincount(label, minlength=len(names)) / len(label)
    chance = float(np.log((shares[None, :] ** counts[repeated][:, None]).sum(1).clip(1e-300)).sum())
    return np.flatnonzero(repeated[value]) if chance < _CHANCE else np.zeros(0, np.int64)


def _separates(column: Any, labels: NDArray[np.str_]) -> NDArray[np.int64]:
    """All rows if a threshold on a column of numbers sets one label apart; else none."""
    values = np.asarray(column)
    if values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        return np.zeros(0, np.int64)
    for label in np.unique(labels):
        of, others = values[labels == label], values[labels != label]
        n, m = len(of), len(others)
        chance = log(2) + lgamma(n + 1) + lgamma(m + 1) - lgamma(n + m + 1)
        if chance < _CHANCE and (of.max() < others.min() or of.min() > others.max()):
            return np.arange(len(labels))
    return np.zeros(0, np.int64)


def _name_parts(names: NDArray[np.str_]) -> Iterator[tuple[str, NDArray[np.str_]]]:
    texts = names.tolist()
    yield "their letters", np.array([re.sub(r"[^A-Za-z]+", "", text) for text in texts], dtype=np.str_)
    parts = [re.split(r"[^A-Za-z0-9]+", text) for text in texts]
    for place in range(max(map(len, parts), default=0))[:6]:
        column = [part[place] if place < len(part) else "" for part in parts]
        yield f"their part {place + 1}", np.array(column, dtype=np.str_)


def _told(kind: str, what: str, rows: NDArray[np.int64], dataset: Dataset) -> Finding:
    labels = dataset.y[rows]
    chosen = [int(rows[np.flatnonzero(labels == label)[0]]) for label in np.unique(labels)]
    examples = tuple(f"{dataset.sample_names[i]} is {dataset.y[i]}" for i in chosen[:3])
    sentence = f"The label of {len(rows)} of {len(dataset)} samples follows from {what}. {_NEVER}"
    return Finding(kind, "caution", len(rows), len(dataset), examples, sentence)
