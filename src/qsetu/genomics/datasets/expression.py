"""An expression matrix."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_float_array
from qsetu.core.errors import ArgumentError
from qsetu.core.hashing import content_hash
from qsetu.genomics.datasets.base import Dataset, frozen, text_column

__all__ = ["ExpressionDataset"]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ExpressionDataset(Dataset):
    """N cells or tissues by G genes.

    Attributes:
        values: Expression, float64 ``(N, G)``, in the units the card states.
        gene_names: Text ``(G,)``.
    """

    values: NDArray[np.float64]
    gene_names: NDArray[np.str_]

    def __post_init__(self) -> None:
        super().__post_init__()
        values = as_float_array("values", self.values, "(N, G)")
        genes = text_column("gene_names", self.gene_names)
        if values.shape != (len(self), len(genes)):
            rule = f"must have shape ({len(self)}, {len(genes)}): samples by genes"
            raise ArgumentError("values", rule, f"shape {values.shape}")
        object.__setattr__(self, "values", frozen(values, self.values))
        object.__setattr__(self, "gene_names", genes)

    @property
    def X(self) -> NDArray[np.float64]:
        """The values, float64 ``(N, G)``."""
        return self.values

    @property
    def num_features(self) -> int:
        """Number of genes."""
        return len(self.gene_names)

    @cached_property
    def content_sha256(self) -> str:
        """Hash of values, gene names, sample names and labels, equal for equal data in any file."""
        # Lists, not text arrays: the width of a NumPy text array is storage, not content.
        labels = [] if self.labels is None else self.labels.tolist()
        names = [self.gene_names.tolist(), self.sample_names.tolist(), labels]
        return content_hash("qsetu.expression.v1", self.values, *names)

    def _size(self) -> str:
        return f"{len(self)} samples x {self.num_features} genes"

    def _row_fields(self) -> tuple[str, ...]:
        return ("values",)

    def _content(self) -> tuple[Any, ...]:
        return (self.content_sha256,)
