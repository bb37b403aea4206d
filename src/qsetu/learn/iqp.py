"""Parametrized IQP circuits: their distribution over bit strings and its gradients, in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits import Circuit, param
from qsetu.learn.walsh import walsh

__all__ = ["IQPModel", "IQPRun", "subsets_up_to"]

Array = NDArray[np.float64]


def subsets_up_to(num_bits: int, locality: int) -> tuple[tuple[int, ...], ...]:
    """All sets of 1 to ``locality`` of ``num_bits`` qubits, small ones first."""
    sizes = range(1, min(locality, num_bits) + 1)
    return tuple(group for size in sizes for group in combinations(range(num_bits), size))


class IQPModel:
    """H on every qubit, ``exp(i theta_S Z_S)`` for each set S of qubits, H on every qubit, a measurement.

    The product of the phases is one diagonal, ``exp(i f)``, where ``f(z) = sum_S theta_S (-1)^(S.z)`` is the
    Walsh-Hadamard transform of the angles; amplitudes are another one, of the diagonal over ``2^d``. So a
    distribution costs three real transforms, ``3 d 2^d`` operations, however many sets there are, and no
    gate is ever applied; a gradient costs as much again.

    Args:
        num_bits: Number of qubits.
        subsets: The sets.
    """

    def __init__(self, num_bits: int, subsets: Sequence[tuple[int, ...]]) -> None:
        self.num_bits = num_bits
        self.subsets = tuple(subsets)
        self._masks = np.array([sum(1 << q for q in group) for group in subsets], dtype=np.intp)

    @property
    def circuit(self) -> Circuit:
        """The circuit; slot j is the angle of set j."""
        circuit = Circuit(self.num_bits)
        for q in range(self.num_bits):
            circuit = circuit.h(q)
        for slot, group in enumerate(self.subsets):
            for i, j in pairwise(group):
                circuit = circuit.cx(i, j)
            circuit = circuit.rz(-2 * param(slot), group[-1])
            for i, j in reversed(list(pairwise(group))):
                circuit = circuit.cx(i, j)
        for q in range(self.num_bits):
            circuit = circuit.h(q)
        return circuit

    def run(self, angles: Array) -> IQPRun:
        """The diagonal and the amplitudes for angles, one for each set."""
        spread = np.zeros(2**self.num_bits)
        spread[self._masks] = angles
        turns = walsh(spread)
        phases = np.empty(len(turns), dtype=np.complex128)
        phases.real, phases.imag = np.cos(turns), np.sin(turns)
        return IQPRun(phases, _walsh(phases) / len(phases))

    def probabilities(self, angles: Array) -> Array:
        """``(2^d,)``; bit q of an index is qubit q."""
        return self.run(angles).probabilities

    def pull_back(self, run: IQPRun, slopes: Array) -> Array:
        """Gradient by the angles, of a function with derivatives ``slopes`` by the probabilities."""
        back = _walsh(slopes * run.amplitudes.conj()) / len(slopes)
        return walsh(-2 * (run.phases * back).imag)[self._masks]


class IQPRun(NamedTuple):
    """What a run leaves for its gradient: diagonal and amplitudes, complex128 ``(2^d,)``."""

    phases: NDArray[np.complex128]
    amplitudes: NDArray[np.complex128]

    @property
    def probabilities(self) -> Array:
        """``(2^d,)``; bit q of an index is qubit q."""
        return self.amplitudes.real**2 + self.amplitudes.imag**2


def _walsh(values: NDArray[np.complex128]) -> NDArray[np.complex128]:
    result = np.empty_like(values)
    result.real, result.imag = walsh(values.real.copy()), walsh(values.imag.copy())
    return result
