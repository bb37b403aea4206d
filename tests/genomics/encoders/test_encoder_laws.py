"""Laws that every encoder of the roster obeys."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import check_estimator

from qsetu.core.errors import ArgumentError
from qsetu.genomics.datasets import SequenceDataset
from qsetu.genomics.encoders import ENCODERS, Encoder, SequenceEncoder, resolve_encoder

LETTERS = {"DNA": "ACGT", "RNA": "ACGU", "protein": "ACDEFGHIKLMNPQRSTVWY"}
SEQUENCE_CASES = [
    (name, kind) for name, entry in ENCODERS.items() for kind in entry.inputs if kind in LETTERS
]
TABLES = [name for name, entry in ENCODERS.items() if not set(entry.inputs) & set(LETTERS)]
# Further settings under which the laws hold, too.
VARIANTS = [
    ("eiip", "DNA", {"output": "power"}),
    ("eiip", "DNA", {"output": "period3"}),
    ("one-hot", "DNA", {"ambiguous": "error", "scale": 1.0}),
    ("kmer-spectrum", "DNA", {"k": 2, "canonical": True, "mismatches": 1, "ambiguous": "share"}),
    ("kmer-spectrum", "DNA", {"k": 2, "normalize": None, "dtype": "uint32"}),
    ("kmer-spectrum", "DNA", {"k": 2, "normalize": "sqrt", "ambiguous": "error", "dtype": "float64"}),
    ("kmer-spectrum", "protein", {"k": 1, "normalize": "l1"}),
    ("fcgr", "DNA", {"k": 2, "ambiguous": "share"}),
    ("weight-matrix", "DNA", {"background": "data"}),
    ("amino-acid-properties", "protein", {"standardize": False}),
]
CASES = [(name, kind, {}) for name, kind in SEQUENCE_CASES] + VARIANTS


def make(name, kind, settings) -> SequenceEncoder:
    encoder = ENCODERS[name].make(**settings)
    if "alphabet" in encoder.get_params():
        encoder.set_params(alphabet=kind)
    if name == "kmer-spectrum" and kind == "protein":
        encoder.set_params(k=1)
    return encoder


def texts(kind, number=12, length=9, seed=0) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list(LETTERS[kind]), length)) for _ in range(number)]


def labels(number=12) -> np.ndarray:
    return np.array(["intron", "exon"] * (number // 2))


def values(name) -> np.ndarray:
    rng = np.random.default_rng(1)
    low = -1 if name == "genotype" else 0
    return rng.integers(low, 3, (30, 11)).astype(float)


def test_the_roster_is_what_it_says():
    for name, entry in ENCODERS.items():
        encoder = entry.make()
        assert isinstance(encoder, Encoder)
        assert resolve_encoder(name) is entry.make
        assert encoder.state_kind in ("basis", "angles", "amplitudes", "numbers")
        assert entry.title and entry.reference and entry.qubits
        assert hasattr(encoder, "inverse_transform") is entry.invertible
        assert isinstance(encoder, SequenceEncoder) is bool(set(entry.inputs) & set(LETTERS))
        if isinstance(encoder, SequenceEncoder):
            assert set(encoder._alphabets) == set(entry.inputs)
            assert encoder.__sklearn_tags__().target_tags.required is entry.needs_labels
    with pytest.raises(ArgumentError, match="Did you mean 'fcgr'"):
        resolve_encoder("fcgrr")


@pytest.mark.parametrize(("name", "kind", "settings"), CASES)
def test_as_scikit_learn_expects(name, kind, settings):
    encoder, X, y = make(name, kind, settings), texts(kind), labels()
    with pytest.raises(NotFittedError):
        encoder.transform(X)
    with pytest.raises(NotFittedError):
        encoder.get_feature_names_out()
    with pytest.raises(NotFittedError):
        _ = encoder.num_qubits
    given = encoder.get_params()
    assert encoder.fit(X, y) is encoder
    assert encoder.get_params() == given
    numbers = encoder.transform(X)
    assert numbers.shape == (12, encoder.n_features_out_) == (12, len(encoder.get_feature_names_out()))
    assert np.isfinite(numbers).all()
    assert len(set(encoder.get_feature_names_out())) == encoder.n_features_out_
    assert all(isinstance(one, str) for one in encoder.get_feature_names_out())
    np.testing.assert_array_equal(clone(encoder).fit_transform(X, y), numbers)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(encoder)).transform(X), numbers)
    with pytest.raises(NotFittedError):
        clone(encoder).transform(X)


@pytest.mark.parametrize(("name", "kind", "settings"), CASES)
def test_every_way_of_handing_in_sequences_is_read_alike(name, kind, settings):
    X, y = texts(kind), labels()
    encoder = make(name, kind, settings).fit(X, y)
    expected = encoder.transform(X)
    dataset = SequenceDataset(sample_names=[str(i) for i in range(12)], sequences=X, alphabet=kind)
    column = np.array(X, dtype=object)[:, None]
    forms = [
        tuple(X),
        iter(X),
        np.array(X),
        column,
        column.tolist(),
        dataset.X,
        pd.Series(X),
        pd.DataFrame({"sequence": X}),
        pd.Series(X, dtype="string"),
        [one.lower() for one in X],
        [one[:4] + " \n" + one[4:] for one in X],
    ]
    if kind == "DNA":
        forms.append([one.replace("T", "U") for one in X])
    if kind == "RNA":
        forms.append([one.replace("U", "t") for one in X])
    for form in forms:
        np.testing.assert_array_equal(encoder.transform(form), expected)
    np.testing.assert_array_equal(make(name, kind, settings).fit(column, y).transform(column), expected)


@pytest.mark.parametrize(("name", "kind", "settings"), CASES)
def test_rows_do_not_know_of_each_other(name, kind, settings, monkeypatch):
    X = texts(kind, 30)
    encoder = make(name, kind, settings).fit(X, labels(30))
    together = encoder.transform(X)
    alone = np.concatenate([encoder.transform([one]) for one in X])
    np.testing.assert_array_equal(together, alone)
    monkeypatch.setattr("qsetu.genomics.encoders.counting.BLOCK_LETTERS", 20)
    np.testing.assert_array_equal(encoder.transform(X), together)
    np.testing.assert_array_equal(encoder.transform(X[::-1]), together[::-1])


@pytest.mark.parametrize(("name", "kind", "settings"), CASES)
def test_tables_out_keep_names_and_index(name, kind, settings):
    X = pd.DataFrame({"sequence": texts(kind)}, index=[f"s{i}" for i in range(12)])
    encoder = make(name, kind, settings).set_output(transform="pandas").fit(X, labels())
    table = encoder.transform(X)
    assert isinstance(table, pd.DataFrame)
    assert list(table.index) == list(X.index)
    assert list(table.columns) == list(encoder.get_feature_names_out())
    np.testing.assert_array_equal(
        table.to_numpy(), encoder.set_output(transform="default").transform(X).astype(table.to_numpy().dtype)
    )


@pytest.mark.parametrize(("name", "kind", "settings"), CASES)
def test_in_a_pipeline_under_a_grid(name, kind, settings):
    encoder = make(name, kind, settings)
    pipeline = Pipeline([("encode", encoder), ("model", LogisticRegression(max_iter=2000))])
    search = GridSearchCV(pipeline, {"model__C": [0.1, 1]}, cv=StratifiedKFold(3), error_score="raise")
    search.fit(np.array(texts(kind, 24), dtype=object), labels(24))
    assert len(search.predict(texts(kind, 2, seed=5))) == 2


def test_in_a_column_transformer():
    table = pd.DataFrame({"sequence": texts("DNA"), "age": np.arange(12.0)})
    both = ColumnTransformer(
        [("kmers", make("kmer-spectrum", "DNA", {"k": 1}), "sequence"), ("same", "passthrough", ["age"])]
    ).set_output(transform="pandas")
    assert list(both.fit_transform(table).columns) == [*(f"kmers__{b}" for b in "ACGT"), "same__age"]


@pytest.mark.parametrize(("name", "kind", "settings"), CASES)
def test_bad_input_is_refused_by_name(name, kind, settings):
    X, y = texts(kind), labels()
    encoder = make(name, kind, settings).fit(X, y)
    bad = [
        (X[0], "several sequences"),
        ([], "at least one sequence"),
        ([*X[:3], ""], "position 3"),
        ([*X[:2], "  \n"], "position 2"),
        ([*X[:3], 7], "texts only"),
        ([X[0], None], "texts only"),
        ([X[0], X[1][:-1] + "1"], "sequence 1 has '1' at position 8"),
        ([X[0], X[1][:-1] + "-"], "no gaps of an alignment; sequence 1"),
        (np.array(X).reshape(6, 2), "one column"),
        (5, "several sequences"),
    ]
    for given, said in bad:
        for call in (encoder.transform, lambda given: make(name, kind, settings).fit(given, y)):
            with pytest.raises(ArgumentError, match=said):
                call(given)
    other = [X[0], X[1] + X[1][:1]]
    if ENCODERS[name].any_length or settings.get("output") == "period3":
        assert len(encoder.transform(other)) == 2
    else:
        with pytest.raises(ArgumentError, match="9 letters as in fit; got 10 letters in sequence 1"):
            encoder.transform(other)
        with pytest.raises(ArgumentError, match="sequences of 9 letters; got 10 letters in sequence 1"):
            make(name, kind, settings).fit(other, y[:2])


@pytest.mark.parametrize(("name", "kind", "settings"), CASES)
def test_ambiguous_letters_have_a_rule(name, kind, settings):
    X = texts(kind)
    encoder = make(name, kind, settings).fit(X, labels())
    unsure = X[0][:4] + ("X" if kind == "protein" else "N") + X[0][5:]
    strict = name in ("two-bit", "sic-povm") or encoder.get_params().get("ambiguous") == "error"
    if strict:
        with pytest.raises(ArgumentError, match=f"sequence 1 has '{unsure[4]}' at position 4"):
            encoder.transform([X[0], unsure])
        with pytest.raises(ArgumentError, match="sequence 0"):
            make(name, kind, settings).fit([unsure], ["exon"])
    else:
        found = encoder.transform([X[0], unsure])
        assert np.isfinite(found).all()
        assert not np.array_equal(found[0], found[1])


@pytest.mark.parametrize(
    ("name", "settings", "named"),
    [
        ("two-bit", {"alphabet": "protein"}, "alphabet"),
        ("sic-povm", {"alphabet": "dna"}, "alphabet"),
        ("one-hot", {"scale": 0}, "scale"),
        ("one-hot", {"scale": float("nan")}, "scale"),
        ("one-hot", {"ambiguous": "skip"}, "ambiguous"),
        ("eiip", {"output": "spectrum"}, "output"),
        ("kmer-spectrum", {"k": 0}, "k"),
        ("kmer-spectrum", {"k": 2.5}, "k"),
        ("kmer-spectrum", {"k": 16}, "k"),
        ("kmer-spectrum", {"k": 13, "canonical": True}, "k"),
        ("kmer-spectrum", {"canonical": "no"}, "canonical"),
        ("kmer-spectrum", {"sparse": 1}, "sparse"),
        ("kmer-spectrum", {"k": 8, "alphabet": "protein"}, "k"),
        ("kmer-spectrum", {"alphabet": "protein", "canonical": True}, "canonical"),
        ("kmer-spectrum", {"normalize": "max"}, "normalize"),
        ("kmer-spectrum", {"ambiguous": "drop"}, "ambiguous"),
        ("kmer-spectrum", {"mismatches": 2}, "mismatches"),
        ("kmer-spectrum", {"empty": "nan"}, "empty"),
        ("kmer-spectrum", {"dtype": "int8"}, "dtype"),
        ("kmer-spectrum", {"dtype": "uint32"}, "dtype"),
        ("kmer-spectrum", {"dtype": "uint32", "normalize": None, "ambiguous": "share"}, "dtype"),
        ("fcgr", {"k": 13}, "k"),
        ("weight-matrix", {"pseudocount": 0}, "pseudocount"),
        ("weight-matrix", {"background": "human"}, "background"),
        ("amino-acid-properties", {"standardize": "yes"}, "standardize"),
        ("genotype", {"model": "multiplicative"}, "model"),
        ("genotype", {"missing": "drop"}, "missing"),
        ("genotype", {"scale": "minmax"}, "scale"),
        ("genotype", {"ploidy": 0}, "ploidy"),
        ("log-normalize", {"target_sum": 0}, "target_sum"),
        ("high-variance", {"num_features": 0}, "num_features"),
        ("high-variance", {"num_features": 12}, "num_features"),
    ],
)
def test_wrong_settings_are_refused_in_fit_and_not_before(name, settings, named):
    encoder = ENCODERS[name].make(**settings)
    X = values(name) if name in TABLES else texts("DNA")
    with pytest.raises(ArgumentError) as caught:
        encoder.fit(X, labels())
    assert caught.value.argument == named


@pytest.mark.parametrize("name", [name for name, entry in ENCODERS.items() if entry.invertible])
def test_the_inverse_undoes(name):
    entry = ENCODERS[name]
    for kind in entry.inputs:
        if kind in LETTERS:
            encoder, X = make(name, kind, {}), texts(kind, 40)
            found = encoder.inverse_transform(encoder.fit_transform(X))
            assert found.dtype == object and found.tolist() == X
            for wrong in (np.zeros((2, 5)), np.zeros(9), np.full((1, encoder.n_features_out_), np.nan)):
                with pytest.raises(ArgumentError, match="'X'"):
                    encoder.inverse_transform(wrong)
            with pytest.raises(NotFittedError):
                clone(encoder).inverse_transform(np.zeros((2, 5)))


TABLE_CASES = [
    ("genotype", {"ploidy": 100}),
    ("genotype", {"ploidy": 100, "scale": "standard", "missing": "mode"}),
    ("genotype", {"ploidy": 100, "scale": "angle"}),
    ("log-normalize", {}),
    ("high-variance", {"num_features": 1}),
]


@pytest.mark.parametrize(("name", "settings"), TABLE_CASES)
def test_scikit_learn_checks_pass(name, settings):
    # Dosages above 2 are what scikit-learn's data have; hence the ploidy.
    other = {"check_positive_only_tag_during_fit": "negative genotypes are refused in words of our own"}
    check_estimator(
        ENCODERS[name].make(**settings),
        expected_failed_checks=other if name == "genotype" else {},
        on_skip=None,
    )


@pytest.mark.parametrize("name", TABLES)
def test_tables_by_the_same_laws(name):
    X, encoder = values(name), ENCODERS[name].make()
    with pytest.raises(NotFittedError):
        _ = encoder.num_qubits
    found = encoder.fit_transform(X)
    assert found.shape == (30, encoder.n_features_out_)
    assert encoder.num_qubits == encoder.n_features_out_
    np.testing.assert_array_equal(np.concatenate([encoder.transform(X[i : i + 1]) for i in range(30)]), found)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(encoder)).transform(X), found)
    table = pd.DataFrame(X, columns=[f"g{i}" for i in range(11)], index=[f"s{i}" for i in range(30)])
    out = clone(encoder).set_output(transform="pandas").fit_transform(table)
    assert set(out.columns) <= set(table.columns) and list(out.index) == list(table.index)
    np.testing.assert_array_equal(out.to_numpy(), found)
