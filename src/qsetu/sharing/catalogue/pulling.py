"""Writing the files of an entry where somebody wants them."""

from __future__ import annotations

from pathlib import Path

from qsetu.core.checks import as_int
from qsetu.core.errors import DataError
from qsetu.core.files import staged_folder
from qsetu.sharing.catalogue.reading import Contents, object_name
from qsetu.sharing.catalogue.schema import Entry
from qsetu.sharing.catalogue.storage import Absent, Store

__all__ = ["DEFAULT_LIMIT", "pull_entry"]

DEFAULT_LIMIT = 20 * 2**30
"""Bytes that are pulled at most, unless said otherwise."""


def pull_entry(
    store: Store, contents: Contents, entry: Entry, folder: Path, limit: int, withdrawn: bool
) -> list[Path]:
    """Write all files of ``entry``, or none; arguments and errors as of ``Catalogue.pull``."""
    called = f"Entry {entry.id[:12]} ({entry.name}@{entry.label})"
    gone = contents.withdrawn(entry.id)
    if gone is not None and not withdrawn:
        raise DataError(f"{called} is withdrawn: {gone.reason}. With --withdrawn it is pulled all the same.")
    total = sum(file.size for file in entry.files)
    if total > as_int("limit", limit, 0):
        raise DataError(f"{called} has {total} bytes, more than the limit of {limit}. --limit raises it.")
    with staged_folder(folder) as stage:
        for file in entry.files:
            try:
                store.fetch(object_name(file.sha256), stage / file.name, file.size, file.sha256)
            except Absent:
                who = f" Ask {entry.institution}." if entry.institution else ""
                raise DataError(
                    f"{called} is {entry.access}, and this catalogue has its card but not its file "
                    f"'{file.name}'.{who}"
                ) from None
            except DataError as error:
                raise DataError(
                    f"{called}: file '{file.name}' is refused: {error}. `qsetu catalogue verify` finds all "
                    "that is damaged."
                ) from None
    return [folder / file.name for file in entry.files]
