"""Tables with a column of sequences, as CSV or TSV."""

from __future__ import annotations

import os
from typing import Any

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.alphabet import Alphabet
from qsetu.genomics.datasets import SequenceDataset
from qsetu.genomics.formats.cells import CellFile
from qsetu.genomics.formats.describe import Describing
from qsetu.genomics.formats.fasta import SequenceGathering
from qsetu.genomics.formats.opening import TextFile, existing_file
from qsetu.genomics.formats.table import column_of

__all__ = ["read_sequence_table"]


def read_sequence_table(
    path: str | os.PathLike[str],
    *,
    sequence: str,
    labels: Describing = None,
    names: str | None = None,
    groups: Describing = None,
    alphabet: Alphabet = "DNA",
    gaps: bool = False,
    separator: str | None = None,
    header: bool = True,
    encoding: str = "utf-8",
) -> SequenceDataset:
    """Sequences in a column of a table; letters follow the rules of :func:`read_fasta`.

    Args:
        path: The file, plain or packed by gzip or bgzip.
        sequence: The column of sequences.
        labels: What is to be predicted: the name of a column; or a mapping (or pandas Series) from sample
            names, a text for each sample, or a function of the name.
        names: The column of sample names; None counts rows ("row 1", ...).
        groups: What must not straddle a split, given in the same ways as ``labels``.
        alphabet: "DNA", "RNA" or "protein".
        gaps: Whether gaps of an alignment may occur.
        separator: Between cells; None goes by header and name, and says what it took.
        header: Whether the first line names the columns; otherwise they are "1", "2", ...
        encoding: Of the text; "latin-1" for files of older Windows programs.

    Returns:
        N sequences; all other columns are in ``metadata``.

    Raises:
        ArgumentError: An argument breaks a rule, or names a column that is not there.
        DataError: The file is missing, cut or damaged; a row has too few or many cells; a sequence has
            letters that ``alphabet`` has not; says in which line.
        InsufficientMemoryError: The sequences do not fit in memory.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from qsetu.genomics.formats import read_sequence_table
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "octamers.txt"
        ...     _ = file.write_text("AAAKFERQ,-1\\nAAAMKRHG,1\\n")
        ...     read_sequence_table(file, sequence="1", labels="2", header=False, alphabet="protein")
        SequenceDataset(your own data: 2 protein sequences of 8 amino acids; -1 1, 1 1)
    """
    as_choice("alphabet", alphabet, ("DNA", "RNA", "protein"))
    text = TextFile(existing_file(path), encoding)
    cells = CellFile(text, separator, header)
    place = column_of("sequence", sequence, cells)
    named = None if names is None else column_of("names", names, cells)
    given: dict[str, Any] = {"labels": labels, "groups": groups}
    columns = {key: column_of(key, spec, cells) for key, spec in given.items() if isinstance(spec, str)}
    if place in columns.values() or place == named:
        raise ArgumentError("sequence", "must be a column of its own", sequence)
    others = [i for i in range(len(cells.columns)) if i not in {place, named, *columns.values()}]
    gathered = SequenceGathering(text.path, alphabet, gaps, "pandas.read_csv(..., chunksize=)")
    kept: dict[int, list[str]] = {i: [] for i in (*columns.values(), *others)}
    number = 0
    for line, row in cells.rows():
        number += 1
        name = f"row {number}" if named is None else row[named].strip()
        if not name:
            raise cells.error(line, named or 0, "a name is empty.")
        for i, texts in kept.items():
            texts.append(row[i].strip())
        for key, i in columns.items():
            if not row[i].strip():
                raise cells.error(line, i, f"is empty, and every sample needs one as '{key}' says.")
        gathered.add(name, row[place].strip(), f"line {line}")
    if not number:
        raise DataError(f"File '{text.path.name}' has a header and no row.")
    found = {key: kept[columns[key]] if key in columns else spec for key, spec in given.items()}
    metadata = {cells.columns[i]: kept[i] for i in others}
    return gathered.dataset(
        found["labels"], found["groups"], notes=[*text.notes, *cells.notes], metadata=metadata
    )
