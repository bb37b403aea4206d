"""Feature maps that turn features into angles of rotations."""

from __future__ import annotations

from dataclasses import dataclass

from qsetu.circuits import Circuit, param
from qsetu.core.checks import as_choice, as_int
from qsetu.learn.entanglement import pairs
from qsetu.learn.feature_maps.base import MAX_QUBITS, FeatureMap

__all__ = ["AngleFeatureMap", "HardwareEfficientFeatureMap"]


@dataclass(frozen=True)
class AngleFeatureMap(FeatureMap):
    """A rotation by x_i for each feature, on as many qubits as you like; again ``reps`` times.

    With fewer qubits than features they are laid on the qubits in layers, feature i on qubit
    ``i % num_qubits``, with rotations about y and z in turn, so that none undoes another. Between layers
    stands a layer of CX.

    Args:
        num_features: Number of features.
        reps: How often the data enter; more than 1 is re-uploading (Perez-Salinas et al., Quantum 4, 226
            (2020)).
        entanglement: "linear" (default), "circular", "full", "pairwise" or "none".
        qubits: Number of qubits, 1 to 30; None means one a feature.
        axis: Of the first rotation of a qubit: "x", "y" (default) or "z"; "z" is preceded by H.

    Example:
        >>> from qsetu.learn import AngleFeatureMap
        >>> print(AngleFeatureMap(4, qubits=2).circuit.draw())
        q0: ──RY(p0)──●──RZ(p2)─
                      │
        q1: ──RY(p1)──⊕──RZ(p3)─
    """

    reps: int = 1
    entanglement: str = "linear"
    qubits: int | None = None
    axis: str = "y"

    def __post_init__(self) -> None:
        if self.qubits is not None:
            as_int("qubits", self.qubits, 1, MAX_QUBITS)
        as_choice("axis", self.axis, ("x", "y", "z"))
        super().__post_init__()

    @property
    def num_qubits(self) -> int:
        """As given; at most one a feature."""
        return self.num_features if self.qubits is None else min(self.qubits, self.num_features)

    def _build(self) -> Circuit:
        width = self.num_qubits
        circuit = Circuit(width)
        layers = [range(i, min(i + width, self.num_features)) for i in range(0, self.num_features, width)]
        for turn in range(self.reps * len(layers)):
            if turn:
                for i, j in pairs(self.entanglement, width):
                    circuit = circuit.cx(i, j)
            for feature in layers[turn % len(layers)]:
                circuit = self._rotate(circuit, turn, feature % width, feature)
        return circuit

    def _rotate(self, circuit: Circuit, turn: int, qubit: int, slot: int) -> Circuit:
        axis = self.axis if turn % 2 == 0 else ("y" if self.axis == "z" else "z")
        if axis == "z" and turn == 0:
            circuit = circuit.h(qubit)
        match axis:
            case "x":
                return circuit.rx(param(slot), qubit)
            case "y":
                return circuit.ry(param(slot), qubit)
            case _:
                return circuit.rz(param(slot), qubit)


@dataclass(frozen=True)
class HardwareEfficientFeatureMap(FeatureMap):
    """RY(x_i) RZ(x_i) on every qubit, then ``reps`` times: a layer of CX and the rotations again.

    The data enter ``reps + 1`` times (re-uploading, Perez-Salinas et al., Quantum 4, 226 (2020)),
    and no entangler stands last, where a fidelity kernel would not see it.

    Args:
        num_features: Number of features, one qubit each, 1 to 30.
        reps: Number of entangling layers.
        entanglement: "linear" (default), "circular", "full", "pairwise" or "none".
    """

    reps: int = 2
    entanglement: str = "linear"

    def _build(self) -> Circuit:
        circuit = self._rotate(Circuit(self.num_features))
        for _ in range(self.reps):
            for i, j in pairs(self.entanglement, self.num_features):
                circuit = circuit.cx(i, j)
            circuit = self._rotate(circuit)
        return circuit

    def _rotate(self, circuit: Circuit) -> Circuit:
        for q in range(self.num_features):
            circuit = circuit.ry(param(q), q).rz(param(q), q)
        return circuit
