"""A run: repeatable, complete or absent, and silent about nothing."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import balanced_accuracy_score, f1_score
from small_experiment import numbers, small_spec

from qsetu.core.errors import ArgumentError, OutputError
from qsetu.experiments import compute, read_result, run_experiment
from qsetu.experiments import runner as runner_module
from qsetu.experiments import write as write_module
from qsetu.experiments.elastic_net import BalancedElasticNet
from qsetu.experiments.evaluate import FitError


def test_equal_seeds_give_equal_scores_and_others_do_not(cells, result):
    again = compute(small_spec(), cells, seed=1)
    assert numbers(again) == numbers(result)
    assert again.identity == result.identity
    other = compute(small_spec(models=["rbf-svm"]), cells, seed=2)
    assert [split.test for split in other.splits] != [split.test for split in result.splits]
    assert other.identity != result.identity


def test_a_model_does_not_change_the_numbers_of_another(cells, result):
    alone = compute(small_spec(models=["random-forest"]), cells, seed=1)
    assert numbers(alone) == [row for row in numbers(result) if row[0] == "random-forest"]


def test_workers_give_the_numbers_of_one_process(cells, controlled):
    from qsetu.experiments import ExperimentSpec

    again = compute(ExperimentSpec.model_validate(controlled.spec), cells, seed=1, workers=2)
    assert numbers(again) == numbers(controlled)
    assert again.identity == controlled.identity
    assert again.provenance.workers == 2


def test_scores_are_those_of_the_predictions(result):
    true = np.array(result.dataset.true)
    for model in result.models:
        confusion = np.zeros((3, 3), dtype=int)
        for fold, split in zip(model.folds, result.splits, strict=True):
            truth, predicted = true[split.test], np.array(fold.predicted)
            assert fold.scores["accuracy"] == pytest.approx((truth == predicted).mean())
            expected = balanced_accuracy_score(truth, predicted)
            assert fold.scores["balanced_accuracy"] == pytest.approx(expected)
            assert fold.scores["macro_f1"] == pytest.approx(f1_score(truth, predicted, average="macro"))
            np.add.at(confusion, (truth, predicted), 1)
        assert model.confusion == confusion.tolist()
        for metric, summary in model.summary.items():
            scores = [fold.scores[metric] for fold in model.folds]
            assert summary.mean == pytest.approx(np.mean(scores))
            assert summary.low <= summary.mean <= summary.high


def test_the_chosen_configuration_is_the_best_tried(result):
    for model in result.models:
        for fold in model.folds:
            scores = [tried.score for tried in fold.tried]
            assert fold.tuning_score == max(scores)
            assert fold.configuration == fold.tried[scores.index(max(scores))].configuration


def test_tuning_and_scores_are_those_of_scikit_learns_grid_search(cells, result):
    """The slow way: one pipeline in a GridSearchCV, as anybody would write it."""
    from sklearn.decomposition import PCA
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    from qsetu.experiments.baselines.rbf import ScaledRBFSVC
    from qsetu.experiments.data import prepare_data
    from qsetu.experiments.jobs import make_plan
    from qsetu.experiments.selecting import AtMostKBest
    from qsetu.experiments.splits import inner_splits

    spec = small_spec()
    plan = make_plan(spec, prepare_data(spec, cells), "default", 1)
    record = result.model("rbf-svm")
    for split, fold in zip(plan.splits, record.folds, strict=True):
        places = {row: place for place, row in enumerate(split.train.tolist())}
        cv = [
            ([places[row] for row in train.tolist()], [places[row] for row in test.tolist()])
            for train, test in inner_splits(plan.data, split, 2, 1)
        ]
        steps = [
            ("select", AtMostKBest(20)),
            ("scale", StandardScaler()),
            ("pca", PCA(3, svd_solver="full")),
            ("rescale", StandardScaler()),
            ("model", ScaledRBFSVC()),
        ]
        grid = [
            {f"model__{name}": [value] for name, value in tried.configuration.items()} for tried in fold.tried
        ]
        search = GridSearchCV(Pipeline(steps), grid, scoring="balanced_accuracy", cv=cv)
        search.fit(plan.data.X[split.train], plan.data.y[split.train])
        np.testing.assert_allclose(
            [tried.score for tried in fold.tried], search.cv_results_["mean_test_score"], rtol=1e-12
        )
        assert fold.predicted == search.predict(plan.data.X[split.test]).tolist()


def test_models_learn_something(result):
    """Three easy types: a pipeline that mixed up rows and labels would sit near 1/3."""
    for model in result.models:
        floor = 0.4 if model.name == "variational-classifier" else 0.7  # one epoch of training
        assert model.summary["balanced_accuracy"].mean > floor, model.name


def test_a_learning_curve_learns_from_fewer_samples(controlled):
    for model in controlled.models:
        for split, fold in zip(controlled.splits, model.folds, strict=True):
            if model.control:
                assert fold.curve == []
                continue
            (point,) = fold.curve
            assert point.share == 0.5
            assert abs(point.num_train - split.num_train / 2) <= 3
            assert set(point.scores) == set(fold.scores)


def test_a_preflight_stands_beside_every_quantum_model(controlled):
    assert [one.model for one in controlled.diagnoses] == ["fidelity-kernel-svm", "variational-classifier"]
    kernel, circuit = controlled.diagnoses
    assert kernel.num_qubits == 3
    assert kernel.spectrum == sorted(kernel.spectrum, reverse=True)
    assert 0.9 < sum(kernel.spectrum) <= 1.0001
    assert {line.name for line in kernel.verdicts} >= {"concentration", "target alignment", "RBF-likeness"}
    assert circuit.spectrum == []
    assert [line.name for line in circuit.verdicts] == ["gradient variance"]


@pytest.fixture
def on_small_data(cells, monkeypatch):
    from qsetu.experiments import data as data_module

    monkeypatch.setattr(data_module, "load_dataset", lambda name: cells)
    return small_spec(models=["fidelity-kernel-svm", "rbf-svm"])


def test_a_run_writes_a_complete_folder(tmp_path, on_small_data):
    run = run_experiment(on_small_data, quick=True, out=tmp_path / "out", seed=4, progress=False)
    assert run.folder == tmp_path / "out"
    names = {path.name for path in run.folder.iterdir()}
    assert {"figures", "report.html", "result.json"} <= names
    assert read_result(run.folder) == run.result
    assert run.result.seed == 4
    assert "--quick" in run.result.provenance.command and "--seed 4" in run.result.provenance.command
    assert sorted(path.name for path in tmp_path.iterdir()) == [".store", "out"]


def test_the_command_of_the_record_repeats_the_run(tmp_path, on_small_data, monkeypatch):
    run = run_experiment(
        on_small_data,
        size="default",
        overrides={"evaluation.metrics": ["accuracy"], "sizes.default.repeats": 2},
        out=tmp_path / "out",
        progress=False,
    )
    told = run.result.provenance.command
    assert told == (
        "qsetu run pbmc-cell-types --set 'evaluation.metrics=[\"accuracy\"]' --set sizes.default.repeats=2"
    )
    assert len(run.result.splits) == 4
    assert list(run.result.models[0].summary) == ["accuracy"]


def test_an_interrupted_run_leaves_no_result_and_keeps_what_was_finished(
    tmp_path, on_small_data, monkeypatch
):
    from sklearn.svm import SVC

    whole = run_experiment(on_small_data, quick=True, out=tmp_path / "whole" / "out", progress=False)
    calls = []
    original = SVC.fit

    def fit(self, *args, **kwargs):
        calls.append(self)
        if len(calls) == 14:
            raise KeyboardInterrupt
        return original(self, *args, **kwargs)

    monkeypatch.setattr(SVC, "fit", fit)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(on_small_data, quick=True, out=tmp_path / "out", progress=False)
    assert len(calls) == 14
    assert [path.name for path in tmp_path.iterdir() if path.name != "whole"] == [".store"]
    monkeypatch.setattr(SVC, "fit", original)
    again = run_experiment(on_small_data, quick=True, out=tmp_path / "out", progress=False)
    assert again.result.provenance.reused == 2  # of four fits of models; the third was in hand
    assert numbers(again.result) == numbers(whole.result)


def test_an_interruption_while_writing_leaves_no_result(tmp_path, on_small_data, monkeypatch):
    def write(result, folder):
        (folder / "result.json").write_text("{")
        raise KeyboardInterrupt

    monkeypatch.setattr(write_module, "write_folder", write)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(on_small_data, quick=True, out=tmp_path / "out", progress=False)
    assert [path.name for path in tmp_path.iterdir()] == [".store"]


def test_a_full_folder_is_refused_before_work(tmp_path, on_small_data, monkeypatch):
    (tmp_path / "notes.txt").write_text("mine")
    monkeypatch.setattr(runner_module, "compute", lambda *a, **k: pytest.fail("work was done first"))
    with pytest.raises(OutputError, match="not empty"):
        run_experiment(on_small_data, out=tmp_path, progress=False)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    with pytest.raises(ArgumentError, match="'size' must be one of"):
        run_experiment(on_small_data, size="qick", out=tmp_path / "new", progress=False)


def test_the_record_says_nothing_about_paths_of_this_machine(tmp_path, on_small_data):
    run = run_experiment(on_small_data, quick=True, out=tmp_path / "out", progress=False)
    text = (run.folder / "result.json").read_text()
    assert str(tmp_path) not in text
    assert "site-packages" not in text
    record = json.loads(text)["provenance"]
    assert record["threads"]["pools"]
    assert {pool["num_threads"] for pool in record["threads"]["pools"]} == {"1"}
    (machine,) = record["environments"]
    assert machine["packages"]["scikit-learn"]
    assert record["cpu_seconds"] > 0
    assert (record["energy_joules"] is None) == record["energy_note"].startswith("not measured")


def test_warnings_are_counted_and_not_shown(cells):
    models = {"elastic-net": {"settings": {"max_iter": 1}}}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = compute(small_spec(models=models), cells, size="quick", seed=1)
    (model,) = result.models
    kinds = {warning.category: warning.count for warning in model.warnings}
    assert kinds == {ConvergenceWarning.__name__: model.fits}


def test_a_configuration_that_cannot_be_fitted_is_named(cells, monkeypatch):
    from sklearn.svm import SVC

    def fit(self, *args, **kwargs):
        raise ValueError("no such thing")

    monkeypatch.setattr(SVC, "fit", fit)
    with pytest.raises(
        FitError, match=r"rbf-svm failed with \{'C': .* on \d+ training samples: .*no such thing"
    ):
        compute(small_spec(models=["rbf-svm"]), cells, seed=1)


def test_elastic_net_converges_to_what_the_same_solver_finds_slowly():
    """The rescaled problem is the same problem: compare with the plain one where that converges."""
    from sklearn.datasets import make_classification
    from sklearn.linear_model import LogisticRegression

    X, y = make_classification(200, 4, n_redundant=0, weights=[0.8], random_state=0)
    ours = BalancedElasticNet(0.1, l1_ratio=0.5, random_state=0).fit(X, y)
    # Penalty and mixture as every supported scikit-learn spells them; newer ones warn about the first.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        plain = LogisticRegression(
            C=0.1,
            solver="saga",
            penalty="elasticnet",
            l1_ratio=0.5,
            class_weight="balanced",
            max_iter=20_000,
            tol=1e-7,
            random_state=0,
        ).fit(X, y)
    np.testing.assert_allclose(ours.model_.coef_, plain.coef_, atol=2e-3)
    np.testing.assert_array_equal(ours.predict(X), plain.predict(X))
