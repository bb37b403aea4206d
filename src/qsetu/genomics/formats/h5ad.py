"""h5ad: expression matrices of single cells, as scanpy and anndata write them."""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError, DataError, unknown_name
from qsetu.core.memory import require_memory
from qsetu.genomics.datasets import ExpressionDataset
from qsetu.genomics.formats.describe import Describing, listed, per_sample, repeated_note
from qsetu.genomics.formats.opening import existing_file, hashes
from qsetu.genomics.formats.probe import probe_hdf5

__all__ = ["read_h5ad"]

MAGIC = b"\x89HDF\r\n\x1a\n"


def read_h5ad(
    path: str | os.PathLike[str],
    *,
    labels: Describing = None,
    groups: Describing = None,
    layer: str | None = None,
    genes: Iterable[str] | None = None,
    trusted: bool = False,
) -> ExpressionDataset:
    """Expression of an h5ad file.

    Only the matrix that is asked for is read. Nothing is transformed: whether it holds counts, logarithms or
    z-scores is for the caller to know; ``notes`` say which matrices there are, and whether values are
    negative (z-scores and residuals leak the test samples' statistics into training).

    Args:
        path: The file.
        labels: A column of obs, or a mapping (or pandas Series) from cell names, a text for each cell, or a
            function of the name.
        groups: What must not straddle a split (donor, batch), given in the same ways.
        layer: "X" (also for None), "raw" (raw.X) or the name of a layer.
        genes: Names of the genes to read, in the order wanted; None reads all.
        trusted: Skip the first reading in a process of its own, which takes half a second and more: the HDF5
            library crashes on damaged files. For files whose checksum is known to be right.

    Returns:
        N cells by G genes, float64; ``metadata`` is obs.

    Raises:
        ArgumentError: An argument breaks a rule, or names what the file has not.
        DataError: The file is missing, damaged or no h5ad, has values that are not finite, or lacks a label.
        InsufficientMemoryError: The matrix does not fit in memory.
    """
    file = existing_file(path)
    with file.open("rb") as stream:
        if stream.read(8) != MAGIC:
            raise DataError(f"File '{file.name}' is no h5ad: it does not start as HDF5 files do.")
    h5py: Any = importlib.import_module("h5py")  # comes with anndata

    if not trusted:
        parts = [f"layers/{layer}"] if layer not in (None, "X", "raw") else []
        parts += ["raw", "raw.X", "raw.var"] if layer == "raw" else ["X"]
        probe_hdf5(file, ["obs", "var", "uns", *parts])
    try:
        with h5py.File(file, "r") as store, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(store, file, labels, groups, layer, genes)
    except (ArgumentError, DataError, MemoryError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"File '{file.name}' is no h5ad that can be read: {type(error).__name__}: {reason}. Was it cut?"
        ) from None


def _read(
    store: Any, file: Path, labels: Any, groups: Any, layer: str | None, genes: Any
) -> ExpressionDataset:
    for part in ("obs", "var"):
        if part not in store:
            raise DataError(f"File '{file.name}' is HDF5 but no h5ad: it has no '{part}'.")
    matrices = _matrices(store)
    chosen = "X" if layer is None else layer
    if chosen not in matrices:
        raise unknown_name("layer", chosen, matrices)
    obs = _frame(store, "obs", file)
    var = _frame(store, "raw/var" if chosen == "raw" else "var", file)
    names = [str(name) for name in obs.index]
    gene_names = [str(name) for name in var.index]
    notes = [f"Values are '{chosen}' of the file, as they stand; it has: {', '.join(matrices)}."]
    columns = _columns(genes, gene_names, file)
    values = _values(store[matrices[chosen]], (len(names), len(gene_names)), columns, file)
    if columns is not None:
        gene_names = [gene_names[i] for i in columns]
    if values.size and values.min() < 0:
        others = [one for one in matrices if one != chosen]
        hint = f" Without such leaks may be: {', '.join(others)}." if others else ""
        notes.append(
            "Values are negative in places, so they are z-scores or residuals, which carry statistics of all "
            f"samples into every fold.{hint}"
        )
    notes += repeated_note(names, "cells") + repeated_note(gene_names, "genes")
    label_texts = _described("labels", labels, names, obs)
    group_texts = _described("groups", groups, names, obs)
    return ExpressionDataset(
        values=values,
        gene_names=np.array(gene_names, np.str_),
        sample_names=np.array(names, np.str_),
        labels=None if label_texts is None else np.array(label_texts, np.str_),
        groups=None if group_texts is None else np.array(group_texts, np.str_),
        metadata=obs if len(obs.columns) else None,
        files=hashes(file),
        notes=tuple(notes),
    )


