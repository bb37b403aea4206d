"""k-mer spectra and chaos game pictures: against scikit-learn, against the walk itself, and by laws."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import issparse
from sklearn.feature_extraction.text import CountVectorizer

from qsetu.core.errors import ArgumentError, InsufficientMemoryError
from qsetu.genomics.alphabet import AMINO_ACIDS, IUPAC_BASES, reverse_complement
from qsetu.genomics.encoders import FCGREncoder, KmerSpectrum

CLEAN = st.text("ACGT", min_size=1, max_size=40)
ANY = st.text("ACGTN" + "RYSWKMBDHV", min_size=1, max_size=14)
COUNTS = {"normalize": None, "empty": "zero", "dtype": "float64"}


def count(text, k, weights=False):
    """The slow and obvious way: {k-mer: count}; ambiguous windows in equal shares (``weights``) or not."""
    found = {"".join(one): 0.0 for one in product("ACGT", repeat=k)}
    for start in range(len(text) - k + 1):
        options = [
            "".join(one) for one in product(*(IUPAC_BASES[letter] for letter in text[start : start + k]))
        ]
        if len(options) == 1 or weights:
            for one in options:
                found[one] += 1 / len(options)
    return found


@given(st.lists(CLEAN, min_size=1, max_size=6), st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_counts_are_those_of_count_vectorizer(texts, k):
    names = ["".join(one) for one in product("ACGT", repeat=k)]
    other = CountVectorizer(analyzer="char", ngram_range=(k, k), lowercase=False, vocabulary=names)
    encoder = KmerSpectrum(k, **COUNTS).fit(texts)
    assert encoder.get_feature_names_out().tolist() == names
    np.testing.assert_array_equal(encoder.transform(texts), other.transform(texts).toarray())


@given(st.lists(ANY, min_size=1, max_size=4), st.integers(1, 3))
@settings(deadline=None, max_examples=60)
def test_ambiguous_windows_are_skipped_or_shared(texts, k):
    for rule in ("skip", "share"):
        encoder = KmerSpectrum(k, ambiguous=rule, **COUNTS).fit(texts)
        expected = [list(count(one, k, rule == "share").values()) for one in texts]
        np.testing.assert_allclose(encoder.transform(texts), expected, atol=1e-12)
        totals = encoder.transform(texts).sum(axis=1)
        windows = [
            sum(rule == "share" or set(t[i : i + k]) <= set("ACGT") for i in range(len(t) - k + 1))
            for t in texts
        ]
        np.testing.assert_allclose(totals, windows)


@pytest.mark.parametrize("normalize", [None, "l1", "l2", "sqrt"])
@pytest.mark.parametrize("ambiguous", ["skip", "share"])
def test_sparse_and_dense_are_the_same_and_normalized(normalize, ambiguous, monkeypatch):
    rng = np.random.default_rng(0)
    texts = [
        "".join(rng.choice(list("ACGTN"), rng.integers(1, 60), p=[0.24] * 4 + [0.04])) for _ in range(80)
    ]
    monkeypatch.setattr("qsetu.genomics.encoders.counting.BLOCK_LETTERS", 100)
    monkeypatch.setattr("qsetu.genomics.encoders.counting.BLOCK_SHARES", 20)
    options = {"normalize": normalize, "ambiguous": ambiguous, "empty": "zero"}
    dense = KmerSpectrum(3, **options).fit_transform(texts)
    sparse = KmerSpectrum(3, sparse=True, **options).fit_transform(texts)
    assert issparse(sparse) and sparse.dtype == dense.dtype == np.float32
    assert sparse.has_sorted_indices and sparse.has_canonical_format
    np.testing.assert_array_equal(sparse.toarray(), dense)
    counts = KmerSpectrum(3, ambiguous=ambiguous, **COUNTS).fit_transform(texts)
    some = counts.any(axis=1)
    assert some.any() and not some.all()
    assert not dense[~some].any()
    total = counts[some].sum(axis=1, keepdims=True)
    norm = np.linalg.norm(counts[some], axis=1, keepdims=True)
    expected = {
        None: counts[some],
        "l1": counts[some] / total,
        "l2": counts[some] / norm,
        "sqrt": np.sqrt(counts[some] / total),
    }
    np.testing.assert_allclose(dense[some], expected[normalize], rtol=1e-6)


@given(st.lists(CLEAN, min_size=1, max_size=4), st.integers(1, 4))
@settings(deadline=None, max_examples=40)
def test_a_canonical_spectrum_has_no_strand(texts, k):
    encoder = KmerSpectrum(k, canonical=True, **COUNTS).fit(texts)
    found = encoder.transform(texts)
    np.testing.assert_array_equal(found, encoder.transform([reverse_complement(one) for one in texts]))
    names = encoder.get_feature_names_out().tolist()
    assert names == sorted(
        {min(one, reverse_complement(one)) for one in map("".join, product("ACGT", repeat=k))}
    )
    plain = count(texts[0], k)
    by_hand = [
        plain[one] + (plain[reverse_complement(one)] if reverse_complement(one) != one else 0)
        for one in names
    ]
    np.testing.assert_array_equal(found[0], by_hand)


@given(CLEAN, CLEAN, st.integers(1, 4))
@settings(deadline=None, max_examples=40)
def test_the_spectrum_of_a_join_is_the_sum_and_the_seam(left, right, k):
    encoder = KmerSpectrum(k, **COUNTS).fit([left])
    seam = (left[-(k - 1) :] if k > 1 else "") + right[: k - 1]
    parts = encoder.transform([left, right] + ([seam] if seam else []))
    inside = encoder.transform([left[-(k - 1) :], right[: k - 1]]) if k > 1 else np.zeros((1, 4))
    np.testing.assert_array_equal(
        encoder.transform([left + right])[0], parts.sum(axis=0) - inside.sum(axis=0)
    )


@pytest.mark.parametrize("options", [{}, {"sparse": True}, {"canonical": True}])
@pytest.mark.parametrize("ambiguous", ["skip", "share"])
def test_mismatches_by_the_definition(options, ambiguous):
    k, texts = 3, ["ACGTTGAC", "AANAT", "GGG"]
    names = ["".join(one) for one in product("ACGT", repeat=k)]
    near = np.array(
        [[sum(a != b for a, b in zip(x, y, strict=True)) <= 1 for y in names] for x in names], float
    )
    counts = KmerSpectrum(k, ambiguous=ambiguous, **COUNTS).fit_transform(texts) @ near
    if "canonical" in options:
        first = [names.index(min(one, reverse_complement(one))) for one in names]
        folded = np.zeros_like(counts)
        np.add.at(folded.T, first, counts.T)
        counts = folded[:, sorted(set(first))]
    encoder = KmerSpectrum(k, mismatches=1, ambiguous=ambiguous, **COUNTS, **options).fit(texts)
    found = encoder.transform(texts)
    np.testing.assert_allclose(found.toarray() if issparse(found) else found, counts, atol=1e-12)


def test_proteins_have_twenty_letters():
    encoder = KmerSpectrum(2, alphabet="protein", **COUNTS).fit(["MKK"])
    assert (encoder.n_features_out_, encoder.num_qubits) == (400, 9)
    names = encoder.get_feature_names_out().tolist()
    found = encoder.transform(["MKKUKX"])[0]
    assert {names[i]: x for i, x in enumerate(found) if x} == {"MK": 1, "KK": 1}
    shared = KmerSpectrum(2, alphabet="protein", ambiguous="share", **COUNTS).fit(["MK"])
    found = shared.transform(["MB*K"])[0]
    assert {names[i]: x for i, x in enumerate(found) if x} == {"MD": 0.5, "MN": 0.5}
    np.testing.assert_allclose(shared.transform(["KX"])[0, names.index("KA") :][:20], 1 / 20)
    assert names[:20] == ["A" + one for one in AMINO_ACIDS]
    assert KmerSpectrum(1, alphabet="RNA").fit(["ACGU"]).get_feature_names_out().tolist() == list("ACGU")


@pytest.mark.parametrize("make", [KmerSpectrum, FCGREncoder])
def test_no_window_is_an_error_or_a_row_of_zeros_and_never_nan(make):
    for text in ("AC", "ACNGT", "A"):
        with pytest.raises(
            ArgumentError, match=r"one window of 3 letters.*none in sequence 1\..*empty=\"zero\""
        ):
            make(3).fit(["ACGT"]).transform(["ACGT", text])
        for normalize in (None, "l1", "l2", "sqrt"):
            found = make(3, normalize=normalize, empty="zero").fit(["ACGT"]).transform([text, "ACGT"])
            assert not found[0].any() and found[1].any() and np.isfinite(found).all()
    share = make(3, ambiguous="share").fit(["NNNN"])
    np.testing.assert_allclose(share.transform(["NNNN"]), 1 / 8)  # 64 equal amplitudes


@pytest.mark.parametrize("sparse", [False, True])
def test_the_sequence_without_a_window_is_named_in_any_block(sparse, monkeypatch):
    monkeypatch.setattr("qsetu.genomics.encoders.counting.BLOCK_LETTERS", 8)
    encoder = KmerSpectrum(3, sparse=sparse).fit(["ACGT"])
    with pytest.raises(ArgumentError, match="none in sequence 5"):
        encoder.transform(["ACGT"] * 5 + ["AC"] + ["ACGT"] * 3)


def test_whole_counts_and_their_type():
    encoder = KmerSpectrum(2, normalize=None, dtype="uint32")
    assert encoder.fit_transform(["ACAC"]).dtype == np.uint32
    assert KmerSpectrum(2, dtype="float64").fit_transform(["ACAC"]).dtype == np.float64


def test_what_does_not_fit_is_refused_before_it_is_tried(monkeypatch):
    monkeypatch.setattr("qsetu.core.memory.available_memory", lambda: 2**30)
    texts = ["ACGT" * 10] * 20
    with pytest.raises(InsufficientMemoryError, match=r"16,777,216 12-mers for 20 sequences .* sparse=True"):
        KmerSpectrum(12).fit(texts).transform(texts)
    assert KmerSpectrum(12, sparse=True).fit(texts).transform(texts).nnz == 80
    assert KmerSpectrum(15, sparse=True).fit(texts).num_qubits == 30
    monkeypatch.setattr("qsetu.core.memory.available_memory", lambda: 2**26)
    with pytest.raises(InsufficientMemoryError, match="smaller k"):
        FCGREncoder(10).fit(texts).transform(texts)


# ---- chaos game ------------------------------------------------------------------------------------

CORNERS = {"A": (0.0, 0.0), "C": (0.0, 1.0), "G": (1.0, 1.0), "T": (1.0, 0.0)}


@given(CLEAN, st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_pixels_are_where_the_walk_is(text, k):
    side = 2**k
    picture = np.zeros((side, side))
    x = y = 0.5
    for place, letter in enumerate(text):
        x, y = (x + CORNERS[letter][0]) / 2, (y + CORNERS[letter][1]) / 2
        if place >= k - 1:
            picture[side - 1 - int(y * side), int(x * side)] += 1
    encoder = FCGREncoder(k, **COUNTS).fit([text])
    np.testing.assert_array_equal(encoder.images(encoder.transform([text]))[0], picture)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_picture_is_the_spectrum_in_another_order(k):
    texts = ["ACGTTGCATTGACCANRT", "TTTTGAC"]
    spectrum, picture = KmerSpectrum(k, ambiguous="share"), FCGREncoder(k, ambiguous="share")
    by_name = dict(zip(spectrum.fit(texts).get_feature_names_out(), spectrum.transform(texts).T, strict=True))
    found = picture.fit_transform(texts).T
    assert sorted(picture.get_feature_names_out()) == sorted(by_name)
    for name, column in zip(picture.get_feature_names_out(), found, strict=True):
        np.testing.assert_allclose(column, by_name[name], rtol=1e-6)
    assert (picture.state_kind, picture.num_qubits) == ("amplitudes", 2 * k)


def test_images_need_rows_of_pixels():
    with pytest.raises(ArgumentError, match=r"shape \(N, 16\)"):
        FCGREncoder(2).images(np.zeros((2, 15)))


def test_a_window_that_may_be_everything_is_refused_before_it_fills_the_memory():
    encoder = KmerSpectrum(15, ambiguous="share", sparse=True, normalize=None).fit(["A" * 15])
    with pytest.raises(InsufficientMemoryError, match='ambiguous="skip"'):
        encoder.transform(["N" * 15])
    assert encoder.transform(["A" * 14 + "R"]).sum() == 1
