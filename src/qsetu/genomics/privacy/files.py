"""Looks into files before they leave: text by its lines, binary formats by their first bytes."""

from __future__ import annotations

import codecs
import gzip
import html
import io
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from qsetu.core.checks import as_int
from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.privacy.kinds import PrivacyFinding
from qsetu.genomics.privacy.text import Scanner, found_file

__all__ = ["rows_of_html", "scan_bytes", "scan_file"]

_PIECE = 1 << 20
"""Characters of a line that are looked at together; a longer line is cut, pieces overlapping."""
_OVERLAP = 4096
_NOTEBOOK_LIMIT = 200_000_000
_UNPACKED_LIMIT = 1_000_000_000

_BY_FIRST_BYTES = (
    (b"BAM\x01", "alignment-file"),
    (b"CRAM", "alignment-file"),
    (b"BCF\x02", "variant-file"),
    (b"BCF\x04", "variant-file"),
    (b"\x6c\x1b", "genotype-file"),
    (b"\x89HDF\r\n\x1a\n", "opaque-file"),
    (b"PK\x03\x04", "opaque-file"),
    (b"PK\x05\x06", "opaque-file"),
    (b"PAR1", "opaque-file"),
    (b"SQLite format 3\x00", "opaque-file"),
    (b"\x93NUMPY", "opaque-file"),
    (b"BZh", "opaque-file"),
    (b"\xfd7zXZ\x00", "opaque-file"),
    (b"\x28\xb5\x2f\xfd", "opaque-file"),
    (b"\x1f\x8b", "opaque-file"),
    (b"7z\xbc\xaf\x27\x1c", "opaque-file"),
)
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"RIFF")
_MARKUP = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})?[^<>]{0,2000}>")
_BREAKS = frozenset(["br", "p", "div", "li", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "table"])


def scan_file(path: Path | str, *, max_unpacked: int = _UNPACKED_LIMIT) -> list[PrivacyFinding]:
    """Everything in a file that should not leave an institution.

    Text is read by lines, whatever its size; gzip is unpacked once, up to ``max_unpacked`` bytes; notebooks
    are read by cells (see :func:`scan_notebook`), HTML by the rows of its tables. BAM, CRAM, BCF, BGEN and
    PLINK files are known by their first bytes; other binary formats are not read and said to be so.

    Args:
        path: The file.
        max_unpacked: Bytes to unpack of a gzip file at most; the rest is reported as not read.

    Returns:
        The findings, with ``path`` as their source.

    Raises:
        DataError: The file cannot be read.
    """
    limit = as_int("max_unpacked", max_unpacked, 1)
    try:
        with Path(path).open("rb") as stream:
            return _scan(stream, str(path), limit, packed=False)
    except OSError as error:
        raise DataError(f"'{path}' cannot be read: {error.strerror or error}.") from None


