"""Every registered dataset is what was counted in it independently, and its card says the same."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter

import numpy as np
import pytest

from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics import (
    Dataset,
    FileCollection,
    builtin_cards,
    dataset_card,
    dataset_names,
    load_dataset,
    reverse_complement,
)
from qsetu.genomics.alphabet import count_ambiguous
from qsetu.genomics.card import check_counts

needs_data = pytest.mark.skipif(
    not os.environ.get("QSETU_DATA"), reason="QSETU_DATA is unset: the public data files are not here"
)
PACKAGED = ["pbmc68k-reduced/all-types"]


@needs_data
@pytest.mark.parametrize("name", dataset_names())
def test_it_loads_and_is_what_its_card_says(name):
    dataset = load_dataset(name)
    card, part = dataset_card(name), name.partition("/")[2]
    facts = card.facts(part)
    assert len(dataset) == facts.num_samples
    assert dataset.files
    assert set(dataset.files) <= {file.path for file in facts.files}
    assert repr(dataset)
    if isinstance(dataset, FileCollection):
        return
    assert isinstance(dataset, Dataset)
    assert dataset.card is card
    assert dataset.label_counts() == dict(facts.labels)
    assert dataset.num_features == facts.num_features
    assert dataset.content_sha256 == load_dataset(name).content_sha256
    one = dataset.take([len(dataset) - 1])
    assert len(one) == 1
    assert one.sample_names[0] == dataset.sample_names[-1]
    if dataset.labels is not None:
        assert one.labels[0] == dataset.labels[-1]


def test_the_packaged_dataset_needs_no_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("QSETU_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in PACKAGED:
        assert len(load_dataset(name)) == 700


def test_a_dataset_name_means_its_first_part_and_typos_are_guessed():
    assert dataset_card("hiv1-protease/schilling") is dataset_card("hiv1-protease")
    with pytest.raises(ArgumentError, match="Did you mean 'uci-splice'"):
        load_dataset("uci-splic")
    with pytest.raises(ArgumentError, match="hiv1-protease/impens"):
        load_dataset("hiv1-protease/impen")


@needs_data
def test_promoters():
    data = load_dataset("uci-promoters")
    letters = Counter("".join(data.sequences))
    assert letters == {"T": 1712, "A": 1575, "C": 1385, "G": 1370}
    assert len(set(data.sequences)) == len(set(data.sample_names)) == 106


@needs_data
def test_splice_junctions():
    data = load_dataset("uci-splice")
    counts = Counter(data.sequences)
    repeated = [n for n in counts.values() if n > 1]
    assert (len(counts), len(repeated), sum(repeated), max(repeated)) == (3005, 125, 310, 5)
    by_class = {label: len(set(data.sequences[data.labels == label])) for label in ("N", "EI", "IE")}
    assert by_class == {"N": 1654, "EI": 679, "IE": 673}
    assert count_ambiguous(data.sequences) == {"N": 56, "D": 2, "R": 1, "S": 1}
    unclear = np.array([bool(count_ambiguous([one])) for one in data.sequences])
    assert Counter(data.labels[unclear]) == {"EI": 5, "IE": 3, "N": 7}
    assert len(set(data.sequences[~unclear])) == 2990
    assert len(set(data.groups)) == 1475
    classes = {g: set() for g in data.groups}
    for group, label in zip(data.groups, data.labels, strict=True):
        classes[group].add(label)
    assert sum(len(found) > 1 for found in classes.values()) == 175
    assert sum(n > 1 for n in Counter(data.sample_names).values()) == 12
    donors = data.sequences[data.labels == "EI"]
    acceptors = data.sequences[data.labels == "IE"]
    neither = data.sequences[data.labels == "N"]
    assert sum(one[30:32] == "GT" for one in donors) == 759
    assert sum(one[28:30] == "AG" for one in acceptors) == 764
    assert sum(one[30:32] == "GT" for one in neither) == 98
    assert sum(one[28:30] == "AG" for one in neither) == 127


@needs_data
@pytest.mark.parametrize(
    ("part", "sizes"),
    [("mouse-enhancers", [484, 484, 121, 121]), ("human-nontata-promoters", [14742, 12355, 4915, 4119])],
)
def test_intervals(part, sizes):
    data = load_dataset(f"genomic-benchmarks/{part}")
    pairs = Counter(zip(data.official_split, data.labels, strict=True))
    found = [pairs[split, label] for split in ("train", "test") for label in ("positive", "negative")]
    assert found == sizes
    lengths = data.intervals["end"] - data.intervals["start"]
    assert (lengths.min(), lengths.max()) == ((331, 4776) if part == "mouse-enhancers" else (251, 251))


@needs_data
def test_bacterial_promoters():
    for part, rows in (("ecoli", 3839), ("bacillus", 1373)):
        data = load_dataset(f"bacterial-promoters/{part}")
        assert len(set(data.sequences)) == rows
        assert not count_ambiguous(data.sequences)
    data = load_dataset("bacterial-promoters/ecoli")
    shares = {}
    for label in ("promoter", "non-promoter"):
        letters = "".join(data.sequences[data.labels == label])
        shares[label] = round(100 * (letters.count("A") + letters.count("T")) / len(letters))
    assert shares == {"promoter": 59, "non-promoter": 47}


@needs_data
def test_expression_sets():
    golub = load_dataset("golub-leukemia")
    split = Counter(zip(golub.official_split, golub.labels, strict=True))
    assert split == {("train", "ALL"): 27, ("train", "AML"): 11, ("test", "ALL"): 20, ("test", "AML"): 14}
    assert np.char.startswith(golub.gene_names, "AFFX").sum() == 58
    assert golub.sample_names[27] == "patient-28"
    assert golub.labels[27] == "AML"
    assert golub.values.min() < 0
    colon = load_dataset("colon-alon")
    assert (round(colon.values.min(), 1), round(colon.values.max(), 1)) == (5.8, 20903.2)
    assert len(set(colon.gene_names)) == 1911
    assert len(np.unique(colon.values, axis=1).T) == 2000 - 9
    pairs = [colon.labels[colon.groups == f"patient-{i}"].tolist() for i in range(1, 13)]
    assert pairs == [["tumor", "normal"]] * 12
    assert len(set(colon.groups)) == 12 + 38
    raw = load_dataset("quantumgrn-lcl/raw")
    assert raw.gene_names.tolist() == ["AICDA", "IRF4", "PAX5", "PRDM1", "REL", "RELA"]
    zeros = (raw.values == 0).mean(0)
    assert (round(100 * zeros.min()), round(100 * zeros.max())) == (33, 77)
    assert (raw.values == 0).all(1).sum() == 1596
    assert (load_dataset("quantumgrn-lcl/pearson-residuals").values != 0).all()


@needs_data
def test_t_cells_show_what_the_card_counts():
    cells = load_dataset("pbmc68k-reduced/cd4-cd8")
    shown = {gene: cells.values[:, cells.gene_names == gene][:, 0] > 0 for gene in ("CD4", "CD8A", "CD8B")}
    cd4, cd8 = cells.labels == "CD4", cells.labels == "CD8"
    assert (shown["CD4"][cd4].sum(), shown["CD8A"][cd4].sum()) == (27, 6)
    assert (shown["CD8A"][cd8].sum(), shown["CD8B"][cd8].sum(), shown["CD4"][cd8].sum()) == (39, 54, 2)


@needs_data
def test_viruses():
    genomes = {
        part: load_dataset(f"reference-genomes/{part}")
        for part in ("phix174", "sars-cov-2", "hiv1", "lambda")
    }
    assert [len(data.sequences[0]) for data in genomes.values()] == [5386, 29903, 9181, 48502]
    assert not any(count_ambiguous(data.sequences) for data in genomes.values())
    covid = load_dataset("sars-cov-2-2020")
    assert (covid.lengths.min(), covid.lengths.max()) == (29301, 29921)
    assert len(set(covid.sequences)) == 409
    assert Counter(covid.metadata["region"]) == {
        "North America": 258, "Oceania": 92, "Asia": 39, "Europe": 28, "South America": 1,
    }  # fmt: skip
    unclear = count_ambiguous(covid.sequences)
    assert unclear.pop("N") == 77123
    assert unclear == {
        "K": 565, "Y": 208, "R": 72, "W": 34, "M": 21, "S": 16, "H": 14, "B": 3, "D": 2, "V": 1,
    }  # fmt: skip
    assert covid.sequences[0] == genomes["sars-cov-2"].sequences[0]
    dengue = load_dataset("dengue-serotypes")
    assert (dengue.lengths.min(), dengue.lengths.max()) == (9828, 10735)
    assert count_ambiguous(dengue.sequences)["N"] == 4146
    hiv = load_dataset("hiv1-subtypes")
    assert (hiv.lengths.min(), hiv.lengths.max()) == (8377, 9753)


@needs_data
def test_influenza():
    pandemic = load_dataset("influenza-ha/h1n1-2009")
    assert len(set(pandemic.sequences)) == 170
    assert pandemic.metadata["date"].notna().all()
    assert len(set(load_dataset("influenza-ha/h3n2-us").sequences)) == 78
    sites = load_dataset("influenza-ha/h3n2-snps")
    assert "".join(sites.sequences).count("N") == 5622


@needs_data
def test_rna_structures():
    data = load_dataset("rna-structures/archiveii")
    counts = Counter(data.sequences)
    assert len(data) - len(counts) == 511
    structures = {}
    for sequence, structure in zip(data.sequences, data.structures, strict=True):
        structures.setdefault(sequence, set()).add(structure)
    assert sum(len(found) > 1 for found in structures.values()) == 24
    crossing = [one for one in data.structures if set(one) & set("<>{}[]")]
    assert len(crossing) == 1007
    assert sum(one.count("<") for one in data.structures) == 13444
    assert sum(one.count("{") for one in data.structures) == 12
    bases = Counter()
    for sequence, pairs in zip(data.sequences, data.pairs, strict=True):
        bases.update("".join(sorted(sequence[i] + sequence[j])) for i, j in pairs)
    assert bases == {"CG": 123768, "AU": 58714, "GU": 27666}
    for sequence, structure, pairs in zip(data.sequences, data.structures, data.pairs, strict=True):
        assert len(sequence) == len(structure)
        assert {place for pair in pairs.tolist() for place in pair} == {
            place for place, sign in enumerate(structure) if sign != "."
        }
    small = load_dataset("rna-structures/bprna")
    assert [len(one) for one in small.sequences] == [33, 40, 61, 120]
    assert [len(one) for one in small.pairs] == [9, 8, 17, 35]
    assert all("<" in one for one in small.structures)
    phe = load_dataset("rna-structures/trna-phe-yeast")
    assert len(phe.pairs[0]) == phe.structures[0].count("(")
    assert phe.sequences[0].startswith("GCGGAUUUAGCUCAG")


@needs_data
def test_motifs_and_contact_energies():
    four = load_dataset("tf-motifs/jaspar-2020-selected")
    lengths = {
        str(name): matrix.shape[1] for name, matrix in zip(four.sample_names, four.counts, strict=True)
    }
    assert lengths == {"MA0139.1": 19, "MA0035.4": 11, "MA0079.4": 15, "MA0106.3": 18}
    sums = four["MA0139.1"].sum(0)
    assert (sums.min(), sums.max()) == (908, 913)
    newer = load_dataset("tf-motifs/jaspar-2024")
    assert newer["MA0139.2"].shape == (4, 15)
    assert newer.find("gata1") == ["MA0035.5"]
    human = load_dataset("tf-motifs/hocomoco-v11")
    assert [human[human.find(name)[0]].shape[1] for name in ("CTCF", "GATA1", "SP1", "P53")] == [
        19,
        19,
        22,
        20,
    ]
    energies = load_dataset("miyazawa-jernigan")
    assert (energies.values.min(), energies.values.max()) == (-7.37, -0.12)
    assert "".join(energies.sample_names) == "CMFILVWYAGTSNQDEHRKP"
    assert energies["C", "M"] == energies["MC"] == -4.99


@needs_data
def test_protease_sets_overlap_as_counted():
    sets = {part: load_dataset(f"hiv1-protease/{part}") for part in ("746", "1625", "impens", "schilling")}
    labels = {part: dict(zip(data.sequences, data.labels, strict=True)) for part, data in sets.items()}
    for data in sets.values():
        assert len(set(data.sequences)) == len(data)
        assert not count_ambiguous(data.sequences, "protein")

    def shared(a, b):
        both = labels[a].keys() & labels[b].keys()
        return len(both), sum(labels[a][one] != labels[b][one] for one in both)

    assert shared("746", "1625") == (659, 7)
    assert shared("1625", "schilling") == (20, 2)
    assert shared("impens", "schilling") == (71, 1)


@needs_data
def test_wheat():
    data = load_dataset("wheat-cimmyt")
    assert data.dosages.sum(dtype=int) == 429533
    assert set(np.unique(data.dosages)) == {0, 1}
    assert data.traits.columns.tolist() == ["yield-1", "yield-2", "yield-4", "yield-5"]
    np.testing.assert_allclose(data.traits.mean(), 0, atol=1e-9)


@needs_data
def test_people_of_two_projects():
    hapmap = load_dataset("hapmap3-1kg/hapmap3")
    assert round(100 * hapmap.missing_rate, 2) == 0.15
    thousand = load_dataset("hapmap3-1kg/1000genomes")
    assert thousand.missing_rate == 0
    assert thousand.label_counts()["unknown"] == 59
    assert len(set(hapmap.sample_names) & set(thousand.sample_names)) == 564
    assert set(hapmap.variants["id"]) == set(thousand.variants["id"])
    assert hapmap.variants["id"].tolist() != thousand.variants["id"].tolist()


@needs_data
def test_lactase_variant_follows_the_known_cline():
    data = load_dataset("1000genomes-lct")
    assert (data.dosages == -1).sum() == 3
    column = data.variants["id"].tolist().index("rs4988235")
    variant = data.variants.iloc[column]
    frequencies = {}
    for population in ("TSI", "IBS", "FIN", "GBR", "CEU"):
        counted = data.take(data.labels == population).allele_frequencies[column]
        frequencies[population] = round(counted if variant["counted"] == "G" else 1 - counted, 3)
    assert frequencies == {"TSI": 0.911, "IBS": 0.542, "FIN": 0.409, "GBR": 0.280, "CEU": 0.263}


@needs_data
def test_vcf_of_traps():
    data = load_dataset("vcf-parser-traps")
    places = data.variants["position"].nunique()
    assert places == 100 or data.num_features > 100


def test_counts_other_than_the_cards_are_refused():
    card = dataset_card("pbmc68k-reduced")
    cells = load_dataset("pbmc68k-reduced")
    check_counts(card, "all-types", cells)
    for wrong in (
        cells.take(np.arange(699)),
        dataclasses.replace(cells, labels=cells.labels[::-1].tolist()[:1] * 700),
    ):
        with pytest.raises(DataError, match="Card and loader disagree"):
            check_counts(card, "all-types", wrong)


def test_no_card_is_silent_about_what_matters():
    for card in builtin_cards().values():
        assert card.sensitivity == "Open"
        assert card.data_use
        for part in card.parts.values():
            for file in part.files:
                assert file.urls or file.origin, file.path


def test_reverse_complement_knows_ambiguity():
    assert reverse_complement("ACGTRYSWKMBDHVN-") == "-NBDHVKMWSRYACGT"
    assert reverse_complement("ACGU") == "ACGU"
