"""PennyLane's gates in terms of ours, on wire labels: what a placed gate becomes, and what its key is.

Everything that our gate table names is derived from it; the recipes below are for gates that are short
products of ours. A slot holds the number PennyLane holds, so a derivative by a slot is one by PennyLane's
parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.operation import Operator
from pennylane.ops import Adjoint, Controlled, ControlledOp, MidMeasure
from pennylane.ops.op_math.adjoint import AdjointOperation
from pennylane.ops.qubit.observables import BasisStateProjector

from qsetu.circuits.affine import Affine
from qsetu.circuits.gates import ALIASES, GATES
from qsetu.circuits.operation import Operation, UnitaryMatrix

__all__ = [
    "KINDS",
    "PLAIN",
    "Kind",
    "describe",
    "has_recipe",
    "is_projector",
    "labels_of",
    "matrix_of",
    "write",
]

# An operation whose qubits are PennyLane's labels, to be renamed when the order of wires is known.
Angles = Sequence[Affine]


class Kind(NamedTuple):
    """How gates of one class of PennyLane are read.

    ``write(op, labels, angles)`` gives our operations. ``extra(op)`` is what belongs in the key of a
    structure beside class and wires. ``has_angles`` says whether ``op.data`` are angles, which become slots.
    """

    write: Callable[[Any, tuple[Any, ...], Angles], list[Operation]]
    extra: Callable[[Any], Hashable] | None = None
    has_angles: bool = True


def _from_table(gate: str, num_controls: int, sign: int) -> Kind:
    def write(op: Any, labels: tuple[Any, ...], angles: Angles) -> list[Operation]:
        targets = labels[num_controls:] if GATES[gate].num_qubits else ()
        signed = tuple(sign * angle for angle in angles)
        return [Operation(gate, targets, signed, labels[:num_controls])]

    return Kind(write)


def _table() -> dict[type, Kind]:
    kinds: dict[type, Kind] = {}
    for name, gate in GATES.items():
        if gate.pennylane and not gate.pennylane.startswith("Adjoint("):
            kinds[getattr(qml, gate.pennylane)] = _from_table(name, 0, gate.pennylane_sign)
    for alias in ALIASES.values():
        if alias.pennylane and alias.num_controls is not None:
            sign = GATES[alias.gate].pennylane_sign
            kinds[getattr(qml, alias.pennylane)] = _from_table(alias.gate, alias.num_controls, sign)
    return kinds


# -- short products ------------------------------------------------------------------------------------


def _one(gate: str, qubit: Any, *angles: Affine, controls: tuple[Any, ...] = ()) -> Operation:
    return Operation(gate, (qubit,), angles, controls)


def _cx(control: Any, target: Any) -> Operation:
    return Operation("x", (target,), (), (control,))


def _rot(op: Any, w: tuple[Any, ...], a: Angles) -> list[Operation]:
    return [_one("rz", w[0], a[0]), _one("ry", w[0], a[1]), _one("rz", w[0], a[2])]


def _u2(op: Any, w: tuple[Any, ...], a: Angles) -> list[Operation]:
    return [_one("u", w[0], Affine(np.pi / 2), a[0], a[1])]


def _ising_xy(op: Any, w: tuple[Any, ...], a: Angles) -> list[Operation]:
    return [Operation("rxx", w, (-0.5 * a[0],)), Operation("ryy", w, (-0.5 * a[0],))]


def _pswap(op: Any, w: tuple[Any, ...], a: Angles) -> list[Operation]:
    return [Operation("swap", w), Operation("rzz", w, (a[0],)), Operation("gphase", (), (0.5 * a[0],))]


def _multi_rz(w: tuple[Any, ...], angle: Affine) -> list[Operation]:
    if len(w) == 1:
        return [_one("rz", w[0], angle)]
    ladder = [_cx(first, w[-1]) for first in w[:-2]]
    return [*ladder, Operation("rzz", w[-2:], (angle,)), *reversed(ladder)]


def _pauli_rot(op: Any, w: tuple[Any, ...], a: Angles) -> list[Operation]:
    word = op.hyperparameters["pauli_word"]
    placed = [(wire, letter) for wire, letter in zip(w, word, strict=True) if letter != "I"]
    if not placed:
        return [Operation("gphase", (), (-0.5 * a[0],))]
    if len(placed) == 1:
        return [_one("r" + placed[0][1].lower(), placed[0][0], a[0])]
    # Turns each letter into Z: H for X, and the inverse of SX for Y.
    into = [_one("h" if letter == "X" else "sx", wire) for wire, letter in placed if letter != "Z"]
    back = [op.inverse() for op in reversed(into)]
    return [*into, *_multi_rz(tuple(wire for wire, _ in placed), a[0]), *back]


def _single_excitation(op: Any, w: tuple[Any, ...], a: Angles) -> list[Operation]:
    # CX brings |10> to |11>: of both states that mix, the second wire is 1.
    return [_cx(w[0], w[1]), _one("ry", w[0], a[0], controls=(w[1],)), _cx(w[0], w[1])]


def _double_excitation(op: Any, w: tuple[Any, ...], a: Angles) -> list[Operation]:
    # |0011> and |1100> become |0010> and |1010>: the last three wires agree, and nothing else has them so.
    into = [_cx(w[0], w[1]), _cx(w[2], w[3]), _cx(w[0], w[2]), _one("x", w[1]), _one("x", w[3])]
    return [*into, _one("ry", w[0], a[0], controls=(w[1], w[2], w[3])), *reversed(into)]


def _basis_state(op: Any, w: tuple[Any, ...], a: Angles) -> list[Operation]:
    return [_one("x", wire) for wire, bit in zip(w, _bits(op), strict=True) if bit]


def _bits(op: Any) -> tuple[int, ...]:
    return tuple(int(bit) for bit in np.asarray(op.data[0]).reshape(-1))


def _nothing(op: Any, w: tuple[Any, ...], a: Angles) -> list[Operation]:
    return []


# -- matrices ------------------------------------------------------------------------------------------


def matrix_of(op: Operator) -> NDArray[np.complex128]:
    """The matrix of a gate, its first wire the most significant bit."""
    if type(op) is qml.QubitUnitary and not hasattr(op.data[0], "tocsr"):
        return np.asarray(op.data[0], dtype=np.complex128)
    return np.asarray(op.matrix(), dtype=np.complex128)


def _unitary(op: Any, w: tuple[Any, ...], a: Angles) -> list[Operation]:
    return [Operation("unitary", tuple(reversed(w)), (), (), UnitaryMatrix(matrix_of(op), len(w)))]


MATRIX = Kind(_unitary, lambda op: matrix_of(op).tobytes(), has_angles=False)


# -- gates of gates ------------------------------------------------------------------------------------


def _controlled(op: Any, w: tuple[Any, ...], a: Angles) -> list[Operation]:
    controls = op.control_wires.labels
    closed = zip(controls, op.control_values, strict=True)
    flips = [_one("x", wire) for wire, value in closed if not value]
    inner = [
        Operation(part.gate, part.qubits, part.angles, part.controls + controls, part.unitary)
        for part in write(op.base, a)
    ]
    return [*flips, *inner, *flips]


def _adjoint(op: Any, w: tuple[Any, ...], a: Angles) -> list[Operation]:
    return [part.inverse() for part in reversed(write(op.base, a))]


def _base(op: Any) -> Hashable:
    base = op.base
    kind = KINDS.get(type(base), MATRIX)
    return type(base), labels_of(base), kind.extra(base) if kind.extra else None


def _base_and_values(op: Any) -> Hashable:
    return _base(op), tuple(bool(value) for value in op.control_values)


_CONTROLLED, _ADJOINT = Kind(_controlled, _base_and_values), Kind(_adjoint, _base)

KINDS: dict[type, Kind] = {
    **_table(),
    qml.Identity: Kind(_nothing),  # PennyLane's may have any number of wires
    qml.Rot: Kind(_rot),
    qml.U1: _from_table("p", 0, 1),
    qml.U2: Kind(_u2),
    qml.IsingXY: Kind(_ising_xy),
    qml.PSWAP: Kind(_pswap),
    qml.MultiRZ: Kind(lambda op, w, a: _multi_rz(w, a[0])),
    qml.PauliRot: Kind(_pauli_rot, lambda op: op.hyperparameters["pauli_word"]),
    qml.SingleExcitation: Kind(_single_excitation),
    qml.DoubleExcitation: Kind(_double_excitation),
    qml.Barrier: Kind(_nothing),
    qml.WireCut: Kind(_nothing),
    qml.Snapshot: Kind(_nothing),
    qml.BasisState: Kind(_basis_state, _bits, has_angles=False),
    qml.BasisEmbedding: Kind(_basis_state, _bits, has_angles=False),
    qml.QubitUnitary: MATRIX,
    qml.ControlledQubitUnitary: _CONTROLLED,
    qml.MultiControlledX: _CONTROLLED,
    qml.CRot: _CONTROLLED,
    Controlled: _CONTROLLED,
    ControlledOp: _CONTROLLED,
    Adjoint: _ADJOINT,
    AdjointOperation: _ADJOINT,
}

# Classes that are all there is to know of a gate beside wires and angles.
PLAIN = frozenset(kind for kind, how in KINDS.items() if how.extra is None)


_HAVE_CONTROLS = frozenset(kind for kind in KINDS if issubclass(kind, Controlled))


def labels_of(op: Any) -> tuple[Any, ...]:
    """The labels of an operation's wires, controls first."""
    if type(op) in _HAVE_CONTROLS:  # whose own `wires` makes a new object at each look
        controls: tuple[Any, ...] = op.control_wires.labels
        return controls + labels_of(op.base)
    labels: tuple[Any, ...] = op.wires.labels
    return labels


