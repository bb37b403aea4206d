"""The circuit of a gene network, its distribution over states, and gradients of functions of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits import Circuit, PauliSum, param
from qsetu.core.checks import as_int
from qsetu.simulate import expectation_vjp, statevector

__all__ = ["StateModel", "network_circuit"]

Array = NDArray[np.float64]


def network_circuit(num_genes: int, entangled: bool = True) -> Circuit:
    """One qubit a gene: RY on each, then a controlled RY for every ordered pair of genes.

    Slots 0 to G-1 are the angles of the genes' own RY. Then come those of the pairs (control, target), in
    the order in which they are applied: gene 0 as control of 1, 2, ..., then gene 1 of 0, 2, ...

    Args:
        num_genes: G, at least 1.
        entangled: False leaves the pairs out.

    Returns:
        The circuit, with G or ``G^2`` slots.

    References: Roman-Vicharra and Cai, npj Quantum Information 9, 67 (2023).

    Example:
        >>> from qsetu.problems.gene_network import network_circuit
        >>> network_circuit(3).num_params
        9
    """
    count = as_int("num_genes", num_genes, 1)
    circuit = Circuit(count)
    for gene in range(count):
        circuit = circuit.ry(param(gene), gene)
    if entangled:
        for slot, (control, target) in enumerate(_pairs(count), start=count):
            circuit = circuit.ry(param(slot), target, controls=[control])
    return circuit


class StateModel:
    """Probabilities of the states of a circuit's qubits, and gradients of functions of these.

    The slopes of a function by the probabilities make one diagonal observable, whose expectation has the
    gradient that is sought. Its coefficients in products of Z are a Walsh-Hadamard transform of the slopes,
    so the products stay the same from step to step and nothing is built or compiled again.
    """

    def __init__(self, circuit: Circuit, engine: str = "auto") -> None:
        self.circuit = circuit
        self._engine = engine
        width = circuit.num_qubits
        self._products = tuple(
            PauliSum.parse(" ".join(f"Z{q}" for q in range(width) if mask >> q & 1))
            for mask in range(1, 2**width)
        )

    def probabilities(self, angles: Array) -> Array:
        """``(2^G,)``; bit g of an index is qubit g."""
        state = statevector(self.circuit, angles, engine=self._engine, dtype=np.complex128)
        chances: Array = state.real**2 + state.imag**2
        return chances / chances.sum()

    def pull_back(self, angles: Array, slopes: Array) -> Array:
        """Gradient by the angles of a function with derivatives ``slopes`` by the probabilities."""
        # The product of no Z is 1 whatever the angles are.
        weights = _walsh(slopes)[1:] / len(slopes)
        _, gradient = expectation_vjp(
            self.circuit, self._products, angles, weights, engine=self._engine, dtype=np.complex128
        )
        return gradient


def edges_of(angles: Array, num_genes: int) -> Array:
    """Angles of pairs as ``(G, G)``: row control, column target."""
    edges = np.zeros((num_genes, num_genes))
    for slot, pair in enumerate(_pairs(num_genes), start=num_genes):
        if slot < len(angles):
            edges[pair] = angles[slot]
    return edges


def _pairs(num_genes: int) -> list[tuple[int, int]]:
    return [(k, p) for k in range(num_genes) for p in range(num_genes) if p != k]


def _walsh(values: Array) -> Array:
    """``sum_s (-1)^(s.m) values[s]`` for every m."""
    result, half = values.copy(), 1
    while half < len(result):
        low, high = result.reshape(-1, 2, half)[:, 0], result.reshape(-1, 2, half)[:, 1]
        result = np.stack([low + high, low - high], axis=1).reshape(-1)
        half *= 2
    return result
