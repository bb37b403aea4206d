"""What all encoders have in common: scikit-learn's manners, and how many qubits their numbers want."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.core.checks import as_choice
from qsetu.genomics.alphabet import Alphabet
from qsetu.genomics.encoders.letters import LetterCodes, read_letters

__all__ = ["Encoder", "SequenceEncoder", "StateKind", "TableEncoder"]

StateKind = Literal["basis", "angles", "amplitudes", "numbers"]


class Encoder(TransformerMixin, BaseEstimator, ABC):
    """Samples in, numbers out: a scikit-learn transformer that says how its numbers go onto qubits.

    Attributes:
        n_features_out_: Numbers a sample, after ``fit``.
    """

    _state_kind: ClassVar[StateKind] = "numbers"
    n_features_out_: int

    @property
    def state_kind(self) -> StateKind:
        """How the numbers are meant to be put on qubits.

        "basis": 0 or 1, the bit of a qubit each. "angles": radians of rotations; number i is for qubit
        ``i % num_qubits``. "amplitudes": one of each basis state, up to the norm. "numbers": without a
        meaning as angles yet; scale them, or reduce them, then use them as angles, one a qubit.
        """
        return self._state_kind

    @property
    def num_qubits(self) -> int:
        """Qubits for what is emitted, after ``fit``: ceil(log2 d) for d amplitudes, else one a number.

        Raises:
            NotFittedError: Before ``fit``.
        """
        check_is_fitted(self)
        return self._qubits()

    def _qubits(self) -> int:
        if self.state_kind == "amplitudes":
            return max(1, (self.n_features_out_ - 1).bit_length())
        return self.n_features_out_

    @abstractmethod
    def _check_settings(self) -> None:
        """Raise ArgumentError for settings that break a rule."""


class SequenceEncoder(Encoder):
    """Encoders of sequences: N texts, or one column of them.

    Every way of writing is read as :func:`qsetu.genomics.clean_sequences` does: lower case and U (T in RNA)
    are accepted; gaps, empty texts and letters of no alphabet are refused.
    """

    alphabet: Alphabet = "DNA"

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn what the encoder needs from training sequences.

        Args:
            X: N texts: a list, an array ``(N,)`` or ``(N, 1)``, a table with one column, or a dataset's
                ``X``.
            y: Labels ``(N,)`` where the encoder uses them, else ignored.

        Returns:
            The encoder itself.

        Raises:
            ArgumentError: A setting or a sequence breaks a rule; says which.
        """
        self._check_settings()
        as_choice("alphabet", self.alphabet, self._alphabets)
        self._learn(read_letters(X, self.alphabet), y)
        return self

    def transform(self, X: Any) -> Any:
        """Numbers of sequences, ``(N, n_features_out_)``, a row a sequence; no row depends on another.

        Raises:
            NotFittedError: Before ``fit``.
            ArgumentError: A sequence breaks a rule; says which.
        """
        check_is_fitted(self)
        return self._encode(read_letters(X, self.alphabet))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the numbers, object ``(n_features_out_,)``; positions count from 0."""
        check_is_fitted(self)
        return np.array(self._names(), dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags

    @property
    def _alphabets(self) -> tuple[str, ...]:
        return ("DNA", "RNA")

    @abstractmethod
    def _learn(self, letters: LetterCodes, y: Any) -> None:
        """Set ``n_features_out_`` and what else the encoder needs."""

    @abstractmethod
    def _encode(self, letters: LetterCodes) -> Any:
        """Numbers of sequences."""

    @abstractmethod
    def _names(self) -> list[str]:
        """A name for each number."""


class TableEncoder(Encoder):
    """Encoders of tables of numbers, ``(N, d)``: genotypes, expression."""

    _accept_sparse: ClassVar[bool] = False
    _allow_nan: ClassVar[bool] = False

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn what the encoder needs from training samples ``(N, d)``; ``y`` is ignored.

        Raises:
            ArgumentError: A setting or a value breaks a rule; says which.
            ValueError: The table has a wrong shape or type, with scikit-learn's wording.
        """
        self._check_settings()
        self._learn(self._values(X, reset=True))
        return self

    def transform(self, X: Any) -> Any:
        """Numbers of samples ``(N, d)``, a row a sample; no row depends on another.

        Raises:
            NotFittedError: Before ``fit``.
            ArgumentError: A value breaks a rule; says which.
            ValueError: The table has a wrong shape or type, with scikit-learn's wording.
        """
        check_is_fitted(self)
        return self._encode(self._values(X, reset=False))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.input_tags.sparse = self._accept_sparse
        tags.input_tags.allow_nan = self._allow_nan
        return tags

    def _values(self, X: Any, reset: bool) -> Any:
        return validate_data(
            self,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            accept_sparse="csr" if self._accept_sparse else False,
            ensure_all_finite="allow-nan" if self._allow_nan else True,
        )

    @abstractmethod
    def _learn(self, values: Any) -> None:
        """Set ``n_features_out_`` and what else the encoder needs."""

    @abstractmethod
    def _encode(self, values: Any) -> Any:
        """Numbers of samples."""
