"""An entry as a row of the table, and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from qsetu.sharing.usage.entry import ADDED_UP, Usage
from qsetu.sharing.usage.resources import RESOURCES

__all__ = ["COLUMNS", "INSERT", "entry_of", "row_of"]

COLUMNS = tuple(one.name for one in dataclasses.fields(Usage))
INSERT = f"INSERT INTO entries ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"


def row_of(usage: Usage) -> tuple[Any, ...]:
    """Values for :data:`INSERT`."""
    return tuple(
        RESOURCES[name].stored(getattr(usage, name)) if name in ADDED_UP else getattr(usage, name)
        for name in COLUMNS
    )


def entry_of(row: Sequence[Any]) -> Usage:
    """The entry of a row with :data:`COLUMNS`.

    Raises:
        ArgumentError: A value breaks its rule.
        TypeError: One is of another type.
    """
    values: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
    for name in ADDED_UP:
        values[name] = RESOURCES[name].shown(values[name])
    return Usage(**values)
