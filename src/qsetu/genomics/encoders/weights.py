"""The position weight matrix of each class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, column_or_1d

from qsetu.core.checks import as_choice, as_float
from qsetu.core.errors import ArgumentError
from qsetu.genomics.alphabet import Alphabet
from qsetu.genomics.encoders.base import SequenceEncoder
from qsetu.genomics.encoders.letters import LetterCodes, letter_shares, sure_letters

__all__ = ["PositionWeightMatrix"]


class PositionWeightMatrix(SequenceEncoder):
    """How much likelier a sequence is in each class than by chance, letter by letter: log-odds in bits.

    In class c the letter a has at position i the probability ``p = (n + pseudocount * q_a) / (N +
    pseudocount)``, for n of the N training sequences of the class and a background of probability ``q_a``. A
    sequence scores the sum of ``log2(p / q)``. An ambiguous letter counts in equal shares in ``fit``; in
    ``transform`` it is "one of these": its p and q are the sums over what it may be, so that N scores 0. U, O
    and ``*`` of proteins count and score nothing.

    The numbers are learned from labels, so they belong inside cross-validation.

    Args:
        pseudocount: Sequences that the background adds to each class, above 0.
        background: "uniform", or "data": the shares of the letters in all training sequences.
        alphabet: "DNA", "RNA" or "protein".

    Attributes:
        classes_: Labels, sorted.
        length_: Letters a sequence.
        probabilities_: p, float64 ``(classes, length_, letters)``.
        log_odds_: ``log2(p / q)``, of the same shape.
        background_: q, float64 ``(letters,)``.

    References: G. D. Stormo et al., Nucleic Acids Research 10, 2997 (1982); R. Staden, Nucleic Acids Research
    12, 505 (1984).

    Example:
        >>> from qsetu.genomics.encoders import PositionWeightMatrix
        >>> scores = PositionWeightMatrix(pseudocount=4).fit(["AC", "AG", "TT", "TT"], ["x", "x", "y", "y"])
        >>> scores.transform(["AN"]).round(4)
        array([[ 1.   , -0.585]])
    """

    classes_: NDArray[Any]
    length_: int
    probabilities_: NDArray[np.float64]
    log_odds_: NDArray[np.float64]
    background_: NDArray[np.float64]

    def __init__(
        self, pseudocount: float = 1.0, *, background: str = "uniform", alphabet: Alphabet = "DNA"
    ) -> None:
        self.pseudocount = pseudocount
        self.background = background
        self.alphabet = alphabet

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    @property
    def _alphabets(self) -> tuple[str, ...]:
        return "DNA", "RNA", "protein"

    def _check_settings(self) -> None:
        as_float("pseudocount", self.pseudocount, low=0.0, open_low=True)
        as_choice("background", self.background, ("uniform", "data"))

    def _learn(self, letters: LetterCodes, y: Any) -> None:
        if y is None:
            raise ArgumentError("y", "must be given: the weights of each class are learned from labels", y)
        labels = column_or_1d(y)
        if len(labels) != len(letters):
            check_consistent_length(labels, letters.lengths)
        check_classification_targets(labels)
        codes = letters.matrix()
        shares = letter_shares(self.alphabet)
        size, self.length_ = shares.shape[1], codes.shape[1]
        self.classes_ = np.unique(labels)
        self.n_features_out_ = len(self.classes_)
        counts = np.stack(
            [_letter_counts(codes[labels == one], len(shares)) @ shares for one in self.classes_]
        )
        self.background_ = np.full(size, 1 / size)
        if self.background == "data":
            totals = counts.sum(axis=(0, 1))
            if not totals.all():
                lacking = sure_letters(self.alphabet)[int(np.argmin(totals))]
                rule = 'must be "uniform" unless every letter occurs in training'
                raise ArgumentError("background", rule, self.background, f"{lacking} does not occur.")
            self.background_ = totals / totals.sum()
        weight = float(self.pseudocount)
        added = counts + weight * self.background_
        self.probabilities_ = added / added.sum(axis=2, keepdims=True)
        self.log_odds_ = np.log2(self.probabilities_ / self.background_)

    def _encode(self, letters: LetterCodes) -> NDArray[np.float64]:
        codes = letters.matrix(self.length_)
        may_be = (letter_shares(self.alphabet) > 0).T.astype(np.float64)
        chance = self.background_ @ may_be
        known = chance > 0
        odds = np.ones((*self.probabilities_.shape[:2], len(known)))
        odds[..., known] = (self.probabilities_ @ may_be)[..., known] / chance[known]
        scores = np.log2(odds)
        places = np.arange(self.length_)
        return np.stack([one[places, codes].sum(axis=1) for one in scores], axis=1)

    def _names(self) -> list[str]:
        return [f"log_odds_{one}" for one in self.classes_]


def _letter_counts(codes: NDArray[np.uint8], number: int) -> NDArray[np.float64]:
    """How often each letter is at each position, ``(length, number)``."""
    length = codes.shape[1]
    places = np.arange(length) * number + codes
    return (
        np.bincount(places.reshape(-1), minlength=length * number).reshape(length, number).astype(np.float64)
    )
