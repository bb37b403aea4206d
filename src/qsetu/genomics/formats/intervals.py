"""BED, GFF3 and GTF: stretches of a genome."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

import numpy as np

from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.datasets import IntervalDataset
from qsetu.genomics.formats.budget import Budget
from qsetu.genomics.formats.describe import Describing, listed, per_sample, repeated_note
from qsetu.genomics.formats.opening import TextFile, existing_file, hashes

__all__ = ["read_intervals"]

_LAST = 2**31 - 1


def read_intervals(
    path: str | os.PathLike[str],
    *,
    feature: str | Iterable[str] | None = None,
    labels: Describing = None,
    groups: Describing = None,
    genome: str = "",
) -> IntervalDataset:
    """Intervals of a BED (3 to 12 columns), GFF3 or GTF file; told apart by their columns.

    Coordinates become BED's: from 0, end not included. GFF and GTF count from 1 and include the end, so their
    start is one less here. Names are BED's fourth column, GFF's ID or Name, GTF's transcript or gene; or the
    place.

    Args:
        path: The file, plain or packed by gzip or bgzip.
        feature: GFF and GTF: read only lines of this type, or these ("exon", "CDS", ...); None reads all.
        labels: What is to be predicted: "feature" for the type of GFF and GTF, else a regular expression with
            one group that is searched in names, a mapping (or pandas Series) from names, a text for each, or
            a function of the name.
        groups: What must not straddle a split, given in the same ways; "chromosome" groups by that.
        genome: Which genome and release the coordinates belong to, to be kept with them.

    Returns:
        N intervals; further columns (score; source, type and attributes of GFF) are in ``metadata``.

    Raises:
        ArgumentError: An argument breaks a rule.
        DataError: The file is missing, cut or damaged, a line is no interval (says which and why), or none is
            left.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from qsetu.genomics.formats import read_intervals
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "one.gff"
        ...     _ = file.write_text("chr1\\tme\\texon\\t11\\t20\\t.\\t-\\t.\\tID=e1\\n")
        ...     found = read_intervals(file)
        >>> found.intervals.values.tolist()
        [['chr1', 10, 20, '-']]
    """
    wanted = _features(feature)
    text = TextFile(existing_file(path))
    rows = _Rows(text)
    for number, line in text.lines():
        if not rows.take(number, line, wanted):
            break
    if not rows.places:
        reason = (
            f" of type {', '.join(sorted(wanted))}; it has: {listed(sorted(rows.types))}" if wanted else ""
        )
        raise DataError(f"File '{text.path.name}' holds no interval{reason}.")
    if wanted and not rows.gff:
        raise ArgumentError("feature", "must be None for BED, which has no types", feature)
    import pandas as pd

    table = pd.DataFrame(rows.places, columns=["chromosome", "start", "end", "strand"])
    special = {"chromosome": table["chromosome"].tolist()}
    if rows.gff:
        special["feature"] = rows.more["feature"]
    texts = {
        argument: special[spec]
        if isinstance(spec, str) and spec in special
        else per_sample(argument, spec, rows.names, rows.names)
        for argument, spec in (("labels", labels), ("groups", groups))
    }
    return IntervalDataset(
        intervals=table,
        genome=genome,
        sample_names=np.array(rows.names, np.str_),
        labels=None if texts["labels"] is None else np.array(texts["labels"], np.str_),
        groups=None if texts["groups"] is None else np.array(texts["groups"], np.str_),
        metadata=pd.DataFrame(rows.more) if rows.more else None,
        files=hashes(text.path),
        notes=(*rows.notes(), *text.notes, *repeated_note(rows.names, "intervals")),
    )


def _features(feature: Any) -> frozenset[str]:
    if feature is None:
        return frozenset()
    found = (feature,) if isinstance(feature, str) else tuple(feature)
    if not found or not all(isinstance(one, str) and one for one in found):
        raise ArgumentError("feature", "must be a type of feature, such as 'exon', or several", feature)
    return frozenset(found)


class _Rows:
    """Lines on their way into a table."""

    def __init__(self, text: TextFile) -> None:
        self._text = text
        self._budget = Budget(f"Intervals of '{text.path.name}'", "Cut the file, by chromosome for instance.")
        self.gff: bool | None = None
        self._width = 0
        self._empty = 0
        self.places: list[tuple[str, int, int, str]] = []
        self.names: list[str] = []
        self.more: dict[str, list[str]] = {}
        self.types: set[str] = set()

    def take(self, number: int, line: str, wanted: frozenset[str]) -> bool:
        """Read one line; False if nothing follows (a GFF3 file may go on as FASTA)."""
        if line.startswith("##FASTA") or (self.gff and line.startswith(">")):
            return False
        if not line.strip() or line.startswith(("#", "track", "browser")):
            return True
        cells = line.split("\t") if "\t" in line else line.split()
        if self.gff is None:
            self._width = len(cells)
            self.gff = len(cells) in (8, 9) and not (_number(cells[1]) and _number(cells[2]))
        if self.gff:
            self._gff(number, cells, wanted)
        else:
            self._bed(number, cells)
        self._budget.add(400 + len(line))
        return True

    def _bed(self, number: int, cells: list[str]) -> None:
        if len(cells) != self._width or not 3 <= len(cells) <= 12:
            raise self._text.error(
                number,
                f"has {len(cells)} columns; BED has 3 to 12, and every line as many as the first "
                f"({self._width}).",
            )
        start, end = (self._position(number, cell) for cell in cells[1:3])
        strand = cells[5] if len(cells) > 5 else "."
        name = cells[3].strip() if len(cells) > 3 else ""
        self._place(number, cells[0], start, end, strand, "" if name == "." else name)
        if len(cells) > 4:
            self.more.setdefault("score", []).append(cells[4])

    def _gff(self, number: int, cells: list[str], wanted: frozenset[str]) -> None:
        if len(cells) not in (8, 9):
            raise self._text.error(number, f"has {len(cells)} columns, and GFF and GTF have 9.")
        self.types.add(cells[2])
        if wanted and cells[2] not in wanted:
            return
        start, end = (self._position(number, cell) for cell in cells[3:5])
        if start < 1:
            raise self._text.error(number, "starts at 0, and GFF and GTF count from 1.")
        strand = "." if cells[6] == "?" else cells[6]
        attributes = cells[8] if len(cells) == 9 else ""
        self._place(number, cells[0], start - 1, end, strand, _gff_name(attributes))
        for key, cell in zip(
            ("source", "feature", "score", "attributes"), (*cells[1:3], cells[5], attributes), strict=True
        ):
            self.more.setdefault(key, []).append(cell)

    def _place(self, number: int, chromosome: str, start: int, end: int, strand: str, name: str) -> None:
        chromosome = chromosome.strip()
        if not chromosome:
            raise self._text.error(number, "the chromosome's name is empty.")
        if strand not in ("+", "-", "."):
            raise self._text.error(number, f"strand is {strand[:20]!r}, not '+', '-' or '.'.")
        if end < start:
            raise self._text.error(number, f"ends at {end}, before it starts ({start}, from 0).")
        self._empty += end == start
        self.places.append((chromosome, start, end, strand))
        self.names.append(name or f"{chromosome}:{start}-{end}({strand})")

    def _position(self, number: int, cell: str) -> int:
        if not _number(cell) or int(cell) > _LAST:
            raise self._text.error(number, f"{cell[:20]!r} is no position, a number from 0 to {_LAST}.")
        return int(cell)

    def notes(self) -> list[str]:
        """What was done."""
        kind = (
            "GFF or GTF: starts are one less than in the file"
            if self.gff
            else "BED: coordinates as in the file"
        )
        notes = [f"Read as {kind}; from 0, end not included."]
        if self._empty:
            notes.append(f"{self._empty} interval(s) are empty: they end where they start.")
        return notes


def _number(cell: str) -> bool:
    return cell.isascii() and cell.isdigit() and len(cell) <= 12


def _gff_name(attributes: str) -> str:
    for key in ("ID", "Name"):
        if match := re.search(rf"(?:^|;)\s*{key}=([^;]+)", attributes):
            return unquote(match[1].strip())
    for key in ("transcript_id", "gene_id"):
        if match := re.search(rf'(?:^|;)\s*{key}\s+"([^"]+)"', attributes):
            return match[1].strip()
    return ""
