"""Totals and entries as CSV that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable, Sequence

from qsetu.sharing.usage.entry import Usage
from qsetu.sharing.usage.totals import Total

__all__ = ["entries_csv", "totals_csv"]

# With these a spreadsheet begins a formula, also in their wide forms of East Asian fonts.
_FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")


def totals_csv(totals: Iterable[Total], by: Sequence[str]) -> str:
    """Totals as CSV: plain numbers, and an apostrophe before texts that look like formulas.

    Args:
        totals: Rows.
        by: What they are grouped by, as it was given to :meth:`Ledger.totals`.
    """
    amounts = [one.name for one in dataclasses.fields(Total) if one.name != "group"]
    rows = [[*map(_safe, one.group), *(getattr(one, name) for name in amounts)] for one in totals]
    return _written([*by, *amounts], rows)


def entries_csv(entries: Iterable[Usage]) -> str:
    """Entries as CSV, with everything that the ledger knows of each; texts as in :func:`totals_csv`."""
    names = [one.name for one in dataclasses.fields(Usage)]
    rows = [[_safe(getattr(one, name)) for name in names] for one in entries]
    return _written(names, rows)


def _safe(value: object) -> object:
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value


def _written(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()
