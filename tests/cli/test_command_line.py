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
from qsetu.experiments import MODELS, builtin_names, load_spec
from qsetu.genomics import dataset_card, dataset_names

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
        ("datasets", dataset_names()),
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
    target = tmp_path / dataset_card("pbmc68k-reduced").facts().files[0].path
    target.parent.mkdir()
    target.write_bytes(b"not HDF5")
    message = refused("run", "pbmc-cell-types", "--out", str(tmp_path / "out"), QSETU_DATA=str(tmp_path))
    assert "10x_pbmc68k_reduced.h5ad" in message
    assert not (tmp_path / "out").exists()


def test_no_command_and_unknown_options_exit_with_2():
    assert command().returncode == 2
    assert "Traceback" not in command("run", "--nonsense").stderr
    assert command("run", "--nonsense").returncode == 2


def test_interrupt_says_so_and_keeps_only_what_was_finished(tmp_path):
    process = subprocess.Popen(
        [*ENTRY, "run", "pbmc-cell-types", "--quick", "--out", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stderr is not None
    first = process.stderr.readline()  # the line of the first fit: there is something to lose
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert first.startswith("1/39 fits of models")
    assert process.returncode == 130
    assert "Interrupted; nothing half-written is left" in err
    assert "The same command goes on where it was." in err
    assert "Traceback" not in err + out
    assert [path.name for path in tmp_path.iterdir()] == [".store"]
    assert list((tmp_path / ".store").rglob("*.json"))


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
    (folder,) = (path for path in (tmp_path / "results").iterdir() if path.name != ".store")
    assert folder.name.startswith("pbmc-cell-types-")
    assert str(Path("results") / folder.name / "report.html") in done.stdout
    from qsetu.experiments import read_result

    result = read_result(folder)
    assert result.seed == 3
    assert {m.name for m in result.models if not m.control} == set(load_spec("pbmc-cell-types").models)
    shown = " ".join(done.stdout.split())
    for model in result.models:
        assert f"{model.summary['balanced_accuracy'].mean:.3f}" in shown
        if model.control is None:
            assert model.title.split()[0] in shown
        if model.control != "permutation":
            assert model.summary["balanced_accuracy"].mean > 0.3  # guessing: 0.1
    for sentence in result.analysis.sentences:
        assert sentence in shown
    again = command("run", "pbmc-cell-types", "--quick", "--out", str(folder))
    assert again.returncode == 2
    assert "not empty" in again.stderr
    # A second run computes nothing, and the two are the same.
    second = command("run", "pbmc-cell-types", "--quick", "--seed", "3", "--out", "results/b", cwd=tmp_path)
    assert second.returncode == 0, second.stderr
    assert "39 fits were found in the store" in second.stdout
    compared = command("compare", str(folder), "results/b", cwd=tmp_path)
    assert compared.returncode == 0, compared.stdout + compared.stderr
    assert "identical numbers" in compared.stdout
    merged = command("merge", str(folder), "results/b", "--out", "results/c", cwd=tmp_path)
    assert merged.returncode == 0, merged.stderr
    assert read_result(tmp_path / "results" / "c").identity == result.identity


def test_a_new_experiment_is_written_and_is_valid(tmp_path):
    done = command("new", "mine", "--dataset", "uci-promoters", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert load_spec(tmp_path / "mine.toml").data.dataset == "uci-promoters"
    assert "exists" in refused("new", "mine", cwd=tmp_path)


def test_overrides_are_checked_like_the_file(tmp_path):
    out = str(tmp_path / "out")
    message = refused("run", "pbmc-cell-types", "--set", "sizes.default.repeats=0", "--out", out)
    assert "sizes.default.repeats" in message
    assert "key.of.table=value" in refused("run", "pbmc-cell-types", "--set", "repeats", "--out", out)
    assert "must be one of" in refused("run", "pbmc-cell-types", "--size", "huge", "--out", out)
    assert not (tmp_path / "out").exists()


# Names of engines come from a roster; one that is wrong is put there by the code that the command runs.
WRONG = """
import sys
from qsetu import doctor
from qsetu.engines.reference import engine
from qsetu.trust import jax_build
doctor.CHECKS = doctor.CHECKS[:2]
doctor.BUILD_CHECKS = doctor.BUILD_CHECKS[:1]
exact = engine.ReferenceEngine.states
def states(self, program, params, dtype):
    return exact(self, program, params, dtype) * (1.008 if dtype == WRONG_IN else 1)
engine.ReferenceEngine.states = states
from qsetu.cli.main import main
sys.argv = ["qsetu", "doctor", *sys.argv[1:]]
main()
"""


def doctored(wrong_in, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", WRONG.replace("WRONG_IN", repr(wrong_in)), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "80", **environment},
        timeout=120,
        check=False,
    )


def test_doctor_finds_a_sound_installation_sound():
    done = doctored("nothing")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "checks passed." in done.stdout
    assert "WRONG" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_doctor_names_the_engine_the_device_and_the_precision_that_are_wrong():
    done = doctored("complex64")
    assert done.returncode == 1
    words = " ".join(done.stdout.split())
    assert "Do not trust results of: reference on cpu (complex64). " in words
    assert "QSETU_FORCE_ENGINES=reference." in words
    assert "reference on cpu (complex64), GHZ state: off by 5.7e-03, 1e-05 is allowed" in words
    (row,) = [line.split() for line in done.stdout.splitlines() if "WRONG" in line]
    assert row == ["reference", "cpu", "complex64", "0", "of", "2", "5.7e-03", "1e-05", "WRONG"]
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "Traceback" not in done.stderr


def test_doctor_in_json():
    import json

    for wrong_in, passed in (("nothing", True), ("complex128", False)):
        done = doctored(wrong_in, "--json")
        report = json.loads(done.stdout)
        assert (report["format"], report["version"], report["passed"]) == ("qsetu-doctor", 1, passed)
        assert done.returncode == (0 if passed else 1)
        failed = {(r["engine"], r["device"], r["dtype"]) for r in report["results"] if not r["passed"]}
        assert failed == (set() if passed else {("reference", "cpu", "complex128")})
        assert report["machine"]["packages"]["qsetu"] == qsetu.__version__
        assert set(report["engines"]) == set(ENGINES)


def test_doctor_is_what_the_door_goes_by(tmp_path):
    cache = {"XDG_CACHE_HOME": str(tmp_path), "QSETU_TRUST_CACHE": "on"}
    use = "import qsetu; qsetu.statevector(qsetu.Circuit(1).h(0), engine='reference')"

    def runs():
        environment = {**os.environ, **cache}
        return subprocess.run(
            [sys.executable, "-c", use], capture_output=True, text=True, env=environment, check=False
        )

    assert doctored("complex64", **cache).returncode == 1
    refused = runs()
    assert refused.returncode == 1
    assert "EngineError: The reference engine on cpu in complex64 gives wrong numbers" in refused.stderr
    assert doctored("nothing", **cache).returncode == 0
    assert runs().returncode == 0
