"""The interval of balanced accuracy: that of one label alone, cautious with several, a point never."""

from __future__ import annotations

import pytest

from qsetu.core.errors import ArgumentError
from qsetu.experiments.statistics import balanced_accuracy_interval, exact_interval


@pytest.mark.parametrize(("hits", "total"), [(7, 9), (0, 5), (5, 5), (40, 100)])
def test_one_label_has_the_limits_of_clopper_and_pearson(hits, total):
    found, exact = balanced_accuracy_interval([hits], [total]), exact_interval(hits, total)
    assert found.share == exact.share
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=0.005)


def test_all_right_and_all_wrong_are_no_points():
    right, wrong = (balanced_accuracy_interval([n, m], [20, 14]) for n, m in ((20, 14), (0, 0)))
    assert (right.share, right.high) == (1.0, 1.0) and 0.8 < right.low < 0.9
    assert (wrong.share, wrong.low) == (0.0, 0.0) and wrong.high == pytest.approx(1 - right.low, abs=0.005)


def test_more_samples_and_less_confidence_are_shorter():
    def width(factor: int, confidence: float) -> float:
        found = balanced_accuracy_interval([8 * factor, 6 * factor], [10 * factor, 10 * factor], confidence)
        return found.high - found.low

    assert width(4, 0.95) < 0.6 * width(1, 0.95)
    assert width(1, 0.8) < width(1, 0.95) < width(1, 0.99)


def test_a_label_weighs_the_same_however_rare():
    found = balanced_accuracy_interval([90, 1], [100, 2])
    assert found.share == pytest.approx(0.7)
    assert found.low < 0.5


@pytest.mark.parametrize(
    ("correct", "totals"), [([1], [2, 3]), ([], []), ([3], [2]), ([-1], [2]), ([0], [0])]
)
def test_what_are_no_counts_is_refused(correct, totals):
    with pytest.raises(ArgumentError, match=r"correct|totals"):
        balanced_accuracy_interval(correct, totals)
