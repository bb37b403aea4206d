"""A place for files, named by paths with slashes below a root; what all kinds of places share."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

from qsetu.core.errors import ArgumentError, DataError, OutputError

__all__ = ["CHUNK", "Absent", "Store", "copy_checked", "pieces"]

CHUNK = 1 << 20


class Absent(DataError):
    """A file is not there, which can be quite in order."""


class Store(ABC):
    """Files below a root.

    Attributes:
        shown: The root as it may be shown: without passwords.
        writable: Whether anything can be put there.
    """

    shown: str
    writable: bool = True

    @abstractmethod
    def chunks(self, name: str) -> Generator[bytes, None, None]:
        """Content of a file, piece by piece.

        Raises:
            Absent: There is none.
            DataError: It cannot be read.
        """

    @abstractmethod
    def names(self, folder: str) -> dict[str, int]:
        """Name and size in bytes of every file of ``folder``, at any depth, by path below it.

        Raises:
            DataError: It cannot be listed. A folder that is not there is empty.
        """

    @abstractmethod
    def size(self, name: str) -> int | None:
        """Bytes of a file; None where there is none."""

    @abstractmethod
    def occupied(self) -> bool:
        """Whether anything is there that has a plain name.

        Raises:
            DataError: It cannot be listed.
        """

    @abstractmethod
    def put(self, name: str, source: Path | bytes, sha256: str) -> None:
        """Write a file, whole or not at all where the place allows it.

        Raises:
            OutputError: It cannot be written, or ``source`` does not hold what has ``sha256``.
        """

    def read(self, name: str, limit: int) -> bytes:
        """Content of a file of at most ``limit`` bytes.

        Raises:
            Absent: There is none.
            DataError: It cannot be read, or is larger.
        """
        content = bytearray()
        with closing(self.chunks(name)) as parts:
            for part in parts:
                content += part
                if len(content) > limit:
                    raise DataError(f"it is larger than {limit} bytes")
        return bytes(content)

    def read_many(self, names: Iterable[str], limit: int) -> Iterator[tuple[str, bytes | DataError]]:
        """Each of ``names`` with its content, or with why there is none."""
        for name in names:
            try:
                yield name, self.read(name, limit)
            except DataError as error:
                yield name, error

    def fetch(self, name: str, target: Path, size: int, sha256: str) -> None:
        """Write the content of a file to ``target``, if it is what was promised.

        Raises:
            Absent: There is none.
            DataError: It cannot be read, or has another size or hash; ``target`` may then hold anything.
        """
        digest, left = hashlib.sha256(), size
        with target.open("wb") as out, closing(self.chunks(name)) as parts:
            for part in parts:
                left -= len(part)
                if left < 0:
                    raise DataError(f"it is larger than the {size} bytes of its entry")
                digest.update(part)
                out.write(part)
        if left or digest.hexdigest() != sha256:
            raise DataError(
                f"it is not what its entry names: {size - left} bytes of SHA-256 {digest.hexdigest()[:12]}, "
                f"not {size} of {sha256[:12]}"
            )

    def read_only(self) -> ArgumentError:
        """The error for a change of what can only be read."""
        return ArgumentError(
            "catalogue",
            "must lie where it can be written (a folder, a share, S3) to be changed",
            self.shown,
            "Web addresses are read only: push to where the served copy is made from.",
        )


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """What ``stream`` holds, in pieces."""
    while part := stream.read(CHUNK):
        yield part


def copy_checked(source: Path | bytes, out: IO[bytes], sha256: str) -> None:
    """Copy ``source`` to ``out``, and see on the way that it is what it should be.

    A file that somebody changes while it is copied would else be kept under the hash of what it was.

    Raises:
        OutputError: It is something else.
    """
    digest = hashlib.sha256()
    if isinstance(source, bytes):
        digest.update(source)
        out.write(source)
    else:
        with source.open("rb") as stream:
            for part in pieces(stream):
                digest.update(part)
                out.write(part)
    if digest.hexdigest() != sha256:
        raise OutputError(f"'{source!s}' changed while it was copied. Wait until nobody writes to it.")
