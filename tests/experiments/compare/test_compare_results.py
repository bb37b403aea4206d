"""Two results: every verdict, and what it rests on."""

from __future__ import annotations

import sys
import types

import pytest
from report_samples import ENVIRONMENT, made_result

from qsetu.core.errors import ArgumentError
from qsetu.experiments.compare import (
    compare_results,
    render_comparison_html,
    render_comparison_markdown,
)

A = made_result(folds=4, holdout=True)


def changed(result, model=0, fold=0, **updates):
    """``result`` with one fold of one model changed."""
    models = list(result.models)
    folds = list(models[model].folds)
    folds[fold] = folds[fold].model_copy(update=updates)
    models[model] = models[model].model_copy(update={"folds": folds})
    return result.model_copy(update={"models": models})


def shifted(result, by, model=0, fold=0, metric="balanced_accuracy"):
    scores = dict(result.models[model].folds[fold].scores)
    scores[metric] += by
    return changed(result, model, fold, scores=scores)


def test_a_result_is_identical_to_itself():
    found = compare_results(A, A)
    assert (found.verdict, found.exit_code) == ("identical numbers", 0)
    assert found.sentence == "identical numbers: every score and prediction of 5 models on 4 shared folds"
    assert found.same_experiment and all(one.same for one in found.aspects)
    for one in found.models:
        assert (one.difference, one.largest, one.equal_predictions, one.test) == (0, 0, 1, None)
        assert one.mean_a == pytest.approx(A.model(one.name).summary["balanced_accuracy"].mean)


@pytest.mark.parametrize(("by", "verdict", "code"), [(5e-7, "agree", 0), (0.01, "differ", 1)])
def test_the_largest_difference_of_any_fold_decides(by, verdict, code):
    found = compare_results(A, shifted(A, by))
    assert (found.verdict, found.exit_code) == (verdict, code)
    first = found.models[0]
    assert first.difference == pytest.approx(by / 4)
    assert first.largest == pytest.approx(by)
    assert found.models[1].largest == 0
    assert "Fidelity kernel SVM" in found.sentence


def test_the_sign_is_that_of_the_second_minus_the_first():
    found = compare_results(A, shifted(A, -0.1))
    assert found.models[0].difference == pytest.approx(-0.025)
    assert compare_results(shifted(A, -0.1), A).models[0].difference == pytest.approx(0.025)


def test_tolerance_is_a_choice():
    other = shifted(A, 0.01)
    assert compare_results(A, other, 0.02).verdict == "agree"
    assert "agree within 0.02" in compare_results(A, other, 0.02).sentence
    assert compare_results(A, other, 0.009).verdict == "differ"
    assert "1 of 5 models by more than 0.009" in compare_results(A, other, 0.009).sentence
    assert compare_results(A, shifted(A, 1e-12), 0).verdict == "differ"
    with pytest.raises(ArgumentError, match="tolerance"):
        compare_results(A, other, -1)


def test_every_score_counts_not_the_first_alone():
    assert compare_results(A, shifted(A, 0.01, metric="accuracy")).verdict == "differ"


def test_other_predictions_with_equal_scores_are_not_identical():
    predicted = list(A.models[0].folds[0].predicted)
    predicted[0] = 1 - predicted[0]
    found = compare_results(A, changed(A, predicted=predicted))
    assert found.verdict == "agree"
    assert found.models[0].equal_predictions == pytest.approx(1 - 1 / 60)


def test_the_held_out_part_counts():
    models = list(A.models)
    scores = {**models[0].holdout.scores, "accuracy": 0.123}
    models[0] = models[0].model_copy(
        update={"holdout": models[0].holdout.model_copy(update={"scores": scores})}
    )
    found = compare_results(A, A.model_copy(update={"models": models}))
    assert found.verdict == "differ"
    assert found.folds == 4 and found.models[0].difference == 0


def test_networks_are_compared_by_their_edges():
    network = made_result("network")
    assert compare_results(network, network).verdict == "identical numbers"
    edges = [list(row) for row in network.models[0].folds[0].edges]
    edges[0][1] += 1
    found = compare_results(network, changed(network, edges=edges))
    assert found.verdict == "agree"
    assert found.models[0].equal_predictions == pytest.approx(1 - 1 / 100)


def _other_task():
    return made_result("regression")


def _other_data():
    return A.model_copy(update={"dataset": A.dataset.model_copy(update={"content_sha256": "00" * 32})})


