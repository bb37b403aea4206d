"""Virus genomes and genes with types, clades and seasons; reference genomes."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from qsetu.genomics.datasets import SequenceDataset
from qsetu.genomics.loaders.text import fasta_records
from qsetu.genomics.storage import Source

__all__ = ["dengue", "hiv1", "influenza", "reference_genomes", "sars_cov_2"]


def dengue(source: Source) -> SequenceDataset:
    """Dengue genomes; the serotype is the end of the header."""
    records = fasta_records(source)
    return SequenceDataset(
        sequences=np.array([letters for _, letters in records], dtype=object),
        sample_names=np.array([header.rpartition("_")[0] for header, _ in records]),
        labels=np.array([header.rpartition("_")[2] for header, _ in records]),
        card=source.card,
        files=source.read,
    )


def hiv1(source: Source) -> SequenceDataset:
    """HIV-1 genomes; the subtype is the beginning of the header, the accession its last word."""
    records = fasta_records(source)
    parts = [header.split()[0].split(".") for header, _ in records]
    return SequenceDataset(
        sequences=np.array([letters for _, letters in records], dtype=object),
        sample_names=np.array([header.split()[-1] for header, _ in records]),
        labels=np.array([part[0] for part in parts]),
        metadata=pd.DataFrame({"country": [p[1] for p in parts], "year": [p[2] for p in parts]}),
        card=source.card,
        files=source.read,
    )


def sars_cov_2(source: Source) -> SequenceDataset:
    """SARS-CoV-2 genomes of early 2020; the clade is computed from defining sites, not published."""
    records = fasta_records(source, "example_sequences.fasta.gz")
    facts = pd.read_csv(
        io.StringIO(source.text("example_metadata.tsv")), sep="\t", dtype=str, keep_default_na=False
    )
    clades = pd.read_csv(
        io.StringIO(source.text("clade_labels_derived.tsv")), sep="\t", dtype=str, keep_default_na=False
    )
    names = [header for header, _ in records]
    chosen = facts.set_index("strain").loc[names]
    columns = {
        "accession": "genbank_accession",
        "date": "date",
        "region": "region",
        "country": "country",
        "age": "age",
        "sex": "sex",
    }
    table = pd.DataFrame({new: chosen[old].to_numpy() for new, old in columns.items()})
    return SequenceDataset(
        sequences=np.array([letters for _, letters in records], dtype=object),
        sample_names=np.array(names),
        labels=clades.set_index("strain").loc[names, "clade"].to_numpy(str),
        metadata=table.replace("?", ""),
        card=source.card,
        files=source.read,
    )


def influenza(source: Source) -> SequenceDataset:
    """Haemagglutinin genes: pandemic H1N1, H3N2 of the United States, or polymorphic sites of H3N2."""
    if source.part == "h3n2-snps":
        return _polymorphic_sites(source)
    records = fasta_records(source, ".fasta")
    names = [header for header, _ in records]
    metadata = None
    if source.part == "h1n1-2009":
        table = pd.read_csv(io.StringIO(source.text("pdH1N1-data.csv")), index_col=0).set_index("HA-acc-nb")
        metadata = table.loc[names, ["longitude", "latitude", "date"]].reset_index(drop=True)
    return SequenceDataset(
        sequences=np.array([letters for _, letters in records], dtype=object),
        sample_names=np.array(names),
        metadata=metadata,
        card=source.card,
        part=source.part,
        files=source.read,
    )


def _polymorphic_sites(source: Source) -> SequenceDataset:
    table = pd.read_csv(io.StringIO(source.text()), dtype=str, keep_default_na=False)
    sites = [name for name in table.columns if name[0] == "p" and name[1:].isdigit()]
    return SequenceDataset(
        sequences=table[sites].agg("".join, axis=1).to_numpy(object),
        sample_names=table["accession"].to_numpy(str),
        labels=table["epidemic"].to_numpy(str),
        metadata=table[["year", "country"]],
        card=source.card,
        part=source.part,
        files=source.read,
        notes=("Letters are polymorphic sites " + ", ".join(site[1:] for site in sites) + " of the gene.",),
    )


def reference_genomes(source: Source) -> SequenceDataset:
    """One small reference genome."""
    records = fasta_records(source)
    return SequenceDataset(
        sequences=np.array([letters for _, letters in records], dtype=object),
        sample_names=np.array([source.card.facts(source.part).title.split()[-1] for _ in records]),
        card=source.card,
        part=source.part,
        files=source.read,
    )
