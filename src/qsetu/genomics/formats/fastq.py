"""FASTQ: reads with a quality for each letter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_choice, as_float
from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.alphabet import Alphabet
from qsetu.genomics.datasets import SequenceDataset
from qsetu.genomics.formats.describe import Describing
from qsetu.genomics.formats.fasta import SequenceGathering
from qsetu.genomics.formats.opening import TextFile, existing_file

__all__ = ["FastqRecord", "iter_fastq", "read_fastq"]

# Sanger FASTQ writes Phred 0 as "!"; Illumina 1.3 to 1.7 wrote it as "@". Nucleic Acids Research 38, 1767
# (2010), doi 10.1093/nar/gkp1137.
HIGHEST = 93


@dataclass(frozen=True)
class FastqRecord:
    """One read of a FASTQ file.

    Attributes:
        name: First word of the header.
        description: The rest of the header.
        sequence: The letters, case kept.
        quality: The letters of quality, one for each of ``sequence``.
        offset: What to take from a letter's code for its Phred score.
        line: Line of the header, from 1.
    """

    name: str
    description: str
    sequence: str
    quality: str
    offset: int = 33
    line: int = 0

    @property
    def phred(self) -> NDArray[np.uint8]:
        """Phred scores, uint8 ``(L,)``: -10 log10 of the chance that the letter is wrong."""
        codes = np.frombuffer(self.quality.encode("ascii"), np.uint8)
        return codes - np.uint8(self.offset)

    @property
    def mean_quality(self) -> float:
        """Mean of the Phred scores; 0 for a read without letters."""
        return float(self.phred.mean()) if self.quality else 0.0


def iter_fastq(path: str | os.PathLike[str], *, offset: Literal[33, 64] = 33) -> Iterator[FastqRecord]:
    """Reads of a FASTQ file one after the other; a file larger than memory is no matter.

    Args:
        path: The file, plain or packed by gzip or bgzip, whatever its name.
        offset: 33 (Sanger, all of today's) or 64 (Illumina 1.3 to 1.7, until 2011).

    Returns:
        An iterator of records; sequence and quality may go over several lines.

    Raises:
        ArgumentError: ``offset`` is neither.
        DataError: The file is missing, cut, empty, or no FASTQ; what is wrong further down is raised there.
    """
    if isinstance(offset, bool) or offset not in (33, 64):
        raise ArgumentError("offset", "must be 33 or 64", offset)
    return _records(TextFile(existing_file(path)), int(offset))


def read_fastq(
    path: str | os.PathLike[str],
    *,
    min_quality: float | None = None,
    offset: Literal[33, 64] = 33,
    alphabet: Alphabet = "DNA",
    labels: Describing = None,
    groups: Describing = None,
) -> SequenceDataset:
    """Reads of a FASTQ file.

    Letters follow the rules of :func:`read_fasta`. Reads without letters (trimmed to nothing) are left out,
    and counted in ``notes``.

    Args:
        path: The file, plain or packed by gzip or bgzip, whatever its name.
        min_quality: Leave out reads with a lower mean Phred score (the mean of the scores, as quality reports
            show it); None keeps all.
        offset: 33 (Sanger, all of today's) or 64 (Illumina 1.3 to 1.7).
        alphabet: "DNA", "RNA" or "protein".
        labels: As in :func:`read_fasta`.
        groups: As in :func:`read_fasta`.

    Returns:
        N reads; ``metadata["mean_quality"]`` has the mean Phred score of each.

    Raises:
        ArgumentError: An argument breaks a rule.
        DataError: The file is missing, cut, empty or no FASTQ, has letters that ``alphabet`` has not, or no
            read is left.
        InsufficientMemoryError: The reads do not fit in memory; see :func:`iter_fastq`.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from qsetu.genomics.formats import read_fastq
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "reads.fastq"
        ...     _ = file.write_text("@good\\nACGT\\n+\\nIIII\\n@bad\\nACGT\\n+\\n####\\n")
        ...     reads = read_fastq(file, min_quality=20)
        >>> reads.sample_names.tolist(), reads.metadata["mean_quality"].tolist()
        (['good'], [40.0])
    """
    as_choice("alphabet", alphabet, ("DNA", "RNA", "protein"))
    lowest = None if min_quality is None else as_float("min_quality", min_quality, low=0, high=HIGHEST)
    if isinstance(offset, bool) or offset not in (33, 64):
        raise ArgumentError("offset", "must be 33 or 64", offset)
    text = TextFile(existing_file(path))
    gathered = SequenceGathering(text.path, alphabet, False, "iter_fastq")
    means: list[float] = []
    empty = poor = 0
    least = 255
    for read in _records(text, int(offset)):
        if not read.sequence:
            empty += 1
            continue
        least = min(least, ord(min(read.quality)))
        mean = read.mean_quality
        if lowest is not None and mean < lowest:
            poor += 1
            continue
        gathered.add(read.name, read.sequence, f"line {read.line}", read.description)
        means.append(mean)
    if not means:
        raise DataError(
            f"File '{text.path.name}' leaves no read: {empty} without letters, {poor} below the mean quality "
            f"{lowest}."
        )
    notes = list(text.notes)
    if empty:
        notes.append(f"{empty} read(s) without letters were left out.")
    if poor:
        notes.append(f"{poor} read(s) with a mean Phred score below {lowest:g} were left out.")
    if offset == 33 and least >= 64:
        notes.append("Every letter of quality is '@' or above: files of before 2011 may need offset=64.")
    return gathered.dataset(labels, groups, notes=notes, metadata={"mean_quality": means})


def _records(text: TextFile, offset: int) -> Iterator[FastqRecord]:
    lines = text.lines()
    found = False
    for number, line in lines:
        if not line.strip():
            continue  # between records only; inside one it would be a line of letters
        if not line.startswith("@"):
            raise text.error(number, f"a read must start with '@', and this line with {line[:20]!r}.")
        yield _record(text, lines, number, line[1:].strip(), offset)
        found = True
    if not found:
        raise DataError(f"File '{text.path.name}' holds no read: a FASTQ file must have at least one.")


def _record(
    text: TextFile, lines: Iterator[tuple[int, str]], start: int, header: str, offset: int
) -> FastqRecord:
    name, *rest = header.split(maxsplit=1) or [""]
    if not name:
        raise text.error(start, "a header must have a name after '@', and this one is empty.")
    letters: list[str] = []
    for number, line in lines:
        if line.startswith("+"):
            if line[1:].strip() not in ("", header):
                raise text.error(number, f"the line after '+' must repeat {header!r} or be empty.")
            break
        letters.append("".join(line.split()))
    else:
        raise text.error(start, f"read '{name}' has no line of '+' and quality. Was the file cut?")
    sequence = "".join(letters)
    quality, number = "", number + 1
    # A line of quality may start with "@": only lengths say where a read ends.
    for number, line in lines:  # noqa: B007 (the last one is for the message)
        quality += line.strip()
        if len(quality) >= len(sequence):
            break
    if len(quality) != len(sequence):
        raise text.error(
            number,
            f"read '{name}' has {len(sequence)} letters and {len(quality)} of quality. Was the file cut?",
        )
    for letter in quality:
        if not offset <= ord(letter) <= min(offset + HIGHEST, 126):
            hint = " Is its offset 33?" if offset == 64 else ""
            raise text.error(
                number, f"{letter!r} is no letter of quality with offset {offset} (read '{name}').{hint}"
            )
    return FastqRecord(name, "".join(rest), sequence, quality, offset, start)
