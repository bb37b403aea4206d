"""The k-mer counts that models here are fitted to."""

from __future__ import annotations

import numpy as np

from qsetu.core.errors import ArgumentError
from qsetu.genomics.alphabet import Alphabet
from qsetu.genomics.encoders import KmerSpectrum

__all__ = ["build_spectrum"]


def build_spectrum(
    k: int, normalize: str | None, *, reverse_complement: bool, alphabet: Alphabet, mismatches: int = 0
) -> KmerSpectrum:
    """Counts of windows without ambiguous letters, as a sparse float64 matrix; of no window, zeros.

    Raises:
        ArgumentError: ``reverse_complement`` is asked for proteins, or is no boolean.
    """
    if not isinstance(reverse_complement, (bool, np.bool_)):
        raise ArgumentError("reverse_complement", "must be True or False", reverse_complement)
    if reverse_complement and alphabet == "protein":
        rule = "must be False for proteins, which have one strand"
        raise ArgumentError("reverse_complement", rule, reverse_complement)
    return KmerSpectrum(
        k,
        canonical=reverse_complement,
        normalize=normalize,
        mismatches=mismatches,
        empty="zero",
        sparse=True,
        dtype="float64",
        alphabet=alphabet,
    )