def _matrices(store: Any) -> dict[str, str]:
    found = {}
    if "X" in store:
        found["X"] = "X"
    if "raw/X" in store:
        found["raw"] = "raw/X"
    elif "raw.X" in store:
        found["raw"] = "raw.X"
    if "layers" in store:
        found.update({name: f"layers/{name}" for name in store["layers"]})
    return found


def _frame(store: Any, key: str, file: Path) -> Any:
    import pandas as pd
    from anndata.io import read_elem

    if key not in store and key == "raw/var" and "raw.var" in store:
        key = "raw.var"
    node = store[key]
    if hasattr(node, "dtype"):
        # Files of anndata before 0.7 hold tables as one array of records.
        table = pd.DataFrame.from_records(node[:])
        table = table.set_index(table.columns[0] if "index" not in table else "index")
        table.index = [one.decode() if isinstance(one, bytes) else str(one) for one in table.index]
        return _categories(store, table, key)
    table = read_elem(node)
    if not isinstance(table, pd.DataFrame):
        raise DataError(f"File '{file.name}' is no h5ad: its '{key}' is no table.")
    return table


def _categories(store: Any, table: Any, key: str) -> Any:
    for column in table.columns:
        place = f"uns/{column}_categories"
        if place in store:
            names = [one.decode() if isinstance(one, bytes) else str(one) for one in store[place][:]]
            table[column] = [names[code] if 0 <= code < len(names) else None for code in table[column]]
    return table


def _columns(genes: Any, names: list[str], file: Path) -> list[int] | None:
    if genes is None:
        return None
    if isinstance(genes, str):
        raise ArgumentError("genes", "must be several names", genes, "Put a single one in a list.")
    wanted = [str(one) for one in genes]
    place = {name: i for i, name in enumerate(names)}
    unknown = [one for one in wanted if one not in place]
    if unknown or not wanted or len(set(wanted)) < len(wanted):
        raise ArgumentError("genes", f"must be genes of '{file.name}', each once", unknown or wanted)
    twice = {one for one in wanted if names.count(one) > 1}
    if twice:
        raise ArgumentError("genes", f"must be names that '{file.name}' has once", sorted(twice))
    return [place[one] for one in wanted]


def _values(node: Any, shape: tuple[int, int], columns: list[int] | None, file: Path) -> NDArray[np.float64]:
    from anndata.io import read_elem

    dense = hasattr(node, "dtype")
    found = node.shape if dense else tuple(node.attrs.get("shape", node.attrs.get("h5sparse_shape", ())))
    if tuple(map(int, found)) != shape:
        raise DataError(
            f"File '{file.name}' has a matrix of shape {tuple(found)} for {shape[0]} cells by {shape[1]} "
            "genes."
        )
    stored = node.size * node.dtype.itemsize if dense else 16 * int(node["data"].size)
    width = shape[1] if columns is None else len(columns)
    require_memory(
        int(stored) + 2 * 8 * shape[0] * width,
        lambda: f"Values of '{file.name}'",
        lambda free: "Name fewer 'genes'.",
    )
    if not dense:
        _check_sparse(node, shape, file)
    matrix = node[:] if dense else read_elem(node)
    if columns is not None:
        matrix = matrix[:, columns]
    values = np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix)
    if values.dtype.kind not in "fiub":
        raise DataError(f"File '{file.name}' has a matrix of {values.dtype}, not of numbers.")
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise DataError(
            f"File '{file.name}' has {values[row, column]} in row {row}, column {column} (from 0). "
            "Remove or impute such values inside a fold."
        )
    return values


def _check_sparse(node: Any, shape: tuple[int, int], file: Path) -> None:
    # SciPy's compiled code trusts these arrays; a damaged file must not reach it.
    pointers, indices = node["indptr"][:], node["indices"][:]
    kind = node.attrs.get("encoding-type", node.attrs.get("h5sparse_format", "csr_matrix"))
    rows, width = shape if "csr" in str(kind) else shape[::-1]
    fits = (
        pointers.ndim == indices.ndim == 1
        and len(pointers) == rows + 1
        and pointers[0] == 0
        and (np.diff(pointers.astype(np.int64)) >= 0).all()
        and pointers[-1] == len(indices) == node["data"].size
        and (not len(indices) or (indices.min() >= 0 and indices.max() < width))
    )
    if not fits:
        raise DataError(f"File '{file.name}' is damaged: a sparse matrix points outside of itself.")


def _described(argument: str, spec: Any, names: list[str], obs: Any) -> list[str] | None:
    if not isinstance(spec, str):
        return per_sample(argument, spec, names, names)
    if spec not in obs.columns:
        raise unknown_name(argument, spec, map(str, obs.columns))
    column = obs[spec]
    if column.isna().any():
        lacking = [name for name, none in zip(names, column.isna(), strict=True) if none]
        raise DataError(f"Column '{spec}' of obs is empty for {len(lacking)} cells: {listed(lacking)}.")
    return [str(one) for one in column]
