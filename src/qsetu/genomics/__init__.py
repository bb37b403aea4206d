"""Biological data: registered and your own, split honestly, encoded; knows nothing of quantum computing."""

from qsetu.genomics.alphabet import (
    AMINO_ACIDS,
    BASES,
    IUPAC_BASES,
    clean_sequences,
    reverse_complement,
)
from qsetu.genomics.card import CardError, DatasetCard, builtin_cards, read_card
from qsetu.genomics.datasets import (
    Dataset,
    ExpressionDataset,
    FileCollection,
    GenotypeDataset,
    IntervalDataset,
    MotifCollection,
    PairMatrix,
    SequenceDataset,
    StructureDataset,
)

__all__ = [
    "AMINO_ACIDS",
    "BASES",
    "IUPAC_BASES",
    "CardError",
    "Dataset",
    "DatasetCard",
    "ExpressionDataset",
    "FileCollection",
    "GenotypeDataset",
    "IntervalDataset",
    "MotifCollection",
    "PairMatrix",
    "SequenceDataset",
    "StructureDataset",
    "builtin_cards",
    "clean_sequences",
    "read_card",
    "reverse_complement",
]
