"""Lowering: every operation becomes a row of a :class:`GateProgram`.

A gate with several angles becomes its factors, or, where all its angles are numbers, one fixed matrix.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.affine import Affine
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.gate import Gate
from qsetu.circuits.gates import GATES
from qsetu.circuits.operation import Operation, UnitaryMatrix
from qsetu.circuits.program import GateProgram

__all__ = ["compile_circuit", "lower"]


@lru_cache(maxsize=128)
def compile_circuit(circuit: Circuit) -> GateProgram:
    """The gate program of ``circuit``, cached: a known circuit is not compiled again."""
    return lower(circuit)


def lower(circuit: Circuit) -> GateProgram:
    """Translate ``circuit`` operation by operation, without changing what it computes."""
    rows = [row for op in circuit for row in _rows(op)]
    constants = _Constants()
    matrices = _numeric_matrices(rows)
    starts, frequencies, diagonals = [], [], []
    for row in rows:
        if row.numbers:
            start, frequency, diagonal = constants.add_matrix(next(matrices[row.gate]))
        else:
            start, frequency, diagonal = constants.add(row.form)
        starts.append(start)
        frequencies.append(frequency)
        diagonals.append(diagonal)
    return GateProgram(
        num_qubits=circuit.num_qubits,
        num_params=circuit.num_params,
        target_start=_offsets([len(row.targets) for row in rows]),
        targets=np.array([q for row in rows for q in row.targets], dtype=np.int32),
        control_mask=np.array([sum(1 << q for q in row.controls) for row in rows], dtype=np.uint64),
        diagonal=np.array(diagonals, dtype=np.uint8),
        form_start=np.array(starts, dtype=np.int64),
        frequency=np.array(frequencies, dtype=np.float64),
        angle_constant=np.array([row.constant for row in rows], dtype=np.float64),
        angle_start=_offsets([len(row.terms) for row in rows]),
        angle_slot=np.array([slot for row in rows for slot, _ in row.terms], dtype=np.int32),
        angle_coefficient=np.array([c for row in rows for _, c in row.terms], dtype=np.float64),
        constants=constants.array(),
        source=circuit,
    )


class _Row(NamedTuple):
    """One operation of the program; ``constant`` and ``terms`` are its angle's."""

    form: Gate | UnitaryMatrix
    targets: tuple[int, ...]
    controls: tuple[int, ...]
    constant: float = 0.0
    terms: tuple[tuple[int, float], ...] = ()
    # Of a gate with several angles, none of them with a parameter: its name and its angles.
    gate: str = ""
    numbers: tuple[float, ...] = ()


def _numeric_matrices(rows: list[_Row]) -> dict[str, Iterator[NDArray[np.complex128]]]:
    """By gate, the matrices of the rows with ``numbers``, in order: computed all at once."""
    angles: dict[str, list[tuple[float, ...]]] = {}
    for row in rows:
        if row.numbers:
            angles.setdefault(row.gate, []).append(row.numbers)
    return {name: iter(GATES[name].matrix(*np.array(given).T)) for name, given in angles.items()}


def _rows(op: Operation) -> Iterator[_Row]:
    if op.unitary is not None:
        yield _Row(op.unitary, op.qubits, op.controls)
        return
    gate = GATES[op.gate]
    if not gate.steps:
        if op.gate != "id":
            angle = op.angles[0] if op.angles else Affine()
            yield _Row(gate, op.qubits, op.controls, angle.constant, angle.terms)
        return
    if not any(angle.terms for angle in op.angles):
        numbers = tuple([angle.constant for angle in op.angles])
        yield _Row(gate, op.qubits, op.controls, gate=op.gate, numbers=numbers)
        return
    for step in gate.steps:
        constant, terms = _combined(step.angle, op.angles)
        targets = tuple([op.qubits[q] for q in step.qubits])
        controls = op.controls + tuple([op.qubits[q] for q in step.controls])
        yield _Row(step.gate, targets, controls, constant, terms)


def _combined(
    coefficients: tuple[float, ...], angles: tuple[Affine, ...]
) -> tuple[float, tuple[tuple[int, float], ...]]:
    total = sum((c * a for c, a in zip(coefficients, angles, strict=True) if c), Affine())
    return total.constant, total.terms


class _Constants:
    """The shared table of matrices: equal forms are stored once."""

    def __init__(self) -> None:
        self._blocks: list[NDArray[np.complex128]] = []
        self._known: dict[object, tuple[int, float, bool]] = {}
        self._size = 0

    def add(self, form: Gate | UnitaryMatrix) -> tuple[int, float, bool]:
        """Where the form starts, its frequency, and whether it is diagonal."""
        key = form.name if isinstance(form, Gate) else form
        if key not in self._known:
            trig = form.trig if isinstance(form, Gate) else None
            if trig is not None:
                parts: tuple[NDArray[np.complex128], ...] = (trig.constant, trig.cosine, trig.sine)
            else:
                parts = (form.matrix() if isinstance(form, Gate) else form.array,)
            diagonal = all(not np.any(m - np.diag(np.diag(m))) for m in parts)
            self._known[key] = (self._append(*parts), trig.frequency if trig else 0.0, diagonal)
        return self._known[key]

    def add_matrix(self, matrix: NDArray[np.complex128]) -> tuple[int, float, bool]:
        """The same for one fixed matrix, of a gate that is not diagonal for all angles."""
        return self._append(matrix), 0.0, False

    def _append(self, *parts: NDArray[np.complex128]) -> int:
        start = self._size
        self._blocks.extend(part.reshape(-1) for part in parts)
        self._size += sum(part.size for part in parts)
        return start

    def array(self) -> NDArray[np.complex128]:
        return np.concatenate(self._blocks) if self._blocks else np.zeros(0, dtype=np.complex128)


def _offsets(sizes: list[int]) -> NDArray[np.int32]:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int32)
