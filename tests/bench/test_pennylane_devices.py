"""benchmarks/pennylane_devices.py: it runs, and checks before it times."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pennylane_lightning")

ROOT = Path(__file__).parents[2]


def test_it_runs_and_records(tmp_path):
    out = tmp_path / "out.json"
    command = [
        sys.executable,
        "benchmarks/pennylane_devices.py",
        "--only=jax.jit, 4",
        "--rounds=3",
        f"--json={out}",
    ]
    run = subprocess.run([*command, f"--json={out}"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("qsetu.qubit") == run.stdout.count("default.qubit") == 1
    assert "gradient in jax.jit, 4 qubits" in json.loads(out.read_text())["cases"]


def test_wrong_answers_are_not_timed(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import pennylane_devices

    with pytest.raises(SystemExit, match=r"lightning\.qubit"):
        pennylane_devices.check({"qsetu.qubit": [1.0, 2.0], "lightning.qubit": [1.0, 2.1]})


def test_a_case_that_is_not_there():
    command = [sys.executable, "benchmarks/pennylane_devices.py", "--only=5 qubits"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 2
    assert "gradient, 16 qubits" in run.stderr
