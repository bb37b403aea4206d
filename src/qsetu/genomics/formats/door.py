"""One call for every format: the file says which it is."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.datasets import Dataset
from qsetu.genomics.formats.fasta import read_fasta
from qsetu.genomics.formats.fastq import read_fastq
from qsetu.genomics.formats.h5ad import MAGIC as HDF5
from qsetu.genomics.formats.h5ad import read_h5ad
from qsetu.genomics.formats.intervals import read_intervals
from qsetu.genomics.formats.opening import existing_file, first_bytes
from qsetu.genomics.formats.plink import MAGIC as PLINK
from qsetu.genomics.formats.plink import read_plink
from qsetu.genomics.formats.sequence_table import read_sequence_table
from qsetu.genomics.formats.table import read_table
from qsetu.genomics.formats.vcf import read_vcf

__all__ = ["read"]

_READERS = {
    "FASTA": read_fasta,
    "FASTQ": read_fastq,
    "VCF": read_vcf,
    "BCF": read_vcf,
    "PLINK": read_plink,
    "h5ad": read_h5ad,
    "intervals (BED, GFF or GTF)": read_intervals,
    "a table of numbers": read_table,
    "a table of sequences": read_sequence_table,
}
_OTHER = {
    b"BAM\x01": "BAM (alignments): make FASTQ of it by 'samtools fastq'",
    b"CRAM": "CRAM (alignments): make FASTQ of it by 'samtools fastq'",
    b"@HD\t": "SAM (alignments): make FASTQ of it by 'samtools fastq'",
    b"@SQ\t": "SAM (alignments): make FASTQ of it by 'samtools fastq'",
    b"LOCUS ": "GenBank: make FASTA of it, by Biopython for instance",
    b"%PDF": "PDF",
    b"<!DOCTYPE": "a web page: the download went wrong",
    b"<html": "a web page: the download went wrong",
}


def read(path: str | os.PathLike[str], **options: Any) -> Dataset:
    """The dataset in a file of any format that is read here, told by its content and then by its name.

    Args:
        path: The file; for PLINK also what the names of its three files begin with.
        **options: Those of the reader that is chosen; ``sequence=`` makes a table one of sequences.

    Returns:
        What the reader gives; the first of ``notes`` says which reader that was.

    Raises:
        ArgumentError: An option is none of the chosen reader.
        DataError: The format is not known, or the reader refuses the file.
        InsufficientMemoryError: The data do not fit in memory.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from qsetu.genomics.formats import read
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "which.txt"
        ...     _ = file.write_text(">a\\nACGT\\n")
        ...     read(file).notes[0]
        'Read as FASTA.'
    """
    if (
        isinstance(path, (str, os.PathLike))
        and not Path(path).exists()
        and Path(f"{os.fspath(path)}.bed").exists()
    ):
        path = f"{os.fspath(path)}.bed"
    file = existing_file(path)
    kind = _kind(file, options)
    reader = _READERS[kind]
    known = set(reader.__kwdefaults__ or ()) | ({"sequence"} if reader is read_sequence_table else set())
    for option in options:
        if option not in known:
            rule = f"is no option of {reader.__name__}, which reads this file ({kind})"
            raise ArgumentError(option, rule, options[option], f"It has: {', '.join(sorted(known))}.")
    found: Dataset = reader(file, **options)  # type: ignore[operator]
    return dataclasses.replace(found, notes=(f"Read as {kind}.", *found.notes))


def _kind(file: Path, options: dict[str, Any]) -> str:
    head = first_bytes(file)
    for magic, what in _OTHER.items():
        if head.startswith(magic):
            raise DataError(f"File '{file.name}' is {what}.")
    for magic, kind in ((HDF5, "h5ad"), (PLINK, "PLINK"), (b"BCF", "BCF"), (b"##fileformat=VCF", "VCF")):
        if head.startswith(magic):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b">"):
        return "FASTA"
    ending = Path(file.name.removesuffix(".gz").removesuffix(".bgz")).suffix.lower()
    if text.startswith(b"@"):
        return "FASTQ"
    if text.startswith(b"##gff-version") or ending in (".bed", ".gff", ".gff3", ".gtf"):
        return "intervals (BED, GFF or GTF)"
    if ending in (".csv", ".tsv", ".tab", ".txt", ".data"):
        return "a table of sequences" if "sequence" in options else "a table of numbers"
    raise DataError(
        f"File '{file.name}' is of no format that is known by its first bytes ({head[:12]!r}) or its ending. "
        f"Known are: {', '.join(_READERS)}. Call the reader for it, such as read_table, by name."
    )
