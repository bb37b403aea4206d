"""Entries added up: in whole numbers, by project, user, month or whatever is asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError
from qsetu.sharing.usage.entry import ADDED_UP
from qsetu.sharing.usage.resources import RESOURCES
from qsetu.sharing.usage.texts import as_name
from qsetu.sharing.usage.times import Moment, as_moment, stamp

__all__ = ["GROUPINGS", "KEPT", "Total", "added_up", "as_groupings", "conditions", "joined", "sum_of"]

GROUPINGS = {
    "project": "project",
    "user": "user",
    "what": "what",
    "outcome": "outcome",
    "source": "source",
    "day": "substr(started, 1, 10)",
    "month": "substr(started, 1, 7)",
    "year": "substr(started, 1, 4)",
}
"""By what totals can be made, and how SQL says it."""

KEPT = (
    "(:project IS NULL OR project = :project) AND (:user IS NULL OR user = :user) "
    "AND (:since IS NULL OR started >= :since) AND (:until IS NULL OR started < :until)"
)
"""The condition on entries that are asked for."""


@dataclass(frozen=True)
class Total:
    """What entries add up to.

    Attributes:
        group: What they have in common, in the order that was asked for.
        runs: Entries that are no corrections.
        cpu_seconds: Seconds of a core.
        gpu_seconds: Seconds of a GPU.
        qpu_seconds: Seconds of a quantum machine.
        shots: Measured on a quantum machine.
        peak_memory_bytes: The largest; None if all are unknown.
    """

    group: tuple[str, ...]
    runs: int
    cpu_seconds: float
    gpu_seconds: float
    qpu_seconds: float
    shots: int
    peak_memory_bytes: int | None


def as_groupings(by: Any) -> tuple[str, ...]:
    """Names of groupings, each once.

    Raises:
        ArgumentError: Another name, or one twice.
    """
    names = (by,) if isinstance(by, str) else tuple(by)
    for name in names:
        as_choice("by", name, GROUPINGS)
    if len(set(names)) < len(names):
        raise ArgumentError("by", "must name each grouping once", list(names))
    return names


def conditions(
    project: str | None, user: str | None, since: Moment | None, until: Moment | None
) -> dict[str, str | None]:
    """The parameters of :data:`KEPT`, checked.

    Raises:
        ArgumentError: A name or a time that is none.
    """
    return {
        "project": None if project is None else as_name("project", project),
        "user": None if user is None else as_name("user", user),
        "since": None if since is None else stamp(as_moment("since", since)),
        "until": None if until is None else stamp(as_moment("until", until)),
    }


def sum_of(column: str) -> str:
    """SQL of a sum in two halves, for one sum of 64 bits may overflow; :func:`joined` puts them together."""
    return f"coalesce(sum({column} >> 32), 0), coalesce(sum({column} & 4294967295), 0)"


def joined(halves: Sequence[int]) -> int:
    """The sum of which :func:`sum_of` gave two halves."""
    high, low = halves
    return (high << 32) + low


def added_up(connection: sqlite3.Connection, by: Iterable[str], asked: dict[str, str | None]) -> list[Total]:
    """Totals of the entries that are ``asked`` for (see :data:`KEPT`), sorted by what they are grouped by."""
    groups = list(by)
    keys = [GROUPINGS[name] for name in groups]  # our own words, never a caller's
    sums = ", ".join(sum_of(name) for name in ADDED_UP)
    columns = [*keys, "sum(corrects IS NULL)", "max(peak_memory_bytes)", sums]
    query = f"SELECT {', '.join(columns)} FROM entries WHERE {KEPT}"
    if keys:
        query += f" GROUP BY {', '.join(keys)} ORDER BY {', '.join(keys)}"
    totals = []
    for row in connection.execute(query, asked):
        group, (runs, memory, *halves) = row[: len(keys)], row[len(keys) :]
        amounts: dict[str, Any] = {
            name: RESOURCES[name].shown(joined(halves[2 * place : 2 * place + 2]))
            for place, name in enumerate(ADDED_UP)
        }
        totals.append(Total(tuple(group), runs or 0, peak_memory_bytes=memory, **amounts))
    return totals
