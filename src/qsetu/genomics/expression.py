"""A labeled expression matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qsetu.core.hashing import content_hash
from qsetu.genomics.card import DatasetCard

__all__ = ["ExpressionDataset", "expression_hash"]


@dataclass(frozen=True, eq=False)
class ExpressionDataset:
    """N labeled cells by G genes; the arrays are read-only.

    Attributes:
        values: Expression, float64 ``(N, G)``, in the units the card states.
        labels: One label a cell, text ``(N,)``.
        gene_names: Text ``(G,)``.
        cell_names: Text ``(N,)``.
        card: The declared facts about the data.
        file_sha256: SHA-256 of the file that was read.
        content_sha256: Hash of the four arrays, equal for equal data in any file.
    """

    values: NDArray[np.float64]
    labels: NDArray[np.str_]
    gene_names: NDArray[np.str_]
    cell_names: NDArray[np.str_]
    card: DatasetCard
    file_sha256: str
    content_sha256: str

    def __post_init__(self) -> None:
        for array in (self.values, self.labels, self.gene_names, self.cell_names):
            array.setflags(write=False)

    def label_counts(self) -> dict[str, int]:
        """Number of cells of each label, most frequent first, ties by name."""
        names, counts = np.unique(self.labels, return_counts=True)
        pairs = sorted(
            zip(names.tolist(), counts.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0])
        )
        return dict(pairs)


def expression_hash(
    values: NDArray[np.float64],
    labels: NDArray[np.str_],
    gene_names: NDArray[np.str_],
    cell_names: NDArray[np.str_],
) -> str:
    """SHA-256 (hex) of what an expression dataset says, independent of the file that carries it."""
    # Lists, not text arrays: the width of a NumPy text array is storage, not content.
    names = [gene_names.tolist(), cell_names.tolist(), labels.tolist()]
    return content_hash("qsetu.expression.v1", values, *names)
