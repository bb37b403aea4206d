"""Trainable circuits of equal layers: rotations of every qubit, then entangling gates."""

from __future__ import annotations

from dataclasses import dataclass

from qsetu.learn.ansaetze.base import Ansatz, Writer
from qsetu.learn.entanglement import pairs

__all__ = ["HardwareEfficientAnsatz", "RealAmplitudesAnsatz", "StronglyEntanglingAnsatz"]


@dataclass(frozen=True)
class HardwareEfficientAnsatz(Ansatz):
    """``num_layers`` times: RY and RZ on every qubit, then a layer of CX.

    Args:
        num_qubits: Number of qubits.
        num_layers: Number of layers.
        entanglement: "circular" (default), "linear", "full", "pairwise" or "none".

    Reference: Kandala et al., Nature 549, 242 (2017).

    Example:
        >>> from qsetu.learn import HardwareEfficientAnsatz
        >>> print(HardwareEfficientAnsatz(2).circuit.draw())
        q0: ──RY(p0)──RZ(p1)──●─
                              │
        q1: ──RY(p2)──RZ(p3)──⊕─
    """

    entanglement: str = "circular"

    def _build(self, write: Writer) -> Writer:
        for _ in range(self.num_layers):
            write.each(("ry", "rz"), range(self.num_qubits))
            for i, j in pairs(self.entanglement, self.num_qubits):
                write.cx(i, j)
        return write


@dataclass(frozen=True)
class RealAmplitudesAnsatz(Ansatz):
    """RY on every qubit, then ``num_layers`` times a layer of CX and RY again; amplitudes stay real.

    Args:
        num_qubits: Number of qubits.
        num_layers: Number of entangling layers.
        entanglement: "linear" (default), "circular", "full", "pairwise" or "none".

    Reference: Qiskit's ``real_amplitudes``.
    """

    entanglement: str = "linear"

    def _build(self, write: Writer) -> Writer:
        write.each(("ry",), range(self.num_qubits))
        for _ in range(self.num_layers):
            for i, j in pairs(self.entanglement, self.num_qubits):
                write.cx(i, j)
            write.each(("ry",), range(self.num_qubits))
        return write


@dataclass(frozen=True)
class StronglyEntanglingAnsatz(Ansatz):
    """``num_layers`` times: RZ, RY, RZ on every qubit, then CX from each to the r-th after it.

    r is 1 in the first layer and grows by 1 from layer to layer, up to ``num_qubits - 1``, then starts again.

    Args:
        num_qubits: Number of qubits.
        num_layers: Number of layers.
        entangled: False for the de-entangled twin.

    Reference: Schuld et al., Phys. Rev. A 101, 032308 (2020); PennyLane's ``StronglyEntanglingLayers``.
    """

    entangled: bool = True

    def _build(self, write: Writer) -> Writer:
        n = self.num_qubits
        for layer in range(self.num_layers):
            write.each(("rz", "ry", "rz"), range(n))
            if self.entangled and n > 1:
                step = layer % (n - 1) + 1
                for i in range(n):
                    write.cx(i, (i + step) % n)
        return write
