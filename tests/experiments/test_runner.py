"""A run: repeatable, complete or absent, and silent about nothing."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import balanced_accuracy_score, f1_score
from small_experiment import small_spec

from qsetu.core.errors import OutputError
from qsetu.experiments import compute, read_result, run_experiment
from qsetu.experiments import run as run_module
from qsetu.experiments import runner as runner_module
from qsetu.experiments import write as write_module
from qsetu.experiments.elastic_net import BalancedElasticNet


def _numbers(result):
    """Everything that must repeat: all but times."""
    return [
        (model.name, fold.scores, fold.configuration, fold.tuning_score, fold.predicted, fold.seed)
        for model in result.models
        for fold in model.folds
    ]


def test_equal_seeds_give_equal_scores_and_others_do_not(cells, result):
    again = compute(small_spec(), cells, size="default", seed=1)
    assert _numbers(again) == _numbers(result)
    assert again.identity == result.identity
    svm = {"rbf-svm": small_spec().model_dump(mode="json")["models"]["rbf-svm"]}
    other = compute(small_spec(models=svm), cells, size="default", seed=2)
    assert [split.test for split in other.splits] != [split.test for split in result.splits]
    assert other.identity != result.identity


def test_a_model_does_not_change_the_numbers_of_another(cells, result):
    models = small_spec().model_dump(mode="json")["models"]
    alone = compute(
        small_spec(models={"random-forest": models["random-forest"]}), cells, size="default", seed=1
    )
    assert _numbers(alone) == [row for row in _numbers(result) if row[0] == "random-forest"]


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


def test_models_learn_something(result):
    """Three easy types: a pipeline that mixed up rows and labels would sit near 1/3."""
    for model in result.models:
        floor = 0.4 if model.name == "variational-classifier" else 0.7  # one epoch of training
        assert model.summary["balanced_accuracy"].mean > floor, model.name


@pytest.fixture
def on_small_data(cells, monkeypatch):
    monkeypatch.setattr(run_module, "load_dataset", lambda name: cells)
    models = small_spec().model_dump(mode="json")["models"]
    return small_spec(models={name: models[name] for name in ("fidelity-kernel-svm", "rbf-svm")})


def test_a_run_writes_a_complete_folder(tmp_path, on_small_data):
    run = run_experiment(on_small_data, quick=True, out=tmp_path / "out", seed=4, progress=False)
    assert run.folder == tmp_path / "out"
    assert sorted(path.name for path in run.folder.iterdir()) == ["figures", "report.html", "result.json"]
    stems = ("scores", "confusion-quantum", "confusion-classical")
    for stem in stems:
        assert (run.folder / "figures" / f"{stem}.png").read_bytes().startswith(b"\x89PNG")
        assert b"<svg" in (run.folder / "figures" / f"{stem}.svg").read_bytes()
    assert read_result(run.folder) == run.result
    assert run.result.seed == 4
    assert "--seed 4" in run.result.provenance.command
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_interrupted_run_leaves_nothing(tmp_path, on_small_data, monkeypatch):
    from sklearn.svm import SVC

    calls = []
    original = SVC.fit

    def fit(self, *args, **kwargs):
        calls.append(self)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return original(self, *args, **kwargs)

    monkeypatch.setattr(SVC, "fit", fit)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(on_small_data, quick=True, out=tmp_path / "out", progress=False)
    assert len(calls) == 4
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_while_writing_leaves_nothing(tmp_path, on_small_data, monkeypatch):
    def write(result, folder):
        (folder / "result.json").write_text("{")
        raise KeyboardInterrupt

    monkeypatch.setattr(write_module, "write_folder", write)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(on_small_data, quick=True, out=tmp_path / "out", progress=False)
    assert list(tmp_path.iterdir()) == []


def test_a_full_folder_is_refused_before_work(tmp_path, on_small_data, monkeypatch):
    (tmp_path / "notes.txt").write_text("mine")
    monkeypatch.setattr(runner_module, "compute", lambda *a, **k: pytest.fail("work was done first"))
    with pytest.raises(OutputError, match="not empty"):
        run_experiment(on_small_data, out=tmp_path, progress=False)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_the_record_says_nothing_about_paths_of_this_machine(tmp_path, on_small_data):
    run = run_experiment(on_small_data, quick=True, out=tmp_path / "out", progress=False)
    text = (run.folder / "result.json").read_text()
    assert str(tmp_path) not in text
    assert "site-packages" not in text
    record = json.loads(text)["provenance"]
    assert record["threads"]["pools"]
    assert record["environment"]["packages"]["scikit-learn"]


def test_warnings_are_counted_and_not_shown(cells, monkeypatch):
    models = small_spec().model_dump(mode="json")["models"]
    spec = small_spec(models={"elastic-net": {**models["elastic-net"], "settings": {"max_iter": 1}}})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = compute(spec, cells, size="quick", seed=1)
    (model,) = result.models
    kinds = {warning.category: warning.count for warning in model.warnings}
    assert kinds == {ConvergenceWarning.__name__: model.fits}


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
