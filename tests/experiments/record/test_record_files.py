"""result.json: a round trip loses nothing; what is not a result of this version is refused."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError
from report_samples import made_result, with_analysis

from qsetu.core.errors import DataError
from qsetu.experiments import read_result
from qsetu.experiments.record import Summary, write_result

RESULTS = {
    "classification": with_analysis(made_result(holdout=True, curve=(0.5,))),
    "regression": made_result("regression", repeats=2),
    "network": made_result("network"),
}


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "result.json"
    write_result(RESULTS["classification"], file)
    return file


@pytest.mark.parametrize("task", sorted(RESULTS))
def test_round_trip(tmp_path, task):
    write_result(RESULTS[task], tmp_path / "result.json")
    assert read_result(tmp_path / "result.json") == RESULTS[task]
    assert read_result(tmp_path) == RESULTS[task]  # the folder will do


def test_json_is_strict(path):
    def refuse(name):
        raise AssertionError(f"{name} in result.json")

    data = json.loads(path.read_text(), parse_constant=refuse)
    assert data["format"] == "qsetu.result"
    assert data["version"] == 2


def test_nan_cannot_get_in():
    with pytest.raises(ValidationError):
        Summary(mean=float("nan"), low=0, high=1, std=0)


@pytest.mark.parametrize("version", [0, 1, 3, "2", None, True])
def test_unknown_version_is_refused(path, version):
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, "version": version}))
    with pytest.raises(DataError, match="has version"):
        read_result(path)


@pytest.mark.parametrize("text", ["[1]", "{}", '{"format": "other", "version": 2}'])
def test_another_format_is_refused(path, text):
    path.write_text(text)
    with pytest.raises(DataError, match="is not a result of qsetu"):
        read_result(path)


def test_damage_is_named(path):
    data = json.loads(path.read_text())
    del data["models"][1]["folds"][0]["scores"]
    path.write_text(json.dumps(data))
    with pytest.raises(DataError, match=r"models\.1\.folds\.0\.scores"):
        read_result(path)


def test_unknown_keys_are_refused(path):
    data = json.loads(path.read_text())
    data["dataset"]["more"] = 1
    path.write_text(json.dumps(data))
    with pytest.raises(DataError, match=r"dataset\.more"):
        read_result(path)


def test_cut_and_missing_files_are_refused(path):
    path.write_text(path.read_text()[:-100])
    with pytest.raises(DataError, match="not valid JSON"):
        read_result(path)
    path.write_text('{"format": NaN}')
    with pytest.raises(DataError, match="NaN is not allowed"):
        read_result(path)
    path.unlink()
    with pytest.raises(DataError, match="cannot be read"):
        read_result(path)


def test_best_goes_by_the_first_metric_whichever_way_it_runs():
    result = made_result("regression", metrics=("rmse", "r2"))
    means = {model.name: model.summary["rmse"].mean for model in result.models if model.family == "classical"}
    assert result.best("classical").name == min(means, key=means.get)
    result = made_result("regression", metrics=("r2", "rmse"))
    means = {model.name: model.summary["r2"].mean for model in result.models if model.family == "classical"}
    assert result.best("classical").name == max(means, key=means.get)


def test_a_control_is_no_contender_but_for_the_rbf_kernel():
    result = RESULTS["classification"]
    assert [model.control for model in result.contenders()] == [None, "rbf", None]
    assert result.control("fidelity-kernel-svm", "permutation").name == "fidelity-kernel-svm+permutation"
    assert result.control("elastic-net", "permutation") is None
    with pytest.raises(KeyError):
        result.model("nobody")
