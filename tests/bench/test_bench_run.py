"""Suites in processes of their own: whatever a case does, the others run, and what was finished is kept."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qsetu.bench import Asked, Progress, read_record, run_suite
from qsetu.bench.discover import find_suites
from qsetu.cli.main import app
from qsetu.core.errors import ArgumentError, DataError

OWN = Path(__file__).parent / "own_cases.py"


class Heard(Progress):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int, int]] = []

    def begin(self, case: str, done: int, total: int) -> None:
        self.begun.append((case, done, total))


@pytest.fixture(scope="module")
def everything():
    heard = Heard()
    return run_suite(Asked("kinds", cases=OWN), heard), heard


def test_a_case_that_ends_its_process_takes_no_other_along(everything):
    record, _ = everything
    assert [case.name for case in record.cases] == ["kinds/good", "kinds/wrong", "kinds/last"]
    assert [len(case.ours.runs) for case in record.cases] == [2, 2, 2]
    found = {(f.case, f.kind): f.reason for f in record.failures}
    assert "by signal SIGKILL" in found["kinds/killed", "ended"]
    assert "with code 3" in found["kinds/exits", "ended"]
    assert "with code 4" in found["kinds/half", "ended"]
    assert found["kinds/raises", "error"] == "ValueError: no such circuit"
    assert found["kinds/wrong", "wrong answer"].startswith("off by")
    assert len(found) == 5
    assert record.left_out == ["stranger: not installed", "left out: too wide for here"]
    assert record.exit_code == 1 and not record.interrupted


def test_progress_counts_cases_of_all_processes(everything):
    _, heard = everything
    assert [done for _, done, _ in heard.begun] == list(range(16))
    assert {total for _, _, total in heard.begun} == {16}


def test_every_candidate_has_its_reference_and_the_record_its_machine(everything):
    record, _ = everything
    for case in record.cases:
        assert case.the("reference").setting == "arithmetic"
        assert {len(run.seconds) for one in case.candidates for run in one.runs} == {3}
    assert record.limits.copy_bytes > 1e8 and record.limits.product_flops > 1e8
    assert record.machine["packages"]["numpy"] and "vector_units" in record.machine
    assert record.settings["rounds"] == 3


@pytest.mark.parametrize("threads", [1, 3])
def test_libraries_are_told_their_threads_before_they_are_loaded(threads):
    assert run_suite(Asked("threads", cases=OWN, threads=threads)).exit_code == 0


def test_ctrl_c_keeps_what_was_finished(tmp_path):
    file = tmp_path / "r.json"
    program = "from qsetu.cli.main import main; main()"
    command = [sys.executable, "-c", program, "bench", "run", "--suite", "endless"]
    process = subprocess.Popen(
        [*command, "--cases", str(OWN), "--json", str(file)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for line in process.stderr:
        if "kinds/good" in line:
            break
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted" in out and "Traceback" not in out + error
    record = read_record(file)
    assert record.interrupted and [case.name for case in record.cases] == ["kinds/good"]


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
@pytest.mark.slow
def test_instructions_are_counted_alike_every_time():
    first, second = (
        {case.name: case.ours.instructions for case in run_suite(Asked("counted", cases=OWN)).cases}
        for _ in range(2)
    )
    for name, count in first.items():
        assert second[name] == pytest.approx(count, rel=0.02)
    assert 8 < first["sum/10"] / first["sum/1"] < 10.5


def test_counting_can_be_declined_and_cannot_be_forced():
    assert run_suite(Asked("counted", only=("sum/1",), cases=OWN, count=False)).settings["counter"] is None
    with pytest.raises(ArgumentError, match="count"):
        run_suite(Asked("threads", cases=OWN, count=True))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked("nonsense", cases=OWN), "'suite' must be one of kinds"),
        (Asked("twice", cases=OWN), "a name of its own"),
        (Asked("kinds", only=("nothing*",), cases=OWN), "'only' must match"),
        (Asked("kinds", rounds=2, cases=OWN), "'rounds' must be an integer of at least 3"),
        (Asked("kinds", budget=0.0, cases=OWN), "'budget'"),
        (Asked("kinds", processes=0, cases=OWN), "'processes'"),
        (Asked("kinds", threads=0, cases=OWN), "'threads'"),
        (Asked("kinds", sizes=(0,), cases=OWN), "'sizes'"),
        (Asked("kinds", peers=("nobody",), cases=OWN), "'peers' must be one of somebody"),
    ],
)
def test_wrong_input_is_named_before_anything_runs(asked, words):
    with pytest.raises(ArgumentError, match=words):
        run_suite(asked)


def test_cases_that_cannot_be_found_or_imported_are_refused(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        find_suites(tmp_path / "none.py")
    (tmp_path / "broken.py").write_text("1 / 0\n")
    with pytest.raises(DataError, match="cannot be imported: ZeroDivisionError"):
        find_suites(tmp_path / "broken.py")
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(DataError, match="declares no SUITES"):
        find_suites(tmp_path / "empty.py")
    package = tmp_path / "mine"
    package.mkdir()
    (package / "part.py").write_text("from qsetu.bench import Suite\nS = Suite('s', 't', lambda o: ())\n")
    (package / "__init__.py").write_text("from mine.part import S\nSUITES = (S,)\n")
    assert list(find_suites(package)) == ["s"]


def test_the_command_lists_and_runs(tmp_path):
    listed = CliRunner().invoke(app, ["bench", "list", "--cases", str(OWN)])
    assert listed.exit_code == 0 and "kinds" in listed.stdout
    cases = CliRunner().invoke(app, ["bench", "list", "kinds", "--cases", str(OWN)])
    assert "kinds/killed" in cases.stdout
    file = tmp_path / "r.json"
    options = ["--suite", "kinds", "--only", "kinds/good", "--processes", "1", "--cases", str(OWN)]
    ran = CliRunner().invoke(app, ["bench", "run", *options, "--json", str(file)])
    assert ran.exit_code == 0, ran.output
    assert "good" in ran.stdout and read_record(file).cases[0].name == "kinds/good"
    wrong = CliRunner().invoke(app, ["bench", "run", *options[:3], "kinds/wrong", *options[4:]])
    assert wrong.exit_code == 1 and "liar: wrong answer" in wrong.stdout


def test_cases_that_ask_for_threads_or_variables_have_a_process_of_their_own():
    heard = Heard()
    record = run_suite(Asked("apart", cases=OWN), heard)
    assert record.exit_code == 0, record.failures
    assert [case.name for case in record.cases] == ["own/0", "own/1", "run/0", "run/1", "told/0", "told/1"]
    assert [case.threads for case in record.cases] == [2, 2, 3, 3, 3, 3]
    processes = [case.facts["process"] for case in record.cases]
    assert processes[::2] == processes[1::2] and len(set(processes)) == 3
    assert [done for _, done, _ in heard.begun] == list(range(6))
    assert record.limits is not None
    assert [one.found for one in record.findings] == ["6 cases"]
    shown = CliRunner().invoke(app, ["bench", "run", "--suite", "apart", "--cases", str(OWN)])
    assert "[b]" in shown.stdout and "a: h." in shown.stdout and "threads" in shown.stdout
