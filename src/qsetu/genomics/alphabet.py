"""Letters of sequences: which there are, what each may stand for, and sequences as arrays of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError

__all__ = [
    "AMINO_ACIDS",
    "BASES",
    "IUPAC_BASES",
    "Alphabet",
    "PackedSequences",
    "as_sequences",
    "clean_sequences",
    "count_ambiguous",
    "pack",
    "reverse_complement",
]

Alphabet = Literal["DNA", "RNA", "protein"]

BASES = "ACGT"
"""The four bases in the order that every code, table and encoder here uses."""

AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
"""The twenty amino acids, alphabetical."""

# NC-IUB, Nucleic Acids Research 13, 3021 (1985), doi 10.1093/nar/13.9.3021.
IUPAC_BASES: dict[str, str] = {
    "A": "A",
    "C": "C",
    "G": "G",
    "T": "T",
    "R": "AG",
    "Y": "CT",
    "S": "CG",
    "W": "AT",
    "K": "GT",
    "M": "AC",
    "B": "CGT",
    "D": "AGT",
    "H": "ACT",
    "V": "ACG",
    "N": "ACGT",
}
"""What each letter of DNA may stand for; a letter's position here is its code in packed sequences."""

_COMPLEMENT = str.maketrans("ACGTURYSWKMBDHVN-", "TGCAAYRSWMKVHDBN-")
_GAPS = "-."
_AMBIGUOUS_AMINO = "BJOUXZ*"


