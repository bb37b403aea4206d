"""Families of QASMBench that MQT Bench does not have, by their definition and at any width.

QASMBench (A. Li, S. Stein, S. Krishnamoorthy, J. Ang, arXiv:2005.13018) keeps files of fixed widths; these
are the same kinds of circuits, without their measurements. Angles are random, and the same in every run.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qsetu import Circuit

__all__ = ["FAMILIES"]

STEPS = 5


def _angles(num_qubits: int) -> Callable[[], float]:
    rng = np.random.default_rng([11, num_qubits])
    return lambda: float(rng.uniform(-np.pi, np.pi))


def ising(num_qubits: int) -> Circuit:
    """A transverse-field chain in time: ZZ on even then odd neighbors, X on all, a few Trotter steps."""
    angle, circuit = _angles(num_qubits), Circuit(num_qubits)
    for q in range(num_qubits):
        circuit = circuit.h(q)
    for _ in range(STEPS):
        for first in (0, 1):
            for q in range(first, num_qubits - 1, 2):
                circuit = circuit.cx(q, q + 1).rz(angle(), q + 1).cx(q, q + 1)
        for q in range(num_qubits):
            circuit = circuit.rx(angle(), q)
    return circuit


def swap_test(num_qubits: int) -> Circuit:
    """Two registers of angle-encoded features, compared through one more qubit."""
    angle, half, circuit = _angles(num_qubits), (num_qubits - 1) // 2, Circuit(num_qubits)
    for q in range(1, 2 * half + 1):
        circuit = circuit.ry(angle(), q)
    circuit = circuit.h(0)
    for q in range(1, half + 1):
        circuit = circuit.swap(q, q + half, controls=[0])
    return circuit.h(0)


def dnn(num_qubits: int) -> Circuit:
    """A quantum neural network: encoded features, then layers of rotations about two axes and rings of CX."""
    angle, circuit = _angles(num_qubits), Circuit(num_qubits)
    for q in range(num_qubits):
        circuit = circuit.ry(angle(), q)
    for _ in range(STEPS):
        for q in range(num_qubits):
            circuit = circuit.rx(angle(), q).ry(angle(), q)
        for q in range(num_qubits):
            circuit = circuit.cx(q, (q + 1) % num_qubits)
    return circuit


def qugan(num_qubits: int) -> Circuit:
    """A generator and a discriminator of YY rotations on neighbors, compared by a swap test."""
    angle, half, circuit = _angles(num_qubits), (num_qubits - 1) // 2, Circuit(num_qubits)
    for start in (1, 1 + half):
        for _ in range(2):
            for q in range(start, start + half):
                circuit = circuit.ry(angle(), q)
            for q in range(start, start + half - 1):
                circuit = circuit.ryy(angle(), q, q + 1)
            for q in range(start, start + half - 1):
                circuit = circuit.ry(angle(), q + 1, controls=[q])
    circuit = circuit.h(0)
    for q in range(1, half + 1):
        circuit = circuit.swap(q, q + half, controls=[0])
    return circuit.h(0)


FAMILIES: dict[str, Callable[[int], Circuit]] = {
    "ising": ising,
    "swap_test": swap_test,
    "dnn": dnn,
    "qugan": qugan,
}
