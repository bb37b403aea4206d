"""Rosters and random circuits that the laws are swept over."""

from __future__ import annotations

import numpy as np

from qsetu import Circuit, param
from qsetu.circuits import GATES
from qsetu.engines import ENGINES, get_engine

DTYPES = ("complex64", "complex128")
TOLERANCE = {"complex64": 1e-5, "complex128": 1e-12}

# Engines under test: everything in the roster that can run here, the oracle apart.
FAST_ENGINES = [
    name for name, entry in ENGINES.items() if name != "reference" and entry.why_missing() is None
]
# Those of them that JAX can call.
JAX_ENGINES = [name for name in FAST_ENGINES if get_engine(name).why_not_in_jax("cpu") is None]


def random_unitary(num_qubits: int, rng: np.random.Generator) -> np.ndarray:
    """Haar-random unitary."""
    dim = 2**num_qubits
    q, r = np.linalg.qr(rng.normal(size=(dim, dim)) + 1j * rng.normal(size=(dim, dim)))
    return q * (np.diag(r) / np.abs(np.diag(r)))


def scrambled(num_qubits: int, seed: int) -> Circuit:
    """A state with no structure left to hide a mistake: random rotations and entanglers."""
    rng = np.random.default_rng(seed)
    circuit = Circuit(num_qubits)
    for _ in range(2):
        for q in range(num_qubits):
            circuit = circuit.u(*rng.uniform(-3, 3, 3), q)
        for q in range(num_qubits - 1):
            circuit = circuit.cx(q, q + 1)
    return circuit


def random_angle(rng: np.random.Generator, num_slots: int, affine: bool = False):
    """A number, a slot, an affine expression of two slots, or (unless ``affine``) one that is not."""
    kind = rng.integers(3 if affine else 4)
    if kind == 0 or num_slots == 0:
        return float(rng.uniform(-4, 4))
    first = float(rng.uniform(-2, 2)) * param(int(rng.integers(num_slots)))
    if kind == 1:
        return first + float(rng.uniform(-1, 1))
    second = param(int(rng.integers(num_slots)))
    if kind == 2:
        return first - second / 3
    # Finite and smooth for all numbers.
    made = (
        first * second,
        (first - 1) ** 2,
        second * first.sin() + 0.5,
        (second.cos() - first).arctan(),
        second.exp() / (2 + first.cos()),
    )
    return made[int(rng.integers(len(made)))]


def random_circuit(
    num_qubits: int, num_gates: int, seed: int, num_slots: int = 4, affine: bool = False
) -> Circuit:
    """Any gate of the table, any qubit order, up to three controls, and random unitaries."""
    rng = np.random.default_rng(seed)
    names = [name for name, gate in GATES.items() if gate.num_qubits <= num_qubits]
    circuit = Circuit(num_qubits)
    for _ in range(num_gates):
        if rng.random() < 0.1:
            width = int(rng.integers(1, min(3, num_qubits) + 1))
            chosen = [int(q) for q in rng.permutation(num_qubits)]
            free = num_qubits - width
            controls = chosen[width : width + int(rng.integers(0, min(2, free) + 1))]
            circuit = circuit.unitary(random_unitary(width, rng), chosen[:width], controls=controls)
            continue
        gate = GATES[str(rng.choice(names))]
        chosen = [int(q) for q in rng.permutation(num_qubits)]
        spare = num_qubits - gate.num_qubits
        controls = chosen[gate.num_qubits : gate.num_qubits + int(rng.integers(0, min(3, spare) + 1))]
        angles = [random_angle(rng, num_slots, affine) for _ in gate.angles]
        circuit = circuit.append(gate.name, chosen[: gate.num_qubits], angles, controls=controls)
    return circuit


def random_params(circuit: Circuit, batch: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-3, 3, (batch, circuit.num_params))


def random_observables(num_qubits: int, seed: int) -> list[str]:
    """A local, a long and a mixed observable, as text."""
    rng = np.random.default_rng(seed)
    letters = [str(rng.choice(list("IXYZ"))) + str(q) for q in range(num_qubits)]
    first, last = int(rng.integers(num_qubits)), num_qubits - 1
    return [
        f"Z{first}",
        " ".join(letters),
        f"0.5 Y{last} - 1.25 X0 + 0.75" + (f" + Y0 Z{last}" if last else ""),
    ]
