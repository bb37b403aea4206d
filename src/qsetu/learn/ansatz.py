"""Trainable circuits."""

from __future__ import annotations

from qsetu.circuits import Circuit, param
from qsetu.core.checks import as_int
from qsetu.learn.entanglement import pairs

__all__ = ["hardware_efficient_ansatz"]


def hardware_efficient_ansatz(num_qubits: int, num_layers: int, entanglement: str = "circular") -> Circuit:
    """``num_layers`` times: RY and RZ with a parameter each on every qubit, then a layer of CX.

    Args:
        num_qubits: Number of qubits, at least 1.
        num_layers: Number of layers, at least 1.
        entanglement: "linear", "circular", "full" or "none".

    Returns:
        A circuit with ``2 * num_qubits * num_layers`` parameter slots.

    Reference: Kandala et al., Nature 549, 242 (2017).
    """
    as_int("num_layers", num_layers, 1)
    circuit = Circuit(as_int("num_qubits", num_qubits, 1))
    slot = 0
    for _ in range(num_layers):
        for q in range(num_qubits):
            circuit = circuit.ry(param(slot), q).rz(param(slot + 1), q)
            slot += 2
        for i, j in pairs(entanglement, num_qubits):
            circuit = circuit.cx(i, j)
    return circuit
