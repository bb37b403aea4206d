"""Adding one entry, within a transaction."""

from __future__ import annotations

import sqlite3

from qsetu.core.errors import ArgumentError
from qsetu.sharing.usage.entry import ADDED_UP, Usage
from qsetu.sharing.usage.resources import RESOURCES
from qsetu.sharing.usage.rows import INSERT, row_of
from qsetu.sharing.usage.totals import joined, sum_of

__all__ = ["add_entry"]


def add_entry(connection: sqlite3.Connection, usage: Usage) -> bool:
    """Add ``usage``; False, and nothing done, if its identity is there.

    Raises:
        ArgumentError: It corrects what is not there, or takes away more than there was.
    """
    there = connection.execute("SELECT 1 FROM entries WHERE identity = ?", (usage.identity,)).fetchone()
    if there is not None:
        return False
    if usage.corrects is not None:
        _check_correction(connection, usage)
    connection.execute(INSERT, row_of(usage))
    return True


def _check_correction(connection: sqlite3.Connection, usage: Usage) -> None:
    named = {"identity": usage.corrects}
    found = connection.execute(
        "SELECT project, user, started, finished, corrects FROM entries WHERE identity = :identity", named
    ).fetchone()
    hint = "Usage.correction makes one that fits."
    if found is None or found[-1] is not None:
        rule = "must be the identity of an entry of this ledger that is no correction itself"
        raise ArgumentError("corrects", rule, usage.corrects, hint)
    if found[:-1] != (usage.project, usage.user, usage.started, usage.finished):
        rule = "must name an entry of the same project, user and times, to count in the same period"
        raise ArgumentError("corrects", rule, usage.corrects, hint)
    sums = ", ".join(sum_of(name) for name in ADDED_UP)  # our own names
    halves = connection.execute(
        f"SELECT {sums} FROM entries WHERE identity = :identity OR corrects = :identity", named
    ).fetchone()
    for place, name in enumerate(ADDED_UP):
        resource, left = RESOURCES[name], joined(halves[2 * place : 2 * place + 2])
        if left + resource.stored(getattr(usage, name)) < 0:
            rule = f"must not take away more than the {resource.shown(left)} that are left of the entry"
            raise ArgumentError(name, rule, getattr(usage, name))
