"""One model on one split, step by step, with models that do as they are told."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import Ridge
from small_experiment import small_spec

from qsetu.core.seeds import generator
from qsetu.experiments import evaluate as evaluate_module
from qsetu.experiments.data import prepare_data
from qsetu.experiments.entrants import Entrant
from qsetu.experiments.evaluate import FitError, evaluate
from qsetu.experiments.features import Made
from qsetu.experiments.jobs import Plan, make_plan
from qsetu.experiments.models import Parameter
from qsetu.experiments.splits import inner_splits


class Offset(BaseEstimator):
    """Predicts the mean of what it learned from, and so much more."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def fit(self, X, y):
        self.mean_ = float(np.mean(y))
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_ + self.offset)


class Failing(Offset):
    """Raises what it is told."""

    error: type[Exception] = ValueError

    def fit(self, X, y):
        raise self.error("that is why.")


@pytest.fixture(scope="module")
def plan(cells) -> Plan:
    spec = small_spec(models=["rbf-svm"])
    return make_plan(spec, prepare_data(spec, cells), "default", 1)


@pytest.fixture
def measured(plan) -> Plan:
    """The same samples with a number to predict, twice as many high as low ones."""
    y = np.where(np.arange(len(plan.data)) % 3 == 0, 10.0, 40.0)
    data = dataclasses.replace(plan.data, y=y, labels=(), task="regression")
    return dataclasses.replace(plan, data=data)


def told(plan: Plan, model: type[BaseEstimator], *offsets: float, **changes) -> Entrant:
    (entrant,) = plan.entrants
    parameters = {"offset": Parameter("offset", lambda name, value: value)}
    entry = dataclasses.replace(entrant.entry, make=lambda build: model(), parameters=parameters)
    configurations = tuple({"offset": offset} for offset in offsets or (0.0,))
    return dataclasses.replace(entrant, entry=entry, configurations=configurations, **changes)


def folds_inside(plan: Plan, split):
    return inner_splits(plan.data, split, plan.bench().inner_folds, plan.seed)


def test_permuted_labels_are_the_truth_while_tuning_and_never_in_the_test(plan, monkeypatch):
    truths, compute_scores = [], evaluate_module.compute_scores

    def watch(names, truth, prediction):
        truths.append(truth.tolist())
        return compute_scores(names, truth, prediction)

    monkeypatch.setattr(evaluate_module, "compute_scores", watch)
    split, y = plan.splits[0], plan.data.y
    entrant = dataclasses.replace(plan.entrants[0], control="permutation")
    record = evaluate(plan.bench(), entrant, split)
    permuted = y.copy()
    permuted[split.train] = generator(record.seed, "permutation").permutation(y[split.train])
    assert (permuted != y).any()
    inside = [permuted[test].tolist() for _, test in folds_inside(plan, split) for _ in range(2)]
    assert truths == [*inside, y[split.test].tolist()]
    assert (plan.data.y == y).all()


def test_tuning_takes_the_smallest_of_a_score_that_should_be_small(measured):
    bench = dataclasses.replace(measured.bench(), metrics=("rmse", "r2"))
    record = evaluate(bench, told(measured, Offset, 3.0, 0.5, 2.0), measured.splits[0])
    assert record.configuration == {"offset": 0.5}
    assert record.tuning_score == record.tried[1].score == min(one.score for one in record.tried)
    assert set(record.scores) == {"rmse", "r2"}


def test_a_configuration_is_tried_on_every_inner_fold(measured):
    """The mean of targets, by hand: its error on every inner fold, and their mean."""
    split, y = measured.splits[0], measured.data.y
    bench = dataclasses.replace(measured.bench(), metrics=("rmse",))
    record = evaluate(bench, told(measured, Offset), split)
    errors = [
        np.sqrt(np.mean((y[test] - y[train].mean()) ** 2)) for train, test in folds_inside(measured, split)
    ]
    assert len({round(error, 9) for error in errors}) > 1
    assert record.tuning_score == pytest.approx(np.mean(errors), rel=1e-12)
    assert record.predicted == pytest.approx([y[split.train].mean()] * len(split.test))


def test_targets_are_learned_in_their_own_units_and_told_in_the_users(measured):
    """A model that knows no intercept predicts as one that has learned from standardized targets."""
    split, y = measured.splits[0], measured.data.y
    entrant = told(measured, Offset)
    entry = dataclasses.replace(entrant.entry, make=lambda build: Ridge(fit_intercept=False))
    entrant = dataclasses.replace(entrant, entry=entry, configurations=({},))
    bench = dataclasses.replace(measured.bench(), metrics=("rmse",))
    made = bench.features.make(entrant.features, split.train, split.test, y[split.train])
    train = y[split.train]
    expected = Ridge(fit_intercept=False).fit(made.train, (train - train.mean()) / train.std())
    found = evaluate(bench, entrant, split).predicted
    np.testing.assert_allclose(found, expected.predict(made.test) * train.std() + train.mean(), rtol=1e-12)


