"""Trainable circuits shaped like networks: convolutional, matrix product state, tree."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from itertools import pairwise

from qsetu.circuits import param
from qsetu.learn.ansaetze.base import Ansatz, Writer

__all__ = ["MPSAnsatz", "QCNNAnsatz", "TreeAnsatz"]

BLOCK_ANGLES = 6


@dataclass(frozen=True)
class _Network(Ansatz, ABC):
    """Circuits made of one block on two qubits, RY RY CX RY RY CX RY RY: any rotation in SO(4)."""

    entangled: bool = True
    keep: int = 1

    def _block(self, write: Writer, i: int, j: int, slots: range) -> None:
        for turn in range(3):
            write.rotate("ry", i, slots[2 * turn])
            write.rotate("ry", j, slots[2 * turn + 1])
            if turn < 2 and self.entangled:
                write.cx(i, j)


@dataclass(frozen=True)
class QCNNAnsatz(_Network):
    """Convolution and pooling in turn, until ``keep`` qubits are left.

    A convolution is one block with the same 6 angles on all neighbors, ``num_layers`` times with angles of
    their own; pooling turns every second qubit by its neighbor (controlled RZ, then RX controlled by 0, the
    same 2 angles for all pairs) and lets go of the neighbor. The number of angles grows with the logarithm of
    that of the qubits, and gradients do not vanish (Pesah et al., Phys. Rev. X 11, 041011 (2021)).

    Args:
        num_qubits: Number of qubits.
        num_layers: Convolutions before each pooling.
        entangled: False for the de-entangled twin: no CX, and pooling that turns without looking.
        keep: How many qubits are left at most to be measured.

    References: Cong et al., Nature Physics 15, 1273 (2019); Hur et al., Quantum Machine Intelligence 4, 3
    (2022).
    """

    def _build(self, write: Writer) -> Writer:
        active = list(range(self.num_qubits))
        while True:
            self._convolve(write, active)
            if len(active) <= self.keep:
                return write
            active = self._pool(write, active)

    def _convolve(self, write: Writer, active: list[int]) -> None:
        if len(active) == 1:
            write.each(("ry",), active)
            return
        neighbors = list(pairwise(active))
        closing = [(active[-1], active[0])] if len(active) > 2 else []
        for _ in range(self.num_layers):
            slots = write.slots(BLOCK_ANGLES)
            for i, j in neighbors[::2] + neighbors[1::2] + closing:
                self._block(write, i, j, slots)

    def _pool(self, write: Writer, active: list[int]) -> list[int]:
        z, x = write.slots(2)
        kept = []
        spare = len(active) - self.keep
        at = 0
        while at < len(active):
            if spare and at + 1 < len(active):
                neighbor, target = active[at : at + 2]
                controls = [neighbor] if self.entangled else []
                circuit = write.circuit.append("rz", [target], [param(z)], controls=controls)
                if self.entangled:
                    circuit = circuit.x(neighbor)
                circuit = circuit.append("rx", [target], [param(x)], controls=controls)
                write.circuit = circuit.x(neighbor) if self.entangled else circuit
                kept.append(target)
                spare, at = spare - 1, at + 2
            else:
                kept.append(active[at])
                at += 1
        return kept

    @property
    def readout(self) -> tuple[int, ...]:
        """What pooling leaves."""
        active = list(range(self.num_qubits))
        while len(active) > self.keep:
            active = self._pool(Writer(self.num_qubits), active)
        return tuple(active)


@dataclass(frozen=True)
class MPSAnsatz(_Network):
    """A staircase of blocks from the first qubit to the last, ``num_layers`` times: a matrix product state.

    Args:
        num_qubits: Number of qubits.
        num_layers: Number of staircases.
        entangled: False for the de-entangled twin.
        keep: How many of the last qubits are measured.

    Reference: Huggins et al., Quantum Science and Technology 4, 024001 (2019).
    """

    def _build(self, write: Writer) -> Writer:
        if self.num_qubits == 1:
            write.each(("ry",) * self.num_layers, (0,))
        for _ in range(self.num_layers):
            for i in range(self.num_qubits - 1):
                self._block(write, i, i + 1, write.slots(BLOCK_ANGLES))
        return write

    @property
    def readout(self) -> tuple[int, ...]:
        """The last qubits."""
        return tuple(range(max(0, self.num_qubits - self.keep), self.num_qubits))


@dataclass(frozen=True)
class TreeAnsatz(_Network):
    """Blocks join neighbors, then every second qubit, and so on up to the root: a tree tensor network.

    Args:
        num_qubits: Number of qubits.
        num_layers: Blocks one after the other at each join.
        entangled: False for the de-entangled twin.
        keep: How many qubits are left at most to be measured.

    Reference: Grant et al., npj Quantum Information 4, 65 (2018).
    """

    def _build(self, write: Writer) -> Writer:
        if self.num_qubits == 1:
            write.each(("ry",) * self.num_layers, (0,))
        for joined in self._climb()[0]:
            for i, j in joined:
                for _ in range(self.num_layers):
                    self._block(write, i, j, write.slots(BLOCK_ANGLES))
        return write

    def _climb(self) -> tuple[list[list[tuple[int, int]]], list[int]]:
        """The pairs that are joined, level by level, and the qubits that are left."""
        levels: list[list[tuple[int, int]]] = []
        active = list(range(self.num_qubits))
        while len(active) > 1 and (len(active) > self.keep or not levels):
            joined = list(zip(active[::2], active[1::2], strict=False))
            gone = {i for i, _ in joined[: max(0, len(active) - self.keep)]}
            active = [q for q in active if q not in gone]
            levels.append(joined)
        return levels, active

    @property
    def readout(self) -> tuple[int, ...]:
        """The root, or the qubits below it that are kept."""
        return tuple(self._climb()[1])
