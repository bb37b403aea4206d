"""Small clean datasets of every kind, to plant leaks in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qsetu.genomics import (
    ExpressionDataset,
    GenotypeDataset,
    IntervalDataset,
    SequenceDataset,
    StructureDataset,
    reverse_complement,
)

N = 40
TRAIN, TEST = np.arange(30), np.arange(30, N)
VARIANTS = ("id", "chromosome", "position", "counted", "other")


def texts(number=N, length=60, letters="ACGT", seed=0) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list(letters), length)) for _ in range(number)]


def labels(number=N) -> np.ndarray:
    return np.random.default_rng(1).permutation(np.arange(number) % 2).astype(str)


def names(number=N) -> list[str]:
    return [f"s{i}" for i in np.random.default_rng(2).permutation(number)]


def sequences(made=None, **fields) -> SequenceDataset:
    fields = {"sample_names": names(), "labels": labels(), **fields}
    return SequenceDataset(sequences=texts() if made is None else made, **fields)


def structures() -> StructureDataset:
    made = texts(letters="ACGU")
    pairs = [np.zeros((0, 2), np.int64)] * N
    # Families apart: 0 to train, 1 to test.
    family = np.repeat(["0", "1"], [30, 10])
    return StructureDataset(
        sample_names=names(), labels=family, sequences=made, structures=["." * 60] * N, pairs=pairs
    )


def intervals(**fields) -> IntervalDataset:
    start = np.arange(N) * 200
    table = pd.DataFrame({"chromosome": "chr1", "start": start, "end": start + 100, "strand": "+"})
    return IntervalDataset(sample_names=names(), labels=labels(), intervals=table, **fields)


def expression(**fields) -> ExpressionDataset:
    values = np.random.default_rng(3).normal(2, 3, (N, 12))
    given = {"values": values, "gene_names": [f"g{i}" for i in range(12)], **fields}
    return ExpressionDataset(sample_names=names(), labels=labels(), **given)


def variants(number: int) -> pd.DataFrame:
    alleles = np.random.default_rng(4).integers(0, 4, number)
    pairs = np.array([("A", "C"), ("A", "G"), ("C", "A"), ("G", "T")])[alleles]
    columns = [[f"rs{i}" for i in range(number)], ["1"] * number, range(1, number + 1), *pairs.T]
    return pd.DataFrame(dict(zip(VARIANTS, columns, strict=True)))


def genotypes(number=3000, **fields) -> GenotypeDataset:
    rng = np.random.default_rng(5)
    dosages = rng.binomial(2, rng.uniform(0.1, 0.9, number), (N, number)).astype(np.int8)
    given = {"dosages": dosages, "sample_names": names(), "labels": labels(), **fields}
    return GenotypeDataset(variants=variants(number), **given)


CLEAN = {
    "sequences": sequences,
    "proteins": lambda: sequences(texts(letters="ACDEFGHIKLMNPQRSTVWY"), alphabet="protein"),
    "octamers": lambda: sequences(texts(length=8, letters="ACDEFGHIKLMNPQRSTVWY"), alphabet="protein"),
    "structures": structures,
    "intervals": intervals,
    "expression": expression,
    "genotypes": genotypes,
}


def changed(dataset, name, rows, values):
    """A copy with other entries in some rows of a field."""
    import dataclasses

    column = getattr(dataset, name)
    column = column.copy()
    if hasattr(column, "iloc"):
        column.iloc[rows] = values
    else:
        column[rows] = values
    return dataclasses.replace(dataset, **{name: column})


PLANTED = {
    "repeated sequences": lambda d: changed(d, "sequences", [30, 31], [d.sequences[0], d.sequences[0]]),
    "reverse complements": lambda d: changed(
        d, "sequences", [30, 31], [reverse_complement(d.sequences[i]) for i in (0, 1)]
    ),
    "shared words": lambda d: changed(
        d, "sequences", [30, 31], [d.sequences[i][20:] + d.sequences[i][:20] for i in (0, 1)]
    ),
    "near copies": lambda d: changed(
        d, "sequences", [30, 31], [d.sequences[i].translate(str.maketrans("A", "C")) for i in (0, 1)]
    ),
}
