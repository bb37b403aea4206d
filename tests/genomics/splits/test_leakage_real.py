"""The traps of the public files: what the report counts is what was counted from the same files before."""

from __future__ import annotations

import numpy as np
import public_files as public
import pytest
from sklearn.model_selection import StratifiedKFold

from qsetu.genomics.splits import (
    GroupStratifiedKFold,
    OfficialSplit,
    alike_groups,
    combine_groups,
    hamming_groups,
    interval_groups,
    leakage_between,
    leakage_report,
    shared_kmer_groups,
    shared_kmer_pairs,
    suggested_groups,
)


def test_splice_junctions():
    data = public.splice()
    assert data.label_counts() == {"N": 1655, "IE": 768, "EI": 767}
    report = leakage_report(data)
    found = report["sequences inside"]
    assert (found.number, found.of) == (310, 3190)
    assert dict(found.details) == {"occur more than once": 125, "surplus": 185, "distinct": 3005}
    assert report["several labels"].number == 1
    assert report["several labels"].examples == ("HUMCYPIIE-ACCEPTOR-12121 and HUMCYPIIE-NEG-12121",)
    assert report["names inside"].details["occur more than once"] == 12
    assert report["names tell the label"].number == 3190
    assert report["rows sorted by label"].number == 3
    assert dict(report["groups inside"].details) == {"groups": 1475, "groups of more than one label": 175}


def test_splice_junctions_split_in_two_ways():
    data = public.splice()
    naive = leakage_report(data, cv=StratifiedKFold(5, shuffle=True, random_state=0))
    for kind in ("repeated sequences", "straddling groups", "shared words", "near copies"):
        assert naive[kind].severity == "leak"
    groups = combine_groups(suggested_groups(data, k=20), hamming_groups(data.sequences, 20))
    honest = leakage_report(data, cv=GroupStratifiedKFold(5), groups=groups)
    assert honest.ok
    assert not {"repeated sequences", "straddling groups", "shared words", "near copies"} & {
        one.kind for one in honest.findings
    }


def test_promoters():
    data = public.promoters()
    negative = data.labels == "-"
    pairs = shared_kmer_pairs(data.sequences, 20, reverse_complement=False)
    both = negative[pairs].sum(1)
    assert ((both == 2).sum(), (both == 0).sum(), (both == 1).sum()) == (68, 4, 0)
    assert len(np.unique(pairs[both == 2])) == 48 and negative.sum() == 53
    groups = combine_groups(
        shared_kmer_groups(data.sequences, 20, reverse_complement=False),
        hamming_groups(data.sequences, 19, reverse_complement=False),
    )
    assert (len(set(groups)), len(set(groups[~negative])), len(set(groups[negative]))) == (63, 48, 15)
    assert leakage_report(data)["shared words inside"].details["groups of more than one label"] == 0
    assert not leakage_report(data, cv=StratifiedKFold(5, shuffle=True, random_state=0)).ok
    assert leakage_report(data, cv=GroupStratifiedKFold(5), groups=suggested_groups(data, k=20)).ok


def test_intervals_of_human_promoters():
    data = public.benchmark_intervals("human_nontata_promoters")
    report = leakage_report(data, cv=OfficialSplit(data.official_split))
    found = report["overlapping intervals"]
    assert found.severity == "leak" and found.of == 9034
    assert found.details["labeled 'negative'"] == 4101
    assert found.details["labeled 'positive'"] == 96
    assert report["overlaps of another label"].number == 23

    testing = data.official_split == "test"
    for label, overlapping, half, most in (("negative", 4101, 4086, 3054), ("positive", 96, 25, 2)):
        rows = np.flatnonzero(~testing | (data.labels == label))
        alone = data.take(rows)
        found = leakage_report(alone, cv=OfficialSplit(alone.official_split))["overlapping intervals"]
        assert (found.number, found.details["by half or more"], found.details["by 90 % or more"]) == (
            overlapping,
            half,
            most,
        )
    # Blocks were counted over both strands; negatives have as many on each strand by itself.
    for label, number, blocks in (("negative", 16474, 650), ("positive", 19657, 18726)):
        rows = data.labels == label
        assert rows.sum() == number
        assert len(set(interval_groups(data.intervals[rows], by_strand=False))) == blocks
    assert len(set(interval_groups(data.intervals[data.labels == "negative"]))) == 650

    groups = suggested_groups(data)
    honest = leakage_report(data, cv=GroupStratifiedKFold(5), groups=groups)
    assert honest.ok and "overlapping intervals" not in honest