def test_a_target_that_is_always_the_same_is_predicted(measured):
    data = dataclasses.replace(measured.data, y=np.full(len(measured.data), 7.0))
    bench = dataclasses.replace(measured.bench(), data=data, metrics=("rmse",))
    record = evaluate(bench, told(measured, Offset), measured.splits[0])
    assert set(record.predicted) == {7.0}
    assert record.scores == {"rmse": 0.0}


@pytest.mark.parametrize(
    "error", [ValueError, ZeroDivisionError, FloatingPointError, RuntimeError, np.linalg.LinAlgError]
)
def test_a_fit_that_fails_ends_the_run_and_is_named(plan, error):
    model = type("Failing", (Failing,), {"error": error})
    with pytest.raises(FitError, match=rf"rbf-svm failed with {{'offset': 0.0}} .*{error.__name__}: that is"):
        evaluate(plan.bench(), told(plan, model), plan.splits[0])


def test_a_mistake_in_the_code_of_a_model_is_not_called_a_failed_fit(plan):
    model = type("Failing", (Failing,), {"error": TypeError})
    with pytest.raises(TypeError, match=r"that is why\."):
        evaluate(plan.bench(), told(plan, model), plan.splits[0])


class Ticking:
    """A clock that goes on by a second each time that it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        self.now += 1.0
        return self.now

    process_time = perf_counter


def test_times_are_of_all_that_was_done(plan, monkeypatch):
    """Two inner folds, three configurations, and the final fit; features are charged each time."""
    monkeypatch.setattr(evaluate_module, "time", Ticking())
    X = plan.data.X
    features = SimpleNamespace(make=lambda name, train, test, y: Made(X[train], X[test], 0.25))
    bench = dataclasses.replace(plan.bench(), features=features, metrics=("accuracy",))
    record = evaluate(bench, told(plan, Offset, -9.0, -8.0, -7.0), plan.splits[0])
    assert [one.seconds for one in record.tried] == [2 * (1 + 1)] * 3
    assert record.tune_seconds == 3 * 2 * (1 + 1)
    assert (record.fit_seconds, record.predict_seconds) == (1, 1)
    assert record.feature_seconds == (2 * 3 + 1) * 0.25


def test_a_learning_curve_leaves_out_what_is_too_small_to_learn_from(plan, monkeypatch):
    """Three components need four samples; a share that would lose a label is None."""
    few = {0.1: None, 0.2: 3, 0.3: 4, 0.5: 20}
    train = plan.splits[0].train
    monkeypatch.setattr(
        evaluate_module,
        "share_of",
        lambda data, rows, share, seed: (
            None if few[share] is None else rows[:: len(rows) // few[share]][: few[share]]
        ),
    )
    bench = dataclasses.replace(plan.bench(), curve=list(few), metrics=("accuracy",))
    entrant = told(plan, Offset, -9.0)
    record = evaluate(bench, entrant, plan.splits[0])
    assert [(point.share, point.num_train) for point in record.curve] == [(0.3, 4), (0.5, 20)]
    assert len(train) > 20
    assert evaluate(bench, dataclasses.replace(entrant, control="permutation"), plan.splits[0]).curve == []


def test_every_split_has_its_own_seed_and_a_control_that_of_its_model(plan):
    first = plan.splits[0]
    splits = [
        first,
        dataclasses.replace(first, fold=1),
        dataclasses.replace(first, repeat=1),
        dataclasses.replace(first, kind="holdout"),
    ]
    entrant, bench = told(plan, Offset, -9.0), dataclasses.replace(plan.bench(), metrics=("accuracy",))
    seeds = [evaluate(bench, entrant, split).seed for split in splits]
    assert len(set(seeds)) == 4
    control = dataclasses.replace(entrant, control="permutation", name="other")
    assert evaluate(bench, control, first).seed == seeds[0]
    assert evaluate(dataclasses.replace(bench, seed=2), entrant, first).seed not in seeds


@pytest.mark.parametrize(
    ("given", "classes", "expected"),
    [
        ({"decision_function": [0.5, -2.0]}, [0, 2], [[-0.5, -3.0, 0.5], [2.0, -3.0, -2.0]]),
        ({"predict_proba": [[0.4, 0.6]], "decision_function": [9.0]}, [1, 2], [[-0.6, 0.4, 0.6]]),
        ({"decision_function": [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]}, [0, 1, 2, 3], None),
        ({}, [0, 1], None),
    ],
    ids=["one number", "probabilities first", "one against one", "none"],
)
def test_a_label_that_was_not_met_is_the_least_likely(given, classes, expected):
    model = SimpleNamespace(classes_=classes)
    for name, values in given.items():
        setattr(model, name, lambda X, values=values: values)
    found = evaluate_module._label_scores(model, None, 4 if len(classes) == 4 else 3)
    if expected is None:
        assert found is None
    else:
        np.testing.assert_allclose(found, expected)
