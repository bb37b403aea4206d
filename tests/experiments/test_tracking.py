"""Tracking: what MLflow holds is what the result says, once, and nothing leaves the machine."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest
from small_experiment import small_spec

from qsetu.core.errors import ArgumentError, DataError, OutputError
from qsetu.experiments import ExperimentSpec, compute, track_result
from qsetu.experiments.data import prepare_data
from qsetu.experiments.diagnose import most_chosen
from qsetu.experiments.final import fit_final
from qsetu.experiments.jobs import make_plan
from qsetu.experiments.record import Result, write_result
from qsetu.experiments.store import Mismatch

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
REASON = "the extra track is not installed: pip install 'qsetu[track]'"


@pytest.fixture(scope="module")
def small(cells) -> Result:
    spec = small_spec(models=["fidelity-kernel-svm", "elastic-net"], controls=["permutation"])
    return compute(spec, cells, seed=1, command="qsetu run pbmc-cell-types")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """An empty database, copied for every test: making its tables takes seconds."""
    pytest.importorskip("mlflow", reason=REASON)
    pytest.importorskip("alembic", reason=REASON)
    from mlflow.tracking import MlflowClient

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def folder(small, tmp_path, template):
    (tmp_path / "mlflow.db").write_bytes(template.read_bytes())
    folder = tmp_path / "run"
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "a.svg").write_text("<svg/>")
    (folder / "report.html").write_text("<html></html>")
    (folder / "private.txt").write_text("not ours")
    write_result(small, folder / "result.json")
    return folder


def client_of(folder):
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{folder.parent / 'mlflow.db'}"
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def runs_of(client, kind):
    (experiment,) = [one for one in client.search_experiments() if one.name == "pbmc-cell-types"]
    return client.search_runs([experiment.experiment_id], f"tags.`qsetu.kind` = '{kind}'")


def test_a_result_becomes_a_run_with_its_models_nested(small, folder):
    run = track_result(small, folder)
    client = client_of(folder)
    found = client.get_run(run)
    assert found.info.status == "FINISHED"
    tags = found.data.tags
    assert tags["qsetu.identity"] == small.identity
    assert tags["qsetu.dataset_sha256"] == small.dataset.content_sha256
    assert tags["qsetu.code"] == small.provenance.code
    assert tags["qsetu.git_commit"].startswith(small.provenance.git_commit or "unknown")
    assert tags["qsetu.command"] == "qsetu run pbmc-cell-types"
    assert found.data.params["outer_folds"] == "2"
    assert found.data.params["seed"] == "1"
    assert found.data.metrics["seconds"] == small.provenance.seconds
    assert "energy_joules" in found.data.metrics or small.provenance.energy_joules is None
    assert sorted(file.path for file in client.list_artifacts(run)) == [
        "figures",
        "report.html",
        "result.json",
    ]
    assert [file.path for file in client.list_artifacts(run, "figures")] == ["figures/a.svg"]
    children = {one.data.tags["qsetu.model"]: one for one in runs_of(client, "model")}
    assert set(children) == {model.name for model in small.models}
    for model in small.models:
        child = children[model.name]
        assert child.data.tags["mlflow.parentRunId"] == run
        for score, summary in model.summary.items():
            for part in ("mean", "low", "high", "std"):
                assert child.data.metrics[f"{score}.{part}"] == getattr(summary, part)
            series = client.get_metric_history(child.info.run_id, f"{score}.fold")
            assert [(point.step, point.value) for point in sorted(series, key=lambda one: one.step)] == [
                (step, fold.scores[score]) for step, fold in enumerate(model.folds)
            ]
        assert child.data.metrics["seconds"] == pytest.approx(model.seconds)
        chosen = {key: str(value) for key, value in most_chosen(model.folds).items()}
        assert {key: child.data.params[f"chosen.{key}"] for key in chosen} == chosen
        assert {f"settings.{key}" for key in model.settings} <= set(child.data.params)


def test_tracking_twice_makes_one_run(small, folder):
    first = track_result(small, folder)
    assert track_result(small, folder) == first
    client = client_of(folder)
    assert len(runs_of(client, "result")) == 1
    assert len(runs_of(client, "model")) == len(small.models)
    known = small.provenance.model_copy(update={"started": "2026-01-01T00:00:00+00:00"})
    assert track_result(small.model_copy(update={"provenance": known}), folder) != first
    assert len(runs_of(client, "result")) == 2


def test_what_was_cut_off_is_tracked_again(small, folder, monkeypatch):
    from mlflow.tracking import MlflowClient

    with monkeypatch.context() as patched:

        def full(*arguments):
            raise OSError("disk full")

        patched.setattr(MlflowClient, "log_artifact", full)
        with pytest.raises(OutputError, match=r"disk full.*folder is whole"):
            track_result(small, folder)
    run = track_result(small, folder)
    client = client_of(folder)
    assert [one.info.run_id for one in runs_of(client, "result")] == [run]
    assert client.get_run(run).info.status == "FINISHED"
    assert "report.html" in {file.path for file in client.list_artifacts(run)}
    assert len(runs_of(client, "model")) == len(small.models)


def test_nothing_is_written_elsewhere(small, folder, monkeypatch, tmp_path):
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY")
    before = {path.name for path in folder.iterdir()}
    track_result(small, folder)
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert not list((tmp_path / "cwd").iterdir())
    assert {path.name for path in folder.iterdir()} == before
    names = {path.name for path in folder.parent.iterdir()}
    assert names == {"cwd", "mlflow.db", "mlflow-artifacts", "run"}


def test_a_registered_model_loads_and_predicts(cells, small, folder):
    import mlflow.pyfunc
    import mlflow.sklearn

    run = track_result(small, folder, register="elastic-net", dataset=cells)
    track_result(small, folder, register="elastic-net", dataset=cells)
    client = client_of(folder)
    (version,) = client.search_model_versions("name = 'pbmc-cell-types-elastic-net'")
    assert version.tags["qsetu.identity"] == small.identity
    assert client.get_run(version.run_id).data.tags["mlflow.parentRunId"] == run
    model = mlflow.sklearn.load_model(version.source)
    plan = make_plan(
        ExperimentSpec.model_validate(small.spec), prepare_data(small_spec(), cells), "default", 1
    )
    entrant = next(one for one in plan.entrants if one.name == "elastic-net")
    expected = fit_final(plan, entrant, small.model("elastic-net")).predict(plan.data.X)
    assert model.predict(plan.data.X).tolist() == expected.tolist()
    true = np.array(plan.data.labels)[plan.data.y]
    assert (expected == true).mean() > 0.7  # a third by chance
    assert mlflow.pyfunc.load_model(version.source).predict(plan.data.X).tolist() == expected.tolist()


def test_a_final_model_is_what_anybody_would_fit(cells, small):
    """The slow way: scikit-learn's own pipeline with the chosen configuration."""
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from qsetu.experiments.baselines.rbf import ScaledRBFSVC
    from qsetu.experiments.selecting import AtMostKBest

    spec = small_spec(models=["rbf-svm"])
    result = compute(spec, cells, seed=1)
    plan = make_plan(spec, prepare_data(spec, cells), "default", 1)
    chosen = most_chosen(result.models[0].folds)
    pipeline = make_pipeline(
        AtMostKBest(20), StandardScaler(), PCA(3, svd_solver="full"), StandardScaler(), ScaledRBFSVC(**chosen)
    ).fit(plan.data.X, plan.data.y)
    expected = np.array(plan.data.labels)[pipeline.predict(plan.data.X)]
    found = fit_final(plan, plan.entrants[0], result.models[0])
    assert found.predict(plan.data.X).tolist() == expected.tolist()
    assert len(set(expected)) == 3