def test_intervals_of_mouse_enhancers():
    data = public.benchmark_intervals("dummy_mouse_enhancers_ensembl")
    found = leakage_report(data, cv=OfficialSplit(data.official_split))["overlapping intervals"]
    assert (found.number, found.severity) == (1, "caution")
    assert found.details["labeled 'positive'"] == 1


def test_colon_tissues():
    found = leakage_report(public.colon())["repeated columns"]
    assert (found.number, found.of) == (9, 2000)


def test_rna_structures():
    data = public.structures()
    report = leakage_report(data)
    assert report["sequences inside"].details["surplus"] == 511
    assert report["several structures"].number == 24
    split = leakage_report(data, cv=StratifiedKFold(5, shuffle=True, random_state=0))
    assert split["shared families"].number == 3864 and not split.ok
    assert len(set(suggested_groups(data))) <= 9


@pytest.mark.parametrize(
    ("train", "test", "shared", "clashing"),
    [("746", "1625", 659, 7), ("schilling", "1625", 20, 2), ("schilling", "impens", 71, 1)],
)
def test_protease_sets_against_each_other(train, test, shared, clashing):
    report = leakage_between(public.octamers(train), public.octamers(test))
    assert report["repeated sequences"].number == shared
    assert report["conflicting labels"].number == clashing
    assert report["shifted windows"].number > 0
    assert "sequences inside" not in leakage_report(public.octamers(test))


@pytest.mark.parametrize(
    ("name", "number", "distinct"), [("pdH1N1-HA.fasta", 433, 170), ("usflu.fasta", 80, 78)]
)
def test_influenza(name, number, distinct):
    found = leakage_report(public.influenza(name))["sequences inside"]
    assert found.of == number and found.details["distinct"] == distinct
    assert found.details["surplus"] == number - distinct


def test_people_in_two_panels():
    first, second = public.hapmap(), public.thousand_genomes()
    assert first.dosages.shape == (957, 14079) and second.dosages.shape == (1092, 14079)
    report = leakage_between(first, second, relatives=False)
    assert (report["same individuals"].number, report["same individuals"].severity) == (564, "leak")
    assert report["repeated names"].number == 564


def test_relatives_in_one_panel():
    data = public.genotypes("hapmap3_chr1_small/data_chr1")
    report = leakage_report(
        data, cv=StratifiedKFold(2, shuffle=True, random_state=0).split(data.dosages, np.zeros(957))
    )
    assert "straddling groups" in report and "same individuals" not in report


def test_variants_of_one_gene_tell_nobody_apart():
    data = public.lactase()
    assert data.dosages.shape == (503, 607) and (data.dosages == -1).sum() == 3
    report = leakage_report(data, np.arange(400), np.arange(400, 503))
    assert "not looked at" in report and "same individuals" not in report


def test_wheat_lines_have_sisters_and_scaled_yields():
    data = public.wheat()
    assert data.dosages.shape == (599, 1279) and (data.dosages == 1).sum() == 429_533
    report = leakage_report(data, np.arange(400), np.arange(400, 599))
    assert report["scaled over all samples"].number == report["scaled over all samples"].of == 4
    assert report["same individuals"].severity == "leak"
    honest = leakage_report(data, cv=GroupStratifiedKFold(5), groups=alike_groups(data))
    assert "same individuals" not in honest
