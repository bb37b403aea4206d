"""One line of a VCF file as numbers, and how text becomes that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import DataError
from qsetu.genomics.formats.opening import TextFile

__all__ = ["Site", "VcfText", "capital"]

_FIXED = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
_CALL = re.compile(r"[/|]?(?:\.|[0-9]{1,4})(?:[/|](?:\.|[0-9]{1,4}))*", re.ASCII)
_REFERENCE = re.compile(r"[A-Za-z*]+", re.ASCII)
# Real files have a few dozen different genotypes; a file made up of new ones must not fill memory.
_MOST_CALLS = 10_000
_LAST_POSITION = 2**31 - 1
# The allele that a letter names: 0 to 9, -1 for a dot, -2 for anything else.
_ALLELE = np.full(256, -2, np.int16)
_ALLELE[[ord(digit) for digit in "0123456789"]] = range(10)
_ALLELE[ord(".")] = -1


@dataclass(frozen=True, eq=False)
class Site:
    """What a VCF file says of one place, for N samples.

    Attributes:
        chromosome: As written.
        position: From 1 (0 is before the first base).
        name: The ID, "" for none.
        reference: Reference allele.
        alternatives: Other alleles; none where the place does not vary.
        filters: What the FILTER column says, split; ("PASS",) or (".",) too.
        alleles: Number of each of the first two alleles of every call, int16 ``(N, 2)``; -1 is missing.
        copies: Alleles of every call, int16 ``(N,)``; 0 where nothing at all was called.
        phased: Whether the call's order is known, bool ``(N,)``.
        line: Where, in words.
    """

    chromosome: str
    position: int
    name: str
    reference: str
    alternatives: tuple[str, ...]
    filters: tuple[str, ...]
    alleles: NDArray[np.int16]
    copies: NDArray[np.int16]
    phased: NDArray[np.bool_]
    line: str

    @property
    def place(self) -> str:
        """Chromosome and position."""
        return f"{self.chromosome}:{self.position}"


class VcfText:
    """A VCF text file: its sample names, then its sites.

    htslib takes a line with too many columns, an allele that the site has not and a call that was cut, and
    crashes on an empty line (seen with cyvcf2 0.35): text is therefore read here, strictly.

    Args:
        text: The file.
    """

    def __init__(self, text: TextFile) -> None:
        self._text = text
        self._lines = text.lines()
        self.samples = self._header()
        self._codes: dict[str, int] = {}
        self._calls: list[tuple[int, int, int, bool]] = []
        self._table = np.zeros((0, 4), np.int16)

    def _header(self) -> list[str]:
        for number, line in self._lines:
            if number == 1 and not line.startswith("##fileformat=VCF"):
                raise self._text.error(
                    1, f"a VCF file starts with '##fileformat=VCF', and this with {line[:20]!r}."
                )
            if line.startswith("##"):
                continue
            columns = line.split("\t")
            if tuple(columns[:8]) != _FIXED:
                raise self._text.error(
                    number, "after the lines with '##' must come '#CHROM POS ID ...', with tabs between."
                )
            if len(columns) < 10 or columns[8] != "FORMAT":
                raise self._text.error(
                    number, "the file has no samples, that is no columns after FORMAT; genotypes are needed."
                )
            names = columns[9:]
            if len(set(names)) < len(names) or not all(name.strip() for name in names):
                raise self._text.error(number, "every sample must have a name of its own.")
            return names
        raise DataError(f"File '{self._text.path.name}' ends inside its header. Was it cut?")

    def sites(self) -> Iterator[Site]:
        """The sites, one after the other.

        Raises:
            DataError: A line is not VCF, or has no genotypes; says which and why.
        """
        width = 9 + len(self.samples)
        for number, line in self._lines:
            if not line:
                continue
            *columns, calls = line.split("\t", 9)
            plain = _plain_calls(calls, len(self.samples)) if columns[8:] == ["GT"] else None
            if plain is None:
                cells = calls.split("\t")
                found = len(columns) + len(cells)
                if found != width:
                    self._refuse(number, f"has {found} columns, and the header {width}. Was the file cut?")
                yield self._site(number, columns, cells)
            else:
                yield self._site(number, columns, plain)

    def _site(self, number: int, columns: list[str], calls: list[str] | NDArray[np.int16]) -> Site:
        chromosome, position, name, reference, alternative, _, filters, _, form = columns
        if not chromosome or chromosome != chromosome.strip():
            self._refuse(number, f"CHROM is {chromosome!r}, not a name.")
        if not (position.isascii() and position.isdigit()) or len(position) > 10:
            self._refuse(number, f"POS is {position[:20]!r}, not a number from 0.")
        if int(position) > _LAST_POSITION:
            self._refuse(number, f"POS is {position}, too large.")
        if not _REFERENCE.fullmatch(reference):
            self._refuse(number, f"REF is {reference[:20]!r}, not letters.")
        others = () if alternative == "." else tuple(alternative.split(","))
        if not all(one.strip() for one in others):
            self._refuse(number, f"ALT is {alternative[:20]!r}, with an allele that is empty.")
        keys = form.split(":")
        if "GT" not in keys:
            self._refuse(
                number,
                f"has no GT: its FORMAT is '{form}', so no genotypes were called. Choose a file with called "
                "genotypes.",
            )
        alleles = calls if isinstance(calls, np.ndarray) else self._coded(number, calls, keys)
        self._check_alleles(number, alleles, len(others))
        return Site(
            chromosome,
            int(position),
            "" if name == "." else name,
            capital(reference),
            tuple(map(capital, others)),
            tuple(filters.split(";")),
            alleles[:, :2],
            alleles[:, 2],
            alleles[:, 3].astype(bool),
            f"line {number}",
        )

    def _coded(self, number: int, cells: list[str], form: list[str]) -> NDArray[np.int16]:
        """First two alleles, number of alleles and whether phased, of every call, ``(N, 4)``."""
        at = form.index("GT")
        if form == ["GT"]:
            calls = cells
        elif at == 0:
            calls = [cell.partition(":")[0] for cell in cells]
        else:
            split = [cell.split(":") for cell in cells]
            # Fields at the end may be left out, and mean that nothing is known.
            calls = [parts[at] if len(parts) > at else "." for parts in split]
        try:
            codes = [self._codes[call] for call in calls]
        except KeyError:
            codes = self._learn(number, calls)
        return self._table[codes]

    def _check_alleles(self, number: int, found: NDArray[np.int16], others: int) -> None:
        if found[:, :2].max(initial=-1) > others:
            sample = int(np.argmax(found[:, :2].max(1) > others))
            self._refuse(
                number,
                f"sample '{self.samples[sample]}' has allele {found[sample, :2].max()}, and the site only "
                f"{others} besides the reference.",
            )

    def _learn(self, number: int, calls: list[str]) -> list[int]:
        if len(self._codes) > _MOST_CALLS:
            self._codes, self._calls = {}, []
        for sample, call in enumerate(calls):
            if call not in self._codes:
                if not _CALL.fullmatch(call):
                    self._refuse(number, f"sample '{self.samples[sample]}' has the genotype {call[:20]!r}.")
                self._codes[call] = len(self._calls)
                self._calls.append(_parse(call))
        self._table = np.array(self._calls, np.int16)
        return [self._codes[call] for call in calls]

    def _refuse(self, number: int, message: str) -> NoReturn:
        raise self._text.error(number, message)


def _plain_calls(text: str, samples: int) -> NDArray[np.int16] | None:
    """What :func:`_parse` says of every call, ``(N, 4)``, if each is as ``0/1`` and nothing else.

    Nearly every line of nearly every file is of this form; anything else, damage too, is read cell by cell.
    """
    if len(text) != 4 * samples - 1 or not text.isascii():
        return None
    letters = np.frombuffer((text + "\t").encode("ascii"), np.uint8).reshape(samples, 4)
    first, second = _ALLELE[letters[:, 0]], _ALLELE[letters[:, 2]]
    phased = letters[:, 1] == ord("|")
    right = (first >= -1) & (second >= -1) & (phased | (letters[:, 1] == ord("/"))) & (letters[:, 3] == 9)
    if not right.all():
        return None
    called = np.maximum(first, second) >= 0
    return np.stack([first, second, np.where(called, 2, 0), phased & called], axis=1, dtype=np.int16)


def _parse(call: str) -> tuple[int, int, int, bool]:
    """First two alleles, number of alleles, whether their order is known."""
    parts = re.split(r"[/|]", call.lstrip("/|"))
    alleles = [-1 if part == "." else int(part) for part in parts]
    copies = 0 if max(alleles) < 0 else len(alleles)
    # A third allele beyond the site's would not be looked at: carry the highest in the second place.
    if len(alleles) > 2:
        alleles = [alleles[0], max(alleles[1:])]
    first, second = [*alleles, -1][:2]
    return first, second, copies, "/" not in call and copies > 0


def capital(allele: str) -> str:
    """An allele in capitals; symbols such as ``<DEL>`` and breakends stay as they are."""
    return allele.upper() if allele.isascii() and allele.isalpha() else allele
