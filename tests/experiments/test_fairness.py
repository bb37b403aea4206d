"""What makes a score believable: nothing leaks, every model gets the same folds and budget."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from small_experiment import small_spec

from qsetu.core.errors import ArgumentError
from qsetu.experiments import MODELS, compute
from qsetu.experiments.data import prepare_data
from qsetu.experiments.evaluate import evaluate
from qsetu.experiments.features import Features
from qsetu.experiments.jobs import make_plan
from qsetu.experiments.splits import inner_splits, outer_splits
from qsetu.genomics import ExpressionDataset

CLASSIFIERS = [n for n, e in MODELS.items() if e.task == "classification" and e.takes == "numbers"]
REGRESSORS = [n for n, e in MODELS.items() if e.task == "regression" and e.takes == "numbers"]
CHEAP = {
    "variational-classifier": {"epochs": 1},
    "random-forest": {"trees": 10},
    "random-forest-regressor": {"trees": 10},
}


def _plan(cells, model, **changes):
    spec = small_spec(models={model: {"settings": CHEAP.get(model, {})}})
    return make_plan(spec.model_copy(update=changes), prepare_data(spec, cells), "default", 5)


def _poisoned(data, rows, seed=0):
    """Other values and labels at ``rows``."""
    rng = np.random.default_rng(seed)
    X, y = data.X.copy(), data.y.copy()
    X[rows] = rng.normal(1e6, 1e6, (len(rows), X.shape[1]))
    y[rows] = rng.permutation(y[rows])
    return dataclasses.replace(data, X=X, y=y)


@pytest.mark.parametrize("model", CLASSIFIERS)
def test_training_does_not_notice_a_poisoned_test_fold(cells, model):
    plan = _plan(cells, model)
    split, entrant = plan.splits[0], plan.entrants[0]
    half = split.test[::2]
    dirty_plan = dataclasses.replace(plan, data=_poisoned(plan.data, half))
    clean = evaluate(plan.bench(), entrant, split)
    dirty = evaluate(dirty_plan.bench(), entrant, split)
    assert clean.configuration == dirty.configuration
    assert [t.score for t in clean.tried] == [t.score for t in dirty.tried]
    # And the model itself: it answers the same about test samples that nobody touched.
    assert clean.predicted[1::2] == dirty.predicted[1::2]
    assert clean.scores != dirty.scores  # the poison was real


@pytest.mark.parametrize("model", REGRESSORS)
def test_regression_does_not_notice_a_poisoned_test_fold(model):
    data, plan = _regression(model)
    split, entrant = plan.splits[0], plan.entrants[0]
    y = data.y.copy()
    y[split.test] *= -1e3
    dirty_plan = dataclasses.replace(plan, data=dataclasses.replace(data, y=y))
    clean = evaluate(plan.bench(), entrant, split)
    dirty = evaluate(dirty_plan.bench(), entrant, split)
    assert [t.score for t in clean.tried] == [t.score for t in dirty.tried]
    assert clean.predicted == dirty.predicted
    assert clean.scores != dirty.scores
    assert np.ptp(clean.predicted) > 0


def _regression(model):
    """60 lines of 30 markers, a trait that follows three of them."""
    import pandas as pd

    from qsetu.experiments import ExperimentSpec
    from qsetu.genomics import GenotypeDataset

    rng = np.random.default_rng(1)
    dosages = rng.integers(0, 3, (60, 30)).astype(np.int8)
    trait = dosages[:, :3].sum(axis=1) + rng.normal(0, 0.3, 60)
    variants = pd.DataFrame(
        {"id": [f"m{i}" for i in range(30)], "chromosome": "1", "position": 0, "counted": "A", "other": "C"}
    )
    dataset = GenotypeDataset(
        sample_names=[f"line-{i}" for i in range(60)],
        dosages=dosages,
        variants=variants,
        traits=pd.DataFrame({"yield-1": trait}),
    )
    steps = [{"step": "genotype"}, {"step": "pca", "components": 3}, {"step": "standardize"}]
    size = {"outer_folds": 3, "inner_folds": 2, "configurations": 2, "preflight": False}
    spec = ExperimentSpec.model_validate(
        {
            "format": "qsetu.experiment",
            "version": 2,
            "name": "lines",
            "title": "lines",
            "question": "?",
            "task": "regression",
            "data": {"dataset": "wheat-cimmyt", "target": "yield-1"},
            "features": {"components": {"steps": steps}},
            "evaluation": {"metrics": ["pearson", "r2", "rmse"], "controls": []},
            "sizes": {"default": size},
            "models": {model: {"settings": CHEAP.get(model, {})}},
        }
    )
    data = prepare_data(spec, dataset)
    return data, make_plan(spec, data, "default", 3)


def test_inner_folds_do_not_notice_each_other(cells):
    """Poison what an inner fold holds out: features and scores of other folds stay."""
    plan = _plan(cells, "rbf-svm")
    split = plan.splits[0]
    folds = inner_splits(plan.data, split, 2, 5)
    fit, held = folds[0]
    y = plan.data.y
    clean = Features(plan.data, plan.spec.features).make("components", fit, held, y[fit])
    poisoned = _poisoned(plan.data, held)
    dirty = Features(poisoned, plan.spec.features).make("components", fit, held, y[fit])
    np.testing.assert_array_equal(clean.train, dirty.train)
    assert not np.array_equal(clean.test, dirty.test)


def test_features_are_fitted_on_training_samples_and_remembered_by_them(cells):
    plan = _plan(cells, "rbf-svm")
    features = Features(plan.data, plan.spec.features)
    split, y = plan.splits[0], plan.data.y
    made = features.make("components", split.train, split.test, y[split.train])
    again = features.make("components", split.train, split.test, y[split.train])
    assert again is made
    # The last step standardizes: on training samples exactly, on test samples not.
    np.testing.assert_allclose(made.train.mean(axis=0), 0, atol=1e-9)
    assert np.abs(made.test.mean(axis=0)).max() > 1e-3
    # Selection looks at labels: permuted labels are other features.
    other = features.make("components", split.train, split.test, y[split.train][::-1])
    assert other is not made
    raw = features.make("raw", split.train, split.test, y[split.train])
    np.testing.assert_array_equal(raw.test, plan.data.X[split.test])


def test_every_model_gets_the_same_folds_inside_and_outside(cells, monkeypatch):
    seen: dict[str, list] = {}
    original = Features.make

    def watch(self, name, train, test, y):
        seen.setdefault(current[0], []).append((train.tolist(), test.tolist()))
        return original(self, name, train, test, y)

    monkeypatch.setattr(Features, "make", watch)
    spec = small_spec(models=["fidelity-kernel-svm", "elastic-net", "rbf-svm"])
    plan = make_plan(spec, prepare_data(spec, cells), "default", 3)
    current = [""]
    bench = plan.bench()
    for split in plan.splits:
        for entrant in plan.entrants:
            current[0] = entrant.name
            evaluate(bench, entrant, split)
    assert len(seen) == 3
    first, *others = seen.values()
    assert all(other == first for other in others)
    # Two outer folds, each: two inner folds by two configurations, and the final fit.
    assert len(first) == 2 * (2 * 2 + 1)
    for train, test in first:
        assert not set(train) & set(test)


def test_splits_cover_every_cell_once_a_repeat_and_keep_classes_even(cells, spec):
    data = prepare_data(spec, cells)
    plan = spec.sizes["quick"].model_copy(update={"repeats": 2})
    splits = outer_splits(data, spec.split, plan, 9)
    assert len(splits) == 4
    for repeat in range(2):
        tests = [split.test for split in splits if split.repeat == repeat]
        assert sorted(np.concatenate(tests).tolist()) == list(range(len(cells)))
    for split in splits:
        assert not set(split.train) & set(split.test)
        assert np.unique(cells.labels[split.test], return_counts=True)[1].tolist() == [15, 15, 15]
    assert splits[0].test.tolist() != splits[2].test.tolist()


def test_repeats_do_not_depend_on_how_many_there_are(cells, spec):
    data = prepare_data(spec, cells)
    one = outer_splits(data, spec.split, spec.sizes["quick"], 9)
    two = outer_splits(data, spec.split, spec.sizes["quick"].model_copy(update={"repeats": 2}), 9)
    assert [split.test.tolist() for split in one] == [split.test.tolist() for split in two[:2]]


def test_budget_is_equal_and_counted(controlled):
    assert {model.configurations for model in controlled.models} == {2}
    for model in controlled.models:
        curve = 0 if model.control else 1
        assert model.fits == 2 * (2 * 2 + 1 + curve), model.name
        assert all(len(fold.tried) == 2 for fold in model.folds)


@pytest.mark.parametrize(("key", "value"), [("outer_folds", 31), ("inner_folds", 16)])
def test_folds_that_a_rare_label_cannot_fill_are_refused(cells, spec, key, value):
    plan = spec.sizes["quick"].model_copy(update={key: value})
    with pytest.raises(ArgumentError, match=f"'{key}' must be at most"):
        outer_splits(prepare_data(spec, cells), spec.split, plan, 1)


def _copies(groups: bool) -> ExpressionDataset:
    """Pure noise, every sample four times, labels drawn by sample: nothing can be learned."""
    rng = np.random.default_rng(3)
    values = np.repeat(rng.normal(size=(40, 6)), 4, axis=0)
    labels = np.repeat(np.tile(["a", "b"], 20), 4)
    values += 0 if groups else rng.normal(0, 1e-9, values.shape)  # copies that no hash finds
    return ExpressionDataset(
        sample_names=[f"s{i}" for i in range(160)],
        values=values,
        gene_names=[f"g{i}" for i in range(6)],
        labels=labels,
    )


@pytest.mark.parametrize("grouped", [True, False])
def test_copies_across_folds_bring_no_profit_where_they_are_found(grouped):
    spec = small_spec(
        models={"nearest-neighbors": {"configurations": [{"neighbors": 1}, {"neighbors": 2}]}},
        features={"components": {"steps": [{"step": "standardize"}]}},
    )
    result = compute(spec, _copies(grouped), seed=1)
    score = result.models[0].summary["balanced_accuracy"].mean
    # The second case shows that the first is no accident: copies that go unnoticed give the answer away.
    # With two folds, one sample in eight has all its copies in its own.
    assert (score < 0.65) if grouped else (score > 0.85)
    assert result.dataset.num_groups == (40 if grouped else 160)


def test_permuted_labels_score_as_guessing_does_and_change_nothing_else(controlled):
    for name in ("fidelity-kernel-svm", "variational-classifier"):
        control = controlled.control(name, "permutation")
        assert control.summary["balanced_accuracy"].mean < 0.6
        assert control.configurations == controlled.model(name).configurations
        tried = [[t.configuration for t in fold.tried] for fold in control.folds]
        assert tried == [[t.configuration for t in fold.tried] for fold in controlled.model(name).folds]
    # True labels are learned by the same pipeline.
    assert controlled.model("fidelity-kernel-svm").summary["balanced_accuracy"].mean > 0.7


def test_controls_stand_beside_every_quantum_model_and_the_rbf_once(controlled):
    names = [model.name for model in controlled.models]
    assert names == [
        "fidelity-kernel-svm",
        "fidelity-kernel-svm+deentangled",
        "fidelity-kernel-svm+permutation",
        "components+rbf",
        "variational-classifier",
        "variational-classifier+deentangled",
        "variational-classifier+permutation",
        "elastic-net",
    ]
    assert [m.name for m in controlled.contenders()] == [
        "fidelity-kernel-svm",
        "components+rbf",
        "variational-classifier",
        "elastic-net",
    ]


def test_an_rbf_kernel_of_the_file_is_not_run_twice(cells):
    spec = small_spec(models=["projected-kernel-svm", "rbf-svm"], controls=["rbf"])
    plan = make_plan(spec, prepare_data(spec, cells), "default", 1)
    assert [entrant.name for entrant in plan.entrants] == ["projected-kernel-svm", "rbf-svm"]


def test_the_twin_has_no_entangling_gate(cells):
    from qsetu.experiments.models import Build

    spec = small_spec(models=["fidelity-kernel-svm", "variational-classifier"], controls=["deentangled"])
    plan = make_plan(spec, prepare_data(spec, cells), "default", 1)
    for entrant in plan.entrants:
        for choice in entrant.configurations:
            built = entrant.build(choice, Build(0, "reference", 3))
            encoder = getattr(built, "kernel", built).feature_map
            circuits = [encoder.circuit]
            if not hasattr(built, "kernel"):
                circuits = [built.preflight_circuit(3)[0]]
            wide = sum(len(op.qubits) + len(op.controls) > 1 for c in circuits for op in c.operations)
            assert (wide == 0) == (entrant.control == "deentangled"), entrant.name
