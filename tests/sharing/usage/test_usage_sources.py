"""Entries from records of experiments and jobs of quantum machines, and what is taken if nothing is said."""

from __future__ import annotations

import getpass
from pathlib import Path
from types import SimpleNamespace

import pytest

from qsetu.core.errors import ArgumentError, DataError
from qsetu.sharing.usage import (
    default_ledger,
    default_project,
    default_user,
    usage_of_iqm,
    usage_of_result,
)

TIMES = {"started": "2026-01-31T10:00:00+00:00", "finished": "2026-01-31T10:01:00+00:00"}


def result(**changes):
    known = {"cpu_seconds": 55.5, "gpu_seconds": 2.0, "reused": 0, "computed": 20, **TIMES, **changes}
    return SimpleNamespace(identity="ab" * 32, experiment="made-up", provenance=SimpleNamespace(**known))


def test_a_result_is_counted_by_its_record():
    one = usage_of_result(result(), "heart", "ada")
    assert (one.project, one.user, one.what, one.cpu_seconds, one.gpu_seconds) == (
        "heart",
        "ada",
        "made-up",
        55.5,
        2.0,
    )
    assert one.identity == f"result:{'ab' * 32}:{TIMES['started']}"
    assert (one.started, one.note, one.outcome) == (TIMES["started"], "", "finished")
    assert usage_of_result(result(started="2026-01-31T09:00Z"), "heart", "ada").identity != one.identity


def test_folds_that_were_found_are_told():
    some = usage_of_result(result(reused=5, computed=15), "heart", "ada")
    assert some.cpu_seconds == 55.5
    assert some.note == "5 of 20 folds were found in the store, and are counted again"
    everything = usage_of_result(result(reused=20, computed=0), "heart", "ada")
    assert (everything.cpu_seconds, everything.gpu_seconds) == (0.0, 0.0)
    assert everything.note.endswith("nothing was computed")


def test_records_that_cannot_be_are_refused():
    for change in ({"cpu_seconds": -1.0}, {"started": "soon"}, {"finished": "2026-01-01T00:00Z"}):
        with pytest.raises(DataError, match="Result 'abababababab' cannot be counted"):
            usage_of_result(result(**change), "heart", "ada")


def test_a_job_of_a_quantum_machine_keeps_its_identifiers():
    one = usage_of_iqm(
        "0193-a", calibration_set_id="77", qpu_seconds=2.5, shots=1000, project="heart", user="ada", **TIMES
    )
    assert (one.identity, one.job_id, one.calibration_set_id, one.source) == (
        "iqm:0193-a",
        "0193-a",
        "77",
        "iqm",
    )
    assert (one.qpu_seconds, one.shots, one.cpu_seconds, one.what) == (2.5, 1000, 0.0, "IQM job")
    with pytest.raises(ArgumentError, match="'job_id' must be text"):
        usage_of_iqm("", calibration_set_id=None, qpu_seconds=1, shots=1, **TIMES)
    with pytest.raises(ArgumentError, match="'qpu_seconds'"):
        usage_of_iqm("a", calibration_set_id=None, qpu_seconds=-1, shots=1, **TIMES)


def test_who_pays_and_where_the_ledger_is(monkeypatch, tmp_path):
    for name in ("QSETU_PROJECT", "QSETU_USAGE_LEDGER", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_project() == "default"
    assert default_ledger() == tmp_path / ".local" / "share" / "qsetu" / "usage.sqlite"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert default_ledger() == tmp_path / ".local" / "share" / "qsetu" / "usage.sqlite"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_ledger() == tmp_path / "data" / "qsetu" / "usage.sqlite"
    monkeypatch.setenv("QSETU_USAGE_LEDGER", "here.sqlite")
    assert default_ledger() == Path("here.sqlite")
    monkeypatch.setenv("QSETU_PROJECT", "heart")
    assert usage_of_result(result()).project == default_project() == "heart"


def test_who_one_is(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "ada")
    assert default_user() == usage_of_result(result()).user == "ada"

    def nobody():
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert default_user().startswith("uid-")

    def homeless():
        raise RuntimeError

    for name in ("QSETU_USAGE_LEDGER", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(ArgumentError, match="QSETU_USAGE_LEDGER"):
        default_ledger()
