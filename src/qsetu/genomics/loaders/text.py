"""FASTA of registered files, header and letters."""

from __future__ import annotations

from qsetu.genomics.formats import iter_fasta
from qsetu.genomics.storage import Source

__all__ = ["fasta_records"]


def fasta_records(source: Source, ending: str = "") -> list[tuple[str, str]]:
    """Header (without ``>``) and letters of each record of the file whose name ends in ``ending``."""
    records = iter_fasta(source.path(ending))
    return [(f"{one.name} {one.description}".strip(), one.sequence) for one in records]
