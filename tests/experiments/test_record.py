"""result.json: a round trip loses nothing; what is not a result of this version is refused."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from qsetu.core.errors import DataError
from qsetu.experiments import read_result
from qsetu.experiments.record import Result, Summary, write_result


@pytest.fixture
def path(tmp_path, result):
    file = tmp_path / "result.json"
    write_result(result, file)
    return file


def test_round_trip(path, result):
    assert read_result(path) == result
    assert read_result(path.parent) == result  # the folder will do


def test_json_is_strict(path):
    def refuse(name):
        raise AssertionError(f"{name} in result.json")

    data = json.loads(path.read_text(), parse_constant=refuse)
    assert data["format"] == "qsetu.result"
    assert data["version"] == 1


def test_nan_cannot_get_in():
    with pytest.raises(ValidationError):
        Summary(mean=float("nan"), low=0, high=1, std=0)


@pytest.mark.parametrize("version", [0, 2, "1", None, True])
def test_unknown_version_is_refused(path, version):
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, "version": version}))
    with pytest.raises(DataError, match="has version"):
        read_result(path)


@pytest.mark.parametrize("text", ["[1]", "{}", '{"format": "other", "version": 1}'])
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


def test_identity_does_not_depend_on_wording(result):
    assert isinstance(result, Result)
    assert len(result.identity) == 64
