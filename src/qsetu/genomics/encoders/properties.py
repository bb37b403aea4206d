"""Letters as physical numbers: electron-ion interaction of bases, properties of amino acids."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError
from qsetu.genomics.alphabet import AMINO_ACIDS, Alphabet
from qsetu.genomics.encoders.letters import LetterCodes
from qsetu.genomics.encoders.tables import LetterTableEncoder

__all__ = ["AMINO_ACID_PROPERTIES", "EIIP", "AminoAcidProperties", "EIIPEncoder"]

EIIP = {"A": 0.1260, "C": 0.1340, "G": 0.0806, "T": 0.1335}
"""Electron-ion interaction potential of each base, in rydberg."""

# Amino acids in the order of AMINO_ACIDS: A C D E F, G H I K L, M N P Q R, S T V W Y.
AMINO_ACID_PROPERTIES: dict[str, tuple[float, ...]] = {
    "hydropathy": (
        *(1.8, 2.5, -3.5, -3.5, 2.8, -0.4, -3.2, 4.5, -3.9, 3.8),
        *(1.9, -3.5, -1.6, -3.5, -4.5, -0.8, -0.7, 4.2, -0.9, -1.3),
    ),
    "volume": (
        *(31.0, 55.0, 54.0, 83.0, 132.0, 3.0, 96.0, 111.0, 119.0, 111.0),
        *(105.0, 56.0, 32.5, 85.0, 124.0, 32.0, 61.0, 84.0, 170.0, 136.0),
    ),
    "charge": (
        *(0.0, 0.0, -1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0),
        *(0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    ),
    "polarity": (
        *(8.1, 5.5, 13.0, 12.3, 5.2, 9.0, 10.4, 5.2, 11.3, 4.9),
        *(5.7, 11.6, 8.0, 10.5, 10.5, 9.2, 8.6, 5.9, 5.4, 6.2),
    ),
}
"""Four numbers of each amino acid.

Hydropathy: J. Kyte, R. F. Doolittle, Journal of Molecular Biology 157, 105 (1982). Volume of the side chain
and polarity: R. Grantham, Science 185, 862 (1974). Charge: the sign at pH 7, histidine 0.
"""


class EIIPEncoder(LetterTableEncoder):
    """Electron-ion interaction potentials: A 0.1260, C 0.1340, G 0.0806, T 0.1335 rydberg, or their spectrum.

    An ambiguous letter has the mean of the bases that it may be (N: 0.118525).

    Args:
        output: "values": the potential x at each position. "power": ``|sum_n x_n exp(-2 pi i f n / L)|^2``
            for f = 0 to L/2, of sequences of one length L. "period3": one number, for sequences of any
            length: the power of ``x - mean(x)`` at period three over its mean power at the L - 1 frequencies
            other than 0, large in coding regions; 0 where x is constant.
        alphabet: "DNA" or "RNA", the letters of ``inverse_transform``.

    Attributes:
        length_: Bases a sequence ("values", "power").

    Reference: A. S. Nair, S. P. Sreenadhan, Bioinformation 1, 197 (2006).

    Example:
        >>> from qsetu.genomics.encoders import EIIPEncoder
        >>> EIIPEncoder().fit_transform(["ACGTN"])
        array([[0.126   , 0.134   , 0.0806  , 0.1335  , 0.118525]])
    """

    def __init__(self, output: str = "values", *, alphabet: Alphabet = "DNA") -> None:
        self.output = output
        self.alphabet = alphabet

    def inverse_transform(self, X: Any) -> NDArray[np.object_]:
        """Sequences whose potentials are nearest, letter by letter, object ``(N,)``; of "values" only.

        Raises:
            NotFittedError: Before ``fit``.
            ArgumentError: ``output`` is not "values", the shape is not ``(N, n_features_out_)``, or a number
                is not finite.
        """
        check_is_fitted(self)
        if self.output != "values":
            raise ArgumentError("output", 'must be "values" for an inverse: a spectrum has none', self.output)
        return super().inverse_transform(X)

    def _check_settings(self) -> None:
        as_choice("output", self.output, ("values", "power", "period3"))

    def _learn(self, letters: LetterCodes, y: Any) -> None:
        if self.output == "period3":
            self.n_features_out_ = 1
            return
        super()._learn(letters, y)
        if self.output == "power":
            self.n_features_out_ = self.length_ // 2 + 1

    def _encode(self, letters: LetterCodes) -> Any:
        if self.output == "period3":
            return self._period3(letters)[:, None]
        values: NDArray[np.float64] = super()._encode(letters)
        return np.abs(np.fft.rfft(values, axis=1)) ** 2 if self.output == "power" else values

    def _period3(self, letters: LetterCodes) -> NDArray[np.float64]:
        lengths, starts = letters.lengths, letters.offsets[:-1]
        values = self._look_up(letters, letters.codes)[:, 0]
        values = values - np.repeat(np.add.reduceat(values, starts) / lengths, lengths)
        turns = (np.arange(len(values)) - np.repeat(starts, lengths)) % 3
        wave = values * np.exp(-2j * np.pi / 3 * np.arange(3))[turns]
        power = np.abs(np.add.reduceat(wave, starts)) ** 2
        # Parseval: powers at all L frequencies sum to L times the sum of squares, and that at 0 is 0.
        mean = np.add.reduceat(values**2, starts) * lengths / np.maximum(lengths - 1, 1)
        constant = mean < 1e-15
        return np.where(constant, 0.0, power / np.where(constant, 1.0, mean))

    def _table(self) -> NDArray[np.float64]:
        return self._shared(np.array([[value] for value in EIIP.values()]))

    def _columns(self) -> tuple[str, ...]:
        return ("eiip",)

    def _names(self) -> list[str]:
        match self.output:
            case "power":
                return [f"power_{f}" for f in range(self.n_features_out_)]
            case "period3":
                return ["period3"]
            case _:
                return super()._names()


class AminoAcidProperties(LetterTableEncoder):
    """Hydropathy, side-chain volume, charge and polarity of each amino acid, position by position.

    B, J, X and Z have the mean of those that they may be. U, O and ``*`` are refused.

    Args:
        standardize: Whether each property has mean 0 and variance 1 over the twenty amino acids, the same for
            all data; else as published (volume in cubic angstrom).

    Attributes:
        length_: Amino acids a sequence.

    Reference: see :data:`AMINO_ACID_PROPERTIES`.

    Example:
        >>> from qsetu.genomics.encoders import AminoAcidProperties
        >>> AminoAcidProperties(standardize=False).fit_transform(["KW"])
        array([[ -3.9, 119. ,   1. ,  11.3,  -0.9, 170. ,   0. ,   5.4]])
    """

    alphabet: Alphabet = "protein"

    def __init__(self, standardize: bool = True) -> None:
        self.standardize = standardize

    @property
    def _alphabets(self) -> tuple[str, ...]:
        return ("protein",)

    def _check_settings(self) -> None:
        if not isinstance(self.standardize, (bool, np.bool_)):
            raise ArgumentError("standardize", "must be True or False", self.standardize)

    def _refusal(self) -> tuple[str, str]:
        return "must hold the twenty amino acids, B, J, X or Z only", "Drop these sequences."

    def _table(self) -> NDArray[np.float64]:
        values = np.array(list(AMINO_ACID_PROPERTIES.values())).T
        assert values.shape == (len(AMINO_ACIDS), 4)
        if self.standardize:
            values = (values - values.mean(axis=0)) / values.std(axis=0)
        return self._shared(values)

    def _columns(self) -> tuple[str, ...]:
        return tuple(AMINO_ACID_PROPERTIES)