def _other_labels():
    return A.model_copy(update={"dataset": A.dataset.model_copy(update={"true": A.dataset.true[::-1]})})


def _other_scores():
    models = []
    for model in A.models:
        summary = {"mcc": model.summary["accuracy"]}
        models.append(model.model_copy(update={"summary": summary}))
    return A.model_copy(update={"models": models})


def _other_folds():
    splits = [split.model_copy(update={"num_train": split.num_train - 1}) for split in A.splits]
    return A.model_copy(update={"splits": splits})


def _other_models():
    models = [model.model_copy(update={"name": f"other-{model.name}"}) for model in A.models]
    return A.model_copy(update={"models": models})


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_other_task, "one is classification and the other regression"),
        (_other_data, "the data differ"),
        (_other_labels, "the data differ"),
        (_other_scores, "they have no score in common"),
        (_other_folds, "they have no fold in common"),
        (_other_models, "they have no model in common"),
    ],
    ids=["task", "data", "labels", "scores", "folds", "models"],
)
def test_what_cannot_be_compared_says_why(make, why):
    for one, two in ((A, make()), (make(), A)):
        found = compare_results(one, two)
        assert (found.verdict, found.exit_code, found.models) == ("not comparable", 2, ())
        assert found.sentence.startswith("not comparable, because ")
        if two is A and "regression" in why:
            why = "one is regression and the other classification"
        assert why in found.sentence
        assert "Not comparable" in render_comparison_html(found)


def test_shared_folds_alone_are_compared():
    """The second result has the folds of the first under other numbers, and lacks one."""
    order = [2, 0, 1]
    splits = [A.splits[old].model_copy(update={"repeat": 7, "fold": new}) for new, old in enumerate(order)]
    models = []
    for model in A.models:
        folds = [
            model.folds[old].model_copy(update={"repeat": 7, "fold": new}) for new, old in enumerate(order)
        ]
        models.append(model.model_copy(update={"folds": folds, "holdout": None}))
    other = A.model_copy(update={"splits": splits, "models": models})
    found = compare_results(A, other)
    assert found.folds == 3
    assert found.verdict == "identical numbers"
    assert not {one.name: one.same for one in found.aspects}["splits"]
    scores = [A.models[0].folds[i].scores["balanced_accuracy"] for i in order]
    assert found.models[0].mean_b == pytest.approx(sum(scores) / 3)
    assert found.models[0].mean_a == pytest.approx(sum(scores) / 3)


def test_folds_of_different_repeats_are_not_mixed_up():
    twice = made_result(repeats=2)
    assert compare_results(twice, twice).verdict == "identical numbers"
    found = compare_results(twice, shifted(twice, 0.08, fold=4))  # the first fold of the second repeat
    assert found.folds == 8
    assert found.models[0].difference == pytest.approx(0.01)
    mean = twice.models[0].summary["balanced_accuracy"].mean
    assert (found.models[0].mean_a, found.models[0].mean_b) == pytest.approx((mean, mean + 0.01))


def test_models_of_one_side_alone_are_named():
    other = A.model_copy(update={"models": A.models[:-1]})
    found = compare_results(A, other)
    assert (found.only_a, found.only_b) == (("Elastic net",), ())
    assert "4 models" in found.sentence
    for text in (render_comparison_html(found), render_comparison_markdown(found)):
        assert "Only A has: Elastic net." in text


def test_aspects_name_what_differs():
    machine = {**ENVIRONMENT, "cpu": "Another", "packages": {"qsetu": "0.1.0", "numpy": "2.0.0"}}
    provenance = A.provenance.model_copy(
        update={"environments": [machine], "code": "99" * 32, "engine": "xla"}
    )
    spec = {**A.spec, "split": {**A.spec["split"], "kinship": 0.25}}
    changes = {"provenance": provenance, "spec": spec, "seed": 9, "identity": "00" * 32}
    found = compare_results(A, A.model_copy(update=changes))
    aspects = {one.name: one for one in found.aspects}
    different = {name for name, one in aspects.items() if not one.same}
    assert different == {"experiment", "settings", "seed", "code", "engine", "versions", "machine"}
    assert (aspects["versions"].a, aspects["versions"].b) == ("numpy 2.4.6", "numpy 2.0.0")
    assert (aspects["settings"].a, aspects["settings"].b) == ("split.kinship None", "split.kinship 0.25")
    assert "Another" in aspects["machine"].b
    assert not found.same_experiment
    assert found.verdict == "identical numbers"


