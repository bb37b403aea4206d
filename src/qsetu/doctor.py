"""Is this installation sound? Known answers, in closed form, on every engine and precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu import simulate
from qsetu.circuits import Circuit, param
from qsetu.engines import ENGINES

__all__ = ["CHECKS", "CheckResult", "KnownAnswer", "run_checks"]

# Largest absolute error allowed: far above rounding, far below any wrong formula or TF32.
TOLERANCE = {"complex64": 1e-5, "complex128": 1e-12}

Run = Callable[[str, str], "tuple[NDArray[Any], NDArray[Any]]"]


@dataclass(frozen=True)
class KnownAnswer:
    """A computation whose result is known on paper. ``run(engine, dtype)`` gives (found, expected)."""

    name: str
    run: Run


@dataclass(frozen=True)
class CheckResult:
    """What became of one known answer on one engine and precision.

    Attributes:
        engine: Engine name.
        dtype: "complex64" or "complex128".
        check: Name of the known answer.
        error: Largest absolute error; infinite when the computation failed.
        tolerance: What was allowed.
        message: The failure, if the computation raised one.
    """

    engine: str
    dtype: str
    check: str
    error: float
    tolerance: float
    message: str = ""

    @property
    def passed(self) -> bool:
        """True when the error is a number within the tolerance."""
        return self.error <= self.tolerance


def run_checks(engines: tuple[str, ...] | None = None) -> list[CheckResult]:
    """Run every known answer on the engines that are installed (or on those named)."""
    names = engines or tuple(name for name, entry in ENGINES.items() if entry.why_missing() is None)
    return [_run(name, dtype, check) for name in names for dtype in TOLERANCE for check in CHECKS]


def _run(engine: str, dtype: str, check: KnownAnswer) -> CheckResult:
    try:
        found, expected = check.run(engine, dtype)
        error = float(np.max(np.abs(np.asarray(found) - expected)))
        error = error if np.isfinite(error) else float("inf")
        return CheckResult(engine, dtype, check.name, error, TOLERANCE[dtype])
    except Exception as failure:
        text = f"{type(failure).__name__}: {failure}"
        return CheckResult(engine, dtype, check.name, float("inf"), TOLERANCE[dtype], text)


def _ghz(engine: str, dtype: str) -> tuple[NDArray[Any], NDArray[Any]]:
    circuit = Circuit(5).h(2)
    for target in (0, 4, 1, 3):
        circuit = circuit.cx(2, target)
    expected = np.zeros(32)
    expected[[0, 31]] = np.sqrt(0.5)
    return simulate.statevector(circuit, engine=engine, dtype=dtype), expected


def _fourier(engine: str, dtype: str) -> tuple[NDArray[Any], NDArray[Any]]:
    n, k = 5, 11
    circuit = Circuit(n)
    for q in range(n):
        circuit = circuit.x(q) if k >> q & 1 else circuit
    for q in reversed(range(n)):
        circuit = circuit.h(q)
        for lower in reversed(range(q)):
            circuit = circuit.cp(np.pi / 2 ** (q - lower), lower, q)
    for q in range(n // 2):
        circuit = circuit.swap(q, n - 1 - q)
    index = np.arange(2**n)
    expected = np.exp(2j * np.pi * k * index / 2**n) / np.sqrt(2**n)
    return simulate.statevector(circuit, engine=engine, dtype=dtype), expected


def _gradient(engine: str, dtype: str) -> tuple[NDArray[Any], NDArray[Any]]:
    # <Z0> after RX(a) RX(b) is cos(a + b); after the CX, qubit 1 is a copy of qubit 0 along Z.
    circuit = Circuit(2).rx(param(0), 0).rx(0.5 * param(1) + 0.25, 0).cx(0, 1)
    params = np.linspace(-3.0, 3.0, 14).reshape(7, 2)
    values, gradients = simulate.value_and_grad(circuit, "Z0 + 2 Z1", params, engine=engine, dtype=dtype)
    angle = params[:, 0] + 0.5 * params[:, 1] + 0.25
    slope = -3 * np.sin(angle)
    expected = np.column_stack([3 * np.cos(angle), slope, 0.5 * slope])
    return np.column_stack([values, gradients]), expected


def _ising(engine: str, dtype: str) -> tuple[NDArray[Any], NDArray[Any]]:
    # exp(-i t/2 XX) on |00>: <Z0> = cos t, <Y0 X1> = -sin t, <Z0 Z1> = 1.
    params = np.linspace(0.0, 6.0, 9)[:, None]
    circuit = Circuit(2).rxx(param(0), 0, 1)
    found = simulate.expectation(circuit, ["Z0", "Y0 X1", "Z0 Z1"], params, engine=engine, dtype=dtype)
    t = params[:, 0]
    return found, np.column_stack([np.cos(t), -np.sin(t), np.ones_like(t)])


def _adder(engine: str, dtype: str) -> tuple[NDArray[Any], NDArray[Any]]:
    # Adds 1 modulo 16 by multi-controlled X: |15> -> |0>, |6> -> |7>.
    increment = Circuit(4).mcx([0, 1, 2], 3).mcx([0, 1], 2).cx(0, 1).x(0)
    found = [
        simulate.statevector(start.compose(increment), engine=engine, dtype=dtype)
        for start in (Circuit(4).x(0).x(1).x(2).x(3), Circuit(4).x(1).x(2))
    ]
    expected = np.zeros((2, 16))
    expected[0, 0] = expected[1, 7] = 1.0
    return np.array(found), expected


CHECKS = (
    KnownAnswer("GHZ state", _ghz),
    KnownAnswer("quantum Fourier transform", _fourier),
    KnownAnswer("values and gradients, batched", _gradient),
    KnownAnswer("Ising evolution", _ising),
    KnownAnswer("multi-controlled adder", _adder),
)
