"""Labeled sequences, and RNA with its structure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError
from qsetu.genomics.alphabet import Alphabet, clean_sequences
from qsetu.genomics.datasets.base import Dataset

__all__ = ["SequenceDataset", "StructureDataset"]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class SequenceDataset(Dataset):
    """N sequences of DNA, RNA or protein, in capitals.

    Attributes:
        sequences: Texts, object ``(N,)`` (lengths may differ), as :func:`qsetu.genomics.clean_sequences`
            leaves them.
        alphabet: "DNA", "RNA" or "protein".
    """

    sequences: NDArray[np.object_]
    alphabet: Alphabet = "DNA"

    def __post_init__(self) -> None:
        super().__post_init__()
        texts = clean_sequences(self.sequences, self.alphabet, gaps=True)
        if len(texts) != len(self):
            rule = f"must be as many as the {len(self)} sample names"
            raise ArgumentError("sequences", rule, f"{len(texts)} sequences")
        column = np.empty(len(texts), dtype=object)
        column[:] = texts
        column.setflags(write=False)
        object.__setattr__(self, "sequences", column)

    @property
    def X(self) -> NDArray[np.object_]:
        """The sequences, object ``(N,)``."""
        return self.sequences

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Letters of each sequence, int64 ``(N,)``."""
        return np.fromiter(map(len, self.sequences), np.int64, len(self))

    @property
    def num_features(self) -> int | None:
        """Letters a sequence where all have the same number, else None."""
        lengths = np.unique(self.lengths)
        return int(lengths[0]) if len(lengths) == 1 else None

    def _size(self) -> str:
        lengths = self.lengths
        if not len(lengths):
            return "no sequences"
        span = f"{lengths.min()}" if self.num_features else f"{lengths.min()} to {lengths.max()}"
        unit = "amino acids" if self.alphabet == "protein" else "nt"
        return f"{len(self)} {self.alphabet} sequences of {span} {unit}"

    def _row_fields(self) -> tuple[str, ...]:
        return ("sequences",)

    def _content(self) -> tuple[Any, ...]:
        labels = None if self.labels is None else self.labels.tolist()
        return self.alphabet, self.sequences.tolist(), self.sample_names.tolist(), labels


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class StructureDataset(Dataset):
    """N RNA sequences with their secondary structures; the labels are RNA families.

    Attributes:
        sequences: Texts of A, C, G, U, object ``(N,)``.
        structures: Dot-bracket texts of the same lengths, object ``(N,)``; ``<>``, ``[]``, ``{}`` cross
            ``()``.
        pairs: Base pairs, object ``(N,)`` of int64 ``(P_i, 2)``, positions from 0, the smaller first.
    """

    sequences: NDArray[np.object_]
    structures: NDArray[np.object_]
    pairs: NDArray[np.object_]

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("sequences", "structures", "pairs"):
            column = np.empty(len(self), dtype=object)
            given = getattr(self, name)
            if len(given) != len(self):
                raise ArgumentError(name, f"must be as many as the {len(self)} sample names", len(given))
            for i, value in enumerate(given):
                column[i] = value
            column.setflags(write=False)
            object.__setattr__(self, name, column)

    @property
    def X(self) -> NDArray[np.object_]:
        """The sequences, object ``(N,)``."""
        return self.sequences

    @property
    def num_features(self) -> int | None:
        """Letters a sequence where all have the same number, else None."""
        lengths = set(map(len, self.sequences))
        return lengths.pop() if len(lengths) == 1 else None

    def _size(self) -> str:
        lengths = list(map(len, self.sequences))
        return f"{len(self)} RNA structures of {min(lengths)} to {max(lengths)} nt" if lengths else "none"

    def _row_fields(self) -> tuple[str, ...]:
        return "sequences", "structures", "pairs"

    def _content(self) -> tuple[Any, ...]:
        names = self.sample_names.tolist()
        return self.sequences.tolist(), self.structures.tolist(), list(self.pairs), names
