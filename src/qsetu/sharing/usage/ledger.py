"""The ledger: entries are added and never changed, quotas are kept, and totals say what is left."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qsetu.core.checks import as_float
from qsetu.core.errors import ArgumentError, DataError
from qsetu.sharing.usage.adding import add_entry
from qsetu.sharing.usage.database import create, reading, writing
from qsetu.sharing.usage.entry import Usage
from qsetu.sharing.usage.estimates import asked_for
from qsetu.sharing.usage.quotas import Finding, Quota, QuotaDecision, QuotaExceeded, judge, quota_of
from qsetu.sharing.usage.resources import RESOURCES, resource_named
from qsetu.sharing.usage.rows import COLUMNS, entry_of
from qsetu.sharing.usage.texts import as_name
from qsetu.sharing.usage.times import Moment, period_bounds
from qsetu.sharing.usage.totals import KEPT, Total, added_up, as_groupings, conditions, joined, sum_of

__all__ = ["Ledger"]


class Ledger:
    """A file of what was used. It is made, with its folder, where there is none.

    Processes, threads and machines may use one file at the same time. Nothing is kept open between calls. An
    entry is on the disk when :meth:`add` returns, or not in the file at all.

    Args:
        path: An SQLite file.
        busy_seconds: How long to wait for other processes that write.
        clock: What time it is, for quotas; the system's if None.

    Raises:
        ArgumentError: A path that can name no file.
        DataError: The file is no ledger, damaged, or made by a newer qsetu.
        OutputError: It cannot be made.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from qsetu.sharing.usage import Ledger, Usage
        >>> ledger = Ledger(Path(mkdtemp()) / "usage.sqlite")
        >>> run = Usage("heart", "ada", "vqe", "2026-01-31T10:00Z", "2026-01-31T10:01Z", qpu_seconds=2.5)
        >>> ledger.add(run), ledger.add(run)
        (True, False)
        >>> [(total.group, total.qpu_seconds) for total in ledger.totals()]
        [(('heart', 'ada'), 2.5)]
    """

    def __init__(
        self,
        path: str | Path,
        *,
        busy_seconds: float = 30.0,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        if not str(path) or "\0" in str(path):
            raise ArgumentError("path", "must name a file", str(path))
        self.path = Path(path)
        self._busy = as_float("busy_seconds", busy_seconds, low=0.0, high=86_400.0)
        self._clock = clock or (lambda: datetime.now(UTC))
        create(self.path, self._busy)

    def __repr__(self) -> str:
        return f"Ledger({str(self.path)!r})"

    # ---- entries ---------------------------------------------------------------------------------------

    def add(self, usage: Usage) -> bool:
        """Add an entry.

        Returns:
            False if its identity was there already, and nothing is changed.

        Raises:
            ArgumentError: It corrects an entry that is not there, is another project's or of another time, or
                would leave less than nothing of it.
            DataError: The file is not what it was when the ledger was opened.
            OutputError: It cannot be written; the ledger is as it was.
        """
        return self.add_all([usage]) == 1

    def add_all(self, usages: Iterable[Usage]) -> int:
        """Add entries in one step: all of them, or none if one is refused.

        Returns:
            How many were not there before.

        Raises:
            ArgumentError, DataError, OutputError: As :meth:`add`.
        """
        entries = list(usages)
        for one in entries:
            if not isinstance(one, Usage):
                raise ArgumentError("usage", "must be a Usage", one)
        with writing(self.path, self._busy) as connection:
            return sum(add_entry(connection, one) for one in entries)

    def entries(
        self,
        *,
        project: str | None = None,
        user: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> list[Usage]:
        """Entries, the one that started first in front.

        Args:
            project: Only of this one.
            user: Only of this one.
            since: Only what started then or later: ISO 8601 text, date or datetime, UTC without an offset.
            until: Only what started before.

        Raises:
            ArgumentError: A time that is none.
            DataError: The file cannot be read, or is damaged.
        """
        query = f"SELECT {', '.join(COLUMNS)} FROM entries WHERE {KEPT} ORDER BY started, id"
        with reading(self.path, self._busy) as connection:
            rows = connection.execute(query, conditions(project, user, since, until)).fetchall()
        try:
            return [entry_of(row) for row in rows]
        except (ArgumentError, TypeError) as error:
            raise self._damaged("an entry", error) from None

    def totals(
        self,
        by: str | Sequence[str] = ("project", "user"),
        *,
        project: str | None = None,
        user: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> list[Total]:
        """What entries add up to, corrections included.

        Args:
            by: Any of "project", "user", "what", "outcome", "source", "day", "month", "year"; none for one
                total of all.
            project: As :meth:`entries`.
            user: As :meth:`entries`.
            since: As :meth:`entries`.
            until: As :meth:`entries`.

        Raises:
            ArgumentError: An unknown grouping, or a time that is none.
            DataError: The file cannot be read.
        """
        groups = as_groupings(by)
        with reading(self.path, self._busy) as connection:
            return added_up(connection, groups, conditions(project, user, since, until))

    # ---- quotas ----------------------------------------------------------------------------------------

    def set_quota(
        self,
        project: str,
        resource: str,
        limit: float,
        period: str | None = None,
        warn_at: float = 0.8,
    ) -> Quota:
        """Limit what a project may use; a quota on the same resource and period is replaced.

        Args:
            project: Whose.
            resource: "cpu_seconds", "gpu_seconds", "qpu_seconds", "shots" or "peak_memory_bytes".
            limit: In that unit; of memory for each run.
            period: "month", "year" or "total". None is "month", and "run" for memory.
            warn_at: Share of the limit from which on there is a warning.

        Raises:
            ArgumentError: One of them breaks its rule.
            OutputError: It cannot be written.
        """
        quota = quota_of(project, resource, limit, period, warn_at)
        stored = RESOURCES[resource].stored(quota.limit)
        values = (quota.project, quota.resource, quota.period, stored, quota.warn_at)
        with writing(self.path, self._busy) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO quotas (project, resource, period, amount, warn_at) "
                "VALUES (?, ?, ?, ?, ?)",
                values,
            )
        return quota

    def quotas(self, project: str | None = None) -> list[Quota]:
        """All quotas, or those of a project.

        Raises:
            DataError: The file cannot be read, or is damaged.
        """
        with reading(self.path, self._busy) as connection:
            return self._quotas(connection, project)

    def remove_quota(self, project: str, resource: str, period: str | None = None) -> bool:
        """Take quotas away: of one period, or of all if None.

        Returns:
            Whether there was one.

        Raises:
            ArgumentError: No such resource.
            OutputError: It cannot be written.
        """
        name = resource_named(resource).name
        with writing(self.path, self._busy) as connection:
            done = connection.execute(
                "DELETE FROM quotas WHERE project = :project AND resource = :resource "
                "AND (:period IS NULL OR period = :period)",
                {"project": as_name("project", project), "resource": name, "period": period},
            )
            return done.rowcount > 0

    def standing(self, project: str | None = None) -> list[Finding]:
        """How far each quota is used up now: of a project, or of all; "refused" where nothing is left.

        Raises:
            DataError: The file cannot be read, or is damaged.
        """
        now = self._clock()
        with reading(self.path, self._busy) as connection:
            return [_finding(connection, one, None, now) for one in self._quotas(connection, project)]

    def check(self, project: str, estimate: Any = None, **amounts: float | int | None) -> QuotaDecision:
        """Whether a run may start.

        Two runs that ask at the same time are not told of each other: nothing is reserved.

        Args:
            project: Whose run.
            estimate: Numbers by name of resource, or an object with ``seconds`` and ``memory_bytes`` such as
                :func:`qsetu.explain` gives. Its seconds are taken for those of one core, or of one GPU if its
                ``device`` is none that starts with "cpu"; for more of them, give ``cpu_seconds`` yourself.
            **amounts: The same by name, before those of the estimate. None is some that nobody knows: refused
                only when nothing is left, as are CPU seconds that nobody gives. All else is 0 if not given.

        Raises:
            ArgumentError: An unknown resource, or a number that breaks its rule.
            DataError: The file cannot be read.
        """
        name = as_name("project", project)
        asked = asked_for(estimate, amounts)
        now = self._clock()
        with reading(self.path, self._busy) as connection:
            findings = [
                _finding(connection, quota, asked[quota.resource], now)
                for quota in self._quotas(connection, name)
                if asked.get(quota.resource, 0) != 0
            ]
        return QuotaDecision(name, tuple(findings))

    def require(self, project: str, estimate: Any = None, **amounts: float | int | None) -> QuotaDecision:
        """As :meth:`check`, for a run that starts only if it may.

        Raises:
            QuotaExceeded: It may not.
            ArgumentError, DataError: As :meth:`check`.
        """
        decision = self.check(project, estimate, **amounts)
        if not decision.allowed:
            raise QuotaExceeded(decision)
        return decision

    def _quotas(self, connection: sqlite3.Connection, project: str | None) -> list[Quota]:
        rows = connection.execute(
            "SELECT project, resource, amount, period, warn_at FROM quotas "
            "WHERE :project IS NULL OR project = :project ORDER BY project, resource, period",
            {"project": project},
        ).fetchall()
        try:
            return [
                Quota(name, resource, resource_named(resource).shown(stored), period, warn_at)
                for name, resource, stored, period, warn_at in rows
            ]
        except (ArgumentError, TypeError) as error:
            raise self._damaged("a quota", error) from None

    def _damaged(self, what: str, error: Exception) -> DataError:
        why = error if isinstance(error, ArgumentError) else "a value is of the wrong type."
        return DataError(f"Ledger '{self.path}' is damaged: of {what}, {why}")


def _finding(connection: sqlite3.Connection, quota: Quota, asked: int | None, now: datetime) -> Finding:
    first, ends = period_bounds(quota.period, now)
    used = 0
    if not RESOURCES[quota.resource].per_run:
        bounds = conditions(quota.project, None, first, ends)
        # The name is one of our own, which Quota has checked; the project is said twice for its index.
        query = f"SELECT {sum_of(quota.resource)} FROM entries WHERE project = :project AND {KEPT}"
        used = joined(connection.execute(query, bounds).fetchone())
    return judge(quota, used, asked, ends)
