"""The file below a ledger: opened, known for what it is, and its errors in words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qsetu.core.errors import DataError, OutputError, QsetuError
from qsetu.sharing.usage.schema import APPLICATION_ID, SCHEMA, VERSION

__all__ = ["create", "reading", "writing"]

_UNWRITABLE = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the file or its folder may not be written",
    sqlite3.SQLITE_PERM: "permission denied",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; is its folder there, and may you write in it?",
    sqlite3.SQLITE_IOERR: "the disk refuses",
    sqlite3.SQLITE_BUSY: "other processes kept it busy for too long; try again",
    sqlite3.SQLITE_LOCKED: "other processes kept it busy for too long; try again",
}


def create(path: Path, busy_seconds: float) -> None:
    """Make a ledger where there is none, or see that there is one.

    Of several processes that do this at once, one makes the tables and the others find them. A process that
    is killed here leaves an empty file, which the next one fills.

    Raises:
        DataError: Something else is there.
        OutputError: It cannot be made.
    """
    try:
        there = path.stat().st_size > 0
    except FileNotFoundError:
        there = False
    except OSError as error:
        raise OutputError(f"Ledger '{path}' cannot be reached ({error.strerror}).") from None
    if path.is_dir():
        raise DataError(f"Ledger '{path}' is a folder. Name a file in it, such as '{path / 'usage.sqlite'}'.")
    if there:
        with reading(path, busy_seconds):
            return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"Folder '{path.parent}' of the ledger cannot be made ({error.strerror})."
        ) from None
    with (
        _told(path, writes=True),
        _connection(path, "rwc", busy_seconds) as connection,
        _transaction(connection),
    ):
        if not _is_empty(connection):
            _check(connection, path)
            return
        for statement in SCHEMA.values():
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def reading(path: Path, busy_seconds: float) -> Iterator[sqlite3.Connection]:
    """A connection to read from.

    Raises:
        DataError: The ledger is missing, damaged, newer than this qsetu, or something else.
    """
    # Not mode=ro: whoever comes first after a killed process has to undo its half of a transaction. SQLite
    # itself falls back to reading where the file may not be written.
    with _told(path, writes=False), _connection(path, "rw", busy_seconds) as connection:
        connection.execute("BEGIN")  # all that is read in the block is of one moment
        _check(connection, path)
        yield connection


@contextmanager
def writing(path: Path, busy_seconds: float) -> Iterator[sqlite3.Connection]:
    """A connection in a transaction, which is on the disk when the block ends, and never was if it raises.

    Raises:
        DataError: As :func:`reading`.
        OutputError: It cannot be written.
    """
    with (
        _told(path, writes=True),
        _connection(path, "rw", busy_seconds) as connection,
        _transaction(connection),
    ):
        _check(connection, path)
        yield connection


@contextmanager
def _connection(path: Path, mode: str, busy_seconds: float) -> Iterator[sqlite3.Connection]:
    # The rollback journal and not WAL: ledgers lie in home folders on network file systems, where WAL fails.
    # One connection for each operation: nothing is shared among threads, or inherited by a forked process.
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=busy_seconds, isolation_level=None)
    try:
        # A file from elsewhere does not get to call functions in its triggers and views.
        connection.execute("PRAGMA trusted_schema = OFF")
        yield connection
    finally:
        connection.close()


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    # Immediate: it waits for other writers here, and not half way, where waiting would not help.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _is_empty(connection: sqlite3.Connection) -> bool:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return (
        not tables and not _number(connection, "application_id") and not _number(connection, "user_version")
    )


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse what is no ledger of this version."""
    if _is_empty(connection) or _number(connection, "application_id") != APPLICATION_ID:
        raise DataError(f"'{path}' is a database, but no usage ledger of qsetu. Name another file.")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise DataError(f"Ledger '{path}' has gone while it was open ({error.strerror}).") from None
    if size % _number(connection, "page_size"):
        # SQLite would take zeros for the rest of the last page, which a lock keeps anybody from writing now.
        raise DataError(f"Ledger '{path}' is damaged: its end is missing. Go back to a copy of it.")
    version = _number(connection, "user_version")
    if version > VERSION:
        raise DataError(
            f"Ledger '{path}' has version {version}, and this qsetu reads up to version {VERSION}. "
            "A newer qsetu made it: upgrade qsetu."
        )
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    made = {name: sql for name, sql in rows if not str(name).startswith("sqlite_")}
    if version != VERSION or made != SCHEMA:
        raise DataError(
            f"Ledger '{path}' is damaged: its tables, or the triggers that protect them, are not those of "
            f"version {VERSION}. Go back to a copy of it."
        )


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    (value,) = connection.execute(f"PRAGMA {pragma}").fetchone()  # both names are literals above
    return int(value)


@contextmanager
def _told(path: Path, *, writes: bool) -> Iterator[None]:
    """SQLite's errors in words of ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(path, error, writes) from error


def _translated(path: Path, error: sqlite3.Error, writes: bool) -> QsetuError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # without its extended part
    if code == sqlite3.SQLITE_NOTADB:
        return DataError(f"'{path}' is no usage ledger: it is not an SQLite file.")
    if code in _UNWRITABLE:
        kind, done = (OutputError, "written") if writes else (DataError, "read")
        return kind(f"Ledger '{path}' cannot be {done}: {_UNWRITABLE[code]} (SQLite: {error}).")
    return DataError(
        f"Ledger '{path}' is damaged (SQLite: {error}). Go back to a copy of it; `sqlite3 FILE .recover` may "
        "save what is left."
    )
