"""Circuits that several benchmarks run; nothing but qsetu and NumPy is needed for them."""

from __future__ import annotations

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