def scan_bytes(data: bytes, *, source: str = "", max_unpacked: int = _UNPACKED_LIMIT) -> list[PrivacyFinding]:
    """The same as :func:`scan_file` for content in memory; the ending of ``source`` says what it is.

    Raises:
        ArgumentError: ``data`` is not bytes.

    Examples:
        >>> [found] = scan_bytes(bytes([0x6C, 0x1B, 0x01]) + bytes(9), source="cohort.bed")
        >>> print(found)
        cohort.bed: leak: holds genotypes (PLINK bed or pgen).
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise ArgumentError("data", "must be bytes", data, "Use find_genotype_leaks for text.")
    return _scan(io.BytesIO(data), source, as_int("max_unpacked", max_unpacked, 1), packed=False)


def rows_of_html(text: str) -> str:
    """Text of HTML: a row of a table on one line, cells apart by tabs."""
    pieces: list[str] = []
    inside = 0
    end = 0

    def add(piece: str) -> None:
        if piece:
            piece = html.unescape(piece)
            piece = " ".join(piece.split()) if inside else piece
            if piece:
                pieces.append(piece)

    for tag in _MARKUP.finditer(text):
        add(text[end : tag.start()])
        end = tag.end()
        name, closing = (tag[2] or "").lower(), bool(tag[1])
        if name == "table":
            inside = max(0, inside + (-1 if closing else 1))
        if name in ("td", "th") and closing:
            pieces.append("\t")
        elif name == "tr":
            if pieces and pieces[-1] != "\n":
                pieces.append("\n")
        elif name in _BREAKS:
            pieces.append("\n")
    add(text[end:])
    rows = "".join(pieces).split("\n")
    return "\n".join(row.removesuffix("\t") for row in rows if row.strip() or not row)


class _Capped(io.RawIOBase):
    """A stream that says when more than so many bytes were there, and gives no more."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream, self._left = stream, limit
        self.trouble = ""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.trouble:
            return 0
        try:
            data = self._stream.read(min(len(buffer), self._left + 1))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            self.trouble = f"is damaged, and was read only up to there ({type(error).__name__})"
            return 0
        if len(data) > self._left:
            self.trouble = "unpacks to more than is looked at; the rest was not read"
            data = data[: self._left]
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def _scan(stream: BinaryIO, source: str, limit: int, packed: bool) -> list[PrivacyFinding]:
    buffered = io.BufferedReader(cast(io.RawIOBase, stream), 1 << 16) if packed else stream
    head = buffered.read(8192)
    name = source.lower().removesuffix(".gz").removesuffix(".bgz")
    if head.startswith(b"\x1f\x8b") and not packed:
        stream.seek(0)
        capped = _Capped(cast(BinaryIO, gzip.GzipFile(fileobj=stream)), limit)
        found = _scan(cast(BinaryIO, capped), source, limit, packed=True)
        if capped.trouble:
            # What is hidden behind the limit is unknown, hence more than a note.
            found.append(found_file("not-read", source, f"{capped.trouble}.", "caution"))
        return found
    kind = _binary_kind(head, name)
    if kind is not None:
        if kind == "not-read":
            return [found_file(kind, source, "is a picture or a document that is not read.")]
        return [found_file(kind, source)]
    rest = _Joined(head, buffered)
    if name.endswith(".ipynb"):
        return _notebook(rest.read(_NOTEBOOK_LIMIT + 1), source)
    if name.endswith((".html", ".htm")) or head.lstrip()[:9].lower() in (b"<!doctype", b"<!doctyp"):
        data = rest.read(_NOTEBOOK_LIMIT + 1)
        if len(data) > _NOTEBOOK_LIMIT:
            return [found_file("not-read", source, "is HTML too large to be looked at.", "caution")]
        scanner = Scanner(source)
        for number, line in enumerate(rows_of_html(_decoded(data)).split("\n"), 1):
            scanner.feed(number, line)
        return scanner.finish()
    scanner = Scanner(source)
    for number, line in _pieces(rest, _encoding(head)):
        scanner.feed(number, line)
    return scanner.finish()


class _Joined:
    """What was read already, then the rest of the stream."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        self._head, self._stream = head, stream

    def read(self, size: int) -> bytes:
        if self._head:
            first, self._head = self._head[:size], self._head[size:]
            return first + (self._stream.read(size - len(first)) if size > len(first) else b"")
        return self._stream.read(size)


def _encoding(head: bytes) -> str:
    return "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"


def _decoded(data: bytes) -> str:
    return data.decode(_encoding(data), errors="replace")


def _binary_kind(head: bytes, name: str) -> str | None:
    if head.startswith(_PICTURES):
        return "not-read"
    for first, kind in _BY_FIRST_BYTES:
        if head.startswith(first):
            return kind
    if head[16:20] == b"bgen":
        return "variant-file"
    if (head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05" and len(head) > 2) or name.endswith(
        (".pkl", ".pickle", ".joblib")
    ):
        return "opaque-file"
    if b"\x00" in head and _encoding(head) == "utf-8":
        return "opaque-file"
    return None


def _pieces(stream: _Joined, encoding: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; a line longer than a piece comes in several, which overlap."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    number, pending = 1, ""
    while True:
        data = stream.read(_PIECE)
        pending += decoder.decode(data, final=not data)
        lines = pending.split("\n")
        pending = lines.pop()
        for line in lines:
            yield number, line
            number += 1
        if not data:
            break
        if len(pending) > _PIECE:
            yield number, pending
            pending = pending[-_OVERLAP:]
    if pending:
        yield number, pending


def _notebook(data: bytes, source: str) -> list[PrivacyFinding]:
    from qsetu.genomics.privacy.notebooks import scan_notebook

    if len(data) > _NOTEBOOK_LIMIT:
        return [found_file("not-read", source, "is a notebook too large to be looked at.", "caution")]
    try:
        return scan_notebook(json.loads(_decoded(data)), source=source)
    except (ValueError, RecursionError):
        # Not a notebook after all: its text is looked at as it is.
        scanner = Scanner(source)
        for number, line in enumerate(_decoded(data).split("\n"), 1):
            scanner.feed(number, line)
        return [*scanner.finish(), found_file("not-read", source, "is no readable notebook.", "caution")]