def test_many_settings_are_told_by_their_table():
    models = {
        "fidelity-kernel-svm": {"settings": dict.fromkeys("abcde", 1)},
        "elastic-net": {"features": "x"},
    }
    found = compare_results(
        A, A.model_copy(update={"spec": {**A.spec, "models": {**A.spec["models"], **models}}})
    )
    told = {one.name: one for one in found.aspects}["settings"]
    assert not told.same
    # Five settings and a name that are new, and two tables that were empty.
    assert told.a == "8 differ, in models.fidelity-kernel-svm, models.elastic-net"


def test_wording_and_other_sizes_are_no_settings():
    spec = {**A.spec, "title": "Another", "sizes": {**A.spec["sizes"], "huge": {}}}
    found = compare_results(A, A.model_copy(update={"spec": spec}))
    assert {one.name: one.same for one in found.aspects}["settings"]
    assert all(one.same_settings for one in found.models)


@pytest.fixture
def statistics(monkeypatch):
    """Tests that say what they were given."""
    given = []

    def corrected_paired_test(a, b, train_size, test_size, confidence, *, df):
        assert df == 3  # of one repeat of four folds
        given.append((list(a), list(b), train_size, test_size, confidence))
        return types.SimpleNamespace(low=-0.5, high=0.5, p=0.01)

    module = types.ModuleType("qsetu.experiments.statistics")
    module.corrected_paired_test = corrected_paired_test
    module.holm = lambda p: tuple(min(1.0, value * len(p)) for value in p)
    monkeypatch.setitem(sys.modules, "qsetu.experiments.statistics", module)
    return given


def test_other_settings_on_the_same_folds_are_tested(statistics):
    models = [
        model.model_copy(update={"settings": {"layers": 3}}) if model.control != "rbf" else model
        for model in A.models
    ]
    other = shifted(A.model_copy(update={"models": models}), 0.1)
    found = compare_results(A, other)
    by_name = {one.name: one for one in found.models}
    # Both models but no control, and not the kernel that was set the same.
    assert {name for name, one in by_name.items() if one.test} == {"fidelity-kernel-svm", "elastic-net"}
    assert (
        not by_name["fidelity-kernel-svm"].same_settings and by_name["fidelity-kernel-svm+rbf"].same_settings
    )
    assert by_name["elastic-net"].test.p_holm == pytest.approx(0.02)
    scores = [fold.scores["balanced_accuracy"] for fold in A.models[0].folds]
    second, first, train, test, confidence = statistics[0]
    assert first == scores
    assert second == pytest.approx([scores[0] + 0.1, *scores[1:]])
    assert (train, test, confidence) == (37.5, 12.5, 0.95)
    for text in (render_comparison_html(found), render_comparison_markdown(found)):
        assert "-0.500 to +0.500" in text and "0.020" in text and "Nadeau and Bengio" in text


def test_equal_settings_are_not_tested(statistics):
    assert all(one.test is None for one in compare_results(A, shifted(A, 0.1)).models)
    assert statistics == []


@pytest.mark.parametrize("what", ["seed", "features", "tried", "inner"])
def test_what_makes_a_setting_different(statistics, what):
    if what == "seed":
        other = A.model_copy(update={"seed": 5})
    elif what == "features":
        other = A.model_copy(update={"spec": {**A.spec, "features": {"parts": {"steps": []}}}})
    elif what == "tried":
        tried = [A.models[0].folds[0].tried[0]]
        other = changed(A, tried=tried)
    else:
        sizes = {"default": {**A.spec["sizes"]["default"], "inner_folds": 9}}
        other = A.model_copy(update={"spec": {**A.spec, "sizes": sizes}})
    found = compare_results(A, other)
    assert not found.models[0].same_settings
    assert found.models[0].test is not None


def test_an_interval_that_cannot_be_said_is_left_out(statistics, monkeypatch):
    module = sys.modules["qsetu.experiments.statistics"]
    monkeypatch.setattr(
        module, "corrected_paired_test", lambda *a, df: types.SimpleNamespace(low=None, high=None, p=1.0)
    )
    text = render_comparison_markdown(compare_results(A, A.model_copy(update={"seed": 5})))
    assert "| – | 1.000 |" in text


def test_hostile_titles_are_escaped():
    models = [model.model_copy(update={"title": "<script>x</script>|"}) for model in A.models]
    found = compare_results(A.model_copy(update={"models": models}), A)
    assert "<script>" not in render_comparison_html(found)
    markdown = render_comparison_markdown(found)
    assert "\\<script\\>x\\</script\\>\\|" in markdown
