"""What is odd inside a dataset, whatever the split: repeats, conflicts, columns, values scaled over all."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.genomics.alphabet import reverse_complement
from qsetu.genomics.datasets import (
    Dataset,
    ExpressionDataset,
    GenotypeDataset,
    IntervalDataset,
    SequenceDataset,
    StructureDataset,
)
from qsetu.genomics.splits.giveaways import giveaways
from qsetu.genomics.splits.interval_groups import interval_groups
from qsetu.genomics.splits.kmers import longest_word
from qsetu.genomics.splits.people import row_digests
from qsetu.genomics.splits.report import Finding, Severity
from qsetu.genomics.splits.seen import Options
from qsetu.genomics.splits.sequence_groups import shared_kmer_groups

__all__ = ["found_within", "looked_within"]

_TOGETHER = "Keep equal ones together: split by groups=suggested_groups(dataset)."


def found_within(dataset: Dataset, train: NDArray[np.int64] | None, options: Options) -> Iterator[Finding]:
    """Findings inside a dataset.

    Args:
        dataset: All samples.
        train: Rows trained on, to tell scaling over all from scaling by them; None where there is no split,
            and then whatever could straddle one is told, too.
        options: How to look.
    """
    # Beside a split its own checks judge what repeats; alone, repeats are what any split must heed.
    severity: Severity = "caution" if train is None else "note"
    yield from _repeated("names inside", "sample names", dataset.sample_names, dataset, severity)
    yield from giveaways(dataset)
    if train is None and dataset.groups is not None:
        said, advice = "are of a group with others", "Split by these groups."
        yield from _together("groups inside", said, dataset.groups, dataset, "note", advice)
    if isinstance(dataset, (SequenceDataset, StructureDataset)):
        yield from _sequences(dataset, severity, options if train is None else None)
    elif isinstance(dataset, IntervalDataset) and train is None:
        blocks = interval_groups(dataset.intervals)
        said, advice = "overlap another on the same strand", "Split by groups=interval_groups(...)."
        yield from _together("overlaps inside", said, blocks, dataset, "caution", advice)
    elif isinstance(dataset, ExpressionDataset):
        rows = np.array(row_digests(dataset.values), dtype=np.str_)
        yield from _repeated("rows inside", "rows of values", rows, dataset, severity)
        yield from _columns(dataset.values, dataset.gene_names)
        yield from _scaled(dataset.values, train, "columns")
    elif isinstance(dataset, GenotypeDataset):
        rows = np.array(row_digests(dataset.dosages), dtype=np.str_)
        yield from _repeated("rows inside", "rows of genotypes", rows, dataset, severity)
        if dataset.traits is not None:
            traits = dataset.traits.select_dtypes("number").to_numpy(np.float64)
            yield from _scaled(traits, train, "traits")


def looked_within(dataset: Dataset, alone: bool) -> tuple[str, ...]:
    """Kinds of findings that :func:`found_within` looks for in such a dataset; ``alone`` without a split."""
    kinds = ["names inside"]
    if dataset.labels is not None:
        kinds += ["names tell the label", "rows sorted by label"]
        kinds += ["a column tells the label"] if dataset.metadata is not None else []
    kinds += ["groups inside"] if alone and dataset.groups is not None else []
    match dataset:
        case StructureDataset():
            kinds += ["sequences inside", "several structures"]
        case SequenceDataset():
            kinds += ["sequences inside"]
            kinds += ["reverse complements inside"] if dataset.alphabet == "DNA" else []
            kinds += ["several labels"] if dataset.labels is not None else []
        case IntervalDataset():
            kinds += ["overlaps inside"] if alone else []
        case ExpressionDataset():
            kinds += ["rows inside", "repeated columns", "scaled over all samples"]
        case GenotypeDataset():
            kinds += ["rows inside"] + (["scaled over all samples"] if dataset.traits is not None else [])
    if alone and isinstance(dataset, (SequenceDataset, StructureDataset)):
        kinds.append("shared words inside")
    return tuple(kinds)


def _repeated(
    kind: str, what: str, values: NDArray[np.str_], dataset: Dataset, severity: Severity
) -> Iterator[Finding]:
    counts, rows, examples = _often(values, dataset)
    if not rows:
        return
    often, surplus = int((counts > 1).sum()), len(values) - len(counts)
    sentence = (
        f"{often} {what} occur more than once, in {rows} of {len(values)} rows ({surplus} surplus; "
        f"{len(counts)} distinct). {_TOGETHER}"
    )
    details = {"occur more than once": often, "surplus": surplus, "distinct": len(counts)}
    yield Finding(kind, severity, rows, len(values), examples, sentence, details)


def _together(
    kind: str, said: str, groups: NDArray[np.str_], dataset: Dataset, severity: Severity, advice: str
) -> Iterator[Finding]:
    counts, rows, examples = _often(groups, dataset)
    if not rows:
        return
    mixed = 0
    if dataset.labels is not None:
        pairs = {
            (group, label) for group, label in zip(groups.tolist(), dataset.labels.tolist(), strict=True)
        }
        _, labels_of = np.unique([group for group, _ in pairs], return_counts=True)
        mixed = int((labels_of > 1).sum())
    sentence = (
        f"{rows} of {len(groups)} samples {said}; {len(counts)} groups are independent"
        f"{f', {mixed} of them of more than one label' if mixed else ''}. {advice}"
    )
    details = {"groups": len(counts), "groups of more than one label": mixed}
    yield Finding(kind, severity, rows, len(groups), examples, sentence, details)


def _often(values: NDArray[np.str_], dataset: Dataset) -> tuple[NDArray[np.int64], int, tuple[str, ...]]:
    """How often each value occurs, rows of those that occur twice or more, and the names of some."""
    _, first, counts = np.unique(values, return_index=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    places = [i for i in order[:3] if counts[i] > 1]
    names = tuple(str(dataset.sample_names[first[i]]) for i in places)
    return counts, int(counts[counts > 1].sum()), names


def _sequences(
    dataset: SequenceDataset | StructureDataset, severity: Severity, alone: Options | None
) -> Iterator[Finding]:
    texts = dataset.sequences.tolist()
    # Digests, because a text array is as wide as its longest sequence in every row.
    keys = np.array([blake2b(one.encode(), digest_size=16).hexdigest() for one in texts], dtype=np.str_)
    yield from _repeated("sequences inside", "sequences", keys, dataset, severity)
    alphabet = dataset.alphabet if isinstance(dataset, SequenceDataset) else "RNA"
    if alphabet == "DNA":
        known = set(texts)
        pairs = enumerate(zip(texts, map(reverse_complement, texts), strict=True))
        both = [i for i, (one, other) in pairs if other in known and other != one]
        if both:
            sentence = (
                f"{len(both)} of {len(texts)} sequences have their reverse complement among the others."
            )
            names = tuple(dataset.sample_names[both[:3]].tolist())
            yield Finding("reverse complements inside", severity, len(both), len(texts), names, sentence)
    if isinstance(dataset, StructureDataset):
        yield from _several("several structures", "structure", keys, dataset.structures, dataset)
    elif dataset.labels is not None:
        yield from _several("several labels", "label", keys, dataset.labels, dataset)
    if alone is not None:
        k = min(alone.k, longest_word(alphabet))
        groups = shared_kmer_groups(texts, k, alphabet=alphabet)
        said, advice = f"share a word of {k} letters with another", "Split by groups=shared_kmer_groups(...)."
        yield from _together("shared words inside", said, groups, dataset, "caution", advice)


def _several(
    kind: str, what: str, texts: NDArray[np.str_], values: Any, dataset: Dataset
) -> Iterator[Finding]:
    found: dict[str, dict[str, int]] = {}
    for row, (text, value) in enumerate(zip(texts.tolist(), values, strict=True)):
        found.setdefault(text, {}).setdefault(str(value), row)
    several = [rows for rows in found.values() if len(rows) > 1]
    if several:
        examples = tuple(
            " and ".join(str(dataset.sample_names[i]) for i in rows.values()) for rows in several[:3]
        )
        sentence = (
            f"{len(several)} of {len(found)} distinct sequences have more than one {what}. Decide which is "
            "right, or drop them; keep them together in any split."
        )
        yield Finding(kind, "caution", len(several), len(found), examples, sentence)


def _columns(values: NDArray[np.float64], names: NDArray[np.str_]) -> Iterator[Finding]:
    digests = row_digests(np.ascontiguousarray(values.T))
    _, first = np.unique(digests, return_index=True)
    surplus = np.setdiff1d(np.arange(len(digests)), first)
    if len(surplus):
        sentence = (
            f"{len(surplus)} of {len(digests)} columns repeat an earlier one exactly. Such features count "
            "twice in distances and kernels; drop them."
        )
        examples = tuple(f"{names[i].strip()} (column {i})" for i in surplus[:3].tolist())
        yield Finding("repeated columns", "note", len(surplus), len(digests), examples, sentence)


def _scaled(values: NDArray[np.float64], train: NDArray[np.int64] | None, what: str) -> Iterator[Finding]:
    """Columns of mean 0 and variance 1 (or from 0 to 1) over all samples, but not over those trained on."""
    usable = np.isfinite(values).all(0) & (np.ptp(values, 0) > 0) if len(values) > 2 else np.zeros(0, bool)
    if not usable.any():
        return
    of = values[:, usable]
    for kind, is_scaled in (("mean 0 and variance 1", _standard), ("a range from 0 to 1", _unit_range)):
        whole = is_scaled(of)
        if 2 * int(whole.sum()) <= of.shape[1] or (train is not None and is_scaled(of[train]).all()):
            continue
        sentence = (
            f"{int(whole.sum())} of {of.shape[1]} {what} have {kind} over all samples: they were scaled with "
            "what is tested on. Start from unscaled values, and scale inside each fold."
        )
        yield Finding("scaled over all samples", "caution", int(whole.sum()), of.shape[1], (), sentence)


def _standard(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    number, mean, spread = len(values), values.mean(0), values.std(0)
    correction = np.sqrt(number / max(1, number - 1))
    unit = np.minimum(abs(spread - 1), abs(spread * correction - 1))
    return np.asarray((abs(mean) < 1e-3) & (unit < 1e-3))


def _unit_range(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    # Zeros and ones alone are a code, not a scale.
    between = ((values > 0) & (values < 1)).any(0)
    return np.asarray(between & (abs(values.min(0)) < 1e-9) & (abs(values.max(0) - 1) < 1e-9))
