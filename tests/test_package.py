"""The package as a whole: imports stay light, rooms keep their arrows, names exist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import qsetu

ROOT = Path(__file__).parents[1]
HEAVY = (
    "jax",
    "qiskit",
    "qiskit_aer",
    "pennylane",
    "sklearn",
    "scipy",
    "pandas",
    "matplotlib",
    "anndata",
    "scanpy",
)


def loaded_after(code: str) -> set[str]:
    listing = f"{code}\nimport sys\nprint(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    return set(out.stdout.split())


def test_import_is_light():
    assert loaded_after("import qsetu").isdisjoint({*HEAVY, "numpy"})
    assert loaded_after("import qsetu; qsetu.Circuit(2).h(0).draw()").isdisjoint(HEAVY)
    assert loaded_after("import qsetu; qsetu.statevector(qsetu.Circuit(2).h(0))").isdisjoint(HEAVY)


def test_every_public_name_exists():
    for name in qsetu.__all__:
        assert getattr(qsetu, name) is not None, name
    assert set(qsetu._HOMES) | {"__version__", "learn"} == set(qsetu.__all__)
    assert dir(qsetu) == sorted(qsetu.__all__)


def test_unknown_name_is_an_attribute_error():
    try:
        qsetu.statevectr  # noqa: B018
    except AttributeError as error:
        assert "statevectr" in str(error)
    else:
        raise AssertionError("no error")


def test_rooms_keep_their_arrows():
    lint = Path(sys.executable).with_name("lint-imports")
    out = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stdout


def test_examples_in_docstrings_hold():
    import doctest
    import importlib
    import pkgutil

    tried = 0
    for module in pkgutil.walk_packages(qsetu.__path__, "qsetu."):
        if module.name.endswith("_native"):
            continue
        result = doctest.testmod(importlib.import_module(module.name))
        assert result.failed == 0, module.name
        tried += result.attempted
    assert tried > 20
