"""What the two primitives share: circuits read once, and all rows of one circuit in one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qsetu.circuits import Circuit, MeasuredCircuit
from qsetu.core.errors import ArgumentError
from qsetu.interop.qiskit.read import from_qiskit

__all__ = ["Batch", "Known", "batches", "split"]

P = TypeVar("P")


class Known:
    """Circuits read before, so that a training reads its circuit once.

    Circuits of Qiskit's change in place, so each is kept with a copy to be compared with: that takes a
    twentieth of the time that reading takes, or less.
    """

    MOST = 64

    def __init__(self) -> None:
        self._read: dict[int, tuple[QuantumCircuit, Circuit | MeasuredCircuit]] = {}

    def circuit(self, theirs: QuantumCircuit) -> Circuit | MeasuredCircuit:
        """What :func:`from_qiskit` makes of ``theirs``."""
        copy, ours = self._read.get(id(theirs), (None, None))
        if copy is None or ours is None or not _alike(copy, theirs):
            ours = from_qiskit(theirs)
            if len(self._read) >= self.MOST:
                self._read.pop(next(iter(self._read)))
            self._read[id(theirs)] = (theirs.copy(), ours)
        return ours


def _alike(one: QuantumCircuit, other: QuantumCircuit) -> bool:
    # The global phase apart, which no value or sample depends on.
    return bool(
        one.qubits == other.qubits
        and one.clbits == other.clbits
        and one.cregs == other.cregs
        and one.data == other.data
    )


@dataclass(frozen=True, eq=False)
class Batch(Generic[P]):
    """PUBs of one circuit.

    Attributes:
        circuit: Ours.
        theirs: Qiskit's.
        pubs: Each with its place among all PUBs.
        params: float64 ``(rows, P)``, of all PUBs, one after the other.
        ends: Where the rows of each PUB end.
    """

    circuit: Circuit | MeasuredCircuit
    theirs: QuantumCircuit
    pubs: list[tuple[int, P]]
    params: NDArray[np.float64]
    ends: NDArray[np.int64]


def batches(pubs: Sequence[P], known: Known, apart: Any = lambda pub: None) -> Iterator[Batch[P]]:
    """``pubs``, those with the same circuit object together, unless ``apart`` of them differs.

    Raises:
        ArgumentError: A circuit holds what cannot be simulated; says in which PUB.
    """
    groups: dict[tuple[int, Any], list[tuple[int, Any]]] = {}
    for place, pub in enumerate(pubs):
        circuit: Any = pub
        groups.setdefault((id(circuit.circuit), apart(pub)), []).append((place, pub))
    for members in groups.values():
        place, first = members[0]
        theirs = first.circuit
        try:
            ours = known.circuit(theirs)
        except ArgumentError as error:
            name = f"pubs[{place}]"
            raise ArgumentError(name, f"'s circuit {error.rule}", error.given, error.hint) from None
        params = [_rows(pub.parameter_values, theirs) for _, pub in members]
        yield Batch(
            ours,
            theirs,
            members,
            np.concatenate(params),
            np.cumsum([len(rows) for rows in params]),
        )


def split(values: NDArray[Any], batch: Batch[P]) -> list[NDArray[Any]]:
    """Rows of a batch, PUB by PUB."""
    return np.split(values, batch.ends[:-1])


def _rows(bindings: Any, circuit: QuantumCircuit) -> NDArray[np.float64]:
    count = int(np.prod(bindings.shape, dtype=int))
    if not circuit.num_parameters:
        return np.zeros((count, 0))
    array = np.asarray(bindings.as_array(circuit.parameters), dtype=np.float64)
    return array.reshape(count, circuit.num_parameters)