@dataclass(frozen=True, eq=False)
class PackedSequences:
    """N sequences end to end, a number a letter: what vectorized encoders work on.

    Attributes:
        codes: uint8 ``(total,)``. DNA and RNA: position in ``IUPAC_BASES`` (0-3 are A, C, G, T or U), gap 15.
            Protein: position in ``AMINO_ACIDS``, anything else 20.
        offsets: int64 ``(N + 1,)``; sequence i is ``codes[offsets[i]:offsets[i + 1]]``.
    """

    codes: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Letters of each sequence, int64 ``(N,)``."""
        return np.diff(self.offsets)

    def matrix(self, what: str = "sequences") -> NDArray[np.uint8]:
        """Codes as uint8 ``(N, L)``; all sequences must have the same length.

        Raises:
            ArgumentError: Lengths differ; ``what`` names the argument.
        """
        lengths = self.lengths
        if len(lengths) and lengths.min() != lengths.max():
            odd = int(np.flatnonzero(lengths != lengths[0])[0])
            raise ArgumentError(
                what,
                "must all have the same length here",
                f"lengths {lengths[0]} (sequence 0) and {lengths[odd]} (sequence {odd})",
                "Cut them to a common window, or use an encoder of whole sequences, such as k-mer counts.",
            )
        return self.codes.reshape(len(lengths), int(lengths[0]) if len(lengths) else 0)


def as_sequences(argument: str, value: Any) -> list[str]:
    """``value`` as a list of texts: an iterable of texts, or an array or table with one column of them.

    Raises:
        ArgumentError: It is one text, has several columns, or holds something that is not text.
    """
    if isinstance(value, (str, bytes)):
        raise ArgumentError(argument, "must be several sequences", value, "Put a single one in a list.")
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    if isinstance(value, np.ndarray):
        if value.ndim == 2 and value.shape[1] == 1:
            value = value[:, 0]
        if value.ndim != 1:
            rule = "must be one column of sequences, shape (N,) or (N, 1)"
            raise ArgumentError(argument, rule, f"shape {value.shape}")
        value = value.tolist()
    try:
        found = list(value)
    except TypeError:
        raise ArgumentError(argument, "must be several sequences, each a text", value) from None
    for place, one in enumerate(found):
        if isinstance(one, (list, tuple, np.ndarray)) and len(one) == 1:
            one = found[place] = one[0]
        if not isinstance(one, str):
            rule = f"must hold texts only; the one at position {place} is a {type(one).__name__}"
            raise ArgumentError(argument, rule, one)
    return found


def clean_sequences(
    sequences: Any, alphabet: Alphabet = "DNA", *, gaps: bool = False, argument: str = "sequences"
) -> list[str]:
    """Sequences in capitals of one alphabet; what cannot be a letter of it is refused, never guessed.

    The rules: lower case becomes upper case, and white space inside goes; in DNA, U becomes T, in RNA T
    becomes U. Ambiguous letters (IUPAC codes; X, B, Z, J, U, O and * in proteins) stay as they are.

    Args:
        sequences: N texts.
        alphabet: "DNA", "RNA" or "protein".
        gaps: Whether alignment gaps (``-``, ``.``) may occur; they become ``-``.
        argument: Name of the argument in errors.

    Returns:
        N texts.

    Raises:
        ArgumentError: A sequence is empty, or has a letter that the alphabet has not; says which and where.

    Example:
        >>> from qsetu.genomics import clean_sequences
        >>> clean_sequences(["acgu n", "TTAR"])
        ['ACGTN', 'TTAR']
    """
    as_choice("alphabet", alphabet, ("DNA", "RNA", "protein"))
    allowed = set(AMINO_ACIDS + _AMBIGUOUS_AMINO) if alphabet == "protein" else set(IUPAC_BASES)
    if alphabet == "RNA":
        allowed = allowed - {"T"} | {"U"}
    allowed |= {"-"} if gaps else set()
    cleaned = []
    for place, text in enumerate(as_sequences(argument, sequences)):
        one = "".join(text.split()).upper()
        if alphabet != "protein":
            one = one.replace("U", "T") if alphabet == "DNA" else one.replace("T", "U")
        if gaps:
            one = one.replace(".", "-")
        if not one:
            raise ArgumentError(argument, f"must not be empty; the one at position {place} is", text)
        if not allowed.issuperset(one):
            at = next(i for i, letter in enumerate(one) if letter not in allowed)
            rule = f"must have letters of {alphabet} only; sequence {place} has {one[at]!r} at position {at}"
            hint = "Gaps of an alignment: pass gaps=True." if one[at] in _GAPS else ""
            raise ArgumentError(argument, rule, one, hint or f"Known letters: {''.join(sorted(allowed))}.")
        cleaned.append(one)
    return cleaned


def pack(sequences: Iterable[str], alphabet: Alphabet = "DNA") -> PackedSequences:
    """Clean sequences (see :func:`clean_sequences`) as numbers, end to end."""
    texts = list(sequences)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    letters = np.frombuffer("".join(texts).encode("ascii"), np.uint8)
    return PackedSequences(_code_table(alphabet)[letters], offsets)


def reverse_complement(sequence: str) -> str:
    """The other strand, read in its own direction; ambiguous letters and gaps keep their meaning.

    Example:
        >>> from qsetu.genomics import reverse_complement
        >>> reverse_complement("AACGR")
        'YCGTT'
    """
    flipped = sequence.translate(_COMPLEMENT)[::-1]
    return flipped.replace("T", "U") if "U" in sequence else flipped


def count_ambiguous(sequences: Sequence[str], alphabet: Alphabet = "DNA") -> dict[str, int]:
    """How often each letter occurs that stands for no single base or amino acid, most frequent first."""
    sure = set(AMINO_ACIDS) if alphabet == "protein" else set(BASES + "U")
    counts = np.zeros(256, np.int64)
    for one in sequences:
        counts += np.bincount(np.frombuffer(one.encode("ascii"), np.uint8), minlength=256)
    found = [(chr(i), int(n)) for i, n in enumerate(counts) if n and chr(i) not in sure]
    return dict(sorted(found, key=lambda pair: (-pair[1], pair[0])))


def _code_table(alphabet: Alphabet) -> NDArray[np.uint8]:
    if alphabet == "protein":
        table = np.full(256, len(AMINO_ACIDS), np.uint8)
        letters: Iterable[str] = AMINO_ACIDS
    else:
        table = np.full(256, len(IUPAC_BASES), np.uint8)
        letters = IUPAC_BASES
    for code, letter in enumerate(letters):
        table[ord(letter)] = code
    if alphabet != "protein":
        table[ord("U")] = table[ord("T")]
    return table
