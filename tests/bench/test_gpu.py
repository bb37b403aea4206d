"""benchmarks/gpu.py and weak_scaling.py: they run, check before they time, and count right."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("gpu")


def test_a_wrong_answer_ends_the_run(gpu):
    with pytest.raises(SystemExit, match=r"case: xla differs from native by 1.0e-03, 2e-04 is allowed"):
        gpu.raced("case", lambda engine: np.array([0.001 * (engine == "xla")]), "complex64")
    with pytest.raises(SystemExit, match="differs from native by nan"):
        gpu.raced("case", lambda engine: np.array([np.nan]), "complex64")


def test_without_native_xla_is_checked_against_the_reference(gpu, monkeypatch):
    monkeypatch.setattr(gpu, "native_ready", lambda: False)
    assert set(gpu.raced("case", lambda engine: np.array([1.0]), "complex64")) == {"xla"}
    assert gpu.shown([{"case": "a", "qubits": 3, "xla": 0.1}]).row_count == 1
    monkeypatch.setattr(gpu, "FAMILIES", {"random pairs": gpu.random_pairs})
    gpu.against_reference("complex64")
    monkeypatch.setattr(gpu, "TOLERANCE", {"complex64": 1e-12})
    with pytest.raises(SystemExit, match="random pairs: xla is off by"):
        gpu.against_reference("complex64")


def test_the_threshold_is_where_xla_has_won_for_good(gpu):
    def result(amplitudes, xla, gradient=False):
        return {"amplitudes": amplitudes, "xla": xla, "native": 1.0, "gradient": gradient}

    results = [result(8, 0.5), result(16, 2.0), result(32, 0.9), result(64, 0.1), result(64, 3.0, True)]
    assert gpu.least_amplitudes(results, False) == 32
    assert gpu.least_amplitudes(results, True) == np.inf
    assert gpu.least_amplitudes([], True) == np.inf


@pytest.mark.slow
def test_a_small_run_writes_what_it_prints(gpu, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(gpu, "ROWS", 4)
    monkeypatch.setattr(gpu, "SAMPLES", 6)
    monkeypatch.setattr(gpu, "FAMILIES", {"Fourier": gpu.fourier, "random pairs": gpu.random_pairs})
    bandwidth = gpu.copy_bandwidth(2**20, rounds=2)
    assert bandwidth > 1e6
    results = gpu.single([6, 7], "complex64", bandwidth) + gpu.batches([3], "complex64")
    results += gpu.kernels([3], "complex64")
    assert len(results) == 2 * 2 + 2 + 1
    for found in results:
        assert found["xla"] > 0
        assert found["native"] > 0
        assert found["error"] < 2e-4
    assert all(0 < found["bandwidth_share"] < 10 for found in results[:4])
    json.dumps(results)
    assert gpu.shown(results).row_count == len(results)


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


@pytest.mark.parametrize(
    ("script", "wrong", "message"),
    [
        ("gpu.py", "--sizes=a", "--sizes must be numbers"),
        ("weak_scaling.py", "--local-qubits=1", "at least 4"),
    ],
)
def test_wrong_input_is_named(script, wrong, message):
    command = [sys.executable, f"benchmarks/{script}", wrong]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
