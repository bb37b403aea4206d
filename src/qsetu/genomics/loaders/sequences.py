"""Short labeled sequences: promoters, splice junctions, protease octamers."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from qsetu.genomics.datasets import SequenceDataset
from qsetu.genomics.loaders.text import fasta_records
from qsetu.genomics.storage import Source

__all__ = ["bacterial_promoters", "promoters", "protease", "splice"]


def promoters(source: Source) -> SequenceDataset:
    """UCI promoters; negatives are windows of one fragment, so near copies share a group."""
    rows = [line.split(",") for line in source.text().splitlines() if line.strip()]
    labels = ["promoter" if row[0] == "+" else "non-promoter" for row in rows]
    return SequenceDataset(
        sequences=np.array([row[2].strip() for row in rows], dtype=object),
        sample_names=np.array([row[1].strip() for row in rows]),
        labels=np.array(labels),
        card=source.card,
        files=source.read,
        notes=(
            "Near copies are no groups of the file's: make them with "
            "qsetu.genomics.splits.shared_kmer_groups(data.sequences, k=20).",
        ),
    )


def splice(source: Source) -> SequenceDataset:
    """UCI splice junctions, grouped by the GenBank entry that a sequence was cut from."""
    lines = source.text("splice.data").splitlines()
    rows = [[part.strip() for part in line.split(",")] for line in lines if line.strip()]
    names = [row[1] for row in rows]
    return SequenceDataset(
        sequences=np.array([row[2] for row in rows], dtype=object),
        sample_names=np.array(names),
        labels=np.array([row[0] for row in rows]),
        groups=np.array([name.partition("-")[0] for name in names]),
        card=source.card,
        files=source.read,
    )


def bacterial_promoters(source: Source) -> SequenceDataset:
    """Promoters and coding fragments of one bacterium."""
    names, sequences, labels, strands, places = [], [], [], [], []
    for label, ending in (("promoter", "_prom.fa"), ("non-promoter", "_non_prom.fa")):
        organism = {"ecoli": "Ecoli", "bacillus": "Bacillus"}[source.part]
        for number, (header, letters) in enumerate(fasta_records(source, f"{organism}{ending}")):
            place = re.search(r"(forward|reverse)__(\d+)", header)
            names.append(header.strip() if label == "promoter" else f"{label}-{number}")
            sequences.append(letters)
            labels.append(label)
            strands.append(place[1] if place else "")
            places.append(int(place[2]) if place else -1)
    return SequenceDataset(
        sequences=np.array(sequences, dtype=object),
        sample_names=np.array(names),
        labels=np.array(labels),
        metadata=pd.DataFrame({"strand": strands, "position": places}),
        card=source.card,
        part=source.part,
        files=source.read,
    )


def protease(source: Source) -> SequenceDataset:
    """Octamers, cut by HIV-1 protease or not."""
    rows = [line.split(",") for line in source.text().splitlines() if line.strip()]
    return SequenceDataset(
        sequences=np.array([row[0].strip() for row in rows], dtype=object),
        alphabet="protein",
        sample_names=np.array([row[0].strip() for row in rows]),
        labels=np.array(["cleaved" if row[1].strip() == "1" else "not cleaved" for row in rows]),
        card=source.card,
        part=source.part,
        files=source.read,
    )
