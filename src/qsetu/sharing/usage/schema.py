"""The tables of a ledger. Nothing in them can be changed or taken away but quotas."""

from __future__ import annotations

__all__ = ["APPLICATION_ID", "SCHEMA", "VERSION"]

APPLICATION_ID = 0x71737573
"""What SQLite files of this format carry at byte 68: "qsus" in ASCII."""
VERSION = 1
"""Of this format, at byte 60 (``PRAGMA user_version``)."""

_ENTRIES = """CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL,
    user TEXT NOT NULL,
    what TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT NOT NULL,
    cpu_seconds INTEGER NOT NULL CHECK (typeof(cpu_seconds) = 'integer'),
    gpu_seconds INTEGER NOT NULL CHECK (typeof(gpu_seconds) = 'integer'),
    qpu_seconds INTEGER NOT NULL CHECK (typeof(qpu_seconds) = 'integer'),
    shots INTEGER NOT NULL CHECK (typeof(shots) = 'integer'),
    peak_memory_bytes INTEGER CHECK (typeof(peak_memory_bytes) IN ('integer', 'null')),
    outcome TEXT NOT NULL,
    source TEXT NOT NULL,
    job_id TEXT,
    calibration_set_id TEXT,
    note TEXT NOT NULL,
    corrects TEXT
)"""

_QUOTAS = """CREATE TABLE quotas (
    project TEXT NOT NULL,
    resource TEXT NOT NULL,
    period TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (typeof(amount) = 'integer'),
    warn_at REAL NOT NULL,
    PRIMARY KEY (project, resource, period)
)"""

# INSERT OR REPLACE deletes without a word to triggers on DELETE, so a row that is there stops an insert.
_NO_REPLACING = """CREATE TRIGGER entries_are_not_replaced BEFORE INSERT ON entries
WHEN EXISTS (SELECT 1 FROM entries WHERE identity = NEW.identity OR id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'entries are never replaced; add one that corrects it'); END"""

_NO_CHANGING = """CREATE TRIGGER entries_are_not_changed BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are never changed; add one that corrects it'); END"""

_NO_DELETING = """CREATE TRIGGER entries_are_not_deleted BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are never deleted; add one that corrects it'); END"""

SCHEMA = {
    "entries": _ENTRIES,
    "quotas": _QUOTAS,
    "entries_by_project": "CREATE INDEX entries_by_project ON entries (project, started)",
    "entries_by_correction": "CREATE INDEX entries_by_correction ON entries (corrects)",
    "entries_are_not_replaced": _NO_REPLACING,
    "entries_are_not_changed": _NO_CHANGING,
    "entries_are_not_deleted": _NO_DELETING,
}
"""Statement that makes each table, index and trigger; SQLite keeps their text: a file is held against it.

Columns of seconds hold whole microseconds.
"""
