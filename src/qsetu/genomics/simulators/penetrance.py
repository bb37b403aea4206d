"""Penetrance: the probability of disease given the genotype at k causal SNPs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_choice, as_float, as_float_array, as_int
from qsetu.core.errors import ArgumentError, Said

__all__ = [
    "PENETRANCE_MODELS",
    "as_penetrance",
    "genotype_frequencies",
    "heritability",
    "marginal_penetrance",
    "penetrance_table",
    "prevalence",
    "scale_penetrance",
]

PENETRANCE_MODELS = ("additive", "multiplicative", "pure", "threshold", "xor")
"""Names that :func:`penetrance_table` knows."""

MOST_CAUSAL = 8
_TINY = 1e-9


def as_maf(argument: str, value: Any, number: int) -> NDArray[np.float64]:
    """Minor allele frequencies, float64 ``(number,)``, each in (0, 0.5]; a single one is for all."""
    shares = as_float_array(argument, value, f"({number},) or a number")
    if np.ndim(value) == 0:
        shares = np.full(number, float(shares[0]))
    if shares.shape != (number,):
        rule = f"must be a number, or {number} of them, one a SNP"
        raise ArgumentError(argument, rule, Said(f"shape {shares.shape}"))
    if shares.size and (shares.min() <= 0 or shares.max() > 0.5):
        hint = "The minor allele is the rarer one: take 1 - frequency of the other."
        raise ArgumentError(argument, "must be above 0 and at most 0.5", value, hint)
    return shares


def as_penetrance(value: ArrayLike) -> NDArray[np.float64]:
    """A penetrance table, float64 ``(3,) * k`` with values in [0, 1]; index j is the dosage at SNP j.

    Raises:
        ArgumentError: Another shape, more than 8 SNPs, or a value that is no probability.
    """
    rule = f"must have shape (3,) * k for 1 to {MOST_CAUSAL} causal SNPs"
    table = as_float_array("penetrance", value, "(3,) * k")
    if not 1 <= table.ndim <= MOST_CAUSAL or set(table.shape) != {3}:
        hint = "An axis for each SNP: 0, 1, 2 copies."
        raise ArgumentError("penetrance", rule, Said(f"shape {table.shape}"), hint)
    if table.min() < 0 or table.max() > 1:
        given = Said(f"values from {table.min():.4g} to {table.max():.4g}")
        raise ArgumentError("penetrance", "must be probabilities, from 0 to 1", given)
    return table.copy()


def genotype_frequencies(maf: ArrayLike) -> NDArray[np.float64]:
    """Frequencies of 0, 1 and 2 copies under Hardy-Weinberg equilibrium, float64 ``(k, 3)``."""
    q = np.atleast_1d(np.asarray(maf, np.float64))
    return np.stack([(1 - q) ** 2, 2 * q * (1 - q), q**2], axis=1)


def joint_frequencies(maf: ArrayLike) -> NDArray[np.float64]:
    """Frequencies of all genotypes at k independent SNPs, float64 ``(3,) * k``."""
    joint = np.ones(())
    for shares in genotype_frequencies(maf):
        joint = np.multiply.outer(joint, shares)
    return joint


def penetrance_table(
    model: str, num_causal: int = 2, *, maf: ArrayLike = 0.5, low: float = 0.1, high: float = 0.9
) -> NDArray[np.float64]:
    """The penetrance of a named model, from ``low`` to ``high``.

    "additive": from low to high in equal steps, one for each risk allele. "multiplicative": the same by a
    factor for each. "threshold": high with a risk allele at every SNP, else low. "xor": high for an odd
    number of risk alleles, so that at maf 0.5 no SNP has an effect of its own. "pure": low to high along the
    product over the SNPs of (heterozygous or not, minus its expectation), so that at any ``maf`` only all
    SNPs together have an effect.

    Args:
        model: Name.
        num_causal: k, from 1 to 8 ("pure": from 2).
        maf: Minor allele frequencies, which "pure" depends on; a number or ``(k,)``.
        low: Smallest penetrance.
        high: Largest penetrance, at least ``low``.

    Returns:
        P(case | genotype), float64 ``(3,) * k``.

    Raises:
        ArgumentError: An unknown model, or a setting that breaks a rule.

    Example:
        >>> from qsetu.genomics.simulators import penetrance_table
        >>> penetrance_table("xor", low=0, high=1)
        array([[0., 1., 0.],
               [1., 0., 1.],
               [0., 1., 0.]])

    References: W. Li, J. Reich, Human Heredity 50, 334 (2000); J. Marchini, P. Donnelly, L. R. Cardon, Nature
    Genetics 37, 413 (2005); D. R. Velez et al., Genetic Epidemiology 31, 306 (2007); R. J. Urbanowicz et al.,
    BioData Mining 5, 16 (2012).
    """
    as_choice("model", model, PENETRANCE_MODELS)
    k = as_int("num_causal", num_causal, 2 if model == "pure" else 1, MOST_CAUSAL)
    least = as_float("low", low, low=0, high=1)
    most = as_float("high", high, low=least, high=1)
    copies = np.indices((3,) * k)
    total = copies.sum(axis=0)
    if model == "multiplicative":
        if least == 0:
            raise ArgumentError("low", "must be above 0 in a multiplicative model", low)
        return np.asarray(least * (most / least) ** (total / (2 * k)))
    if model == "additive":
        effect = total / (2 * k)
    elif model == "threshold":
        effect = (copies > 0).all(axis=0).astype(np.float64)
    elif model == "xor":
        effect = (total % 2).astype(np.float64)
    else:
        effect = np.ones(())
        for shares in genotype_frequencies(as_maf("maf", maf, k)):
            effect = np.multiply.outer(effect, np.array([0.0, 1.0, 0.0]) - shares[1])
        effect = (effect - effect.min()) / (effect.max() - effect.min())
    return np.asarray(least + (most - least) * effect)


def prevalence(penetrance: ArrayLike, maf: ArrayLike) -> float:
    """P(case) in a population in Hardy-Weinberg equilibrium: the mean of the penetrance."""
    table = as_penetrance(penetrance)
    return float((joint_frequencies(as_maf("maf", maf, table.ndim)) * table).sum())


def heritability(penetrance: ArrayLike, maf: ArrayLike) -> float:
    """Broad-sense heritability on the observed scale: ``sum_g P(g) (f_g - K)^2 / (K (1 - K))``.

    K is the prevalence. It is the share of the variance of being a case that the genotype explains: 0 for a
    constant table, 1 where the genotype decides; 0 also where K is 0 or 1.

    Args:
        penetrance: P(case | genotype), ``(3,) * k``.
        maf: Minor allele frequencies, a number or ``(k,)``.

    Example:
        >>> from qsetu.genomics.simulators import heritability, penetrance_table
        >>> round(heritability(penetrance_table("xor", low=0.1, high=0.9), 0.5), 4)
        0.64

    Reference: R. J. Urbanowicz et al., BioData Mining 5, 16 (2012).
    """
    table = as_penetrance(penetrance)
    shares = joint_frequencies(as_maf("maf", maf, table.ndim))
    mean = float((shares * table).sum())
    spread = mean * (1 - mean)
    return float((shares * (table - mean) ** 2).sum() / spread) if spread > 0 else 0.0


def marginal_penetrance(penetrance: ArrayLike, maf: ArrayLike) -> NDArray[np.float64]:
    """P(case | genotype at one SNP alone), float64 ``(k, 3)``; equal rows throughout mean no effect alone."""
    table = as_penetrance(penetrance)
    shares = genotype_frequencies(as_maf("maf", maf, table.ndim))
    rows = []
    for j in range(table.ndim):
        left = np.moveaxis(table, j, 0)
        for other in np.delete(shares, j, axis=0):
            left = np.tensordot(left, other, axes=(1, 0))
        rows.append(left)
    return np.stack(rows)


def scale_penetrance(
    penetrance: ArrayLike,
    maf: ArrayLike,
    *,
    prevalence: float | None = None,
    heritability: float | None = None,
) -> NDArray[np.float64]:
    """The table brought to a prevalence, a heritability, or both.

    Prevalence alone multiplies the table, which keeps relative risks. With heritability, ``K + s (f - mean
    f)`` is taken, which keeps the pattern, and marginal effects at zero where they are.

    Args:
        penetrance: P(case | genotype), ``(3,) * k``.
        maf: Minor allele frequencies, a number or ``(k,)``.
        prevalence: K wanted, above 0 and below 1.
        heritability: Broad-sense heritability wanted, 0 to 1; see :func:`heritability`.

    Raises:
        ArgumentError: The table cannot have that: values would leave [0, 1], or it is constant.
    """
    table = as_penetrance(penetrance)
    shares = joint_frequencies(as_maf("maf", maf, table.ndim))
    mean = float((shares * table).sum())
    wanted = mean if prevalence is None else as_float("prevalence", prevalence, low=0, high=1, open_low=True)
    if heritability is None:
        if prevalence is None:
            return table
        if not mean:
            raise ArgumentError("penetrance", "must not be 0 throughout to be scaled", Said("zeros"))
        return _reached("prevalence", prevalence, table * (wanted / mean))
    target = as_float("heritability", heritability, low=0, high=1)
    variance = float((shares * (table - mean) ** 2).sum())
    if variance < _TINY**2 and target > 0:
        raise ArgumentError(
            "penetrance", "must not be constant to have heritability", Said("a constant table")
        )
    scale = np.sqrt(target * wanted * (1 - wanted) / variance) if target else 0.0
    return _reached("heritability", heritability, wanted + scale * (table - mean))


def resolve_penetrance(
    penetrance: ArrayLike | str, maf: ArrayLike, num_causal: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A table, given or named, and the frequencies of its SNPs."""
    if isinstance(penetrance, str):
        several = maf if isinstance(maf, (Sequence, np.ndarray)) and np.ndim(maf) else None
        number = num_causal or (len(several) if several is not None else 2)
        frequencies = as_maf("maf", maf, as_int("num_causal", number, 1, MOST_CAUSAL))
        return penetrance_table(penetrance, len(frequencies), maf=frequencies), frequencies
    table = as_penetrance(penetrance)
    if num_causal not in (None, table.ndim):
        raise ArgumentError("num_causal", f"must be {table.ndim}, as the table has it", num_causal)
    return table, as_maf("maf", maf, table.ndim)


def _reached(argument: str, value: Any, table: NDArray[np.float64]) -> NDArray[np.float64]:
    """The scaled table, what rounding moved out of [0, 1] put back; more than that is refused."""
    if table.min() < -_TINY or table.max() > 1 + _TINY:
        rule = f"must keep this table within 0 to 1; it would go from {table.min():.4g} to {table.max():.4g}"
        hint = "Lower heritability or prevalence, or take a table whose extremes are less rare."
        raise ArgumentError(argument, rule, value, hint)
    return np.clip(table, 0.0, 1.0)
