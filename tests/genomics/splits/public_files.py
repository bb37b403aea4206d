"""The real files, read by plain Python: what the counts of the tests were made from."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from qsetu.genomics import (
    ExpressionDataset,
    GenotypeDataset,
    IntervalDataset,
    SequenceDataset,
    StructureDataset,
)
from qsetu.genomics.splits import name_groups


def folder(name: str) -> Path:
    given = os.environ.get("QSETU_DATA")
    if not given or not (Path(given) / name).is_dir():
        pytest.skip(f"needs the public files of {name} below the folder that QSETU_DATA names")
    return Path(given) / name


def splice() -> SequenceDataset:
    lines = (folder("uci-splice") / "splice.data").read_text().split()
    rows = [row.split(",") for row in "".join(one + " " for one in lines).replace(", ", ",").split()]
    labels, names, sequences = zip(*rows, strict=True)
    return SequenceDataset(
        sample_names=names, labels=labels, groups=name_groups(names), sequences=np.array(sequences, object)
    )


def promoters() -> SequenceDataset:
    rows = [
        line.split(",")
        for line in (folder("uci-promoters") / "promoters.data").read_text().splitlines()
        if line
    ]
    labels, names, sequences = zip(*[[part.strip() for part in row] for row in rows], strict=True)
    return SequenceDataset(sample_names=names, labels=labels, sequences=np.array(sequences, object))


def benchmark_intervals(name: str) -> IntervalDataset:
    root = folder("genomic-benchmarks-intervals") / name
    tables = []
    for split in ("train", "test"):
        for label in ("positive", "negative"):
            table = pd.read_csv(root / split / f"{label}.csv.gz")
            tables.append(table.assign(split=split, label=label))
    table = pd.concat(tables, ignore_index=True).rename(columns={"region": "chromosome"})
    return IntervalDataset(
        sample_names=table["id"].astype(str),
        labels=table["label"],
        official_split=table["split"],
        intervals=table[["chromosome", "start", "end", "strand"]],
    )


def colon() -> ExpressionDataset:
    with gzip.open(folder("colon-alon") / "colon_alon_62x2000.csv.gz", "rt") as stream:
        header, *rows = csv.reader(stream)
    values = np.array([[float(value) for value in row[2:]] for row in rows])
    return ExpressionDataset(
        sample_names=[row[0] for row in rows],
        labels=[row[1] for row in rows],
        values=values,
        gene_names=header[2:],
    )


def genotypes(stem: str) -> GenotypeDataset:
    bed_reader = pytest.importorskip("bed_reader")
    root = folder("genotypes-hapmap3-1kg")
    bim = pd.read_csv(root / f"{stem}.bim", sep=r"\s+", header=None, dtype=str)
    fam = pd.read_csv(root / f"{stem}.fam", sep=r"\s+", header=None, dtype=str)
    bed = bed_reader.open_bed(root / f"{stem}.bed", count_A1=True)
    dosages = bed.read(dtype="int8")
    dosages[dosages == -127] = -1
    variants = pd.DataFrame(
        {
            "id": bim[1],
            "chromosome": bim[0],
            "position": bim[3].astype(int),
            "counted": bim[4],
            "other": bim[5],
        }
    )
    return GenotypeDataset(sample_names=fam[1], groups=fam[0], dosages=dosages, variants=variants)


def lactase() -> GenotypeDataset:
    with gzip.open(folder("genotypes-1kg-lct") / "LCT.vcf.gz", "rt") as stream:
        rows = [line.rstrip("\n").split("\t") for line in stream if not line.startswith("##")]
    header, rows = rows[0], rows[1:]
    code = {"0/0": 0, "0/1": 1, "1/0": 1, "1/1": 2}
    dosages = np.array([[code.get(call.split(":")[0], -1) for call in row[9:]] for row in rows], np.int8).T
    columns = zip(*[(row[2], row[0], int(row[1]), row[4], row[3]) for row in rows], strict=True)
    names = ("id", "chromosome", "position", "counted", "other")
    variants = pd.DataFrame(dict(zip(names, columns, strict=True)))
    return GenotypeDataset(sample_names=header[9:], dosages=dosages, variants=variants)


def wheat() -> GenotypeDataset:
    root = folder("wheat-cimmyt")
    markers = pd.read_csv(root / "wheat_markers.csv.gz").iloc[:, 1:]
    yields = pd.read_csv(root / "wheat_yields.csv").iloc[:, 1:]
    names = ("id", "chromosome", "position", "counted", "other")
    variants = pd.DataFrame({name: [""] * markers.shape[1] for name in names}).assign(id=markers.columns)
    return GenotypeDataset(
        sample_names=np.arange(len(markers)).astype(str),
        dosages=markers.to_numpy(),
        variants=variants,
        ploidy=1,
        traits=yields,
    )


def hapmap() -> GenotypeDataset:
    return genotypes("HM3_thinned_autosomal_overlap")


def thousand_genomes() -> GenotypeDataset:
    return genotypes("1kg.ref.phase1_release_v3.20101123_thinned_autosomal_overlap")


def structures() -> StructureDataset:
    csv.field_size_limit(10**7)
    with gzip.open(folder("rna-archiveii") / "ArchiveII.csv.gz", "rt") as stream:
        rows = list(csv.DictReader(stream))
    pairs = [np.zeros((0, 2), np.int64)] * len(rows)
    return StructureDataset(
        sample_names=[row["id"] for row in rows],
        labels=[row["id"].split("_")[0] for row in rows],
        sequences=np.array([row["sequence"] for row in rows], object),
        structures=np.array([row["structure"] for row in rows], object),
        pairs=pairs,
    )


def octamers(name: str) -> SequenceDataset:
    rows = [line.split(",") for line in (folder("hiv1-protease") / f"{name}Data.txt").read_text().split()]
    return SequenceDataset(
        sample_names=[f"{name}-{i}" for i in range(len(rows))],
        labels=["cleaved" if row[1] == "1" else "not" for row in rows],
        sequences=np.array([row[0] for row in rows], object),
        alphabet="protein",
    )


def influenza(name: str) -> SequenceDataset:
    records = (folder("influenza-ha") / name).read_text().split(">")[1:]
    texts = ["".join(one.split("\n")[1:]) for one in records]
    names = [one.split("\n")[0].strip() for one in records]
    return SequenceDataset(sample_names=names, sequences=np.array(texts, object))
