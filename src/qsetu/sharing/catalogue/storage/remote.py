"""Any other location that fsspec reaches: S3-compatible stores, SFTP, SMB, memory."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

from qsetu.core.errors import DataError, OutputError
from qsetu.sharing.catalogue.storage.base import Absent, Store, copy_checked, pieces

__all__ = ["RemoteStore"]

_AT_ONCE = 500
"""Small files read in one call, which drivers turn into concurrent requests."""


class RemoteStore(Store):
    """Files below a path of an fsspec file system.

    Where a place can write a file only in pieces, somebody may see a part of it. Readers check every hash,
    and whoever pushes the same again finds a wrong size and writes it anew.

    Args:
        filesystem: Made by fsspec.
        root: Path in it.
        shown: The location without passwords.
    """

    def __init__(self, filesystem: Any, root: str, shown: str) -> None:
        self.filesystem = filesystem
        self.root = root.rstrip("/")
        self.shown = shown

    def chunks(self, name: str) -> Generator[bytes, None, None]:
        """Content of a file, piece by piece; raises as :meth:`Store.chunks`."""
        try:
            with self.filesystem.open(self._path(name), "rb") as stream:
                yield from pieces(stream)
        except Exception as error:
            raise _unreadable(error) from None

    def read_many(self, names: Iterable[str], limit: int) -> Iterator[tuple[str, bytes | DataError]]:
        """Many small files in few calls; those that the listing calls larger than ``limit`` are not read."""
        wanted = list(names)
        for start in range(0, len(wanted), _AT_ONCE):
            group = wanted[start : start + _AT_ONCE]
            paths = {self._path(name): name for name in group}
            try:
                found = self.filesystem.cat(list(paths), on_error="return")
            except Exception as error:
                yield from ((name, _unreadable(error)) for name in group)
                continue
            for path, name in paths.items():
                content = found.get(path)
                if content is None:  # a path that the driver took for a pattern
                    yield from super().read_many([name], limit)
                elif not isinstance(content, bytes):
                    yield name, _unreadable(content)
                elif len(content) > limit:
                    yield name, DataError(f"it is larger than {limit} bytes")
                else:
                    yield name, content

    def names(self, folder: str) -> dict[str, int]:
        """Name and size of every file; raises as :meth:`Store.names`."""
        path = self._path(folder) if folder else self.root
        try:
            self.filesystem.invalidate_cache()  # else a listing may be of before somebody else's push
            found = self.filesystem.find(path, detail=True)
        except FileNotFoundError:
            return {}
        except Exception as error:
            raise DataError(f"Catalogue '{self.shown}' cannot be listed ({_brief(error)}).") from None
        start = self.filesystem._strip_protocol(path).rstrip("/") + "/"
        return {
            name.removeprefix(start): int(facts.get("size") or 0)
            for name, facts in found.items()
            if name.startswith(start) and facts.get("type") == "file"
        }

    def size(self, name: str) -> int | None:
        """Bytes of a file; None where there is none."""
        try:
            facts = self.filesystem.info(self._path(name))
        except FileNotFoundError:
            return None
        except Exception as error:
            raise DataError(f"Catalogue '{self.shown}' cannot be read ({_brief(error)}).") from None
        return int(facts.get("size") or 0) if facts.get("type") == "file" else None

    def occupied(self) -> bool:
        """Whether anything is there; raises as :meth:`Store.occupied`."""
        try:
            self.filesystem.invalidate_cache()
            found = self.filesystem.ls(self.root, detail=False)
        except FileNotFoundError:
            return False
        except Exception as error:
            raise DataError(f"'{self.shown}' cannot be listed ({_brief(error)}).") from None
        return any(not name.rstrip("/").rpartition("/")[2].startswith(".") for name in found)

    def put(self, name: str, source: Path | bytes, sha256: str) -> None:
        """Write a file; raises as :meth:`Store.put`."""
        path = self._path(name)
        # First a copy that nobody else can change, checked: what is once there has the hash of its name.
        with tempfile.TemporaryDirectory(prefix="qsetu-push-") as folder:
            copy = Path(folder) / "copy"
            try:
                with copy.open("wb") as out:
                    copy_checked(source, out, sha256)
            except OutputError:
                raise
            except OSError as error:
                raise OutputError(f"'{copy}' cannot be written ({_brief(error)}).") from None
            try:
                self.filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
                self.filesystem.put_file(str(copy), path)
            except Exception as error:
                raise OutputError(
                    f"Catalogue '{self.shown}' cannot be written ({_brief(error)}). The same command goes on "
                    "where it was."
                ) from None

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}"


# Drivers raise what their libraries raise, of any class: each becomes one of ours at this border.
def _unreadable(error: object) -> DataError:
    if isinstance(error, FileNotFoundError):
        return Absent("it is not there")
    return error if isinstance(error, DataError) else DataError(f"it cannot be read ({_brief(error)})")


def _brief(error: object) -> str:
    words = " ".join(str(getattr(error, "strerror", None) or error).split())
    return "".join(sign if sign.isprintable() else "?" for sign in words)[:200] or type(error).__name__
