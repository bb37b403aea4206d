"""A tape as a structure, which tapes of equal form share, and an array of numbers.

Only the first tape of a structure is translated. All others cost one walk over their operations, which
collects a key and the numbers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pennylane.operation import StatePrepBase
from pennylane.tape import QuantumScript

from qsetu.circuits.affine import param
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.operation import Operation
from qsetu.interop.pennylane.gates import KINDS, PLAIN, describe, is_projector, labels_of, write
from qsetu.interop.pennylane.observables import Readings, Spec, TermCache, reading, specify

__all__ = ["Read", "Reader", "Structure"]


@dataclass(frozen=True, eq=False)
class Structure:
    """What tapes of equal form have in common.

    Attributes:
        qubits: Our qubit for each label; the first wire is the highest qubit.
        circuits: The circuit; several, where postselected outcomes cut it.
        outcomes: Between the circuits, ``(qubit, bit)`` of the outcomes postselected there.
        specs: What is measured.
        slots: For each number of the tape's operations the slot that holds it, or None.
        prepared: Labels of the wires whose state is given at the beginning.
    """

    qubits: dict[Any, int]
    circuits: tuple[Circuit, ...]
    outcomes: tuple[tuple[tuple[int, int], ...], ...]
    specs: tuple[Spec, ...]
    slots: tuple[int | None, ...]
    prepared: tuple[Any, ...] | None

    @property
    def circuit(self) -> Circuit:
        """The circuit, where it is in one piece."""
        return self.circuits[0]

    @property
    def from_zero(self) -> bool:
        """Whether one circuit, begun in |0...0>, is all there is to run."""
        return self.prepared is None and len(self.circuits) == 1

    @cached_property
    def readings(self) -> Readings:
        """Everything that can be read off expectation values, for derivatives."""
        return Readings(reading(spec, self.qubits) for spec in self.specs)

    @cached_property
    def lean_readings(self) -> Readings:
        """What is best read off expectation values where the state is there: not probabilities."""
        return Readings(one if one and one.kind != "probabilities" else None for one in self.readings.each)

    @cached_property
    def by_values(self) -> bool:
        """Whether the results are best computed from expectation values, the state never seen."""
        return self.from_zero and all(spec[0] in ("value", "variance") for spec in self.specs)


class Read(NamedTuple):
    """A tape that was read: its structure, and its numbers in the order of slots."""

    tape: QuantumScript
    structure: Structure
    numbers: list[Any]


class Reader:
    """Reads tapes, and keeps the structures met last."""

    def __init__(self, size: int = 512) -> None:
        self._size = size
        self._known: OrderedDict[Hashable, Structure] = OrderedDict()
        self._terms = TermCache()

    def read(self, tape: QuantumScript) -> Read:
        """The structure and the numbers of ``tape``."""
        key: list[Any] = []
        numbers: list[Any] = []
        for op in tape.operations:
            kind = type(op)
            key.append(kind)
            key.append(labels_of(op))
            if kind in PLAIN:
                if op.data:
                    numbers += op.data
            elif not _is_given_state(op):
                extra, angles = describe(op)
                key.append(extra)
                numbers += angles
        specs = tuple([specify(mp, self._terms) for mp in tape.measurements])
        whole = (tuple(key), specs)
        structure = self._known.get(whole)
        if structure is None:
            structure = self._known[whole] = _translate(tape, specs)
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return Read(tape, structure, numbers)


def _is_given_state(op: Any) -> bool:
    """Whether this gives a state; PennyLane decomposes it wherever it does not come first."""
    return isinstance(op, StatePrepBase) and type(op) not in KINDS


def rows_of(read: Read) -> tuple[NDArray[np.float64], bool]:
    """The numbers of a tape as ``(rows, P)``, and whether the tape is broadcast."""
    numbers = read.numbers
    try:
        array = np.array(numbers, dtype=np.float64)
    except ValueError:  # some are single numbers, others one for each row
        array = np.array(np.broadcast_arrays(*numbers), dtype=np.float64)
    if array.ndim == 2:
        return array.T, True
    size = read.tape.batch_size if read.structure.prepared is not None else None
    rows = array.reshape(1, -1)
    return (rows, False) if size is None else (np.repeat(rows, size, axis=0), True)


# -- the first tape of its structure --------------------------------------------------------------------


def _translate(tape: QuantumScript, specs: tuple[Spec, ...]) -> Structure:
    pieces: list[list[Operation]] = [[]]
    outcomes: list[tuple[tuple[int, int], ...]] = []
    placed: list[list[tuple[Any, int]]] = []
    slots: list[int | None] = []
    count = 0
    prepared = None
    operations = tape.operations
    if operations and _is_given_state(operations[0]):
        prepared = labels_of(operations[0])
        slots += [None] * len(operations[0].data)
        operations = operations[1:]
    for op in operations:
        if is_projector(op):
            bits = [int(bit) for bit in np.asarray(op.data[0]).reshape(-1)]
            placed.append(list(zip(labels_of(op), bits, strict=True)))
            slots += [None] * len(op.data)
            pieces.append([])
            continue
        _, angles = describe(op) if type(op) not in PLAIN else (None, op.data)
        mine = list(range(count, count + len(angles)))
        count += len(mine)
        slots += mine if len(mine) == len(op.data) else [None] * len(op.data)
        pieces[-1] += write(op, [param(slot) for slot in mine])
    qubits = _order(tape)
    outcomes = [tuple((qubits[label], bit) for label, bit in row) for row in placed]
    circuits = tuple(_circuit(piece, qubits, count) for piece in pieces)
    return Structure(qubits, circuits, tuple(outcomes), specs, tuple(slots), prepared)


def _order(tape: QuantumScript) -> dict[Any, int]:
    """Our qubit for each label: as PennyLane orders wires, the first is the most significant bit."""
    first: dict[Any, None] = {}
    for op in tape.operations:
        first.update(dict.fromkeys(op.wires.labels))
    used = len(first)
    for mp in tape.measurements:
        first.update(dict.fromkeys(mp.wires.labels))
    labels: Sequence[Any] = list(first)
    # Wires 0, 1, ... are what they are, if those that are only measured come last.
    if set(labels[:used]) == set(range(used)) and set(labels) == set(range(len(labels))):
        labels = range(len(labels))
    return {label: len(labels) - 1 - place for place, label in enumerate(labels)}


def _circuit(piece: Sequence[Operation], qubits: dict[Any, int], count: int) -> Circuit:
    renamed = (
        Operation(
            op.gate,
            tuple(qubits[label] for label in op.qubits),
            op.angles,
            tuple(qubits[label] for label in op.controls),
            op.unitary,
        )
        for op in piece
    )
    return Circuit.from_operations(len(qubits), renamed)
