"""Encoders that look each letter up in a table: bits, one-hot, EIIP, tetrahedral states, properties."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from qsetu.core.checks import as_float_array
from qsetu.core.errors import ArgumentError, Said
from qsetu.genomics.encoders.base import SequenceEncoder
from qsetu.genomics.encoders.letters import LetterCodes, letter_shares, sure_letters

__all__ = ["LetterTableEncoder"]


class LetterTableEncoder(SequenceEncoder):
    """m numbers a letter, the same at every position; all sequences have the length of those in ``fit``.

    Attributes:
        length_: Letters a sequence, learned in ``fit``.
        n_features_out_: Numbers a sequence.
    """

    length_: int

    def inverse_transform(self, X: Any) -> NDArray[np.object_]:
        """Sequences whose numbers are nearest, letter by letter, object ``(N,)``; exact for clean sequences.

        Only letters that stand for themselves are given back.

        Raises:
            NotFittedError: Before ``fit``.
            ArgumentError: The shape is not ``(N, n_features_out_)``, or a number is not finite.
        """
        return self._texts(self._nearest(self._blocks(X)))

    def _learn(self, letters: LetterCodes, y: Any) -> None:
        found = letters.matrix()
        self._look_up(letters, found)
        self.length_ = found.shape[1]
        self.n_features_out_ = self.length_ * self._table().shape[1]

    def _encode(self, letters: LetterCodes) -> Any:
        values = self._look_up(letters, letters.matrix(self.length_))
        return values.reshape(len(letters), -1)

    def _look_up(self, letters: LetterCodes, codes: NDArray[np.uint8]) -> NDArray[np.float64]:
        table = self._table()
        unknown: NDArray[np.bool_] = np.isnan(table.sum(axis=1))
        if unknown[letters.codes].any():
            rule, hint = self._refusal()
            letters.refuse(unknown[letters.codes], rule, hint)
        return table[codes]

    def _refusal(self) -> tuple[str, str]:
        if self.alphabet == "protein":
            return "must hold the twenty amino acids only", "Drop these sequences."
        hint = "Drop these sequences, or use OneHotAngleEncoder, which gives equal shares to what N may be."
        return f"must hold {', '.join(sure_letters(self.alphabet))} only", hint

    def _shared(self, sure: NDArray[np.float64]) -> NDArray[np.float64]:
        """A row a letter: an ambiguous one gets the mean of what it may be, NaN where that is nothing."""
        shares = letter_shares(self.alphabet)
        return np.where(shares.any(axis=1, keepdims=True), shares @ sure, np.nan)

    def _only_sure(self, sure: NDArray[np.float64]) -> NDArray[np.float64]:
        """A table for all letters: NaN for all but the sure ones."""
        table = np.full((len(letter_shares(self.alphabet)), sure.shape[1]), np.nan)
        table[: len(sure)] = sure
        return table

    def _blocks(self, X: Any) -> NDArray[np.float64]:
        """Numbers as ``(N, length_, m)``."""
        check_is_fitted(self)
        values = as_float_array("X", X, f"(N, {self.n_features_out_})")
        if values.ndim != 2 or values.shape[1] != self.n_features_out_:
            rule = f"must have shape (N, {self.n_features_out_}), as transform gives"
            raise ArgumentError("X", rule, Said(f"shape {values.shape}"))
        return values.reshape(len(values), self.length_, -1)

    def _nearest(self, blocks: NDArray[np.float64]) -> NDArray[np.int64]:
        """Codes ``(N, length_)`` of the sure letters that are nearest."""
        sure = self._table()[: len(sure_letters(self.alphabet))]
        best = np.full(blocks.shape[:2], np.inf)
        codes = np.zeros(blocks.shape[:2], np.int64)
        for code, row in enumerate(sure):
            away = ((blocks - row) ** 2).sum(axis=2)
            codes[away < best] = code
            best = np.minimum(best, away)
        return codes

    def _texts(self, codes: NDArray[np.int64], letters: str = "") -> NDArray[np.object_]:
        alphabet = np.frombuffer((letters or sure_letters(self.alphabet)).encode(), np.uint8)
        texts = np.empty(len(codes), dtype=object)
        texts[:] = [row.tobytes().decode() for row in alphabet[codes]]
        return texts

    def _names(self) -> list[str]:
        return [f"{at}_{name}" for at in range(self.length_) for name in self._columns()]

    @abstractmethod
    def _table(self) -> NDArray[np.float64]:
        """Numbers of each letter, ``(letters, m)``; NaN rows for letters that are refused."""

    @abstractmethod
    def _columns(self) -> tuple[str, ...]:
        """Names of a letter's m numbers."""
