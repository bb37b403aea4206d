"""From our circuit to Qiskit's: what the Aer engine runs, and what ``interop.qiskit`` hands out.

Qiskit is imported when a circuit is written, never with qsetu.
"""

from __future__ import annotations

import cmath
import math
import operator
from functools import cache
from typing import TYPE_CHECKING, Any

from qsetu.circuits.affine import Affine
from qsetu.circuits.circuit import Circuit
from qsetu.circuits.gates import ALIASES, GATES
from qsetu.circuits.nonlinear import Nonlinear
from qsetu.circuits.operation import Operation

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import Gate, ParameterVector

__all__ = ["append_operation", "as_qiskit", "parts"]

MANY_CONTROLS = 2
# An entry of a unitary matrix whose phase is nothing but rounding.
SMALL = 1e-12


def as_qiskit(circuit: Circuit, parameters: ParameterVector | None = None) -> QuantumCircuit:
    """``circuit`` as Qiskit has it: qubit i stays qubit i, and no phase is lost.

    Args:
        circuit: The circuit, P parameter slots.
        parameters: What slot i becomes, at least P of them; None means a vector called ``p``.

    Returns:
        A circuit of Qiskit's standard gates. What Qiskit has no controlled form of, as long as an angle is
        open, is written as several gates.
    """
    from qiskit import QuantumCircuit
    from qiskit.circuit import ParameterVector

    slots = ParameterVector("p", circuit.num_params) if parameters is None else parameters
    made = QuantumCircuit(circuit.num_qubits)
    for op in circuit:
        append_operation(made, op, slots)
    return made


def append_operation(made: QuantumCircuit, op: Operation, slots: Any) -> None:
    """Append ``op`` to a circuit of Qiskit's; slot i is ``slots[i]`` there."""
    lone = op.unitary is not None and len(op.qubits) == 1
    if len(op.controls) >= MANY_CONTROLS and (lone or op.gate in _IN_GATES):
        # Qiskit would work out the matrix of it all, and take that apart.
        for part in _turned_by(op) if lone else _in_gates(op):
            append_operation(made, part, slots)
        return
    if op.unitary is not None:
        from qiskit.circuit.library import UnitaryGate

        # A copy that can be written to: Aer 0.18 reads others as if they were transposed.
        gate: Gate = UnitaryGate(op.unitary.array.copy())
        made.append(_controlled(gate, len(op.controls)), [*op.controls, *op.qubits], copy=False)
        return
    if op.gate == "gphase":
        _write_phase(made, op, slots)
        return
    record = GATES[op.gate]
    named = _alias(op.gate, len(op.controls)) or (record.qiskit if not op.controls else None)
    if named:
        angles = [_expression(angle, slots) for angle in op.angles]
        made.append(_class(named)(*angles), [*op.controls, *op.qubits], copy=False)
    elif op.gate == "p":
        gate = _class("MCPhaseGate")(_expression(op.angles[0], slots), len(op.controls))
        made.append(gate, [*op.controls, *op.qubits], copy=False)
    elif op.controls and any(angle.num_params for angle in op.angles):
        for part in parts(op):
            append_operation(made, part, slots)
    elif record.qiskit:
        gate = _class(record.qiskit)(*(_expression(angle, slots) for angle in op.angles))
        made.append(_controlled(gate, len(op.controls)), [*op.controls, *op.qubits], copy=False)
    else:
        gate = _class(GATES[record.inverse].qiskit)().inverse()
        made.append(_controlled(gate, len(op.controls)), [*op.controls, *op.qubits], copy=False)


def _write_phase(made: QuantumCircuit, op: Operation, slots: Any) -> None:
    if not op.controls:
        # One number beside the gates: transpilers keep it, and it commutes with everything.
        made.global_phase += _expression(op.angles[0], slots)
        return
    *controls, last = op.controls
    append_operation(made, Operation("p", (last,), op.angles, tuple(controls)), slots)


def parts(op: Operation) -> list[Operation]:
    """An operation with an open angle as several, of which those with one have a controlled form in Qiskit.

    The gate has factors, or mixes two qubits, or is a rotation of one qubit under controls.
    """
    record = GATES[op.gate]
    if record.steps:
        made = []
        for step in record.steps:
            pairs = zip(step.angle, op.angles, strict=True)
            angle = sum((c * a for c, a in pairs if c), Affine())
            qubits = tuple(op.qubits[q] for q in step.qubits)
            made.append(
                Operation(
                    step.gate.name, qubits, (angle,), op.controls + tuple(op.qubits[q] for q in step.controls)
                )
            )
        return made
    if op.gate in _BASES:
        # A rotation about a product of Paulis is one about Z, between changes of basis and of parity.
        first, second = op.qubits
        before = [Operation(gate, (op.qubits[at],)) for at, gate in _BASES[op.gate]]
        parity = Operation("x", (second,), (), (first,))
        turn = Operation("rz", (second,), op.angles, op.controls)
        after = [part.inverse() for part in reversed(before)]
        return [*before, parity, turn, parity, *after]
    # One qubit, one angle, more controls than Qiskit has a name for: turned by a phase about Z.
    return _turned(op)


