"""The circuits of the races: MQT Bench's families, and random ones of three kinds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qsetu import Circuit
from race.from_qiskit import NotUnitary, converted

# Longer circuits are cut after this many gates: the first part of a circuit is a circuit too, and a
# peer that takes minutes for one run cannot be timed.
MOST_GATES = 2000

# A family that exists for some widths only is run at the widest that is no more than this much narrower.
NARROWER = 3

RANDOM = {"random_grid": "random", "quantum_volume": "dense", "su4_brickwork": "dense"}
DEPTH = 20


@dataclass(frozen=True)
class Built:
    """A circuit of a family: group "mqt", "random" or "dense"; `cut` says how many gates it had."""

    family: str
    group: str
    circuit: Circuit
    cut: int = 0


class LeftOut(Exception):
    """The family has no circuit here; the message says why."""


def families() -> list[str]:
    """Every family: the random ones, and what the installed MQT Bench has."""
    try:
        from mqt.bench.benchmarks import get_available_benchmark_names
    except ImportError:
        return list(RANDOM)
    return [*get_available_benchmark_names(), *RANDOM]


def build(family: str, num_qubits: int) -> Built:
    """The circuit of `family` with at most `num_qubits` qubits; raises LeftOut."""
    if family in RANDOM:
        return Built(family, RANDOM[family], globals()[f"_{family}"](num_qubits))
    from mqt.bench import get_benchmark_alg

    for width in range(num_qubits, max(1, num_qubits - NARROWER - 1), -1):
        try:
            made = get_benchmark_alg(family, width)
        except ValueError as error:
            refusal = str(error)
            continue
        try:
            circuit, total = converted(made, MOST_GATES)
        except NotUnitary as error:
            raise LeftOut(f"no unitary core: {error}") from None
        if circuit.num_qubits < num_qubits - NARROWER:
            raise LeftOut(f"has {circuit.num_qubits} qubits, whatever is asked for")
        return Built(family, "mqt", circuit, total if total > MOST_GATES else 0)
    raise LeftOut(f"none from {num_qubits - NARROWER} to {num_qubits} qubits: {refusal}")


def _rng(num_qubits: int) -> np.random.Generator:
    return np.random.default_rng([7, num_qubits])


def _random_grid(num_qubits: int) -> Circuit:
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


def _quantum_volume(num_qubits: int) -> Circuit:
    """As many layers as qubits: a Haar-random two-qubit unitary on each pair of a random pairing."""
    rng, circuit = _rng(num_qubits), Circuit(num_qubits)
    for _ in range(num_qubits):
        order = [int(q) for q in rng.permutation(num_qubits)]
        for a, b in zip(order[::2], order[1::2], strict=False):
            circuit = circuit.unitary(_su4(rng), [a, b])
    return circuit


def _su4_brickwork(num_qubits: int) -> Circuit:
    """Depth 20: Haar-random two-qubit unitaries on neighbors, pairs shifted by one each layer."""
    rng, circuit = _rng(num_qubits), Circuit(num_qubits)
    for layer in range(DEPTH):
        for a in range(layer % 2, num_qubits - 1, 2):
            circuit = circuit.unitary(_su4(rng), [a, a + 1])
    return circuit
