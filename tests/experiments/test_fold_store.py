"""The store: nothing finished is lost, nothing damaged is believed, nothing is overwritten."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_experiment import numbers, small_spec

from qsetu.core.errors import OutputError
from qsetu.experiments import ExperimentSpec, compute
from qsetu.experiments.record import FoldRecord, TriedRecord, WarningRecord
from qsetu.experiments.store import Mismatch, Store, same_numbers

KEY = "ab" + "0" * 62


def _record(score: float = 0.5, seconds: float = 1.0) -> FoldRecord:
    return FoldRecord(
        kind="fold",
        repeat=0,
        fold=0,
        seed=1,
        scores={"accuracy": score},
        configuration={"C": 1.0},
        tuning_score=0.4,
        tried=[TriedRecord(configuration={"C": 1.0}, score=0.4, seconds=seconds)],
        curve=[],
        feature_seconds=seconds,
        tune_seconds=seconds,
        fit_seconds=seconds,
        predict_seconds=seconds,
        cpu_seconds=seconds,
        predicted=[0, 1],
        warnings=[],
    )


def test_what_was_put_is_found_with_its_machine(tmp_path):
    store = Store(tmp_path / "store")
    assert store.get(KEY, FoldRecord) is None
    store.put(KEY, {"model": "m"}, _record(), {"cpu": "x"})
    assert store.get(KEY, FoldRecord) == (_record(), {"cpu": "x"})
    assert Store(tmp_path / "store").get(KEY, FoldRecord) is not None
    assert Store(None).get(KEY, FoldRecord) is None
    Store(None).put(KEY, {}, _record(), {})
    files = [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert files == [store.path(KEY)]


def test_the_first_record_stays_and_other_numbers_are_refused(tmp_path):
    store = Store(tmp_path)
    store.put(KEY, {}, _record(seconds=1.0), {})
    before = store.path(KEY).read_bytes()
    store.put(KEY, {}, _record(seconds=2.0), {})  # the same, on a slower day
    assert store.path(KEY).read_bytes() == before
    with pytest.raises(Mismatch, match="came out differently"):
        store.put(KEY, {}, _record(score=0.6), {})
    assert store.path(KEY).read_bytes() == before
    assert same_numbers(_record(seconds=1.0), _record(seconds=9.0))
    assert not same_numbers(_record(score=0.5), _record(score=0.5000001))


def test_times_and_warnings_are_no_numbers():
    warned = _record().model_copy(update={"warnings": [WarningRecord(category="w", message="m", count=1)]})
    assert same_numbers(_record(), warned)
    assert not same_numbers(_record(), _record().model_copy(update={"seed": 2}))


def test_others_may_read_a_record_as_they_may_read_other_files(tmp_path):
    before = os.umask(0o027)
    try:
        Store(tmp_path).put(KEY, {}, _record(), {})
    finally:
        os.umask(before)
    path = Store(tmp_path).path(KEY)
    assert path.relative_to(tmp_path) == Path("ab") / f"{KEY}.json"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_disk_that_is_full_is_an_error_and_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        Store(tmp_path).put(KEY, {}, _record(), {})
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def _documents(text: str):
    """Every way a record can be wrong."""
    document = json.loads(text)
    yield "cut", text[: len(text) // 2]
    yield "empty", ""
    yield "other bytes", "\x00\xff"
    yield "no object", "[1, 2]"
    yield "deep", "[" * 100_000
    yield "edited score", text.replace("0.5", "0.6", 1)
    yield "other key", json.dumps({**document, "key": "cd" + KEY[2:]})
    yield "newer version", json.dumps({**document, "version": 2})
    yield "other format", json.dumps({**document, "format": "other"})
    yield "no record", json.dumps({k: v for k, v in document.items() if k != "record"})
    yield "no hash", json.dumps({k: v for k, v in document.items() if k != "sha256"})


NAMES = [
    "cut",
    "empty",
    "other bytes",
    "no object",
    "deep",
    "edited score",
    "other key",
    "newer version",
    "other format",
    "no record",
    "no hash",
]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_damaged_is_not_believed_and_is_written_again(tmp_path, name):
    store = Store(tmp_path)
    store.put(KEY, {}, _record(), {})
    whole = store.path(KEY).read_text()
    found = dict(_documents(whole))
    assert list(found) == NAMES
    store.path(KEY).write_text(found[name])
    assert store.get(KEY, FoldRecord) is None
    store.put(KEY, {}, _record(), {})
    assert store.path(KEY).read_text() == whole


def test_a_record_of_another_shape_is_not_believed(tmp_path):
    from qsetu.experiments.record import DiagnosisRecord

    store = Store(tmp_path)
    store.put(KEY, {}, _record(), {})
    assert store.get(KEY, DiagnosisRecord) is None


def test_a_folder_that_cannot_be_written_is_an_error_with_its_name(tmp_path):
    (tmp_path / "store").write_text("a file")
    with pytest.raises(OutputError, match=r"store' cannot be written"):
        Store(tmp_path / "store").put(KEY, {}, _record(), {})


def test_a_second_run_computes_nothing_and_another_setting_only_what_it_touches(cells, tmp_path):
    models = ["elastic-net", "rbf-svm"]
    first = compute(small_spec(models=models), cells, seed=1, store=tmp_path)
    assert (first.provenance.computed, first.provenance.reused) == (4, 0)
    second = compute(small_spec(models=models), cells, seed=1, store=tmp_path)
    assert (second.provenance.computed, second.provenance.reused) == (0, 4)
    assert numbers(second) == numbers(first)
    more = compute(small_spec(models=[*models, "random-forest"]), cells, seed=1, store=tmp_path)
    assert (more.provenance.computed, more.provenance.reused) == (2, 4)
    repeated = small_spec(models=models).model_dump(mode="json")
    repeated["sizes"]["default"] |= {"repeats": 2}
    longer = compute(ExperimentSpec.model_validate(repeated), cells, seed=1, store=tmp_path)
    assert (longer.provenance.computed, longer.provenance.reused) == (4, 4)
    assert longer.identity == first.identity  # how often is not what
    for change in ({"seed": 2}, {"data": cells.take(range(88))}):
        again = compute(
            small_spec(models=models), change.get("data", cells), seed=change.get("seed", 1), store=tmp_path
        )
        assert again.provenance.reused == 0


@pytest.mark.parametrize("name", ["code_fingerprint", "numeric_versions"])
def test_other_code_or_libraries_are_never_mixed_with_what_is_there(cells, tmp_path, monkeypatch, name):
    from qsetu.experiments import jobs

    spec = small_spec(models=["rbf-svm"])
    compute(spec, cells, seed=1, store=tmp_path)
    monkeypatch.setattr(jobs, name, lambda: "other" if name == "code_fingerprint" else {"numpy": "0"})
    assert compute(spec, cells, seed=1, store=tmp_path).provenance.reused == 0


def test_fresh_computes_again_and_holds_it_against_the_store(cells, tmp_path):
    spec = small_spec(models=["rbf-svm"])
    first = compute(spec, cells, seed=1, store=tmp_path)
    again = compute(spec, cells, seed=1, store=tmp_path, fresh=True)
    assert (again.provenance.computed, again.provenance.reused) == (2, 0)
    assert numbers(again) == numbers(first)
    # A store that says otherwise, in a record that is whole in itself.
    path = next(path for path in tmp_path.rglob("*.json"))
    document = json.loads(path.read_text())
    document["record"]["scores"]["balanced_accuracy"] = 0.123
    path.unlink()
    Store(tmp_path).put(
        document["key"],
        document["what"],
        FoldRecord.model_validate(document["record"]),
        document["environment"],
    )
    with pytest.raises(
        Mismatch, match=r"rbf-svm, fold 1\.[12]: balanced_accuracy is .* now and was 0\.123000"
    ):
        compute(spec, cells, seed=1, store=tmp_path, fresh=True)


SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from small_experiment import small_spec
from qsetu.experiments import compute
from qsetu.genomics import load_dataset
from qsetu.experiments.record import write_result
models = ["fidelity-kernel-svm", "elastic-net", "rbf-svm", "random-forest"]
spec = small_spec(models=models, controls=["deentangled"])
result = compute(spec, load_dataset("pbmc68k-reduced"), seed=3, workers={workers}, store=Path(sys.argv[1]))
write_result(result, Path(sys.argv[2]))
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_in_the_middle_and_run_again_gives_the_numbers_of_an_uninterrupted_run(tmp_path, workers):
    from qsetu.experiments import read_result

    tests = str(Path(__file__).parent)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(tests=tests, workers=workers))

    def start(store: str, out: str) -> subprocess.Popen:
        command = [sys.executable, str(script), str(tmp_path / store), str(tmp_path / out)]
        return subprocess.Popen(command, start_new_session=True)

    assert start("whole", "whole.json").wait(timeout=300) == 0
    killed = start("cut", "cut.json")
    deadline = time.monotonic() + 300
    while len(list((tmp_path / "cut").rglob("*.json"))) < 4:
        assert killed.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait(timeout=60)
    assert not (tmp_path / "cut.json").exists()
    assert start("cut", "cut.json").wait(timeout=300) == 0
    whole, cut = read_result(tmp_path / "whole.json"), read_result(tmp_path / "cut.json")
    assert numbers(cut) == numbers(whole)
    assert cut.identity == whole.identity
    assert 4 <= cut.provenance.reused < whole.provenance.computed
