"""Another version of qsetu beside this one: copied, built, and run in processes of its own."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

__all__ = ["ROOT", "checkout_copy", "commit_copy", "install", "run_ci"]

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("src", "benchmarks", "CMakeLists.txt", "pyproject.toml", "README.md", "LICENSE", "constraints.txt")


def checkout_copy(folder: Path) -> None:
    """What a build needs of this checkout, as it is now."""
    folder.mkdir(parents=True)
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        else:
            shutil.copy(source, folder / name)


def commit_copy(commit: str, folder: Path) -> None:
    """The files of a commit."""
    done = subprocess.run(
        ["git", "-C", str(ROOT), "archive", "--format=tar", commit], capture_output=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"No files of '{commit}': {done.stderr.decode().strip()}")
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")


def install(copy: Path, site: Path) -> None:
    """Build `copy` into `site`, with this environment's dependencies."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(site),
        str(copy),
    ]
    environment = {**os.environ, "PIP_BUILD_CONSTRAINT": str(ROOT / "constraints.txt")}
    subprocess.run(command, check=True, env={**environment, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    # The finder of an editable install would win over any path.
    (site / "sitecustomize.py").write_text(
        "import sys\n"
        'sys.meta_path[:] = [f for f in sys.meta_path if "ScikitBuild" not in type(f).__name__]\n'
        f"sys.path.insert(0, {str(site)!r})\n"
    )


def run_ci(file: Path, site: Path | None, options: list[str]) -> None:
    """The suite `ci`, of this checkout or of what is installed in `site`; the record goes to `file`."""
    environment = dict(os.environ)
    if site is not None:
        environment["PYTHONPATH"] = str(site)
    # The cases are those of this checkout: it is the code that is compared, not what is asked of it.
    cases = ["--cases", str(ROOT / "benchmarks" / "qsetu_benchmarks")]
    program = "from qsetu.cli.main import main; main()"
    command = [sys.executable, "-c", program, "bench", "run", "--suite", "ci", "--json", str(file)]
    done = subprocess.run(
        [*command, *cases, *options], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"The suite failed:\n{done.stdout}{done.stderr}")
