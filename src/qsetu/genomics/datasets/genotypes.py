"""Genotypes: how many copies of the counted allele each person carries at each variant."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError
from qsetu.genomics.datasets.base import Dataset, frozen

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MISSING", "VARIANT_COLUMNS", "GenotypeDataset"]

MISSING = -1
"""The code of a genotype that was not called."""

VARIANT_COLUMNS = ("id", "chromosome", "position", "counted", "other")
"""Columns of a table of variants; position counts from 1, ``counted`` is the allele that dosages count."""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class GenotypeDataset(Dataset):
    """N people (or lines) by M variants.

    Attributes:
        dosages: Copies of the counted allele, int8 ``(N, M)``: 0 to ``ploidy``; -1 was not called.
        variants: A row a variant, with at least the columns ``id``, ``chromosome``, ``position`` (from 1; 0
            if unknown), ``counted`` and ``other`` (alleles).
        ploidy: Copies a person has of each variant: 2, or 1 for inbred lines and haploid genomes.
        traits: Measured phenotypes, a table of N rows; None where there are none.
        phased: The two alleles of each genotype in the order of the chromosomes, int8 ``(N, M, 2)`` with -1
            for missing; None where the order is not known.
    """

    dosages: NDArray[np.int8]
    variants: pd.DataFrame
    ploidy: int = 2
    traits: pd.DataFrame | None = None
    phased: NDArray[np.int8] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        dosages = np.ascontiguousarray(self.dosages, dtype=np.int8)
        if dosages.shape != (len(self), len(self.variants)):
            rule = f"must have shape ({len(self)}, {len(self.variants)}): samples by variants"
            raise ArgumentError("dosages", rule, f"shape {dosages.shape}")
        if dosages.size and (dosages.min() < MISSING or dosages.max() > self.ploidy):
            rule = f"must be from 0 to {self.ploidy}, or {MISSING} where nothing was called"
            raise ArgumentError("dosages", rule, f"values from {dosages.min()} to {dosages.max()}")
        lacking = [name for name in VARIANT_COLUMNS if name not in self.variants.columns]
        if lacking:
            rule = f"must have the columns {', '.join(VARIANT_COLUMNS)}"
            raise ArgumentError("variants", rule, list(self.variants.columns))
        if self.traits is not None and len(self.traits) != len(self):
            raise ArgumentError("traits", f"must have {len(self)} rows, one a sample", len(self.traits))
        if self.phased is not None and self.phased.shape != (*dosages.shape, 2):
            rule = f"must have shape {(*dosages.shape, 2)}"
            raise ArgumentError("phased", rule, f"shape {self.phased.shape}")
        object.__setattr__(self, "dosages", frozen(dosages, self.dosages))
        if self.phased is not None:
            object.__setattr__(self, "phased", frozen(self.phased, self.phased))

    @property
    def X(self) -> NDArray[np.int8]:
        """The dosages, int8 ``(N, M)``."""
        return self.dosages

    @property
    def num_features(self) -> int:
        """Number of variants."""
        return len(self.variants)

    @property
    def missing_rate(self) -> float:
        """Share of genotypes that were not called."""
        return float(np.mean(self.dosages == MISSING)) if self.dosages.size else 0.0

    @property
    def allele_frequencies(self) -> NDArray[np.float64]:
        """Frequency of the counted allele among called genotypes, float64 ``(M,)``; NaN where none is."""
        called = self.dosages != MISSING
        number = called.sum(0)
        total = np.where(called, self.dosages, 0).sum(0, dtype=np.int64)
        return np.where(number > 0, total / np.maximum(number * self.ploidy, 1), np.nan)

    def take_variants(self, columns: NDArray[Any]) -> GenotypeDataset:
        """The variants at ``columns`` (positions or a mask), in that order, as a dataset of its own."""
        places = np.arange(self.num_features)[columns]
        return dataclasses.replace(
            self,
            dosages=self.dosages[:, places],
            variants=self.variants.iloc[places].reset_index(drop=True),
            phased=None if self.phased is None else self.phased[:, places],
        )

    def _size(self) -> str:
        return f"{len(self)} samples x {self.num_features} variants, {100 * self.missing_rate:.2g} % missing"

    def _row_fields(self) -> tuple[str, ...]:
        return "dosages", "phased", "traits"

    def _content(self) -> tuple[Any, ...]:
        variants = [self.variants[name].tolist() for name in VARIANT_COLUMNS]
        labels = None if self.labels is None else self.labels.tolist()
        traits = None if self.traits is None else self.traits.to_numpy(np.float64)
        return self.dosages, variants, self.sample_names.tolist(), labels, traits
