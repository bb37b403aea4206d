"""What is said before anything runs, and what "auto" means."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, param
from qsetu.admission import admit
from qsetu.engines import choice, get_engine
from qsetu.engines.choice import Measured, prefers_xla
from support import FAST_ENGINES


def ansatz(n: int) -> Circuit:
    circuit = Circuit(n)
    for layer in range(3):
        for q in range(n):
            circuit = circuit.ry(param(layer * n + q), q)
        for q in range(n - 1):
            circuit = circuit.cx(q, q + 1)
    return circuit


@pytest.mark.parametrize("engine", [*FAST_ENGINES, "reference", "auto"])
@pytest.mark.parametrize("gradient", [False, True])
def test_an_explanation_says_what_the_door_would_do(engine, gradient):
    circuit = ansatz(6)
    plan = qsetu.explain(circuit, rows=5, gradient=gradient, engine=engine)
    job = admit(circuit, np.zeros((5, 18)), engine, "complex64", gradient=gradient)
    assert plan.engine == job.engine.name
    assert plan.operations == len(job.program)
    assert (plan.num_qubits, plan.rows, plan.gradient, plan.dtype) == (6, 5, gradient, "complex64")
    assert plan.rows_at_once == job.rows_in_flight
    assert plan.memory_bytes == (1 + gradient) * job.rows_in_flight * job.engine.work_bytes(6, job.dtype)
    assert plan.fits
    assert plan.seconds > 0
    assert (plan.compile_seconds > 0) == (plan.engine == "xla")
    assert plan.passes == job.engine.passes(job.program)
    text = str(plan)
    assert text.startswith(f"engine   {plan.engine} on ")
    assert f"6 qubits, {plan.operations} operations" in text
    assert ("gradients" in text) == gradient


def test_time_and_memory_grow_with_what_is_asked():
    small, wide = (qsetu.explain(ansatz(n)) for n in (16, 24))
    assert 100 < wide.seconds / small.seconds < 1000  # 2^8 times the amplitudes, 3/2 of the gates
    assert wide.memory_bytes == 2**8 * small.memory_bytes
    assert wide.passes > 0
    few, many = (qsetu.explain(ansatz(8), rows=rows) for rows in (10, 10_000))
    assert many.seconds > 100 * few.seconds
    double = qsetu.explain(ansatz(24), dtype="complex128")
    assert double.memory_bytes == 2 * wide.memory_bytes


def test_what_does_not_fit_is_said_and_nothing_is_allocated():
    plan = qsetu.explain(ansatz(45))
    assert not plan.fits
    assert "does not fit" in str(plan)
    assert dataclasses.replace(plan, free_bytes=plan.memory_bytes).fits


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: qsetu.explain(3), "'circuit' must be a qsetu Circuit"),
        (lambda: qsetu.explain(ansatz(2), rows=0), "'rows' must be"),
        (lambda: qsetu.explain(ansatz(2), engine="natve"), "Did you mean 'native'"),
        (lambda: qsetu.explain(ansatz(2), dtype="float32"), "complex64"),
        (lambda: qsetu.explain(ansatz(2), engine="native", devices=2), "'devices' must be None"),
    ],
)
def test_wrong_requests_are_refused(call, message):
    with pytest.raises(qsetu.QsetuError, match=message):
        call()


@pytest.mark.skipif("native" not in FAST_ENGINES, reason="the native engine is not built")
def test_auto_reads_the_table(monkeypatch):
    pytest.importorskip("jax")
    circuit = ansatz(4)
    rows = np.zeros((64, 12))

    def chosen(**how):
        return admit(circuit, rows, "auto", "complex64", **how).engine.name

    assert chosen() == chosen(gradient=True) == "native"
    table = (Measured("cpu", True, "complex64", 64 * 2**4, "made up"),)
    monkeypatch.setattr(choice, "MEASURED", table)
    assert chosen() == "native"
    assert chosen(gradient=True) == "xla"
    assert admit(circuit, rows[1:], "auto", "complex64", gradient=True).engine.name == "native"
    assert admit(circuit, rows, "auto", "complex128", gradient=True).engine.name == "native"
    assert admit(circuit, rows, "native", "complex64", gradient=True).engine.name == "native"
    assert qsetu.explain(circuit, rows=64, gradient=True).engine == "xla"
    monkeypatch.setattr(choice, "MEASURED", (table[0]._replace(platform="gpu"),))
    assert chosen(gradient=True) == ("xla" if has_gpu() else "native")


def has_gpu() -> bool:
    import jax

    return jax.default_backend() == "gpu"


def test_what_was_not_measured_is_not_chosen():
    assert {row.platform for row in choice.MEASURED} == {"cpu"}
    assert all(row.source and row.least > 0 for row in choice.MEASURED)
    for gradient in (False, True):
        for dtype in ("complex64", "complex128"):
            (row,) = (r for r in choice.MEASURED if r.gradient == gradient and r.dtype == dtype)
            assert prefers_xla(2**40, gradient, dtype) == (row.least < math.inf)


def test_devices_or_precision_mean_xla():
    pytest.importorskip("jax")
    for how in ({"devices": 1}, {"precision": "highest"}):
        job = admit(ansatz(2), np.zeros(6), "auto", "complex64", **how)
        assert job.engine.name == "xla"
        assert job.engine.examined() is get_engine("xla")
