"""Moments and periods, all in UTC: no leap of a clock makes a period longer or an hour count twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from qsetu.core.errors import ArgumentError

__all__ = ["PERIODS", "Moment", "as_moment", "as_stamp", "period_bounds", "stamp"]

Moment = str | date | datetime
"""ISO 8601 text, a date (its midnight) or a datetime; UTC where no offset is given."""

PERIODS = ("month", "year", "total")
"""For which quotas hold: calendar months and years in UTC, or for good."""


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC, such as ``2026-01-31T12:00:00+00:00``.

    Stamps sort as text as their moments do: ``+`` stands before the point of a fraction.
    """
    return moment.astimezone(UTC).isoformat()


def as_stamp(argument: str, value: Any) -> str:
    """The stamp of ISO 8601 text that says its offset.

    Raises:
        ArgumentError: No such text.
    """
    rule = "must be a time in ISO 8601 with its offset from UTC, such as 2026-01-31T12:00:00+00:00"
    try:
        moment = datetime.fromisoformat(value)
        result = stamp(moment)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError(argument, rule, value) from None
    if moment.tzinfo is None:
        raise ArgumentError(argument, rule, value, "Add Z if it is UTC.")
    return result


def as_moment(argument: str, value: Any) -> datetime:
    """A moment to look from or to, in UTC.

    Raises:
        ArgumentError: No date and no time, or one beyond the calendar.
    """
    rule = "must be a date or a time in ISO 8601, such as 2026-01-31 or 2026-01-31T12:00Z"
    try:
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, date):
            moment = datetime.combine(value, time())
        else:
            moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError(argument, rule, value) from None


def period_bounds(period: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """First moment of the period that holds ``now``, and first one after it; None where there is no bound."""
    here = now.astimezone(UTC)
    if period == "month":
        first = datetime(here.year, here.month, 1, tzinfo=UTC)
        return first, _first_of(here.year + here.month // 12, here.month % 12 + 1)
    if period == "year":
        return datetime(here.year, 1, 1, tzinfo=UTC), _first_of(here.year + 1, 1)
    return None, None


def _first_of(year: int, month: int) -> datetime | None:
    # The calendar of Python ends with the year 9999.
    return datetime(year, month, 1, tzinfo=UTC) if year <= 9999 else None
