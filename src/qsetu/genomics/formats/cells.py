"""Delimited text as rows of cells, each row of the header's width, with line numbers."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.formats.describe import listed
from qsetu.genomics.formats.opening import TextFile

__all__ = ["CellFile"]

_NAMES = {",": "comma", "\t": "tab", ";": "semicolon", " ": "space", "|": "bar"}
_BY_ENDING = {".csv": ",", ".tsv": "\t", ".tab": "\t"}


class CellFile:
    """A delimited text file: the names of its columns, then its rows.

    Args:
        text: The file.
        separator: One character between cells, " " for any run of spaces; None goes by the header, then the
            name.
        header: Whether the first line names the columns; otherwise they are "1", "2", ...
        unique: Whether names of columns must differ.
    """

    def __init__(
        self, text: TextFile, separator: str | None = None, header: bool = True, unique: bool = True
    ) -> None:
        if separator is not None and (
            not isinstance(separator, str) or len(separator) != 1 or separator in '"\r\n'
        ):
            raise ArgumentError("separator", "must be one character, or None to find it", separator)
        self._text = text
        self.path = text.path
        self._lines = text.lines()
        number, line = next(((n, x) for n, x in self._lines if x.strip()), (0, ""))
        if not number:
            raise DataError(f"File '{text.path.name}' holds no line with content.")
        self.notes: list[str] = []
        self.separator = separator or self._guess(line, text.path, number)
        self._first: tuple[int, str] | None = (number, line)
        names = self._next_row()
        if names is None:  # not reached: there is a first line
            raise DataError(f"File '{text.path.name}' holds no line with content.")
        self._kept = None if header else names
        self.columns = (
            [name.strip() for name in names[1]] if header else [str(i + 1) for i in range(len(names[1]))]
        )
        if header:
            self._check_names(number, unique)

    def _check_names(self, number: int, unique: bool) -> None:
        twice = [name for name, times in Counter(self.columns).items() if times > 1]
        if twice and unique:
            raise self._text.error(
                number,
                f"{len(twice)} column name(s) occur more than once: {listed(twice)}. Give each column a name "
                "of its own, or pass header=False where the first line holds data.",
            )
        if twice:
            self.notes.append(f"{len(twice)} column name(s) occur more than once: {listed(twice)}.")

    def error(self, line: int, column: int, message: str) -> DataError:
        """What is wrong in which cell; ``column`` counts from 0."""
        name = self.columns[column] if column < len(self.columns) else "?"
        return self._text.error(line, f"column {column + 1} ('{name}'): {message}")

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row with the number of its line.

        Raises:
            DataError: A row has another number of cells than the header, or quotes do not end.
        """
        width = len(self.columns)
        while True:
            row, self._kept = self._kept or self._next_row(), None
            if row is None:
                return
            number, cells = row
            if len(cells) != width:
                raise self._text.error(
                    number,
                    f"has {len(cells)} cells, and the header {width} columns (separator: "
                    f"{_name(self.separator)}).",
                )
            yield number, cells

    def _next_row(self) -> tuple[int, list[str]] | None:
        while True:
            # next() and not a loop: leaving a loop early would close the lines.
            found, self._first = self._first or next(self._lines, None), None
            if found is None:
                return None
            number, line = found
            if not line.strip():
                continue
            if self.separator == " ":
                return number, line.split()
            if '"' not in line:
                return number, line.split(self.separator)
            return number, self._quoted(number, line)

    def _quoted(self, number: int, line: str) -> list[str]:
        # A quoted cell may hold line ends: feed lines until its quote ends.
        def more() -> Iterator[str]:
            yield line + "\n"
            for _, further in self._lines:
                yield further + "\n"

        try:
            return next(csv.reader(more(), delimiter=self.separator, strict=True))
        except (csv.Error, StopIteration) as error:
            reason = str(error) or "a quote does not end"
            raise self._text.error(number, f"is no row of cells: {reason}.") from None

    def _guess(self, line: str, path: Path, number: int) -> str:
        found = [mark for mark in ("\t", ",", ";") if mark in line]
        ending = _BY_ENDING.get(Path(path.name.removesuffix(".gz").removesuffix(".bgz")).suffix.lower())
        if ending in found:
            mark = str(ending)
        elif len(found) == 1:
            mark = found[0]
        elif found:
            names = " and ".join(_name(mark) for mark in found)
            raise self._text.error(number, f"has {names}, so the separator is not clear. Pass 'separator'.")
        else:
            mark = " " if " " in line.strip() else ending or ","
        self.notes.append(f"Cells are separated by {_name(mark)}.")
        return mark


def _name(mark: str) -> str:
    return _NAMES.get(mark, repr(mark))
