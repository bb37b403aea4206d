"""Base by base: two bits, one-hot angles, and the four tetrahedral states of a qubit."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from qsetu.core.checks import as_choice, as_float
from qsetu.core.errors import ArgumentError
from qsetu.genomics.alphabet import Alphabet
from qsetu.genomics.encoders.base import StateKind
from qsetu.genomics.encoders.letters import (
    LetterCodes,
    all_letters,
    letter_shares,
    read_letters,
    sure_letters,
)
from qsetu.genomics.encoders.tables import LetterTableEncoder

__all__ = ["OneHotAngleEncoder", "SICPOVMEncoder", "TwoBitEncoder"]

# How much smaller than the largest a number may be and still count as equal, in the inverse of one-hot.
_TIE = 1e-6


class TwoBitEncoder(LetterTableEncoder):
    """Two bits a base, two qubits a base: A 00, C 01, G 10, T 11.

    A bit cannot say "either": ambiguous letters are refused.

    Args:
        alphabet: "DNA" or "RNA", the letters of ``inverse_transform``.

    Attributes:
        length_: Bases a sequence.

    Example:
        >>> from qsetu.genomics.encoders import TwoBitEncoder
        >>> encoder = TwoBitEncoder()
        >>> encoder.fit_transform(["ACGT"])
        array([[0., 0., 0., 1., 1., 0., 1., 1.]])
        >>> encoder.num_qubits
        8
    """

    _state_kind: ClassVar[StateKind] = "basis"

    def __init__(self, alphabet: Alphabet = "DNA") -> None:
        self.alphabet = alphabet

    def inverse_transform(self, X: Any) -> NDArray[np.object_]:
        """Sequences that have these bits, object ``(N,)``.

        Raises:
            NotFittedError: Before ``fit``.
            ArgumentError: The shape is not ``(N, n_features_out_)``, or a number is neither 0 nor 1.
        """
        bits = self._blocks(X)
        other = bits[~np.isin(bits, (0.0, 1.0))]
        if len(other):
            raise ArgumentError("X", "must hold only 0 and 1", float(other[0]), "Round them.")
        return self._texts((2 * bits[..., 0] + bits[..., 1]).astype(np.int64))

    def _check_settings(self) -> None:
        """Only the alphabet, which every encoder of sequences checks."""

    def _table(self) -> NDArray[np.float64]:
        return self._only_sure(np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]))

    def _columns(self) -> tuple[str, ...]:
        return "high", "low"


class OneHotAngleEncoder(LetterTableEncoder):
    """A number for each base (or amino acid) at each position: ``scale`` for the one that is there, 0 for
    others.

    An ambiguous letter gives equal shares to all that it may be (N: a quarter of ``scale`` each), or is
    refused. In proteins B, J, X and Z are shared in this way; U, O and ``*`` are refused, for they are none
    of the twenty.

    Args:
        alphabet: "DNA", "RNA" or "protein".
        scale: Angle of the one that is there, in radians. 1.0 gives plain one-hot numbers.
        ambiguous: "share" or "error".

    Attributes:
        length_: Letters a sequence.

    Example:
        >>> from qsetu.genomics.encoders import OneHotAngleEncoder
        >>> encoder = OneHotAngleEncoder(scale=1.0)
        >>> encoder.fit_transform(["CR"])
        array([[0. , 1. , 0. , 0. , 0.5, 0. , 0.5, 0. ]])
        >>> encoder.inverse_transform([[0, 1, 0, 0, 0.5, 0, 0.5, 0]])
        array(['CR'], dtype=object)
    """

    _state_kind: ClassVar[StateKind] = "angles"

    def __init__(
        self, alphabet: Alphabet = "DNA", *, scale: float = float(np.pi), ambiguous: str = "share"
    ) -> None:
        self.alphabet = alphabet
        self.scale = scale
        self.ambiguous = ambiguous

    def inverse_transform(self, X: Any) -> NDArray[np.object_]:
        """The letters with the largest number, object ``(N,)``.

        Where several are largest, the ambiguous letter that stands for exactly these (in proteins, X where
        there is no such letter).

        Raises:
            NotFittedError: Before ``fit``.
            ArgumentError: The shape is not ``(N, n_features_out_)``, or a number is not finite.
        """
        blocks = self._blocks(X)
        largest = blocks >= blocks.max(axis=2, keepdims=True) - _TIE * self.scale
        weights = 2 ** np.arange(largest.shape[2])
        found = largest @ weights
        sets, letters = self._sets()
        codes = np.minimum(np.searchsorted(sets, found), len(sets) - 1)
        if self.alphabet == "protein":
            codes[sets[codes] != found] = letters.index("X")
        return self._texts(codes, letters)

    def _sets(self) -> tuple[NDArray[np.int64], str]:
        """What each letter may be, as the bits of a number, ascending; and the letters in that order."""
        table = letter_shares(self.alphabet)
        table = table[table.any(axis=1)]
        known = all_letters(self.alphabet)
        sets = (table > 0) @ 2 ** np.arange(table.shape[1])
        order = np.argsort(sets)
        return sets[order], "".join(known[i] for i in order)

    def _check_settings(self) -> None:
        as_float("scale", self.scale, low=0.0, open_low=True)
        as_choice("ambiguous", self.ambiguous, ("share", "error"))

    @property
    def _alphabets(self) -> tuple[str, ...]:
        return "DNA", "RNA", "protein"

    def _refusal(self) -> tuple[str, str]:
        rule, hint = super()._refusal()
        if self.alphabet == "protein" and self.ambiguous == "share":
            rule = "must hold the twenty amino acids, B, J, X or Z only"
        return rule, 'Drop these sequences, or set ambiguous="share".' if self.ambiguous == "error" else hint

    def _table(self) -> NDArray[np.float64]:
        sure = float(self.scale) * np.eye(letter_shares(self.alphabet).shape[1])
        return self._shared(sure) if self.ambiguous == "share" else self._only_sure(sure)

    def _columns(self) -> tuple[str, ...]:
        return tuple(sure_letters(self.alphabet))


class SICPOVMEncoder(LetterTableEncoder):
    """A qubit a base, in one of four states as far from each other as four can be: the corners of a
    tetrahedron.

    A is ``|0>``; C, G and T are ``sqrt(1/3)|0> + sqrt(2/3) exp(2 pi i k/3)|1>`` for k = 0, 1, 2. Any two
    different bases have fidelity 1/3, so no base is nearer to a second than to a third. Emitted are polar
    angles theta of all positions, then azimuths phi of all positions, such that ``RZ(phi) RY(theta)|0>`` is
    the state up to its phase: what ``AngleFeatureMap(2 * length, qubits=length, entanglement="none")``
    applies.

    No pure state is "A or G": ambiguous letters are refused.

    Args:
        alphabet: "DNA" or "RNA", the letters of ``inverse_transform``.

    Attributes:
        length_: Bases a sequence.

    References: symmetric informationally complete measurements: J. M. Renes et al., Journal of Mathematical
    Physics 45, 2171 (2004); for bases: arXiv:2503.05465.

    Example:
        >>> from qsetu.genomics.encoders import SICPOVMEncoder
        >>> encoder = SICPOVMEncoder().fit(["ACGT"])
        >>> encoder.transform(["ACGT"]).round(3)
        array([[0.   , 1.911, 1.911, 1.911, 0.   , 0.   , 2.094, 4.189]])
        >>> encoder.num_qubits
        4
    """

    _state_kind: ClassVar[StateKind] = "angles"

    def __init__(self, alphabet: Alphabet = "DNA") -> None:
        self.alphabet = alphabet

    def amplitudes(self, X: Any) -> NDArray[np.complex128]:
        """The state of each base, complex128 ``(N, length_, 2)``.

        Raises:
            NotFittedError: Before ``fit``.
            ArgumentError: A sequence breaks a rule; says which.
        """
        check_is_fitted(self)
        letters = read_letters(X, self.alphabet)
        angles = self._look_up(letters, letters.matrix(self.length_))
        theta, phi = angles[..., 0], angles[..., 1]
        return np.stack([np.cos(theta / 2) + 0j, np.exp(1j * phi) * np.sin(theta / 2)], axis=-1)

    def _check_settings(self) -> None:
        """Only the alphabet, which every encoder of sequences checks."""

    def _encode(self, letters: LetterCodes) -> Any:
        angles = self._look_up(letters, letters.matrix(self.length_))
        return np.concatenate([angles[..., 0], angles[..., 1]], axis=1)

    def _qubits(self) -> int:
        return self.length_

    def _table(self) -> NDArray[np.float64]:
        polar, third = 2 * np.arccos(np.sqrt(1 / 3)), 2 * np.pi / 3
        return self._only_sure(np.array([[0.0, 0.0], [polar, 0.0], [polar, third], [polar, 2 * third]]))

    def _blocks(self, X: Any) -> NDArray[np.float64]:
        blocks = super()._blocks(X)
        return blocks.reshape(len(blocks), 2, self.length_).transpose(0, 2, 1)

    def _nearest(self, blocks: NDArray[np.float64]) -> NDArray[np.int64]:
        # Nearest on the sphere: angles that differ by a turn are the same state.
        sure = _directions(self._table()[:4])
        codes: NDArray[np.int64] = np.argmax(_directions(blocks) @ sure.T, axis=-1)
        return codes

    def _columns(self) -> tuple[str, ...]:
        return "theta", "phi"

    def _names(self) -> list[str]:
        return [f"{at}_{name}" for name in self._columns() for at in range(self.length_)]


def _directions(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    theta, phi = angles[..., 0], angles[..., 1]
    return np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=-1)
