"""The roster of datasets: what there is, and loading it by name."""

from __future__ import annotations

from typing import Any

from qsetu.core.errors import DataError
from qsetu.genomics.card import DatasetCard, builtin_cards, check_counts, find_card
from qsetu.genomics.datasets import Dataset
from qsetu.genomics.loaders import LOADERS
from qsetu.genomics.storage import Source

__all__ = ["dataset_card", "dataset_names", "load_dataset"]


def dataset_names(kind: str | None = None) -> list[str]:
    """Names that :func:`load_dataset` takes, ``dataset/part`` where a dataset has parts.

    Args:
        kind: Only datasets of this kind ("sequences", "expression", "genotypes", ...); None for all.
    """
    return [name for card in builtin_cards().values() if kind in (None, card.kind) for name in card.names()]


def dataset_card(name: str) -> DatasetCard:
    """The card of the dataset called ``name`` (or of the dataset that ``dataset/part`` is a part of).

    Raises:
        ArgumentError: No dataset has that name.
    """
    return find_card(name)[0]


def load_dataset(name: str) -> Any:
    """The dataset called ``name``, its files checked byte by byte, its counts held against its card.

    Files are looked for in the folder that ``QSETU_DATA`` names, then among the downloads of
    :func:`fetch_dataset`, then in installed packages; nothing is downloaded here.

    Args:
        name: A name of :func:`dataset_names`; a dataset's own name means its first part.

    Returns:
        What the card's ``kind`` says: :class:`SequenceDataset`, :class:`ExpressionDataset`,
        :class:`GenotypeDataset`, :class:`IntervalDataset`, :class:`StructureDataset`,
        :class:`MotifCollection`, :class:`PairMatrix` or :class:`FileCollection`.

    Raises:
        ArgumentError: No dataset has that name.
        DataError: A file is missing, unreadable, or does not hold the expected content.

    Example:
        >>> from qsetu.genomics import load_dataset
        >>> load_dataset("pbmc68k-reduced").values.shape
        (700, 765)
    """
    card, part = find_card(name)
    dataset = LOADERS[card.name](Source(card, part))
    facts = card.facts(part)
    if facts.content_sha256 is not None and dataset.content_sha256 != facts.content_sha256:
        size = dataset._size() if isinstance(dataset, Dataset) else f"{len(dataset)} files"
        raise DataError(
            f"The files of dataset '{name}' can be read, but their content is not the expected one: "
            f"{size}, hash {dataset.content_sha256[:12]}, expected {facts.content_sha256[:12]}. Values, "
            f"names or labels were changed; replace {', '.join(dataset.files)}"
            + (f", or reinstall {card.carried_by.partition(':')[0]}." if card.carried_by else ".")
        )
    check_counts(card, part, dataset)
    return dataset
