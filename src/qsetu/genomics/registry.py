"""The roster of datasets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qsetu.core.checks import as_choice
from qsetu.genomics import pbmc68k
from qsetu.genomics.card import DatasetCard
from qsetu.genomics.expression import ExpressionDataset

__all__ = ["DATASETS", "DatasetEntry", "load_dataset"]


@dataclass(frozen=True)
class DatasetEntry:
    """One dataset: its card, and how it is loaded."""

    card: DatasetCard
    load: Callable[[], ExpressionDataset]


DATASETS: dict[str, DatasetEntry] = {
    entry.card.name: entry for entry in (DatasetEntry(pbmc68k.CARD, pbmc68k.load),)
}


def load_dataset(name: str) -> ExpressionDataset:
    """The dataset called ``name``.

    Args:
        name: A name of ``DATASETS``.

    Raises:
        ArgumentError: No dataset has that name.
        DataError: Its file is missing, unreadable, or does not hold the expected content.

    Example:
        >>> from qsetu.genomics import load_dataset
        >>> load_dataset("pbmc68k-reduced").values.shape
        (700, 765)
    """
    return DATASETS[as_choice("dataset", name, DATASETS)].load()
