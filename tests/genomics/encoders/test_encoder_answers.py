"""Numbers worked out by hand, or by another way, for every encoder that is not a count of k-mers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from qsetu.core.errors import ArgumentError
from qsetu.genomics.alphabet import AMINO_ACIDS, IUPAC_BASES
from qsetu.genomics.encoders import (
    AMINO_ACID_PROPERTIES,
    AminoAcidProperties,
    EIIPEncoder,
    GenotypeEncoder,
    HighVariance,
    LogNormalizer,
    OneHotAngleEncoder,
    PositionWeightMatrix,
    SICPOVMEncoder,
    TwoBitEncoder,
)

CLEAN = st.text("ACGT", min_size=1, max_size=12)


# ---- two bits, one-hot, tetrahedron ----------------------------------------------------------------


def test_two_bits_by_hand():
    encoder = TwoBitEncoder().fit(["ACGT"])
    assert encoder.transform(["TGCA"]).tolist() == [[1, 1, 1, 0, 0, 1, 0, 0]]
    assert encoder.get_feature_names_out()[:3].tolist() == ["0_high", "0_low", "1_high"]
    assert (encoder.state_kind, encoder.num_qubits) == ("basis", 8)
    with pytest.raises(ArgumentError, match=r"only 0 and 1; got 0\.5"):
        encoder.inverse_transform([[0, 0, 0, 0, 0, 0, 0, 0.5]])


def test_rna_comes_back_as_rna():
    for make in (TwoBitEncoder, OneHotAngleEncoder, SICPOVMEncoder, lambda a: EIIPEncoder(alphabet=a)):
        encoder = make("RNA").fit(["ACGT"])
        assert encoder.inverse_transform(encoder.transform(["tttg"])).tolist() == ["UUUG"]


def test_one_hot_by_hand():
    encoder = OneHotAngleEncoder().fit(["ACGT"])
    found = encoder.transform(["GNRB"]).reshape(4, 4) / np.pi
    np.testing.assert_allclose(
        found, [[0, 0, 1, 0], [0.25] * 4, [0.5, 0, 0.5, 0], [0, 1 / 3, 1 / 3, 1 / 3]], atol=1e-15
    )
    assert (encoder.state_kind, encoder.num_qubits) == ("angles", 16)
    assert encoder.get_feature_names_out()[[0, 3, 4]].tolist() == ["0_A", "0_T", "1_A"]


def test_every_ambiguous_base_is_shared_and_comes_back():
    letters = "".join(IUPAC_BASES)
    for alphabet, text in (("DNA", letters), ("RNA", letters.replace("T", "U"))):
        encoder = OneHotAngleEncoder(alphabet, scale=2.0)
        found = encoder.fit_transform([text]).reshape(len(letters), 4)
        np.testing.assert_allclose(found.sum(axis=1), 2)
        for row, letter in zip(found, letters, strict=True):
            assert {"ACGT"[i] for i in np.flatnonzero(row)} == set(IUPAC_BASES[letter])
        assert encoder.inverse_transform(found.reshape(1, -1)).tolist() == [text]


def test_one_hot_inverse_takes_the_largest():
    encoder = OneHotAngleEncoder(scale=1.0).fit(["AC"])
    assert encoder.inverse_transform([[0.4, 0.3, 0.2, 0.1, -1, -3, -2, -1.5]]).tolist() == ["AA"]
    assert encoder.inverse_transform([[0.4, 0.4, 0.2, 0.1, 0, 0, 0, 0]]).tolist() == ["MN"]


def test_one_hot_of_proteins():
    encoder = OneHotAngleEncoder("protein", scale=1.0).fit(["MKW"])
    found = encoder.transform(["BXW"]).reshape(3, 20)
    assert {AMINO_ACIDS[i]: x for i, x in enumerate(found[0]) if x} == {"D": 0.5, "N": 0.5}
    np.testing.assert_allclose(found[1], 0.05)
    assert found[2, AMINO_ACIDS.index("W")] == 1
    assert encoder.inverse_transform(encoder.transform(["JZX"])).tolist() == ["JZX"]
    tie = np.zeros((3, 20))
    tie[:, [0, 1]] = 1
    assert encoder.inverse_transform(tie.reshape(1, -1)).tolist() == ["XXX"]
    for letter in "UO*":
        with pytest.raises(ArgumentError, match="B, J, X or Z only; sequence 1 has"):
            encoder.transform(["MKW", f"M{letter}W"])


def test_bases_are_corners_of_a_tetrahedron():
    encoder = SICPOVMEncoder().fit(["ACGT"])
    states = encoder.amplitudes(["ACGT"])[0]
    np.testing.assert_allclose(states[0], [1, 0])
    np.testing.assert_allclose(states[1], [3**-0.5, (2 / 3) ** 0.5])
    np.testing.assert_allclose(states[2], [3**-0.5, (2 / 3) ** 0.5 * np.exp(2j * np.pi / 3)])
    fidelities = np.abs(states.conj() @ states.T) ** 2
    np.testing.assert_allclose(fidelities, np.where(np.eye(4), 1, 1 / 3), atol=1e-15)
    # The four states resolve the identity, which is what makes them a measurement.
    np.testing.assert_allclose(sum(np.outer(s, s.conj()) for s in states) / 2, np.eye(2), atol=1e-15)
    assert (encoder.state_kind, encoder.num_qubits, encoder.n_features_out_) == ("angles", 4, 8)
    assert encoder.get_feature_names_out()[[0, 3, 4, 7]].tolist() == ["0_theta", "3_theta", "0_phi", "3_phi"]
    turned = encoder.transform(["ATGC"]) + np.r_[np.zeros(4), np.full(4, 2 * np.pi)]
    assert encoder.inverse_transform(turned).tolist() == ["ATGC"]


@given(
    st.lists(CLEAN, min_size=1, max_size=5),
    st.sampled_from([TwoBitEncoder, OneHotAngleEncoder, SICPOVMEncoder, EIIPEncoder]),
)
@settings(deadline=None, max_examples=60)
def test_clean_sequences_come_back(texts, make):
    length = min(map(len, texts))
    texts = [one[:length] for one in texts]
    encoder = make()
    assert encoder.inverse_transform(encoder.fit_transform(texts)).tolist() == texts


# ---- EIIP and amino acids --------------------------------------------------------------------------


def test_eiip_by_hand():
    encoder = EIIPEncoder().fit(["ACGTR"])
    assert encoder.transform(["ACGTR"]).tolist() == [[0.1260, 0.1340, 0.0806, 0.1335, (0.1260 + 0.0806) / 2]]
    np.testing.assert_allclose(encoder.transform(["NNNNN"]), 0.118525)
    assert (encoder.state_kind, encoder.num_qubits) == ("numbers", 5)


def test_power_spectrum_by_the_definition():
    text = "ACGTTGCANR"
    x = EIIPEncoder().fit_transform([text])[0]
    waves = np.exp(-2j * np.pi * np.outer(np.arange(6), np.arange(10)) / 10)
    encoder = EIIPEncoder("power").fit([text])
    np.testing.assert_allclose(encoder.transform([text])[0], np.abs(waves @ x) ** 2, rtol=1e-12, atol=1e-15)
    assert encoder.get_feature_names_out().tolist() == [f"power_{f}" for f in range(6)]
    with pytest.raises(ArgumentError, match="a spectrum has none"):
        encoder.inverse_transform(np.zeros((1, 6)))


def test_period_three():
    encoder = EIIPEncoder("period3").fit(["ACG"])
    # All power of a pattern of period three is at 1/3 and 2/3: (L - 1) / 2 times the mean of L - 1.
    np.testing.assert_allclose(encoder.transform(["ACG" * 5, "GAA" * 8])[:, 0], [7, 11.5])
    np.testing.assert_allclose(encoder.transform(["AC" * 6, "A", "GGGG"])[:, 0], 0, atol=1e-12)
    for text in ("ACGTTGCATTGAC", "TTTAGC", "CA"):
        x = EIIPEncoder().fit_transform([text])[0]
        power = np.abs(np.fft.fft(x)) ** 2
        at_third = np.abs(((x - x.mean()) * np.exp(-2j * np.pi * np.arange(len(x)) / 3)).sum()) ** 2
        np.testing.assert_allclose(encoder.transform([text, "GATTACA"])[0], at_third / power[1:].mean())


def test_amino_acids_are_those_published():
    from Bio.SeqUtils.ProtParamData import kd

    assert dict(zip(AMINO_ACIDS, AMINO_ACID_PROPERTIES["hydropathy"], strict=True)) == kd
    table = AminoAcidProperties(standardize=False).fit_transform(list(AMINO_ACIDS))
    by_letter = dict(zip(AMINO_ACIDS, table.tolist(), strict=True))
    assert by_letter["R"] == [-4.5, 124, 1, 10.5]
    assert by_letter["E"] == [-3.5, 83, -1, 12.3]
    assert by_letter["G"] == [-0.4, 3, 0, 9.0]
    assert by_letter["L"] == [3.8, 111, 0, 4.9]
    scaled = AminoAcidProperties().fit_transform(list(AMINO_ACIDS))
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=0), 1)
    np.testing.assert_allclose(AminoAcidProperties().fit_transform(["X"]), 0, atol=1e-12)
    np.testing.assert_allclose(AminoAcidProperties(False).fit_transform(["B"]), [[-3.5, 55, -0.5, 12.3]])
    names = AminoAcidProperties().fit(["MK"]).get_feature_names_out()
    assert names[[0, 3, 4]].tolist() == ["0_hydropathy", "0_polarity", "1_hydropathy"]
    with pytest.raises(ArgumentError, match="twenty amino acids"):
        AminoAcidProperties().fit(["M*"])


# ---- weight matrix ---------------------------------------------------------------------------------


def test_weight_matrix_by_hand():
    X, y = ["AC", "AG", "AN", "TT"], np.array([1, 1, 1, 0])
    model = PositionWeightMatrix(pseudocount=4).fit(X, y)
    assert model.classes_.tolist() == [0, 1]
    # Class 1: three A and one of each base; then C, G, a quarter of each, and one of each.
    np.testing.assert_allclose(
        model.probabilities_[1], [[4 / 7, 1 / 7, 1 / 7, 1 / 7], [1.25 / 7, 2.25 / 7, 2.25 / 7, 1.25 / 7]]
    )
    np.testing.assert_allclose(model.transform(["AC"])[0, 1], np.log2(16 / 7) + np.log2(9 / 7))
    np.testing.assert_allclose(model.transform(["TN"])[0], [np.log2(2 / 5 * 4), np.log2(4 / 7)])
    # R is A or G: the sum of their probabilities over the sum of their chances.
    np.testing.assert_allclose(model.transform(["RN"])[0, 1], np.log2((5 / 7) / (1 / 2)))
    np.testing.assert_allclose(model.transform(["NN"]), 0, atol=1e-12)
    assert model.get_feature_names_out().tolist() == ["log_odds_0", "log_odds_1"]
    np.testing.assert_allclose(model.log_odds_, np.log2(model.probabilities_ * 4))


def test_weight_matrix_against_the_data_as_background():
    X, y = ["AAC", "AGT", "TTT"], ["x", "x", "y"]
    model = PositionWeightMatrix(2.0, background="data").fit(X, y)
    np.testing.assert_allclose(model.background_, np.array([3, 1, 1, 4]) / 9)
    np.testing.assert_allclose(
        model.probabilities_[0, 0], (np.array([2, 0, 0, 0]) + 2 * model.background_) / 4
    )
    with pytest.raises(ArgumentError, match="G does not occur"):
        PositionWeightMatrix(background="data").fit(["AC", "TT"], ["x", "y"])


def test_weight_matrix_of_proteins_scores_nothing_for_no_amino_acid():
    model = PositionWeightMatrix(alphabet="protein").fit(["MK", "WW"], ["x", "y"])
    np.testing.assert_allclose(model.transform(["**", "XU"]), 0, atol=1e-12)
    assert PositionWeightMatrix(alphabet="protein").fit(
        ["M*", "WW"], ["x", "y"]
    ).probabilities_.sum() == pytest.approx(4)


def test_weight_matrix_needs_labels_and_as_many():
    with pytest.raises(ArgumentError, match="'y' must be given"):
        PositionWeightMatrix().fit(["AC"])
    with pytest.raises(ValueError, match="inconsistent"):
        PositionWeightMatrix().fit(["AC"], ["x", "y"])
    with pytest.raises(ValueError, match="continuous"):
        PositionWeightMatrix().fit(["AC", "GT"], [0.3, 1.7])


# ---- genotypes -------------------------------------------------------------------------------------

TRAIN = np.array([[0, 2, 1, -1], [1, 2, -1, 0], [2, 2, 1, 0], [0, 2, 2, 1]], np.int8)


def test_genotype_models_by_hand():
    def encode(**settings):
        return GenotypeEncoder(**settings).fit_transform(TRAIN).tolist()

    third = 1 / 3
    assert encode() == [[0, 2, 1, third], [1, 2, 4 / 3, 0], [2, 2, 1, 0], [0, 2, 2, 1]]
    assert encode(missing="mode") == [[0, 2, 1, 0], [1, 2, 1, 0], [2, 2, 1, 0], [0, 2, 2, 1]]
    assert encode(model="dominant") == [[0, 1, 1, third], [1, 1, 1, 0], [1, 1, 1, 0], [0, 1, 1, 1]]
    assert encode(model="recessive") == [[0, 1, 0, 0], [0, 1, third, 0], [1, 1, 0, 0], [0, 1, 1, 0]]
    np.testing.assert_allclose(
        encode(scale="angle", missing="mode"), np.pi / 2 * np.array(encode(missing="mode"))
    )
    np.testing.assert_allclose(np.max(encode(scale="angle", model="dominant")), np.pi)


def test_of_equally_frequent_genotypes_the_smallest_fills():
    assert GenotypeEncoder(missing="mode").fit_transform([[2], [0], [2], [0], [1], [-1]])[-1, 0] == 0


def test_recessive_means_every_copy():
    assert GenotypeEncoder("recessive", ploidy=1).fit_transform([[0], [1]]).tolist() == [[0], [1]]
    assert GenotypeEncoder("recessive", ploidy=4).fit_transform([[2], [4]]).tolist() == [[0], [1]]


def test_genotypes_standardized_as_patterson_did():
    encoder = GenotypeEncoder(scale="standard").fit(TRAIN)
    found = encoder.transform(TRAIN)
    p = 3 / 8  # column 0
    np.testing.assert_allclose(found[:, 0], (np.array([0, 1, 2, 0]) - 2 * p) / np.sqrt(2 * p * (1 - p)))
    assert found[1, 2] == 0 and found[0, 3] == 0  # filled with the mean
    assert (found[:, 1] == 0).all()
    # What did not vary in training says nothing later either.
    assert encoder.transform([[0, 0, 0, 0]])[0, 1] == 0
    m = 0.5
    dominant = GenotypeEncoder("dominant", scale="standard").fit(TRAIN).transform(TRAIN)
    np.testing.assert_allclose(dominant[:, 0], (np.array([0, 1, 1, 0]) - m) / np.sqrt(m * (1 - m)))
    inbred = GenotypeEncoder(scale="standard", ploidy=1).fit_transform([[0], [1], [1], [1]])
    np.testing.assert_allclose(inbred[:, 0], (np.array([0, 1, 1, 1]) - 0.75) / np.sqrt(0.75 * 0.25))


def test_hardy_weinberg_genotypes_have_variance_one():
    rng = np.random.default_rng(0)
    found = GenotypeEncoder(scale="standard").fit_transform(rng.binomial(2, [0.1, 0.5, 0.8], (20_000, 3)))
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(found.std(axis=0), 1, atol=0.03)


def test_nothing_is_learned_from_what_is_transformed():
    encoder = GenotypeEncoder(scale="standard").fit(TRAIN)
    before = {name: np.copy(getattr(encoder, name)) for name in ("means_", "fills_", "deviations_")}
    given = np.full((5, 4), -1.0)
    given[0] = np.nan
    np.testing.assert_array_equal(encoder.transform(given), 0)
    assert np.isnan(given[0]).all() and (given[1:] == -1).all()  # the user's array is as it was
    for name, value in before.items():
        np.testing.assert_array_equal(getattr(encoder, name), value)
    np.testing.assert_array_equal(
        GenotypeEncoder().fit(TRAIN).transform([[-1, np.nan, -1, np.nan]])[0], [0.75, 2, 4 / 3, 1 / 3]
    )


@pytest.mark.parametrize("scale", ["none", "standard", "angle"])
def test_genotypes_come_back(scale):
    encoder = GenotypeEncoder(scale=scale, missing="mode").fit(TRAIN)
    filled = GenotypeEncoder(missing="mode").fit_transform(TRAIN)
    np.testing.assert_allclose(encoder.inverse_transform(encoder.transform(TRAIN)), filled, atol=1e-12)
    assert encoder.state_kind == ("angles" if scale == "angle" else "numbers")
    with pytest.raises(ArgumentError, match="4 columns"):
        encoder.inverse_transform(np.zeros((2, 3)))
    with pytest.raises(ArgumentError, match="merge genotypes"):
        GenotypeEncoder("dominant", scale=scale).fit(TRAIN).inverse_transform(TRAIN)


def test_many_equal_fractions_do_not_vary():
    # Their mean is off by rounding, and dividing by what that gives would blow it up.
    found = GenotypeEncoder(scale="standard").fit_transform(np.full((1000, 1), 0.1))
    np.testing.assert_array_equal(found, 0)


@pytest.mark.parametrize(
    ("given", "settings", "said"),
    [
        ([[0, 3]], {}, "from 0 to 2.*got 3.0 at row 0, column 1"),
        ([[0, 1], [-2, 1]], {}, "got -2.0 at row 1, column 0"),
        ([[0, -0.5]], {}, "got -0.5"),
        ([[0, 1.5]], {"model": "dominant"}, 'whole numbers for "dominant"; got 1.5'),
        ([[0, 2]], {"ploidy": 1}, "from 0 to 1"),
        ([[0, -1]], {"missing": "error"}, "no missing call; got row 0, column 1"),
        ([[0, -1, 1, np.nan]], {}, "none in column 1 and 1 more"),
    ],
)
def test_what_is_no_genotype_is_refused(given, settings, said):
    with pytest.raises(ArgumentError, match=said):
        GenotypeEncoder(**settings).fit(given)


def test_imputed_dosages_are_numbers_too():
    assert GenotypeEncoder().fit_transform([[0.25], [1.5]]).tolist() == [[0.25], [1.5]]


# ---- expression ------------------------------------------------------------------------------------


def test_log_normalized_by_hand():
    counts = np.array([[1, 3, 0], [0, 0, 0], [5, 0, 0]])
    expected = np.log([[1 + 2500, 1 + 7500, 1], [1, 1, 1], [10_001, 1, 1]])
    np.testing.assert_allclose(LogNormalizer().fit_transform(counts), expected)
    sparse = LogNormalizer().fit_transform(csr_matrix(counts))
    assert sparse.nnz == 3
    np.testing.assert_allclose(sparse.toarray(), expected)
    # Depth is taken out, and that is all.
    np.testing.assert_allclose(
        LogNormalizer(10).fit_transform(counts * 7), LogNormalizer(10).fit_transform(counts)
    )
    for bad in (np.array([[1, -1]]), csr_matrix([[1, -1]])):
        with pytest.raises(ArgumentError, match="not negative"):
            LogNormalizer().fit(bad)


def test_log_normalized_as_scanpy_does():
    scanpy = pytest.importorskip("scanpy")
    anndata = pytest.importorskip("anndata")
    counts = np.random.default_rng(0).poisson(2, (20, 30)).astype(np.float32)
    cells = anndata.AnnData(counts.copy())
    scanpy.pp.normalize_total(cells, target_sum=1e4)
    scanpy.pp.log1p(cells)
    found = LogNormalizer().fit_transform(counts)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, cells.X, rtol=1e-5)


def test_high_variance_by_hand():
    X = np.array([[0.0, 1, 5, 2], [0, 3, 5, 4], [0, 1, 9, 2]])
    encoder = HighVariance(2).fit(X)
    np.testing.assert_allclose(encoder.variances_, X.var(axis=0))
    assert encoder.get_support(indices=True).tolist() == [1, 2]  # 1 and 3 vary alike: the first
    assert encoder.transform(X).tolist() == X[:, [1, 2]].tolist()
    assert encoder.get_feature_names_out(list("abcd")).tolist() == ["b", "c"]
    assert encoder.inverse_transform([[7, 8]]).tolist() == [[0, 7, 8, 0]]
    np.testing.assert_array_equal(HighVariance(2).fit_transform(csr_matrix(X)).toarray(), X[:, [1, 2]])
    assert encoder.num_qubits == 2
