"""Runs in other tools' formats: their structure, and our numbers in it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from race_samples import raced_case, run_of, timed_case
from typer.testing import CliRunner

from qsetu.bench import write_record
from qsetu.bench.export import asv_files, export, pyperf_suite
from qsetu.bench.records import NoiseRecord
from qsetu.cli.main import app
from qsetu.core.errors import ArgumentError, DataError, OutputError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def sample(**changes):
    cases = [
        raced_case("circuits/qft/8", {"qsetu": [1.0, 3.0, 2.0], "qsim (fusion 2)": [4.0, 5.0, 6.0]}),
        timed_case("gram 1", [[1.0, 2.0], [3.0, 4.0]], [[2.0, 2.0], [2.0, 2.0]]),
    ]
    machine = {
        "cpu": "A chip\nof two lines",
        "cpus": 2,
        "system": "Linux",
        "release": "6",
        "architecture": "x86_64",
        "python": "3.11.7",
        "memory_bytes": 2**30,
    }
    return run_of(cases, **{"machine": machine, "git_commit": COMMIT, **changes})


def test_pyperf_gets_a_benchmark_a_candidate_and_a_run_a_process():
    data = pyperf_suite(sample(noise=NoiseRecord(noisy=True, reasons=["others used 62%"])))
    assert data["version"] == "1.0"
    assert (
        data["metadata"]["unit"] == "second" and data["metadata"]["cpu_model_name"] == "A chip of two lines"
    )
    assert (
        data["metadata"]["noisy"] == "others used 62%" and data["metadata"]["date"] == "2026-01-01 00:00:00"
    )
    by_name = {one["metadata"]["name"]: one for one in data["benchmarks"]}
    assert list(by_name) == [
        "circuits/qft/8 qsetu",
        "circuits/qft/8 qsim (fusion 2)",
        "circuits/qft/8 reference (arithmetic)",
        "gram 1 qsetu",
        "gram 1 reference",
    ]
    (run,) = by_name["circuits/qft/8 qsim (fusion 2)"]["runs"]
    assert run == {"metadata": {"loops": 4}, "warmups": [[1, 40.0]], "values": [4.0, 5.0, 6.0]}
    assert by_name["circuits/qft/8 qsetu"]["runs"][0]["values"] == [1.0, 3.0, 2.0]
    assert [run["values"] for run in by_name["gram 1 qsetu"]["runs"]] == [[1.0, 2.0], [3.0, 4.0]]
    texts = [value for one in (data, *data["benchmarks"]) for value in one["metadata"].values()]
    assert all(isinstance(value, (int, str)) and value != "" for value in texts)


def test_pyperf_reads_its_file(tmp_path):
    pyperf = pytest.importorskip("pyperf")
    (file,) = export(sample(), "pyperf", tmp_path / "p.json")
    suite = pyperf.BenchmarkSuite.load(str(file))
    ours = suite.get_benchmark("circuits/qft/8 qsetu")
    assert ours.median() == 2.0 and ours.get_values() == (1.0, 3.0, 2.0) and ours.get_unit() == "second"
    assert suite.get_benchmark("gram 1 qsetu").get_nrun() == 2


def test_asv_gets_machine_results_and_benchmarks():
    files = asv_files(sample())
    results = f"a-b-avx2/{COMMIT[:8]}-qsetu-py3.11.7-threads1.json"
    assert list(files) == ["a-b-avx2/machine.json", results, "benchmarks.json"]
    machine = files["a-b-avx2/machine.json"]
    assert machine["version"] == 1 and machine["machine"] == "a-b-avx2" and machine["num_cpu"] == "2"
    found = files[results]
    assert found["version"] == 2 and found["commit_hash"] == COMMIT
    assert found["date"] == found["results"]["gram_1"][3] == 1767225600000
    assert found["params"]["machine"] == "a-b-avx2" and found["params"]["threads"] == "1"
    row = dict(zip(found["result_columns"], found["results"]["gram_1"], strict=True))
    assert row["result"] == [2.5] and row["samples"] == [[1.0, 2.0, 3.0, 4.0]] and row["params"] == []
    assert row["stats_q_25"] == [1.75] and row["stats_q_75"] == [3.25] and row["stats_repeat"] == [4]
    assert 1.0 <= row["stats_ci_99_a"][0] < 2.5 < row["stats_ci_99_b"][0] <= 4.0
    listed = files["benchmarks.json"]
    assert listed.pop("version") == 2 and set(listed) == set(found["results"]) == {"circuits.qft.8", "gram_1"}
    for name, one in listed.items():
        assert one["name"] == name and one["type"] == "time" and one["unit"] == "seconds"
        assert one["version"] == found["results"][name][2]
    assert asv_files(sample(), "../my box")["-my-box/machine.json"]["machine"] == "-my-box"


def test_asv_reads_its_folder(tmp_path):
    asv = pytest.importorskip("asv.results")
    export(sample(), "asv", tmp_path)
    (found,) = asv.iter_results(str(tmp_path))
    assert found.commit_hash == COMMIT
    assert found.get_result_value("circuits.qft.8", []) == [2.0]


def test_a_case_that_changed_is_another_benchmark_of_asv():
    def version(**facts):
        case = raced_case("a/8", {"qsetu": [1.0]}, facts=facts)
        return asv_files(run_of([case], git_commit=COMMIT))["benchmarks.json"]["a.8"]["version"]

    assert version(gates=3) == version(gates=3) != version(gates=4)


def test_folders_of_asv_keep_what_other_runs_wrote(tmp_path):
    export(sample(), "asv", tmp_path)
    later = sample(cases=[timed_case("new", [[1.0]], [[2.0]])], git_commit="f" * 40)
    written = export(later, "asv", tmp_path)
    listed = json.loads((tmp_path / "benchmarks.json").read_text())
    assert set(listed) == {"circuits.qft.8", "gram_1", "new", "version"}
    assert len(list((tmp_path / "a-b-avx2").iterdir())) == 3 and written[1].name.startswith("ffffffff-")
    with pytest.raises(OutputError, match="nothing is overwritten"):
        export(later, "asv", tmp_path)
    export(later, "asv", tmp_path, replace=True)
    for other in ("[]", '{"version": 1}', "{"):
        (tmp_path / "benchmarks.json").write_text(other)
        with pytest.raises(DataError, match="not a list of asv's benchmarks"):
            export(sample(git_commit="e" * 40), "asv", tmp_path)


def test_what_a_format_cannot_say_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="'format' must be one of asv, pyperf"):
        export(sample(), "xml", tmp_path / "x")
    with pytest.raises(DataError, match="no case"):
        export(sample(cases=[]), "pyperf", tmp_path / "x")
    with pytest.raises(DataError, match="not made from a checkout"):
        export(sample(git_commit=None), "asv", tmp_path / "x")
    with pytest.raises(DataError, match="no time that can be read"):
        export(sample(started="yesterday"), "asv", tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_and_never_over_a_file(tmp_path):
    file = tmp_path / "r.json"
    write_record(sample(), file)

    def run(*options):
        return CliRunner().invoke(app, ["bench", "export", str(file), *map(str, options)])

    assert run("-o", tmp_path / "p.json").exit_code == 0
    assert json.loads((tmp_path / "p.json").read_text()) == pyperf_suite(sample())
    assert "nothing is overwritten" in str(run("-o", tmp_path / "p.json").exception)
    assert run("--format", "asv", "-o", tmp_path / "asv", "--machine", "box").exit_code == 0
    samples = json.loads(next((tmp_path / "asv" / "box").glob("0123*")).read_text())["results"]["gram_1"][-1]
    assert np.mean(samples) == 2.5
