"""Words of k letters as numbers, and which sequences share them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_int
from qsetu.core.errors import ArgumentError
from qsetu.genomics.alphabet import Alphabet, clean_sequences, pack
from qsetu.genomics.alphabet import reverse_complement as flipped

__all__ = ["KmerTable", "canonical", "kmer_table", "longest_word", "shared_kmer_pairs", "strand_rule"]

_LETTER_BITS = {"DNA": 2, "RNA": 2, "protein": 5}
_MOST_PAIRS = 200_000_000


@dataclass(frozen=True, eq=False)
class KmerTable:
    """Which words occur in which sequence.

    Attributes:
        words: uint64 ``(P,)``, ascending; word and row are a pair that occurs once.
        rows: int64 ``(P,)``.
        counts: How often the word occurs in that sequence, int64 ``(P,)``.
        num_rows: Number of sequences.
    """

    words: NDArray[np.uint64]
    rows: NDArray[np.int64]
    counts: NDArray[np.int64]
    num_rows: int

    @property
    def runs(self) -> NDArray[np.int64]:
        """Number of sequences that hold each distinct word."""
        _, sizes = np.unique(self.words, return_counts=True)
        return np.asarray(sizes)

    def chains(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Links that join all sequences which share a word: from each to the next that holds it."""
        same = np.flatnonzero(self.words[1:] == self.words[:-1])
        return self.rows[same], self.rows[same + 1]


def longest_word(alphabet: Alphabet) -> int:
    """Letters that fit a word: 31 of DNA or RNA, 12 of proteins."""
    return 31 if alphabet != "protein" else 12


def strand_rule(alphabet: Alphabet, reverse_complement: bool | None) -> bool:
    """Whether strands count as the same: as asked, by default for DNA only; a protein has none."""
    if alphabet == "protein" and reverse_complement:
        raise ArgumentError("reverse_complement", "must be False for proteins", reverse_complement)
    return alphabet == "DNA" if reverse_complement is None else reverse_complement


def canonical(sequences: Sequence[str], both_strands: bool) -> list[str]:
    """Each sequence, or its reverse complement where that comes first in the alphabet."""
    return [min(one, flipped(one)) for one in sequences] if both_strands else list(sequences)


def kmer_table(
    sequences: Any, k: int, *, alphabet: Alphabet = "DNA", reverse_complement: bool | None = None
) -> KmerTable:
    """All words of ``k`` letters of all sequences; windows with an ambiguous letter or a gap are skipped.

    Args:
        sequences: N texts.
        k: Letters a word, 1 to 31 (DNA, RNA: two bits a letter) or 12 (protein: five bits).
        alphabet: "DNA", "RNA" or "protein".
        reverse_complement: Whether a word and its reverse complement are one; None for DNA only.

    Raises:
        ArgumentError: ``k`` is out of range, or a sequence has letters that the alphabet has not.
    """
    k = as_int("k", k, 1, longest_word(alphabet))
    both = strand_rule(alphabet, reverse_complement)
    packed = pack(clean_sequences(sequences, alphabet, gaps=True), alphabet)
    bits = np.uint64(_LETTER_BITS[alphabet])
    letters = packed.codes.astype(np.uint64)
    number = len(letters) - k + 1
    owner = np.repeat(np.arange(len(packed.lengths)), packed.lengths)
    if number <= 0:
        empty = np.zeros(0, np.int64)
        return KmerTable(np.zeros(0, np.uint64), empty, empty, len(packed.lengths))
    unclear = np.concatenate([[0], np.cumsum(packed.codes >= (20 if alphabet == "protein" else 4))])
    whole = (owner[:number] == owner[k - 1 :]) & (unclear[k:] == unclear[:number])
    words = _words(letters, k, bits, backwards=False)
    if both:
        # A, C, G, T are 0 to 3, so the complement is 3 minus the code; unclear letters are masked, not used.
        opposite = (np.uint64(3) - letters) & np.uint64(3)
        np.minimum(words, _words(opposite, k, bits, backwards=True), out=words)
    words, rows = words[whole], owner[:number][whole]
    order = np.argsort(words, kind="stable")  # rows ascend already, so they ascend within a word
    words, rows = words[order], rows[order]
    first = np.ones(len(words), bool)
    first[1:] = (words[1:] != words[:-1]) | (rows[1:] != rows[:-1])
    starts = np.flatnonzero(first)
    counts = np.diff(np.append(starts, len(words)))
    return KmerTable(words[starts], rows[starts], counts, len(packed.lengths))


def shared_kmer_pairs(
    sequences: Any, k: int = 20, *, alphabet: Alphabet = "DNA", reverse_complement: bool | None = None
) -> NDArray[np.int64]:
    """Pairs of sequences that share a word of ``k`` letters.

    Args:
        sequences: N texts.
        k: Letters a word.
        alphabet: "DNA", "RNA" or "protein".
        reverse_complement: Whether a word and its reverse complement are one; None for DNA only.

    Returns:
        int64 ``(P, 2)``, positions of the two, the smaller first, ascending.

    Raises:
        ArgumentError: ``k`` is out of range, or so many sequences share words that pairs cannot be listed.
    """
    table = kmer_table(sequences, k, alphabet=alphabet, reverse_complement=reverse_complement)
    seen = word_matrix(table)
    shared = (seen @ seen.T).tocoo()
    upper = shared.row < shared.col
    pairs = np.stack([shared.row[upper], shared.col[upper]], 1).astype(np.int64)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def word_matrix(table: KmerTable, counted: bool = False) -> Any:
    """Sequences by distinct words, sparse int32: 1, or how often, where a word occurs."""
    from scipy.sparse import csr_matrix

    if int((table.runs.astype(np.float64) ** 2).sum()) > _MOST_PAIRS:
        rule = "must be long enough that few sequences share a word, for their pairs to be listed"
        raise ArgumentError("k", rule, f"over {_MOST_PAIRS} pairs", "Take a longer word.")
    distinct, column = np.unique(table.words, return_inverse=True)
    values = table.counts.astype(np.int32) if counted else np.ones(len(column), np.int32)
    return csr_matrix((values, (table.rows, column)), shape=(table.num_rows, len(distinct)))


def _words(letters: NDArray[np.uint64], k: int, bits: np.uint64, *, backwards: bool) -> NDArray[np.uint64]:
    """The word that starts at each letter, from words of 1, 2, 4 ... letters joined."""

    def joined(first: NDArray[np.uint64], a: int, second: NDArray[np.uint64], b: int) -> NDArray[np.uint64]:
        number = len(letters) - a - b + 1
        first, second = first[:number], second[a : a + number]
        if backwards:
            return (second << (bits * np.uint64(a))) | first
        return (first << (bits * np.uint64(b))) | second

    word, length = letters[:0], 0
    power, size = letters, 1
    while True:
        if k & size:
            word = joined(word, length, power, size) if length else power.copy()
            length += size
        if length == k:
            return word
        power = joined(power, size, power, size)
        size *= 2
