"""FASTA: sequences with names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.alphabet import Alphabet, clean_sequences, count_ambiguous
from qsetu.genomics.datasets import SequenceDataset
from qsetu.genomics.formats.budget import Budget
from qsetu.genomics.formats.describe import Describing, per_sample, repeated_note
from qsetu.genomics.formats.opening import TextFile, existing_file, hashes

__all__ = ["FastaRecord", "SequenceGathering", "iter_fasta", "read_fasta"]


@dataclass(frozen=True)
class FastaRecord:
    """One sequence of a FASTA file, as it stands there but for white space.

    Attributes:
        name: First word of the header.
        description: The rest of the header.
        sequence: The letters, white space left out, case kept.
        line: Line of the header, from 1.
    """

    name: str
    description: str
    sequence: str
    line: int = 0

    @property
    def header(self) -> str:
        """Name and description."""
        return f"{self.name} {self.description}".rstrip()


def iter_fasta(path: str | os.PathLike[str]) -> Iterator[FastaRecord]:
    """Records of a FASTA file one after the other; a file larger than memory is no matter.

    Args:
        path: The file, plain or packed by gzip or bgzip, whatever its name.

    Returns:
        An iterator of records.

    Raises:
        DataError: The file is missing, cut, empty, or no FASTA; what is wrong further down is raised there.
    """
    return _records(TextFile(existing_file(path), budget=_budget(Path(path))))


def read_fasta(
    path: str | os.PathLike[str],
    *,
    alphabet: Alphabet = "DNA",
    labels: Describing = None,
    groups: Describing = None,
    gaps: bool = False,
) -> SequenceDataset:
    """Sequences of a FASTA file.

    The rules: the name is the first word of a header, also after ``> ``; white space inside sequences goes;
    lower case becomes upper case; in DNA, U becomes T (in RNA, T becomes U); lengths may differ; ambiguous
    letters stay. What is seen of this is in ``notes``.

    Args:
        path: The file, plain or packed by gzip or bgzip, whatever its name.
        alphabet: "DNA", "RNA" or "protein".
        labels: What is to be predicted: a function of the header, a regular expression with one group that is
            searched in the header, a mapping (or pandas Series) from names, or a text for each sequence.
        groups: What must not straddle a split, given in the same ways.
        gaps: Whether gaps of an alignment (``-`` or ``.``) may occur.

    Returns:
        N sequences; descriptions, if any, are in ``metadata``.

    Raises:
        ArgumentError: An argument breaks a rule.
        DataError: The file is missing, cut, empty, no FASTA, or has letters that ``alphabet`` has not; or a
            sequence has no label.
        InsufficientMemoryError: The sequences do not fit in memory; see :func:`iter_fasta`.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from qsetu.genomics.formats import read_fasta
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "two.fasta"
        ...     _ = file.write_text("> a DENV1\\nacgu acgu\\n> b DENV2\\nTTAR\\n")
        ...     read_fasta(file, labels=r"(DENV\\d)")
        SequenceDataset(your own data: 2 DNA sequences of 4 to 8 nt; DENV1 1, DENV2 1)
    """
    as_choice("alphabet", alphabet, ("DNA", "RNA", "protein"))
    text = TextFile(existing_file(path), budget=_budget(Path(path)))
    gathered = SequenceGathering(text.path, alphabet, gaps)
    for record in _records(text):
        gathered.add(record.name, record.sequence, f"line {record.line}", record.description)
    return gathered.dataset(labels, groups, notes=text.notes)


def _records(text: TextFile) -> Iterator[FastaRecord]:
    header: tuple[int, str] | None = None
    parts: list[str] = []
    budget = _budget(text.path)
    for number, line in text.lines():
        if line.startswith(">"):
            if header is not None:
                yield _record(text, header, parts)
            header, parts, budget = (number, line[1:].strip()), [], _budget(text.path)
            if not header[1]:
                raise text.error(number, "a header must have a name after '>', and this one is empty.")
        elif letters := "".join(line.split()):
            if header is None:
                raise text.error(number, f"a FASTA file starts with '>', and this one with {line[:20]!r}.")
            parts.append(letters)
            budget.add(len(letters))
    if header is None:
        raise DataError(f"File '{text.path.name}' holds no sequence: a FASTA file must have at least one.")
    yield _record(text, header, parts)


def _record(text: TextFile, header: tuple[int, str], parts: list[str]) -> FastaRecord:
    name, *rest = header[1].split(maxsplit=1)
    if not parts:
        raise text.error(header[0], f"the sequence '{name}' has no letters. Was the file cut?")
    return FastaRecord(name, "".join(rest), "".join(parts), header[0])


def _budget(path: Path) -> Budget:
    return Budget(f"Sequences of '{path.name}'", "Read one after the other with iter_fasta instead.")


class SequenceGathering:
    """Sequences on their way from a file into a dataset: cleaned one by one, what was done counted.

    Args:
        path: The file, for messages and its hash.
        alphabet: "DNA", "RNA" or "protein".
        gaps: Whether alignment gaps may occur.
        streaming: What to read a large file with instead.
    """

    def __init__(self, path: Path, alphabet: Alphabet, gaps: bool, streaming: str = "iter_fasta") -> None:
        self._path = path
        self._alphabet: Alphabet = alphabet
        self._gaps = gaps
        self._names: list[str] = []
        self._descriptions: list[str] = []
        self._sequences: list[str] = []
        self._lower = 0
        self._other_base = 0
        advice = f"Read one after the other with {streaming} instead."
        self._budget = Budget(f"Sequences of '{path.name}'", advice)

    def add(self, name: str, sequence: str, where: str, description: str = "") -> None:
        """Take one sequence.

        Raises:
            DataError: It has letters that the alphabet has not.
        """
        try:
            (clean,) = clean_sequences([sequence], self._alphabet, gaps=self._gaps)
        except ArgumentError as error:
            rule = error.rule.replace("sequence 0 has", "it has").replace("the one at position 0 is", "it is")
            raise DataError(
                f"File '{self._path.name}', {where}: the sequence of '{name}' {rule} (from 0). {error.hint}"
            ) from None
        self._lower += sequence != sequence.upper()
        foreign = {"DNA": "U", "RNA": "T"}.get(self._alphabet, "\n")
        self._other_base += foreign in sequence.upper()
        self._names.append(name)
        self._descriptions.append(description)
        self._sequences.append(clean)
        self._budget.add(len(clean) + 256)

    def dataset(
        self,
        labels: Any,
        groups: Any,
        *,
        notes: list[str],
        metadata: dict[str, Any] | None = None,
        files: dict[str, str] | None = None,
    ) -> SequenceDataset:
        """All sequences taken so far, with their labels and groups."""
        headers = [
            f"{name} {more}".rstrip() for name, more in zip(self._names, self._descriptions, strict=True)
        ]
        table = dict(metadata or {})
        if any(self._descriptions):
            table = {"description": self._descriptions, **table}
        column = np.empty(len(self._sequences), dtype=object)
        column[:] = self._sequences
        return SequenceDataset(
            sequences=column,
            alphabet=self._alphabet,
            sample_names=np.array(self._names, dtype=np.str_),
            labels=_column(per_sample("labels", labels, self._names, headers)),
            groups=_column(per_sample("groups", groups, self._names, headers)),
            metadata=_frame(table),
            files=hashes(self._path) if files is None else files,
            notes=(*notes, *self._seen()),
        )

    def _seen(self) -> list[str]:
        notes = []
        if self._lower:
            notes.append(f"{self._lower} sequence(s) had lower-case letters, now upper case.")
        if self._other_base:
            one, other = ("U", "T") if self._alphabet == "DNA" else ("T", "U")
            notes.append(f"{self._other_base} sequence(s) had {one}, now {other}.")
        lengths = [len(one) for one in self._sequences]
        if len(set(lengths)) > 1:
            notes.append(f"Lengths differ: {min(lengths)} to {max(lengths)} letters.")
        ambiguous = count_ambiguous(self._sequences, self._alphabet)
        if gaps := ambiguous.pop("-", 0):
            notes.append(f"{gaps} gap(s) were kept as '-'.")
        if ambiguous:
            shown = ", ".join(f"{letter} {number}" for letter, number in ambiguous.items())
            notes.append(f"Letters that stand for no single one were kept: {shown}.")
        return notes + repeated_note(self._names, "sequences")


def _column(texts: list[str] | None) -> Any:
    return None if texts is None else np.array(texts, dtype=np.str_)


def _frame(columns: dict[str, Any]) -> Any:
    import pandas as pd

    return pd.DataFrame(columns) if columns else None
