"""The doctor finds a sound installation sound, and a wrong engine wrong."""

from __future__ import annotations

import numpy as np

from qsetu import doctor, engines
from qsetu.engines.reference.engine import ReferenceEngine


def test_sound_engines_pass_every_known_answer():
    results = doctor.run_checks()
    ready = [name for name, entry in engines.ENGINES.items() if entry.why_missing() is None]
    assert len(results) == len(ready) * 2 * len(doctor.CHECKS)
    assert [r for r in results if not r.passed] == []


def test_a_wrong_engine_is_named(monkeypatch):
    class Slightly(ReferenceEngine):
        def states(self, program, params, dtype):
            # 0.8 % off, the size of the error of one bad JAX build
            return super().states(program, params, dtype) * dtype.type(1.008)

        def vjp(self, *arguments):
            raise RuntimeError("no gradient today")

    from qsetu import admission

    monkeypatch.setattr(admission, "get_engine", lambda name: Slightly())
    results = doctor.run_checks(("reference",))
    failed = {r.check for r in results if not r.passed}
    assert {"GHZ state", "quantum Fourier transform", "values and gradients, batched"} <= failed
    assert any("no gradient today" in r.message for r in results)
    assert np.isfinite([r.error for r in results if r.passed]).all()
