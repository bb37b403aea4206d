"""Biological data with a card each, checked by content; knows nothing of quantum computing."""

from qsetu.genomics.card import DatasetCard
from qsetu.genomics.expression import ExpressionDataset
from qsetu.genomics.registry import DATASETS, DatasetEntry, load_dataset

__all__ = ["DATASETS", "DatasetCard", "DatasetEntry", "ExpressionDataset", "load_dataset"]
