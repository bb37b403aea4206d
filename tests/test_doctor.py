"""The doctor finds a sound installation sound, and a wrong engine wrong."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu import doctor, engines
from qsetu.engines.reference.engine import ReferenceEngine
from qsetu.trust import gate
from qsetu.trust.jax_build import ACROSS_DEVICES, BUILD_CHECKS
from qsetu.trust.places import places_of
from support import DTYPES


def test_sound_engines_pass_every_known_answer():
    results = doctor.run_checks()
    ready = [name for name, entry in engines.ENGINES.items() if entry.why_missing() is None]
    everything = []
    for name in ready:
        places = places_of(name)
        for place in places:
            checks = [*(BUILD_CHECKS if place.device else ()), *doctor.CHECKS]
            everything += [(name, place.name, dtype, c.name) for dtype in DTYPES for c in checks]
        if len(places) > 1:
            across = f"{len(places)} x {places[0].platform}"
            everything += [(name, across, dtype, ACROSS_DEVICES.name) for dtype in DTYPES]
    assert [(r.engine, r.device, r.dtype, r.check) for r in results] == everything
    assert len(results) >= len(ready) * 2 * len(doctor.CHECKS)
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


@pytest.mark.parametrize(
    ("engines", "devices", "message"),
    [
        (("natve",), None, "'engines'.*Did you mean 'native'"),
        (("reference",), ("gpu:0",), "'devices' must be one of cpu; got 'gpu:0'"),
        ((3,), None, "engines"),
    ],
)
def test_unknown_engines_and_devices_are_named(engines, devices, message):
    with pytest.raises(qsetu.QsetuError, match=message):
        doctor.run_checks(engines, devices)


def test_what_the_doctor_finds_is_what_the_door_goes_by(monkeypatch, tmp_path):
    monkeypatch.setenv("QSETU_TRUST_CACHE", "on")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(gate, "_VERDICTS", {})
    circuit = qsetu.Circuit(1).h(0)

    def found(error, message=""):
        return [
            doctor.CheckResult("reference", "cpu", "complex64", "GHZ state", 1e-9, 1e-5),
            doctor.CheckResult("reference", "cpu", "complex64", "large and slow", error, 1e-5, message),
        ]

    def runs():
        try:
            qsetu.statevector(circuit, engine="reference")
        except qsetu.QsetuError as error:
            assert "'large and slow' is off by 3.0e-02, 1e-05 is allowed" in str(error)
            return False
        return True

    doctor.remember(found(0.03))
    assert not runs()
    assert qsetu.statevector(circuit, engine="reference", dtype="complex128").shape == (2,)
    gate._VERDICTS.clear()  # as in the next process: its quick test alone would find nothing
    assert not runs()
    doctor.remember(found(1e-7))
    assert runs()
    gate._VERDICTS.clear()
    assert runs()
    # What could not be computed says nothing of tomorrow.
    doctor.remember(found(0.03))
    doctor.remember(found(float("inf"), "MemoryError: 3"))
    gate._VERDICTS.clear()
    assert runs()
