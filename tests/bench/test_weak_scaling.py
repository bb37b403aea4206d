"""benchmarks/weak_scaling.py: a row for each doubling."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_weak_scaling_prints_a_row_for_each_doubling(tmp_path):
    out = tmp_path / "scaling.json"
    command = [sys.executable, "benchmarks/weak_scaling.py", "--local-qubits=5", f"--json={out}"]
    env = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    content = json.loads(out.read_text())
    assert [row["devices"] for row in content["results"]] == [1, 2, 4]
    assert [row["qubits"] for row in content["results"]] == [5, 6, 7]
    assert content["results"][0]["efficiency"] == 1
    assert done.stdout.count("\n") == 5


def test_wrong_input_is_named():
    command = [sys.executable, "benchmarks/weak_scaling.py", "--local-qubits=1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1
    assert "at least 4" in done.stderr
    assert "Traceback" not in done.stderr
