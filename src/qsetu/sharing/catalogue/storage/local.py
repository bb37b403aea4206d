"""A folder of this machine, or a network share that is mounted as one."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator
from pathlib import Path

from qsetu.core.errors import DataError, OutputError
from qsetu.core.files import whole_file
from qsetu.sharing.catalogue.storage.base import Absent, Store, copy_checked, pieces

__all__ = ["LocalStore"]


class LocalStore(Store):
    """Files below a folder; each is written under a temporary name, and renamed when it is whole."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.shown = str(root)

    def chunks(self, name: str) -> Generator[bytes, None, None]:
        """Content of a file, piece by piece; raises as :meth:`Store.chunks`."""
        try:
            # Without waiting: what lies in somebody's share may be a pipe that nobody ever writes to.
            flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            descriptor = os.open(self.root / name, flags)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                raise DataError("it is not a file")
            with os.fdopen(descriptor, "rb") as stream:
                yield from pieces(stream)
        except (FileNotFoundError, NotADirectoryError):
            raise Absent("it is not there") from None
        except OSError as error:
            raise DataError(f"it cannot be read ({error.strerror or type(error).__name__})") from None

    def names(self, folder: str) -> dict[str, int]:
        """Name and size of every file; raises as :meth:`Store.names`."""
        found: dict[str, int] = {}
        waiting = [""]
        while waiting:
            below = waiting.pop()
            try:
                with os.scandir(self.root / folder / below) as items:
                    for item in items:
                        name = f"{below}/{item.name}" if below else item.name
                        # Links to folders are not followed: they could lead round in a circle.
                        if item.is_dir(follow_symlinks=False):
                            waiting.append(name)
                        elif (size := _bytes_of(item)) is not None:
                            found[name] = size
            except FileNotFoundError:
                continue  # never made
            except OSError as error:
                reason = error.strerror or type(error).__name__
                raise DataError(f"Folder '{self.root / folder}' cannot be listed ({reason}).") from None
        return found

    def size(self, name: str) -> int | None:
        """Bytes of a file; None where there is none."""
        try:
            facts = (self.root / name).stat()
        except OSError:
            return None
        return facts.st_size if stat.S_ISREG(facts.st_mode) else None

    def occupied(self) -> bool:
        """Whether anything is there; raises as :meth:`Store.occupied`."""
        try:
            return any(not path.name.startswith(".") for path in self.root.iterdir())
        except FileNotFoundError:
            return False
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise DataError(f"Folder '{self.root}' cannot be listed ({reason}).") from None

    def put(self, name: str, source: Path | bytes, sha256: str) -> None:
        """Write a file, whole or not at all; raises as :meth:`Store.put`."""
        path = self.root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path, durable=True) as out:
                copy_checked(source, out, sha256)
        except OutputError:
            raise
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise OutputError(
                f"Catalogue '{self.shown}' cannot be written ({reason}). Nothing of this file is left there; "
                "the same command goes on where it was."
            ) from None


def _bytes_of(item: os.DirEntry[str]) -> int | None:
    """None for what was renamed since it was listed, as the temporary file of another push is."""
    try:
        return item.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return None
