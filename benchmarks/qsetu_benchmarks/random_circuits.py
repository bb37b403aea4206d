"""Random circuits of three kinds, the same in every run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qsetu import Circuit

__all__ = ["DEPTH", "RANDOM"]

DEPTH = 20


def _rng(num_qubits: int) -> np.random.Generator:
    return np.random.default_rng([7, num_qubits])


def random_grid(num_qubits: int) -> Circuit:
    """Depth 20 on a grid: a random square root of X, Y or (X+Y) on each qubit, never the same twice; then CZ.

    The CZ of a layer lie along one of four directions in turn, as in the supremacy experiments.
    """
    rng, rows = _rng(num_qubits), int(np.sqrt(num_qubits))
    columns = -(-num_qubits // rows)
    circuit, last = Circuit(num_qubits), np.full(num_qubits, -1)
    for layer in range(DEPTH):
        last = (last + rng.integers(1, 3, num_qubits)) % 3 if layer else rng.integers(0, 3, num_qubits)
        for q in range(num_qubits):
            circuit = circuit.r(np.pi / 2, float(last[q]) * np.pi / 4, q)
        step, odd = (1, columns)[layer % 2], layer // 2 % 2
        for q in range(num_qubits - step):
            row, column = divmod(q, columns)
            if (column if step == 1 else row) % 2 == odd and not (step == 1 and column == columns - 1):
                circuit = circuit.cz(q, q + step)
    return circuit


def _su4(rng: np.random.Generator) -> np.ndarray:
    q, r = np.linalg.qr(rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4)))
    return q * (np.diag(r) / np.abs(np.diag(r)))


def quantum_volume(num_qubits: int) -> Circuit:
    """As many layers as qubits: a Haar-random two-qubit unitary on each pair of a random pairing."""
    rng, circuit = _rng(num_qubits), Circuit(num_qubits)
    for _ in range(num_qubits):
        order = [int(q) for q in rng.permutation(num_qubits)]
        for a, b in zip(order[::2], order[1::2], strict=False):
            circuit = circuit.unitary(_su4(rng), [a, b])
    return circuit


def su4_brickwork(num_qubits: int) -> Circuit:
    """Depth 20: Haar-random two-qubit unitaries on neighbors, pairs shifted by one each layer."""
    rng, circuit = _rng(num_qubits), Circuit(num_qubits)
    for layer in range(DEPTH):
        for a in range(layer % 2, num_qubits - 1, 2):
            circuit = circuit.unitary(_su4(rng), [a, a + 1])
    return circuit


# Family to group and maker.
RANDOM: dict[str, tuple[str, Callable[[int], Circuit]]] = {
    "random_grid": ("random", random_grid),
    "quantum_volume": ("dense", quantum_volume),
    "su4_brickwork": ("dense", su4_brickwork),
}
