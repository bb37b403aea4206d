"""Groups of people and lines, and what a dataset suggests to keep together."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from group_support import (
    closure,
    dosages,
    family,
    partition,
)

from qsetu.core.errors import ArgumentError
from qsetu.genomics import (
    ExpressionDataset,
    GenotypeDataset,
    IntervalDataset,
    MotifCollection,
    SequenceDataset,
    StructureDataset,
)
from qsetu.genomics.splits import (
    alike_groups,
    identity_by_state,
    king_kinship,
    relatedness_groups,
    suggested_groups,
)

# ---- people ------------------------------------------------------------------------------------------


def test_alleles_in_common_and_kinship_follow_their_definitions():
    rng = np.random.default_rng(11)
    people, others = dosages(rng, 5), dosages(rng, 4)
    alike, kinship = identity_by_state(people, others), king_kinship(people, others)
    for i, j in itertools.product(range(5), range(4)):
        called = (people[i] >= 0) & (others[j] >= 0)
        x, y = people[i][called].astype(int), others[j][called].astype(int)
        assert alike[i, j] == pytest.approx(1 - abs(x - y).mean() / 2, abs=1e-5)
        both = ((x == 1) & (y == 1)).sum()
        opposite = (abs(x - y) == 2).sum()
        few, many = sorted([(x == 1).sum(), (y == 1).sum()])
        # Manichaikul et al. (2010), equation 11, written as there.
        expected = (both - 2 * opposite) / (2 * few) + 0.5 - 0.25 * (few + many) / few
        assert kinship[i, j] == pytest.approx(expected, abs=1e-4)
    lines = (people > 0).astype(np.int8)
    assert identity_by_state(lines, ploidy=1)[0, 1] == pytest.approx((lines[0] == lines[1]).mean(), abs=1e-5)


def test_kinship_knows_a_family():
    people = family(np.random.default_rng(12))
    kinship = king_kinship(people)
    assert kinship[0, 5] == pytest.approx(0.5)
    for pair in ((0, 2), (0, 3), (1, 2), (1, 3)):
        assert kinship[pair] == pytest.approx(0.25, abs=0.03)
    assert kinship[2, 3] == pytest.approx(0.25, abs=0.03)
    assert abs(kinship[0, 1]) < 0.05 and abs(kinship[2, 4]) < 0.05
    assert partition(relatedness_groups(people)) == {frozenset({0, 1, 2, 3, 5}), frozenset({4})}
    assert partition(relatedness_groups(people, 0.4)) == {
        frozenset({0, 5}),
        *(frozenset({i}) for i in range(1, 5)),
    }


def test_alike_genotypes_are_a_group():
    rng = np.random.default_rng(15)
    people = dosages(rng, 6, missing=0)
    for row, changed in ((4, 80), (5, 500)):
        people[row] = people[row - 4]
        places = rng.choice(2000, changed, replace=False)
        people[row, places] = (people[row, places] + 1) % 3
    assert partition(alike_groups(people)) == {frozenset({0, 4}), *(frozenset({i}) for i in (1, 2, 3, 5))}
    names = ("id", "chromosome", "position", "counted", "other")
    lines = GenotypeDataset(
        sample_names=list("abcdef"),
        dosages=(people > 0).astype(np.int8),
        variants=pd.DataFrame({name: [""] * 2000 for name in names}),
        ploidy=1,
    )
    alike = identity_by_state(lines.dosages, ploidy=1)
    assert partition(alike_groups(lines, 0.9)) == closure(6, lambda i, j: alike[i, j] >= 0.9)
    assert partition(alike_groups(lines, 0.9)) != partition(alike_groups(lines, 0.999))
    nothing = np.full((2, 5), -1, np.int8)
    nothing[0, 0] = 1
    assert len(set(alike_groups(nothing))) == 2


def test_genotypes_that_cannot_be_compared_are_refused():
    people = dosages(np.random.default_rng(13))
    with pytest.raises(ArgumentError, match="same 2000 variants"):
        king_kinship(people, people[:, :7])
    with pytest.raises(ArgumentError, match="whole numbers"):
        king_kinship(people.astype(float))
    variants = pd.DataFrame(
        {name: [""] * 2000 for name in ("id", "chromosome", "position", "counted", "other")}
    )
    lines = GenotypeDataset(
        sample_names=np.arange(12).astype(str),
        dosages=(people > 0).astype(np.int8),
        variants=variants,
        ploidy=1,
    )
    with pytest.raises(ArgumentError, match="diploid"):
        relatedness_groups(lines)
    homozygous = np.zeros((2, 50), np.int8)
    assert np.isneginf(king_kinship(homozygous)).all()
    assert len(set(relatedness_groups(homozygous))) == 1  # equal rows


# ---- suggested ---------------------------------------------------------------------------------------


def test_suggested_groups_join_what_each_kind_of_data_shows():
    texts = ["AACG", "CGTT", "GGGG", "TTTT"]
    data = SequenceDataset(sample_names=list("abcd"), groups=["1", "2", "3", "2"], sequences=texts)
    assert partition(suggested_groups(data)) == {frozenset({0, 1, 3}), frozenset({2})}
    long = [*(text * 6 for text in ("ACGGT", "TTACA")), "ACGGT" * 5 + "AAAAA"]
    data = SequenceDataset(sample_names=list("abc"), sequences=long)
    assert len(partition(suggested_groups(data))) == 3
    assert partition(suggested_groups(data, k=20)) == {frozenset({0, 2}), frozenset({1})}

    rna = StructureDataset(
        sample_names=list("abc"),
        labels=["5s", "5s", "tRNA"],
        sequences=["ACGU", "GGGG", "CCCC"],
        structures=["....", "....", "...."],
        pairs=[np.zeros((0, 2), np.int64)] * 3,
    )
    assert partition(suggested_groups(rna)) == {frozenset({0, 1}), frozenset({2})}

    rows = [("chr1", 0, 10, "+"), ("chr1", 5, 12, "-"), ("chr1", 20, 30, "+")]
    table = pd.DataFrame(rows, columns=["chromosome", "start", "end", "strand"])
    data = IntervalDataset(sample_names=list("abc"), intervals=table)
    assert partition(suggested_groups(data)) == {frozenset({0, 1}), frozenset({2})}

    values = np.array([[1.0, 0.0], [1.0, -0.0], [2.0, 0.0]])
    cells = ExpressionDataset(sample_names=list("abc"), values=values, gene_names=["g", "h"])
    assert partition(suggested_groups(cells)) == {frozenset({0, 1}), frozenset({2})}

    people = family(np.random.default_rng(14))
    names = ("id", "chromosome", "position", "counted", "other")
    variants = pd.DataFrame({name: [""] * people.shape[1] for name in names})
    metadata = pd.DataFrame({"family": ["f", "0", "0", None, "f", ""]})
    data = GenotypeDataset(sample_names=list("abcdef"), dosages=people, variants=variants, metadata=metadata)
    assert partition(suggested_groups(data)) == {frozenset({0, 4, 5}), *(frozenset({i}) for i in (1, 2, 3))}
    assert partition(suggested_groups(data, kinship=0.0884)) == {frozenset(range(6))}
    with pytest.raises(ArgumentError, match="'k'"):
        suggested_groups(data, k=20)
    with pytest.raises(ArgumentError, match="kinship"):
        suggested_groups(cells, kinship=0.1)
    motifs = MotifCollection(sample_names=["m"], counts=[np.ones((4, 3))], factors=["f"])
    with pytest.raises(ArgumentError, match="MotifCollection"):
        suggested_groups(motifs)
