"""Groups of sequences: the same ones, those that share a word, those that differ in few letters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from qsetu.core.checks import as_int
from qsetu.genomics.alphabet import Alphabet, clean_sequences, pack
from qsetu.genomics.alphabet import reverse_complement as flipped
from qsetu.genomics.splits.kmers import canonical, kmer_table, strand_rule
from qsetu.genomics.splits.linking import digests, linked_groups

__all__ = ["duplicate_groups", "hamming_groups", "hamming_pairs", "shared_kmer_groups"]

_BLOCK = 1024


def duplicate_groups(
    sequences: Any, reverse_complement: bool | None = None, *, alphabet: Alphabet = "DNA"
) -> NDArray[np.str_]:
    """Equal sequences are a group.

    Args:
        sequences: N texts.
        reverse_complement: Whether a sequence and its reverse complement are equal; None for DNA only.
        alphabet: "DNA", "RNA" or "protein".

    Returns:
        Text ``(N,)``, the start of a hash of the sequence.

    Example:
        >>> from qsetu.genomics.splits import duplicate_groups
        >>> groups = duplicate_groups(["AAC", "GTT", "ACA"])
        >>> bool(groups[0] == groups[1]), bool(groups[0] == groups[2])
        (True, False)
    """
    both = strand_rule(alphabet, reverse_complement)
    texts = clean_sequences(sequences, alphabet, gaps=True)
    return np.array(digests(canonical(texts, both)), dtype=np.str_)


def shared_kmer_groups(
    sequences: Any, k: int = 20, *, alphabet: Alphabet = "DNA", reverse_complement: bool | None = None
) -> NDArray[np.str_]:
    """Sequences that share a word of ``k`` letters, directly or through others, are a group.

    By chance, two words of DNA are equal with probability 4^-k: at k = 20 sequences that share one have a
    common origin, overlap, or a repeat. Equal sequences are a group even where they are shorter than ``k``.

    Args:
        sequences: N texts.
        k: Letters a word, at most 31 (proteins 12); windows with ambiguous letters are skipped.
        alphabet: "DNA", "RNA" or "protein".
        reverse_complement: Whether words of both strands count as one; None for DNA only.

    Returns:
        Text ``(N,)``, the start of a hash of a sequence of the group; whatever the order of rows.

    Raises:
        ArgumentError: ``k`` is out of range, or a sequence has letters that the alphabet has not.
    """
    both = strand_rule(alphabet, reverse_complement)
    texts = clean_sequences(sequences, alphabet, gaps=True)
    left, right = kmer_table(texts, k, alphabet=alphabet, reverse_complement=both).chains()
    return linked_groups(digests(canonical(texts, both)), left, right)


def hamming_groups(
    sequences: Any, at_most: int, *, alphabet: Alphabet = "DNA", reverse_complement: bool | None = None
) -> NDArray[np.str_]:
    """Sequences of one length that differ at few positions, directly or through others, are a group.

    Args:
        sequences: N texts of equal length. An ambiguous letter equals itself only.
        at_most: Largest number of differing positions.
        alphabet: "DNA", "RNA" or "protein".
        reverse_complement: Whether the other strand is compared, too; None for DNA only.

    Returns:
        Text ``(N,)``.

    Raises:
        ArgumentError: Lengths differ.
    """
    both = strand_rule(alphabet, reverse_complement)
    texts = clean_sequences(sequences, alphabet, gaps=True)
    pairs = hamming_pairs(texts, None, at_most, alphabet=alphabet)
    links = [pairs]
    if both:
        links.append(hamming_pairs(texts, [flipped(one) for one in texts], at_most, alphabet=alphabet))
    found = np.concatenate(links)
    return linked_groups(digests(canonical(texts, both)), found[:, 0], found[:, 1])


def hamming_pairs(
    left: Any, right: Any, at_most: int, *, at_least: int = 0, alphabet: Alphabet = "DNA"
) -> NDArray[np.int64]:
    """Pairs that differ at ``at_least`` to ``at_most`` positions, found blockwise by matrix products.

    Args:
        left: N texts of equal length.
        right: M texts of the same length; None for pairs within ``left``, the smaller position first.
        at_most: Largest number of differing positions.
        at_least: Smallest number of differing positions.
        alphabet: "DNA", "RNA" or "protein".

    Returns:
        int64 ``(P, 2)``: positions in ``left`` and ``right``.

    Raises:
        ArgumentError: Lengths differ.
    """
    at_most = as_int("at_most", at_most, 0)
    texts = clean_sequences(left, alphabet, gaps=True, argument="left")
    others = [] if right is None else clean_sequences(right, alphabet, gaps=True, argument="right")
    codes = pack(texts + others, alphabet).matrix()
    length = codes.shape[1]
    letters = np.unique(codes)
    # Float32 sums of ones are exact far beyond any length here, and matrix products of it are quick.
    marks = (codes[:, :, None] == letters).reshape(len(codes), length * len(letters)).astype(np.float32)
    rows = marks[: len(texts)]
    columns = rows if right is None else marks[len(texts) :]
    found = []
    steps = range(0, len(texts), _BLOCK)
    for start in tqdm(steps, desc="pairs of sequences", unit="block", delay=2, leave=False):
        differing = length - rows[start : start + _BLOCK] @ columns.T
        i, j = np.nonzero((differing <= at_most) & (differing >= at_least))
        i += start
        keep = i < j if right is None else slice(None)
        found.append(np.stack([i[keep], j[keep]], 1))
    return np.concatenate(found) if found else np.zeros((0, 2), np.int64)
