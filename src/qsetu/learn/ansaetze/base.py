"""What trainable circuits share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import TypeVar

from qsetu.circuits import Circuit, param
from qsetu.core.checks import as_choice, as_int
from qsetu.learn.entanglement import ENTANGLEMENTS
from qsetu.learn.feature_maps.base import MAX_QUBITS

__all__ = ["Ansatz", "Writer"]

Kind = TypeVar("Kind", bound="Ansatz")


@dataclass(frozen=True)
class Ansatz(ABC):
    """A trainable circuit of ``num_layers`` layers on ``num_qubits`` qubits.

    Two with equal settings are equal.

    Args:
        num_qubits: Number of qubits, 1 to 30.
        num_layers: Number of layers, at least 1.
    """

    num_qubits: int
    num_layers: int = 1

    def __post_init__(self) -> None:
        as_int("num_qubits", self.num_qubits, 1, MAX_QUBITS)
        as_int("num_layers", self.num_layers, 1, 1000)
        if hasattr(self, "entanglement"):
            as_choice("entanglement", self.entanglement, ENTANGLEMENTS)
        if hasattr(self, "keep"):
            as_int("keep", self.keep, 1)

    @property
    def circuit(self) -> Circuit:
        """The circuit; all its slots are to be trained."""
        return _built(self)

    @property
    def num_params(self) -> int:
        """Number of angles to be trained."""
        return self.circuit.num_params

    @property
    def readout(self) -> tuple[int, ...]:
        """The qubits to measure; all of them, unless a circuit gathers what it knows in some."""
        return tuple(range(self.num_qubits))

    def deentangled(self: Kind) -> Kind:
        """The twin that entangles nothing, with as many angles; see :meth:`FeatureMap.deentangled`."""
        if "entanglement" in {field.name for field in fields(self)}:
            return replace(self, entanglement="none")  # type: ignore[call-arg]
        return replace(self, entangled=False)  # type: ignore[call-arg]

    @abstractmethod
    def _build(self, write: Writer) -> Writer: ...


@lru_cache(maxsize=256)
def _built(ansatz: Ansatz) -> Circuit:
    return ansatz._build(Writer(ansatz.num_qubits)).circuit


class Writer:
    """A circuit in the making that hands out slots."""

    def __init__(self, num_qubits: int) -> None:
        self.circuit = Circuit(num_qubits)
        self.used = 0

    def slots(self, count: int) -> range:
        """``count`` new slots."""
        self.used += count
        return range(self.used - count, self.used)

    def rotate(self, gate: str, qubit: int, slot: int) -> None:
        """A rotation by a slot: "rx", "ry" or "rz"."""
        self.circuit = self.circuit.append(gate, [qubit], [param(slot)])

    def each(self, gates: Sequence[str], qubits: Sequence[int]) -> None:
        """On each qubit these rotations, each with a slot of its own."""
        for qubit in qubits:
            for gate, slot in zip(gates, self.slots(len(gates)), strict=True):
                self.rotate(gate, qubit, slot)

    def cx(self, control: int, target: int) -> None:
        """A CX gate."""
        self.circuit = self.circuit.cx(control, target)
