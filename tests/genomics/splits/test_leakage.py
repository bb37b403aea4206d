"""Every kind of leak, planted, is found and counted; a clean split of clean data has none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold
from split_support import (
    CLEAN,
    PLANTED,
    TEST,
    TRAIN,
    N,
    changed,
    expression,
    genotypes,
    intervals,
    labels,
    sequences,
    structures,
)

from qsetu.core.errors import ArgumentError
from qsetu.genomics import (
    StructureDataset,
)
from qsetu.genomics.splits import (
    GroupStratifiedKFold,
    leakage_between,
    leakage_report,
    suggested_groups,
)

# ---- clean ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CLEAN)
def test_a_clean_split_of_clean_data_has_no_leak(kind):
    dataset = CLEAN[kind]()
    report = leakage_report(dataset, TRAIN, TEST)
    assert report.ok and report.count("leak") == 0
    allowed = {"structures": {"rows sorted by label", "labels not trained on"}}.get(kind, set())
    assert {one.kind for one in report.findings} <= allowed, str(report)
    assert report.looked_for
    assert leakage_report(dataset).ok
    assert leakage_between(dataset.take(TRAIN), dataset.take(TEST)).ok


@pytest.mark.parametrize("kind", [name for name in CLEAN if name != "structures"])
def test_suggested_groups_leave_no_sure_repeat(kind):
    doubled = CLEAN[kind]()
    rows = np.r_[np.arange(N), np.arange(N)]
    doubled = doubled.take(rows)
    splitter = GroupStratifiedKFold(4)
    groups = suggested_groups(doubled)
    honest = leakage_report(doubled, cv=splitter, groups=groups)
    assert honest.ok, str(honest)
    naive = leakage_report(doubled, cv=KFold(4, shuffle=True, random_state=0), groups=groups)
    assert not naive.ok and naive["straddling groups"].number > 40


# ---- planted -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_sequences_are_found(kind):
    report = leakage_report(PLANTED[kind](sequences()), TRAIN, TEST)
    found = report[kind]
    assert (found.number, found.of, found.share) == (2, 10, 0.2)
    assert found.examples and found.sentence.startswith("2 of 10 test samples")
    assert "groups=" in found.sentence
    assert found.severity == ("caution" if kind == "near copies" else "leak")


def test_reverse_complements_are_no_leak_of_rna_or_proteins():
    rna = StructureDataset(
        sample_names=["a", "b"],
        sequences=["ACCCU", "AGGGU"],
        structures=["....."] * 2,
        pairs=[np.zeros((0, 2), np.int64)] * 2,
    )
    assert "reverse complements" not in leakage_report(rna, [0], [1]).looked_for


def test_few_shared_letters_are_a_caution_and_half_of_them_a_leak():
    base = sequences()
    part = changed(base, "sequences", [30], [base.sequences[30][:25] + base.sequences[0][:35]])
    found = leakage_report(part, TRAIN, TEST)["shared words"]
    assert (found.number, found.severity, dict(found.details)) == (1, "caution", {})
    more = changed(base, "sequences", [30], [base.sequences[30][:15] + base.sequences[0][:45]])
    found = leakage_report(more, TRAIN, TEST)["shared words"]
    assert (found.severity, dict(found.details)) == ("leak", {"share half of their words or more": 1})
    assert "Chance" in leakage_report(base, TRAIN, TEST, k=4)["shared words"].sentence


def test_near_copies_count_letters():
    base = sequences()
    swap = str.maketrans("ACGT", "CGTA")
    for differing, kind, severity in (
        (20, True, "caution"),
        (21, False, ""),
        (6, True, "leak"),
        (7, True, "caution"),
    ):
        text = base.sequences[0]
        # Spread, so that no word of 20 letters is left.
        places = np.linspace(0, 59, differing).astype(int)
        made = "".join(c.translate(swap) if i in places else c for i, c in enumerate(text))
        report = leakage_report(changed(base, "sequences", [30], [made]), TRAIN, TEST)
        assert ("near copies" in report) is kind
        assert not kind or report["near copies"].severity == severity
        narrow = leakage_report(changed(base, "sequences", [30], [made]), TRAIN, TEST, near=differing - 1)
        assert "near copies" not in narrow


def test_too_many_pairs_are_said_not_to_be_looked_at(monkeypatch):
    monkeypatch.setattr("qsetu.genomics.splits.cross_sequences._MOST_LETTERS", 100)
    report = leakage_report(sequences(), TRAIN, TEST)
    assert report["not looked at"].severity == "note" and "hamming_groups" in str(report)


def test_shifted_octamers_are_found():
    base = CLEAN["octamers"]()
    moved = [base.sequences[0][1:] + "A", "C" + base.sequences[1][:-1]]
    found = leakage_report(changed(base, "sequences", [30, 31], moved), TRAIN, TEST)["shifted windows"]
    assert (found.number, found.severity) == (2, "caution")


def test_same_rows_groups_names_and_labels():
    base = sequences(groups=[f"g{i}" for i in range(N)])
    assert leakage_report(base, TRAIN, [29, 30])["same rows"].number == 1
    grouped = changed(base, "groups", [30, 31, 32], [base.groups[0]] * 3)
    found = leakage_report(grouped, TRAIN, TEST)["straddling groups"]
    assert (found.number, found.severity, found.examples) == (3, "leak", ("g0",))
    assert "straddling groups" not in leakage_report(grouped, TRAIN, TEST, groups=np.arange(N))
    named = changed(base, "sample_names", [30], [base.sample_names[0]])
    report = leakage_report(named, TRAIN, TEST)
    assert report["repeated names"].severity == "caution" and report["names inside"].number == 2
    strange = sequences(labels=[*labels()[:30], *["new"] * 10])
    assert leakage_report(strange, TRAIN, TEST)["labels not trained on"].number == 10


def test_one_sequence_of_two_labels():
    base = sequences()
    opposite = next(i for i in range(30) if base.labels[i] != base.labels[30])
    report = leakage_report(changed(base, "sequences", [30], [base.sequences[opposite]]), TRAIN, TEST)
    assert report["conflicting labels"].number == 1 and report["several labels"].number == 1
    alike = next(i for i in range(30) if base.labels[i] == base.labels[30])
    report = leakage_report(changed(base, "sequences", [30], [base.sequences[alike]]), TRAIN, TEST)
    assert "conflicting labels" not in report and "several labels" not in report


def test_structures_of_one_sequence_and_families():
    base = structures()
    twice = changed(base, "sequences", [30], [base.sequences[0]])
    assert leakage_report(twice, TRAIN, TEST)["repeated sequences"].severity == "leak"
    assert "several structures" not in leakage_report(twice, TRAIN, TEST)
    other = changed(twice, "structures", [30], ["(" + "." * 58 + ")"])
    assert leakage_report(other, TRAIN, TEST)["several structures"].number == 1
    mixed = changed(base, "labels", [30, 31], ["0", "0"])
    assert leakage_report(mixed, TRAIN, TEST)["shared families"].number == 2


@pytest.mark.parametrize(
    ("row", "kind", "severity", "half", "most"),
    [
        (("chr1", 50, 150, "+"), "overlapping intervals", "leak", 1, 0),
        (("chr1", 51, 151, "+"), "overlapping intervals", "caution", 0, 0),
        (("chr1", 10, 110, "+"), "overlapping intervals", "leak", 1, 1),
        (("chr1", 50, 150, "-"), "overlaps on the other strand", "caution", 0, 0),
    ],
)
def test_planted_intervals_are_found(row, kind, severity, half, most):
    base = intervals()
    report = leakage_report(changed(base, "intervals", [30], [row]), TRAIN, TEST)
    found = report[kind]
    assert (found.number, found.of, found.severity) == (1, 10, severity)
    if kind == "overlapping intervals":
        assert (found.details["by half or more"], found.details["by 90 % or more"]) == (half, most)
        assert found.details[f"labeled '{base.labels[30]}'"] == 1
        assert ("overlaps of another label" in report) == (base.labels[0] != base.labels[30])
        clash = changed(
            changed(base, "intervals", [30], [row]), "labels", [0], [str(1 - int(base.labels[30]))]
        )
        assert leakage_report(clash, TRAIN, TEST)["overlaps of another label"].number == 1
    touching = changed(base, "intervals", [30], [("chr1", 100, 200, "+")])
    assert leakage_report(touching, TRAIN, TEST).ok
    assert "overlapping intervals" not in leakage_report(touching, TRAIN, TEST)


def test_rows_columns_and_scaling_of_numbers():
    base = expression()
    report = leakage_report(changed(base, "values", [30], [base.values[0]]), TRAIN, TEST)
    assert report["repeated rows"].severity == "leak" and report["rows inside"].severity == "note"
    columns = base.values.copy()
    columns[:, 5] = columns[:, 3]
    found = leakage_report(expression(values=columns))["repeated columns"]
    assert (found.number, found.of, found.examples) == (1, 12, ("g5 (column 5)",))

    for scale in ((lambda v, o: (v - o.mean(0)) / o.std(0)), (lambda v, o: (v - o.min(0)) / np.ptp(o, 0))):
        all_of_them = expression(values=scale(base.values, base.values))
        found = leakage_report(all_of_them, TRAIN, TEST)["scaled over all samples"]
        assert (found.number, found.severity) == (12, "caution")
        honest = expression(values=scale(base.values, base.values[TRAIN]))
        assert "scaled over all samples" not in leakage_report(honest, TRAIN, TEST)
    coded = expression(values=np.random.default_rng(0).integers(0, 2, (N, 12)).astype(float))
    assert "scaled over all samples" not in leakage_report(coded, TRAIN, TEST)
    trait = np.random.default_rng(1).normal(size=N)
    traits = pd.DataFrame({"yield": (trait - trait.mean()) / trait.std(ddof=1)})
    assert "scaled over all samples" in leakage_report(genotypes(traits=traits), TRAIN, TEST)


def test_people_and_relatives():
    base = genotypes()
    rng = np.random.default_rng(6)
    again = base.dosages[0].copy()
    errors = rng.choice(3000, 100, replace=False)
    again[errors] = rng.integers(0, 3, 100)
    # A child takes half of each parent's alleles; here of person 1 and of one unknown.
    frequency = np.random.default_rng(5).uniform(0.1, 0.9, 3000)
    given = np.where(base.dosages[1] == 1, rng.integers(0, 2, 3000), base.dosages[1] // 2)
    child = given + (rng.random(3000) < frequency)
    planted = changed(base, "dosages", [30, 31], np.stack([again, child]).astype(np.int8))
    report = leakage_report(planted, TRAIN, TEST)
    assert (report["same individuals"].number, report["same individuals"].severity) == (1, "leak")
    assert report["same individuals"].examples == (f"{base.sample_names[30]} and {base.sample_names[0]}",)
    assert (report["relatives"].number, report["relatives"].severity) == (1, "leak")
    assert "relatives" not in leakage_report(planted, TRAIN, TEST, relatives=False)
    assert leakage_report(planted, cv=[(TRAIN, TEST), (TEST, TRAIN)])["same individuals"].number == 2
    # Few variants cannot tell people apart, and many linked ones are few.
    few = leakage_report(genotypes(20), TRAIN, TEST)
    assert "not looked at" in few and few.ok
    linked = genotypes(dosages=np.repeat(genotypes(12).dosages, 250, axis=1))
    assert "too few" in leakage_report(linked, TRAIN, TEST)["not looked at"].sentence


def test_two_genotype_sets_are_joined_by_variant_and_allele():
    base = genotypes()
    first, second = base.take(TRAIN), base.take(TEST)
    second = changed(second, "dosages", [0], first.dosages[0])
    order = np.random.default_rng(7).permutation(3000)[:2500]
    moved = second.take_variants(order)
    table, dosages = moved.variants.copy(), moved.dosages.copy()
    swapped, flipped = slice(0, 800), slice(800, 1600)
    table.loc[:799, ["counted", "other"]] = table.loc[:799, ["other", "counted"]].to_numpy()
    dosages[:, swapped] = 2 - dosages[:, swapped]
    strand = str.maketrans("ACGT", "TGCA")
    for name in ("counted", "other"):
        table.loc[800:1599, name] = [one.translate(strand) for one in table.loc[800:1599, name]]
    # What cannot be matched must not count: other alleles, those that strands share, ids that occur twice.
    dosages[:, 1600:1900] = 2 - dosages[:, 1600:1900]
    table.loc[1600:1699, ["counted", "other"]] = ["C", "T"]
    table.loc[1600:1699, "other"] = "TT"
    table.loc[1700:1799, "id"] = "rs1"
    table.loc[1800:1899, ["counted", "other"]] = ["A", "T"]
    import dataclasses

    from qsetu.genomics.formats import align_alleles

    moved = dataclasses.replace(moved, dosages=dosages, variants=table)
    assert flipped.start == 800
    a, b, _ = align_alleles(first, moved)
    assert a.variants["id"].tolist() == b.variants["id"].tolist()
    np.testing.assert_array_equal(a.dosages[0], b.dosages[0])
    assert a.num_features == 2500 - 300 - (
        1 if "rs1" in set(table["id"][:1700]) | set(table["id"][1800:]) else 0
    )
    report = leakage_between(first, moved)
    assert report["same individuals"].number == 1 and "not looked at" not in report
    with pytest.raises(ArgumentError, match="variants of train"):
        leakage_between(first, dataclasses.replace(moved, variants=table.assign(id="x", position=0)))


def test_people_are_counted_on_the_side_of_the_test():
    whole = genotypes()
    twins = changed(whole, "dosages", [30, 31], [whole.dosages[3], whole.dosages[3]])
    found = leakage_report(twins, TRAIN, TEST)["same individuals"]
    assert (found.number, found.of) == (2, len(TEST))
    assert {one.partition(" and ")[0] for one in found.examples} == set(twins.sample_names[[30, 31]])
