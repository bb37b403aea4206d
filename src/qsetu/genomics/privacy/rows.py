"""What several lines together give away: matrices of allele counts, reads, and tables of people."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["DosageRows", "FastqRecords", "PersonTables", "SnpTables"]

Report = Callable[[str, str, int, int, str, int], None]
"""Takes kind, severity, line number, column from 0, the line, and how many."""

MIN_COLUMNS = 20
"""Values in a row of a matrix of allele counts for it to be a leak."""
_FEW_COLUMNS = 5
_MIN_ROWS = 3

_EDGE = r"[\s,;|\[\]()'\"]"
_VALUE = r"(?:[012](?:\.0{0,3})?|-1(?:\.0{0,3})?|NA|NaN|nan|<NA>|\.{3}|…)"
_RUN = re.compile(rf"(?<![^\s,;|\[\]()'\"])(?:{_VALUE}(?:{_EDGE}{{1,6}}|$)){{5,}}")
_ONE = re.compile(rf"(?<![^\s,;|\[\]()'\"]){_VALUE}(?![^\s,;|\[\]()'\"])")
_PACKED = re.compile(r"^[\s'\"]{0,4}([0129]{20,})[\s'\",]{0,4}$")
_RS = re.compile(r"(?<![A-Za-z0-9])[rR][sS]\d{3,12}(?![A-Za-z0-9])")
_GENOTYPE = re.compile(
    rf"(?<![^\s,;|\[\]()'\"])(?:{_VALUE}|[ACGT][/|]?[ACGT]|[0-3.][/|][0-3.])(?![^\s,;|\[\]()'\"])"
)
_BASES = re.compile(r"[ACGTNacgtn.]{15,}")


@dataclass
class _Row:
    line: int
    column: int
    text: str
    width: int = 0
    values: set[str] = field(default_factory=set)
    shortened: bool = False

    def add(self, tokens: list[str]) -> None:
        for token in tokens:
            if token in ("...", "…"):
                self.shortened = True
            else:
                # The first of a row may be its number; it decides nothing.
                if self.width:
                    self.values.add(token[:2].rstrip("."))
                self.width += 1


class DosageRows:
    """Finds rows of 0, 1, 2 and missing values; a row that NumPy wraps counts as one."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._open: _Row | None = None
        self._block: _Row | None = None
        self._rows = 0

    def feed(self, number: int, line: str) -> None:
        """Look at the next line."""
        packed = _PACKED.match(line)
        if packed:
            self._close()
            row = _Row(number, packed.start(1), line)
            row.add(list(packed[1]))
            self._put(row)
            return
        run = max(_RUN.finditer(line), key=lambda found: found.end() - found.start(), default=None)
        if run is None:
            # The rest of a wrapped row may be short.
            rest = _ONE.findall(line) if self._open else []
            if self._open and rest and not _ONE.sub("", line).strip(" \t,;|[]()"):
                self._open.add(rest)
                if "]" in line:
                    self._close()
                return
            self.finish()
            return
        opened = "[" in line[max(0, run.start() - 8) : run.start()]
        parts = line[run.start() :].split("]")
        for place, part in enumerate(parts):
            tokens = _ONE.findall(part)
            if not tokens:
                continue
            if self._open is None or opened or place:
                self._close()
                self._open = _Row(number, run.start(), line)
            self._open.add(tokens)
            opened = False
            if place < len(parts) - 1:
                self._close()
        if "[" not in line and "]" not in line and self._open and self._open.line == number:
            self._close()

    def finish(self) -> None:
        """No more lines, or a line of another kind: say what the block was."""
        self._close()
        block, rows = self._block, self._rows
        self._block, self._rows = None, 0
        if block is None or not {"0", "1", "2"} <= block.values:
            return
        wide = block.width >= MIN_COLUMNS
        if rows >= _MIN_ROWS and (wide or block.shortened):
            self._report("dosage-matrix", "leak", block.line, block.column, block.text, rows)
        elif wide or rows >= _MIN_ROWS:
            self._report("dosage-matrix", "caution", block.line, block.column, block.text, rows)

    def _close(self) -> None:
        row, self._open = self._open, None
        if row is not None and row.width >= _FEW_COLUMNS:
            self._put(row)

    def _put(self, row: _Row) -> None:
        block = self._block
        if block is not None and block.width == row.width:
            block.values |= row.values
            block.shortened |= row.shortened
            self._rows += 1
            return
        if block is not None:
            self.finish()
        self._block, self._rows = row, 1


