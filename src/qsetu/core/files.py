"""Writing that never leaves something half-written which looks whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from qsetu.core.errors import OutputError

__all__ = [
    "cache_folder",
    "check_output_folder",
    "config_folder",
    "staged_folder",
    "whole_file",
    "write_whole",
]


def cache_folder(name: str) -> Path | None:
    """The user's folder for what can be computed again; None where nobody's process has no home."""
    return _user_folder("XDG_CACHE_HOME", ".cache", name)


def config_folder(name: str) -> Path | None:
    """The user's folder for what was decided and must be kept; None where nobody's process has no home."""
    return _user_folder("XDG_CONFIG_HOME", ".config", name)


def _user_folder(variable: str, usual: str, name: str) -> Path | None:
    base = os.environ.get(variable, "")
    if Path(base).is_absolute():  # others are to be ignored, its specification says
        return Path(base) / "qsetu" / name
    try:
        return Path.home() / usual / "qsetu" / name
    except RuntimeError:
        return None


def check_output_folder(path: Path) -> None:
    """Refuse, before any work is done, a folder that could not be written at the end.

    Raises:
        OutputError: ``path`` is a file, a folder that holds something, or not writable.
    """
    if path.exists() and not path.is_dir():
        raise OutputError(f"Output folder '{path}' is an existing file. Choose another folder with --out.")
    if path.is_dir() and any(path.iterdir()):
        raise OutputError(
            f"Output folder '{path}' is not empty, and results are never overwritten. "
            "Choose a new folder with --out, or remove that one first."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".qsetu-check-", dir=path.parent):
            pass
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(
            f"Output folder '{path}' cannot be written ({reason}). Choose a folder you own with --out."
        ) from None


@contextmanager
def staged_folder(path: Path) -> Iterator[Path]:
    """A temporary sibling of ``path`` that becomes ``path`` in one rename when the block succeeds.

    If the block raises (Ctrl-C included) the temporary folder is removed and ``path`` never appears.
    A killed process can leave the temporary folder behind, whose name starts with a dot and ends in
    ``.partial``; it is never mistaken for a result.
    """
    check_output_folder(path)
    stage = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".partial", dir=path.parent))
    try:
        # mkdtemp makes private folders; a result is shared like any other new folder.
        mask = os.umask(0)
        os.umask(mask)
        stage.chmod(0o777 & ~mask)
        yield stage
        stage.rename(path)  # rename replaces an existing empty folder, and nothing else
    except OSError as error:
        shutil.rmtree(stage, ignore_errors=True)
        reason = error.strerror or type(error).__name__
        raise OutputError(f"Output folder '{path}' could not be written: {reason}.") from error
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise


@contextmanager
def whole_file(path: Path, *, durable: bool = False) -> Iterator[IO[bytes]]:
    """A stream whose content becomes ``path`` in one step when the block succeeds, and never where it raises.

    Args:
        path: In a folder that exists; a file that is there is replaced.
        durable: Whether its content is on the disk before its name is: what has a name after a power cut has
            its content, too.

    Raises:
        OSError: It cannot be written.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        # mkstemp makes private files; a result is shared like any other new file.
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_whole(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write a file in one step: whoever looks sees all of it, or what was there before.

    Args:
        path: In a folder that exists.
        data: Its content.
        replace: Whether a file that is there may go.

    Raises:
        OutputError: It cannot be written, or is there and may not go.
    """
    if not replace and path.exists():
        raise OutputError(f"'{path}' exists, and nothing is overwritten. Choose another, or say --force.")
    try:
        with whole_file(path) as stream:
            stream.write(data)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(f"'{path}' cannot be written ({reason}).") from None
