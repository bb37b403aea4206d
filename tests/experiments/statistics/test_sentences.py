"""Comparisons of many pairs, and the sentences they allow."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsetu.core.errors import ArgumentError
from qsetu.experiments.statistics import (
    Comparison,
    comparison_sentence,
    comparisons,
    corrected_paired_test,
    holm,
    paired_effect,
    wilcoxon_test,
)

RANDOM = np.random.default_rng(12)
SCORES = {name: list(0.8 + shift + 0.02 * RANDOM.normal(size=10)) for name, shift in
          (("x", 0.0), ("y", 0.01), ("z", -0.3))}  # fmt: skip
PAIRS = [("x", "y"), ("z", "x"), ("y", "z")]
TITLES = {"x": "X", "y": "Y"}
BASE = Comparison(
    a="x",
    b="y",
    mean_a=0.8831,
    mean_b=0.8944,
    difference=-0.0113,
    low=-0.0402,
    high=0.0176,
    p=0.31,
    p_holm=0.61,
    effect=-0.4,
    wilcoxon_p=0.4,
    significant=False,
    level=0.05,
    pairs=4,
    folds=5,
)
# Nothing stronger may ever be said.
TOO_STRONG = re.compile(
    r"outperform|advantage|prove|superior|beat|best|winner|certain|confirm", re.IGNORECASE
)


def test_each_number_is_that_of_its_own_test():
    found = comparisons(SCORES, PAIRS, 90, 10, level=0.01)
    corrected = holm([c.p for c in found])
    assert [(c.a, c.b) for c in found] == PAIRS
    for c, p_holm in zip(found, corrected, strict=True):
        a, b = SCORES[c.a], SCORES[c.b]
        test = corrected_paired_test(a, b, 90, 10, 0.99)
        assert (c.difference, c.low, c.high, c.p) == (test.difference, test.low, test.high, test.p)
        assert (c.mean_a, c.mean_b) == (np.mean(a), np.mean(b))
        assert c.effect == paired_effect(a, b).g
        assert c.wilcoxon_p == wilcoxon_test(a, b).p
        assert (c.p_holm, c.significant) == (p_holm, p_holm < 0.01)
        assert (c.level, c.pairs, c.folds) == (0.01, 3, 10)
    assert [c.significant for c in found] == [False, True, True]


def test_what_is_significant_alone_need_not_be_among_several():
    # Differences .1 .3 .2: p = .12 (see the paired test); at 30 %, one pair is significant and three are not.
    scores = {"a": [0.8, 0.9, 0.7], "b": [0.7, 0.6, 0.5], "c": [0.8, 0.91, 0.69], "d": [0.8, 0.89, 0.7]}
    pairs = [("a", "b"), ("a", "c"), ("a", "d")]
    (alone,) = comparisons(scores, pairs[:1], 80, 20, level=0.3)
    among = comparisons(scores, pairs, 80, 20, level=0.3)[0]
    assert alone.significant and alone.p < 0.3
    assert among.p == alone.p
    assert among.p_holm == pytest.approx(3 * alone.p) and among.p_holm > 0.3
    assert not among.significant


def test_degrees_of_freedom_are_passed_on():
    (found,) = comparisons(SCORES, PAIRS[:1], 90, 10, df=4)
    assert found.p == corrected_paired_test(SCORES["x"], SCORES["y"], 90, 10, df=4).p


def test_correction_counts_the_pairs():
    (alone,) = comparisons(SCORES, PAIRS[:1], 90, 10)
    together = comparisons(SCORES, PAIRS, 90, 10)[0]
    assert alone.p == alone.p_holm == together.p
    assert comparisons(SCORES, [], 90, 10) == ()


@pytest.mark.parametrize(
    ("pairs", "rule"),
    [
        ([("x", "w")], "must be one of x, y, z"),
        ([("x", "x")], "two different"),
        ([("x", "y"), ("x", "y")], "once"),
        ([("x", "y"), ("y", "x")], "once"),
    ],
)
def test_pairs_that_are_none(pairs, rule):
    with pytest.raises(ArgumentError, match=f"'pairs'.*{rule}"):
        comparisons(SCORES, pairs, 90, 10)


def test_scores_that_do_not_pair_up():
    with pytest.raises(ArgumentError, match="'b'"):
        comparisons({"x": [0.5, 0.6], "y": [0.5, 0.6, 0.7]}, [("x", "y")], 90, 10)
    with pytest.raises(ArgumentError, match="'level'"):
        comparisons(SCORES, PAIRS, 90, 10, level=0.95)


def test_no_difference_is_called_so():
    assert comparison_sentence(BASE, TITLES, "Balanced accuracy", 700, 5, 0.05) == (
        "No significant difference in balanced accuracy between X (0.883) and Y (0.894) at 5 %: "
        "difference -0.011, 95 % interval -0.040 to 0.018, Holm-corrected p = 0.61, n = 700 samples, 5 folds."
    )


SIGNIFICANT = replace(BASE, low=-0.0202, high=-0.0024, p=0.004, p_holm=0.016, significant=True)


def test_a_difference_is_told_from_the_side_of_the_better():
    assert comparison_sentence(SIGNIFICANT, TITLES, "Balanced accuracy", 700) == (
        "Y (0.894) scored higher in balanced accuracy than X (0.883) at 5 %: difference 0.011, "
        "95 % interval 0.002 to 0.020, Holm-corrected p = 0.016, n = 700 samples, 5 folds."
    )
    turned = replace(SIGNIFICANT, difference=0.0113, low=0.0024, high=0.0202, mean_a=0.8944, mean_b=0.8831)
    assert comparison_sentence(turned, {}, "AUC", 700).startswith(
        "x (0.894) scored higher in AUC than y (0.883)"
    )


def test_where_lower_is_better():
    assert comparison_sentence(SIGNIFICANT, TITLES, "RMSE", 700, higher_is_better=False) == (
        "X (0.883) scored lower, which is better, in RMSE than Y (0.894) at 5 %: difference -0.011, "
        "95 % interval -0.020 to -0.002, Holm-corrected p = 0.016, n = 700 samples, 5 folds."
    )


def test_an_interval_that_seems_to_say_otherwise_is_explained():
    torn = replace(SIGNIFICANT, p_holm=0.08, p=0.02, significant=False)
    text = comparison_sentence(torn, TITLES, "Accuracy", 700)
    assert text.startswith("No significant difference in accuracy between X (0.883) and Y (0.894) at 5 %")
    assert "not adjusted for the 4 comparisons made" in text
    assert text.endswith("it decides.")


def test_no_spread_is_no_conclusion():
    (found,) = comparisons({"x": [0.8, 0.6, 0.4], "y": [0.7, 0.5, 0.3]}, [("x", "y")], 80, 20)
    assert not found.significant
    text = comparison_sentence(found, TITLES, "Accuracy", 90)
    assert text == (
        "Nothing can be said about accuracy of X (0.600) and Y (0.500): they differ by 0.100 in every fold, "
        "which leaves no spread to test against, n = 90 samples, 3 folds."
    )
    (same,) = comparisons({"x": [0.8, 0.6], "y": [0.8, 0.6]}, [("x", "y")], 80, 20)
    assert comparison_sentence(same, TITLES, "Accuracy", 90) == (
        "No difference in accuracy between X (0.700) and Y (0.700): both score the same in every fold, "
        "n = 90 samples, 2 folds."
    )


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (0.0499, "p = 0.05,"),
        (0.0496, "p = 0.05,"),
        (0.0004, "p < 0.001,"),
        (0.001, "p = 0.001,"),
        (0.612, "p = 0.61,"),
        (1.0, "p = 1,"),
    ],
)
def test_p_values_keep_their_side_of_the_level(p, shown):
    torn = replace(BASE, p=p / 4, p_holm=p, significant=p < 0.05)
    text = comparison_sentence(torn, TITLES, "Accuracy", 700)
    if p in (0.0499, 0.0496):
        assert f"p = {p}," in text
    else:
        assert shown in text


def test_numbers_that_would_round_to_zero_keep_their_sign():
    near = replace(SIGNIFICANT, low=-0.0202, high=-0.00004)
    assert "interval 0.00004 to 0.020" in comparison_sentence(near, TITLES, "Accuracy", 700)
    zero = replace(BASE, difference=0.0, mean_a=0.5, mean_b=0.5)
    assert "difference 0.000," in comparison_sentence(zero, TITLES, "Accuracy", 700)


@pytest.mark.parametrize(
    ("options", "name"),
    [({"n_folds": 10}, "n_folds"), ({"level": 0.01}, "level"), ({"n_samples": 1}, "n_samples")],
)
def test_what_is_not_of_the_comparison_is_refused(options, name):
    with pytest.raises(ArgumentError, match=f"'{name}'"):
        comparison_sentence(BASE, TITLES, "Accuracy", **{"n_samples": 700, **options})


@given(
    st.lists(st.tuples(*[st.integers(0, 50)] * 3), min_size=2, max_size=12),
    st.sampled_from([0.01, 0.05, 0.1]),
    st.booleans(),
)
def test_words_follow_numbers(rows, level, higher):
    x, y, z = np.array(rows).T / 50
    found = comparisons({"x": x, "y": y, "z": z}, [("x", "y"), ("z", "y")], 80, 20, level)
    for c in found:
        text = comparison_sentence(c, {}, "Accuracy", 50, higher_is_better=higher)
        assert not TOO_STRONG.search(text)
        assert ("scored" in text) == c.significant
        assert "nan" not in text and "None" not in text and "-0.000" not in text
        if c.significant:
            better = c.a if (c.mean_a > c.mean_b) == higher else c.b
            assert text.startswith(f"{better} (")
        elif c.low is not None and (c.low > 0 or c.high < 0):
            assert "not adjusted" in text
        else:
            assert "adjusted" not in text
