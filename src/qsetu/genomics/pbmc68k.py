"""700 labeled blood cells, from a file that the scanpy package carries."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from qsetu.core.errors import DataError
from qsetu.core.hashing import file_sha256
from qsetu.genomics.card import DatasetCard
from qsetu.genomics.expression import ExpressionDataset, expression_hash
from qsetu.genomics.locate import locate

__all__ = ["CARD", "load", "read"]

CARD = DatasetCard(
    name="pbmc68k-reduced",
    title="Peripheral blood mononuclear cells, 700 cells in 10 types",
    summary=(
        "Single-cell gene expression of 700 peripheral blood mononuclear cells from one healthy donor, a "
        "subsample of 10x Genomics' fresh 68k PBMC (donor A). Values are log1p of normalized counts, rounded "
        "to three decimals by whoever made the file."
    ),
    collected=(
        "Droplet sequencing (10x Genomics) of one donor. Each cell carries the label of the sorted bulk "
        "profile that its expression correlates with best; the cells themselves were not sorted."
    ),
    license=(
        "File: BSD-3-Clause, as part of scanpy. Underlying 10x Genomics data: CC BY 4.0, as stated on the "
        "CZI card of a processed copy; 10x Genomics' own page was not read."
    ),
    citation=(
        "Zheng et al., Massively parallel digital transcriptional profiling of single cells, "
        "Nature Communications 8, 14049 (2017)"
    ),
    doi="10.1038/ncomms14049",
    url="https://scanpy.readthedocs.io/en/stable/generated/scanpy.datasets.pbmc68k_reduced.html",
    sensitivity="Open",
    num_samples=700,
    num_features=765,
    num_labels=10,
    traps=(
        "The labels are computed from the same expression that models see (correlation with sorted bulk "
        "profiles), so scores measure agreement with that procedure, not with biology: of the 95 cells "
        "labeled CD4+/CD25 T Reg, CD4+/CD45RO+ Memory or CD4+/CD45RA+/CD25- Naive T, 27 show any CD4 "
        "transcript and 6 show CD8A.",
        "The 765 genes were chosen upstream, on all 700 cells: that step happened outside every fold and "
        "cannot be undone here.",
        "The file's main matrix X is z-scored over all cells, which leaks the test cells' statistics into "
        "training; qsetu reads raw.X instead, and scales inside the fold.",
        "The classes are very uneven, from 240 dendritic cells down to 8 naive T cells: plain accuracy "
        "flatters, and scores of the rare types rest on one or two cells a fold.",
        "All cells come from one donor: nothing here says how a model carries over to another person.",
    ),
    file_name="pbmc68k-reduced/10x_pbmc68k_reduced.h5ad",
    file_sha256=(
        "e71d41e737c941559b7c57c9243bdb3d2c889c2adfdf00e3422ac6b46783676f",  # in scanpy 1.11.5
        "863e19914ab2d4ba97edc9623ac3a343c0461f1e40b121bfb5fa92638b22e9bd",  # in scanpy's repository
    ),
    content_sha256="83b03863f9d3966a6243cd95f675c298f95ffb46ce0063d32db122baecd429ad",
)

_LABELS = "bulk_labels"


def load() -> ExpressionDataset:
    """The dataset, from ``QSETU_DATA`` or the installed scanpy.

    Returns:
        700 cells by 765 genes, log1p of normalized counts.

    Raises:
        DataError: The file is missing, unreadable, or does not hold the expected content.
    """
    path = locate(CARD.file_name, "scanpy", "datasets/10x_pbmc68k_reduced.h5ad")
    return read(path)


def read(path: Path) -> ExpressionDataset:
    """The dataset from one file; its content must be the expected one, its bytes need not be.

    Raises:
        DataError: The file is unreadable or does not hold the expected content.
    """
    try:
        digest = file_sha256(path)
        cells = _read_h5ad(path)
        # raw holds the genes of X and, in a re-written file, perhaps more: the card's genes, in order.
        raw = cells.raw[:, cells.var_names]
        values = raw.X.toarray() if hasattr(raw.X, "toarray") else np.asarray(raw.X)
        values = np.ascontiguousarray(values, dtype=np.float64)
        labels, genes, names = (
            np.asarray(column, dtype=str) for column in (cells.obs[_LABELS], cells.var_names, cells.obs_names)
        )
    except Exception as error:  # whatever HDF5 or anndata raise, the cause is the file
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(
            f"Data file '{path}' could not be read as dataset '{CARD.name}' "
            f"({type(error).__name__}: {reason}). It is damaged or another file; reinstall scanpy, "
            "or replace it."
        ) from error
    content = expression_hash(values, labels, genes, names)
    if content != CARD.content_sha256:
        raise DataError(
            f"Data file '{path}' can be read, but its content is not that of dataset '{CARD.name}': "
            f"{values.shape[0]} cells x {values.shape[1]} genes with content hash {content[:12]}, expected "
            f"{CARD.num_samples} x {CARD.num_features} with {CARD.content_sha256[:12]}. Values, names or "
            "labels were changed; replace the file, or reinstall scanpy."
        )
    return ExpressionDataset(values, labels, genes, names, CARD, digest, content)


def _read_h5ad(path: Path) -> Any:
    import anndata

    with warnings.catch_warnings():
        # An old anndata wrote the file; what newer ones say about that helps nobody here.
        warnings.simplefilter("ignore", category=anndata.OldFormatWarning)
        warnings.simplefilter("ignore", category=FutureWarning)
        return anndata.read_h5ad(path)
