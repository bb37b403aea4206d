"""k-anonymity: how many people share the traits by which somebody could be recognised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qsetu.core.checks import as_int
from qsetu.genomics.privacy.classes import as_columns, equivalence_classes, html_table, smallest_classes

__all__ = ["Anonymity", "k_anonymity"]


@dataclass(frozen=True, eq=False)
class Anonymity:
    """How well people of a table hide among those who look like them.

    Attributes:
        quasi_identifiers: The columns by which people could be recognised.
        num_rows: Rows of the table.
        wanted_k: The smallest class that is wanted.
        k: Size of the smallest class: the table is k-anonymous for this k and below.
        num_classes: Number of classes of people who are alike in all quasi-identifiers.
        sizes: How many classes there are of each size, by rising size.
        at_risk: Rows in classes smaller than ``wanted_k``.
        max_risk: The chance to pick out the most exposed person, 1 / k, for somebody who knows that the
            person is in the table ("prosecutor").
        mean_risk: The same, averaged over rows: classes per row.
        smallest: The ten smallest classes (fewer if there are fewer): their values, masked unless asked for,
            and ``size``.
    """

    quasi_identifiers: tuple[str, ...]
    num_rows: int
    wanted_k: int
    k: int
    num_classes: int
    sizes: dict[int, int]
    at_risk: int
    max_risk: float
    mean_risk: float
    smallest: pd.DataFrame

    def _rows(self) -> list[tuple[str, str]]:
        return [
            ("quasi-identifiers", ", ".join(map(str, self.quasi_identifiers))),
            ("rows", f"{self.num_rows:,}"),
            ("k", f"{self.k:,}"),
            ("classes", f"{self.num_classes:,}"),
            (f"rows in classes below {self.wanted_k}", f"{self.at_risk:,}"),
            ("highest risk", f"{self.max_risk:.3g}"),
            ("mean risk", f"{self.mean_risk:.3g}"),
        ]

    def __str__(self) -> str:
        rows = self._rows()
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:{width}}  {value}" for name, value in rows)

    def __repr__(self) -> str:
        return f"Anonymity(k={self.k}, rows={self.num_rows}, classes={self.num_classes})"

    def _repr_html_(self) -> str:
        return html_table("k-anonymity", self._rows())


def k_anonymity(
    table: pd.DataFrame,
    quasi_identifiers: str | Iterable[str],
    *,
    wanted_k: int = 5,
    show_values: bool = False,
) -> Anonymity:
    """Size of the smallest group of people who are alike in all quasi-identifiers.

    A missing value (None, NaN, NaT, NA) is a value of its own: people who lack it are like each other, and
    unlike everybody else. Numbers are compared exactly: bin ages and places first.

    Args:
        table: A row a person.
        quasi_identifiers: Columns that somebody else could know (age, sex, place, dates), not names.
        wanted_k: Rows in classes below this size count as at risk.
        show_values: Show the values of the smallest classes, which point to people; masked otherwise.

    Returns:
        k, the sizes of all classes and the risk of being picked out.

    Raises:
        ArgumentError: The table has no rows, or lacks a column, or a column holds lists.

    References:
        L. Sweeney, "k-anonymity: a model for protecting privacy", Int. J. Uncertainty, Fuzziness and
        Knowledge-Based Systems 10, 557 (2002).

    Examples:
        >>> import pandas as pd
        >>> people = pd.DataFrame({"age": ["20-29", "20-29", "30-39"], "sex": ["F", "F", "M"]})
        >>> k_anonymity(people, ["age", "sex"]).k
        1
    """
    columns = as_columns(table, "quasi_identifiers", quasi_identifiers)
    wanted = as_int("wanted_k", wanted_k, 1)
    labels = equivalence_classes(table, columns)
    counts = np.bincount(labels)
    values, numbers = np.unique(counts, return_counts=True)
    worst = np.argsort(counts, kind="stable")[:10]
    return Anonymity(
        quasi_identifiers=columns,
        num_rows=len(table),
        wanted_k=wanted,
        k=int(counts.min()),
        num_classes=len(counts),
        sizes={int(value): int(number) for value, number in zip(values, numbers, strict=True)},
        at_risk=int(counts[counts < wanted].sum()),
        max_risk=1 / int(counts.min()),
        mean_risk=len(counts) / len(table),
        smallest=smallest_classes(table, columns, labels, worst, {"size": counts}, show_values),
    )