def _innermost(op: Any) -> Any:
    while type(op) in KINDS and KINDS[type(op)] in (_CONTROLLED, _ADJOINT):
        op = op.base
    return op


def has_recipe(op: Operator) -> bool:
    """Whether a gate is written without looking at its matrix."""
    if type(op) in PLAIN:
        return True
    kind = KINDS.get(type(_innermost(op)))
    return kind is not None and kind is not MATRIX


def is_projector(op: Any) -> bool:
    """Whether this is a postselected outcome, as deferred measurements leave it in a circuit."""
    return isinstance(op, BasisStateProjector)


def describe(op: Any) -> tuple[Hashable, tuple[Any, ...]]:
    """What a key needs beside class and wires, and the numbers that become slots."""
    if isinstance(op, MidMeasure):
        raise qml.exceptions.DeviceError(
            "qsetu.qubit measures at the end of a circuit only: use mcm_method='deferred', the default."
        )
    kind = KINDS.get(type(op), MATRIX)
    inner = KINDS.get(type(_innermost(op)), MATRIX)
    extra = kind.extra(op) if kind.extra else None
    return extra, tuple(op.data) if inner.has_angles else ()


def write(op: Any, angles: Angles) -> list[Operation]:
    """Our operations for one of PennyLane's, on its labels."""
    return KINDS.get(type(op), MATRIX).write(op, labels_of(op), angles)
