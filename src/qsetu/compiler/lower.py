"""Lowering: every operation becomes a row of a :class:`GateProgram`, multi-angle gates their factors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.affine import Affine
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.gates import GATES
from qsetu.circuits.operation import Operation
from qsetu.circuits.program import GateProgram

__all__ = ["compile_circuit", "lower"]


@lru_cache(maxsize=128)
def compile_circuit(circuit: Circuit) -> GateProgram:
    """The gate program of ``circuit``, cached: a known circuit is not compiled again."""
    return lower(circuit)


def lower(circuit: Circuit) -> GateProgram:
    """Translate ``circuit`` operation by operation, without changing what it computes."""
    rows = [row for op in circuit for row in _factors(op)]
    constants = _Constants()
    starts, frequencies, diagonals = [], [], []
    for op in rows:
        start, frequency, diagonal = constants.add(op)
        starts.append(start)
        frequencies.append(frequency)
        diagonals.append(diagonal)
    angles = [op.angles[0] if op.angles else Affine() for op in rows]
    return GateProgram(
        num_qubits=circuit.num_qubits,
        num_params=circuit.num_params,
        target_start=_offsets([len(op.qubits) for op in rows]),
        targets=np.array([q for op in rows for q in op.qubits], dtype=np.int32),
        control_mask=np.array([sum(1 << q for q in op.controls) for op in rows], dtype=np.uint64),
        diagonal=np.array(diagonals, dtype=np.uint8),
        form_start=np.array(starts, dtype=np.int64),
        frequency=np.array(frequencies, dtype=np.float64),
        angle_constant=np.array([angle.constant for angle in angles], dtype=np.float64),
        angle_start=_offsets([len(angle.terms) for angle in angles]),
        angle_slot=np.array([slot for angle in angles for slot, _ in angle.terms], dtype=np.int32),
        angle_coefficient=np.array([c for angle in angles for _, c in angle.terms], dtype=np.float64),
        constants=constants.array(),
        source=circuit,
    )


def _factors(op: Operation) -> Iterator[Operation]:
    steps = () if op.unitary is not None else GATES[op.gate].steps
    if not steps:
        if op.gate != "id":
            yield op
        return
    for step in steps:
        used = [(c, a) for c, a in zip(step.angle, op.angles, strict=True) if c]
        angle = used[0][1] if len(used) == 1 and used[0][0] == 1 else sum((c * a for c, a in used), Affine())
        targets = tuple(op.qubits[q] for q in step.qubits)
        controls = op.controls + tuple(op.qubits[q] for q in step.controls)
        yield Operation(step.gate.name, targets, (angle,), controls)


class _Constants:
    """The shared table of matrices: equal forms are stored once."""

    def __init__(self) -> None:
        self._blocks: list[NDArray[np.complex128]] = []
        self._known: dict[object, tuple[int, float, bool]] = {}
        self._size = 0

    def add(self, op: Operation) -> tuple[int, float, bool]:
        """Where the operation's form starts, its frequency, and whether it is diagonal."""
        key = op.unitary or op.gate
        if key not in self._known:
            trig = None if op.unitary is not None else GATES[op.gate].trig
            if trig is None:
                parts: tuple[NDArray[np.complex128], ...] = (op.matrix(np.zeros(0)),)
            else:
                parts = (trig.constant, trig.cosine, trig.sine)
            diagonal = all(not np.any(m - np.diag(np.diag(m))) for m in parts)
            self._known[key] = (self._size, trig.frequency if trig else 0.0, diagonal)
            self._blocks.extend(part.reshape(-1) for part in parts)
            self._size += sum(part.size for part in parts)
        return self._known[key]

    def array(self) -> NDArray[np.complex128]:
        return np.concatenate(self._blocks) if self._blocks else np.zeros(0, dtype=np.complex128)


def _offsets(sizes: list[int]) -> NDArray[np.int32]:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int32)
