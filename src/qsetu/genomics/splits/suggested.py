"""Which samples should stay together, from all that a dataset says about itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError
from qsetu.genomics.datasets import (
    Dataset,
    ExpressionDataset,
    GenotypeDataset,
    IntervalDataset,
    SequenceDataset,
    StructureDataset,
)
from qsetu.genomics.splits.interval_groups import interval_groups
from qsetu.genomics.splits.linking import combine_groups
from qsetu.genomics.splits.people import relatedness_groups, row_digests
from qsetu.genomics.splits.sequence_groups import duplicate_groups, shared_kmer_groups

__all__ = ["suggested_groups"]


def suggested_groups(
    dataset: Dataset, *, k: int | None = None, kinship: float | None = None
) -> NDArray[np.str_]:
    """Samples that must not straddle a split: the dataset's own groups, joined with what its content shows.

    Sequences: equal ones and, for DNA, reverse complements. Structures: equal sequences, and families.
    Intervals: merged blocks of both strands, as the other strand holds the reverse complement. Genotypes and
    expression: equal rows; for genotypes also a column ``family`` of the metadata, where there is one.

    Args:
        dataset: N samples.
        k: Sequences that share a word of ``k`` letters are together, too; None not to look.
        kinship: Diploid genotypes of at least this kinship are together, too; None not to look. Costs N^2 M.

    Returns:
        Text ``(N,)``.

    Raises:
        ArgumentError: The dataset is of a kind that has no samples to split, or an option does not fit it.
    """
    found: list[NDArray[np.str_] | None] = [dataset.groups]
    if k is not None and not isinstance(dataset, (SequenceDataset, StructureDataset)):
        raise ArgumentError("k", "must be None but for sequences", k)
    if kinship is not None and not isinstance(dataset, GenotypeDataset):
        raise ArgumentError("kinship", "must be None but for genotypes", kinship)
    if isinstance(dataset, (SequenceDataset, StructureDataset)):
        alphabet = dataset.alphabet if isinstance(dataset, SequenceDataset) else "RNA"
        found.append(duplicate_groups(dataset.sequences, alphabet=alphabet))
        if k is not None:
            found.append(shared_kmer_groups(dataset.sequences, k, alphabet=alphabet))
        if isinstance(dataset, StructureDataset):
            found.append(dataset.labels)
    elif isinstance(dataset, IntervalDataset):
        found.append(interval_groups(dataset.intervals, by_strand=False))
    elif isinstance(dataset, GenotypeDataset):
        found.append(np.array(row_digests(dataset.dosages), dtype=np.str_))
        if dataset.metadata is not None and "family" in dataset.metadata.columns:
            found.append(_families(dataset.metadata["family"], found[-1]))
        if kinship is not None:
            found.append(relatedness_groups(dataset, kinship))
    elif isinstance(dataset, ExpressionDataset):
        found.append(np.array(row_digests(dataset.values), dtype=np.str_))
    elif dataset.groups is None:
        rule = "must be sequences, structures, intervals, genotypes or expression, or have groups"
        raise ArgumentError("dataset", rule, type(dataset).__name__)
    return combine_groups(*found)


def _families(column: Any, alone: Any) -> NDArray[np.str_]:
    # PLINK writes 0 where no family is known; those people are not one family.
    names = column.astype("string").fillna("").to_numpy(dtype=np.str_)
    unknown = np.isin(names, ["", "0", "nan"])
    return np.asarray(np.where(unknown, alone, names), dtype=np.str_)
