"""Features of a fold: from training samples alone, made once for all that may share them."""

from __future__ import annotations

import numpy as np
import pytest
from small_experiment import small_spec

from qsetu.experiments import features as features_module
from qsetu.experiments.data import ExperimentData, prepare_data
from qsetu.experiments.features import Features, needs_labels
from qsetu.experiments.spec import FeatureSpec
from qsetu.genomics import ExpressionDataset

TRAIN, TEST = np.arange(12), np.arange(12, 20)
SPECS = {
    "plain": FeatureSpec(steps=[{"step": "standardize"}]),
    "again": FeatureSpec(steps=[{"step": "standardize"}]),
    "best": FeatureSpec(steps=[{"step": "select", "keep": 1}]),
}


@pytest.fixture
def data() -> ExperimentData:
    values = np.random.default_rng(0).normal(2, 3, (20, 4))
    dataset = ExpressionDataset(
        sample_names=[f"s{i}" for i in range(20)],
        values=values,
        gene_names=list("abcd"),
        labels=["u", "v"] * 10,
    )
    return prepare_data(small_spec(models=["rbf-svm"]), dataset)


def test_features_are_fitted_on_training_samples(data):
    made = Features(data, SPECS).make("plain", TRAIN, TEST, data.y[TRAIN])
    center, width = data.X[TRAIN].mean(axis=0), data.X[TRAIN].std(axis=0)
    np.testing.assert_allclose(made.train, (data.X[TRAIN] - center) / width)
    np.testing.assert_allclose(made.test, (data.X[TEST] - center) / width)
    assert made.train.dtype == made.test.dtype == np.float64
    assert made.nbytes == 8 * 4 * 20


def test_raw_features_are_the_data_and_take_no_time(data):
    made = Features(data, SPECS).make("raw", TRAIN, TEST, data.y[TRAIN])
    np.testing.assert_array_equal(made.train, data.X[TRAIN])
    np.testing.assert_array_equal(made.test, data.X[TEST])
    assert made.seconds == 0


def test_features_are_shared_where_nothing_that_they_depend_on_differs(data):
    features, y = Features(data, SPECS), data.y[TRAIN]
    plain, best = (features.make(name, TRAIN, TEST, y) for name in ("plain", "best"))
    assert features.make("plain", TRAIN.copy(), TEST.copy(), y.copy()) is plain
    assert features.make("best", TRAIN, TEST, y) is best
    assert features.make("plain", TRAIN, TEST, 1 - y) is plain, "no step looks at labels"
    others = [
        features.make("best", TRAIN, TEST, np.roll(y, 3) * (np.arange(12) < 6)),
        features.make("again", TRAIN, TEST, y),
        features.make("plain", TRAIN[1:], TEST, y[1:]),
        features.make("plain", TRAIN, TEST[1:], y),
    ]
    assert all(one is not plain and one is not best for one in others)
    assert others[2].train.shape == (11, 4) and others[3].test.shape == (7, 4)


def test_what_was_used_longest_ago_is_forgotten_when_memory_is_short(data, monkeypatch):
    features, y = Features(data, SPECS), data.y[TRAIN]
    monkeypatch.setattr(features_module, "LIMIT_BYTES", 2 * 8 * 4 * 20)  # two of them
    parts = [TRAIN, TRAIN[::-1], np.roll(TRAIN, 1)]

    def make(place):
        return features.make("plain", parts[place], TEST, y)

    first, second = make(0), make(1)
    assert make(0) is first
    third = make(2)
    assert make(0) is first and make(2) is third
    assert make(1) is not second


def test_features_larger_than_the_memory_for_them_are_kept_until_the_next(data, monkeypatch):
    monkeypatch.setattr(features_module, "LIMIT_BYTES", 1)
    features, y = Features(data, SPECS), data.y[TRAIN]
    made = features.make("plain", TRAIN, TEST, y)
    assert features.make("plain", TRAIN, TEST, y) is made
    features.make("best", TRAIN, TEST, y)
    assert features.make("plain", TRAIN, TEST, y) is not made


def test_all_that_use_features_are_charged_with_the_time_they_took(data, monkeypatch):
    clock = iter([100.0, 102.5])
    monkeypatch.setattr(features_module.time, "perf_counter", lambda: next(clock))
    features = Features(data, SPECS)
    for _ in range(2):
        assert features.make("plain", TRAIN, TEST, data.y[TRAIN]).seconds == 2.5


@pytest.mark.parametrize(
    ("names", "needed"),
    [(["standardize", "pca"], False), (["standardize", "select"], True), (["weight-matrix"], True)],
    ids=str,
)
def test_steps_that_look_at_labels(names, needed):
    assert needs_labels(FeatureSpec(steps=[{"step": name} for name in names])) is needed
