"""Groups of what must stay together: against slow, obvious oracles, and whatever the order of rows."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from group_support import (
    closure,
    family,
    intervals,
    partition,
    some_sequences,
    words,
)

from qsetu.core.errors import ArgumentError
from qsetu.genomics import (
    reverse_complement,
)
from qsetu.genomics.splits import (
    aligned_identity,
    chromosome_groups,
    combine_groups,
    duplicate_groups,
    hamming_groups,
    hamming_pairs,
    homology_groups,
    interval_groups,
    longest_overlap,
    name_groups,
    relatedness_groups,
    shared_kmer_groups,
    shared_kmer_pairs,
)
from qsetu.genomics.splits.kmers import kmer_table

# ---- sequences ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("k", [1, 2, 8, 20, 31])
def test_words_are_those_of_the_texts(k, both):
    texts = [*some_sequences(np.random.default_rng(k)), "ACG", "NNNN"]
    table = kmer_table(texts, k, reverse_complement=both)
    for row, text in enumerate(texts):
        assert (table.rows == row).sum() == len(words(text, k, both))
        windows = [text[i : i + k] for i in range(len(text) - k + 1) if set(text[i : i + k]) <= set("ACGT")]
        assert table.counts[table.rows == row].sum() == len(windows)
    assert (np.diff(table.words.astype(object)) >= 0).all()


@pytest.mark.parametrize("both", [False, True])
def test_sequences_that_share_a_word_are_a_group(both):
    texts = some_sequences(np.random.default_rng(1))
    held = [words(text, 12, both) for text in texts]
    expected = closure(len(texts), lambda i, j: bool(held[i] & held[j]) or texts[i] == texts[j])
    assert partition(shared_kmer_groups(texts, 12, reverse_complement=both)) == expected
    pairs = [(i, j) for i, j in itertools.combinations(range(len(texts)), 2) if held[i] & held[j]]
    assert shared_kmer_pairs(texts, 12, reverse_complement=both).tolist() == [list(pair) for pair in pairs]


def test_equal_sequences_are_a_group_and_strands_where_asked():
    texts = ["AACG", "CGTT", "AACG", "AACN", "NGTT", "GGGG"]
    assert partition(duplicate_groups(texts, True)) == {
        frozenset({0, 1, 2}),
        frozenset({3, 4}),
        frozenset({5}),
    }
    assert partition(duplicate_groups(texts, False)) == {
        frozenset({0, 2}),
        *(frozenset({i}) for i in (1, 3, 4, 5)),
    }
    assert partition(duplicate_groups(["AACG", "CGUU"], alphabet="RNA")) == {frozenset({0}), frozenset({1})}
    with pytest.raises(ArgumentError, match="reverse_complement"):
        duplicate_groups(["AAC"], True, alphabet="protein")


def test_words_do_not_run_from_one_sequence_into_the_next():
    assert len(partition(shared_kmer_groups(["AAAC", "CCCG", "ACCC"], 4, reverse_complement=False))) == 3
    assert shared_kmer_groups(["ACG", "ACG", "TTT"], 20)[0] == shared_kmer_groups(["ACG", "ACG"], 20)[1]


def test_protein_words_tell_all_amino_acids_apart():
    texts = ["ACDEFGHIKL", "MNPQRSTVWY", "XACDEFGHIX", "YYYYYYYYXX"]
    expected = {frozenset({0, 2}), frozenset({1}), frozenset({3})}
    assert partition(shared_kmer_groups(texts, 8, alphabet="protein")) == expected
    with pytest.raises(ArgumentError, match="from 1 to 12"):
        shared_kmer_groups(texts, 13, alphabet="protein")
    with pytest.raises(ArgumentError, match="from 1 to 31"):
        shared_kmer_groups(["ACGT"], 32)


def test_too_common_words_are_refused_where_pairs_are_listed():
    with pytest.raises(ArgumentError, match="longer word"):
        shared_kmer_pairs(["ACGT"] * 20_000, 2)


@pytest.mark.parametrize("both", [False, True])
def test_sequences_that_differ_in_few_letters_are_a_group(both):
    texts = some_sequences(np.random.default_rng(2), letters="ACGT")

    def distance(a, b):
        return sum(x != y for x, y in zip(a, b, strict=True))

    def near(i, j):
        flipped = distance(texts[i], reverse_complement(texts[j])) <= 3
        return distance(texts[i], texts[j]) <= 3 or (both and flipped)

    assert partition(hamming_groups(texts, 3, reverse_complement=both)) == closure(len(texts), near)
    pairs = hamming_pairs(texts[:20], texts[20:], 30, at_least=27)
    expected = [[i, j] for i in range(20) for j in range(40) if 27 <= distance(texts[i], texts[20 + j]) <= 30]
    assert pairs.tolist() == expected
    with pytest.raises(ArgumentError, match="same length"):
        hamming_groups(["ACG", "AC"], 1)


def test_blocks_of_pairs_join_without_a_seam():
    texts = some_sequences(np.random.default_rng(3), number=2600, length=30)
    groups = hamming_groups(texts, 0, reverse_complement=False)
    assert partition(groups) == partition(texts)


def test_alignment_counts_identical_columns():
    assert aligned_identity("ACGTACGTAC", "ACGTACGTAC") == 1
    assert aligned_identity("ACGTACGTAC", "TTTTACGTACGTACTTTT") == 1  # a fragment inside a whole
    assert aligned_identity("ACGTTCGTAC" * 3, "ACGTACGTAC" * 3) == pytest.approx(0.9)
    # One letter missing: 29 of 30 columns of what is aligned.
    whole = "ACGTTGCATCGATTACAGGCTAGCTAACGT"
    assert aligned_identity(whole[:14] + whole[15:], whole) == pytest.approx(29 / 30)


@pytest.mark.parametrize("identity", [0.8, 0.9, 0.97])
def test_no_pair_as_alike_as_asked_is_apart(identity):
    rng = np.random.default_rng(4)
    texts = some_sequences(rng, number=40, length=60)
    texts += [text[:20] + text[22:] for text in texts[:6]] + [
        text[:30] + "A" + text[30:] for text in texts[:6]
    ]

    def alike(i, j):
        flipped = reverse_complement(texts[j])
        return max(aligned_identity(texts[i], one) for one in (texts[j], flipped)) >= identity

    assert partition(homology_groups(texts, identity, "alignment")) == closure(len(texts), alike)


def test_words_estimate_identity():
    rng = np.random.default_rng(5)
    base = "".join(rng.choice(list("ACGT"), 2000))
    near = "".join(c if rng.random() > 0.03 else "ACGT"[("ACGT".index(c) + 1) % 4] for c in base)
    far = "".join(c if rng.random() > 0.25 else "ACGT"[("ACGT".index(c) + 1) % 4] for c in base)
    groups = homology_groups([base, near, far, reverse_complement(base)[:900]], 0.9)
    assert partition(groups) == {frozenset({0, 1, 3}), frozenset({2})}
    assert len(partition(homology_groups([base, near], 0.99))) == 2
    with pytest.raises(ArgumentError, match="method"):
        homology_groups([base], 0.9, "blast")
    with pytest.raises(ArgumentError, match="identity"):
        homology_groups([base], 1.2)


# ---- order of rows -----------------------------------------------------------------------------------

SEQUENCE_GROUPINGS = {
    "duplicates": duplicate_groups,
    "shared words": lambda texts: shared_kmer_groups(texts, 12),
    "hamming": lambda texts: hamming_groups(texts, 3),
    "words": lambda texts: homology_groups(texts, 0.8),
    "alignment": lambda texts: homology_groups(texts, 0.9, "alignment"),
}


@pytest.mark.parametrize("name", SEQUENCE_GROUPINGS)
def test_names_of_groups_do_not_depend_on_the_order_of_rows(name):
    texts = np.array(some_sequences(np.random.default_rng(6)), object)
    order = np.random.default_rng(7).permutation(len(texts))
    grouping = SEQUENCE_GROUPINGS[name]
    np.testing.assert_array_equal(grouping(texts)[order], grouping(texts[order]))
    assert len(grouping([])) == 0
    assert 1 < len(set(grouping(texts))) < len(texts)


def test_other_groupings_do_not_depend_on_the_order_either():
    rng = np.random.default_rng(8)
    table, people, order = intervals(rng), family(rng), rng.permutation(6)
    shuffled = rng.permutation(len(table))
    np.testing.assert_array_equal(interval_groups(table)[shuffled], interval_groups(table.iloc[shuffled]))
    np.testing.assert_array_equal(relatedness_groups(people)[order], relatedness_groups(people[order]))
    columns = [rng.choice(list("abcdefgh"), 200), rng.choice(list("rstuvwxyz"), 200)]
    joined = combine_groups(*[column[shuffled] for column in columns])
    np.testing.assert_array_equal(combine_groups(*columns)[shuffled], joined)


# ---- names, joins, intervals -------------------------------------------------------------------------


def test_combining_joins_what_any_of_them_joins():
    rng = np.random.default_rng(9)
    columns = [rng.integers(0, 60, 80).astype(str) for _ in range(3)]
    expected = closure(80, lambda i, j: any(column[i] == column[j] for column in columns))
    assert partition(combine_groups(columns[0], None, *columns[1:])) == expected
    np.testing.assert_array_equal(combine_groups(None, columns[0]), columns[0])
    # Two different pairs of names that would read the same.
    assert len(set(combine_groups(["a|b", "a"], ["c", "b|c"]))) == 2
    with pytest.raises(ArgumentError, match="one grouping"):
        combine_groups(None)
    with pytest.raises(ArgumentError, match="entry a sample"):
        combine_groups(["a"], ["a", "b"])


def test_names_spell_groups():
    assert name_groups(["A_1", "A_2", "B"], "_").tolist() == ["A", "A", "B"]
    assert name_groups(["x12y", "z12"], regex=r"\d+").tolist() == ["12", "12"]
    with pytest.raises(ArgumentError, match="position 1"):
        name_groups(["x12y", "z"], regex=r"\d+")
    with pytest.raises(ArgumentError, match="regular expression"):
        name_groups(["x"], regex="(")


@pytest.mark.parametrize("by_strand", [False, True])
def test_overlapping_intervals_are_a_block(by_strand):
    rng = np.random.default_rng(10)
    table = intervals(rng, spread=4000)
    rows = list(table.itertuples(index=False))

    def overlap(i, j):
        a, b = rows[i], rows[j]
        same = a.chromosome == b.chromosome and (not by_strand or a.strand == b.strand)
        return same and min(a.end, b.end) > max(a.start, b.start)

    groups = interval_groups(table, by_strand)
    real = table["end"] > table["start"]  # an empty interval overlaps nothing
    kept = np.flatnonzero(real)
    found = partition(interval_groups(table[real], by_strand))
    assert found == closure(len(kept), lambda i, j: overlap(kept[i], kept[j]))
    assert 1 < len(set(groups)) < len(table)


def test_blocks_are_named_by_place_and_touching_is_apart():
    rows = [("chr1", 5, 10, "+"), ("chr1", 10, 20, "+"), ("chr1", 12, 15, "+"), ("chr1", 14, 30, "+")]
    table = pd.DataFrame(rows, columns=["chromosome", "start", "end", "strand"])
    assert interval_groups(table).tolist() == ["chr1:5-10(+)", *["chr1:10-30(+)"] * 3]
    assert interval_groups(table, False)[0] == "chr1:5-10"
    assert interval_groups(table.iloc[:0]).shape == (0,)
    assert chromosome_groups(table).tolist() == ["chr1"] * 4
    with pytest.raises(ArgumentError, match="row 0"):
        interval_groups(table.assign(end=0).iloc[1:])
    with pytest.raises(ArgumentError, match="strand"):
        interval_groups(table.drop(columns="strand"))
    with pytest.raises(ArgumentError, match="chromosome"):
        chromosome_groups(table.drop(columns="chromosome"))


@pytest.mark.parametrize("by_strand", [False, True])
@pytest.mark.parametrize("longest", [3, 60, 800])
def test_longest_overlap_is_the_longest_of_all_pairs(longest, by_strand):
    rng = np.random.default_rng(longest)
    queries, targets = intervals(rng, 150, longest=longest + 1), intervals(rng, 170, longest=longest + 1)
    found = longest_overlap(queries, targets, by_strand=by_strand)
    for row, q in enumerate(queries.itertuples()):
        same = targets[targets.chromosome == q.chromosome]
        same = same[same.strand == q.strand] if by_strand else same
        overlaps = np.minimum(same.end, q.end) - np.maximum(same.start, q.start)
        assert found[row] == max(0, overlaps.max())
    assert longest_overlap(queries, targets.iloc[:0]).max() == 0


def test_near_copies_of_the_other_strand_are_a_group_where_asked():
    first = "AACCGTTACAGGTAT"
    other = reverse_complement(first)
    near = other[:7] + ("A" if other[7] != "A" else "C") + other[8:]
    assert len(set(hamming_groups([first, near], 1))) == 1
    assert len(set(hamming_groups([first, near], 1, reverse_complement=False))) == 2
