"""Files for institutions: read, checked against what they name, and run as far as that can be done here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "institution"


def sections(text: str) -> dict[str, str]:
    """The sections of an Apptainer definition."""
    parts = re.split(r"^%(\w+)\n", text, flags=re.MULTILINE)
    return {"head": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def bash(*words: str | Path, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", *map(str, words)], capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="module")
def definition() -> dict[str, str]:
    return sections((FOLDER / "qsetu.def").read_text())


def test_the_image_has_every_section_and_a_base(definition):
    assert {"files", "post", "environment", "test", "runscript", "help"} <= set(definition)
    assert re.search(r"^Bootstrap: docker\nFrom: python:3\.1[1-3]-", definition["head"])


def test_the_image_copies_files_that_are_there_and_all_that_a_build_needs(definition):
    copied = [line.split() for line in definition["files"].strip().splitlines()]
    assert all((ROOT / source).exists() for source, _ in copied)
    assert all(target == f"/opt/qsetu/{source}" for source, target in copied)
    needed = {
        "pyproject.toml",
        "CMakeLists.txt",
        "src",
        "benchmarks",
        "README.md",
        "LICENSE",
        "constraints.txt",
    }
    assert needed <= {source for source, _ in copied}


@pytest.mark.parametrize("name", ["post", "environment", "test", "runscript"])
def test_the_scripts_of_the_image_are_shell(definition, name, tmp_path):
    script = tmp_path / "script.sh"
    script.write_text(definition[name])
    assert bash("-n", script).returncode == 0


def test_the_image_asks_for_extras_and_commands_that_exist(definition):
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    [asked] = re.findall(r"/opt/qsetu\[([\w,]+)\]", definition["post"])
    assert set(asked.split(",")) <= set(extras)
    assert "PIP_CONSTRAINT=/opt/qsetu/constraints.txt" in definition["post"]


def test_the_job_is_shell_and_its_options_are_slurms():
    text = (FOLDER / "qsetu.sbatch").read_text()
    assert bash("-n", FOLDER / "qsetu.sbatch").returncode == 0
    options = dict(re.findall(r"^#SBATCH --([\w-]+)=(\S+)$", text, re.MULTILINE))
    assert len(options) == text.count("\n#SBATCH ")
    assert set(options) == {"job-name", "time", "nodes", "ntasks", "cpus-per-task", "mem", "output"}
    assert re.fullmatch(r"\d\d:\d\d:\d\d", options["time"])


def test_the_job_runs_what_it_is_told(tmp_path):
    said = tmp_path / "said.txt"
    program = tmp_path / "program"
    program.write_text(f'#!/bin/bash\necho "$QSETU_NUM_THREADS: $*" >> {said}\n')
    program.chmod(0o755)
    environment = {
        "PATH": os.environ["PATH"],
        "QSETU": str(program),
        "SLURM_JOB_ID": "7",
        "SLURM_CPUS_PER_TASK": "3",
        "SLURM_JOB_ACCOUNT": "project_1",
    }
    done = bash(FOLDER / "qsetu.sbatch", "mine/colon.toml", "--size", "full", cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert said.read_text().splitlines() == [
        "3: run mine/colon.toml --size full --out results/colon-7 --project project_1",
    ]
    assert bash(FOLDER / "qsetu.sbatch", cwd=tmp_path, env=environment).returncode != 0


def test_commands_that_files_and_pages_name_exist():
    import typer.main

    from qsetu.cli.main import app

    click = typer.main.get_command(app)
    text = (ROOT / "docs" / "institution.md").read_text() + (FOLDER / "qsetu.sbatch").read_text()
    named = set(re.findall(r"(?:qsetu|\$QSETU) (run|usage [\w-]+|data \w+|share \w+|doctor)\b", text))
    assert {"run", "usage import-sacct", "data fetch", "share verify", "doctor"} <= named
    for words in named:
        command = click
        for word in words.split():
            assert word in command.commands, words
            command = command.commands[word]


def test_settings_of_the_hub_are_plain_and_sensible():
    settings = yaml.safe_load((FOLDER / "tljh.yaml").read_text())
    assert set(settings) == {"limits", "services", "user_environment"}
    assert re.fullmatch(r"\d+G", settings["limits"]["memory"]) and settings["limits"]["cpu"] >= 1
    assert settings["services"]["cull"]["timeout"] > settings["services"]["cull"]["every"]


def test_the_environment_is_one_that_conda_and_tykky_take():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["channels"] == ["conda-forge"]
    assert any(str(one).startswith("python=3.1") for one in environment["dependencies"])
    [pip] = [one["pip"] for one in environment["dependencies"] if isinstance(one, dict)]
    assert "-c constraints.txt" in pip and any("-e ." in one for one in pip)


def made_wheel(folder: Path) -> None:
    """A package of three lines, without a build system and without a network."""
    info = "small_thing-1.0.dist-info"
    files = {
        "small_thing.py": "ANSWER = 42\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: small-thing\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in files) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(folder / "small_thing-1.0-py3-none-any.whl", "w") as wheel:
        for name, content in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(name, content)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not on this machine")
def test_wheels_are_collected_checked_and_installed_without_a_network(tmp_path):
    source, wheels = tmp_path / "source", tmp_path / "wheels"
    source.mkdir()
    made_wheel(source)
    # Without what `make` tells pip, which is of the checkout.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    offline = {**kept, "PIP_NO_INDEX": "1", "PYTHON": sys.executable}
    script = FOLDER / "offline.sh"
    done = bash(
        script, "collect", source / "small_thing-1.0-py3-none-any.whl", wheels, env=offline, cwd=tmp_path
    )
    assert done.returncode == 0 and "1 wheels" in done.stdout, done.stderr
    done = bash(script, "install", "small-thing", wheels, tmp_path / "env", env=offline, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    python = tmp_path / "env" / "bin" / "python"
    answer = subprocess.run(
        [python, "-c", "import small_thing as s; print(s.ANSWER)"], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "42\n"
    # A wheel that nobody collected, and one that was changed.
    made_wheel(tmp_path)
    extra = wheels / "other-1.0-py3-none-any.whl"
    shutil.copy(tmp_path / "small_thing-1.0-py3-none-any.whl", extra)
    assert (
        "does not name" in bash(script, "install", "small-thing", wheels, tmp_path / "e2", env=offline).stderr
    )
    extra.unlink()
    [wheel] = wheels.glob("*.whl")
    wheel.write_bytes(wheel.read_bytes() + b"x")
    assert bash(script, "install", "small-thing", wheels, tmp_path / "e2", env=offline).returncode != 0
    assert not (tmp_path / "e2").exists()
    assert bash(script, env=offline).returncode == 2
