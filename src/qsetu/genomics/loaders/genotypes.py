"""Genotypes: HapMap 3, 1000 Genomes, a VCF full of traps, wheat lines."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qsetu.genomics.datasets import GenotypeDataset
from qsetu.genomics.storage import Source

__all__ = ["hapmap_and_1000_genomes", "lactase_region", "parser_traps", "wheat"]

UNKNOWN = "unknown"
"""Label of a person whose population no file here tells."""


def hapmap_and_1000_genomes(source: Source) -> GenotypeDataset:
    """People genotyped at the same 14,079 places by two projects, or at 1,129 places of chromosome 1."""
    from qsetu.genomics.formats import read_plink

    # All three are asked for, so that all three are checked; PLINK finds two of them by itself.
    bed = source.path(".bed")
    source.path(".bim")
    source.path(".fam")
    people = read_plink(bed)
    if source.part == "1000genomes":
        table = pd.read_csv(io.StringIO(source.text(".panel")), sep="\t", usecols=[0, 1, 2, 3])
        populations = table.set_index("sample")["pop"]
    else:
        table = pd.read_csv(io.StringIO(source.text("relationships_w_pops_121708.txt")), sep="\t", dtype=str)
        populations = table.drop_duplicates("IID").set_index("IID")["population"]
    return dataclasses.replace(
        people,
        labels=_joined(people.sample_names, populations),
        card=source.card,
        part=source.part,
        files=source.read,
    )


def lactase_region(source: Source) -> GenotypeDataset:
    """503 Europeans around the lactase gene."""
    from qsetu.genomics.formats import read_vcf

    people = read_vcf(source.path(".vcf.gz"))
    panel = pd.read_csv(io.StringIO(source.text(".panel")), sep="\t", usecols=[0, 1, 2, 3]).set_index(
        "sample"
    )
    rows = panel.loc[people.sample_names.tolist()]
    return dataclasses.replace(
        people,
        labels=rows["pop"].to_numpy(str),
        metadata=pd.DataFrame({"sex": rows["gender"].to_numpy(str)}),
        card=source.card,
        files=source.read,
    )


def parser_traps(source: Source) -> GenotypeDataset:
    """The beginning of a chromosome, mostly missing; each alternate allele is a column."""
    from qsetu.genomics.formats import read_vcf

    people = read_vcf(source.path(".vcf.gz"), multiallelic="split")
    return dataclasses.replace(people, card=source.card, files=source.read)


def wheat(source: Source) -> GenotypeDataset:
    """Inbred wheat lines with markers present or not, and yields in four environments."""
    markers = pd.read_csv(io.StringIO(source.text("markers.csv.gz")), dtype={"line": str}).set_index("line")
    table = pd.read_csv(
        io.StringIO(source.text("yields.csv")), dtype={"line": str}, float_precision="round_trip"
    )
    yields = table.set_index("line")
    number = markers.shape[1]
    return GenotypeDataset(
        dosages=markers.to_numpy(np.int8),
        variants=pd.DataFrame(
            {
                "id": markers.columns,
                "chromosome": [""] * number,
                "position": np.zeros(number, np.int64),
                "counted": ["present"] * number,
                "other": ["absent"] * number,
            }
        ),
        ploidy=1,
        traits=yields.loc[markers.index].add_prefix("yield-").reset_index(drop=True),
        sample_names=markers.index.to_numpy(str),
        card=source.card,
        files=source.read,
    )


def _joined(names: NDArray[np.str_], populations: pd.Series) -> NDArray[np.str_]:
    return populations.reindex(names).fillna(UNKNOWN).to_numpy(str)
