"""Eight devices that share a state give that of one. A process of its own: JAX counts them at its start."""

from __future__ import annotations

import os
import socket
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


@pytest.mark.slow
def test_two_processes_share_a_state():
    # As over nodes: each process has four of the eight devices, and runs the same program.
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    script = str(Path(__file__).with_name("distributed_case.py"))
    env = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    processes = [
        subprocess.Popen(
            [sys.executable, script, str(port), str(number)],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(2)
    ]
    try:
        outputs = [process.communicate(timeout=900)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert all("devices 8 ok" in output for output in outputs), outputs
