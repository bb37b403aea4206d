"""Datasets hold what they were given, refuse what does not fit together, and give parts of themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics import (
    IUPAC_BASES,
    ExpressionDataset,
    GenotypeDataset,
    IntervalDataset,
    MotifCollection,
    PairMatrix,
    SequenceDataset,
    StructureDataset,
    clean_sequences,
    reverse_complement,
)
from qsetu.genomics.alphabet import count_ambiguous, pack
from qsetu.genomics.extras import needed

NAMES = ["a", "b", "c"]
VARIANTS = pd.DataFrame(
    {
        "id": ["rs1", "rs2"],
        "chromosome": ["1", "1"],
        "position": [10, 20],
        "counted": ["A", "C"],
        "other": ["G", "T"],
    }
)
INTERVALS = pd.DataFrame(
    {"chromosome": ["1"] * 3, "start": [0, 5, 9], "end": [4, 9, 12], "strand": list("+-.")}
)
COMMON = {
    "sample_names": NAMES,
    "labels": ["x", "y", "x"],
    "groups": ["g", "g", "h"],
    "official_split": ["train", "train", "test"],
    "metadata": pd.DataFrame({"age": [1, 2, 3]}),
}
MAKE = {
    "sequences": lambda **k: SequenceDataset(sequences=["ACG", "TTT", "NNA"], **k),
    "structures": lambda **k: StructureDataset(
        sequences=["GC", "AU", "GGCC"],
        structures=["()", "..", "(())"],
        pairs=[np.array([[0, 1]]), np.zeros((0, 2), int), np.array([[0, 3], [1, 2]])],
        **k,
    ),
    "expression": lambda **k: ExpressionDataset(
        values=np.arange(6.0).reshape(3, 2), gene_names=["u", "v"], **k
    ),
    "genotypes": lambda **k: GenotypeDataset(
        dosages=[[0, 1], [2, -1], [1, 1]],
        variants=VARIANTS,
        traits=pd.DataFrame({"height": [1.0, 2.0, 3.0]}),
        phased=np.zeros((3, 2, 2), np.int8),
        **k,
    ),
    "intervals": lambda **k: IntervalDataset(intervals=INTERVALS, **k),
    "motifs": lambda **k: MotifCollection(
        counts=[np.ones((4, 2)), np.ones((4, 3)), np.eye(4)], factors=["F", "G", "f"], **k
    ),
}


@pytest.mark.parametrize("kind", MAKE)
def test_a_part_is_the_same_rows_of_everything(kind):
    whole = MAKE[kind](**COMMON)
    for rows in ([2, 0], np.array([True, False, True]), np.array([-1]), []):
        part = whole.take(rows)
        places = np.arange(3)[np.asarray(rows, dtype=bool if np.asarray(rows).dtype == bool else int)]
        assert len(part) == part.num_samples == len(places)
        assert type(part) is type(whole)
        assert part.sample_names.tolist() == [NAMES[i] for i in places]
        assert part.labels.tolist() == [COMMON["labels"][i] for i in places]
        assert part.groups.tolist() == [COMMON["groups"][i] for i in places]
        assert part.official_split.tolist() == [COMMON["official_split"][i] for i in places]
        assert part.metadata["age"].tolist() == [int(i) + 1 for i in places]
        assert len(part.X) == len(places)
        for i, place in enumerate(places):
            assert str(np.asarray(part.take([i]).X)) == str(np.asarray(whole.take([place]).X))
    assert repr(whole.take([]))


@pytest.mark.parametrize("kind", MAKE)
def test_rows_that_are_not_there_are_refused(kind):
    whole = MAKE[kind](**COMMON)
    for rows in ([3], [-4], [0.5], [[0, 1]], np.array([True, False])):
        with pytest.raises(ArgumentError, match="'rows' must be"):
            whole.take(rows)


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("what", ["labels", "groups", "official_split", "metadata"])
def test_columns_of_another_length_are_refused(kind, what):
    with pytest.raises(ArgumentError, match=f"'{what}' must have an entry for each of the 3 samples"):
        MAKE[kind](**(COMMON | {what: COMMON[what][:2]}))


@pytest.mark.parametrize("kind", MAKE)
def test_content_has_one_hash_whatever_carried_it(kind):
    whole = MAKE[kind](**COMMON)
    again = MAKE[kind](**(COMMON | {"files": {"x": "00"}, "notes": ("read twice",)}))
    assert whole.content_sha256 == again.content_sha256
    assert whole.content_sha256 != whole.take([1, 0, 2]).content_sha256
    assert whole.content_sha256 != MAKE[kind](**(COMMON | {"sample_names": ["a", "b", "d"]})).content_sha256


def test_labels_are_counted_and_missing_ones_said():
    whole = MAKE["sequences"](**COMMON)
    assert whole.label_counts() == {"x": 2, "y": 1}
    assert list(MAKE["sequences"](sample_names=NAMES, labels=["y", "x", "z"]).label_counts()) == [
        "x",
        "y",
        "z",
    ]
    bare = MAKE["sequences"](sample_names=NAMES)
    assert bare.label_counts() == {}
    with pytest.raises(ArgumentError, match="must have labels"):
        _ = bare.y


def test_arrays_cannot_be_written():
    assert not MAKE["sequences"](**COMMON).sequences.flags.writeable
    assert not MAKE["expression"](**COMMON).values.flags.writeable
    assert not MAKE["genotypes"](**COMMON).dosages.flags.writeable
    assert not MAKE["expression"](**COMMON).labels.flags.writeable
    given_names = np.array(NAMES)
    data = MAKE["expression"](sample_names=given_names)
    given_names[0] = "z"
    assert data.sample_names[0] == "a"


def test_the_array_that_was_given_stays_the_callers():
    values = np.arange(6.0).reshape(3, 2)
    dosages = np.zeros((3, 2), np.int8)
    data = ExpressionDataset(values=values, gene_names=["u", "v"], sample_names=NAMES)
    people = GenotypeDataset(dosages=dosages, variants=VARIANTS, sample_names=NAMES)
    values[0, 0], dosages[0, 0] = 9, 2
    assert data.values[0, 0] == 0
    assert people.dosages[0, 0] == 0


def test_genotypes_count_and_refuse():
    people = MAKE["genotypes"](**COMMON)
    np.testing.assert_allclose(people.allele_frequencies, [3 / 6, 2 / 4])
    assert people.missing_rate == pytest.approx(1 / 6)
    lines = GenotypeDataset(dosages=[[1], [0], [-1]], variants=VARIANTS[:1], ploidy=1, sample_names=NAMES)
    np.testing.assert_allclose(lines.allele_frequencies, [0.5])
    few = people.take_variants(np.array([False, True]))
    assert few.variants["id"].tolist() == ["rs2"]
    assert few.dosages.tolist() == [[1], [-1], [1]]
    assert few.phased.shape == (3, 1, 2)
    nobody = GenotypeDataset(dosages=[[-1], [-1], [-1]], variants=VARIANTS[:1], sample_names=NAMES)
    assert np.isnan(nobody.allele_frequencies).all()
    for wrong, said in (
        ({"dosages": [[0, 3], [0, 0], [0, 0]]}, "from 0 to 2"),
        ({"dosages": [[0, -2], [0, 0], [0, 0]]}, "from 0 to 2"),
        ({"dosages": [[0], [0], [0]]}, "samples by variants"),
        ({"variants": VARIANTS.drop(columns="other")}, "columns id, chromosome"),
        ({"traits": pd.DataFrame({"h": [1.0]})}, "3 rows"),
        ({"phased": np.zeros((3, 2), np.int8)}, "shape"),
    ):
        given_all = {
            "dosages": [[0, 1], [2, -1], [1, 1]],
            "variants": VARIANTS,
            "sample_names": NAMES,
        } | wrong
        with pytest.raises(ArgumentError, match=said):
            GenotypeDataset(**given_all)


def test_other_kinds_refuse_what_does_not_fit():
    with pytest.raises(ArgumentError, match="samples by genes"):
        ExpressionDataset(values=np.zeros((2, 2)), gene_names=["u", "v"], sample_names=NAMES)
    with pytest.raises(ArgumentError, match="finite"):
        ExpressionDataset(values=[[np.nan]] * 3, gene_names=["u"], sample_names=NAMES)
    with pytest.raises(ArgumentError, match="as many as the 3"):
        SequenceDataset(sequences=["A"], sample_names=NAMES)
    with pytest.raises(ArgumentError, match="columns chromosome"):
        IntervalDataset(intervals=INTERVALS.drop(columns="end"), sample_names=NAMES)
    with pytest.raises(ArgumentError, match="symmetric"):
        PairMatrix(values=[[0, 1], [2, 0]], sample_names=["A", "C"])
    with pytest.raises(ArgumentError, match="must be two of AC"):
        _ = PairMatrix(values=np.eye(2), sample_names=["A", "C"])["A", "G"]


# ---- letters -----------------------------------------------------------------------------------------


def test_letters_are_cleaned_by_the_stated_rules():
    assert clean_sequences(["ac gu\r\n", "N"]) == ["ACGT", "N"]
    assert clean_sequences(["acgt"], "RNA") == ["ACGU"]
    assert clean_sequences(["mk*x"], "protein") == ["MK*X"]
    assert clean_sequences(["a-c.g"], gaps=True) == ["A-C-G"]
    assert clean_sequences(np.array([["A"], ["C"]])) == ["A", "C"]
    assert clean_sequences(pd.Series(["A", "C"], index=[5, 9])) == ["A", "C"]
    for wrong, said in (
        (["AC", "AXG"], "sequence 1 has 'X' at position 1"),
        (["A-C"], "pass gaps=True"),
        (["", "A"], "must not be empty; the one at position 0"),
        (["  "], "must not be empty"),
        ("ACGT", "several sequences"),
        ([1], "is a int"),
        (7, "several sequences"),
        (np.array([["A", "C"]]), "one column"),
        (["ACGТ"], "position 3"),  # the last letter is Cyrillic
    ):
        with pytest.raises(ArgumentError, match=said):
            clean_sequences(wrong)


DNA = st.text("".join(IUPAC_BASES), min_size=1, max_size=30)


@given(DNA)
def test_the_other_strand_of_the_other_strand_is_the_first(text):
    other = reverse_complement(text)
    assert reverse_complement(other) == text
    pairs = dict(zip("ACGT", "TGCA", strict=True))
    for letter, partner in zip(text, reversed(other), strict=True):
        assert {pairs[base] for base in IUPAC_BASES[letter]} == set(IUPAC_BASES[partner])


@given(st.lists(DNA, max_size=5))
def test_packed_letters_say_the_same(texts):
    packed = pack(texts)
    names = "".join(IUPAC_BASES)
    for i, text in enumerate(texts):
        assert "".join(names[c] for c in packed.codes[packed.offsets[i] : packed.offsets[i + 1]]) == text
    assert packed.lengths.tolist() == [len(text) for text in texts]
    assert sum(count_ambiguous(texts).values()) == sum(
        letter not in "ACGT" for text in texts for letter in text
    )


def test_a_matrix_needs_one_length():
    assert pack(["AC", "GT"]).matrix().tolist() == [[0, 1], [2, 3]]
    assert pack([]).matrix().shape == (0, 0)
    with pytest.raises(ArgumentError, match=r"lengths 2 \(sequence 0\) and 1 \(sequence 1\)"):
        pack(["AC", "G"]).matrix()


def test_a_missing_package_is_asked_for_by_its_extra():
    assert needed("json", "genomics", "This") is not None
    with pytest.raises(DataError, match=r"pip install 'qsetu\[genomics\]'"):
        needed("no_such_package_here", "genomics", "Reading BCF")
