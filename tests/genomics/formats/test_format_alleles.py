"""Alleles of two datasets: what is certain is converted, what is not is left out and counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics import GenotypeDataset
from qsetu.genomics.formats import align_alleles

COMPLEMENT = {"A": "T", "C": "G", "G": "C", "T": "A"}


def data(alleles, dosages=None, ids=None, phased=None, ploidy=2) -> GenotypeDataset:
    number = len(alleles)
    table = pd.DataFrame(
        {
            "id": ids or [f"rs{i}" for i in range(number)],
            "chromosome": "1",
            "position": range(1, number + 1),
            "counted": [one for one, _ in alleles],
            "other": [other for _, other in alleles],
        }
    )
    values = np.array(
        [[0] * number, [1] * number, [2] * number, [-1] * number] if dosages is None else dosages
    )
    names = [f"s{i}" for i in range(len(values))]
    return GenotypeDataset(dosages=values, variants=table, sample_names=names, phased=phased, ploidy=ploidy)


@pytest.mark.parametrize(
    ("a", "b", "kind", "turned"),
    [
        ("AC", "AC", "same", False),
        ("AC", "CA", "swapped", True),
        ("AC", "TG", "strand_flipped", False),
        ("AC", "GT", "strand_and_swapped", True),
        ("ac", "CA", "swapped", True),
        ("AC", "0C", "same", False),
        ("AC", "0A", "swapped", True),
        ("AC", "0G", "strand_flipped", False),
        ("AC", "0T", "strand_and_swapped", True),
        ("0C", "AC", "same", False),
        ("0G", "CT", "strand_and_swapped", True),
    ],
)
def test_what_is_certain_is_converted(a, b, kind, turned):
    first, second, report = align_alleles(data([tuple(a)]), data([tuple(b)]))
    assert getattr(report, kind) == ("rs0",)
    assert (report.shared, report.kept, report.turned) == (1, 1, int(turned))
    assert first.dosages[:, 0].tolist() == [0, 1, 2, -1]
    assert second.dosages[:, 0].tolist() == ([2, 1, 0, -1] if turned else [0, 1, 2, -1])
    assert (
        first.variants.loc[0, ["counted", "other"]].tolist()
        == second.variants.loc[0, ["counted", "other"]].tolist()
    )


@pytest.mark.parametrize("pair", ["AT", "TA", "CG", "GC"])
def test_palindromic_variants_are_left_out_or_kept_as_they_stand(pair):
    certain, doubtful = ("A", "C"), tuple(pair)
    a, b = data([certain, doubtful]), data([certain, doubtful[::-1]])
    first, second, report = align_alleles(a, b)
    assert (
        report.ambiguous == ("rs1",) and report.kept == 1 and first.num_features == second.num_features == 1
    )
    first, second, report = align_alleles(a, b, ambiguous="keep")
    assert report.kept == 2 and report.turned == 1
    assert second.dosages[:, 1].tolist() == [2, 1, 0, -1]
    assert second.variants["counted"].tolist() == first.variants["counted"].tolist()


@pytest.mark.parametrize(
    ("a", "b"), [("AC", "AG"), ("AC", "AA"), ("AA", "AC"), ("AA", "AA"), (("A", "AT"), ("T", "TA"))]
)
def test_alleles_that_fit_in_no_way_are_left_out(a, b):
    certain = ("A", "C")
    report = align_alleles(data([certain, tuple(a)]), data([certain, tuple(b)]))[2]
    assert report.mismatched == ("rs1",) and report.kept == 1
    with pytest.raises(DataError, match="none is left: 0 ambiguous, 1 with alleles"):
        align_alleles(data([tuple(a)]), data([tuple(b)]))


@pytest.mark.parametrize(("a", "b"), [("0G", "0G"), ("0G", "0C"), ("0G", "0A"), ("00", "AC"), ("0G", "CG")])
def test_unknown_alleles_are_not_guessed(a, b):
    certain = ("A", "C")
    report = align_alleles(data([certain, tuple(a)]), data([certain, tuple(b)]))[2]
    assert report.ambiguous == ("rs1",)


def test_alleles_of_several_letters_are_swapped_but_never_complemented():
    second, report = align_alleles(data([("A", "AT")]), data([("AT", "A")]))[1:]
    assert report.swapped == ("rs0",)
    assert second.dosages[:, 0].tolist() == [2, 1, 0, -1]


snps = st.sampled_from([(x, y) for x in "ACGT" for y in "ACGT" if x not in (y, COMPLEMENT[y])])


@settings(max_examples=150, deadline=None)
@given(
    alleles=st.lists(snps, min_size=1, max_size=12),
    seed=st.integers(0, 2**31),
)
def test_whatever_was_done_to_the_second_is_undone(alleles, seed):
    draw = np.random.default_rng(seed)
    number = len(alleles)
    dosages = draw.integers(-1, 3, (5, number)).astype(np.int8)
    order = draw.integers(0, 2, (5, number, 2)).astype(np.int8)
    order[dosages < 0] = -1
    dosages = np.where(dosages < 0, -1, order.sum(2)).astype(np.int8)
    swapped, flipped = draw.random(number) < 0.5, draw.random(number) < 0.5
    changed = [
        tuple(COMPLEMENT[one] if flip else one for one in (pair[::-1] if swap else pair))
        for pair, swap, flip in zip(alleles, swapped, flipped, strict=True)
    ]
    other = np.where(swapped & (dosages >= 0), 2 - dosages, dosages)
    other_order = np.where(swapped[:, None] & (order >= 0), 1 - order, order)
    shuffle = draw.permutation(number)
    a = data(alleles, dosages, phased=order)
    b = data(changed, other, phased=other_order.astype(np.int8)).take_variants(shuffle)
    first, second, report = align_alleles(a, b)
    assert np.array_equal(first.dosages, dosages) and np.array_equal(second.dosages, dosages)
    assert np.array_equal(second.phased, order)
    assert first.variants["id"].tolist() == second.variants["id"].tolist()
    assert report.turned == swapped.sum()
    assert len(report.strand_flipped) + len(report.strand_and_swapped) == flipped.sum()
    assert second.variants["position"].tolist() == first.variants["position"].tolist()


def test_joining_by_id_or_place_and_what_cannot_be_joined():
    a = data([("A", "C")] * 4, ids=["rs1", "rs2", "rs2", "rs4"])
    b = data([("A", "C")] * 3, ids=["rs4", "rs2", "rs9"])
    report = align_alleles(a, b)[2]
    assert (report.joined_by, report.kept, report.repeated) == ("id", 1, ("rs2",))
    assert (report.only_in_a, report.only_in_b) == (1, 1)
    assert align_alleles(a, b, by="position")[2].kept == 3
    unnamed = data([("A", "C")] * 3, ids=["."] * 3)
    assert align_alleles(a, unnamed)[2].joined_by == "position"
    with pytest.raises(DataError, match="share no variant by id"):
        align_alleles(a, unnamed, by="id")
    assert "kept" in str(report) and "ambiguous" in str(report)


def test_arguments_are_checked():
    a = data([("A", "C")])
    for given_, said in (
        ({"b": 3}, "'b' must be a GenotypeDataset"),
        ({"by": "name"}, "'by'"),
        ({"ambiguous": "guess"}, "'ambiguous'"),
        ({"b": data([("A", "C")], [[1], [0]], ploidy=1)}, "ploidy of 'a'"),
    ):
        with pytest.raises(ArgumentError, match=said):
            align_alleles(**{"a": a, "b": a, **given_})


def test_notes_say_what_was_done():
    notes = align_alleles(data([("A", "C"), ("A", "T")]), data([("G", "T"), ("A", "T")]))[1].notes
    assert "1 of 2 shared variants kept" in notes[-2]
    assert "1 variants had counted and other" in notes[-1] and "1 were on the other strand" in notes[-1]
