"""A circuit in the gates that a method of Aer has: what ``AerSimulator`` runs as it is, untranspiled.

Each operation keeps its name where Aer has a gate of that name. Where it has none, a gate without an open
angle becomes a matrix, and one with an open angle several gates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.affine import Affine
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.gate import embed
from qsetu.circuits.gates import GATES
from qsetu.circuits.nonlinear import Nonlinear
from qsetu.circuits.operation import Operation, UnitaryMatrix
from qsetu.qiskit_circuit import parts

__all__ = ["Placed", "is_open", "named", "plain"]

# A wider gate that Aer does not know, and that has no open angle, is taken apart.
MOST_MATRIX_QUBITS = 8

_PHASES = {
    "z": math.pi,
    "s": math.pi / 2,
    "sdg": -math.pi / 2,
    "t": math.pi / 4,
    "tdg": -math.pi / 4,
    "p": None,
}


@dataclass(frozen=True)
class Placed:
    """One gate as Aer reads it.

    Attributes:
        name: Aer's; "unitary" for a matrix, "" for what Qiskit has to take apart.
        qubits: Controls, then targets.
        angles: Numbers or open, as the gate's definition has them.
        label: What a noise model knows it by.
        matrix: Of a "unitary".
        source: The operation it was, or is a part of.
    """

    name: str
    qubits: tuple[int, ...]
    angles: tuple[Affine | Nonlinear, ...]
    label: str
    source: Operation
    matrix: NDArray[np.complex128] | None = None


def is_open(op: Operation) -> bool:
    """Whether an angle of ``op`` is not a number yet."""
    return any(angle.num_params for angle in op.angles)


def plain(circuit: Circuit, known: frozenset[str]) -> tuple[list[Placed], list[Affine | Nonlinear]]:
    """The circuit in gates of ``known`` names, and the angles of its global phase, to be added up."""
    made: list[Placed] = []
    phases: list[Affine | Nonlinear] = []
    for op in circuit.operations:
        if op.gate == "gphase" and not op.controls:
            phases.append(op.angles[0])
        else:
            made.extend(_placed(op, known))
    return made, phases


def named(op: Operation) -> str:
    """Qiskit's name of an operation, which noise models go by."""
    count = len(op.controls)
    if op.gate == "x" and count > 2:
        return "mcx"
    if op.gate == "p" and count > 1:
        return "mcphase"
    return op.name


def _placed(op: Operation, known: frozenset[str]) -> Iterator[Placed]:
    if op.gate == "gphase":
        *controls, last = op.controls
        yield from _placed(Operation("p", (last,), op.angles, tuple(controls)), known)
        return
    native = _native(op, known)
    if native is not None:
        yield native
    elif is_open(op):
        for part in _taken_apart(op):
            yield from _placed(part, known)
    elif len(op.qubits) + len(op.controls) <= MOST_MATRIX_QUBITS:
        width, targets = len(op.qubits) + len(op.controls), len(op.qubits)
        matrix = embed(op.matrix(np.zeros(0)), range(targets), range(targets, width), width)
        yield Placed("unitary", op.qubits + op.controls, (), named(op), op, matrix)
    elif op.gate == "x":
        yield Placed("", op.controls + op.qubits, (), named(op), op)
    else:
        for part in _taken_apart(op) if op.gate in ("p", "rz") else _diagonalized(op):
            yield from _placed(part, known)


def _diagonalized(op: Operation) -> Iterator[Operation]:
    """A gate without an open angle as phases under controls, between a change of basis and back."""
    from scipy.linalg import schur

    width = len(op.qubits)
    triangle, basis = schur(op.matrix(np.zeros(0)), output="complex")  # diagonal, since the matrix is normal
    *others, last = op.qubits
    change = UnitaryMatrix(basis, width)
    yield Operation("unitary", op.qubits, (), (), change.adjoint())
    for state, value in enumerate(np.diag(triangle)):
        flips = [Operation("x", (q,)) for place, q in enumerate(op.qubits) if not state >> place & 1]
        controls = tuple(sorted((*others, *op.controls)))
        yield from flips
        yield Operation("p", (last,), (Affine(float(np.angle(value))),), controls)
        yield from flips
    yield Operation("unitary", op.qubits, (), (), change)


def _native(op: Operation, known: frozenset[str]) -> Placed | None:
    count = len(op.controls)
    if op.unitary is not None:
        if count:
            return None
        return Placed("unitary", op.qubits, (), "unitary", op, op.unitary.array)
    gate, angles = op.gate, op.angles
    if count and gate in _PHASES and not (gate == "z" and count < 3):
        angle = _PHASES[gate]
        gate, angles = "p", angles if angle is None else (Affine(angle),)
    if count and gate == "cu":
        return None
    if count and gate == "u":
        angles = (*angles, Affine())  # Aer's has a phase besides
    for name in _names(gate, count):
        if name in known:
            return Placed(name, op.controls + op.qubits, angles, named(op), op)
    return None


def _names(gate: str, count: int) -> Iterable[str]:
    return ("c" * count + gate, *((f"mc{gate}",) if count else ()))


def _taken_apart(op: Operation) -> list[Operation]:
    """Several gates for one with an open angle; those that keep it are nearer to what every method has."""
    if GATES[op.gate].num_qubits > 1 or GATES[op.gate].steps:
        return parts(op)
    (qubit,), (angle,) = op.qubits, op.angles
    if op.gate == "p":
        # A rotation about Z of the target, and half of the phase on the controls.
        return [
            Operation("rz", (qubit,), (angle,), op.controls),
            Operation("gphase", (), (0.5 * angle,), op.controls),
        ]
    # Half of the turn before an X under the controls and half after it: it is undone where the X is none.
    turn = {"rx": "z", "ry": "x", "rz": "x"}[op.gate]
    flip = Operation(turn, (qubit,), (), op.controls)
    return [
        Operation(op.gate, (qubit,), (0.5 * angle,)),
        flip,
        Operation(op.gate, (qubit,), (-0.5 * angle,)),
        flip,
    ]
