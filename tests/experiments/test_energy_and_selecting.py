"""Counters of energy that turn over, and columns chosen without asking for more than there are."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import f_classif, f_regression
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator

from qsetu.experiments.energy import EnergyMeter
from qsetu.experiments.selecting import AtMostKBest, Thinned


def _zone(folder, name, value, most=1000):
    zone = folder / name
    zone.mkdir(exist_ok=True)
    (zone / "energy_uj").write_text(f"{value}\n")
    (zone / "max_energy_range_uj").write_text(f"{most}\n")
    return zone


def test_joules_of_all_packages_over_a_turn_of_the_counter(tmp_path):
    first = _zone(tmp_path, "intel-rapl:0", 900)
    second = _zone(tmp_path, "intel-rapl:1", 10)
    _zone(tmp_path, "intel-rapl:0:0", 5)  # a part of a package, which is counted already
    meter = EnergyMeter(tmp_path)
    assert meter.read() == 0.0
    (first / "energy_uj").write_text("100")  # 100 to the end, 100 after it
    (second / "energy_uj").write_text("40")
    assert meter.read() == pytest.approx(230e-6)
    assert meter.read() == pytest.approx(230e-6)
    assert meter.note.startswith("measured: 2 processor package(s)")


def test_nothing_is_made_up_where_nothing_can_be_read(tmp_path):
    assert EnergyMeter(tmp_path).read() is None
    assert "no energy counters" in EnergyMeter(tmp_path).note
    zone = _zone(tmp_path, "intel-rapl:0", 1)
    (zone / "energy_uj").write_text("not a number")
    meter = EnergyMeter(tmp_path)
    assert meter.read() is None
    assert "may not be read" in meter.note


@pytest.mark.parametrize(("task", "score"), [("classification", f_classif), ("regression", f_regression)])
def test_the_best_features_by_f_with_ties_by_position(task, score):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 6)), rng.integers(0, 2, 40).astype(float)
    X[:, 3] += 3 * y
    X[:, 5] += y
    X[:, 1] = 7.0  # carries nothing
    chosen = AtMostKBest(2, task).fit(X, y)
    assert np.flatnonzero(chosen.get_support()).tolist() == [3, 5]
    varying = [0, 2, 3, 4, 5]
    np.testing.assert_allclose(chosen.scores_[varying], score(X[:, varying], y)[0])
    assert chosen.scores_[1] == 0
    assert AtMostKBest(99, task).fit(X, y).transform(X).shape == (40, 6)
    same = np.repeat(X[:, 3:4], 3, axis=1)
    assert np.flatnonzero(AtMostKBest(2, task).fit(same, y).get_support()).tolist() == [0, 1]


def test_a_feature_that_separates_perfectly_is_better_than_any_other():
    y = np.array([0, 1] * 5)
    X = np.stack([y + np.linspace(0, 0.3, 10), y], axis=1).astype(float)
    assert np.flatnonzero(AtMostKBest(1).fit(X, y).get_support()).tolist() == [1]


def test_thinned_columns_are_even_and_keep_their_type():
    dosages = np.tile(np.arange(10, dtype=np.int8), (3, 1))
    assert Thinned(4).fit(dosages).transform(dosages)[0].tolist() == [0, 3, 6, 9]
    assert Thinned(4).fit(dosages).transform(dosages).dtype == np.int8
    assert Thinned(99).fit(dosages).transform(dosages).shape == (3, 10)
    assert Thinned(1).fit(dosages).transform(dosages)[0].tolist() == [0]


def test_of_five_of_ten_columns_the_nearest_to_even_are_kept():
    row = np.arange(10)[None]
    assert Thinned(5).fit(row).transform(row).tolist() == [[0, 2, 4, 7, 9]]


def test_labels_are_no_numbers_and_numbers_are_no_labels():
    y = np.repeat([0, 1, 2], 10)
    rng = np.random.default_rng(1)
    tent, line = (y == 1) * 3.0, y * 0.5  # the first has no slope, the second little between labels
    X = np.stack([tent, line], axis=1) + rng.normal(size=(30, 2))
    assert np.flatnonzero(AtMostKBest(1).fit(X, y).get_support()).tolist() == [0]
    assert np.flatnonzero(AtMostKBest(1, "regression").fit(X, y).get_support()).tolist() == [1]


def test_features_of_which_none_varies_are_kept_by_position():
    chosen = AtMostKBest(2).fit(np.full((6, 4), 2.0), [0, 1] * 3)
    assert chosen.scores_.tolist() == [0] * 4
    assert np.flatnonzero(chosen.get_support()).tolist() == [0, 1]


def test_columns_are_chosen_in_training_alone_and_need_labels_for_f():
    check_estimator(AtMostKBest(2), on_skip=None)
    assert get_tags(AtMostKBest(2)).target_tags.required
    with pytest.raises(NotFittedError):
        AtMostKBest(2).get_support()
    with pytest.raises(NotFittedError):
        Thinned(2).transform(np.zeros((2, 3)))
