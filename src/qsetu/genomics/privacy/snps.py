"""The likelihood ratio of one variant: its weights, and its mean and variance for members and others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom, norm

from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError, Said

__all__ = ["UsableSnps", "safe_number_of_snps", "usable_snps"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class UsableSnps:
    """Variants that say something about membership.

    A person with x copies adds ``x * weight + 2 * offset``; ``null_*`` and ``member_*`` are the mean and
    variance of that for somebody outside the cohort and for a member, given the frequencies.
    """

    num_given: int
    places: NDArray[np.int64]
    released: Floats
    reference: Floats
    weights: Floats
    offsets: Floats
    null_means: Floats
    null_variances: Floats
    member_means: Floats
    member_variances: Floats


def usable_snps(
    released: ArrayLike, reference: ArrayLike, cohort_size: int, reference_size: int | None
) -> UsableSnps:
    """Checked frequencies, the variants among them that say something, and their moments."""
    q = _as_frequencies("released_frequencies", released)
    p = _as_frequencies("reference_frequencies", reference)
    if len(p) != len(q):
        rule = f"must have {len(q)} values, one for each released frequency, counting the same allele"
        raise ArgumentError("reference_frequencies", rule, Said(f"{len(p)} values"))
    known = np.isfinite(q) & np.isfinite(p)
    fixed = ((q == 0) & (p == 0)) | ((q == 1) & (p == 1))
    places = np.flatnonzero(known & ~fixed)
    if not len(places):
        rule = "must leave at least one variant that is measured in both and not fixed in both"
        raise ArgumentError("released_frequencies", rule, Said(f"{len(q)} variants, none usable"))
    q, p = q[places], p[places]
    as_given, swapped = np.mean(np.abs(q - p)), np.mean(np.abs(q - (1 - p)))
    if as_given > 1.5 * swapped and len(places) >= 10:
        rule = "must count the same allele as released_frequencies"
        given = Said(f"a mean difference of {as_given:.3g}, and of {swapped:.3g} with alleles swapped")
        raise ArgumentError("reference_frequencies", rule, given, "Align the counted alleles first.")
    weights, offsets = _ratio(q, p, cohort_size, reference_size)
    # Where the reference is a sample, the best guess at the population is both samples pooled.
    null = p
    if reference_size is not None:
        null = (cohort_size * q + reference_size * p) / (cohort_size + reference_size)
    return UsableSnps(
        num_given=len(known),
        places=places,
        released=q,
        reference=p,
        weights=weights,
        offsets=offsets,
        null_means=2 * (null * weights + offsets),
        null_variances=2 * null * (1 - null) * weights**2,
        member_means=2 * (q * weights + offsets),
        member_variances=2 * q * (1 - q) * weights**2,
    )


def safe_number_of_snps(
    cohort_size: int,
    frequencies: ArrayLike | None = None,
    *,
    power: float = 0.5,
    false_positive_rate: float = 0.05,
) -> int:
    """How many variants' frequencies may be released before members are found more surely than wanted.

    The attacker is the strongest: knows a person's genotypes, the population's frequencies, and uses the
    likelihood ratio. Variants are independent, and drawn from those with the frequencies given; what one
    variant adds is averaged over the cohorts that could have been drawn (exact binomial sums; a frequency is
    first rounded to 1/1000). It is the average member who is protected; one with many rare alleles is found
    sooner. Without frequencies the limit for common variants is used: M = n (z_rate + z_power)^2, n people.

    Args:
        cohort_size: People behind the frequencies, each with two copies.
        frequencies: Allele frequencies in the population of the variants to choose from, ``(M,)``; None for
            common variants.
        power: Share of members that may be found, above ``false_positive_rate`` and below 1.
        false_positive_rate: Share of others that are then taken for members, between 0 and 1.

    Returns:
        The largest number of variants whose expected power stays at or below ``power``; it may exceed
        the number of frequencies given, and then all of them may be released.

    Raises:
        ArgumentError: A value is out of range, or no variant is polymorphic.

    References:
        Sankararaman et al., Nature Genetics 41, 965 (2009), doi 10.1038/ng.436.

    Examples:
        >>> safe_number_of_snps(1000)
        2705
        >>> safe_number_of_snps(1000, power=0.1, false_positive_rate=0.05)
        131
    """
    size = as_int("cohort_size", cohort_size, 2)
    rate = as_float("false_positive_rate", false_positive_rate, low=0, open_low=True, high=0.5)
    wanted = as_float("power", power, low=rate, open_low=True)
    if wanted >= 1:
        raise ArgumentError("power", "must be below 1", power)
    null_z, member_z = norm.isf(rate), norm.ppf(wanted)
    if frequencies is None:
        return int(size * (null_z + member_z) ** 2)
    given = _as_frequencies("frequencies", frequencies)
    minor = np.round(1000 * np.minimum(given, 1 - given)[np.isfinite(given)]) / 1000
    values, numbers = np.unique(minor[minor > 0], return_counts=True)
    if not len(values):
        rule = "must have at least one variant with a minor allele above 0.0005"
        raise ArgumentError("frequencies", rule, Said(f"{len(given)} variants, none usable"))
    moments = np.array([_expected_moments(value, size) for value in values])
    gain, null_variance, member_variance = np.average(moments, axis=0, weights=numbers)
    root = (null_z * np.sqrt(null_variance) + member_z * np.sqrt(member_variance)) / gain
    return int(max(root, 0.0) ** 2)


def _expected_moments(p: float, cohort_size: int) -> tuple[float, float, float]:
    """Gap between the means of members and others, and both variances, averaged over cohorts."""
    copies = 2 * cohort_size
    low, high = int(binom.ppf(1e-12, copies, p)), int(binom.ppf(1 - 1e-12, copies, p))
    counts = np.arange(low, high + 1)
    chance = binom.pmf(counts, copies, p)
    q = counts / copies
    weights, _ = _ratio(q, np.full(len(q), p), cohort_size, None)
    return (
        float(chance @ (2 * (q - p) * weights)),
        float(chance @ (2 * p * (1 - p) * weights**2)),
        float(chance @ (2 * q * (1 - q) * weights**2)),
    )


def _ratio(q: Floats, p: Floats, cohort_size: int, reference_size: int | None) -> tuple[Floats, Floats]:
    """Weight of a copy and of a place without one, frequencies kept half a copy away from 0 and 1."""
    half = 1 / (4 * cohort_size)
    half_reference = half if reference_size is None else 1 / (4 * reference_size)
    # A population frequency below half a copy of the cohort is one all the same.
    margin = np.where((p > 0) & (p < 1), 0.0, half_reference)
    inside_q = np.clip(q, half, 1 - half)
    inside_p = np.clip(p, margin, 1 - margin)
    offsets = np.log1p(-inside_q) - np.log1p(-inside_p)
    return np.log(inside_q) - np.log(inside_p) - offsets, offsets


def _as_frequencies(argument: str, values: ArrayLike) -> Floats:
    """Numbers from 0 to 1, NaN where not measured, ``(M,)``."""
    rule = "must be a list of numbers from 0 to 1 (NaN where not measured), one a variant"
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ArgumentError(argument, rule, values) from None
    if array.ndim != 1 or not len(array):
        raise ArgumentError(argument, rule, Said(f"shape {array.shape}"))
    bad = np.flatnonzero((array < 0) | (array > 1))
    if len(bad):
        raise ArgumentError(argument, rule, Said(f"{array[bad[0]]:g} at place {bad[0]}"))
    return array
