"""OpenQASM text, where it came from, and errors that point into it."""

from __future__ import annotations

import bisect
import os
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from qsetu.core.errors import ArgumentError, QasmError, Said

__all__ = ["Refused", "Source", "Unsupported", "load"]

# A million operations need no more; beyond it a file is something else.
MAX_CHARACTERS = 50_000_000


class Refused(NamedTuple):
    """Something that the language has and we do not, and where it stands."""

    line: int
    column: int
    what: str


class Unsupported(Exception):
    """Something that the language has and we do not; carries a :class:`Refused`."""

    def __init__(self, found: Refused) -> None:
        super().__init__(found.what)
        self.found = found


class Source:
    """The text of a program.

    Args:
        name: Of the file, or ``"<text>"``.
        text: All of it.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [0], self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of a character."""
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Line ``number``, from 1; empty where there is none."""
        if not 1 <= number <= len(self._starts):
            return ""
        end = self._starts[number] - 1 if number < len(self._starts) else len(self.text)
        return self.text[self._starts[number - 1] : end]

    def offset(self, line: int, column: int) -> int:
        """The character in ``line``, from 1, at ``column``, from 0."""
        return self._starts[min(max(line, 1), len(self._starts)) - 1] + column

    def offset_of(self, node: Any) -> int:
        """Where a node starts that openqasm3 has parsed from this text."""
        at = self.offset(node.span.start_line, node.span.start_column)
        name = node.name if type(node).__name__ == "Identifier" else None
        # Of lone names openqasm3 gives the place in the text instead of the one in the line.
        is_lost = isinstance(name, str) and not self.text.startswith(name, at)
        return int(node.span.start_column) if is_lost else at

    def at(self, node: Any) -> tuple[int, int]:
        """Line and column, both from 1, of a node."""
        span = getattr(node, "span", None)
        return (1, 1) if span is None else (span.start_line, span.start_column + 1)

    def error(self, place: Any, message: str) -> QasmError:
        """An error at ``place``: an offset, a pair (line, column), or a node."""
        if isinstance(place, int):
            place = self.place(place)
        line, column = place if isinstance(place, tuple) else self.at(place)
        return QasmError(self.name, line, column, message, self.line(line))

    def unsupported(self, node: Any, what: str) -> Unsupported:
        """What is raised at a construct that the language has and we do not."""
        return Unsupported(Refused(*self.at(node), what))

    def refuse(self, found: list[Refused]) -> NoReturn:
        """Raise one error that lists all that was found."""
        ordered = sorted(set(found))
        said = [f"{one.what} (line {one.line}, column {one.column})" for one in ordered[:40]]
        if len(ordered) > 40:
            said.append(f"and {len(ordered) - 40} more")
        line, column, _ = ordered[0]
        raise self.error((line, column), f"qsetu cannot follow {', '.join(said)}")


def load(given: Any) -> Source:
    """The text of a path, or text itself; a str without line end or semicolon may name a file.

    Raises:
        ArgumentError: Neither; or a file that cannot be read.
        QasmError: A file that is no text.
    """
    if isinstance(given, Path):
        return _file(given)
    if not isinstance(given, str):
        raise ArgumentError("source", "must be a pathlib.Path or OpenQASM text", given)
    if "\n" not in given and ";" not in given and 0 < len(given) < 4096:
        path = Path(given)
        if _is_file(path):
            return _file(path)
        if given.endswith((".qasm", ".inc", ".qasm3")):
            raise ArgumentError("source", "must be OpenQASM text or name a file", given, "No such file.")
    return _checked(Source("<text>", given))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _file(path: Path) -> Source:
    rule = "must name a readable file"
    if not _is_file(path):
        raise ArgumentError("source", rule, os.fspath(path), "No such file.")
    try:
        size = path.stat().st_size
        if size > 4 * MAX_CHARACTERS:
            raise ArgumentError("source", "must be OpenQASM text", Said(f"a file of {size:,} bytes"))
        data = path.read_bytes()
    except OSError as error:
        raise ArgumentError("source", rule, os.fspath(path), f"{error.strerror}.") from None
    try:
        return _checked(Source(path.name, data.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        message = f"not text: byte {data[error.start]:#04x} is no UTF-8"
        raise QasmError(path.name, line, column, message) from None


def _checked(source: Source) -> Source:
    if len(source.text) > MAX_CHARACTERS:
        raise source.error(0, f"text of more than {MAX_CHARACTERS:,} characters")
    return source
