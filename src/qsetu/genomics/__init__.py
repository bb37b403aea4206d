"""Biological data: registered and your own, split honestly, encoded; knows nothing of quantum computing."""

from qsetu.genomics.alphabet import (
    AMINO_ACIDS,
    BASES,
    IUPAC_BASES,
    clean_sequences,
    reverse_complement,
)
from qsetu.genomics.card import (
    CardError,
    ColumnFacts,
    DataFile,
    DatasetCard,
    PartFacts,
    builtin_cards,
    read_card,
)
from qsetu.genomics.croissant import croissant
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
from qsetu.genomics.fetch import FileState, fetch_dataset, verify_dataset
from qsetu.genomics.registry import dataset_card, dataset_names, load_dataset

__all__ = [
    "AMINO_ACIDS",
    "BASES",
    "IUPAC_BASES",
    "CardError",
    "ColumnFacts",
    "DataFile",
    "Dataset",
    "DatasetCard",
    "ExpressionDataset",
    "FileCollection",
    "FileState",
    "GenotypeDataset",
    "IntervalDataset",
    "MotifCollection",
    "PairMatrix",
    "PartFacts",
    "SequenceDataset",
    "StructureDataset",
    "builtin_cards",
    "clean_sequences",
    "croissant",
    "dataset_card",
    "dataset_names",
    "fetch_dataset",
    "load_dataset",
    "read_card",
    "reverse_complement",
    "verify_dataset",
]
