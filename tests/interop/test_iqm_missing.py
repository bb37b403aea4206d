"""Without iqm-client everything says which extra has it; and importing qsetu's part imports none of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from qsetu import Circuit
from qsetu.core.errors import EngineError
from qsetu.interop import iqm

JOB = "12345678-1234-5678-1234-567812345678"


@pytest.mark.parametrize(
    "call",
    [
        iqm.backends,
        lambda: iqm.run(Circuit(1)),
        lambda: iqm.transpile(Circuit(1)),
        lambda: iqm.noise_model("garnet"),
        lambda: iqm.run(Circuit(1), backend="device"),
        lambda: iqm.fetch(JOB),
    ],
)
def test_the_extra_is_named(monkeypatch, call):
    for name in [name for name in sys.modules if name == "iqm" or name.startswith("iqm.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "iqm", None)
    monkeypatch.setenv("IQM_SERVER_URL", "https://nowhere.invalid")
    with pytest.raises(EngineError, match=r"iqm.* is missing.*pip install 'qsetu\[iqm\]'"):
        call()


def test_importing_it_imports_none_of_it():
    listing = "import qsetu.interop.iqm, sys\nprint(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    assert {"iqm", "qiskit", "qiskit_aer", "jax"}.isdisjoint(out.stdout.split())
