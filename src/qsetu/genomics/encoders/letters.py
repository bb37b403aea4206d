"""Sequences as letter codes, and what every letter may stand for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError, Said
from qsetu.genomics.alphabet import (
    AMINO_ACIDS,
    BASES,
    IUPAC_BASES,
    Alphabet,
    as_sequences,
    clean_sequences,
    pack,
)

__all__ = ["LetterCodes", "all_letters", "letter_shares", "read_letters", "sure_letters"]

# What B, J, X and Z may stand for; U, O and * are no name for any of the twenty.
_AMBIGUOUS_AMINO = {"B": "DN", "J": "IL", "X": AMINO_ACIDS, "Z": "EQ"}
_NO_AMINO_ACID = "UO*"


@dataclass(frozen=True, eq=False)
class LetterCodes:
    """N sequences end to end, a code a letter.

    Attributes:
        codes: uint8 ``(total,)``: the row of :func:`letter_shares`. Codes below
            ``len(sure_letters(alphabet))`` are of letters that stand for themselves.
        offsets: int64 ``(N + 1,)``; sequence i is ``codes[offsets[i]:offsets[i + 1]]``.
        alphabet: "DNA", "RNA" or "protein".
    """

    codes: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    alphabet: Alphabet

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Letters of each sequence, int64 ``(N,)``."""
        return np.diff(self.offsets)

    def matrix(self, length: int | None = None) -> NDArray[np.uint8]:
        """Codes as ``(N, length)``; without ``length``, that of the first sequence.

        Raises:
            ArgumentError: A sequence has another length.
        """
        lengths = self.lengths
        wanted = int(lengths[0]) if length is None else length
        odd = np.flatnonzero(lengths != wanted)
        if len(odd):
            rule = f"must hold sequences of {wanted} letters" + (" as in fit" if length is not None else "")
            raise ArgumentError(
                "X",
                rule,
                Said(f"{lengths[odd[0]]} letters in sequence {odd[0]}"),
                "Cut them to a common window, or use an encoder of any length, such as KmerSpectrum.",
            )
        return self.codes.reshape(len(self), wanted)

    def refuse(self, bad: NDArray[np.bool_], why: str, hint: str) -> NoReturn:
        """Raise ArgumentError for the first letter that ``bad``, bool ``(total,)``, marks."""
        at = int(np.flatnonzero(bad)[0])
        row = int(np.searchsorted(self.offsets, at, side="right")) - 1
        letter = all_letters(self.alphabet)[self.codes[at]]
        where = f"sequence {row} has {letter!r} at position {at - self.offsets[row]}"
        raise ArgumentError("X", f"{why}; {where}", Said(repr(letter)), hint)


def read_letters(X: Any, alphabet: Alphabet) -> LetterCodes:
    """Sequences as codes, cleaned by :func:`qsetu.genomics.clean_sequences`.

    Raises:
        ArgumentError: No sequence, an empty one, or a letter that the alphabet has not.
    """
    texts = as_sequences("X", X)
    if not texts:
        raise ArgumentError("X", "must hold at least one sequence", Said("none"))
    # Nearly always all is clean already, and seeing that in one piece takes a tenth of the time.
    joined = "".join(texts)
    known = all_letters(alphabet)
    clean = joined.isascii() and not joined.encode().translate(None, known.encode()) and all(texts)
    if not clean:
        _refuse_gaps(texts)
        texts = clean_sequences(texts, alphabet, argument="X")
    packed = pack(texts, alphabet)
    if alphabet != "protein":
        return LetterCodes(packed.codes, packed.offsets, alphabet)
    codes = _protein_table()[np.frombuffer("".join(texts).encode(), np.uint8)]
    return LetterCodes(codes, packed.offsets, alphabet)


def _refuse_gaps(texts: list[str]) -> None:
    for place, text in enumerate(texts):
        if "-" in text or "." in text:
            rule = f"must have no gaps of an alignment; sequence {place} has"
            raise ArgumentError("X", rule, text, 'Take them out: text.replace("-", "").')


def sure_letters(alphabet: Alphabet) -> str:
    """Letters that stand for themselves, in the order of their codes."""
    return {"DNA": BASES, "RNA": BASES.replace("T", "U"), "protein": AMINO_ACIDS}[alphabet]


@cache
def letter_shares(alphabet: Alphabet) -> NDArray[np.float64]:
    """What each letter stands for, float64 ``(letters, sure letters)``: equal shares that sum to 1.

    N is a quarter of each base, R half A and half G, B half D and half N. In proteins U, O and * have zeros
    only: they are no name for any of the twenty.
    """
    sure = sure_letters("protein" if alphabet == "protein" else "DNA")
    meaning = (
        {**dict(zip(sure, sure, strict=True)), **_AMBIGUOUS_AMINO} if alphabet == "protein" else IUPAC_BASES
    )
    table = np.zeros((len(all_letters(alphabet)), len(sure)))
    for code, letters in enumerate(meaning.values()):
        table[code, [sure.index(letter) for letter in letters]] = 1 / len(letters)
    table.setflags(write=False)
    return table


@cache
def all_letters(alphabet: Alphabet) -> str:
    """Every letter of the alphabet, in the order of the codes."""
    if alphabet == "protein":
        return AMINO_ACIDS + "".join(_AMBIGUOUS_AMINO) + _NO_AMINO_ACID
    found = "".join(IUPAC_BASES)
    return found.replace("T", "U") if alphabet == "RNA" else found


@cache
def _protein_table() -> NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)
    for code, letter in enumerate(all_letters("protein")):
        table[ord(letter)] = code
    table.setflags(write=False)
    return table
