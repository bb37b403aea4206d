"""``qsetu compare`` as a user meets it."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys

import pytest
from report_samples import made_result
from typer.testing import CliRunner

from qsetu.cli.compare import compare
from qsetu.cli.main import app
from qsetu.experiments.compare import compare_results
from qsetu.experiments.compare.results import TOLERANCE
from qsetu.experiments.record import write_result

A = made_result()
ENTRY = [sys.executable, "-c", "import sys; from qsetu.cli.main import main; sys.argv[0] = 'qsetu'; main()"]


def other(by):
    model = A.models[0]
    scores = {**model.folds[0].scores, "accuracy": model.folds[0].scores["accuracy"] + by}
    folds = [model.folds[0].model_copy(update={"scores": scores}), *model.folds[1:]]
    return A.model_copy(update={"models": [model.model_copy(update={"folds": folds}), *A.models[1:]]})


@pytest.fixture
def folders(tmp_path):
    results = {"a": A, "same": A, "near": other(1e-3), "far": made_result(samples=70)}
    for name, result in results.items():
        (tmp_path / name).mkdir()
        write_result(result, tmp_path / name / "result.json")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "options", "code", "said"),
    [
        ("same", [], 0, "identical numbers"),
        ("near", [], 1, "differ"),
        ("near", ["--tolerance", "0.01"], 0, "agree within 0.01"),
        ("far", [], 2, "not comparable, because the data differ"),
    ],
)
def test_exit_codes_and_words(folders, name, options, code, said):
    arguments = ["compare", str(folders / "a"), str(folders / name / "result.json"), *options]
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "80", "NO_COLOR": "1"})
    assert done.exit_code == code, done.output
    assert said in " ".join(done.output.split())
    assert max(map(len, done.output.splitlines())) <= 80


def test_a_page_is_written_once(folders):
    page = folders / "page.html"
    arguments = ["compare", str(folders / "a"), str(folders / "near"), "--html", str(page)]
    assert CliRunner().invoke(app, arguments).exit_code == 1
    text = page.read_text()
    assert "Differ: 1 of 5 models" in text
    done = CliRunner().invoke(app, arguments)
    assert "nothing is overwritten" in str(done.exception)
    assert page.read_text() == text


def test_the_usual_tolerance_is_that_of_python():
    assert inspect.signature(compare).parameters["tolerance"].default == TOLERANCE
    assert inspect.signature(compare_results).parameters["tolerance"].default == TOLERANCE == 1e-6


def test_failures_are_one_line(folders):
    environment = {**os.environ, "NO_COLOR": "1"}
    for arguments in (
        ["nowhere", "a"],
        ["a", "same", "--html", "missing/page.html"],
        ["a", "same", "--tolerance", "-1"],
    ):
        done = subprocess.run(
            [*ENTRY, "compare", *arguments],
            cwd=folders,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        assert done.returncode == 2
        assert done.stderr.startswith("Error: ") and "Traceback" not in done.stderr
