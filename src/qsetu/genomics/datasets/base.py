"""What all datasets of samples share: names, labels, groups, the published split, where they came from."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.errors import ArgumentError
from qsetu.core.hashing import content_hash

if TYPE_CHECKING:
    import pandas as pd

    from qsetu.genomics.card import DatasetCard

__all__ = ["Dataset", "count_labels", "frozen", "text_column"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Dataset(ABC):
    """N samples; every array is read-only and has a row a sample.

    Attributes:
        sample_names: Text ``(N,)``.
        labels: What is to be predicted, text ``(N,)``; None where the data have no labels.
        groups: Samples of one group (donor, family, gene, merged interval) must not straddle a split; text
            ``(N,)``, None where nothing is known.
        official_split: "train" or "test" for each sample, text ``(N,)``; None where no split was published.
        metadata: What else is known of each sample, a table of N rows; None where nothing is.
        card: The declared facts; None for data of your own without a card.
        part: Which part of the card's dataset this is ("" if it has one part only).
        files: SHA-256 of each file that was read, by its name below the data folder.
        notes: What the loader saw and did that a reader should know, sentence by sentence.
    """

    sample_names: NDArray[np.str_]
    labels: NDArray[np.str_] | None = None
    groups: NDArray[np.str_] | None = None
    official_split: NDArray[np.str_] | None = None
    metadata: pd.DataFrame | None = None
    card: DatasetCard | None = None
    part: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("sample_names", "labels", "groups", "official_split"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, text_column(name, value))
        for name in ("labels", "groups", "official_split", "metadata"):
            value = getattr(self, name)
            if value is not None and len(value) != len(self.sample_names):
                rule = f"must have an entry for each of the {len(self.sample_names)} samples"
                raise ArgumentError(name, rule, f"{len(value)} entries")

    def __len__(self) -> int:
        return len(self.sample_names)

    @property
    def num_samples(self) -> int:
        """Number of samples."""
        return len(self.sample_names)

    @property
    @abstractmethod
    def num_features(self) -> int | None:
        """Numbers or letters a sample; None where samples differ."""

    @property
    @abstractmethod
    def X(self) -> Any:
        """What an encoder or model takes as ``X``: a row a sample."""

    @property
    def y(self) -> NDArray[np.str_]:
        """The labels, text ``(N,)``.

        Raises:
            ArgumentError: The data have no labels.
        """
        if self.labels is None:
            what = self.card.name if self.card else "of your own"
            raise ArgumentError("dataset", "must have labels to be asked for them", what)
        return self.labels

    def label_counts(self) -> dict[str, int]:
        """Number of samples of each label, most frequent first, ties by name; empty without labels."""
        return {} if self.labels is None else count_labels(self.labels)

    def take(self, rows: ArrayLike) -> Self:
        """The samples at ``rows`` (positions or a boolean mask), in that order, as a dataset of its own."""
        places = np.asarray(rows)
        if places.dtype == bool:
            if places.shape != (len(self),):
                raise ArgumentError(
                    "rows", f"must be a mask of shape ({len(self)},)", f"shape {places.shape}"
                )
            places = np.flatnonzero(places)
        if places.ndim != 1 or (places.size and places.dtype.kind not in "iu"):
            raise ArgumentError("rows", "must be positions of samples, or a boolean mask", rows)
        places = places.astype(np.int64)
        if places.size and (places.min() < -len(self) or places.max() >= len(self)):
            raise ArgumentError("rows", f"must be positions below {len(self)}", int(places.max()))
        changed: dict[str, Any] = {}
        for name in ("sample_names", "labels", "groups", "official_split", "metadata", *self._row_fields()):
            value = getattr(self, name)
            if value is not None:
                changed[name] = value.iloc[places] if hasattr(value, "iloc") else value[places]
        return dataclasses.replace(self, **changed)

    @cached_property
    def content_sha256(self) -> str:
        """Hash of what the data say (values, names, labels), whatever file carried them."""
        return content_hash(f"qsetu.{type(self).__name__}.v1", *self._content())

    @property
    def file_sha256(self) -> str:
        """One hash for the files that were read: the file's own where there is one; "" for none."""
        if len(self.files) == 1:
            return next(iter(self.files.values()))
        return content_hash("qsetu.files.v1", dict(self.files)) if self.files else ""

    def _repr_html_(self) -> str:
        from qsetu.genomics.views.card import dataset_html

        return dataset_html(self)

    def __repr__(self) -> str:
        name = self.card.name + (f"/{self.part}" if self.part else "") if self.card else "your own data"
        labels = ", ".join(f"{label} {count}" for label, count in list(self.label_counts().items())[:6])
        more = ", ..." if len(self.label_counts()) > 6 else ""
        return f"{type(self).__name__}({name}: {self._size()}{'; ' + labels + more if labels else ''})"

    @abstractmethod
    def _size(self) -> str:
        """How large, in the words of the field ("106 sequences of 57 letters")."""

    @abstractmethod
    def _row_fields(self) -> tuple[str, ...]:
        """Names of further fields (arrays or tables) with a row a sample."""

    @abstractmethod
    def _content(self) -> tuple[Any, ...]:
        """What :attr:`content_sha256` covers, as plain data."""


def text_column(argument: str, value: Any) -> NDArray[np.str_]:
    """``value`` as a read-only text array of one axis."""
    column = np.array(value, dtype=np.str_)
    if column.ndim != 1:
        raise ArgumentError(argument, "must have one axis, an entry a sample", f"shape {column.shape}")
    column.setflags(write=False)
    return column


def frozen(array: NDArray[Any], given: Any) -> NDArray[Any]:
    """``array``, read-only; a copy if it is what the caller has and may still write to."""
    if isinstance(given, np.ndarray) and given.flags.writeable and np.may_share_memory(array, given):
        array = array.copy()
    array.setflags(write=False)
    return array


def count_labels(labels: NDArray[np.str_]) -> dict[str, int]:
    """Number of entries of each label, most frequent first, ties by name."""
    names, counts = np.unique(labels, return_counts=True)
    pairs = zip(names.tolist(), counts.tolist(), strict=True)
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))