def test_targets_are_predicted_in_their_own_units():
    from types import SimpleNamespace

    from sklearn.linear_model import Ridge

    random = np.random.default_rng(0)
    X = random.normal(size=(30, 3))
    y = 50.0 + 7.0 * X[:, 0] + random.normal(size=30)
    plan = SimpleNamespace(
        data=SimpleNamespace(task="regression", X=X, y=y, context=SimpleNamespace(alphabet="", ploidy=2)),
        spec=SimpleNamespace(engine="auto"),
        seed=0,
    )
    entrant = SimpleNamespace(
        name="ridge",
        control=None,
        steps=(),
        entry=SimpleNamespace(name="ridge"),
        build=lambda configuration, build: Ridge(fit_intercept=False, **configuration),
    )
    folds = [SimpleNamespace(configuration={"alpha": alpha}) for alpha in (1.0, 9.0, 9.0)]
    found = fit_final(plan, entrant, SimpleNamespace(folds=folds, holdout=None)).predict(X)
    weights = np.linalg.solve(X.T @ X + 9.0 * np.eye(3), X.T @ ((y - y.mean()) / y.std()))
    np.testing.assert_allclose(found, X @ weights * y.std() + y.mean(), rtol=1e-10)


def test_a_run_tracks_itself(cells, tmp_path, template, monkeypatch):
    from qsetu.experiments import data as data_module
    from qsetu.experiments import run_experiment
    from qsetu.experiments import write as write_module

    monkeypatch.setattr(data_module, "load_dataset", lambda name: cells)
    monkeypatch.setattr(
        write_module, "write_folder", lambda result, folder: write_result(result, folder / "result.json")
    )
    (tmp_path / "mlflow.db").write_bytes(template.read_bytes())
    spec = small_spec(models=["elastic-net"])
    run = run_experiment(
        spec, out=tmp_path / "out", progress=False, workers=1, track=True, register="elastic-net"
    )
    client = client_of(run.folder)
    (found,) = runs_of(client, "result")
    assert found.data.tags["qsetu.identity"] == run.result.identity
    assert len(client.search_model_versions("name = 'pbmc-cell-types-elastic-net'")) == 1
    other = tmp_path / "other.db"
    other.write_bytes(template.read_bytes())
    run_experiment(
        spec,
        out=tmp_path / "two",
        progress=False,
        workers=1,
        track=f"sqlite:///{other}",
        store=tmp_path / "out.s",
    )
    assert len(runs_of(client, "result")) == 1
    with pytest.raises(ArgumentError, match="register"):
        run_experiment(spec, out=tmp_path / "three", register="elastic-net")


def test_other_data_are_not_registered_under_this_result(cells, small, folder):
    with pytest.raises(Mismatch, match="would not be that of the result"):
        track_result(small, folder, register="elastic-net", dataset=cells.take(np.arange(80)))
    other = small.model_copy(update={"identity": "0" * 64})
    with pytest.raises(Mismatch, match="identity"):
        track_result(other, folder, register="elastic-net", dataset=cells)


def test_bad_arguments_are_refused(cells, small, folder):
    with pytest.raises(ArgumentError, match=r"register.*fidelity-kernel-svm.*elastic-net"):
        track_result(small, folder, register="nothing")
    with pytest.raises(ArgumentError, match="predicts"):
        name = "fidelity-kernel-svm+permutation"
        track_result(small, folder, register=name, dataset=cells)
    with pytest.raises(OutputError, match="Tracking at 'nonsense://x' failed"):
        track_result(small, folder, "nonsense://x")
    with pytest.raises(OutputError) as caught:
        track_result(small, folder, "nonsense://me:secret@x/y")
    assert "***@x/y" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_missing_extra_is_named(small, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(DataError, match=r"qsetu\[track\]"):
        track_result(small, tmp_path)
