"""Circuits that several benchmarks run; nothing but qsetu and NumPy is needed for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import qsetu


def hardware_efficient(num_qubits: int, layers: int) -> qsetu.Circuit:
    """RY and RZ on every qubit, then a ring of CX, `layers` times."""
    circuit, slot = qsetu.Circuit(num_qubits), 0
    for _ in range(layers):
        for q in range(num_qubits):
            circuit = circuit.ry(qsetu.param(slot), q).rz(qsetu.param(slot + 1), q)
            slot += 2
        for q in range(num_qubits):
            circuit = circuit.cx(q, (q + 1) % num_qubits)
    return circuit


def zz_map(num_qubits: int, reps: int = 2) -> qsetu.Circuit:
    """The ZZ feature map on all pairs; slots: x_i, then (pi - x_i)(pi - x_j) for each pair."""
    pairs = [(i, j) for i in range(num_qubits) for j in range(i + 1, num_qubits)]
    circuit = qsetu.Circuit(num_qubits)
    for _ in range(reps):
        for q in range(num_qubits):
            circuit = circuit.h(q).p(2 * qsetu.param(q), q)
        for slot, (i, j) in enumerate(pairs, start=num_qubits):
            circuit = circuit.cx(i, j).p(2 * qsetu.param(slot), j).cx(i, j)
    return circuit


def zz_parameters(x: np.ndarray) -> np.ndarray:
    i, j = np.triu_indices(x.shape[1], k=1)
    return np.concatenate([x, (np.pi - x[:, i]) * (np.pi - x[:, j])], axis=1)


def fourier(num_qubits: int) -> qsetu.Circuit:
    """The quantum Fourier transform without its last swaps: mostly diagonal gates, no parameters."""
    circuit = qsetu.Circuit(num_qubits)
    for q in reversed(range(num_qubits)):
        circuit = circuit.h(q)
        for lower in reversed(range(q)):
            circuit = circuit.cp(np.pi / 2 ** (q - lower), lower, q)
    return circuit


def random_pairs(num_qubits: int, layers: int = 10) -> qsetu.Circuit:
    """Random two-qubit unitaries on random pairs: quantum volume's circuits."""
    rng = np.random.default_rng(num_qubits)
    circuit = qsetu.Circuit(num_qubits)
    for _ in range(layers):
        order = rng.permutation(num_qubits)
        for a, b in zip(order[::2], order[1::2], strict=False):
            q, r = np.linalg.qr(rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4)))
            circuit = circuit.unitary(q * (np.diag(r) / np.abs(np.diag(r))), [int(a), int(b)])
    return circuit


def layered(num_qubits: int, layers: int) -> qsetu.Circuit:
    """RY and RZ on every qubit, then a chain of CX, `layers` times."""
    circuit, slot = qsetu.Circuit(num_qubits), 0
    for _ in range(layers):
        for q in range(num_qubits):
            circuit = circuit.ry(qsetu.param(slot), q).rz(qsetu.param(slot + 1), q)
            slot += 2
        for q in range(num_qubits - 1):
            circuit = circuit.cx(q, q + 1)
    return circuit


# Of every kind that costs something else: single-qubit gates, diagonals, dense pairs.
FAMILIES: dict[str, Callable[[int], qsetu.Circuit]] = {
    "hardware-efficient": lambda n: hardware_efficient(n, 4),
    "fourier": fourier,
    "random-pairs": random_pairs,
}
