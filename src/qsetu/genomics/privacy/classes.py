"""People who look alike: equivalence classes of a table over its quasi-identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError

__all__ = ["MASKED", "as_columns", "codes_of", "equivalence_classes", "html_table", "smallest_classes"]

MASKED = "***"
"""Stands for a value that is not shown."""


def as_columns(table: pd.DataFrame, argument: str, names: str | Iterable[str]) -> tuple[str, ...]:
    """The names of columns of ``table``, checked: there, once each, at least one."""
    if not isinstance(table, pd.DataFrame):
        raise ArgumentError("table", "must be a pandas DataFrame, a row a person", table)
    if not len(table):
        raise ArgumentError("table", "must have at least one row", table.shape)
    chosen = (names,) if isinstance(names, str) else tuple(names)
    if not chosen:
        raise ArgumentError(argument, "must name at least one column", chosen)
    if len(set(chosen)) != len(chosen):
        raise ArgumentError(argument, "must name each column once", list(chosen))
    columns = list(table.columns)
    for name in chosen:
        if columns.count(name) != 1:
            rule = "must be columns of the table, and each name only one of them"
            raise ArgumentError(argument, rule, name, f"Columns: {', '.join(map(str, columns))}.")
    return chosen


def codes_of(column: pd.Series[Any]) -> NDArray[np.int64]:
    """A number for each value, int64 ``(N,)``; all missing values (None, NaN, NaT, NA) are one value."""
    try:
        codes, _ = pd.factorize(column, use_na_sentinel=False)
    except TypeError:
        rule = "must hold values that can be compared (text, numbers, dates), not lists or arrays"
        raise ArgumentError("table", rule, column.name) from None
    return np.asarray(codes, dtype=np.int64)


def equivalence_classes(table: pd.DataFrame, columns: tuple[str, ...]) -> NDArray[np.int64]:
    """The class of each row, int64 ``(N,)`` from 0: rows alike in all ``columns`` share it."""
    labels = np.zeros(len(table), dtype=np.int64)
    for name in columns:
        codes = codes_of(table[name])
        # Renumbered after each column, so that the product never leaves 64 bits.
        _, labels = np.unique(labels * (codes.max() + 1) + codes, return_inverse=True)
        labels = labels.astype(np.int64)
    return labels


def smallest_classes(
    table: pd.DataFrame,
    columns: tuple[str, ...],
    labels: NDArray[np.int64],
    worst: NDArray[np.int64],
    shown: Mapping[str, NDArray[Any]],
    show_values: bool,
) -> pd.DataFrame:
    """A row for each of the classes ``worst``: its values (masked unless asked for) and ``shown`` numbers."""
    _, first = np.unique(labels, return_index=True)
    rows = table.iloc[first[worst]][list(columns)].reset_index(drop=True)
    if not show_values:
        rows = pd.DataFrame({name: [MASKED] * len(worst) for name in columns})
    for name, numbers in shown.items():
        rows[name] = numbers[worst]
    return rows


def html_table(title: str, rows: list[tuple[str, str]]) -> str:
    """Two columns, as notebooks show them."""
    import html

    body = "".join(
        f'<tr><th style="text-align:left">{html.escape(name)}</th>'
        f'<td style="text-align:left">{html.escape(value)}</td></tr>'
        for name, value in rows
    )
    return f'<table><caption style="text-align:left">{html.escape(title)}</caption>{body}</table>'
