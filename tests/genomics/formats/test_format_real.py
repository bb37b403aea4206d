"""Real files: the counts that were taken when they were collected."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from qsetu.core.errors import DataError
from qsetu.genomics.alphabet import count_ambiguous
from qsetu.genomics.formats import (
    align_alleles,
    iter_vcf,
    read,
    read_fasta,
    read_h5ad,
    read_plink,
    read_sequence_table,
    read_table,
    read_vcf,
)

FOLDER = Path(os.environ.get("QSETU_DATA", "") or "no-such-folder")
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="QSETU_DATA names no folder of the real data")
GENOTYPES = FOLDER / "genotypes-hapmap3-1kg"
TRAPS = FOLDER / "vcf-parser-traps" / "1kg_2020_chr22_100x100.vcf.gz"


def test_dengue_and_hiv_carry_their_types_in_their_headers():
    dengue = read_fasta(FOLDER / "dengue-serotypes/sequences.fasta", labels=r"_(DENV\d)$")
    assert dengue.label_counts() == {"DENV2": 18, "DENV1": 15, "DENV3": 12, "DENV4": 9}
    assert (dengue.lengths.min(), dengue.lengths.max()) == (9828, 10735)
    assert count_ambiguous(dengue.sequences)["N"] == 4146
    hiv = read_fasta(FOLDER / "hiv1-subtypes/sequences.fasta", labels=r"^([^.]+)\.")
    assert hiv.label_counts() == {
        "A1": 5,
        "A6": 5,
        "B": 5,
        "C": 5,
        "CRF01_AE": 5,
        "CRF02_AG": 5,
        "D": 1,
        "G": 1,
    }


def test_influenza_with_spaces_and_lower_case():
    pandemic = read_fasta(FOLDER / "influenza-ha/pdH1N1-HA.fasta")
    assert (len(pandemic), pandemic.num_features, len(set(pandemic.sequences))) == (433, 1672, 170)
    assert pandemic.sample_names[0] == "GQ243757"
    aligned = read_fasta(FOLDER / "influenza-ha/usflu.fasta", gaps=True)
    assert (len(aligned), aligned.num_features, len(set(aligned.sequences))) == (80, 1701, 78)
    with pytest.raises(DataError, match="gaps=True"):
        read_fasta(FOLDER / "influenza-ha/usflu.fasta")


def test_sars_cov_2_packed_with_labels_from_a_table():
    import pandas as pd

    labels = pd.read_csv(FOLDER / "sars-cov-2-2020/clade_labels_derived.tsv", sep="\t").set_index("strain")[
        "clade"
    ]
    found = read_fasta(FOLDER / "sars-cov-2-2020/example_sequences.fasta.gz", labels=labels.fillna("none"))
    assert len(found) == 418 and len(set(found.sequences)) == 409
    counts = found.label_counts()
    assert [counts[clade] for clade in ("20C", "20A", "19B", "19A", "20B")] == [144, 87, 86, 68, 28]
    letters = count_ambiguous(found.sequences)
    assert letters.pop("N") == 77123 and sum(letters.values()) == 936


def test_lct_has_503_people_and_three_calls_missing():
    path = FOLDER / "genotypes-1kg-lct/LCT.vcf.gz"
    found = read_vcf(path)
    assert found.dosages.shape == (503, 607) and (found.dosages == -1).sum() == 3 and found.phased is None
    panel = {}
    for line in path.with_name("integrated_call_samples_v3.20130502.ALL.panel").read_text().splitlines():
        panel[line.split("\t")[0]] = line.split("\t")[1]
    labeled = read_vcf(path, labels=panel, region="2:136608646-136608646")
    assert labeled.variants["id"].tolist() == ["rs4988235"]
    assert labeled.label_counts() == {"IBS": 107, "TSI": 107, "CEU": 99, "FIN": 99, "GBR": 91}
    row = labeled.variants.iloc[0]
    frequencies = {}
    for population in labeled.label_counts():
        alt = labeled.take(labeled.labels == population).allele_frequencies[0]
        frequencies[population] = round(float(alt if row["counted"] == "G" else 1 - alt), 3)
    assert frequencies == {"TSI": 0.911, "IBS": 0.542, "FIN": 0.409, "GBR": 0.280, "CEU": 0.263}


def test_parser_traps_are_seen():
    with pytest.raises(DataError, match="2 alternate alleles"):
        read_vcf(TRAPS)
    split, skipped = read_vcf(TRAPS, multiallelic="split"), read_vcf(TRAPS, multiallelic="skip")
    assert (skipped.dosages.shape, split.num_features - skipped.num_features) == ((100, 96), 8)
    assert "4 site(s) with several alternate alleles were left out." in skipped.notes
    assert 0.67 < skipped.missing_rate < 0.69
    passed = read_vcf(TRAPS, multiallelic="split", filters="PASS")
    assert len(set(zip(passed.variants["position"], passed.variants["chromosome"], strict=True))) == 2
    parts = list(iter_vcf(TRAPS, chunk=30, multiallelic="skip"))
    assert [part.num_features for part in parts] == [30, 30, 30, 6]
    assert np.array_equal(np.concatenate([part.dosages for part in parts], axis=1), skipped.dosages)


@pytest.mark.parametrize("path", [FOLDER / "genotypes-1kg-lct/LCT.vcf.gz", TRAPS], ids=["lct", "traps"])
def test_cyvcf2_says_the_same_of_real_files(path):
    cyvcf2 = pytest.importorskip("cyvcf2")
    found = read_vcf(path, multiallelic="split")
    columns = []
    for record in cyvcf2.VCF(str(path)):
        array = record.genotype.array()[:, :2]
        for allele in range(1, len(record.ALT) + 1):
            columns.append(np.where((array < 0).any(1), -1, (array == allele).sum(1)))
    assert np.array_equal(found.dosages, np.stack(columns, axis=1))


def test_hapmap_and_1000_genomes():
    hapmap = read_plink(GENOTYPES / "HM3_thinned_autosomal_overlap")
    thousand = read_plink(GENOTYPES / "1kg.ref.phase1_release_v3.20101123_thinned_autosomal_overlap.bed")
    chromosome = read_plink(GENOTYPES / "hapmap3_chr1_small/data_chr1")
    assert hapmap.dosages.shape == (957, 14079) and round(100 * hapmap.missing_rate, 2) == 0.15
    assert thousand.dosages.shape == (1092, 14079) and thousand.missing_rate == 0
    assert chromosome.dosages.shape == (957, 1129)
    assert set(hapmap.metadata["phenotype"]) == {"2"} and hapmap.groups is not None

    all_of_it = align_alleles(hapmap, chromosome, ambiguous="keep")
    assert (all_of_it[2].shared, all_of_it[2].turned) == (1119, 264)
    a, b, report = align_alleles(hapmap, chromosome)
    assert (
        report.kept == 1119 - len(report.ambiguous) and len(report.same) + len(report.swapped) == report.kept
    )
    assert np.array_equal(a.sample_names, b.sample_names) and np.array_equal(a.dosages, b.dosages)
    assert np.array_equal(all_of_it[0].dosages, all_of_it[1].dosages)

    for ambiguous in ("drop", "keep"):
        a, b, report = align_alleles(hapmap, thousand, ambiguous=ambiguous)
        here = {name: row for row, name in enumerate(b.sample_names.tolist())}
        shared = [name for name in a.sample_names.tolist() if name in here]
        ours = a.take([row for row, name in enumerate(a.sample_names.tolist()) if name in here]).dosages
        theirs = b.take([here[name] for name in shared]).dosages
        called = (ours >= 0) & (theirs >= 0)
        assert len(shared) == 564
        assert 0.991 < (ours == theirs)[called].mean() < 0.992
    assert round(100 * (ours == theirs)[called].mean(), 2) == 99.17


def test_expression_of_blood_cells():
    path = FOLDER / "pbmc68k-reduced/10x_pbmc68k_reduced.h5ad"
    scaled = read_h5ad(path, labels="bulk_labels")
    assert scaled.values.shape == (700, 765) and 28.4 < scaled.values.max() < 28.5
    assert any("z-scores" in note and "raw" in note for note in scaled.notes)
    raw = read_h5ad(path, labels="bulk_labels", layer="raw", genes=["CD4", "CD8A"], trusted=True)
    assert list(raw.label_counts().values()) == [240, 129, 95, 68, 54, 43, 31, 19, 13, 8]
    assert raw.gene_names.tolist() == ["CD4", "CD8A"] and raw.values.min() == 0
    table = read(
        FOLDER / "pbmc68k-reduced/pbmc68k_cd4_cd8.csv.gz",
        names="cell",
        labels="bulk_label",
        groups="label",
        features=["CD4", "CD8A"],
    )
    assert len(table) == 192
    of_table = dict(zip(table.sample_names.tolist(), table.values.tolist(), strict=True))
    of_file = dict(zip(raw.sample_names.tolist(), raw.values.tolist(), strict=True))
    for cell, values in of_table.items():
        np.testing.assert_allclose(values, of_file[cell], atol=1e-6)


def test_tables_of_tissues_cells_and_octamers():
    colon = FOLDER / "colon-alon/colon_alon_62x2000.csv.gz"
    with pytest.raises(DataError, match=r"line 1: \d+ column name"):
        read_table(colon, names="sample", labels="class")
    found = read_table(colon, names="sample", labels="class", repeated_features="keep")
    assert found.values.shape == (62, 2000) and found.label_counts() == {"tumour": 40, "normal": 22}
    assert len(set(found.gene_names)) == 1911
    assert (round(found.values.min(), 1), round(found.values.max(), 1)) == (5.8, 20903.2)
    cells = read_table(FOLDER / "quantumgrn-lcl/expr_matrix_raw_7.txt.gz", orientation="samples-in-columns")
    assert cells.values.shape == (28208, 6) and (cells.values.sum(1) == 0).sum() == 1596
    assert cells.gene_names.tolist() == ["AICDA", "IRF4", "PAX5", "PRDM1", "REL", "RELA"]
    wheat = read_table(FOLDER / "wheat-cimmyt/wheat_markers.csv.gz", names="line")
    assert wheat.values.shape == (599, 1279) and wheat.values.sum() == 429_533
    octamers = read_sequence_table(
        FOLDER / "hiv1-protease/746Data.txt", sequence="1", labels="2", header=False, alphabet="protein"
    )
    assert octamers.label_counts() == {"1": 402, "-1": 344} and octamers.num_features == 8


def test_the_door_knows_every_kind():
    kinds = {
        "genomes/lambda_NC_001416.1.fa": "FASTA",
        "genotypes-1kg-lct/LCT.vcf.gz": "VCF",
        "genotypes-hapmap3-1kg/hapmap3_chr1_small/data_chr1": "PLINK",
        "pbmc68k-reduced/10x_pbmc68k_reduced.h5ad": "h5ad",
        "wheat-cimmyt/wheat_yields.csv": "a table of numbers",
    }
    for name, kind in kinds.items():
        options = {"names": "line"} if "wheat" in name else {}
        assert read(FOLDER / name, **options).notes[0] == f"Read as {kind}."
