"""l-diversity and t-closeness: what those who look alike still give away about a sensitive value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qsetu.core.checks import as_choice, as_float
from qsetu.core.errors import ArgumentError, Said
from qsetu.genomics.privacy.classes import (
    as_columns,
    codes_of,
    equivalence_classes,
    html_table,
    smallest_classes,
)

__all__ = ["Closeness", "Diversity", "l_diversity", "t_closeness"]

_MAX_CELLS = 50_000_000


@dataclass(frozen=True, eq=False)
class Diversity:
    """How many sensitive values each group of like people has.

    Attributes:
        quasi_identifiers: The columns by which people could be recognised.
        sensitive: The column that must not be learned.
        kind: "distinct", "entropy" or "recursive".
        c: The constant of the recursive kind; None for the others.
        l: The largest l for which every class is l-diverse; an integer except for entropy.
        per_class: l of each class, float64.
        uniform_rows: Rows in classes of one sensitive value: who finds the class knows the value.
        worst: The ten least diverse classes: values, masked unless asked for, ``size`` and ``l``.
    """

    quasi_identifiers: tuple[str, ...]
    sensitive: str
    kind: str
    c: float | None
    l: float  # noqa: E741 - the name of the thing
    per_class: NDArray[np.float64]
    uniform_rows: int
    worst: pd.DataFrame

    def _rows(self) -> list[tuple[str, str]]:
        kind = self.kind if self.c is None else f"{self.kind}, c = {self.c:g}"
        return [
            ("quasi-identifiers", ", ".join(map(str, self.quasi_identifiers))),
            ("sensitive", str(self.sensitive)),
            (f"l ({kind})", f"{self.l:.4g}"),
            ("classes", f"{len(self.per_class):,}"),
            ("rows whose class has one value", f"{self.uniform_rows:,}"),
        ]

    def __str__(self) -> str:
        rows = self._rows()
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:{width}}  {value}" for name, value in rows)

    def __repr__(self) -> str:
        return f"Diversity(l={self.l:.4g}, kind={self.kind!r}, classes={len(self.per_class)})"

    def _repr_html_(self) -> str:
        return html_table("l-diversity", self._rows())


@dataclass(frozen=True, eq=False)
class Closeness:
    """How far the sensitive values of a class are from those of everybody.

    Attributes:
        quasi_identifiers: The columns by which people could be recognised.
        sensitive: The column that must not be learned.
        ordered: Whether values lie on a line (numbers) or are all equally far from each other.
        t: The largest distance of any class, from 0 (all like everybody) to 1.
        per_class: The distance of each class, float64.
        worst: The ten classes that differ most: values, masked unless asked for, ``size`` and ``t``.
    """

    quasi_identifiers: tuple[str, ...]
    sensitive: str
    ordered: bool
    t: float
    per_class: NDArray[np.float64]
    worst: pd.DataFrame

    def _rows(self) -> list[tuple[str, str]]:
        return [
            ("quasi-identifiers", ", ".join(map(str, self.quasi_identifiers))),
            ("sensitive", f"{self.sensitive} ({'ordered' if self.ordered else 'categories'})"),
            ("t", f"{self.t:.4g}"),
            ("classes", f"{len(self.per_class):,}"),
        ]

    def __str__(self) -> str:
        rows = self._rows()
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:{width}}  {value}" for name, value in rows)

    def __repr__(self) -> str:
        return f"Closeness(t={self.t:.4g}, ordered={self.ordered}, classes={len(self.per_class)})"

    def _repr_html_(self) -> str:
        return html_table("t-closeness", self._rows())


def l_diversity(
    table: pd.DataFrame,
    quasi_identifiers: str | Iterable[str],
    sensitive: str,
    kind: str = "distinct",
    *,
    c: float = 3.0,
    show_values: bool = False,
) -> Diversity:
    """The largest l for which every class of like people has l well-represented sensitive values.

    "distinct" counts the different values of a class. "entropy" is the exponential of their entropy, the
    number of equally frequent values that would be as uncertain. "recursive" is (c, l)-diversity: with counts
    r1 >= r2 >= ..., the largest l with r1 < c (r_l + r_(l+1) + ...); 0 where not even l = 1 holds. A missing
    value is a value of its own, in quasi-identifiers and in the sensitive column.

    Args:
        table: A row a person.
        quasi_identifiers: Columns that somebody else could know.
        sensitive: The column that must not be learned; not one of the quasi-identifiers.
        kind: "distinct", "entropy" or "recursive".
        c: The constant of the recursive kind, above 0.
        show_values: Show the values of the least diverse classes; masked otherwise.

    Raises:
        ArgumentError: A column is not there, or is both sensitive and quasi-identifier; or ``kind`` is
            unknown.

    References:
        A. Machanavajjhala, D. Kifer, J. Gehrke and M. Venkitasubramaniam, "l-diversity: privacy beyond
        k-anonymity", ACM Trans. Knowl. Discov. Data 1, 3 (2007).

    Examples:
        >>> import pandas as pd
        >>> people = pd.DataFrame({"age": [20, 20, 30, 30], "diagnosis": ["a", "b", "a", "a"]})
        >>> l_diversity(people, "age", "diagnosis").l
        1.0
    """
    kind = as_choice("kind", kind, ("distinct", "entropy", "recursive"))
    constant = as_float("c", c, low=0, open_low=True)
    columns, labels, counts = _counted(table, quasi_identifiers, sensitive)
    found = counts > 0
    if kind == "distinct":
        values = found.sum(1).astype(np.float64)
    elif kind == "entropy":
        share = counts / counts.sum(1, keepdims=True)
        values = np.exp(-np.sum(share * np.log(np.where(found, share, 1.0)), axis=1))
    else:
        falling = -np.sort(-counts, axis=1)
        tails = np.cumsum(falling[:, ::-1], axis=1)[:, ::-1]
        # Tails fall with l, so the number of l that hold is the largest that does.
        values = np.sum(falling[:, :1] < constant * tails, axis=1).astype(np.float64)
    sizes = counts.sum(1)
    worst = np.argsort(values, kind="stable")[:10]
    shown = {"size": sizes, "l": values}
    return Diversity(
        quasi_identifiers=columns,
        sensitive=sensitive,
        kind=kind,
        c=constant if kind == "recursive" else None,
        l=float(values.min()),
        per_class=values,
        uniform_rows=int(sizes[found.sum(1) == 1].sum()),
        worst=smallest_classes(table, columns, labels, worst, shown, show_values),
    )


def t_closeness(
    table: pd.DataFrame,
    quasi_identifiers: str | Iterable[str],
    sensitive: str,
    *,
    ordered: bool | None = None,
    show_values: bool = False,
) -> Closeness:
    """The largest earth mover's distance between the sensitive values of a class and those of everybody.

    Categories are all at distance 1 (a missing value is one of them); ordered values at the difference of
    their ranks, over the number of different values less one.

    Args:
        table: A row a person.
        quasi_identifiers: Columns that somebody else could know.
        sensitive: The column that must not be learned; not one of the quasi-identifiers.
        ordered: Whether values lie on a line; None takes numbers as ordered and all else as categories.
        show_values: Show the values of the classes that differ most; masked otherwise.

    Raises:
        ArgumentError: A column is not there, or ordered values lack a place in the order because some are
            missing.

    References:
        N. Li, T. Li and S. Venkatasubramanian, "t-closeness: privacy beyond k-anonymity and l-diversity",
        ICDE 2007.

    Examples:
        >>> import pandas as pd
        >>> people = pd.DataFrame({"age": [20, 20, 30, 30], "diagnosis": ["a", "b", "a", "a"]})
        >>> t_closeness(people, "age", "diagnosis").t
        0.25
    """
    columns, labels, counts = _counted(table, quasi_identifiers, sensitive)
    column = table[sensitive]
    numbers = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    on_a_line = numbers if ordered is None else bool(ordered)
    if on_a_line:
        if column.isna().any():
            rule = "must have no missing values where they are ordered"
            raise ArgumentError("sensitive", rule, sensitive, "Drop those rows, or say ordered=False.")
        # Columns of the counts in the order of the values themselves.
        counts = counts[:, np.asarray(pd.Index(column.unique()).argsort())]
    share = counts / counts.sum(1, keepdims=True)
    difference = share - counts.sum(0) / counts.sum()
    if on_a_line:
        values = np.abs(np.cumsum(difference, axis=1)).sum(1) / max(counts.shape[1] - 1, 1)
    else:
        values = np.abs(difference).sum(1) / 2
    worst = np.argsort(-values, kind="stable")[:10]
    shown = {"size": counts.sum(1), "t": values}
    return Closeness(
        quasi_identifiers=columns,
        sensitive=sensitive,
        ordered=on_a_line,
        t=float(values.max()),
        per_class=values,
        worst=smallest_classes(table, columns, labels, worst, shown, show_values),
    )


def _counted(
    table: pd.DataFrame, quasi_identifiers: str | Iterable[str], sensitive: str
) -> tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.int64]]:
    """Columns, the class of each row, and how often each class has each value, ``(classes, values)``."""
    columns = as_columns(table, "quasi_identifiers", quasi_identifiers)
    as_columns(table, "sensitive", [sensitive])
    if sensitive in columns:
        raise ArgumentError("sensitive", "must not be one of the quasi-identifiers", sensitive)
    labels = equivalence_classes(table, columns)
    codes = codes_of(table[sensitive])
    width = int(codes.max()) + 1
    if (int(labels.max()) + 1) * width > _MAX_CELLS:
        rule = f"must leave at most {_MAX_CELLS:,} pairs of a class and a sensitive value"
        given = Said(f"{int(labels.max()) + 1:,} classes and {width:,} values")
        raise ArgumentError("table", rule, given, "Bin the quasi-identifiers or the sensitive column.")
    flat = np.bincount(labels * width + codes, minlength=(int(labels.max()) + 1) * width)
    return columns, labels, flat.reshape(-1, width).astype(np.int64)
