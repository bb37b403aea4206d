"""Eight devices that share a state give that of one. A process of its own: JAX counts them at its start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")

CASES = ("states", "values", "gradients", "in_jax", "structured", "few_qubits", "batches")


@pytest.fixture(scope="module")
def report():
    flags = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("sharded_cases.py")), *CASES],
        env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        check=False,
        text=True,
        timeout=1500,
    )
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line), done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_shared_states(report, name):
    lines, errors = report
    assert lines.get(name) == "ok", lines.get(name, errors[-2000:])