class SnpTables:
    """Finds a line of rs numbers with a line of genotypes below it."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._above = 0

    def feed(self, number: int, line: str) -> None:
        """Look at the next line."""
        if not line.strip() or not line.strip(" \t|:-+="):
            return
        here = len(_RS.findall(line)) if "s" in line or "S" in line else 0
        if self._above and not here:
            found = [one for one in _GENOTYPE.finditer(line) if one[0] not in ("...", "…")]
            if len(found) >= self._above:
                self._report("snp-table", "leak", number, found[0].start(), line, 1)
                return
        self._above = here if here >= 2 else 0


class FastqRecords:
    """Finds the four lines of a read."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._last: deque[tuple[int, str]] = deque(maxlen=3)

    def feed(self, number: int, line: str) -> None:
        """Look at the next line."""
        if len(self._last) == 3 and self._last[2][1].startswith("+"):
            (first, name), (_, bases), _ = self._last
            bases, quality = bases.strip(), line.strip()
            if name.startswith("@") and len(quality) == len(bases) and _BASES.fullmatch(bases):
                self._report("fastq-record", "leak", first, 0, name, 1)
        self._last.append((number, line))


IDENTIFIERS = frozenset(
    """
    eid f.eid iid fid sample_id sampleid patient patient_id patientid donor_id donorid subject_id subjectid
    participant_id participantid individual_id person_id personid proband_id mrn medical_record_number
    nhs_number ssn hospital_number submitter_id case_submitter_id
    """.split()  # noqa: SIM905 - a list to be read and added to
)
TRAITS = frozenset(
    """
    age sex gender zip zipcode zip_code postcode post_code postal_code dob date_of_birth birth_date birthdate
    birth_year year_of_birth diagnosis icd icd9 icd10 icd_10 disease ethnicity race ancestry bmi height weight
    smoker smoking phenotype date_of_death death_date address email phone marital_status occupation income
    """.split()  # noqa: SIM905
)
_NUMBER = re.compile(r"[-+]?\d[\d.,:/-]{0,30}")
_WORD = re.compile(r"[A-Za-z]{3}")
_PLAIN = re.compile(r"[\w.#() /%-]{0,40}")


class PersonTables:
    """Finds tables whose columns are named as identifiers or traits of people."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._header: tuple[str, int, int, int] | None = None
        self._first: tuple[int, str] = (0, "")
        self._rows = 0

    def feed(self, number: int, line: str) -> None:
        """Look at the next line."""
        if self._header is not None:
            if not line.strip(" \t|:-+="):
                if line.strip():
                    return
            elif self._fits(line):
                self._rows += 1
                if self._rows == 1:
                    self._first = (number, line)
                return
            self.finish()
        self._header = _as_header(line)

    def finish(self) -> None:
        """No more rows: say what the table was."""
        header, rows = self._header, self._rows
        self._header, self._rows = None, 0
        if header is None or not rows:
            return
        _, _, identifiers, traits = header
        number, line = self._first
        if identifiers:
            self._report("person-ids", "leak" if rows >= 2 else "caution", number, 0, line, rows)
        if traits >= 3 or (identifiers and traits):
            self._report("person-table", "leak" if rows >= 5 else "caution", number, 0, line, rows)

    def _fits(self, line: str) -> bool:
        assert self._header is not None
        separator, width, _, _ = self._header
        fields = _split(line, separator)
        # A printed table may have an index of rows with no name above it.
        wanted = (width, width + 1) if separator == " " else (width,)
        return len(fields) in wanted and any(_NUMBER.fullmatch(one) for one in fields + _digits_of(fields))


def _digits_of(fields: list[str]) -> list[str]:
    """The digits at the end of fields such as ``p17``."""
    return [found[0] for one in fields if (found := re.search(r"\d{1,30}$", one[-30:]))]


def _as_header(line: str) -> tuple[str, int, int, int] | None:
    """Separator, number of fields, identifiers and traits among them; None for any other line."""
    # Every name has three letters; most lines of numbers have not.
    if len(line) > 100_000 or not _WORD.search(line):
        return None
    best = None
    for separator in "\t,;| ":
        if separator not in line:
            continue
        fields = _split(line, separator)
        if len(fields) < 2 or not all(_PLAIN.fullmatch(one) for one in fields):
            continue
        names = [re.sub(r"[ -]", "_", one.lower()) for one in fields]
        identifiers = len(IDENTIFIERS.intersection(names))
        traits = len(TRAITS.intersection(names))
        enough = identifiers or traits >= 3
        if enough and (best is None or identifiers + traits > best[2] + best[3]):
            best = (separator, len(fields), identifiers, traits)
    return best


def _split(line: str, separator: str) -> list[str]:
    if separator == " ":
        return line.split()
    if separator == "|":
        line = line.strip().strip("|")
    if '"' in line and len(line) < 100_000:
        try:
            return [one.strip() for one in next(csv.reader([line], delimiter=separator), [])]
        except csv.Error:
            pass
    return [one.strip(" '\"") for one in line.split(separator)]
