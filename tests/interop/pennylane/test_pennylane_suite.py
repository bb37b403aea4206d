"""PennyLane's own conformance suite for devices passes, and skips nothing but what is listed here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

qml = pytest.importorskip("pennylane")

from pennylane.devices import tests as suite  # noqa: E402

# Why each may be skipped.
COMMON = {
    "could not import 'torch': No module named 'torch'": "torch is no dependency of qsetu",
    "operation not supported on the device": "QubitDensityMatrix: states here are pure",
    "test only works with backprop": "a case of the test for another method",
    "test only works with parameter-shift": "a case of the test for another method",
    "test is old interface specific.": "devices of PennyLane's old interface only",
    "test specific for old device interface.": "devices of PennyLane's old interface only",
    "test is specific to old device interface": "devices of PennyLane's old interface only",
    "test specific to old device interface.": "devices of PennyLane's old interface only",
    "QutritBasisState template only works on qutrit devices": "qutrits",
}
EXACT = {
    "device does not support diff_method": "'backprop' by that name; 'best' is it with JAX",
    "Device is in analytic mode, cannot test sampling.": "needs shots",
    "Shots must be specified in the device to compute a sampled measurement.": "needs shots",
    "If shots=None no warning is raised.": "needs shots",
}
SAMPLED = {
    "Device is in non-analytical mode.": "needs exact results",
    "test should only be run in analytic mode": "needs exact results",
    "SparseHamiltonian only supported in analytic mode": "needs exact results",
    "If shots!=None no error is raised.": "needs exact results",
    "Some plugins don't update state information when shots is not None.": "needs exact results",
    "test only works with analytic-mode pure statevector simulators": "needs exact results",
    "test only works with analytic-mode simulations": "needs exact results",
}


def test_the_device_is_installed_under_its_name():
    (entry,) = entry_points(group="pennylane.plugins", name="qsetu.qubit")
    assert entry.load() is type(qml.device("qsetu.qubit"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shots", "allowed"),
    [("None", {**COMMON, **EXACT}), ("20000", {**COMMON, **SAMPLED})],
    ids=["exact", "shots"],
)
def test_the_conformance_suite_passes(shots, allowed):
    here = str(Path(__file__).parent)
    path = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    options = ["--device=qsetu.qubit", f"--shots={shots}", "-p", "suite_plugin", "-p", "no:cacheprovider"]
    options += ["-q", "-rs", "-W", "ignore", "--tb=short", "-p", "no:xdist"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", str(Path(suite.__file__).parent), *options],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "1000"},
        cwd=here,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
    assert not re.search(r"\d+ (failed|error)", run.stdout)
    assert int(re.search(r"(\d+) passed", run.stdout)[1]) > 350
    reasons = set(re.findall(r"^SKIPPED \[\d+\] \S+: (.*)$", run.stdout, re.M))
    assert reasons <= set(allowed), reasons - set(allowed)
    needed = set(allowed) - {reason for reason in allowed if "torch" in reason}
    assert reasons >= needed, f"no longer skipped, to be taken off the list: {needed - reasons}"
