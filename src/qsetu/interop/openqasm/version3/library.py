"""The gates of OpenQASM 3's language and of ``stdgates.inc`` as operations of ours."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from qsetu.circuits import ALIASES, GATES, Affine, Operation
from qsetu.circuits.affine import as_angle

__all__ = ["BUILT_IN", "Standard", "standard_gates"]


class Standard(NamedTuple):
    """A gate: how many angles and qubits it takes, and its operations on qubits 0, 1, ..."""

    num_angles: int
    num_qubits: int
    make: Callable[..., tuple[Operation, ...]]


def _op(
    gate: str, qubits: Sequence[int], angles: Sequence[Any] = (), controls: Sequence[int] = ()
) -> Operation:
    return Operation(gate, tuple(qubits), tuple(as_angle("angle", a) for a in angles), tuple(controls))


def _turn(theta: Any, phi: Any, lam: Any) -> tuple[Operation, ...]:
    # The language's U is exp(i theta/2) times the matrix that u is: so its specification says, and so
    # stdgates.inc makes X, H and rotations of it without a phase too many.
    return _op("gphase", (), (0.5 * theta,)), _op("u", (0,), (theta, phi, lam))


def _u2(phi: Any, lam: Any) -> tuple[Operation, ...]:
    return _op("gphase", (), (-0.5 * (phi + lam),)), _op("u", (0,), (math.pi / 2, phi, lam))


def _u3(theta: Any, phi: Any, lam: Any) -> tuple[Operation, ...]:
    return _op("gphase", (), (-0.5 * (phi + lam),)), _op("u", (0,), (theta, phi, lam))


def _phase(lam: Any) -> tuple[Operation, ...]:
    return (_op("p", (0,), (lam,)),)


BUILT_IN = {
    "U": Standard(3, 1, _turn),
    "gphase": Standard(1, 0, lambda angle: (_op("gphase", (), (angle,)),)),
}


@cache
def standard_gates() -> dict[str, Standard]:
    """All gates of ``stdgates.inc`` by name, from the gate table."""
    made = {
        "CX": Standard(0, 2, lambda: (_op("x", (1,), (), (0,)),)),
        "phase": Standard(1, 1, _phase),
        "cphase": Standard(1, 2, lambda lam: (_op("p", (1,), (lam,), (0,)),)),
        "u1": Standard(1, 1, _phase),
        "u2": Standard(2, 1, _u2),
        "u3": Standard(3, 1, _u3),
    }
    named = [(gate.qasm, gate.name, 0) for gate in GATES.values()]
    named += [(alias.qasm, alias.gate, alias.num_controls or 0) for alias in ALIASES.values()]
    for qasm, name, controls in named:
        if qasm and qasm not in BUILT_IN:
            made[qasm] = _of_table(name, controls)
    return made


def _of_table(name: str, controls: int) -> Standard:
    gate = GATES[name]
    width = controls + gate.num_qubits

    def make(*angles: Any) -> tuple[Operation, ...]:
        return (_op(name, range(controls, width), angles, range(controls)),)

    return Standard(gate.num_angles, width, make)


def fractional(op: Operation, exponent: float) -> tuple[Operation, ...] | None:
    """``op`` to a power that is no integer, by the principal logarithm; None where that is not plain.

    Open angles are taken as they are: for numbers beyond the principal branch the power is another root.
    """
    if op.gate in _TURNS:
        angle, flipped = _TURNS[op.gate]
        turn = exponent * angle
        if not flipped:
            return (_op("p", op.qubits, (turn,), op.controls),)
        # X = exp(i pi/2) RX(pi): the root of a flip turns by less, and so does its phase.
        phase = _op("gphase", (), (turn / 2,), op.controls)
        return phase, _op(flipped, op.qubits, (turn,), op.controls)
    if op.gate == "id":
        return (op,)
    if op.gate not in GATES or GATES[op.gate].num_angles != 1:
        return None
    (angle_,) = op.angles
    if isinstance(angle_, Affine) and not angle_.terms:
        size = abs(angle_.constant)
        limit = math.pi if GATES[op.gate].trig.frequency == 1.0 else 2 * math.pi  # type: ignore[union-attr]
        if size > limit or angle_.constant == -limit or (size == limit and limit > math.pi):
            return None
    return (Operation(op.gate, op.qubits, (exponent * angle_,), op.controls),)


# Gates without angles that are turns: by how much, and about which axis if not Z.
_TURNS = {
    "z": (math.pi, ""),
    "s": (math.pi / 2, ""),
    "sdg": (-math.pi / 2, ""),
    "t": (math.pi / 4, ""),
    "tdg": (-math.pi / 4, ""),
    "x": (math.pi, "rx"),
    "y": (math.pi, "ry"),
    "sx": (math.pi / 2, "rx"),
    "sxdg": (-math.pi / 2, "rx"),
}
