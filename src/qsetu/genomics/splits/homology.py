"""Groups of related sequences: how alike two are, estimated from words or counted in an alignment."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from qsetu.core.checks import as_choice, as_float
from qsetu.core.errors import ArgumentError
from qsetu.genomics.alphabet import Alphabet, clean_sequences
from qsetu.genomics.alphabet import reverse_complement as flipped
from qsetu.genomics.extras import needed
from qsetu.genomics.splits.kmers import canonical, kmer_table, longest_word, strand_rule, word_matrix
from qsetu.genomics.splits.linking import digests, linked_groups

__all__ = ["aligned_identity", "homology_groups"]


def homology_groups(
    sequences: Any,
    identity: float = 0.9,
    method: str = "kmer",
    *,
    k: int | None = None,
    alphabet: Alphabet = "DNA",
    reverse_complement: bool | None = None,
) -> NDArray[np.str_]:
    """Sequences at least this alike, directly or through others, are a group.

    Linkage is single, not greedy as in CD-HIT: a greedy cluster holds what is like its representative, so two
    sequences of different clusters may still be alike. Here no pair as alike as ``identity`` is ever apart.

    ``"kmer"`` estimates identity as c^(1/k) from the share c of the shorter one's words that the longer one
    has: quick, and rough for sequences of few words. ``"alignment"`` counts it (:func:`aligned_identity`),
    for those pairs only that share as many words as alike sequences must: e differing columns break at most k
    e words of the shorter one.

    Args:
        sequences: N texts.
        identity: From above 0 to 1.
        method: "kmer", or "alignment" (needs the extra ``genomics``).
        k: Letters a word; by default 11 (proteins 4) or what fits the shortest sequence, and for alignments
            the longest word that such a pair must share.
        alphabet: "DNA", "RNA" or "protein".
        reverse_complement: Whether the other strand is compared, too; None for DNA only.

    Returns:
        Text ``(N,)``.

    Raises:
        ArgumentError: An argument is out of range, or words of ``k`` letters are too common to compare by.
        DataError: Alignment is asked for and Biopython is not installed.

    References:
        Ondov et al., Genome Biology 17, 132 (2016), doi 10.1186/s13059-016-0997-x (identity from shared
        words); Li and Godzik, Bioinformatics 22, 1658 (2006), doi 10.1093/bioinformatics/btl158 (words filter
        alignments).
    """
    identity = as_float("identity", identity, low=0, high=1, open_low=True)
    as_choice("method", method, ("kmer", "alignment"))
    both = strand_rule(alphabet, reverse_complement)
    texts = clean_sequences(sequences, alphabet, gaps=True)
    keys = digests(canonical(texts, both))
    _, places = np.unique(keys, return_index=True)
    distinct = [texts[place] for place in places]
    if not texts:
        return linked_groups([], np.zeros(0, np.int64), np.zeros(0, np.int64))
    aligning = method == "alignment"
    if aligning and any("-" in one for one in distinct):
        raise ArgumentError("sequences", "must have no gaps to be aligned", "gaps", "Remove them.")
    k = _word(min(map(len, distinct)), identity, aligning, alphabet) if k is None else k
    table = kmer_table(distinct, k, alphabet=alphabet, reverse_complement=both)
    left, right, windows, share = _alike_by_words(table, np.array([len(one) for one in distinct]))
    if not aligning:
        near = share ** (1 / k) >= identity
        return linked_groups(keys, places[left[near]], places[right[near]])
    shorter = np.minimum(*(np.array([len(one) for one in distinct])[side] for side in (left, right)))
    broken = k * np.floor((1 - identity) * shorter / identity + 1e-9)
    total = np.bincount(table.rows, table.counts, minlength=len(distinct))
    least = np.minimum(total[left], total[right])
    candidates = np.flatnonzero(windows >= np.maximum(1, least - broken))
    candidates = candidates[np.argsort(-share[candidates], kind="stable")]
    joined = _joined(distinct, left[candidates], right[candidates], identity, alphabet, both)
    chosen = candidates[joined]
    return linked_groups(keys, places[left[chosen]], places[right[chosen]])


def aligned_identity(first: str, second: str, alphabet: Alphabet = "DNA") -> float:
    """Share of identical columns in a best global alignment, overhanging ends of either left out.

    Match 2, mismatch -3, opening a gap -5, extending it -2, ends free. Columns count from the first to the
    last letter of the shorter sequence, so a fragment inside a whole has identity 1, and an overlap counts by
    what it covers.

    Raises:
        DataError: Biopython is not installed.
    """
    align = needed("Bio.Align", "genomics", "Aligning sequences")
    aligner = align.PairwiseAligner(
        mode="global",
        match_score=2,
        mismatch_score=-3,
        open_gap_score=-5,
        extend_gap_score=-2,
        end_gap_score=0,
    )
    short, long = sorted((first, second), key=len)
    blocks = aligner.align(short, long)[0].aligned
    pairs = same = 0
    for (a, b), (c, d) in zip(*blocks, strict=True):
        pairs += b - a
        same += sum(x == y for x, y in zip(short[a:b], long[c:d], strict=True))
    if not pairs:
        return 0.0
    # Letters of the longer one between aligned blocks are columns, too; those outside are overhang.
    inside = blocks[1][-1][1] - blocks[1][0][0] - pairs
    return float(same / (len(short) + inside))


def _word(shortest: int, identity: float, aligning: bool, alphabet: Alphabet) -> int:
    if not aligning:
        return max(1, min(11 if alphabet != "protein" else 4, shortest))
    # e events cut the shorter one into e + 1 runs, so the longest run has (n - e) / (e + 1) letters at least.
    events = int((1 - identity) * shortest / identity + 1e-9)
    return max(1, min(longest_word(alphabet), (shortest - events) // (events + 1)))


def _alike_by_words(table: Any, lengths: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
    """For pairs that share a word: the two, how many windows of one are in the other, and as a share."""
    held, counted = word_matrix(table), word_matrix(table, counted=True)
    windows = (counted @ held.T).tocsr()
    both = windows.maximum(windows.T).tocoo()
    shared = (held @ held.T).tocsr()
    upper = both.row < both.col
    left, right = both.row[upper].astype(np.int64), both.col[upper].astype(np.int64)
    distinct_words = np.bincount(table.rows, minlength=table.num_rows)
    number = np.asarray(shared[left, right]).ravel() if len(left) else np.zeros(0)
    share = number / np.maximum(1, np.minimum(distinct_words[left], distinct_words[right]))
    return left, right, both.data[upper], share


def _joined(
    texts: list[str], left: NDArray[Any], right: NDArray[Any], identity: float, alphabet: Alphabet, both: bool
) -> list[int]:
    """Which candidate pairs are as alike as asked; those already in one group are not aligned again."""
    parent = list(range(len(texts)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    found = []
    pairs = zip(left.tolist(), right.tolist(), strict=True)
    for place, (i, j) in enumerate(tqdm(pairs, "alignments", len(left), delay=2, leave=False)):
        a, b = root(i), root(j)
        if a == b:
            continue
        alike = aligned_identity(texts[i], texts[j], alphabet) >= identity
        if alike or (both and aligned_identity(texts[i], flipped(texts[j]), alphabet) >= identity):
            parent[a] = b
            found.append(place)
    return found
