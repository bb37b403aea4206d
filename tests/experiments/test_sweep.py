"""Sweeps: results in order, and an error in one run loses no other."""

from __future__ import annotations

import pytest
from small_experiment import numbers, small_spec
from typer.testing import CliRunner

import qsetu.experiments
from qsetu.cli.main import app
from qsetu.core.errors import ArgumentError, OutputError
from qsetu.experiments import ClusterSpec, SweepRun, compute, read_result, run_sweep
from qsetu.experiments import data as data_module
from qsetu.experiments import write as write_module
from qsetu.experiments.record import write_result


@pytest.fixture
def spec(cells, monkeypatch):
    monkeypatch.setattr(data_module, "load_dataset", lambda name: cells)
    monkeypatch.setattr(
        write_module, "write_folder", lambda result, folder: write_result(result, folder / "result.json")
    )
    return small_spec(models=["rbf-svm"])


@pytest.mark.parametrize("cluster", [None, ClusterSpec(kind="local", tasks=1, poll_seconds=0.05)], ids=repr)
def test_results_come_in_order_and_errors_stay_apart(cells, spec, tmp_path, cluster):
    if cluster is not None:
        pytest.importorskip("submitit", reason="the extra hpc is not installed")
    runs = [
        SweepRun(spec, seed=4),
        SweepRun("no-such-experiment"),
        SweepRun(spec, overrides={"sizes.default.outer_folds": 99}),
        SweepRun(spec, seed=3, overrides=["sizes.default.outer_folds=3"]),
    ]
    done = run_sweep(runs, out=tmp_path / "all", progress=False, workers=1, cluster=cluster)
    assert [outcome.run is not None for outcome in done] == [True, False, False, True]
    assert [type(outcome.error) for outcome in done[1:3]] == [ArgumentError, ArgumentError]
    assert "no-such-experiment" in str(done[1].error)
    assert "outer_folds" in str(done[2].error)
    assert done[0].error is None
    names = sorted(path.name for path in (tmp_path / "all").iterdir())
    assert names == ["01-pbmc-cell-types", "04-pbmc-cell-types"]
    assert numbers(done[0].run.result) == numbers(compute(spec, cells, seed=4))
    assert [len(outcome.run.result.splits) for outcome in (done[0], done[3])] == [2, 3]
    assert read_result(done[3].run.folder) == done[3].run.result
    again = run_sweep(runs[:1], out=tmp_path / "again", progress=False, workers=1)
    assert again[0].run.result.provenance.computed == 0


def test_all_is_sent_before_anything_is_waited_for(spec, tmp_path, monkeypatch):
    from qsetu.experiments import cluster as cluster_module

    order = []

    def sent(plan, found, cluster, store):
        order.append(plan.seed)
        raise RuntimeError("stop here")

    monkeypatch.setattr(cluster_module, "send_missing", sent)
    done = run_sweep([SweepRun(spec, seed=s) for s in (5, 6)], out=tmp_path / "o", cluster="local")
    assert order == [5, 6]
    assert [str(outcome.error) for outcome in done] == ["stop here"] * 2


def test_bad_sweeps_are_refused(spec, tmp_path):
    with pytest.raises(ArgumentError, match="runs"):
        run_sweep([])
    with pytest.raises(ArgumentError, match="cluster"):
        run_sweep([SweepRun(spec)], out=tmp_path / "o", cluster="moon")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(OutputError):
        run_sweep([SweepRun(spec)], out=tmp_path / "full")


def test_the_command_line_hands_the_cluster_on(monkeypatch):
    given = {}

    def stop(name, **arguments):
        given.update(arguments)
        raise ArgumentError("name", "must stop here", name)

    monkeypatch.setattr(qsetu.experiments, "run_experiment", stop)
    CliRunner().invoke(app, ["run", "colon", "--slurm", "partition=small,time=15"])
    assert given["cluster"] == ClusterSpec(minutes=15, settings={"partition": "small"})
    CliRunner().invoke(app, ["run", "colon"])
    assert given["cluster"] is None
    assert (given["track"], given["register"]) == (False, None)
    CliRunner().invoke(app, ["run", "colon", "--track", "--register", "rbf-svm"])
    assert (given["track"], given["register"]) == (True, "rbf-svm")
    CliRunner().invoke(app, ["run", "colon", "--track-uri", "sqlite:///x.db"])
    assert given["track"] == "sqlite:///x.db"
