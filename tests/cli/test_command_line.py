"""The command line as a user meets it: exit codes, messages, no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import qsetu
from qsetu.engines import ENGINES
from qsetu.experiments import MODELS, builtin_names
from qsetu.genomics import DATASETS

ENTRY = [sys.executable, "-c", "import sys; from qsetu.cli.main import main; sys.argv[0] = 'qsetu'; main()"]


def command(*arguments, cwd=None, **environment) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ENTRY, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **environment},
        timeout=120,
        check=False,
    )


def refused(*arguments, cwd=None, **environment) -> str:
    done = command(*arguments, cwd=cwd, **environment)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    return done.stderr


def test_version_and_help_are_quick_and_light():
    start = time.perf_counter()
    done = command("--version")
    took = time.perf_counter() - start
    assert done.returncode == 0
    assert done.stdout.strip() == f"qsetu {qsetu.__version__}"
    assert took < 5  # half a second on a quiet machine; the law is the next one
    heavy = ["numpy", "sklearn", "jax", "anndata", "matplotlib", "qiskit", "pennylane", "pandas", "pydantic"]
    code = f"import sys, qsetu.cli.main; print([m for m in {heavy} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
    assert "run" in command("--help").stdout


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("experiments", builtin_names()),
        ("datasets", list(DATASETS)),
        ("models", list(MODELS)),
        ("engines", list(ENGINES)),
    ],
)
def test_list_shows_the_whole_roster(what, names):
    done = command("list", what)
    assert done.returncode == 0
    for name in names:
        assert name in done.stdout


def test_list_of_something_else_is_refused():
    assert "Did you mean 'engines'" in refused("list", "engine")


def test_unknown_experiment_is_refused_with_a_guess(tmp_path):
    message = refused("run", "pbmc-cell-typs", cwd=tmp_path)
    assert "must be one of" in message
    assert "Did you mean 'pbmc-cell-types'?" in message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seed", ["-1", "two", "1.5"])
def test_bad_seeds_are_refused(tmp_path, seed):
    assert "seed" in refused("run", "pbmc-cell-types", "--seed", seed, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_refused(tmp_path):
    (tmp_path / "kept.txt").write_text("mine")
    message = refused("run", "pbmc-cell-types", "--out", str(tmp_path))
    assert "not empty" in message and "--out" in message
    assert (tmp_path / "kept.txt").read_text() == "mine"


def test_a_file_as_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    assert "existing file" in refused("run", "pbmc-cell-types", "--out", str(tmp_path / "file"))
    # A folder below a file cannot be made by anyone, root included.
    assert "cannot be written" in refused("run", "pbmc-cell-types", "--out", str(tmp_path / "file" / "below"))


def test_damaged_data_are_refused_by_name(tmp_path):
    entry = DATASETS["pbmc68k-reduced"].card
    target = tmp_path / entry.file_name
    target.parent.mkdir()
    target.write_bytes(b"not HDF5")
    message = refused("run", "pbmc-cell-types", "--out", str(tmp_path / "out"), QSETU_DATA=str(tmp_path))
    assert "10x_pbmc68k_reduced.h5ad" in message
    assert not (tmp_path / "out").exists()


def test_no_command_and_unknown_options_exit_with_2():
    assert command().returncode == 2
    assert "Traceback" not in command("run", "--nonsense").stderr
    assert command("run", "--nonsense").returncode == 2


def test_interrupt_says_so_and_leaves_nothing(tmp_path):
    process = subprocess.Popen(
        [*ENTRY, "run", "pbmc-cell-types", "--quick", "--out", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stderr is not None
    first = process.stderr.readline()  # the line of the first fold: fitting is under way
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert first.startswith("fold 1/")
    assert process.returncode == 130
    assert "Interrupted; nothing was written." in err
    assert "Traceback" not in err + out
    assert list(tmp_path.iterdir()) == []


def test_a_closed_pipe_is_quiet():
    process = subprocess.Popen(
        [*ENTRY, "list", "models"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()  # the reader is gone before anything is written
    err = process.stderr.read()
    process.wait(timeout=60)
    assert err == ""


@pytest.mark.slow
def test_the_quick_experiment_runs_from_end_to_end(tmp_path):
    done = command("run", "pbmc-cell-types", "--quick", "--seed", "3", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (folder,) = (tmp_path / "results").iterdir()
    assert folder.name.startswith("pbmc-cell-types-")
    assert str(Path("results") / folder.name / "report.html") in done.stdout
    from qsetu.experiments import read_result

    result = read_result(folder)
    assert result.seed == 3
    assert {model.name for model in result.models} == set(MODELS)
    for model in result.models:
        assert model.title in done.stdout
        assert f"{model.summary['balanced_accuracy'].mean:.3f}" in done.stdout
        assert model.summary["balanced_accuracy"].mean > 0.3  # guessing: 0.1
    again = command("run", "pbmc-cell-types", "--quick", "--out", str(folder))
    assert again.returncode == 2
    assert "not empty" in again.stderr
