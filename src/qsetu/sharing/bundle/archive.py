"""The file itself: a zip that can be written in one way only, so that nothing can hide in it.

Entries are stored and not compressed, sorted by name, without dates, attributes, comments or gaps. Equal
content gives equal bytes whatever wrote it (compressors differ between builds of zlib), and a reader can
demand just these bytes: a zip that unpacks to more than it is, that holds links, absolute or climbing
paths, overlapping or hidden entries differs from what would be written, and is refused before it is unpacked.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO

from qsetu.core.errors import OutputError, shorten
from qsetu.sharing.errors import BundleError

__all__ = ["MAX_BYTES", "MAX_FILES", "Archive", "bad_name", "open_archive", "write_archive"]

MAX_BYTES = 2**30
"""Largest bundle that is read unless the caller allows more, bytes."""
MAX_FILES = 4096

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,9}")
# Names that a file cannot have on Windows, whatever its ending.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_DATE = (1980, 1, 1, 0, 0, 0)
_PIECE = 2**20
# What zipfile raises over headers that somebody made up; OSError where they point before the beginning.
_DAMAGED = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def bad_name(name: str) -> str:
    """Why a file of a bundle may not be called ``name``; empty where it may."""
    if len(name) > 240 or not _NAME.fullmatch(name):
        return "names are letters, digits, dots, _ and -, in at most ten folders"
    parts = name.split("/")
    if any(part.endswith(".") or _RESERVED.fullmatch(part) for part in parts):
        return "some systems cannot have a file of that name"
    return ""


def write_archive(files: Mapping[str, bytes | Path], stream: IO[bytes]) -> None:
    """Write the one zip that holds ``files``.

    Args:
        files: Content by name; a path is read in pieces.
        stream: Where to, seekable and empty.

    Raises:
        BundleError: A name is not allowed, or two differ only in case.
    """
    _check_names(list(files))
    sizes = {name: len(one) if isinstance(one, bytes) else one.stat().st_size for name, one in files.items()}

    def fill(name: str, target: IO[bytes]) -> None:
        content = files[name]
        if isinstance(content, bytes):
            target.write(content)
            return
        with content.open("rb") as source:
            _copy(source, target)

    _write(sizes, fill, stream)


def _write(sizes: Mapping[str, int], fill: Callable[[str, IO[bytes]], object], stream: IO[bytes]) -> None:
    """The one form: everything that a zip leaves open is fixed here."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name in sorted(sizes):
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            info.file_size = sizes[name]
            with archive.open(info, "w") as target:
                fill(name, target)


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    while piece := source.read(_PIECE):
        target.write(piece)


