"""What makes a score believable: nothing leaks, every model gets the same folds and budget."""

from __future__ import annotations

import numpy as np
import pytest
from small_experiment import small_spec

from qsetu.core.errors import ArgumentError
from qsetu.experiments import MODELS, compute
from qsetu.experiments import runner as runner_module
from qsetu.experiments.evaluate import evaluate_fold
from qsetu.experiments.splits import outer_splits

FITTED = {
    "select": ("scores_",),
    "scale": ("mean_", "scale_"),
    "reduce": ("components_", "mean_"),
    "rescale": ("mean_", "scale_"),
}


def _fitted(search):
    """Everything that training decided, as arrays."""
    steps = search.best_estimator_.named_steps
    learned = [getattr(steps[step], name) for step, names in FITTED.items() for name in names]
    return [search.cv_results_["mean_test_score"], search.cv_results_["split0_test_score"], *learned]


@pytest.mark.parametrize("model", MODELS)
def test_training_does_not_notice_a_poisoned_test_fold(cells, spec, model):
    _, y = np.unique(cells.labels, return_inverse=True)
    split = outer_splits(cells.labels, spec.sizes["quick"], 5)[0]
    poisoned, wrong = cells.values.copy(), y.copy()
    rng = np.random.default_rng(0)
    poisoned[split.test] = rng.normal(1e6, 1e6, (len(split.test), poisoned.shape[1]))
    wrong[split.test] = rng.permutation(y[split.test])
    clean = evaluate_fold(spec, "quick", model, cells.values, y, split, 5)
    dirty = evaluate_fold(spec, "quick", model, poisoned, wrong, split, 5)
    assert clean.record.configuration == dirty.record.configuration
    assert clean.record.tuning_score == dirty.record.tuning_score
    for left, right in zip(_fitted(clean.search), _fitted(dirty.search), strict=True):
        np.testing.assert_array_equal(left, right)
    # And the model itself: it answers the same about samples it is shown.
    shown = cells.values[split.train]
    np.testing.assert_array_equal(clean.search.predict(shown), dirty.search.predict(shown))


def test_inner_folds_do_not_notice_each_other(cells, spec):
    """Poison the second half of an inner split: the pipeline fitted on the first half stays."""
    from sklearn.base import clone

    from qsetu.experiments.pipeline import build_search

    _, y = np.unique(cells.labels, return_inverse=True)
    split = outer_splits(cells.labels, spec.sizes["quick"], 5)[0]
    search = build_search(spec, "quick", "rbf-svm", 5, split)
    X, labels = cells.values[split.train], y[split.train]
    fit, held = next(search.cv.split(X, labels))
    poisoned = X.copy()
    poisoned[held] = 1e9
    scores = []
    for data in (X, poisoned):
        pipeline = clone(search.estimator).fit(data[fit], labels[fit])
        scores.append(pipeline.decision_function(X))
    np.testing.assert_array_equal(*scores)
    names = [name for name, _ in search.estimator.steps]
    assert names == ["select", "scale", "reduce", "rescale", "model"]  # nothing is fitted before the search


def test_every_model_sees_the_same_splits(cells, spec, monkeypatch):
    seen = {}
    original = runner_module.evaluate_fold

    def watch(spec, size, model, X, y, split, seed):
        seen.setdefault(model, []).append((split.train.tolist(), split.test.tolist()))
        return original(spec, size, model, X, y, split, seed)

    monkeypatch.setattr(runner_module, "evaluate_fold", watch)
    small = small_spec(models={k: v for k, v in spec.model_dump(mode="json")["models"].items() if "svm" in k})
    compute(small, cells, size="quick", seed=3)
    assert len(seen) == 3
    first, *others = seen.values()
    assert all(other == first for other in others)


def test_inner_folds_are_the_same_for_every_model(cells, spec):
    from qsetu.experiments.pipeline import build_search

    _, y = np.unique(cells.labels, return_inverse=True)
    split = outer_splits(cells.labels, spec.sizes["quick"], 5)[0]
    folds = []
    for model in MODELS:
        cv = build_search(spec, "quick", model, 5, split).cv
        parts = cv.split(split.train, y[split.train])
        folds.append([(train.tolist(), test.tolist()) for train, test in parts])
    assert all(fold == folds[0] for fold in folds)


def test_splits_cover_every_cell_once_a_repeat_and_keep_classes_even(cells, spec):
    splits = outer_splits(cells.labels, spec.sizes["quick"].model_copy(update={"repeats": 2}), 9)
    assert len(splits) == 4
    for repeat in range(2):
        tests = [split.test for split in splits if split.repeat == repeat]
        assert sorted(np.concatenate(tests).tolist()) == list(range(len(cells.labels)))
    for split in splits:
        assert not set(split.train) & set(split.test)
        assert np.unique(cells.labels[split.test], return_counts=True)[1].tolist() == [15, 15, 15]
    assert splits[0].test.tolist() != splits[2].test.tolist()


def test_repeats_do_not_depend_on_how_many_there_are(cells, spec):
    one = outer_splits(cells.labels, spec.sizes["quick"], 9)
    two = outer_splits(cells.labels, spec.sizes["quick"].model_copy(update={"repeats": 2}), 9)
    assert [split.test.tolist() for split in one] == [split.test.tolist() for split in two[:2]]


def test_budget_is_equal_and_counted(result):
    assert {model.configurations_tried for model in result.models} == {2}
    assert {model.fits for model in result.models} == {2 * (2 * 2 + 1)}


@pytest.mark.parametrize(("key", "value"), [("outer_folds", 31), ("inner_folds", 16)])
def test_folds_that_a_rare_label_cannot_fill_are_refused(cells, spec, key, value):
    plan = spec.sizes["quick"].model_copy(update={key: value})
    with pytest.raises(ArgumentError, match=f"'{key}' must be at most"):
        outer_splits(cells.labels, plan, 1)
