"""The corrected interval against a case worked out by hand, and its laws."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsetu.core.errors import ArgumentError
from qsetu.experiments import corrected_interval

SCORES = st.lists(st.floats(0, 1), min_size=2, max_size=30)


def test_hand_computed_case():
    # Scores .60 .70 .80: mean .7, s^2 = (.01 + 0 + .01) / 2 = .01. With n_test/n_train = 20/80 the
    # variance of the mean is (1/3 + 1/4) * .01 = 7/1200; its root .0763763. The 97.5 % quantile of
    # Student's t with 2 degrees of freedom is 4.302653 (printed tables: 4.303).
    interval = corrected_interval([0.6, 0.7, 0.8], 80, 20)
    reach = 4.302653 * math.sqrt(7 / 1200)
    assert interval.mean == pytest.approx(0.7)
    assert interval.std == pytest.approx(0.1)
    assert interval.low == pytest.approx(0.7 - reach, abs=1e-6)
    assert interval.high == 1.0  # .7 + .3286 is clipped


def test_level_is_respected():
    # t with 4 degrees of freedom: 90 % two-sided 2.131847.
    scores = [0.5, 0.55, 0.5, 0.45, 0.5]
    interval = corrected_interval(scores, 400, 100, confidence=0.9)
    std = math.sqrt(0.005 / 4)
    assert interval.high - 0.5 == pytest.approx(2.131847 * math.sqrt(0.2 + 0.25) * std, abs=1e-7)


@given(SCORES)
def test_interval_lies_in_the_unit_interval_around_the_mean(scores):
    interval = corrected_interval(scores, 8, 2)
    assert 0 <= interval.low <= interval.mean + 1e-12
    assert interval.mean - 1e-12 <= interval.high <= 1


def test_it_is_wider_than_the_naive_interval():
    scores = [0.5, 0.6, 0.55, 0.52, 0.61]
    corrected = corrected_interval(scores, 80, 20)
    naive = corrected_interval(scores, 1e12, 1e-12)
    assert (corrected.high - corrected.low) / (naive.high - naive.low) == pytest.approx(math.sqrt(0.45 / 0.2))


@pytest.mark.parametrize(
    ("scores", "train", "test", "confidence", "name"),
    [
        ([0.5], 8, 2, 0.95, "scores"),
        ([0.5, 1.1], 8, 2, 0.95, "scores"),
        ([0.5, float("nan")], 8, 2, 0.95, "scores"),
        ([0.5, 0.6], 0, 2, 0.95, "train_size"),
        ([0.5, 0.6], 8, -1, 0.95, "test_size"),
        ([0.5, 0.6], 8, 2, 95, "confidence"),
    ],
)
def test_bad_input_is_refused_by_name(scores, train, test, confidence, name):
    with pytest.raises(ArgumentError, match=f"'{name}'"):
        corrected_interval(scores, train, test, confidence)
