"""Intervals, RNA structures, motifs, contact energies, plain files."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qsetu.genomics.datasets import (
    FileCollection,
    IntervalDataset,
    MotifCollection,
    PairMatrix,
    StructureDataset,
)
from qsetu.genomics.storage import Source

__all__ = ["contact_energies", "files", "genomic_benchmarks", "motifs", "rna_structures"]

_GENOMES = {"mouse-enhancers": "Mus musculus, GRCm38", "human-nontata-promoters": "Homo sapiens, GRCh38"}


def genomic_benchmarks(source: Source) -> IntervalDataset:
    """Coordinates of two published benchmarks, with the split that was published."""
    tables = []
    for split in ("train", "test"):
        for label in ("positive", "negative"):
            table = pd.read_csv(io.StringIO(source.text(f"{split}/{label}.csv.gz")), dtype={"region": str})
            tables.append(table.assign(split=split, label=label))
    rows = pd.concat(tables, ignore_index=True)
    return IntervalDataset(
        intervals=pd.DataFrame(
            {
                "chromosome": rows["region"].astype(str),
                "start": rows["start"].astype(np.int64),
                "end": rows["end"].astype(np.int64),
                "strand": rows["strand"].astype(str),
            }
        ),
        genome=_GENOMES[source.part],
        sample_names=rows["id"].to_numpy(str),
        labels=rows["label"].to_numpy(str),
        official_split=rows["split"].to_numpy(str),
        card=source.card,
        part=source.part,
        files=source.read,
    )


def rna_structures(source: Source) -> StructureDataset:
    """RNA with base pairs: ArchiveII, four examples of bpRNA, or one transfer RNA."""
    readers = {"archiveii": _archive, "bprna": _bprna, "trna-phe-yeast": _dot_bracket_file}
    return readers[source.part](source)


def _archive(source: Source) -> StructureDataset:
    table = pd.read_csv(io.StringIO(source.text()), dtype=str, keep_default_na=False)
    # Positions count from 1 in the file.
    pairs = [np.array(json.loads(one), np.int64).reshape(-1, 2) - 1 for one in table["base_pairs"]]
    families = table["id"].str.partition("_")[0]
    return StructureDataset(
        sequences=table["sequence"].to_numpy(object),
        structures=table["structure"].to_numpy(object),
        pairs=pairs,  # type: ignore[arg-type]
        sample_names=table["id"].to_numpy(str),
        labels=families.to_numpy(str),
        groups=families.to_numpy(str),
        card=source.card,
        part=source.part,
        files=source.read,
    )


def _bprna(source: Source) -> StructureDataset:
    names, sequences, structures, pairs = [], [], [], []
    for file in source.card.facts(source.part).files:
        if not file.path.endswith(".ct"):
            continue
        rows = [line.split() for line in source.text(file.path).splitlines() if line.strip()]
        rows = [row for row in rows if len(row) >= 6]
        partners = np.array([int(row[4]) for row in rows]) - 1
        first = np.flatnonzero(partners > np.arange(len(rows)))
        found = np.stack([first, partners[first]], axis=1)
        names.append(file.path.rpartition("/")[2].removesuffix(".ct"))
        sequences.append("".join(row[1] for row in rows))
        pairs.append(found)
        structures.append(dot_bracket(len(rows), found))
    return StructureDataset(
        sequences=sequences,  # type: ignore[arg-type]
        structures=structures,  # type: ignore[arg-type]
        pairs=pairs,  # type: ignore[arg-type]
        sample_names=np.array(names),
        card=source.card,
        part=source.part,
        files=source.read,
    )


def _dot_bracket_file(source: Source) -> StructureDataset:
    header, letters, structure = source.text().splitlines()[:3]
    opened, found = [], []
    for place, sign in enumerate(structure):
        if sign == "(":
            opened.append(place)
        elif sign == ")":
            found.append((opened.pop(), place))
    return StructureDataset(
        sequences=[letters],  # type: ignore[arg-type]
        structures=[structure],  # type: ignore[arg-type]
        pairs=[np.array(sorted(found), np.int64)],  # type: ignore[arg-type]
        sample_names=np.array([header[1:].strip()]),
        card=source.card,
        part=source.part,
        files=source.read,
    )


def dot_bracket(length: int, pairs: NDArray[np.int64]) -> str:
    """A structure as text; pairs that cross earlier ones take the next kind of bracket."""
    text = ["."] * length
    kinds = (("(", ")"), ("<", ">"), ("{", "}"), ("[", "]"))
    placed: list[list[tuple[int, int]]] = [[] for _ in kinds]
    for i, j in pairs.tolist():
        for (left, right), before in zip(kinds, placed, strict=True):
            if not any(a < i < b < j or i < a < j < b for a, b in before):
                before.append((i, j))
                text[i], text[j] = left, right
                break
        else:
            raise ValueError("pairs cross more than four deep")
    return "".join(text)


def motifs(source: Source) -> MotifCollection:
    """Binding motifs: counts of A, C, G, T at each position."""
    reader = {"jaspar-2024": _transfac, "hocomoco-v11": _rows_of_bases, "jaspar-2020-selected": _jaspar}
    found = reader[source.part](source.text())
    return MotifCollection(
        counts=[matrix for _, _, matrix in found],  # type: ignore[arg-type]
        factors=np.array([factor for _, factor, _ in found]),
        sample_names=np.array([name for name, _, _ in found]),
        card=source.card,
        part=source.part,
        files=source.read,
    )


Motif = tuple[str, str, NDArray[np.float64]]


def _transfac(text: str) -> list[Motif]:
    found = []
    for record in text.split("//\n"):
        lines = record.splitlines()
        head = {line[:2]: line[2:].strip() for line in lines if line[:2] in ("AC", "ID")}
        rows = [line.split()[1:5] for line in lines if line[:2].isdigit()]
        if rows:
            found.append((head["AC"], head["ID"], np.array(rows, np.float64).T))
    return found


def _rows_of_bases(text: str) -> list[Motif]:
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    found = []
    for record in kept.split(">")[1:]:
        name, *rows = record.strip().splitlines()
        matrix = np.array([row.split() for row in rows], np.float64).T
        found.append((name, name.partition("_")[0], matrix))
    return found


def _jaspar(text: str) -> list[Motif]:
    found = []
    for record in text.split(">")[1:]:
        head, *rows = record.strip().splitlines()
        name, factor = head.split()[:2]
        numbers = [row.partition("[")[2].rstrip("] ").split() for row in rows if "[" in row]
        found.append((name, factor, np.array(numbers, np.float64)))
    return found


def contact_energies(source: Source) -> PairMatrix:
    """Contact energies of amino acids; the file prints the upper triangle only."""
    head, *rows = (line for line in source.text("mj_matrix.txt").splitlines() if line.strip())
    upper = np.array([row.split() for row in rows], np.float64)
    return PairMatrix(
        values=upper + np.triu(upper, 1).T,
        sample_names=np.array(head.split()),
        unit="RT",
        card=source.card,
        files=source.read,
    )


def files(source: Source) -> FileCollection:
    """Files as they are."""
    facts = source.card.facts(source.part).files
    root = facts[0].path.partition("/")[0] + "/"
    paths = {file.path.removeprefix(root): source.path(file.path) for file in facts}
    return FileCollection(paths=paths, files=source.read, card=source.card, part=source.part)