_BASES = {
    "rzz": (),
    "rzx": ((1, "h"),),
    "rxx": ((0, "h"), (1, "h")),
    "ryy": ((0, "sx"), (1, "sx")),
}


def _in_gates(op: Operation) -> list[Operation]:
    """A gate of two qubits as gates of one and CX, all under its controls."""
    first, second = op.qubits
    inside = Circuit(2)
    for name, *given in _IN_GATES[op.gate]:
        qubits = [place for place in given if isinstance(place, int)]
        inside = inside.append(name, qubits, [angle for angle in given if isinstance(angle, float)])
    return list(inside.remap([first, second], 1 + max(first, second, *op.controls)).controlled(op.controls))


_IN_GATES: dict[str, tuple[tuple[Any, ...], ...]] = {
    "iswap": (("s", 0), ("s", 1), ("h", 0), ("cx", 0, 1), ("cx", 1, 0), ("h", 1)),
    "iswapdg": (("h", 1), ("cx", 1, 0), ("cx", 0, 1), ("h", 0), ("sdg", 1), ("sdg", 0)),
    "ecr": (("rzx", 0, 1, math.pi / 4), ("x", 0), ("rzx", 0, 1, -math.pi / 4)),
}


def _turned_by(op: Operation) -> list[Operation]:
    """A matrix on one qubit as ``exp(i gamma) U(theta, phi, lam)``, under its controls."""
    assert op.unitary is not None
    (a, b), (c, d) = op.unitary.array
    theta = 2 * math.atan2(abs(c), abs(a))
    if abs(a) > abs(c):
        gamma = cmath.phase(a)
        phi = cmath.phase(c) - gamma if abs(c) > SMALL else 0.0
        lam = cmath.phase(d) - gamma - phi
    else:
        gamma = cmath.phase(a) if abs(a) > SMALL else cmath.phase(-b)
        phi = cmath.phase(c) - gamma
        lam = cmath.phase(-b) - gamma
    turn = Operation("u", op.qubits, (Affine(theta), Affine(phi), Affine(lam)), op.controls)
    return [Operation("gphase", (), (Affine(gamma),), op.controls), *parts(turn)]


def _turned(op: Operation) -> list[Operation]:
    (qubit,), (angle,) = op.qubits, op.angles
    to_z = {"rz": [], "rx": [Operation("h", (qubit,))], "ry": [Operation("sx", (qubit,))]}[op.gate]
    half = -0.5 * angle
    # RZ(t) is a phase of t on |1> and one of -t/2 on everything that the controls let through.
    phases = [
        Operation("p", (qubit,), (angle,), op.controls),
        Operation("gphase", (), (half,), op.controls),
    ]
    return [*to_z, *phases, *(part.inverse() for part in reversed(to_z))]


def _expression(angle: Affine | Nonlinear, slots: Any) -> Any:
    if isinstance(angle, Nonlinear):
        return _APPLY[angle.function](*(_expression(argument, slots) for argument in angle.arguments))
    made: Any = angle.constant
    for slot, coefficient in angle.terms:
        made = made + (slots[slot] if coefficient == 1.0 else coefficient * slots[slot])
    return made


# A function of numbers alone is computed when an angle is made, so one argument is always Qiskit's.
_APPLY: dict[str, Any] = {
    "add": operator.add,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "abs": abs,
    **{name: operator.methodcaller(name) for name in ("sin", "cos", "tan", "exp", "log", "sign")},
    **{name: operator.methodcaller(name) for name in ("arcsin", "arccos", "arctan")},
}


def _controlled(gate: Gate, count: int) -> Any:
    return gate.control(count, annotated=False) if count else gate


@cache
def _alias(gate: str, controls: int) -> str | None:
    """Qiskit's class for a gate under so many controls, if there is one."""
    return next(
        (a.qiskit for a in ALIASES.values() if (a.gate, a.num_controls) == (gate, controls) and a.qiskit),
        None,
    )


@cache
def _class(name: str) -> Any:
    import qiskit.circuit.library

    return getattr(qiskit.circuit.library, name)
