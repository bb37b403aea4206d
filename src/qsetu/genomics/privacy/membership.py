"""What released allele frequencies give away about who was in the cohort."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from qsetu.core.checks import as_float_array, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.genomics.privacy.classes import html_table
from qsetu.genomics.privacy.snps import UsableSnps, usable_snps

__all__ = ["MembershipRisk", "MembershipScores", "membership_risk"]

_BLOCK = 1_000_000
"""Genotypes scored at a time."""


@dataclass(frozen=True, eq=False)
class MembershipScores:
    """Scores of people whose genotypes were given, and what they show where it is known who was a member.

    Attributes:
        log_likelihood_ratio: Log-likelihood of the released over the reference frequencies, in nats,
            float64 ``(N,)``; above 0 speaks for membership.
        z: The same in standard deviations above what somebody outside the cohort is expected to have, given
            which genotypes were called; NaN for a person with none.
        homer: Homer's T, float64 ``(N,)``: mean of the distances ``|x/2 - p| - |x/2 - q|`` over its
            standard error; above 0 is nearer to the cohort. NaN for fewer than two genotypes.
        num_called: Genotypes used of each person, int64 ``(N,)``.
        members: Who was in the cohort, bool ``(N,)``; None if not told.
        area: Area under the empirical ROC curve of z; None without members.
        homer_area: The same for Homer's T.
        measured_power: For each false positive rate the share of members above the threshold that this share
            of the non-members given exceeds; empty without members.
        measured_rate: For each false positive rate the share of non-members above the analytic threshold.
    """

    log_likelihood_ratio: NDArray[np.float64]
    z: NDArray[np.float64]
    homer: NDArray[np.float64]
    num_called: NDArray[np.int64]
    members: NDArray[np.bool_] | None
    area: float | None
    homer_area: float | None
    measured_power: dict[float, float]
    measured_rate: dict[float, float]

    def roc(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """False and true positive rates over all thresholds of z, rising from (0, 0) to (1, 1).

        Raises:
            ArgumentError: It is not known who was a member.
        """
        if self.members is None:
            rule = "must be given for a ROC curve"
            raise ArgumentError("members", rule, None, "Pass members to membership_risk.")
        good = np.isfinite(self.z)
        return _roc(self.z[good], self.members[good])


@dataclass(frozen=True, eq=False)
class MembershipRisk:
    """How surely a person's presence in the cohort can be told from the frequencies released.

    Attributes:
        cohort_size: People behind the released frequencies.
        reference_size: People behind the reference; None for frequencies taken as those of the population.
        num_snps: Variants used.
        num_left_out: Variants that say nothing (not measured, or the same allele fixed in both).
        separation: How far apart the statistic of members and of others lies, in standard deviations of the
            others.
        power: For each false positive rate, the share of members that the likelihood-ratio test finds.
        scores: Scores of the people whose genotypes were given; None without genotypes.
    """

    cohort_size: int
    reference_size: int | None
    num_snps: int
    num_left_out: int
    separation: float
    power: dict[float, float]
    scores: MembershipScores | None

    def _rows(self) -> list[tuple[str, str]]:
        rows = [
            ("cohort", f"{self.cohort_size:,} people"),
            ("variants", f"{self.num_snps:,} used, {self.num_left_out:,} left out"),
            ("separation", f"{self.separation:.3g} standard deviations"),
        ]
        for rate, power in self.power.items():
            rows.append((f"members found at {100 * rate:g} % false alarms", f"{100 * power:.1f} %"))
        if self.scores is not None and self.scores.area is not None:
            rows.append(("area under the measured ROC", f"{self.scores.area:.3f}"))
        return rows

    def __str__(self) -> str:
        rows = self._rows()
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:{width}}  {value}" for name, value in rows)

    def __repr__(self) -> str:
        return f"MembershipRisk(cohort_size={self.cohort_size}, num_snps={self.num_snps}, power={self.power})"

    def _repr_html_(self) -> str:
        return html_table("Membership risk of released allele frequencies", self._rows())


def membership_risk(
    released_frequencies: ArrayLike,
    reference_frequencies: ArrayLike,
    cohort_size: int,
    *,
    reference_size: int | None = None,
    genotypes: ArrayLike | None = None,
    members: ArrayLike | None = None,
    false_positive_rate: float | Iterable[float] = (0.05, 0.01, 0.001),
) -> MembershipRisk:
    """How well members of a cohort are found by somebody who has their genotypes and the frequencies.

    The test is the likelihood ratio of the released against the reference frequencies, summed over variants,
    the most powerful there is; its threshold and power follow from the mean and variance of that sum for
    members and for others, normally distributed. Assumed: independent variants (thin by linkage first, or
    the risk is overstated), genotypes in Hardy-Weinberg proportions, cohort and reference from one population
    (ancestry that differs looks like membership), and no relatives: a member's relatives score in between.

    Both frequencies must count the same allele at each variant; lengths are checked, and lists most of whose
    variants agree better after swapping alleles are refused. Variants with NaN in either list, and those with
    one allele fixed in both, are left out. Otherwise a frequency of 0 or 1 is moved inside by half an allele
    copy of its panel (of the cohort if the size of the reference is not told), so that one allele never seen
    is strong evidence, not proof.

    Args:
        released_frequencies: Frequency of the counted allele in the cohort, ``(M,)``, from 0 to 1.
        reference_frequencies: The same in a reference, ``(M,)``.
        cohort_size: People in the cohort (each with two copies).
        reference_size: People in the reference, if its frequencies are estimated; none of them may be among
            the people tested. None takes them as those of the population.
        genotypes: Copies of the counted allele of people to be tested, ``(N, M)``: 0, 1, 2; -1 was not called
            and is skipped.
        members: Which of them were in the cohort, bool ``(N,)``: adds what was measured to what is expected.
        false_positive_rate: Shares of non-members that may be taken for members, between 0 and 1.

    Returns:
        Expected power at each rate, and the scores of the people given.

    Raises:
        ArgumentError: Lengths differ, alleles look swapped, no variant is usable, or a value is out of range.

    References:
        N. Homer et al., PLoS Genetics 4, e1000167 (2008), doi 10.1371/journal.pgen.1000167.
        S. Sankararaman, G. Obozinski, M. I. Jordan and E. Halperin, "Genomic privacy and limits of individual
        detection in a pool", Nature Genetics 41, 965 (2009), doi 10.1038/ng.436.

    Examples:
        >>> import numpy as np
        >>> draw = np.random.default_rng(1)
        >>> p = draw.uniform(0.1, 0.9, 2000)
        >>> people = draw.binomial(2, p, (400, 2000))
        >>> membership_risk(people[:200].mean(0) / 2, p, 200).power[0.05] > 0.9
        True
    """
    rates = _as_rates(false_positive_rate)
    size = as_int("cohort_size", cohort_size, 2)
    panel = None if reference_size is None else as_int("reference_size", reference_size, 2)
    snps = usable_snps(released_frequencies, reference_frequencies, size, panel)
    centre, spread = snps.null_means.sum(), np.sqrt(snps.null_variances.sum())
    member_centre, member_spread = snps.member_means.sum(), np.sqrt(snps.member_variances.sum())
    separation = float((member_centre - centre) / spread) if spread > 0 else 0.0
    power = {}
    for rate in rates:
        threshold = centre + norm.isf(rate) * spread
        apart = member_centre - threshold
        power[rate] = float(norm.cdf(apart / member_spread)) if member_spread > 0 else float(apart > 0)
    if genotypes is None and members is not None:
        raise ArgumentError("members", "must come with genotypes", Said("members alone"))
    return MembershipRisk(
        cohort_size=size,
        reference_size=panel,
        num_snps=len(snps.places),
        num_left_out=snps.num_given - len(snps.places),
        separation=separation,
        power=power,
        scores=None if genotypes is None else _scores(snps, genotypes, members, rates),
    )


def _as_rates(value: float | Iterable[float]) -> tuple[float, ...]:
    rates = np.atleast_1d(as_float_array("false_positive_rate", np.asarray(value)))
    if rates.ndim != 1 or not len(rates) or rates.min() <= 0 or rates.max() >= 1:
        raise ArgumentError("false_positive_rate", "must be between 0 and 1, one or several", value)
    return tuple(float(rate) for rate in rates)


def _scores(
    snps: UsableSnps, genotypes: ArrayLike, members: ArrayLike | None, rates: tuple[float, ...]
) -> MembershipScores:
    people = np.asarray(genotypes)
    if people.ndim != 2 or people.shape[1] != snps.num_given:
        rule = f"must have shape (N, {snps.num_given}): people by variants, in the order of the frequencies"
        raise ArgumentError("genotypes", rule, Said(f"shape {people.shape}"))
    if people.dtype.kind not in "iuf" or (people.size and not np.isin(people, (-1, 0, 1, 2)).all()):
        rule = "must be copies of the counted allele: 0, 1 or 2, and -1 where nothing was called"
        raise ArgumentError("genotypes", rule, genotypes)
    number = len(people)
    ratio, z, homer = np.zeros(number), np.full(number, np.nan), np.full(number, np.nan)
    called_in_all = np.zeros(number, dtype=np.int64)
    step = max(1, _BLOCK // max(len(snps.places), 1))
    for first in range(0, number, step):
        part = slice(first, first + step)
        copies = people[part][:, snps.places].astype(np.float64)
        called = copies >= 0
        called_in_all[part] = called.sum(1)
        copies = np.where(called, copies, 0.0)
        ratio[part] = copies @ snps.weights + (2.0 * called) @ snps.offsets
        spread = np.sqrt(called @ snps.null_variances)
        np.divide(ratio[part] - called @ snps.null_means, spread, out=z[part], where=spread > 0)
        homer[part] = _homer(copies, called, snps)
    if members is None:
        return MembershipScores(ratio, z, homer, called_in_all, None, None, None, {}, {})
    inside = np.asarray(members)
    if inside.dtype != np.bool_ or inside.shape != (number,):
        raise ArgumentError("members", f"must be {number} booleans, one a row of genotypes", members)
    good = np.isfinite(z) & np.isfinite(homer)
    own, others = z[good & inside], z[good & ~inside]
    if not len(own) or not len(others):
        rule = "must hold members and others, with genotypes that were called"
        raise ArgumentError("members", rule, Said(f"{len(own)} members, {len(others)} others"))
    return MembershipScores(
        log_likelihood_ratio=ratio,
        z=z,
        homer=homer,
        num_called=called_in_all,
        members=inside,
        area=_area(z[good], inside[good]),
        homer_area=_area(homer[good], inside[good]),
        measured_power={rate: _power(own, others, rate) for rate in rates},
        measured_rate={rate: float(np.mean(others > norm.isf(rate))) for rate in rates},
    )


def _homer(copies: NDArray[np.float64], called: NDArray[np.bool_], snps: UsableSnps) -> NDArray[np.float64]:
    distance = np.abs(copies / 2 - snps.reference) - np.abs(copies / 2 - snps.released)
    distance = np.where(called, distance, 0.0)
    number = called.sum(1)
    mean = distance.sum(1) / np.maximum(number, 1)
    variance = np.where(called, (distance - mean[:, None]) ** 2, 0.0).sum(1) / np.maximum(number - 1, 1)
    error = np.sqrt(variance / np.maximum(number, 1))
    scores = np.full(len(mean), np.nan)
    np.divide(mean, error, out=scores, where=(number > 1) & (error > 0))
    return scores


def _power(own: NDArray[np.float64], others: NDArray[np.float64], rate: float) -> float:
    """Share of ``own`` above a threshold that at most ``rate`` of ``others`` exceed."""
    allowed = int(np.floor(rate * len(others)))
    threshold = np.sort(others)[::-1][allowed] if allowed < len(others) else -np.inf
    return float(np.mean(own > threshold))


def _area(values: NDArray[np.float64], inside: NDArray[np.bool_]) -> float:
    false, true = _roc(values, inside)
    return float(np.trapezoid(true, false))


def _roc(
    values: NDArray[np.float64], inside: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    order = np.argsort(-values, kind="stable")
    ends = np.r_[np.flatnonzero(np.diff(values[order])), len(values) - 1]
    true, false = np.cumsum(inside[order])[ends], np.cumsum(~inside[order])[ends]
    return np.r_[0.0, false / false[-1]], np.r_[0.0, true / true[-1]]
