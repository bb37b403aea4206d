"""Nearest class by mean k-mer profile: how viruses are typed without an alignment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from qsetu.core.checks import as_choice, as_int
from qsetu.experiments.baselines.sequences import SequenceClassifier
from qsetu.experiments.baselines.spectra import build_spectrum
from qsetu.genomics.alphabet import Alphabet

__all__ = ["KmerNearestCentroid"]


class KmerNearestCentroid(SequenceClassifier):
    """The class whose mean k-mer profile is nearest; a class counts the same, whatever its size.

    "cosine": the angle between the counts of a sequence and the mean, over the class, of counts of norm 1.
    "euclidean": the distance between the shares of k-mers and their mean. Decisions are the cosine, or minus
    the distance. Windows with an ambiguous letter count nothing; a sequence without a counted window is a row
    of zeros.

    Args:
        k: Letters a k-mer, 1 to 12 (proteins: to 5).
        metric: "cosine" or "euclidean".
        reverse_complement: Whether a k-mer and its reverse complement count as one, for DNA or RNA whose
            strand is unknown.
        alphabet: "DNA", "RNA" or "protein".

    Attributes:
        classes_: Labels, sorted, ``(K,)``.
        centroids_: Mean profiles, float64 ``(K, 4**k)``; fewer columns with ``reverse_complement``.

    Reference: the profiles are those of B. E. Blaisdell, Proceedings of the National Academy of Sciences 83,
    5155 (1986); centroids of them are the simplest classifier on top.

    Example:
        >>> from qsetu.experiments.baselines import KmerNearestCentroid
        >>> model = KmerNearestCentroid(k=2).fit(["AATTAA", "TTAATT", "GGCCGG"], ["a", "a", "g"])
        >>> model.predict(["ATTATT", "GGCCA"])
        array(['a', 'g'], dtype='<U1')
    """

    centroids_: NDArray[np.float64]

    def __init__(
        self,
        k: int = 5,
        *,
        metric: str = "cosine",
        reverse_complement: bool = False,
        alphabet: Alphabet = "DNA",
    ) -> None:
        self.k = k
        self.metric = metric
        self.reverse_complement = reverse_complement
        self.alphabet = alphabet

    def _check_settings(self) -> None:
        as_choice("metric", self.metric, ("cosine", "euclidean"))
        # The means are dense.
        as_int("k", self.k, 1, 5 if self.alphabet == "protein" else 12)

    def _learn(self, texts: list[str], codes: NDArray[np.int64], number: int) -> None:
        self._spectrum = build_spectrum(
            self.k,
            "l2" if self.metric == "cosine" else "l1",
            reverse_complement=self.reverse_complement,
            alphabet=self.alphabet,
        )
        profiles = self._spectrum.fit_transform(texts)
        rows = np.arange(len(codes))
        members = csr_matrix((np.ones(len(codes)), (codes, rows)), shape=(number, len(codes)))
        self.centroids_ = (members @ profiles).toarray() / np.bincount(codes)[:, None]

    def _scores(self, texts: list[str]) -> NDArray[np.float64]:
        profiles = self._spectrum.transform(texts)
        shared = np.asarray(profiles @ self.centroids_.T)
        lengths = (self.centroids_**2).sum(axis=1)
        if self.metric == "cosine":
            return shared / np.sqrt(np.where(lengths > 0, lengths, 1.0))
        own = np.asarray(profiles.multiply(profiles).sum(axis=1)).reshape(-1, 1)
        return -np.sqrt(np.maximum(own - 2 * shared + lengths, 0.0))
