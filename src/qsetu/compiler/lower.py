"""Lowering: every operation becomes a row of a :class:`GateProgram`.

A gate with several angles becomes its factors, or, where all its angles are numbers, one fixed matrix.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.affine import Affine, param
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.gate import Gate
from qsetu.circuits.gates import GATES
from qsetu.circuits.nonlinear import Nonlinear
from qsetu.circuits.operation import Operation
from qsetu.circuits.program import GateProgram

__all__ = ["compile_circuit", "lower"]


@lru_cache(maxsize=128)
def compile_circuit(circuit: Circuit) -> GateProgram:
    """The gate program of ``circuit``, cached: a known circuit is not compiled again."""
    return lower(circuit)


def lower(circuit: Circuit) -> GateProgram:
    """Translate ``circuit`` operation by operation, without changing what it computes."""
    writer = _Writer(circuit.num_params)
    for op in circuit.operations:
        writer.operation(op)
    return writer.program(circuit)


class _Form(NamedTuple):
    """What engines know of a gate: A, or A, B and C, flat and one after the other."""

    numbers: NDArray[np.complex128]
    frequency: float
    diagonal: bool


def _form(parts: tuple[NDArray[np.complex128], ...], frequency: float) -> _Form:
    diagonal = all(not np.any(m - np.diag(np.diag(m))) for m in parts)
    return _Form(np.concatenate([m.reshape(-1) for m in parts]), frequency, diagonal)


@lru_cache(maxsize=512)
def _form_of_gate(gate: Gate) -> _Form:
    if gate.trig is None:
        return _form((gate.matrix(),), 0.0)
    return _form((gate.trig.constant, gate.trig.cosine, gate.trig.sine), gate.trig.frequency)


class _Writer:
    """The columns of a program, row after row. A new circuit pays for every line here, gate by gate."""

    def __init__(self, num_params: int) -> None:
        self._num_params = num_params
        # Where engines find the value of an angle that is not affine.
        self._nonlinear: dict[Nonlinear, Affine] = {}
        self._widths: list[int] = []
        self._targets: list[int] = []
        self._controls: list[int] = []
        self._starts: list[int] = []
        self._frequencies: list[float] = []
        self._diagonals: list[bool] = []
        self._constants: list[float] = []
        self._terms: list[int] = []
        self._slots: list[int] = []
        self._coefficients: list[float] = []
        # By a gate's name: its form is stored once.
        self._known: dict[str, tuple[int, float, bool]] = {}
        self._blocks: list[NDArray[np.complex128]] = []
        self._size = 0
        # By gate, the rows whose matrices are computed all at once, and their angles.
        self._fixed: dict[str, tuple[list[int], list[list[float]]]] = {}
        # By number of qubits, the rows of given matrices.
        self._given: dict[int, tuple[list[int], list[NDArray[np.complex128]]]] = {}

    def operation(self, op: Operation) -> None:
        name = op.gate
        known = self._known.get(name)
        angles = op.angles
        if known is not None and len(angles) < 2:
            if angles:
                angle = self._affine(angles[0])
                self._row(known, op.qubits, op.controls, angle.constant, angle.terms)
            else:
                self._row(known, op.qubits, op.controls, 0.0, ())
        elif op.unitary is not None:
            rows, arrays = self._given.setdefault(len(op.qubits), ([], []))
            rows.append(len(self._widths))
            arrays.append(op.unitary.array)
            self._row((-1, 0.0, False), op.qubits, op.controls, 0.0, ())
        elif not GATES[name].steps:
            if name != "id":
                self._place(name, _form_of_gate(GATES[name]))
                self.operation(op)
        elif not any(angle.num_params for angle in angles):
            rows, numbers = self._fixed.setdefault(name, ([], []))
            rows.append(len(self._widths))
            numbers.append([self._affine(angle).constant for angle in angles])
            self._row((-1, 0.0, False), op.qubits, op.controls, 0.0, ())
        else:
            self._factors(op)

    def _factors(self, op: Operation) -> None:
        for step in GATES[op.gate].steps:
            pairs = zip(step.angle, map(self._affine, op.angles), strict=True)
            angle = sum((c * a for c, a in pairs if c), Affine())
            targets = tuple([op.qubits[q] for q in step.qubits])
            controls = op.controls + tuple([op.qubits[q] for q in step.controls])
            place = self._known.get(step.gate.name) or self._place(step.gate.name, _form_of_gate(step.gate))
            self._row(place, targets, controls, angle.constant, angle.terms)

    def _affine(self, angle: Affine | Nonlinear) -> Affine:
        if isinstance(angle, Affine):
            return angle
        if angle not in self._nonlinear:
            self._nonlinear[angle] = param(self._num_params + len(self._nonlinear))
        return self._nonlinear[angle]

    def _row(
        self,
        place: tuple[int, float, bool],
        targets: tuple[int, ...],
        controls: tuple[int, ...],
        constant: float,
        terms: tuple[tuple[int, float], ...],
    ) -> None:
        self._starts.append(place[0])
        self._frequencies.append(place[1])
        self._diagonals.append(place[2])
        self._widths.append(len(targets))
        self._targets += targets
        mask = 0
        for q in controls:
            mask |= 1 << q
        self._controls.append(mask)
        self._constants.append(constant)
        self._terms.append(len(terms))
        for slot, coefficient in terms:
            self._slots.append(slot)
            self._coefficients.append(coefficient)

    def _place(self, name: str, form: _Form) -> tuple[int, float, bool]:
        place = self._known[name] = (self._append(form.numbers), form.frequency, form.diagonal)
        return place

    def _append(self, numbers: NDArray[np.complex128]) -> int:
        start = self._size
        self._blocks.append(numbers)
        self._size += numbers.size
        return start

    def _matrices(self, rows: list[int], matrices: NDArray[np.complex128]) -> None:
        """Fill in what was left open in these rows: ``matrices`` is ``(len(rows), 2^k, 2^k)``."""
        start, size = self._append(matrices.reshape(-1)), matrices[0].size
        off_diagonal = ~np.eye(matrices.shape[-1], dtype=bool)
        mixing = np.count_nonzero(matrices[:, off_diagonal], axis=1)
        for k, row in enumerate(rows):
            self._starts[row] = start + k * size
            self._diagonals[row] = not mixing[k]

    def program(self, circuit: Circuit) -> GateProgram:
        """The program of all rows; ``circuit`` is what they were made from."""
        for name, (rows, angles) in self._fixed.items():
            self._matrices(rows, GATES[name].matrix(*np.array(angles).T))
        for rows, arrays in self._given.values():
            self._matrices(rows, np.array(arrays))
        return GateProgram(
            num_qubits=circuit.num_qubits,
            num_params=circuit.num_params + len(self._nonlinear),
            target_start=_offsets(self._widths),
            targets=np.array(self._targets, dtype=np.int32),
            control_mask=np.array(self._controls, dtype=np.uint64),
            diagonal=np.array(self._diagonals, dtype=np.uint8),
            form_start=np.array(self._starts, dtype=np.int64),
            frequency=np.array(self._frequencies, dtype=np.float64),
            angle_constant=np.array(self._constants, dtype=np.float64),
            angle_start=_offsets(self._terms),
            angle_slot=np.array(self._slots, dtype=np.int32),
            angle_coefficient=np.array(self._coefficients, dtype=np.float64),
            constants=np.concatenate(self._blocks) if self._blocks else np.zeros(0, dtype=np.complex128),
            source=circuit,
            nonlinear=tuple(self._nonlinear),
        )


def _offsets(sizes: list[int]) -> NDArray[np.int32]:
    offsets = np.zeros(len(sizes) + 1, dtype=np.int32)
    np.cumsum(sizes, out=offsets[1:])
    return offsets
