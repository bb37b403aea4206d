"""Every check of one part of the data against another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.genomics.datasets import (
    Dataset,
    ExpressionDataset,
    GenotypeDataset,
    IntervalDataset,
    SequenceDataset,
    StructureDataset,
)
from qsetu.genomics.splits.cross_people import Relations, relations, seen_people
from qsetu.genomics.splits.cross_sequences import seen_sequences
from qsetu.genomics.splits.interval_groups import longest_overlap
from qsetu.genomics.splits.people import row_digests
from qsetu.genomics.splits.seen import Options, Seen

__all__ = ["seen_across", "seen_groups"]


def seen_across(
    train: Dataset, test: Dataset, options: Options, people: Relations | None = None
) -> Iterator[Seen]:
    """What of the test samples is already among the training samples, by the kind of data.

    ``people`` are the relations between the two, where they are known already.
    """
    if train.labels is not None and test.labels is not None:
        strange = ~np.isin(test.labels, train.labels)
        names = tuple(sorted(set(test.labels[strange].tolist())))
        yield Seen("labels not trained on", strange, examples=names[:3])
    # Numbers as names are counters of rows more often than names of samples.
    named = ~np.char.isdigit(test.sample_names) if len(test) else np.zeros(0, bool)
    repeated = np.isin(test.sample_names, train.sample_names) & named
    yield Seen("repeated names", repeated, examples=_first(test.sample_names[repeated]))
    if isinstance(train, SequenceDataset) and isinstance(test, SequenceDataset):
        yield from seen_sequences(train, test, options)
    elif isinstance(train, StructureDataset) and isinstance(test, StructureDataset):
        yield from seen_sequences(train, test, options)
        if train.labels is not None and test.labels is not None:
            shared = np.isin(test.labels, train.labels)
            yield Seen("shared families", shared, examples=_first(np.unique(test.labels[shared])))
    elif isinstance(train, IntervalDataset) and isinstance(test, IntervalDataset):
        yield from _intervals(train, test)
    elif isinstance(train, GenotypeDataset) and isinstance(test, GenotypeDataset):
        yield from seen_people(train, test, people or relations(train, test, options))
    elif isinstance(train, ExpressionDataset) and isinstance(test, ExpressionDataset):
        same = np.isin(row_digests(test.values), row_digests(train.values))
        yield Seen("repeated rows", same, examples=_first(test.sample_names[same]))


def seen_groups(train: NDArray[np.str_], test: NDArray[np.str_]) -> Seen:
    """Test samples whose group is also trained on."""
    hits = np.isin(test, train)
    return Seen("straddling groups", hits, examples=_first(np.unique(test[hits])))


def _intervals(train: IntervalDataset, test: IntervalDataset) -> Iterator[Seen]:
    lengths = (test.intervals["end"] - test.intervals["start"]).to_numpy()
    longest = longest_overlap(test.intervals, train.intervals)
    hits = longest > 0
    half, most = hits & (2 * longest >= lengths), hits & (10 * longest >= 9 * lengths)
    details = {"by half or more": int(half.sum()), "by 90 % or more": int(most.sum())}
    if test.labels is not None and len(set(test.labels.tolist())) <= 6:
        for label in test.label_counts():
            details[f"labeled '{label}'"] = int(hits[test.labels == label].sum())
    yield Seen(
        "overlapping intervals", hits, int(half.sum()), _places(test, half if half.any() else hits), details
    )
    either = longest_overlap(test.intervals, train.intervals, by_strand=False)
    opposite = (either > 0) & ~hits
    yield Seen("overlaps on the other strand", opposite, examples=_places(test, opposite))
    if train.labels is not None and test.labels is not None:
        crossed = np.zeros(len(test), bool)
        for label in np.unique(test.labels):
            rows = np.flatnonzero(test.labels == label)
            others = train.intervals[train.labels != label]
            crossed[rows] = longest_overlap(test.intervals.iloc[rows], others) > 0
        yield Seen("overlaps of another label", crossed, examples=_places(test, crossed))


def _places(dataset: IntervalDataset, hits: NDArray[np.bool_]) -> tuple[str, ...]:
    rows = dataset.intervals[hits].head(3)
    columns = (rows["chromosome"], rows["start"], rows["end"], rows["strand"])
    return tuple(f"{c}:{s}-{e}({strand})" for c, s, e, strand in zip(*columns, strict=True))


def _first(names: Any) -> tuple[str, ...]:
    return tuple(str(name) for name in names[:3])
