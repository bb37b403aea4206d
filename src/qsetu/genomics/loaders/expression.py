"""Expression matrices: blood cells, leukaemia, colon tissues, lymphoblastoid cells."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pandas as pd

from qsetu.core.errors import DataError
from qsetu.genomics.datasets import ExpressionDataset
from qsetu.genomics.storage import Source

__all__ = ["colon", "golub", "lymphoblastoid_cells", "pbmc"]

_LABELS = "bulk_labels"
_METADATA = ("n_genes", "percent_mito", "n_counts", "louvain")


def pbmc(source: Source) -> ExpressionDataset:
    """Blood cells: log1p of normalized counts from ``raw``, never the z-scored main matrix.

    Raises:
        DataError: The file is unreadable or holds other content than the card's.
    """
    if source.part == "cd4-cd8":
        return _cd4_cd8(source)
    from qsetu.genomics.formats import read_h5ad

    path = source.path()
    (file,) = source.card.facts(source.part).files
    known = source.read[file.path] in (file.sha256, *file.also_sha256)
    cells = read_h5ad(path, labels=_LABELS, layer="raw", trusted=known)
    # What others computed of the cells, for drawings and controls; the label itself is none of it.
    told = [name for name in _METADATA if cells.metadata is not None and name in cells.metadata]
    return dataclasses.replace(
        cells,
        metadata=cells.metadata[told].reset_index(drop=True) if cells.metadata is not None and told else None,
        card=source.card,
        part=source.part,
        files=source.read,
        notes=(),
    )


def _cd4_cd8(source: Source) -> ExpressionDataset:
    table = pd.read_csv(io.StringIO(source.text()), float_precision="round_trip")
    genes = table.columns[3:]
    return ExpressionDataset(
        values=table[genes].to_numpy(np.float64),
        gene_names=genes.to_numpy(str),
        sample_names=table.iloc[:, 0].to_numpy(str),
        labels=table.iloc[:, 1].to_numpy(str),
        metadata=table[[table.columns[2]]],
        card=source.card,
        part=source.part,
        files=source.read,
    )


def golub(source: Source) -> ExpressionDataset:
    """ALL and AML, train and independent samples joined by the patient numbers of the headers."""
    cancers = pd.read_csv(io.StringIO(source.text("actual.csv"))).set_index("patient")["cancer"]
    tables = []
    for split, ending in (("train", "train.csv.gz"), ("test", "independent.csv.gz")):
        table = pd.read_csv(io.StringIO(source.text(ending)))
        # Columns stand in no order of patients, and a "call" column follows each.
        patients = sorted((name for name in table.columns if name.isdigit()), key=int)
        tables.append((split, patients, table))
    probes = tables[0][2]["Gene Accession Number"].to_numpy(str)
    if not np.array_equal(probes, tables[1][2]["Gene Accession Number"].to_numpy(str)):
        raise DataError("The two files of dataset 'golub-leukemia' have different probes; replace them.")
    patients = [patient for _, names, _ in tables for patient in names]
    return ExpressionDataset(
        values=np.concatenate([table[names].to_numpy(np.float64).T for _, names, table in tables]),
        gene_names=probes,
        sample_names=np.array([f"patient-{patient}" for patient in patients]),
        labels=np.array([cancers[int(patient)] for patient in patients]),
        official_split=np.array([split for split, names, _ in tables for _ in names]),
        card=source.card,
        files=source.read,
    )


def colon(source: Source) -> ExpressionDataset:
    """Tumour and normal tissues; the pairs that the order of the file shows are groups."""
    lines = source.text().splitlines()
    genes = [name.strip() for name in lines[0].split(",")[2:]]
    rows = [line.split(",") for line in lines[1:]]
    labels = ["normal" if row[1] == "normal" else "tumor" for row in rows]
    # Tissues 1 to 24 alternate tumor, normal: twelve patients. Whose the others are, the file does not say.
    groups = [f"patient-{i // 2 + 1}" if i < 24 else f"tissue-{i + 1}" for i in range(len(rows))]
    return ExpressionDataset(
        values=np.array([[float(number) for number in row[2:]] for row in rows]),
        gene_names=np.array(genes),
        sample_names=np.array([f"tissue-{row[0]}" for row in rows]),
        labels=np.array(labels),
        groups=np.array(groups),
        card=source.card,
        files=source.read,
        notes=(
            "Groups join tissues 1 to 24 in pairs, which alternate tumor and normal; the patients of the "
            "other 38 are not in the file, so a split by these groups may still part tissues of one patient.",
        ),
    )


def lymphoblastoid_cells(source: Source) -> ExpressionDataset:
    """Six genes of 28,208 unlabeled cells: raw counts, or Pearson residuals."""
    table = pd.read_csv(io.StringIO(source.text()), sep="\t", index_col=0, float_precision="round_trip")
    return ExpressionDataset(
        values=table.to_numpy(np.float64).T.copy(),
        gene_names=table.index.to_numpy(str),
        sample_names=table.columns.to_numpy(str),
        card=source.card,
        part=source.part,
        files=source.read,
    )
