"""What a loaded dataset is: one frozen class a kind of data."""

from qsetu.genomics.datasets.base import Dataset
from qsetu.genomics.datasets.collections import (
    FileCollection,
    IntervalDataset,
    MotifCollection,
    PairMatrix,
)
from qsetu.genomics.datasets.expression import ExpressionDataset
from qsetu.genomics.datasets.genotypes import GenotypeDataset
from qsetu.genomics.datasets.sequences import SequenceDataset, StructureDataset

__all__ = [
    "Dataset",
    "ExpressionDataset",
    "FileCollection",
    "GenotypeDataset",
    "IntervalDataset",
    "MotifCollection",
    "PairMatrix",
    "SequenceDataset",
    "StructureDataset",
]
