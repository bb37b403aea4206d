"""Sequences to test on that are, whole or in part, among those trained on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from qsetu.genomics.alphabet import Alphabet, reverse_complement
from qsetu.genomics.datasets import SequenceDataset, StructureDataset
from qsetu.genomics.splits.kmers import kmer_table, longest_word
from qsetu.genomics.splits.seen import Options, Seen
from qsetu.genomics.splits.sequence_groups import hamming_pairs

__all__ = ["near_distance", "seen_sequences"]

Sequences = SequenceDataset | StructureDataset

_SHORT = 30  # below, a third of the letters agree too often by chance
_MOST_LETTERS = 100_000_000_000


def seen_sequences(train: Sequences, test: Sequences, options: Options) -> Iterator[Seen]:
    """Repeats, reverse complements, label conflicts, shared words, near copies and shifted windows."""
    alphabet: Alphabet = test.alphabet if isinstance(test, SequenceDataset) else "RNA"
    known, asked = train.sequences.tolist(), test.sequences.tolist()
    first = {text: place for place, text in reversed(list(enumerate(known)))}
    same = np.array([text in first for text in asked], bool)
    yield Seen(
        "repeated sequences", same, examples=_named(train, test, same, [first.get(t, 0) for t in asked])
    )
    if alphabet == "DNA":
        flipped = [reverse_complement(text) for text in asked]
        other = np.array([a in first and a != b for a, b in zip(flipped, asked, strict=True)], bool)
        places = [first.get(text, 0) for text in flipped]
        yield Seen("reverse complements", other, examples=_named(train, test, other, places))
    if train.labels is not None and test.labels is not None and isinstance(test, SequenceDataset):
        yield _conflicts(train, test)
    yield from _shared_words(train, test, alphabet, options.k)
    if (distance := near_distance(train, test, options)) is not None:
        yield _near_copies(train, test, alphabet, distance)
    if alphabet == "protein" and train.num_features == test.num_features is not None:
        yield _shifted(train, test)


def near_distance(train: Sequences, test: Sequences, options: Options) -> int | None:
    """How many letters near copies may differ in: as asked, or a third; None where they are not compared."""
    length = train.num_features
    if length is None or length != test.num_features:
        return None
    if options.near is not None:
        return options.near
    protein = isinstance(test, SequenceDataset) and test.alphabet == "protein"
    return None if protein or length < _SHORT else length // 3


def _conflicts(train: Sequences, test: Sequences) -> Seen:
    labels: dict[str, set[str]] = {}
    for text, label in zip(train.sequences, train.y, strict=True):
        labels.setdefault(text, set()).add(str(label))
    pairs = zip(test.sequences, test.y, strict=True)
    hits = np.array([bool(labels.get(text, set()) - {str(label)}) for text, label in pairs], bool)
    return Seen("conflicting labels", hits, examples=tuple(test.sample_names[hits][:3].tolist()))


def _shared_words(train: Sequences, test: Sequences, alphabet: Alphabet, k: int) -> Iterator[Seen]:
    k = min(k, longest_word(alphabet))
    table = kmer_table([*train.sequences, *test.sequences], k, alphabet=alphabet)
    testing = table.rows >= len(train)
    known = np.unique(table.words[~testing])
    words, rows = table.words[testing], table.rows[testing] - len(train)
    if not len(known) or not len(words):
        return
    shared = np.isin(words, known)
    number = np.bincount(rows, minlength=len(test))
    found = np.bincount(rows[shared], minlength=len(test))
    hits, half = found > 0, (found > 0) & (2 * found >= number)
    letters = 4.0 if alphabet != "protein" else 20.0
    strands = 2 if alphabet == "DNA" else 1
    by_chance = len(words) * (1 - np.exp(-strands * len(known) / letters**k))
    remark = ""
    if by_chance > 0.5:
        remark = f"Chance alone would share {by_chance:.2g} of the {len(words)} words: take a larger k."
    details = {"share half of their words or more": int(half.sum())} if half.any() else {}
    examples = tuple(test.sample_names[half if half.any() else hits][:3].tolist())
    yield Seen("shared words", hits, int(half.sum()), examples, details, remark)


def _near_copies(train: Sequences, test: Sequences, alphabet: Alphabet, distance: int) -> Seen:
    length = test.num_features or 0
    if len(train) * len(test) * length > _MOST_LETTERS:
        remark = "Near copies by Hamming distance: too many pairs; call hamming_groups on a part."
        return Seen("not looked at", np.ones(len(test), bool), remark=remark)
    pairs = hamming_pairs(test.sequences, train.sequences, distance, at_least=1, alphabet=alphabet)
    close = hamming_pairs(
        test.sequences, train.sequences, min(distance, length // 10), at_least=1, alphabet=alphabet
    )
    hits = np.zeros(len(test), bool)
    hits[pairs[:, 0]] = True
    strong = len(np.unique(close[:, 0]))
    details = {f"at no more than {length // 10}": strong} if strong else {}
    shown = (close if len(close) else pairs)[:3]
    examples = tuple(f"{test.sample_names[i]} and {train.sample_names[j]}" for i, j in shown)
    return Seen("near copies", hits, strong, examples, details)


def _shifted(train: Sequences, test: Sequences) -> Seen:
    heads = {text[:-1] for text in train.sequences}
    tails = {text[1:] for text in train.sequences}
    moved = [text[1:] in heads or text[:-1] in tails for text in test.sequences]
    hits = np.array(moved, bool)
    return Seen("shifted windows", hits, examples=tuple(test.sequences[hits][:3]))


def _named(train: Sequences, test: Sequences, hits: NDArray[np.bool_], places: list[int]) -> tuple[str, ...]:
    chosen = np.flatnonzero(hits)[:3]
    return tuple(f"{test.sample_names[i]} and {train.sample_names[places[i]]}" for i in chosen)
