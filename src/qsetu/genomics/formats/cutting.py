"""Sequences of intervals, cut out of a FASTA file."""

from __future__ import annotations

import os
from typing import Literal

import numpy as np

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.alphabet import Alphabet, reverse_complement
from qsetu.genomics.datasets import IntervalDataset, SequenceDataset
from qsetu.genomics.formats.describe import listed
from qsetu.genomics.formats.fasta import FastaRecord, SequenceGathering, iter_fasta
from qsetu.genomics.formats.opening import existing_file, hashes

__all__ = ["read_interval_sequences"]


def read_interval_sequences(
    intervals: IntervalDataset,
    fasta: str | os.PathLike[str],
    *,
    alphabet: Literal["DNA", "RNA"] = "DNA",
) -> SequenceDataset:
    """The letters of intervals, cut out of a FASTA file; intervals on the minus strand are
    reverse-complemented.

    The FASTA is read once from front to end, and one of its sequences is held at a time; no index is needed,
    and nothing is written beside it.

    Args:
        intervals: Where to cut, as :func:`read_intervals` gives it; strand "." is read as "+".
        fasta: The genome, plain or packed by gzip or bgzip. The first word of a header is a chromosome's
            name.
        alphabet: "DNA" or "RNA".

    Returns:
        N sequences in the order of the intervals, with their names, labels, groups and split; ``metadata``
        has chromosome, start, end and strand.

    Raises:
        ArgumentError: ``intervals`` is something else.
        DataError: A chromosome is not in the FASTA, an interval is empty or ends beyond its chromosome, or
            the FASTA is missing, cut or damaged.
        InsufficientMemoryError: A chromosome, or what is cut out, does not fit in memory.
    """
    if not isinstance(intervals, IntervalDataset):
        raise ArgumentError("intervals", "must be what read_intervals gives", intervals)
    as_choice("alphabet", alphabet, ("DNA", "RNA"))
    file = existing_file(fasta, "fasta")
    table = intervals.intervals
    rows: dict[str, list[int]] = {}
    for row, chromosome in enumerate(table["chromosome"].tolist()):
        rows.setdefault(str(chromosome), []).append(row)
    starts, ends, strands = (table[name].tolist() for name in ("start", "end", "strand"))
    cut: dict[int, str] = {}
    seen: dict[str, None] = {}
    for record in iter_fasta(file):
        if record.name in seen and record.name in rows:
            raise DataError(f"File '{file.name}' has two sequences called '{record.name}'.")
        seen[record.name] = None
        for row in rows.get(record.name, ()):
            piece = _piece(
                record, int(starts[row]), int(ends[row]), str(intervals.sample_names[row]), file.name
            )
            cut[row] = reverse_complement(_plain(piece, alphabet)) if strands[row] == "-" else piece
    lacking = [chromosome for chromosome in rows if chromosome not in seen]
    if lacking:
        raise DataError(_unknown(lacking, list(seen), file.name))
    gathered = SequenceGathering(file, alphabet, False)
    for row in range(len(intervals)):
        name = str(intervals.sample_names[row])
        gathered.add(name, cut[row], f"interval '{name}'")
    unknown = sum(strand == "." for strand in strands)
    notes = [*intervals.notes, "Intervals on the minus strand were reverse-complemented."]
    if unknown:
        notes.append(f"{unknown} interval(s) without a strand were read as on the plus strand.")
    columns = {name: table[name].tolist() for name in ("chromosome", "start", "end", "strand")}
    if intervals.metadata is not None:
        columns.update(
            {str(key): list(intervals.metadata[key]) for key in intervals.metadata if key not in columns}
        )
    found = gathered.dataset(
        _list(intervals.labels),
        _list(intervals.groups),
        notes=notes,
        metadata=columns,
        files={**intervals.files, **hashes(file)},
    )
    if intervals.official_split is None:
        return found
    import dataclasses

    return dataclasses.replace(found, official_split=intervals.official_split)


def _piece(record: FastaRecord, start: int, end: int, name: str, file: str) -> str:
    if not 0 <= start < end <= len(record.sequence):
        why = "is empty" if start == end else f"is not within its {len(record.sequence)} letters"
        raise DataError(
            f"Interval '{name}' ({record.name}:{start}-{end}, from 0) {why} in '{file}'. "
            "See that intervals and FASTA are of the same release of the genome."
        )
    return record.sequence[start:end]


def _plain(piece: str, alphabet: Alphabet) -> str:
    # The complement of capitals alone is known; what letters may stay is checked afterwards.
    capital = piece.upper()
    return capital.replace("U", "T") if alphabet == "DNA" else capital.replace("T", "U")


def _unknown(lacking: list[str], seen: list[str], file: str) -> str:
    message = f"File '{file}' has no sequence called {listed(lacking)}; it has {listed(seen)}."
    known = set(seen)
    for one in lacking:
        other = one.removeprefix("chr") if one.startswith("chr") else f"chr{one}"
        if other in known:
            return f"{message} It has '{other}': if that is the same as '{one}', rename one of them."
    return message


def _list(column: np.ndarray | None) -> list[str] | None:
    return None if column is None else column.tolist()
