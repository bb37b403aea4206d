"""Any unitary matrix as gates, exactly: to rounding, its global phase included.

Reference: V. V. Shende, S. S. Bullock, I. L. Markov, "Synthesis of quantum logic circuits", IEEE Transactions
on Computer-Aided Design 25, 1000 (2006). Compilers that save gates by rounding matrices close to simpler ones
are of no use here: what is written is to be read back.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from qsetu.circuits import Affine, Operation
from qsetu.core.errors import ArgumentError

__all__ = ["synthesize"]

MAX_QUBITS = 8

Matrix = NDArray[Any]


def synthesize(matrix: Matrix, qubits: Sequence[int]) -> Iterator[Operation]:
    """``matrix`` ``(2^k, 2^k)`` on ``qubits`` as u, ry, rz, cx and gphase, about ``4^k`` of them.

    Args:
        matrix: Unitary.
        qubits: The first is the least significant bit of the matrix index.

    Raises:
        ArgumentError: More than 8 qubits.
    """
    if len(qubits) > MAX_QUBITS:
        rule = f"must hold unitary matrices on at most {MAX_QUBITS} qubits to be written as gates"
        raise ArgumentError("circuit", rule, len(qubits))
    if len(qubits) == 1:
        yield from _single(matrix, qubits[0])
        return
    half = len(matrix) // 2
    (u0, u1), angles, (v0, v1) = scipy.linalg.cossin(matrix, p=half, q=half, separate=True)
    *rest, last = qubits
    yield from _either(v0, v1, rest, last)
    yield from _turns("ry", 2 * angles, rest, last)
    yield from _either(u0, u1, rest, last)


def _single(m: Matrix, qubit: int) -> Iterator[Operation]:
    theta = 2 * math.atan2(abs(m[1, 0]), abs(m[0, 0]))
    phase = cmath.phase(m[0, 0]) if m[0, 0] else 0.0
    if abs(m[0, 0]) >= abs(m[1, 0]):
        phi = cmath.phase(m[1, 0]) - phase if m[1, 0] else 0.0
        lam = cmath.phase(m[1, 1]) - phase - phi
    else:
        phi = cmath.phase(m[1, 0]) - phase
        lam = cmath.phase(-m[0, 1]) - phase
    yield from _phase(phase)
    yield Operation("u", (qubit,), (Affine(theta), Affine(phi), Affine(lam)))


def _phase(angle: float) -> Iterator[Operation]:
    if angle:
        yield Operation("gphase", (), (Affine(angle),))


def _either(zero: Matrix, one: Matrix, rest: Sequence[int], last: int) -> Iterator[Operation]:
    """``zero`` on ``rest`` where ``last`` is 0, ``one`` where it is 1."""
    # zero = v d w and one = v d* w: what they differ by is normal, so its Schur form is diagonal.
    form, v = scipy.linalg.schur(zero @ one.conj().T, output="complex")
    angles = np.angle(np.diag(form)) / 2
    w = np.exp(1j * angles)[:, None] * (v.conj().T @ one)
    yield from synthesize(w, rest)
    yield from _turns("rz", -2 * angles, rest, last)
    yield from synthesize(v, rest)


def _turns(gate: str, angles: NDArray[Any], rest: Sequence[int], last: int) -> Iterator[Operation]:
    """A rotation of ``last`` by ``angles[i]`` where ``rest`` holds the number i."""
    if not angles.any():
        return
    if not rest:
        yield Operation(gate, (last,), (Affine(float(angles[0])),))
        return
    *lower, top = rest
    low, high = angles[: len(angles) // 2], angles[len(angles) // 2 :]
    yield from _turns(gate, (low + high) / 2, lower, last)
    difference = (low - high) / 2
    if difference.any():
        flip = Operation("x", (last,), (), (top,))
        yield flip
        yield from _turns(gate, difference, lower, last)
        yield flip
