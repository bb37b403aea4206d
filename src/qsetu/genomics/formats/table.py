"""Tables of numbers, as CSV or TSV."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError, DataError, unknown_name
from qsetu.genomics.datasets import ExpressionDataset
from qsetu.genomics.formats.budget import Budget
from qsetu.genomics.formats.cells import CellFile
from qsetu.genomics.formats.describe import Describing, per_sample, repeated_note
from qsetu.genomics.formats.opening import TextFile, existing_file, hashes

__all__ = ["MISSING_MARKS", "column_of", "marks_of", "read_table"]

MISSING_MARKS = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?", ".")
"""Cells that say that there is no value."""

Missing = Literal["error", "drop samples", "drop features"]
Orientation = Literal["samples-in-rows", "samples-in-columns"]


def read_table(
    path: str | os.PathLike[str],
    *,
    labels: Describing = None,
    names: str | None = None,
    groups: Describing = None,
    features: Iterable[str] | None = None,
    orientation: Orientation = "samples-in-rows",
    missing: Missing = "error",
    missing_marks: Sequence[str] = MISSING_MARKS,
    separator: str | None = None,
    header: bool = True,
    repeated_features: Literal["error", "keep"] = "error",
    encoding: str = "utf-8",
) -> ExpressionDataset:
    """A table of numbers: expression, markers, or any other features.

    Args:
        path: The file, plain or packed by gzip or bgzip.
        labels: What is to be predicted: the name of a column; or a mapping (or pandas Series) from sample
            names, a text for each sample, or a function of the name.
        names: The column of sample names; None counts rows ("row 1", ...). With samples in columns the header
            has the names, and this is the column of names of features (None: the first).
        groups: What must not straddle a split, given in the same ways as ``labels``.
        features: Columns (with samples in columns: rows) to read, in the order wanted; None reads all others,
            which must then be numbers. Columns that are not read are in ``metadata``.
        orientation: "samples-in-rows" or "samples-in-columns".
        missing: What to do with cells that hold no value: "error"; "drop samples" or "drop features" that
            have one. Nothing is imputed: that belongs inside a fold.
        missing_marks: Cells that mean that there is no value.
        separator: Between cells; None goes by header and name, and says what it took.
        header: Whether the first line names the columns; otherwise they are "1", "2", ...
        repeated_features: What to do if features share a name: "error" or "keep".
        encoding: Of the text; "latin-1" for files of older Windows programs.

    Returns:
        N samples by G features, float64.

    Raises:
        ArgumentError: An argument breaks a rule, or names a column that is not there.
        DataError: The file is missing, cut or damaged; a row has too few or many cells; a cell is no number;
            says in which line and column.
        InsufficientMemoryError: The numbers do not fit in memory.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from qsetu.genomics.formats import read_table
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "two.csv"
        ...     _ = file.write_text("cell,type,CD4,CD8A\\nc1,T,1.5,0\\nc2,B,0,0\\n")
        ...     read_table(file, names="cell", labels="type")
        ExpressionDataset(your own data: 2 samples x 2 genes; B 1, T 1)
    """
    as_choice("orientation", orientation, ("samples-in-rows", "samples-in-columns"))
    as_choice("missing", missing, ("error", "drop samples", "drop features"))
    as_choice("repeated_features", repeated_features, ("error", "keep"))
    rows = orientation == "samples-in-rows"
    if not rows and (isinstance(labels, str) or isinstance(groups, str)):
        rule = (
            "must not be a column's name where samples are columns: a mapping, a function, or a text for each"
        )
        raise ArgumentError("labels" if isinstance(labels, str) else "groups", rule, labels or groups)
    text = TextFile(existing_file(path), encoding)
    cells = CellFile(text, separator, header, unique=not rows or repeated_features == "error")
    plan = _plan(cells, names, labels, groups, features, rows)
    grid = _read(text, cells, plan, marks_of(missing_marks))
    if rows:
        found = _Table(grid.names, grid.numbers, grid.values, grid.texts)
    else:
        found = _only(_Table(grid.numbers, grid.names, grid.values.T, {}), features, text)
    notes = [*text.notes, *cells.notes]
    if repeated := repeated_note(found.features, "features"):
        if repeated_features == "error":
            raise DataError(
                f"File '{text.path.name}': {repeated[0]} Pass repeated_features='keep' to keep them."
            )
        notes += repeated
    described = {
        argument: found.texts[spec]
        if isinstance(spec, str)
        else per_sample(argument, spec, found.names, found.names)
        for argument, spec in (("labels", labels), ("groups", groups))
    }
    return _dataset(text, found, described, plan.others, missing, notes)


@dataclass(frozen=True)
class _Plan:
    """Which columns of the file are what; ``names`` is None where rows are to be counted."""

    names: int | None
    numbers: list[int]
    described: list[str]
    others: list[str]


@dataclass(frozen=True, eq=False)
class _Table:
    """Names down and across, the numbers between (NaN where there is none), and columns of text."""

    names: list[str]
    numbers: list[str]
    values: NDArray[np.float64]
    texts: dict[str, list[str]]

    @property
    def features(self) -> list[str]:
        return self.numbers


def marks_of(given: Any) -> frozenset[str]:
    """Marks of missing values, checked."""
    if isinstance(given, str):
        given = (given,)
    try:
        return frozenset(str(one).strip() for one in given)
    except TypeError:
        raise ArgumentError("missing_marks", "must be texts", given) from None


def column_of(argument: str, name: Any, cells: CellFile) -> int:
    """Place of the column called ``name``.

    Raises:
        ArgumentError: There is none; lists the columns and guesses.
    """
    if name not in cells.columns:
        raise unknown_name(argument, name, cells.columns[:30])
    return cells.columns.index(name)


def _plan(cells: CellFile, names: Any, labels: Any, groups: Any, features: Any, rows: bool) -> _Plan:
    place = None if names is None else column_of("names", names, cells)
    if not rows:
        place = 0 if place is None else place
        if len(cells.columns) < 2:
            raise DataError(
                f"File '{cells.path.name}' has one column: names of features, and no sample. "
                "Is the separator another one?"
            )
        return _Plan(place, [i for i in range(len(cells.columns)) if i != place], [], [])
    given = [
        (argument, spec)
        for argument, spec in (("labels", labels), ("groups", groups))
        if isinstance(spec, str)
    ]
    described = list(dict.fromkeys(spec for _, spec in given))
    taken = {place, *(column_of(argument, spec, cells) for argument, spec in given)}
    if features is None:
        numbers = [i for i in range(len(cells.columns)) if i not in taken]
        others: list[str] = []
    else:
        wanted = _wanted(features, cells.columns, "columns of the file")
        numbers = [cells.columns.index(one) for one in wanted]
        others = [one for i, one in enumerate(cells.columns) if i not in taken and i not in set(numbers)]
    if not numbers:
        raise ArgumentError("features", "must leave at least one column of numbers", cells.columns[:10])
    return _Plan(place, numbers, described, others)


def _wanted(features: Any, there: Sequence[str], where: str) -> list[str]:
    if isinstance(features, str):
        raise ArgumentError("features", "must be several names", features, "Put a single one in a list.")
    wanted = [str(one) for one in features]
    known = set(there)
    bad = [one for one in wanted if one not in known]
    if bad or not wanted or len(set(wanted)) < len(wanted):
        raise ArgumentError("features", f"must be {where}, each once", bad or wanted)
    return wanted


def _read(text: TextFile, cells: CellFile, plan: _Plan, marks: frozenset[str]) -> _Table:
    budget = Budget(f"Numbers of '{text.path.name}'", "Name fewer 'features', or cut the file.")
    names: list[str] = []
    values: list[NDArray[np.float64]] = []
    kept = [*plan.described, *plan.others]
    places = [cells.columns.index(one) for one in kept]
    texts: dict[str, list[str]] = {one: [] for one in kept}
    for number, row in cells.rows():
        names.append(f"row {len(names) + 1}" if plan.names is None else row[plan.names].strip())
        if not names[-1]:
            raise cells.error(number, plan.names or 0, "a name is empty.")
        for one, place in zip(kept, places, strict=True):
            cell = row[place].strip()
            if cell in marks and one in plan.described:
                raise cells.error(
                    number, place, f"{cell!r} says that there is none, and every sample needs one."
                )
            texts[one].append(cell)
        values.append(_floats(number, row, plan.numbers, cells, marks))
        budget.add(values[-1].nbytes + 200)
    if not names:
        raise DataError(f"File '{text.path.name}' has a header and no row.")
    return _Table(names, [cells.columns[i] for i in plan.numbers], np.stack(values), texts)


def _floats(
    line: int, row: list[str], places: list[int], cells: CellFile, marks: frozenset[str]
) -> NDArray[np.float64]:
    chosen = [row[i] for i in places]
    joined = "".join(chosen)
    # Python reads 1_0 as 10, and digits of every script; tables mean neither.
    if joined.isascii() and "_" not in joined:
        try:
            found = np.array(list(map(float, chosen)))
            if np.isfinite(found).all():
                return found
        except ValueError:
            pass
    return np.array([_float(line, row[i].strip(), i, cells, marks) for i in places])


def _float(line: int, cell: str, place: int, cells: CellFile, marks: frozenset[str]) -> float:
    if cell in marks:
        return np.nan
    try:
        value = float(cell) if cell.isascii() and "_" not in cell else np.nan
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        hint = " Are commas its decimal points? Replace them." if "," in cell else ""
        raise cells.error(
            line,
            place,
            f"{cell[:40]!r} is not a finite number. Name columns of text as labels, names or groups, or list "
            f"the columns of numbers as 'features'; add marks of missing values to 'missing_marks'.{hint}",
        )
    return value


def _only(table: _Table, features: Any, text: TextFile) -> _Table:
    if features is None:
        return table
    wanted = _wanted(features, table.features, f"rows of '{text.path.name}'")
    places = [table.features.index(one) for one in wanted]
    return _Table(table.names, wanted, table.values[:, places], table.texts)


def _dataset(
    text: TextFile,
    found: _Table,
    described: dict[str, Any],
    others: list[str],
    missing: str,
    notes: list[str],
) -> ExpressionDataset:
    import pandas as pd

    empty = np.isnan(found.values)
    rows, columns = np.ones(len(found.names), bool), np.ones(len(found.features), bool)
    if empty.any():
        row, column = np.argwhere(empty)[0]
        if missing == "error":
            raise DataError(
                f"File '{text.path.name}' has {int(empty.sum())} missing value(s), the first for sample "
                f"'{found.names[row]}' and feature '{found.features[column]}'. Choose missing='drop samples' "
                "or 'drop features', or impute inside a fold."
            )
        if missing == "drop samples":
            rows = np.invert(np.asarray(empty.any(1)))
        else:
            columns = np.invert(np.asarray(empty.any(0)))
        if not rows.any() or not columns.any():
            raise DataError(f"File '{text.path.name}': with missing={missing!r} nothing is left.")
        notes = [
            *notes,
            f"{int(empty.sum())} missing value(s): left out {int((~rows).sum())} sample(s) and "
            f"{int((~columns).sum())} feature(s).",
        ]
    names = np.array(found.names, np.str_)[rows]
    metadata = pd.DataFrame({one: found.texts[one] for one in others}) if others else None
    return ExpressionDataset(
        values=found.values[np.ix_(rows, columns)],
        gene_names=np.array(found.features, np.str_)[columns],
        sample_names=names,
        labels=None if described["labels"] is None else np.array(described["labels"], np.str_)[rows],
        groups=None if described["groups"] is None else np.array(described["groups"], np.str_)[rows],
        metadata=None if metadata is None else metadata[rows].reset_index(drop=True),
        files=hashes(text.path),
        notes=(*notes, *repeated_note(names.tolist(), "samples")),
    )
