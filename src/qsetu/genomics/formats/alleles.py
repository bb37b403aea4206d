"""Bringing two sets of genotypes to the same variants and the same counted alleles."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.alphabet import BASES
from qsetu.genomics.datasets import GenotypeDataset
from qsetu.genomics.datasets.genotypes import MISSING

__all__ = ["AlleleReport", "align_alleles"]

Pair = tuple[str, str]

_COMPLEMENT = str.maketrans("ACGT", "TGCA")
_UNKNOWN = frozenset({"0", ".", ""})
_KINDS = ("same", "swapped", "strand_flipped", "strand_and_swapped", "ambiguous", "mismatched")


@dataclass(frozen=True)
class AlleleReport:
    """What aligning two datasets found; variants by the ID that the first dataset has for them.

    Attributes:
        shared: Number of variants that both have.
        kept: Number of variants in both results.
        same: Kept as they were.
        swapped: Counted and other allele were the other way round in ``b``; its dosages were turned.
        strand_flipped: The alleles of ``b`` were those of the other strand (A/C against T/G); they were
            renamed.
        strand_and_swapped: Both; renamed and turned.
        ambiguous: More than one reading fits, as for A/T and C/G ("palindromic"), whose strands look alike.
            Left out, or taken as one strand if asked.
        mismatched: Alleles fit in no way; left out.
        turned: Number of kept variants whose dosages in ``b`` were turned, ambiguous ones that were kept
            included.
        repeated: IDs (or places) that occur more than once in one dataset; left out.
        only_in_a: Number of variants that ``b`` has not.
        only_in_b: Number of variants that ``a`` has not.
        joined_by: "id" or "position".
    """

    shared: int
    kept: int
    same: tuple[str, ...]
    swapped: tuple[str, ...]
    strand_flipped: tuple[str, ...]
    strand_and_swapped: tuple[str, ...]
    ambiguous: tuple[str, ...]
    mismatched: tuple[str, ...]
    turned: int
    repeated: tuple[str, ...]
    only_in_a: int
    only_in_b: int
    joined_by: str

    def __str__(self) -> str:
        lines = [f"{self.shared} variants shared by {self.joined_by}, {self.kept} kept"]
        for name in (*_KINDS, "repeated"):
            lines.append(f"  {name.replace('_', ' '):18}  {len(getattr(self, name)):6}")
        lines.append(f"  {'only in a':18}  {self.only_in_a:6}")
        lines.append(f"  {'only in b':18}  {self.only_in_b:6}")
        return "\n".join(lines)


def align_alleles(
    a: GenotypeDataset,
    b: GenotypeDataset,
    *,
    by: Literal["id", "position"] | None = None,
    ambiguous: Literal["drop", "keep"] = "drop",
) -> tuple[GenotypeDataset, GenotypeDataset, AlleleReport]:
    """Two datasets at the same variants, in the order of ``a``, counting the same alleles.

    What is certain is converted; what would be a guess is not. Two alleles that are each other's complement
    (A/T, C/G) look the same on both strands, so they are left out unless asked for. Alleles of several
    letters are compared as they stand, never complemented. An unknown allele (PLINK's 0) takes the name the
    other dataset has for it.

    Args:
        a: The dataset whose alleles decide.
        b: The dataset to be brought to them.
        by: Join by "id", or by "position" (chromosome and position, as written); None takes IDs if they share
            any.
        ambiguous: "drop" what fits in several ways, or "keep" it as if both datasets were of one strand.

    Returns:
        ``a`` and ``b``, each with its own samples and the kept variants, and the report. The variants of both
        have the IDs of ``a``, and each its own positions.

    Raises:
        ArgumentError: An argument breaks a rule, or the ploidies differ.
        DataError: No variant is shared, or none is left.

    Example:
        >>> import numpy as np, pandas as pd
        >>> from qsetu.genomics import GenotypeDataset
        >>> from qsetu.genomics.formats import align_alleles
        >>> def one(counted, other, dosage):
        ...     row = {"id": "rs1", "chromosome": "1", "position": 5, "counted": counted, "other": other}
        ...     table = pd.DataFrame([row])
        ...     return GenotypeDataset(sample_names=["s"], dosages=np.array([[dosage]]), variants=table)
        >>> a, b, report = align_alleles(one("A", "C", 2), one("G", "T", 0))
        >>> b.dosages.tolist(), report.strand_and_swapped
        ([[2]], ('rs1',))
    """
    for name, given in (("a", a), ("b", b)):
        if not isinstance(given, GenotypeDataset):
            raise ArgumentError(name, "must be a GenotypeDataset", given)
    if a.ploidy != b.ploidy:
        raise ArgumentError("b", f"must have the ploidy of 'a', {a.ploidy}", b.ploidy)
    as_choice("ambiguous", ambiguous, ("drop", "keep"))
    if by is not None:
        as_choice("by", by, ("id", "position"))
    joined = _joined(a, b, by)
    ids = [str(one) for one in a.variants["id"]]
    alleles_a, alleles_b = _alleles(a), _alleles(b)
    found: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    kept: list[tuple[int, int, bool, Pair]] = []
    for i, j in joined.pairs:
        readings = _readings(alleles_a[i], alleles_b[j])
        kind = "mismatched" if not readings else "ambiguous" if len(readings) > 1 else readings[0][0]
        found[kind].append(ids[i])
        if kind != "mismatched" and (kind != "ambiguous" or ambiguous == "keep"):
            way, merged = readings[0]
            kept.append((i, j, way in ("swapped", "strand_and_swapped"), merged))
    if not kept:
        raise DataError(
            f"Of {len(joined.pairs)} shared variants none is left: {len(found['ambiguous'])} ambiguous, "
            f"{len(found['mismatched'])} with alleles that fit in no way."
        )
    report = AlleleReport(
        shared=len(joined.pairs),
        kept=len(kept),
        **{kind: tuple(names) for kind, names in found.items()},
        turned=sum(row[2] for row in kept),
        repeated=joined.repeated,
        only_in_a=joined.only_in_a,
        only_in_b=joined.only_in_b,
        joined_by=joined.by,
    )
    return _result(a, kept, 0, ids, report), _result(b, kept, 1, ids, report), report


@dataclass(frozen=True)
class _Joined:
    by: str
    pairs: list[tuple[int, int]]
    repeated: tuple[str, ...]
    only_in_a: int
    only_in_b: int


def _joined(a: GenotypeDataset, b: GenotypeDataset, by: str | None) -> _Joined:
    for way in ("id", "position") if by is None else (by,):
        keys_a, keys_b = _keys(a, way), _keys(b, way)
        shared = set(keys_a) & set(keys_b) - {None}
        if shared:
            break
    else:
        raise DataError(
            f"The datasets share no variant by {by or 'id, nor by position'}. The first ones are "
            f"{_first(a)} and {_first(b)}: see that names of chromosomes and the genome's release are the "
            "same."
        )
    counts_a, counts_b = Counter(keys_a), Counter(keys_b)
    repeated = {key for key in shared if counts_a[key] > 1 or counts_b[key] > 1}
    place = {key: j for j, key in enumerate(keys_b)}
    pairs = [(i, place[key]) for i, key in enumerate(keys_a) if key in shared and key not in repeated]
    return _Joined(
        by=way,
        pairs=pairs,
        repeated=tuple(sorted(str(key) for key in repeated)),
        only_in_a=sum(key not in shared for key in keys_a),
        only_in_b=sum(key not in shared for key in keys_b),
    )


def _keys(dataset: GenotypeDataset, by: str) -> list[str | None]:
    if by == "id":
        return [None if str(one) in _UNKNOWN else str(one) for one in dataset.variants["id"]]
    places = zip(dataset.variants["chromosome"], dataset.variants["position"], strict=True)
    # Position 0 means that it is not known.
    return [f"{chromosome}:{position}" if position else None for chromosome, position in places]


def _first(dataset: GenotypeDataset) -> str:
    if not dataset.num_features:
        return "(none)"
    row = dataset.variants.iloc[0]
    return f"'{row['id']}' at {row['chromosome']}:{row['position']}"


def _alleles(dataset: GenotypeDataset) -> list[Pair]:
    counted = dataset.variants["counted"].astype(str).str.upper()
    other = dataset.variants["other"].astype(str).str.upper()
    return list(zip(counted, other, strict=True))


@lru_cache(maxsize=4096)
def _readings(a: Pair, b: Pair) -> tuple[tuple[str, Pair], ...]:
    """Every way in which the alleles of ``b`` are those of ``a``, with their names; one strand first."""
    ways = [("same", b), ("swapped", b[::-1])]
    if all(one in BASES or one in _UNKNOWN for one in (*a, *b)):
        first, second = (one.translate(_COMPLEMENT) for one in b)
        ways += [("strand_flipped", (first, second)), ("strand_and_swapped", (second, first))]
    found = []
    for way, (counted, other) in ways:
        merged = _merged(a[0], counted), _merged(a[1], other)
        if None not in merged and (merged[0] != merged[1] or merged[0] in _UNKNOWN):
            found.append((way, (str(merged[0]), str(merged[1]))))
    return tuple(found)


def _merged(one: str, other: str) -> str | None:
    if one in _UNKNOWN:
        return other
    return one if other in _UNKNOWN or one == other else None


def _result(
    dataset: GenotypeDataset,
    kept: list[tuple[int, int, bool, Pair]],
    side: int,
    ids: list[str],
    report: AlleleReport,
) -> GenotypeDataset:
    columns = np.array([row[side] for row in kept], np.int64)
    part = dataset.take_variants(columns)
    variants = part.variants.copy()
    variants["id"] = [ids[row[0]] for row in kept]
    variants["counted"] = [row[3][0] for row in kept]
    variants["other"] = [row[3][1] for row in kept]
    notes = [f"Aligned with another dataset: {report.kept} of {report.shared} shared variants kept."]
    dosages, phased = part.dosages, part.phased
    if side == 1:
        turned = np.array([row[2] for row in kept], bool)
        dosages = _turned(dosages, turned, part.ploidy)
        phased = None if phased is None else _turned(phased, turned[:, None], 1)
        notes.append(
            f"{report.turned} variants had counted and other allele the other way round and were turned; "
            f"{len(report.strand_flipped) + len(report.strand_and_swapped)} were on the other strand."
        )
    return dataclasses.replace(
        part, dosages=dosages, phased=phased, variants=variants, notes=(*part.notes, *notes)
    )


def _turned(values: NDArray[np.int8], turned: NDArray[np.bool_], highest: int) -> NDArray[np.int8]:
    return np.where(turned & (values != MISSING), highest - values, values).astype(np.int8)
