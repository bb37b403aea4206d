"""Opening text files: packed or not by their content, whole or refused, line by line with numbers."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from qsetu.core.errors import ArgumentError, DataError
from qsetu.core.hashing import file_sha256
from qsetu.genomics.formats.budget import Budget

__all__ = ["TextFile", "blocks", "existing_file", "first_bytes", "hashes", "packing"]

Packing = Literal["none", "gzip", "bgzip"]

BLOCK = 1 << 20
# SAM/BAM specification, section 4.1.2: what every complete bgzip file ends in.
BGZIP_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_ELSEWHERE = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstandard"}


def existing_file(path: str | os.PathLike[str], argument: str = "path") -> Path:
    """``path`` as a path of a file that can be read and holds something.

    Raises:
        ArgumentError: It is no path.
        DataError: There is no such file, or it is a folder, empty, or not readable.
    """
    try:
        file = Path(path)
        found = file.is_file()
    except (TypeError, ValueError):
        raise ArgumentError(argument, "must be the path of a file", path) from None
    except OSError as error:
        raise DataError(f"File '{path}' cannot be read ({error.strerror}).") from None
    if not found:
        what = "is a folder" if file.is_dir() else "does not exist"
        raise DataError(f"File '{file}' {what}. '{argument}' must be the path of a file.")
    try:
        with file.open("rb") as stream:
            if not stream.read(1):
                raise DataError(f"File '{file}' is empty.")
    except OSError as error:
        raise DataError(f"File '{file}' cannot be read ({error.strerror}).") from None
    return file


def packing(path: Path) -> Packing:
    """How a file is packed, by its first bytes; its name does not matter.

    Raises:
        DataError: It is packed in a way that is not read here; says which.
    """
    with path.open("rb") as stream:
        head = stream.read(18)
    for magic, name in _ELSEWHERE.items():
        if head.startswith(magic):
            raise DataError(f"File '{path.name}' is packed by {name}. Unpack it first, or pack it by gzip.")
    if not head.startswith(b"\x1f\x8b"):
        return "none"
    return "bgzip" if len(head) >= 14 and head[3] & 4 and head[12:14] == b"BC" else "gzip"


def blocks(path: Path) -> Iterator[bytes]:
    """Unpacked content in pieces of about a megabyte.

    Raises:
        DataError: The packed file was cut, or its checksums are wrong; raised when that place is reached, or
            at once for a bgzip file without its end mark.
    """
    packed = packing(path)
    if packed == "bgzip":
        _check_bgzip_end(path)
    try:
        with path.open("rb") as raw:
            stream: Any = raw if packed == "none" else gzip.GzipFile(fileobj=raw)
            while block := stream.read(BLOCK):
                yield block
    except EOFError:
        raise DataError(
            f"File '{path.name}' was cut: its {packed} stream does not end. Copy or download it again."
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        reason = str(error).rstrip(".")
        raise DataError(
            f"File '{path.name}' is damaged: {packed} says '{reason}'. Copy or download it again."
        ) from None
    except OSError as error:
        raise DataError(f"File '{path.name}' cannot be read ({error.strerror or error}).") from None


def first_bytes(path: Path, number: int = 4096) -> bytes:
    """The first unpacked bytes, fewer if the file has fewer."""
    for block in blocks(path):
        return block[:number]
    return b""


def hashes(*paths: Path) -> dict[str, str]:
    """SHA-256 of each file by its name, for a dataset's ``files``."""
    return {path.name: file_sha256(path) for path in paths}


class TextFile:
    """A text file to be read once, line by line; remembers in ``notes`` what was odd about it.

    Args:
        path: The file, plain or packed by gzip or bgzip.
        encoding: What its bytes mean.
        budget: Asked before lines are held that would not fit in memory.
    """

    def __init__(self, path: Path, encoding: str = "utf-8", budget: Budget | None = None) -> None:
        self.path = path
        self.encoding = encoding
        self.notes: list[str] = []
        self._budget = budget or Budget(
            f"Lines of '{path.name}'", "Is this a text file? Its lines are very long."
        )
        try:
            "".encode(encoding)
        except LookupError:
            raise ArgumentError("encoding", "must be a text encoding that Python knows", encoding) from None

    def error(self, line: int, message: str) -> DataError:
        """What is wrong in which line of this file."""
        return DataError(f"File '{self.path.name}', line {line}: {message}")

    def lines(self) -> Iterator[tuple[int, str]]:
        """Each line with its number from 1, without its line end, whichever kind that is.

        Raises:
            DataError: The file is damaged, or bytes mean nothing in its encoding.
        """
        number = 0
        returns = False
        last = b""
        for line in self._raw():
            number += 1
            last = line[-1:]
            returns |= last == b"\r" or line.endswith(b"\r\n")
            yield number, self._decoded(number, line.rstrip(b"\r\n"))
        if returns:
            self.notes.append("Lines end as on Windows or an old Mac; read as line ends.")
        if number and last not in (b"\n", b"\r"):
            self.notes.append("The last line has no line end: see that the file was not cut.")

    def _raw(self) -> Iterator[bytes]:
        # Splits at \n, \r\n and \r alone; a piece that may go on is carried over to the next block.
        carried: list[bytes] = []
        first = True
        for block in blocks(self.path):
            if first:
                block = self._without_mark(block)
                first = False
            if b"\n" not in block and b"\r" not in block:
                self._budget.check(2 * sum(map(len, carried)) + 2 * len(block))
                carried.append(block)
                continue
            pieces = b"".join([*carried, block]).splitlines(keepends=True)
            # The last piece may go on; so may a \r whose \n is the next block's first byte.
            carried = [pieces.pop()] if not pieces[-1].endswith(b"\n") else []
            yield from pieces
        rest = b"".join(carried)
        yield from rest.splitlines(keepends=True)

    def _without_mark(self, block: bytes) -> bytes:
        if block.startswith((b"\xff\xfe", b"\xfe\xff")) and "16" not in self.encoding:
            raise DataError(
                f"File '{self.path.name}' is UTF-16 text, as some Windows programs write it. Save it as "
                "UTF-8."
            )
        if block.startswith(b"\xef\xbb\xbf"):
            self.notes.append("A byte-order mark at the start was left out.")
            return block[3:]
        return block

    def _decoded(self, number: int, line: bytes) -> str:
        if b"\0" in line:
            column = line.index(b"\0") + 1
            raise self.error(
                number, f"has a zero byte in column {column}: this is not a text file, or damaged."
            )
        try:
            return line.decode(self.encoding)
        except UnicodeDecodeError as error:
            raise self.error(
                number,
                f"byte {line[error.start]:#04x} in column {error.start + 1} is not {self.encoding.upper()} "
                "text. Save the file as UTF-8; where the reader has an 'encoding', 'latin-1' is often right.",
            ) from None


def _check_bgzip_end(path: Path) -> None:
    with path.open("rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - len(BGZIP_END)))
        if stream.read() != BGZIP_END:
            raise DataError(
                f"File '{path.name}' was cut: a bgzip file ends in an empty block, and this one does not. "
                "Copy or download it again; if it is whole, unpack it and pack it again by bgzip."
            )
