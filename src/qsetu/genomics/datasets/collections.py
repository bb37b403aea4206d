"""Smaller kinds: intervals of a genome, motifs, a matrix of pairs, and plain files."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError
from qsetu.core.hashing import content_hash
from qsetu.genomics.datasets.base import Dataset, frozen, text_column

if TYPE_CHECKING:
    import pandas as pd

    from qsetu.genomics.card import DatasetCard

__all__ = ["INTERVAL_COLUMNS", "FileCollection", "IntervalDataset", "MotifCollection", "PairMatrix"]

INTERVAL_COLUMNS = ("chromosome", "start", "end", "strand")
"""Columns of every table of intervals: start from 0, end not included (as in BED); strand "+", "-" or "."."""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class IntervalDataset(Dataset):
    """N labeled stretches of a genome: coordinates, not letters.

    Attributes:
        intervals: A row an interval, with the columns ``chromosome``, ``start`` (from 0), ``end`` (not
            included) and ``strand``.
        genome: Which genome and release the coordinates belong to.
    """

    intervals: pd.DataFrame
    genome: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        lacking = [name for name in INTERVAL_COLUMNS if name not in self.intervals.columns]
        if lacking or len(self.intervals) != len(self):
            rule = f"must have {len(self)} rows and the columns {', '.join(INTERVAL_COLUMNS)}"
            given = f"{len(self.intervals)} rows, columns {list(self.intervals.columns)}"
            raise ArgumentError("intervals", rule, given)

    @property
    def X(self) -> pd.DataFrame:
        """The table of intervals."""
        return self.intervals

    @property
    def num_features(self) -> None:
        """None: an interval has no features until its sequence is read."""
        return

    def _size(self) -> str:
        lengths = (self.intervals["end"] - self.intervals["start"]).to_numpy()
        if not len(lengths):
            return "no intervals"
        return f"{len(self)} intervals of {lengths.min()} to {lengths.max()} nt"

    def _row_fields(self) -> tuple[str, ...]:
        return ("intervals",)

    def _content(self) -> tuple[Any, ...]:
        columns = [self.intervals[name].tolist() for name in INTERVAL_COLUMNS]
        labels = None if self.labels is None else self.labels.tolist()
        return *columns, self.sample_names.tolist(), labels


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class MotifCollection(Dataset):
    """N motifs (transcription factor binding sites), named by accession with its version.

    Attributes:
        counts: How often each base was seen at each position, object ``(N,)`` of float64 ``(4, L_i)``,
            rows A, C, G, T.
        factors: What binds, text ``(N,)``.
    """

    counts: NDArray[np.object_]
    factors: NDArray[np.str_]

    def __post_init__(self) -> None:
        super().__post_init__()
        column = np.empty(len(self), dtype=object)
        for i, matrix in enumerate(self.counts):
            column[i] = frozen(np.asarray(matrix, np.float64), matrix)
        column.setflags(write=False)
        object.__setattr__(self, "counts", column)
        object.__setattr__(self, "factors", text_column("factors", self.factors))

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Counts of the motif called ``name`` (accession), float64 ``(4, L)``."""
        from qsetu.core.checks import as_choice

        names = self.sample_names.tolist()
        return np.asarray(self.counts[names.index(as_choice("motif", name, names))])

    def find(self, factor: str) -> list[str]:
        """Accessions of the motifs that ``factor`` binds, whatever the case of its letters."""
        same = np.char.upper(self.factors) == factor.upper()
        return [str(name) for name in self.sample_names[same]]

    @property
    def X(self) -> NDArray[np.object_]:
        """The count matrices."""
        return self.counts

    @property
    def num_features(self) -> None:
        """None: motifs differ in length."""
        return

    def _size(self) -> str:
        lengths = [matrix.shape[1] for matrix in self.counts]
        return f"{len(self)} motifs of {min(lengths)} to {max(lengths)} positions" if lengths else "no motifs"

    def _row_fields(self) -> tuple[str, ...]:
        return "counts", "factors"

    def _content(self) -> tuple[Any, ...]:
        return list(self.counts), self.factors.tolist(), self.sample_names.tolist()


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class PairMatrix(Dataset):
    """A symmetric matrix over N letters, such as contact energies of amino acids.

    Attributes:
        values: float64 ``(N, N)``, symmetric, in the order of ``sample_names``.
        unit: Physical unit of the values.
    """

    values: NDArray[np.float64]
    unit: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        values = np.array(self.values, np.float64)
        if values.shape != (len(self), len(self)) or not np.array_equal(values, values.T):
            raise ArgumentError(
                "values", f"must be symmetric, shape ({len(self)}, {len(self)})", values.shape
            )
        values.setflags(write=False)
        object.__setattr__(self, "values", values)

    def __getitem__(self, pair: tuple[str, str] | str) -> float:
        """Value of a pair of letters: ``matrix["C", "M"]`` or ``matrix["CM"]``."""
        names = self.sample_names.tolist()
        first, second = tuple(pair) if len(pair) == 2 else ("", "")
        if first not in names or second not in names:
            raise ArgumentError("pair", f"must be two of {''.join(names)}", pair)
        return float(self.values[names.index(first), names.index(second)])

    @property
    def X(self) -> NDArray[np.float64]:
        """The values."""
        return self.values

    @property
    def num_features(self) -> int:
        """Number of letters."""
        return len(self)

    def take(self, rows: Any) -> PairMatrix:
        """The letters at ``rows``, as a matrix of their own."""
        chosen = np.arange(len(self))[np.asarray(rows)]
        values = self.values[np.ix_(chosen, chosen)]
        return dataclasses.replace(self, sample_names=self.sample_names[chosen], values=values)

    def _size(self) -> str:
        return f"{len(self)} x {len(self)} letters, unit {self.unit}"

    def _row_fields(self) -> tuple[str, ...]:
        return ()

    def _content(self) -> tuple[Any, ...]:
        return self.values, self.sample_names.tolist(), self.unit


@dataclass(frozen=True, eq=False)
class FileCollection:
    """Files that are data but no table of samples: circuits, published result tables.

    Attributes:
        paths: Where each file lies, by its name inside the dataset.
        files: SHA-256 of each file, by its name below the data folder.
        card: The declared facts.
        part: Which part of the card's dataset this is.
    """

    paths: Mapping[str, Path]
    files: Mapping[str, str]
    card: DatasetCard
    part: str = ""
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.paths)

    def read_text(self, name: str) -> str:
        """The text of one file.

        Raises:
            ArgumentError: The collection has no such file.
        """
        from qsetu.core.checks import as_choice

        return self.paths[as_choice("name", name, self.paths)].read_text(encoding="utf-8")

    @property
    def content_sha256(self) -> str:
        """Hash of all files."""
        return content_hash("qsetu.FileCollection.v1", dict(self.files))

    def __repr__(self) -> str:
        return f"FileCollection({self.card.name}: {len(self)} files)"
