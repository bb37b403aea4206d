"""Numbers in words, orders and neighbors: what every table and figure relies on."""

from __future__ import annotations

import pytest
from report_samples import made_result

from qsetu.documents.palette import COLORS, shades
from qsetu.experiments.reading import beside, best_first, choices, with_controls
from qsetu.experiments.wording import (
    confidence_words,
    control_words,
    duration,
    fold_words,
    inline,
    nouns,
    number,
    p_value,
    row_title,
    score,
    settings_words,
)

RESULT = made_result()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 ms"),
        (0.0017, "1.7 ms"),
        (0.0994, "99 ms"),
        (0.0996, "0.0996 s"),
        (1.234, "1.23 s"),
        (119.9, "120 s"),
        (120, "2 min 0 s"),
        (3661, "1 h 1 min"),
    ],
)
def test_durations(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("p", "said"), [(None, "–"), (0.0, "< 0.001"), (0.00099, "< 0.001"), (0.001, "0.001"), (1.0, "1.000")]
)
def test_p_values_are_never_zero(p, said):
    assert p_value(p) == said


@pytest.mark.parametrize(
    ("metric", "value", "said"),
    [
        ("accuracy", 0.12345, "0.123"),
        ("mcc", -0.5, "-0.500"),
        ("rmse", 1234.56, "1235"),
        ("r2", -0.012345, "-0.01235"),
    ],
)
def test_scores_without_bounds_keep_four_digits(metric, value, said):
    assert score(metric, value) == said


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Balanced accuracy", "balanced accuracy"),
        ("ROC AUC", "ROC AUC"),
        ("R squared", "R squared"),
        ("Matthews correlation", "Matthews correlation"),
    ],
)
def test_titles_in_sentences(title, said):
    assert inline(title) == said


def test_folds_and_nouns():
    assert fold_words(RESULT) == "4 outer folds"
    assert fold_words(made_result(repeats=3, holdout=True)) == "12 outer folds (4, repeated 3 times)"
    spec = {**RESULT.spec, "split": {**RESULT.spec["split"], "method": "leave-one-group-out"}}
    assert fold_words(RESULT.model_copy(update={"spec": spec})) == "4 outer folds, each one group"
    assert (nouns(RESULT).samples, nouns(RESULT).features) == ("people", "variants")
    bare = made_result(card=None)
    assert (nouns(bare).samples, nouns(bare).features) == ("samples", "variants")
    assert confidence_words(RESULT) == "95 %"
    assert number(1234567) == "1,234,567"
    assert settings_words({"a": True, "b": 0.5, "c": "x"}) == "a = true, b = 0.5, c = x"


def test_a_network_has_no_labels_to_permute():
    assert control_words(RESULT)["permutation"] == "labels permuted"
    assert control_words(made_result("network"))["permutation"] == "variants shuffled"


def test_orders():
    means = [model.summary["balanced_accuracy"].mean for model in best_first(RESULT, RESULT.models)]
    assert means == sorted(means, reverse=True)
    rows = with_controls(RESULT)
    assert len(rows) == len(RESULT.models)
    assert [model.title for model, control in rows if not control] == [
        model.title for model in best_first(RESULT, [m for m in RESULT.models if m.control is None])
    ]
    owner = None
    for model, control in rows:
        owner = owner if control else model.name
        assert model.control_of == (owner if control else None)
    assert [row_title(RESULT, model) for model, control in rows if control] == [
        "without entanglement",
        "labels permuted",
        "RBF kernel SVM on parts",
    ]


def test_neighbors():
    model = RESULT.model("fidelity-kernel-svm")
    assert beside(RESULT, model, "rbf").name == "fidelity-kernel-svm+rbf"
    assert beside(RESULT, model, "permutation").control == "permutation"
    other = model.model_copy(update={"name": "another"})
    assert beside(RESULT, other, "rbf").name == "fidelity-kernel-svm+rbf"
    assert beside(RESULT, other, "deentangled") is None
    assert beside(RESULT, other.model_copy(update={"features": "elsewhere"}), "rbf") is None


def test_choices_count_folds():
    model = RESULT.model("elastic-net")
    found = choices(model)
    assert [values for values, _, _ in found] == [{"C": 1.0}, {"C": 10.0}]
    assert sum(times for _, times, _ in found) == len(model.folds)
    for values, times, inner in found:
        assert times == sum(fold.configuration == values for fold in model.folds)
        scores = [one.score for fold in model.folds for one in fold.tried if one.configuration == values]
        assert inner == pytest.approx(sum(scores) / len(scores))


def test_shades_differ_and_keep_one_alone():
    assert shades(COLORS["quantum"], 1) == [COLORS["quantum"]]
    assert shades("#808080", 2) == ["#464646", "#c0c0c0"]
    assert len(set(shades(COLORS["classical"], 12))) == 12
