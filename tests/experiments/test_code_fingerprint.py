"""Where numbers come from: a store must notice every change of what decides them, and no other."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from qsetu.core.checkout import git_state
from qsetu.experiments import provenance
from qsetu.experiments.provenance import (
    PACKAGE,
    code_fingerprint,
    deciding_files,
    engine_used,
    numeric_versions,
    on_gpu,
    thread_record,
)

DECIDING = [
    "core/seeds.py",
    "circuits/circuit.py",
    "compiler/__init__.py",
    "engines/__init__.py",
    "admission.py",
    "measure.py",
    "simulate.py",
    "learn/kernels/fidelity.py",
    "genomics/encoders/__init__.py",
    "problems/__init__.py",
    "experiments/models/classical.py",
    "experiments/baselines/mdr.py",
    "experiments/elastic_net.py",
    "experiments/evaluate.py",
    "experiments/jobs.py",
    "experiments/metrics.py",
]
SHOWING = [
    "cli/run.py",
    "doctor.py",
    "genomics/views/__init__.py",
    "genomics/privacy/__init__.py",
    "experiments/figures/__init__.py",
    "experiments/report/__init__.py",
    "experiments/analysis.py",
    "documents/palette.py",
    "experiments/progress.py",
    "experiments/runner.py",
    "experiments/wording.py",
]
# What evaluation can reach and what gives no number of a fold, each with the reason.
NOT_DECIDING = {
    "experiments/spec/": "what a file asks for is in the identity of a job by value",
    "experiments/record/": "shapes of what is kept",
    "experiments/store.py": "keeps records, and refuses others",
    "experiments/provenance.py": "says where numbers come from; the engine is in the identity by name",
    "genomics/views/": "pictures of data",
    "genomics/privacy/": "what a dataset tells of people",
    "explanation.py": "what a request would do",
    "trust/": "refuses an engine, and gives no number",
    "interop/": "circuits from elsewhere, and to elsewhere",
    "qiskit_circuit.py": "circuits from elsewhere",
    "mitigation/": "noisy values of machines",
}


@pytest.fixture(scope="module")
def copied(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("copied") / "site" / "qsetu"
    for file in PACKAGE.rglob("*.py"):
        place = folder / file.relative_to(PACKAGE)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    return folder


def fingerprint_with_one_more_byte(folder: Path, name: str) -> str:
    file = folder / name
    before = file.read_bytes()
    file.write_bytes(before + b"\n")
    try:
        return code_fingerprint.__wrapped__(folder)
    finally:
        file.write_bytes(before)


def test_where_the_package_lies_does_not_matter(copied):
    assert code_fingerprint.__wrapped__(copied) == code_fingerprint()


@pytest.mark.parametrize("name", DECIDING)
def test_a_byte_of_what_decides_numbers_changes_the_fingerprint(copied, name):
    assert fingerprint_with_one_more_byte(copied, name) != code_fingerprint()


@pytest.mark.parametrize("name", SHOWING)
def test_a_byte_of_what_shows_them_does_not(copied, name):
    assert fingerprint_with_one_more_byte(copied, name) == code_fingerprint()


def test_a_name_counts_as_much_as_its_bytes(copied):
    new, old = copied / "learn" / "added.py", copied / "learn" / "renamed.py"
    new.write_bytes(b"x = 1\n")
    found = code_fingerprint.__wrapped__(copied)
    assert found != code_fingerprint()
    new.rename(old)
    try:
        assert code_fingerprint.__wrapped__(copied) not in (found, code_fingerprint())
    finally:
        old.unlink()


def _imported(file: Path) -> Iterator[Path]:
    """Files of the package that ``file`` imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            top, _, rest = name.partition(".")
            place = PACKAGE / rest.replace(".", "/")
            if top == "qsetu" and rest:
                yield from (one for one in (place.with_suffix(".py"), place / "__init__.py") if one.is_file())


def test_all_that_evaluation_imports_decides_or_is_known_not_to():
    roots = ("evaluate.py", "features.py", "entrants.py", "jobs.py", "diagnose.py")
    todo = [PACKAGE / "experiments" / name for name in roots]
    seen: set[Path] = set()
    while todo:
        file = todo.pop()
        if file in seen:
            continue
        seen.add(file)
        if not file.relative_to(PACKAGE).as_posix().startswith(tuple(NOT_DECIDING)):
            todo += _imported(file)
    reached = {file.relative_to(PACKAGE).as_posix() for file in seen}
    decided = {file.relative_to(PACKAGE).as_posix() for file in deciding_files()}
    unknown = {name for name in reached - decided if not name.startswith(tuple(NOT_DECIDING))}
    assert unknown == set()
    assert {name for name in decided if name.startswith(tuple(NOT_DECIDING))} == set()
    assert len(reached & decided) > 100  # the walk went somewhere


def test_versions_are_of_the_libraries_that_compute():
    found = numeric_versions()
    assert set(found) == {"numpy", "scipy", "scikit-learn", "jax", "optax", "pandas", "python", "machine"}
    assert found["numpy"] == metadata.version("numpy")
    assert found["python"].count(".") == 1  # the third number fixes bugs and changes no sums
    assert found["machine"]
    assert numeric_versions() is found  # every job of a run asks, and reading takes long


def test_an_installed_package_has_no_commit(copied, tmp_path):
    assert git_state(copied) == (None, None)
    alone = tmp_path / "src" / "qsetu"
    alone.mkdir(parents=True)
    assert git_state(alone) == (None, None)
    (tmp_path / ".git").mkdir()  # damaged: git does not answer
    assert git_state(alone) == (None, None)


def test_a_checkout_has_one_and_says_whether_files_were_changed(tmp_path):
    package = tmp_path / "src" / "qsetu"
    package.mkdir(parents=True)
    (package / "a.py").write_text("x = 1\n")

    def git(*arguments: str) -> str:
        who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *who, "-C", str(tmp_path), *arguments], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    commit = git("rev-parse", "HEAD")
    assert git_state(package) == (commit, False)
    (package / "new.py").write_text("")  # nobody's yet
    assert git_state(package) == (commit, False)
    (package / "a.py").write_text("x = 2\n")
    assert git_state(package) == (commit, True)


def test_without_git_nothing_is_known(tmp_path, monkeypatch):
    package = tmp_path / "src" / "qsetu"
    package.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("PATH", "")
    assert git_state(package) == (None, None)


@pytest.mark.parametrize(("missing", "engine"), [(None, "native"), ("was not built", "xla")])
def test_automatic_is_the_native_engine_where_it_was_built(monkeypatch, missing, engine):
    class Native:
        def why_missing(self):
            return missing

    monkeypatch.setattr(provenance, "ENGINES", {"native": Native()})
    assert engine_used("auto") == engine
    assert [engine_used(name) for name in ("native", "xla", "aer")] == ["native", "xla", "aer"]


def test_only_one_engine_runs_on_a_gpu(monkeypatch):
    import jax

    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert (on_gpu("xla"), on_gpu("native")) == (True, False)
    monkeypatch.setattr(jax, "default_backend", lambda: "cpu")
    assert not on_gpu("xla")


def test_threads_are_told_as_they_are_set(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    found = thread_record()
    assert found["variables"]["OMP_NUM_THREADS"] == "3"
    assert "MKL_NUM_THREADS" not in found["variables"]
    assert found["cpus"] == provenance.cpu_count()
    assert all(set(pool) == {"user_api", "internal_api", "version", "num_threads"} for pool in found["pools"])