class Archive:
    """An open bundle whose outer form was checked; what its files say is not.

    Attributes:
        sha256: Of the whole file, hex.
        size: Of the whole file, bytes.
        sizes: Bytes of each file, by name, sorted.
    """

    def __init__(self, path: Path, stream: BufferedReader, limit: int) -> None:
        self._path, self._stream = path, stream
        self.size = os.fstat(stream.fileno()).st_size
        if self.size > limit:
            raise BundleError(
                f"Bundle '{path}' has {self.size:,} bytes; at most {limit:,} are read. If you expect one of "
                "this size, allow it with --max-bytes."
            )
        self.sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        self._zip = self._opened()
        self.sizes = {info.filename: info.file_size for info in self._zip.infolist()}
        self._check_form()

    def read(self, name: str, limit: int | None = None) -> bytes:
        """The content of one file.

        Raises:
            BundleError: It is not there, larger than ``limit`` bytes, or damaged.
        """
        if name not in self.sizes:
            raise BundleError(f"Bundle '{self._path}' has no file '{name}'.")
        if limit is not None and self.sizes[name] > limit:
            raise BundleError(
                f"'{name}' of '{self._path}' has {self.sizes[name]:,} bytes; {limit:,} are read at most."
            )
        return b"".join(self._pieces(name))

    def copy(self, name: str, target: IO[bytes]) -> str:
        """Write one file to ``target`` in pieces; its SHA-256."""
        digest = hashlib.sha256()
        for piece in self._pieces(name):
            digest.update(piece)
            target.write(piece)
        return digest.hexdigest()

    def digest(self, name: str) -> str:
        """SHA-256 of one file, hex."""
        digest = hashlib.sha256()
        for piece in self._pieces(name):
            digest.update(piece)
        return digest.hexdigest()

    def _pieces(self, name: str) -> Iterator[bytes]:
        # Only reading is guarded: what fails while a piece is used is somebody else's.
        try:
            stream = self._zip.open(name)
        except _DAMAGED as error:
            raise self._damaged(name, error) from None
        with stream:
            while True:
                try:
                    piece = stream.read(_PIECE)
                except _DAMAGED as error:
                    raise self._damaged(name, error) from None
                if not piece:
                    return
                yield piece

    def _damaged(self, name: str, error: Exception) -> BundleError:
        return BundleError(f"'{name}' of bundle '{self._path}' is damaged ({error}).")

    def _opened(self) -> zipfile.ZipFile:
        try:
            opened = zipfile.ZipFile(self._stream)
        except (*_DAMAGED, OverflowError) as error:
            raise BundleError(f"'{self._path}' is no bundle: it is no zip file ({error}).") from None
        if len(opened.infolist()) > MAX_FILES:
            raise BundleError(f"Bundle '{self._path}' has more than {MAX_FILES:,} files.")
        return opened

    def _check_form(self) -> None:
        """Refuse everything that :func:`write_archive` would not have written.

        Names and sizes come first, so that writing it again cannot be made to take much: what is written is
        never larger than what is there.
        """
        infos = self._zip.infolist()
        for info in infos:
            if reason := bad_name(info.orig_filename):
                raise BundleError(
                    f"Bundle '{self._path}' holds a file called {shorten(info.orig_filename, 60)}, "
                    f"which is refused: {reason}."
                )
            if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
                raise BundleError(
                    f"'{info.filename}' of bundle '{self._path}' is compressed or encrypted; files of a "
                    "bundle never are, so that none unpacks to more than was sent."
                )
        _check_names([info.filename for info in infos], str(self._path))
        if sum(info.file_size for info in infos) > self.size:
            raise BundleError(f"Bundle '{self._path}' claims to hold more than it is: its entries overlap.")
        with tempfile.TemporaryFile() as again:
            try:
                _write(self.sizes, self.copy, again)
            except OSError as error:
                raise OutputError(
                    f"Bundle '{self._path}' cannot be checked: no room for a copy "
                    f"({error.strerror or error}). TMPDIR names another folder for it."
                ) from None
            if not _same(self._stream, again):
                raise BundleError(
                    f"Bundle '{self._path}' was not written by qsetu, or was changed since: its bytes "
                    "are not what its files would give (no links, gaps, comments, attributes)."
                )


def _same(a: IO[bytes], b: IO[bytes]) -> bool:
    a.seek(0)
    b.seek(0)
    while True:
        first, second = a.read(_PIECE), b.read(_PIECE)
        if first != second:
            return False
        if not first:
            return True


def _check_names(names: list[str], path: str = "") -> None:
    where = f"Bundle '{path}': " if path else ""
    if len(names) > MAX_FILES:
        raise BundleError(f"{where}{len(names):,} files are more than the {MAX_FILES:,} of a bundle.")
    seen: dict[str, str] = {}
    for name in names:
        if reason := bad_name(name):
            raise BundleError(f"{where}file name {shorten(name, 60)} is not allowed: {reason}.")
        # Where letters of either case are the same, one file would replace the other.
        before = len(seen)
        other = seen.setdefault(name.lower(), name)
        if other != name or len(seen) == before:
            raise BundleError(f"{where}'{name}' and '{other}' would be the same file on some systems.")
    folders = {"/".join(parts[:i]) for parts in (n.split("/") for n in seen) for i in range(1, len(parts))}
    if both := folders & set(seen):
        raise BundleError(f"{where}'{min(both)}' is a file and a folder.")


@contextmanager
def open_archive(path: str | Path, max_bytes: int = MAX_BYTES) -> Iterator[Archive]:
    """Open a bundle and check its outer form, before anything of it is believed or unpacked.

    Args:
        path: The file.
        max_bytes: Larger files are refused.

    Raises:
        BundleError: It is missing, too large, no zip, or not in the one form that bundles have.
    """
    file = Path(path)
    # A pipe or device would block or never end.
    if not file.is_file():
        raise BundleError(f"Bundle '{file}' was not found, or is no file.")
    try:
        stream = file.open("rb")
    except OSError as error:
        raise BundleError(f"Bundle '{file}' cannot be read ({error.strerror or error}).") from None
    with stream:
        yield Archive(file, stream, max_bytes)
