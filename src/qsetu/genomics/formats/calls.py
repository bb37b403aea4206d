"""What the rules make of a site: dosages, or a refusal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.datasets.genotypes import MISSING
from qsetu.genomics.formats.sites import Site

__all__ = ["Region", "Rules", "Tally", "Variant", "variants_of"]


@dataclass(frozen=True)
class Region:
    """A stretch of a chromosome, positions from 1, both ends included."""

    chromosome: str
    first: int = 0
    last: int = 2**31

    @classmethod
    def parse(cls, text: object) -> Region | None:
        """``"2:136,000,000-137,000,000"``, ``"2:500"`` or ``"2"``; None for None.

        Raises:
            ArgumentError: It is none of these, or empty.
        """
        if text is None:
            return None
        rule = "must be 'chromosome' or 'chromosome:first-last', positions from 1"
        if not isinstance(text, str) or not text.strip():
            raise ArgumentError("region", rule, text)
        match = re.fullmatch(r"(.+):([0-9,]{1,13})(?:-([0-9,]{1,13}))?", text.strip(), re.ASCII)
        if match is None:
            if ":" in text and re.search(r":[^:]*-[^:]*$", text):
                raise ArgumentError("region", rule, text)
            return cls(text.strip())
        try:
            first = int(match[2].replace(",", ""))
            last = first if match[3] is None else int(match[3].replace(",", ""))
        except ValueError:
            raise ArgumentError("region", rule, text) from None
        if first > last:
            raise ArgumentError("region", "must not end before it starts", text)
        return cls(match[1], first, last)

    def holds(self, site: Site) -> bool:
        """Whether a site's position is inside."""
        return site.chromosome == self.chromosome and self.first <= site.position <= self.last

    def __str__(self) -> str:
        return f"{self.chromosome}:{self.first}-{self.last}" if self.last < 2**31 else self.chromosome


@dataclass(frozen=True)
class Rules:
    """The caller's choices, checked."""

    multiallelic: str
    filters: frozenset[str] | None
    min_call_rate: float
    ploidy: int
    other_ploidy: str


@dataclass(eq=False)
class Tally:
    """How often each rule was applied."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, number: int = 1) -> None:
        """Count ``number`` more of ``what``."""
        if number:
            self.counts[what] = self.counts.get(what, 0) + int(number)

    @property
    def total(self) -> int:
        """Sites that were looked at."""
        return self.counts.get("sites", 0)

    def sentences(self) -> list[str]:
        """One for everything counted."""
        said = {
            "filtered": "{} site(s) did not pass the filters and were left out.",
            "skipped": "{} site(s) with several alternate alleles were left out.",
            "split": "{} site(s) with several alternate alleles were split: a variant for each, 'other' is "
            "any other.",
            "rare": "{} variant(s) had too few called genotypes and were left out.",
            "constant": "{} site(s) have no alternate allele; every called dosage there is 0.",
            "half": "{} call(s) with one missing allele count as missing.",
            "ploidy": "{} call(s) with another number of alleles count as missing.",
        }
        return [said[what].format(number) for what, number in self.counts.items() if what in said]

    def notes(self, rules: Rules) -> list[str]:
        """What a reader of the dataset should know."""
        return self.sentences()


@dataclass(frozen=True, eq=False)
class Variant:
    """One column of the matrix.

    Attributes:
        row: ID, chromosome, position, counted and other allele.
        dosages: int8 ``(N,)``.
        order: Which of the two alleles is the counted one, int8 ``(N, 2)``; None where the order is not
            known.
    """

    row: tuple[str, str, int, str, str]
    dosages: NDArray[np.int8]
    order: NDArray[np.int8] | None


def variants_of(site: Site, rules: Rules, tally: Tally, where: Callable[..., str]) -> Iterator[Variant]:
    """The variants that ``rules`` make of a site: none, one, or one for each alternate allele.

    Args:
        site: The site, of the chosen samples.
        rules: What the caller chose.
        tally: Where to count what was done.
        where: Says the place of a site (and a sample's number) for messages.

    Raises:
        DataError: A rule refuses the site.
    """
    tally.add("sites")
    if rules.filters is not None and not rules.filters.issuperset(site.filters):
        tally.add("filtered")
        return
    if len(site.alternatives) > 1:
        if rules.multiallelic == "error":
            raise DataError(
                f"{where(site)} has {len(site.alternatives)} alternate alleles: "
                f"{','.join(site.alternatives)[:60]}. Choose multiallelic='split' (a variant for each) or "
                "'skip'."
            )
        if rules.multiallelic == "skip":
            tally.add("skipped")
            return
        tally.add("split")
    known = _known(site, rules, tally, where)
    if known.mean() < rules.min_call_rate:
        tally.add("rare", max(1, len(site.alternatives)))
        return
    if not site.alternatives:
        tally.add("constant")
    several = len(site.alternatives) > 1
    ordered = rules.ploidy == 2 and bool(site.phased[known].all())
    for number, allele in enumerate(site.alternatives or (".",), start=1):
        copies = site.alleles[:, : rules.ploidy] == number
        dosages = np.where(known, copies.sum(1), MISSING).astype(np.int8)
        order = np.where(known[:, None], copies, MISSING).astype(np.int8) if ordered else None
        full = f"{site.place}:{site.reference}:{allele}"
        name = f"{site.name}:{allele}" if several and site.name else site.name or full
        yield Variant((name, site.chromosome, site.position, allele, site.reference), dosages, order)


def _known(site: Site, rules: Rules, tally: Tally, where: Callable[..., str]) -> NDArray[np.bool_]:
    """Whose calls are whole, bool ``(N,)``."""
    called = site.copies > 0
    other = called & (site.copies != rules.ploidy)
    if other.any() and rules.other_ploidy == "error":
        sample = int(np.argmax(other))
        raise DataError(
            f"{where(site, sample)}: a call of {site.copies[sample]} allele(s), where {rules.ploidy} must "
            "be. Chromosomes X, Y and MT have such calls: leave them out by 'region', choose "
            "other_ploidy='missing', or "
            "for a haploid genome ploidy=1."
        )
    tally.add("ploidy", int(other.sum()))
    fits = called & ~other
    whole: NDArray[np.bool_] = fits & (site.alleles[:, : rules.ploidy] >= 0).all(1)
    tally.add("half", int((fits & ~whole).sum()))
    return whole
