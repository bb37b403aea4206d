"""Known answers: sound engines pass, and each fault they were made for shows."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from qsetu.engines.reference import engine as reference
from qsetu.trust.answers import SMALL_ANSWERS
from qsetu.trust.ask import AskEngine
from qsetu.trust.jax_build import BUILD_CHECKS, MATVEC
from qsetu.trust.large_answers import DENSE, LARGE_ANSWERS
from qsetu.trust.verdict import TOLERANCE, examine, run_build_check
from support import DTYPES

ANSWERS = {answer.name: answer for answer in (*SMALL_ANSWERS, *LARGE_ANSWERS)}


def rounded(array: np.ndarray, bits: int) -> np.ndarray:
    """Real and imaginary parts with ``bits`` significant bits."""
    parts = np.ascontiguousarray(array, dtype=np.complex128).view(np.float64)
    mantissa, exponent = np.frexp(parts)
    short = np.ldexp(np.rint(mantissa * 2.0**bits) / 2.0**bits, exponent)
    return short.view(np.complex128).reshape(np.shape(array))


def of_reference(answer, dtype="complex64"):
    ask = AskEngine(reference.ENGINE, np.dtype(dtype))
    return examine("reference", "cpu", dtype, answer.name, lambda: answer.run(ask))


def multiply_with(monkeypatch, bits):
    exact = reference._apply

    def short(op, matrix, outside, state, num_qubits):
        return exact(op, rounded(matrix, bits), outside, rounded(state, bits), num_qubits)

    monkeypatch.setattr(reference, "_apply", short)


def test_products_of_tf32_are_far_outside_and_of_float32_well_inside(monkeypatch):
    with monkeypatch.context() as patch:
        multiply_with(patch, 24)  # float32: 23 bits that are kept and the first, which need not be
        single = of_reference(DENSE)
    with monkeypatch.context() as patch:
        multiply_with(patch, 11)
        tf32 = of_reference(DENSE)
    assert single.passed
    assert single.error < TOLERANCE["complex64"] / 10
    assert tf32.error > 10 * TOLERANCE["complex64"]


@pytest.mark.parametrize("place", ["value", "gradient", "state"])
def test_each_part_of_the_dense_answer_counts(monkeypatch, place):
    def off(self, program, *rest):
        (values, gradients) = exact(self, program, *rest)
        return values + 1e-3 * (place == "value"), gradients + 1e-3 * (place == "gradient")

    exact = reference.ReferenceEngine.jacobian
    states = reference.ReferenceEngine.states
    monkeypatch.setattr(reference.ReferenceEngine, "jacobian", off)
    if place == "state":
        monkeypatch.setattr(reference.ReferenceEngine, "states", lambda *given: 1j * states(*given))
    assert not of_reference(DENSE).passed


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_answer_of_wrong_size_or_no_number_fails(name, dtype):
    class Wrong:
        def __init__(self, change):
            self.change, self.ask = change, AskEngine(reference.ENGINE, np.dtype(dtype))

        def __getattr__(self, method):
            def changed(*given):
                result = getattr(self.ask, method)(*given)
                return tuple(map(self.change, result)) if isinstance(result, tuple) else self.change(result)

            return changed

    def error_with(change):
        run = lambda: ANSWERS[name].run(Wrong(change))  # noqa: E731
        return examine("reference", "cpu", dtype, name, run)

    assert not error_with(lambda array: array + 0.01).passed  # by 0.8 % and a bit
    nothing = error_with(lambda array: array * np.nan)
    assert (nothing.passed, nothing.error) == (False, np.inf)


def test_a_check_that_raises_or_has_another_shape_is_a_failure_with_a_reason():
    raised = examine("native", "cpu", "complex64", "x", lambda: 1 / 0)
    assert (raised.passed, raised.error, raised.message) == (
        False,
        np.inf,
        "ZeroDivisionError: division by zero",
    )
    shape = examine("native", "cpu", "complex64", "x", lambda: (np.zeros(1), np.zeros(4)))
    assert not shape.passed
    assert "shape (1,), not (4,)" in shape.message


@pytest.mark.parametrize("check", BUILD_CHECKS, ids=lambda check: check.name)
@pytest.mark.parametrize("dtype", DTYPES)
def test_this_jax_is_sound(check, dtype):
    pytest.importorskip("jax")
    result = examine("xla", "cpu:0", dtype, check.name, lambda: run_build_check(check, dtype))
    assert result.passed, result


def test_a_matrix_product_that_loses_low_bits_is_seen(monkeypatch):
    jnp = pytest.importorskip("jax.numpy")
    exact = jnp.sum
    # What jaxlib 0.10.2 does to the last element: 2^30 (1 - 2^-9).
    monkeypatch.setattr(jnp, "sum", lambda x: exact(x) * (1 - 2.0**-9))
    for dtype in DTYPES:
        result = examine("xla", "cpu:0", dtype, MATVEC.name, lambda: run_build_check(MATVEC, dtype))  # noqa: B023
        assert result.error == pytest.approx(2.0**-9, rel=1e-3)
        assert not result.passed


def test_several_devices_are_checked_together():
    pytest.importorskip("jax")
    code = """
import numpy as np
from qsetu import doctor
from qsetu.trust import jax_build

doctor.CHECKS, doctor.BUILD_CHECKS = doctor.CHECKS[:1], doctor.BUILD_CHECKS[:1]
results = doctor.run_checks(("xla",), ("cpu:0", "cpu:2", "cpu:3"))
by_device = {}
for result in results:
    assert result.passed, result
    by_device.setdefault(result.device, set()).add(result.check)
assert list(by_device) == ["cpu:0", "cpu:2", "cpu:3", "3 x cpu"], list(by_device)
assert by_device["3 x cpu"] == {jax_build.ACROSS_DEVICES.name}

# One buffer for two values is what went wrong: the second path reads what the first has written.
import jax.numpy as jnp
exact = jnp.concatenate
calls = []
def mixed_up(pieces):
    calls.append(1)
    return exact(pieces) if len(calls) != 4 else exact(pieces) * 0
jnp.concatenate = mixed_up
devices = [place.device for place in doctor.places_of("xla")]
found, expected = jax_build.ACROSS_DEVICES.run(np.float32, *devices)
assert np.abs(found - expected).max() > 1e-3
"""
    flags = "--xla_force_host_platform_device_count=4"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
