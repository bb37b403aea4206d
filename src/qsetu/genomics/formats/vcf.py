"""VCF and BCF: genotypes of people at places of a genome."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.datasets import GenotypeDataset
from qsetu.genomics.formats.bcf import BcfFile
from qsetu.genomics.formats.budget import Budget
from qsetu.genomics.formats.calls import Region, Rules, Tally, Variant, variants_of
from qsetu.genomics.formats.describe import Describing, chosen, listed, per_sample, repeated_note
from qsetu.genomics.formats.opening import TextFile, existing_file, first_bytes, hashes
from qsetu.genomics.formats.sites import Site, VcfText

__all__ = ["iter_vcf", "read_vcf"]

Multiallelic = Literal["error", "split", "skip"]


def read_vcf(
    path: str | os.PathLike[str],
    *,
    samples: Iterable[str] | None = None,
    region: str | None = None,
    labels: Describing = None,
    groups: Describing = None,
    multiallelic: Multiallelic = "error",
    filters: str | Iterable[str] | None = None,
    min_call_rate: float = 0.0,
    ploidy: Literal[1, 2] = 2,
    other_ploidy: Literal["error", "missing"] = "error",
) -> GenotypeDataset:
    """Genotypes of a VCF or BCF file.

    Dosages count the alternate allele (``counted`` is ALT, ``other`` is REF). A call with a missing allele,
    half (``./1``) or whole, is missing; half calls are counted in ``notes``. A variant without ID is called
    ``chromosome:position:REF:ALT``.

    Args:
        path: The file: VCF, plain or packed by gzip or bgzip, or BCF; told apart by content.
        samples: Names of the samples to read, in the order wanted; None reads all.
        region: "chromosome" or "chromosome:first-last", positions from 1, both included; a variant is inside
            if its POS is. The whole file is read all the same; no index is needed.
        labels: What is to be predicted: a mapping (or pandas Series) from sample names, a text for each
            sample, a function of the name, or a regular expression with one group.
        groups: What must not straddle a split, given in the same ways.
        multiallelic: What to do with a site of several alternate alleles: "error", "split" (a variant for
            each; ``other`` then means any other allele; IDs get ``:ALT`` added) or "skip".
        filters: Keep only sites whose every filter is one of these ("PASS"; "." where none was applied); None
            keeps all.
        min_call_rate: Leave out variants with a smaller share of called genotypes, 0 to 1.
        ploidy: Alleles a call must have: 2, or 1 for haploid genomes.
        other_ploidy: What to do with a call of another number of alleles: "error", or "missing".

    Returns:
        N people by M variants; ``phased`` is there only if the order of every called genotype is known.

    Raises:
        ArgumentError: An argument breaks a rule.
        DataError: The file is missing, cut, damaged, or no VCF; a site has no GT, several alternate alleles,
            or alleles that do not fit; or nothing is left.
        InsufficientMemoryError: The matrix does not fit in memory; see :func:`iter_vcf`.
    """
    reader = _Reader(path, samples, region, labels, groups)
    rules = _rules(multiallelic, filters, min_call_rate, ploidy, other_ploidy)
    what = f"Genotypes of '{reader.path.name}'"
    advice = "Read part of it with iter_vcf, or name a 'region' or 'samples'."
    budget = Budget(what, advice)
    tally = Tally()
    gathered = _Gathering(budget)
    for variant in reader.variants(rules, tally):
        gathered.add(variant)
    if not len(gathered):
        raise DataError(reader.nothing_left(tally))
    return reader.dataset(gathered, rules, [*reader.notes(), *tally.notes(rules)])


def iter_vcf(
    path: str | os.PathLike[str],
    *,
    chunk: int = 1000,
    samples: Iterable[str] | None = None,
    region: str | None = None,
    labels: Describing = None,
    groups: Describing = None,
    multiallelic: Multiallelic = "error",
    filters: str | Iterable[str] | None = None,
    min_call_rate: float = 0.0,
    ploidy: Literal[1, 2] = 2,
    other_ploidy: Literal["error", "missing"] = "error",
) -> Iterator[GenotypeDataset]:
    """Genotypes of a VCF or BCF file, some variants at a time; a file larger than memory is no matter.

    Args:
        path: The file, as for :func:`read_vcf`.
        chunk: Variants in each dataset; the last one may have fewer.
        samples: As for :func:`read_vcf`, as are all further arguments.
        region: Where to read.
        labels: What is to be predicted.
        groups: What must not straddle a split.
        multiallelic: What to do with a site of several alternate alleles.
        filters: Which sites to keep.
        min_call_rate: Smallest share of called genotypes.
        ploidy: Alleles a call must have.
        other_ploidy: What to do with a call of another number of alleles.

    Returns:
        An iterator of datasets of all samples and up to ``chunk`` variants, whose ``notes`` speak of what
        they hold themselves; ``phased`` is decided for each alone.

    Raises:
        ArgumentError: An argument breaks a rule.
        DataError: As for :func:`read_vcf`; what is wrong further down is raised there.
    """
    size = as_int("chunk", chunk, 1)
    reader = _Reader(path, samples, region, labels, groups)
    rules = _rules(multiallelic, filters, min_call_rate, ploidy, other_ploidy)
    return _chunks(reader, rules, size)


def _chunks(reader: _Reader, rules: Rules, size: int) -> Iterator[GenotypeDataset]:
    tally, found = Tally(), False
    gathered = _Gathering(_chunk_budget(reader.path))
    for variant in reader.variants(rules, tally):
        gathered.add(variant)
        if len(gathered) == size:
            yield reader.dataset(gathered, rules, tally.notes(rules))
            gathered, tally.counts, found = _Gathering(_chunk_budget(reader.path)), {}, True
    if len(gathered):
        yield reader.dataset(gathered, rules, [*reader.notes(), *tally.notes(rules)])
    elif not found:
        raise DataError(reader.nothing_left(tally))


def _chunk_budget(path: Path) -> Budget:
    return Budget(f"Genotypes of '{path.name}'", "Choose a smaller 'chunk'.")


def _rules(multiallelic: str, filters: Any, min_call_rate: float, ploidy: int, other_ploidy: str) -> Rules:
    if isinstance(filters, str):
        filters = (filters,)
    try:
        kept = None if filters is None else frozenset(filters)
    except TypeError:
        raise ArgumentError("filters", "must be names of filters, such as 'PASS'", filters) from None
    if kept is not None and not all(isinstance(one, str) and one for one in kept):
        raise ArgumentError("filters", "must be names of filters, such as 'PASS'", sorted(map(str, kept)))
    return Rules(
        multiallelic=as_choice("multiallelic", multiallelic, ("error", "split", "skip")),
        filters=kept,
        min_call_rate=as_float("min_call_rate", min_call_rate, low=0, high=1),
        ploidy=as_int("ploidy", ploidy, 1, 2),
        other_ploidy=as_choice("other_ploidy", other_ploidy, ("error", "missing")),
    )


class _Reader:
    """One opened file, and what was asked of it."""

    def __init__(self, path: Any, samples: Any, region: Any, labels: Any, groups: Any) -> None:
        self.path = existing_file(path)
        self.region = Region.parse(region)
        head = first_bytes(self.path)
        if head.startswith(b"BCF\x04"):
            raise DataError(
                f"File '{self.path.name}' is BCF of samtools 0.1, of before 2013. Convert it to BCF 2."
            )
        self._text = None if head.startswith(b"BCF\x02") else TextFile(self.path)
        self._source = BcfFile(self.path) if self._text is None else VcfText(self._text)
        names = self._source.samples
        self._rows = chosen(samples, names, f"'{self.path.name}'")
        self._all = len(self._rows) == len(names) and self._rows == sorted(self._rows)
        self.names = [names[row] for row in self._rows]
        self._labels = per_sample("labels", labels, self.names, self.names)
        self._groups = per_sample("groups", groups, self.names, self.names)
        self._files: dict[str, str] | None = None
        self._chromosomes: dict[str, int] = {}

    def variants(self, rules: Rules, tally: Tally) -> Iterator[Variant]:
        """What ``rules`` make of each site inside the region."""
        for site in self._source.sites():
            self._chromosomes[site.chromosome] = self._chromosomes.get(site.chromosome, 0) + 1
            if self.region is None or self.region.holds(site):
                yield from variants_of(site if self._all else self._part(site), rules, tally, self._where)

    def _part(self, site: Site) -> Site:
        import dataclasses

        rows = self._rows
        return dataclasses.replace(
            site, alleles=site.alleles[rows], copies=site.copies[rows], phased=site.phased[rows]
        )

    def _where(self, site: Site, sample: int | None = None) -> str:
        who = "" if sample is None else f", sample '{self.names[sample]}'"
        return f"File '{self.path.name}', {site.line} ({site.place}){who}"

    def notes(self) -> list[str]:
        """What was odd about the file as a text."""
        return [] if self._text is None else list(self._text.notes)

    def nothing_left(self, tally: Tally) -> str:
        """Why there is no variant."""
        name = f"File '{self.path.name}'"
        if not self._chromosomes:
            return f"{name} has a header and no variant. Was it cut?"
        if self.region is not None and not tally.total:
            there = f"It has variants on {listed(list(self._chromosomes))}."
            hint = ""
            if self.region.chromosome not in self._chromosomes:
                other = self.region.chromosome.removeprefix("chr")
                close = [one for one in self._chromosomes if one.removeprefix("chr") == other]
                hint = f" Did you mean '{close[0]}'?" if close else ""
            return f"{name} has no variant in region '{self.region}'. {there}{hint}"
        return f"{name} has no variant left: " + (" ".join(tally.sentences()) or "none was read.")

    def dataset(self, gathered: _Gathering, rules: Rules, notes: list[str]) -> GenotypeDataset:
        """What was gathered, with names, labels and hashes."""
        if self._files is None:
            self._files = hashes(self.path)
        variants = gathered.table()
        notes = [
            "Dosages count the alternate allele (ALT); 'other' is the reference (REF).",
            *notes,
            *repeated_note(variants["id"].tolist(), "variants"),
        ]
        return GenotypeDataset(
            dosages=gathered.matrix(),
            variants=variants,
            ploidy=rules.ploidy,
            phased=gathered.order(),
            sample_names=np.array(self.names, np.str_),
            labels=None if self._labels is None else np.array(self._labels, np.str_),
            groups=None if self._groups is None else np.array(self._groups, np.str_),
            files=self._files,
            notes=tuple(notes),
        )


class _Gathering:
    """Variants on their way into a matrix."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._rows: list[tuple[str, str, int, str, str]] = []
        self._dosages: list[NDArray[np.int8]] = []
        self._order: list[NDArray[np.int8]] | None = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, variant: Variant) -> None:
        self._rows.append(variant.row)
        self._dosages.append(variant.dosages)
        if variant.order is None:
            self._order = None
        elif self._order is not None:
            self._order.append(variant.order)
        # An array's own head, and the five entries of the table.
        self._budget.add(variant.dosages.size * (1 if self._order is None else 3) + 600)

    def matrix(self) -> NDArray[np.int8]:
        return np.stack(self._dosages, axis=1)

    def order(self) -> NDArray[np.int8] | None:
        return None if self._order is None else np.stack(self._order, axis=1)

    def table(self) -> Any:
        import pandas as pd

        return pd.DataFrame(self._rows, columns=["id", "chromosome", "position", "counted", "other"])
