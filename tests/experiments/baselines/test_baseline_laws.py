"""Laws that every baseline obeys that takes sequences."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

import qsetu.experiments.baselines as baselines
from qsetu.core.errors import ArgumentError
from qsetu.genomics import SequenceDataset

LETTERS = {"DNA": "ACGT", "RNA": "ACGU", "protein": "ACDEFGHIKLMNPQRSTVWY"}
# Name, letters, settings.
CASES = [
    ("KmerSpectrumSVC", "DNA", {"k": 2}),
    ("KmerSpectrumSVC", "RNA", {"k": 3, "normalize": False}),
    ("KmerSpectrumSVC", "protein", {"k": 2, "mismatches": 1}),
    ("WeightedDegreeSVC", "DNA", {"degree": 4}),
    ("WeightedDegreeSVC", "protein", {"degree": 2, "normalize": False}),
    ("PositionWeightClassifier", "DNA", {}),
    ("PositionWeightClassifier", "protein", {"order": 1}),
    ("SmallCNN", "DNA", {"window": 5, "dropout": 0.1, "learning_rate": 1e-2}),
    ("SmallCNN", "protein", {"window": 3, "layers": 2, "dropout": 0.0, "learning_rate": 1e-2}),
    ("KmerNearestCentroid", "DNA", {"k": 3}),
    ("KmerNearestCentroid", "RNA", {"k": 2, "metric": "euclidean"}),
]


def make(name, kind, settings):
    return getattr(baselines, name)(**settings, alphabet=kind)


def signal(kind, number=36, length=12, classes=3, seed=0):
    """Random texts; those of class c hold its letter four times, from position 4 on."""
    rng = np.random.default_rng(seed)
    y = np.arange(number) % classes
    X = rng.choice(list(LETTERS[kind]), (number, length))
    X[:, 4:8] = np.array(list(LETTERS[kind]))[y, None]
    return np.array(["".join(row) for row in X], dtype=object), np.array(["x", "y", "z"])[y]


@pytest.mark.parametrize(("name", "kind", "settings"), CASES)
@pytest.mark.parametrize("classes", [2, 3])
def test_as_scikit_learn_expects(name, kind, settings, classes):
    X, y = signal(kind, classes=classes)
    model = make(name, kind, settings)
    with pytest.raises(NotFittedError):
        model.predict(X)
    given = model.get_params()
    assert model.fit(X, y) is model
    assert model.get_params() == given
    np.testing.assert_array_equal(model.classes_, np.unique(y))
    decisions = model.decision_function(X)
    assert decisions.shape == ((len(X),) if classes == 2 else (len(X), classes))
    assert np.isfinite(decisions).all()
    places = (decisions > 0).astype(int) if classes == 2 else decisions.argmax(axis=1)
    np.testing.assert_array_equal(model.predict(X), model.classes_[places])
    assert model.score(X, y) > 0.9
    np.testing.assert_array_equal(clone(model).fit(X, y).decision_function(X), decisions)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).decision_function(X), decisions)
    with pytest.raises(NotFittedError):
        clone(model).decision_function(X)
    if hasattr(model, "predict_proba"):
        shares = model.predict_proba(X)
        assert shares.shape == (len(X), classes)
        np.testing.assert_allclose(shares.sum(axis=1), 1)
        assert (shares >= 0).all()
        np.testing.assert_array_equal(model.classes_[shares.argmax(axis=1)], model.predict(X))


@pytest.mark.parametrize(("name", "kind", "settings"), CASES)
def test_every_way_of_handing_in_sequences_is_read_alike(name, kind, settings):
    X, y = signal(kind)
    model = make(name, kind, settings).fit(X, y)
    expected = model.decision_function(X)
    dataset = SequenceDataset(sample_names=[str(i) for i in range(len(X))], sequences=X, alphabet=kind)
    forms = [list(X), X[:, None], pd.Series(X), pd.DataFrame({"s": X}), dataset.X, [one.lower() for one in X]]
    for form in forms:
        np.testing.assert_array_equal(model.decision_function(form), expected)
        again = make(name, kind, settings).fit(form, y)
        np.testing.assert_array_equal(again.decision_function(X), expected)


@pytest.mark.parametrize(("name", "kind", "settings"), CASES)
def test_rows_do_not_know_of_each_other(name, kind, settings):
    X, y = signal(kind)
    model = make(name, kind, settings).fit(X, y)
    alone = np.concatenate([model.decision_function([one]) for one in X])
    np.testing.assert_allclose(model.decision_function(X), alone, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "kind", "settings"), CASES)
def test_letters_that_stand_for_several_are_taken(name, kind, settings):
    X, y = signal(kind)
    unknown = "X" if kind == "protein" else "N"
    X = np.array([unknown + one[1:] for one in X], dtype=object)
    model = make(name, kind, settings).fit(X, y)
    assert model.score(X, y) > 0.9
    # Of nothing but unknown letters nothing is known, and something is predicted all the same.
    nothing = [unknown * 12]
    assert np.isfinite(model.decision_function(nothing)).all()
    assert model.predict(nothing)[0] in model.classes_


@pytest.mark.parametrize(("name", "kind", "settings"), CASES)
def test_a_rare_class_is_not_forgotten(name, kind, settings):
    X, y = signal(kind, number=90, classes=2)
    rare = np.flatnonzero(y == "y")[:5]
    rows = np.concatenate([np.flatnonzero(y == "x"), rare])
    model = make(name, kind, settings).fit(X[rows], y[rows])
    other, truth = signal(kind, number=60, classes=2, seed=1)
    found = model.predict(other)
    assert np.mean(found[truth == "y"] == "y") > 0.7


@pytest.mark.parametrize(("name", "kind", "settings"), CASES)
def test_what_is_refused(name, kind, settings):
    X, y = signal(kind)
    model = make(name, kind, settings)
    with pytest.raises(ArgumentError, match="'y' must have 36 labels"):
        model.fit(X, y[:-1])
    with pytest.raises(ArgumentError, match="'y' must hold two classes"):
        model.fit(X, ["x"] * 36)
    with pytest.raises(ArgumentError, match="'y' must be given"):
        model.fit(X, None)
    with pytest.raises(ValueError, match="Unknown label type"):
        model.fit(X, np.linspace(0, 1, 36))
    with pytest.raises(ArgumentError, match="'X'"):
        model.fit([*X[:-1], "AC!"], y)
    with pytest.raises(ArgumentError, match="'alphabet' must be one of"):
        clone(model).set_params(alphabet="letters").fit(X, y)
    with pytest.raises(ArgumentError, match="'X'"):
        model.fit(X, y).predict(["AC-T"])
    with pytest.raises(ArgumentError, match="'X' must be several sequences"):
        model.predict("ACGT")


def test_settings_are_searched():
    X, y = signal("DNA")
    grid = {"k": np.array([1, 3]), "C": [0.1, 1.0], "reverse_complement": np.array([False])}
    search = GridSearchCV(baselines.KmerSpectrumSVC(), grid, cv=3).fit(X, y)
    assert search.best_score_ > 0.9


def test_names_are_lazy_and_complete():
    for name in baselines.__all__:
        assert getattr(baselines, name).__name__ == name
    assert dir(baselines) == sorted(baselines.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = baselines.Nothing


def test_names_alone_import_nothing_heavy():
    heavy = "{'jax', 'optax', 'sklearn', 'scipy', 'pandas'}"
    code = f"import sys, qsetu.experiments.baselines; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_linear_models_do_not_wait_for_jax():
    code = "import sys; from qsetu.experiments.baselines import *; print('jax' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
