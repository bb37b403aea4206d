"""Groups of people by their genotypes: the same person, and relatives."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tqdm.auto import tqdm

from qsetu.core.checks import as_float
from qsetu.core.errors import ArgumentError
from qsetu.genomics.datasets.genotypes import MISSING, GenotypeDataset
from qsetu.genomics.splits.linking import linked_groups

__all__ = [
    "FIRST_DEGREE",
    "SECOND_DEGREE",
    "alike_groups",
    "identity_by_state",
    "king_kinship",
    "relatedness_groups",
]

FIRST_DEGREE = 0.1767766952966369  # 2^-5/2, between 1/4 (parents, siblings) and 1/8
SECOND_DEGREE = 0.0883883476483184  # 2^-7/2, between 1/8 (half siblings, uncles) and 1/16

_BLOCK = 4096


def identity_by_state(
    left: ArrayLike, right: ArrayLike | None = None, *, ploidy: int = 2
) -> NDArray[np.float32]:
    """Share of alleles that two people have in common: 1 - mean abs(difference of dosages) / ploidy.

    Args:
        left: Dosages, int8 ``(N, M)``, -1 for missing.
        right: Dosages of others at the same variants, ``(K, M)``; None for all pairs of ``left``.
        ploidy: 2, or 1.

    Returns:
        float32 ``(N, K)``; NaN where no variant was called in both.
    """
    a, b = _dosages("left", left), _dosages("right", left if right is None else right)
    _same_variants(a, b)
    total = np.zeros((len(a), len(b)), np.float32)
    called = np.zeros_like(total)
    for x, y in _blocks(a, b):
        cx, cy = _float(x >= 0), _float(y >= 0)
        called += cx @ cy.T
        for level in range(1, ploidy + 1):
            # |x - y| is the number of levels that one reaches and the other does not.
            gx, gy = _float(x >= level), _float(y >= level)
            total += gx @ cy.T + cx @ gy.T - 2 * (gx @ gy.T)
    with np.errstate(invalid="ignore"):
        return np.asarray(1 - total / (ploidy * np.where(called > 0, called, np.nan)), np.float32)


def king_kinship(left: ArrayLike, right: ArrayLike | None = None) -> NDArray[np.float32]:
    """Kinship by KING-robust, which needs no allele frequencies and so bears mixed populations.

    phi = 1/2 - sum (x - y)^2 / (4 min(h_x, h_y)) over variants called in both, where h counts heterozygous
    calls among them: 1/2 for the same person, 1/4 for parents, children and siblings, 1/8 in the second
    degree, about 0 (or below, between populations) for strangers. The paper's estimator between families
    (its equation 11).

    Args:
        left: Dosages of a diploid genome, int8 ``(N, M)``, -1 for missing.
        right: Dosages of others at the same variants, ``(K, M)``; None for all pairs of ``left``.

    Returns:
        float32 ``(N, K)``; -inf where one of the two has no heterozygous call.

    References:
        Manichaikul et al., Bioinformatics 26, 2867 (2010), doi 10.1093/bioinformatics/btq559.
    """
    a, b = _dosages("left", left), _dosages("right", left if right is None else right)
    _same_variants(a, b)
    squares = np.zeros((len(a), len(b)), np.float32)
    het_a, het_b = np.zeros_like(squares), np.zeros_like(squares)
    for x, y in _blocks(a, b):
        cx, cy = _float(x >= 0), _float(y >= 0)
        gx, gy = _float(np.maximum(x, 0)), _float(np.maximum(y, 0))
        squares += (gx * gx) @ cy.T + cx @ (gy * gy).T - 2 * (gx @ gy.T)
        het_a += _float(x == 1) @ cy.T
        het_b += cx @ _float(y == 1).T
    fewer = np.minimum(het_a, het_b)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(fewer > 0, 0.5 - squares / (4 * fewer), -np.inf).astype(np.float32)


def relatedness_groups(
    genotypes: GenotypeDataset | ArrayLike, kinship: float = SECOND_DEGREE
) -> NDArray[np.str_]:
    """Relatives, directly or through others, are a group; so are people of equal genotypes.

    Args:
        genotypes: A diploid dataset, or dosages ``(N, M)`` with -1 for missing.
        kinship: Smallest kinship of relatives: 0.0884 takes in the second degree, 0.177 the first.

    Returns:
        Text ``(N,)``, the start of a hash of a row of the group.

    Raises:
        ArgumentError: Genotypes are not diploid; inbred lines have no heterozygotes to estimate kinship by.
    """
    kinship = as_float("kinship", kinship, low=0, high=0.5, open_low=True)
    if isinstance(genotypes, GenotypeDataset) and genotypes.ploidy != 2:
        raise ArgumentError("genotypes", "must be diploid", f"ploidy {genotypes.ploidy}")
    given = genotypes.dosages if isinstance(genotypes, GenotypeDataset) else genotypes
    dosages = _dosages("genotypes", given)
    keys = row_digests(dosages)
    left, right = np.nonzero(np.triu(king_kinship(dosages) >= kinship, 1))
    return linked_groups(keys, left, right)


def alike_groups(genotypes: GenotypeDataset | ArrayLike, identity: float = 0.95) -> NDArray[np.str_]:
    """Samples that share nearly all alleles, directly or through others, are a group.

    Strangers share 60 to 80 % over the whole genome, and far more over linked ones, such as those of
    one gene, which do not tell individuals apart.

    Args:
        genotypes: A dataset of any ploidy, or diploid dosages ``(N, M)`` with -1 for missing.
        identity: Smallest share of alleles in common; see :func:`identity_by_state`.

    Returns:
        Text ``(N,)``, the start of a hash of a row of the group.
    """
    identity = as_float("identity", identity, low=0, high=1, open_low=True)
    given = genotypes.dosages if isinstance(genotypes, GenotypeDataset) else genotypes
    dosages = _dosages("genotypes", given)
    ploidy = genotypes.ploidy if isinstance(genotypes, GenotypeDataset) else 2
    alike = np.nan_to_num(identity_by_state(dosages, ploidy=ploidy))
    left, right = np.nonzero(np.triu(alike >= identity, 1))
    return linked_groups(row_digests(dosages), left, right)


def row_digests(values: NDArray[Any]) -> list[str]:
    """A short name for each row of numbers, the same for equal rows."""
    rows = np.ascontiguousarray(values + 0.0 if values.dtype.kind == "f" else values)  # -0.0 is 0.0
    return [hashlib.sha256(row.tobytes()).hexdigest()[:16] for row in rows]


def _blocks(a: NDArray[np.int8], b: NDArray[np.int8]) -> Any:
    steps = range(0, a.shape[1], _BLOCK)
    for start in tqdm(steps, desc="pairs of people", unit="block", delay=2, leave=False):
        yield a[:, start : start + _BLOCK], b[:, start : start + _BLOCK]


def _dosages(argument: str, value: Any) -> NDArray[np.int8]:
    found = np.asarray(value)
    if found.ndim != 2 or found.dtype.kind not in "iu" or (found.size and found.min() < MISSING):
        rule = f"must be whole numbers of alleles, samples by variants, {MISSING} for missing"
        raise ArgumentError(argument, rule, f"{found.dtype}, shape {found.shape}")
    return found.astype(np.int8, copy=False)


def _same_variants(a: NDArray[Any], b: NDArray[Any]) -> None:
    if a.shape[1] != b.shape[1]:
        rule = f"must have the same {a.shape[1]} variants"
        raise ArgumentError("right", rule, f"{b.shape[1]} variants", "Join the two by variant first.")


def _float(values: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(values, np.float32)
