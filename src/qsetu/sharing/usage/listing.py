"""Totals, entries and quotas as cells of a table: hours of processors and GPUs, seconds of QPUs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qsetu.sharing.usage.entry import Usage
from qsetu.sharing.usage.quotas import Finding
from qsetu.sharing.usage.totals import Total
from qsetu.sharing.usage.wording import number

__all__ = ["Listing", "entries_listing", "quotas_listing", "totals_listing"]

_AMOUNTS = ("CPU h", "GPU h", "QPU s", "shots", "peak\nmemory")


@dataclass(frozen=True)
class Listing:
    """Cells of a table.

    Attributes:
        title: Above it.
        texts: Heads of the columns that hold texts, which come first.
        numbers: Heads of the columns that hold numbers.
        rows: Cells.
    """

    title: str
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def totals_listing(totals: Iterable[Total], by: Sequence[str]) -> Listing:
    """Totals, grouped by ``by``."""
    rows = tuple((*one.group, number(one.runs), *_amounts(one)) for one in totals)
    return Listing("Usage", tuple(by), ("runs", *_AMOUNTS), rows)


def entries_listing(entries: Iterable[Usage]) -> Listing:
    """Entries by the day on which they started, in UTC; what else the ledger knows of them is in its CSV."""
    rows = tuple(
        (one.started[:10], one.project, one.user, one.what, one.outcome, *_amounts(one)) for one in entries
    )
    return Listing("Entries", ("day", "project", "user", "what", "outcome"), _AMOUNTS, rows)


def quotas_listing(findings: Iterable[Finding]) -> Listing:
    """Quotas, and what is left of each."""
    rows = []
    for one in findings:
        quota = one.quota
        amounts = (number(quota.limit), number(one.used), number(one.left))
        if quota.period == "run":
            amounts = (_size(int(quota.limit)), "", "")
        rows.append((quota.project, quota.resource, quota.period, *amounts, f"{100 * quota.warn_at:g} %"))
    texts, numbers = ("project", "resource", "period"), ("limit", "used", "left", "warns at")
    return Listing("Quotas", texts, numbers, tuple(rows))


def _amounts(one: Total | Usage) -> tuple[str, ...]:
    hours = (number(one.cpu_seconds / 3600), number(one.gpu_seconds / 3600))
    return (*hours, number(one.qpu_seconds), number(one.shots), _size(one.peak_memory_bytes))


def _size(value: int | None) -> str:
    if value is None:
        return ""
    for unit, power in (("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if value >= 2**power:
            return f"{value / 2**power:,.1f} {unit}"
    return f"{value} B"
