"""The weighted degree kernel: sequences are alike if they hold the same words at the same places."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_int
from qsetu.experiments.baselines.kernel_svc import SequenceKernelSVC
from qsetu.genomics.alphabet import Alphabet
from qsetu.genomics.encoders.letters import read_letters, sure_letters

__all__ = ["WeightedDegreeSVC"]

# Pairs of sequences worked on at once: their run lengths and sums stay in cache.
_BLOCK_PAIRS = 2**17


class WeightedDegreeSVC(SequenceKernelSVC):
    """Support vector machine on the weighted degree kernel, for windows of one length.

    The kernel counts the words of 1 to ``degree`` letters that two sequences have at the same place; each
    word of d letters counts ``2 (D - d + 1) / (D (D + 1))`` for the degree D. It was made for signals at a
    fixed place, such as splice sites. An ambiguous letter is equal to no other, not even to itself.

    Args:
        degree: Letters of the longest words that count, 1 to 200.
        C: How much a training error costs, above 0.
        normalize: Whether kernel values are divided by the root of those of the two sequences with
            themselves.
        alphabet: "DNA", "RNA" or "protein".

    Attributes:
        classes_: Labels, sorted, ``(K,)``.
        length_: Letters a sequence.
        model_: The fitted ``SVC``.

    References: G. Raetsch, S. Sonnenburg, in Kernel Methods in Computational Biology, MIT Press (2004);
    G. Raetsch, S. Sonnenburg, B. Schoelkopf, Bioinformatics 21 Suppl. 1, i369 (2005).

    Example:
        >>> from qsetu.experiments.baselines import WeightedDegreeSVC
        >>> model = WeightedDegreeSVC(degree=3).fit(["AAGTAA", "CCGTCA", "GTAACC", "GTCTAA"], [1, 1, 0, 0])
        >>> model.predict(["TTGTGG", "GTTGCG"])
        array([1, 0])
    """

    length_: int

    def __init__(
        self, degree: int = 10, C: float = 1.0, *, normalize: bool = True, alphabet: Alphabet = "DNA"
    ) -> None:
        self.degree = degree
        self.C = C
        self.normalize = normalize
        self.alphabet = alphabet

    def _check_settings(self) -> None:
        super()._check_settings()
        as_int("degree", self.degree, 1, 200)

    def _begin(self, texts: list[str]) -> NDArray[np.uint8]:
        codes = read_letters(texts, self.alphabet).matrix()
        self.length_ = codes.shape[1]
        return codes

    def _features(self, texts: list[str]) -> NDArray[np.uint8]:
        return read_letters(texts, self.alphabet).matrix(self.length_)

    def _gram(self, rows: NDArray[np.uint8], columns: NDArray[np.uint8]) -> NDArray[np.float64]:
        worth = _worth_of_runs(int(self.degree))
        size = len(sure_letters(self.alphabet))
        other = columns.T.copy()
        other[other >= size] = 255  # equal to no letter of a row
        found = np.empty((len(rows), len(columns)))
        step = max(1, _BLOCK_PAIRS // len(columns))
        for first in range(0, len(rows), step):
            found[first : first + step] = _shared(rows[first : first + step], other, worth)
        if not self.normalize:
            return found
        return found / _norms(rows, size, worth)[:, None] / _norms(columns, size, worth)


def _worth_of_runs(degree: int) -> NDArray[np.float64]:
    """What a letter is worth that ends a run of r equal ones: the words that end there, ``(degree + 1,)``."""
    lengths = np.arange(1, degree + 1)
    return np.concatenate([[0.0], np.cumsum(2 * (degree - lengths + 1) / (degree * (degree + 1)))])


def _shared(
    rows: NDArray[np.uint8], columns: NDArray[np.uint8], worth: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weighted words at the same places, of ``rows`` (n, length) and ``columns`` (length, m)."""
    runs = np.zeros((len(rows), columns.shape[1]), np.uint8)
    total = np.zeros(runs.shape)
    for place, letters in enumerate(columns):
        runs += 1
        runs *= rows[:, place, None] == letters
        np.minimum(runs, len(worth) - 1, out=runs)
        total += worth[runs]
    return total


def _norms(codes: NDArray[np.uint8], size: int, worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Root of the kernel of each sequence with itself; 1 where that is 0."""
    runs, total = np.zeros(len(codes), np.int64), np.zeros(len(codes))
    for letters in codes.T:
        runs = np.minimum((runs + 1) * (letters < size), len(worth) - 1)
        total += worth[runs]
    return np.sqrt(np.where(total > 0, total, 1.0))
