"""What a check of a split has seen, and how that is put into words: one table for all kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qsetu.genomics.splits.report import Finding, Severity

__all__ = ["CROSSINGS", "Crossing", "Options", "Seen", "merged"]


@dataclass(frozen=True)
class Options:
    """How a report looks.

    Attributes:
        k: Letters of a word that two sequences may share.
        near: Differing letters of near copies; None for a third.
        relatives: Whether relatives are looked for.
    """

    k: int = 20
    near: int | None = None
    relatives: bool = True


@dataclass(frozen=True, eq=False)
class Seen:
    """What one check saw in one fold.

    Attributes:
        kind: A name of ``CROSSINGS``.
        hits: Which test samples are affected, bool ``(N,)``.
        strong: How many of them count as a sure leak; None where every hit has the severity of its kind.
        examples: Some of them, in words.
        details: Further counts, summed over folds.
        remark: A sentence that is no count.
    """

    kind: str
    hits: NDArray[np.bool_]
    strong: int | None = None
    examples: tuple[str, ...] = ()
    details: Mapping[str, int] = field(default_factory=dict)
    remark: str = ""


@dataclass(frozen=True)
class Crossing:
    """How one kind is judged and said: severity of any hit, of a strong one, the claim, and what to do."""

    severity: Severity
    said: str
    advice: str
    strongly: Severity | None = None


_BLOCKS = "Split by groups=interval_groups(...)."
_SUGGESTED = "Split by groups=suggested_groups(dataset)."

CROSSINGS: dict[str, Crossing] = {
    "same rows": Crossing("leak", "are training samples themselves", "Cut the rows into two disjoint parts."),
    "straddling groups": Crossing("leak", "are of a group that is also trained on", _SUGGESTED),
    "repeated sequences": Crossing("leak", "have the sequence of a training sample", _SUGGESTED),
    "reverse complements": Crossing(
        "leak", "are the reverse complement of a training sample", f"{_SUGGESTED} It joins strands."
    ),
    "conflicting labels": Crossing(
        "caution",
        "have the sequence, but not the label, of a training sample",
        "Drop one of the two, or both.",
    ),
    "shared words": Crossing(
        "caution",
        "share a word of {k} letters with a training sample",
        "Split by groups=shared_kmer_groups(...), see also homology_groups.",
        "leak",
    ),
    "near copies": Crossing(
        "caution",
        "differ from a training sample at no more than {near} positions",
        "Split by groups=hamming_groups(...).",
        "leak",
    ),
    "shifted windows": Crossing(
        "caution",
        "are a training sample moved by one position",
        "Split by groups=shared_kmer_groups(...) with k one below the length.",
    ),
    "overlapping intervals": Crossing(
        "caution", "overlap a training interval on the same strand", _BLOCKS, "leak"
    ),
    "overlaps of another label": Crossing(
        "caution",
        "overlap, on the same strand, a training interval of another label",
        "Look at both: one stretch cannot be of two classes.",
    ),
    "overlaps on the other strand": Crossing(
        "caution",
        "overlap a training interval on the other strand only",
        "If the model reads both strands, split by groups=interval_groups(..., by_strand=False).",
    ),
    "repeated rows": Crossing("leak", "have the very values of a training sample", _SUGGESTED),
    "same individuals": Crossing(
        "leak",
        "share over 95 % of their alleles with a training sample",
        "Drop one of each, or split by groups=alike_groups(...).",
    ),
    "relatives": Crossing(
        "caution",
        "have a relative among the training samples (kinship of 0.088 or more)",
        "Split by groups=relatedness_groups(...).",
        "leak",
    ),
    "shared families": Crossing(
        "caution",
        "are of an RNA family that is also trained on",
        "To claim new families, split by groups=dataset.labels.",
    ),
    "repeated names": Crossing(
        "caution", "have the name of a training sample", "Find out whether they are the same sample."
    ),
    "labels not trained on": Crossing(
        "caution", "have a label that no training sample has", "Stratify, or merge rare labels."
    ),
    "not looked at": Crossing("note", "were not compared in full", ""),
}


def merged(kind: str, folds: Sequence[Seen], options: Options, near: int) -> Finding | None:
    """One finding from what all folds saw of a kind; None where no test sample is affected."""
    rule = CROSSINGS[kind]
    number, of = sum(int(one.hits.sum()) for one in folds), sum(len(one.hits) for one in folds)
    if not number:
        return None
    strong = sum(one.strong or 0 for one in folds)
    severity = rule.strongly if rule.strongly and strong else rule.severity
    details: dict[str, int] = {}
    for one in folds:
        for name, count in one.details.items():
            details[name] = details.get(name, 0) + count
    parts = [f"{number} of {of} test samples {rule.said.format(k=options.k, near=near)}"]
    parts += [f"; {count} {name}" for name, count in details.items()]
    remarks = list(dict.fromkeys(one.remark for one in folds if one.remark))
    sentence = " ".join(["".join(parts) + ".", *remarks, rule.advice]).strip()
    examples = tuple(dict.fromkeys(text for one in folds for text in one.examples))[:3]
    return Finding(kind, severity, number, of, examples, sentence, details)
