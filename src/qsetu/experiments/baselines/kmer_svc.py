"""The spectrum kernel: sequences are alike if they hold the same words, wherever these are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.experiments.baselines.kernel_svc import SequenceKernelSVC
from qsetu.experiments.baselines.spectra import build_spectrum
from qsetu.genomics.alphabet import Alphabet

__all__ = ["KmerSpectrumSVC"]

# Above this share of entries that are not 0, a product of dense matrices is the faster one.
_DENSE = 0.02


class KmerSpectrumSVC(SequenceKernelSVC):
    """Support vector machine on the spectrum kernel, the inner product of k-mer counts.

    Windows with an ambiguous letter count nothing. A sequence without a single counted window has the kernel
    value 0 with all others.

    Args:
        k: Letters a k-mer, 1 to 15 (``reverse_complement``: to 12; proteins: to 7).
        C: How much a training error costs, above 0.
        normalize: Whether the kernel is the cosine of the counts, so that long sequences count no more than
            short ones.
        reverse_complement: Whether a k-mer and its reverse complement count as one, for DNA or RNA whose
            strand is unknown.
        mismatches: 1 if a window counts for all k-mers that differ in one letter, too; else 0.
        alphabet: "DNA", "RNA" or "protein".

    Attributes:
        classes_: Labels, sorted, ``(K,)``.
        model_: The fitted ``SVC``.

    References: C. Leslie, E. Eskin, W. S. Noble, Pacific Symposium on Biocomputing 7, 564 (2002);
    mismatches: C. Leslie et al., Bioinformatics 20, 467 (2004).

    Example:
        >>> from qsetu.experiments.baselines import KmerSpectrumSVC
        >>> X, y = ["ATATATA", "TATATA", "GCGCGC", "CGCGCGC"], ["at", "at", "gc", "gc"]
        >>> KmerSpectrumSVC(k=2).fit(X, y).predict(["TATAG", "GCGCA"])
        array(['at', 'gc'], dtype='<U2')
    """

    def __init__(
        self,
        k: int = 4,
        C: float = 1.0,
        *,
        normalize: bool = True,
        reverse_complement: bool = False,
        mismatches: int = 0,
        alphabet: Alphabet = "DNA",
    ) -> None:
        self.k = k
        self.C = C
        self.normalize = normalize
        self.reverse_complement = reverse_complement
        self.mismatches = mismatches
        self.alphabet = alphabet

    def _begin(self, texts: list[str]) -> Any:
        self._spectrum = build_spectrum(
            self.k,
            "l2" if self.normalize else None,
            reverse_complement=self.reverse_complement,
            alphabet=self.alphabet,
            mismatches=self.mismatches,
        )
        return self._spectrum.fit_transform(texts)

    def _features(self, texts: list[str]) -> Any:
        return self._spectrum.transform(texts)

    def _gram(self, rows: Any, columns: Any) -> NDArray[np.float64]:
        if rows.nnz + columns.nnz > _DENSE * (rows.shape[0] + columns.shape[0]) * rows.shape[1]:
            return np.asarray(rows.toarray() @ columns.toarray().T)
        return np.asarray((rows @ columns.T).toarray())
