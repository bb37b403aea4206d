"""Two genotype sets on the same variants, counting the same alleles."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError
from qsetu.genomics.datasets import Dataset, GenotypeDataset
from qsetu.genomics.datasets.genotypes import MISSING

__all__ = ["same_variants"]

_OTHER_STRAND = str.maketrans("ACGT", "TGCA")


def same_variants(left: Dataset, right: Dataset) -> tuple[Any, Any]:
    """Both datasets with the variants they share, in the order and with the counted alleles of the left one.

    Left out are variants whose id occurs twice in either set, whose alleles differ, or whose alleles are each
    other's complement (A/T, C/G): those do not tell a swap of alleles from a change of strand. Other kinds
    of data come back as they are.

    Raises:
        ArgumentError: They share no variant, or differ in ploidy.
    """
    if not isinstance(left, GenotypeDataset) or not isinstance(right, GenotypeDataset):
        return left, right
    if left.ploidy != right.ploidy:
        raise ArgumentError("test", f"must have ploidy {left.ploidy}, as train has", right.ploidy)
    ours, theirs = (one.variants["id"].to_numpy().astype(np.str_) for one in (left, right))
    _, a, b = np.intersect1d(_once(ours), _once(theirs), return_indices=True)
    a, b = np.flatnonzero(_is_once(ours))[a], np.flatnonzero(_is_once(theirs))[b]
    order = np.argsort(a)
    a, b = a[order], b[order]
    turns = np.array([_turn(left, i, right, j) for i, j in zip(a.tolist(), b.tolist(), strict=True)], np.int8)
    usable = turns >= 0
    a, b, turned = a[usable], b[usable], turns[usable] == 1
    if not len(a):
        hint = "Variants are joined by their id (rs number)."
        raise ArgumentError("test", "must have variants of train, with the same alleles", "none", hint)
    dosages = right.dosages[:, b].copy()
    flip = turned[None, :] & (dosages != MISSING)
    dosages[flip] = right.ploidy - dosages[flip]
    first = left.take_variants(a)
    return first, dataclasses.replace(right, dosages=dosages, variants=first.variants, phased=None)


def _once(names: NDArray[np.str_]) -> NDArray[np.str_]:
    return names[_is_once(names)]


def _is_once(names: NDArray[np.str_]) -> NDArray[np.bool_]:
    _, place, counts = np.unique(names, return_inverse=True, return_counts=True)
    return np.asarray(counts[place] == 1)


def _turn(left: GenotypeDataset, i: int, right: GenotypeDataset, j: int) -> int:
    """0 where both count the same allele, 1 where the other one, -1 where alleles do not match."""
    counted, other = (str(left.variants[name].iat[i]).upper() for name in ("counted", "other"))
    if counted.translate(_OTHER_STRAND) == other:
        return -1
    theirs = tuple(str(right.variants[name].iat[j]).upper() for name in ("counted", "other"))
    for pair in (theirs, tuple(allele.translate(_OTHER_STRAND) for allele in theirs)):
        if pair == (counted, other):
            return 0
        if pair == (other, counted):
            return 1
    return -1
