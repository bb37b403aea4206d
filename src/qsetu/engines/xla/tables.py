"""A schedule as arrays: what the executor reads. Circuits of one shape of arrays share one executable.

Angles are numbers times parameters, so every table is made once for a circuit, whatever its parameters.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.program import GateProgram
from qsetu.engines.xla.angles import Angles, angles_of, gate_angles
from qsetu.engines.xla.facts import facts_of
from qsetu.engines.xla.forms import Forms
from qsetu.engines.xla.moves import gathers_of
from qsetu.engines.xla.phases import factored, monomials_of
from qsetu.engines.xla.schedule import Schedule
from qsetu.engines.xla.sizes import Integers, padded, roomy

__all__ = ["Shape", "Steps", "Tables", "build_tables"]


class Shape(NamedTuple):
    """What an executable is made for, beside the shapes of its arrays."""

    num_qubits: int
    width: int  # qubits of a block
    spread: int  # qubits that number the devices
    moves: bool
    phases: bool
    outer: bool

    @property
    def local(self) -> int:
        """Qubits of the state on one device."""
        return self.num_qubits - self.spread


class Steps(NamedTuple):
    """S steps. Gates G to a block, phases of M monomials, made of R and V different halves.

    A monomial is a product of bits: its phase is added where all bits of ``rows[r]`` are 1 in the upper half
    of the index and all of ``columns[v]`` in the lower half.
    """

    exchange: NDArray[np.bool_]  # (S,)
    move: NDArray[np.bool_]  # (S,)
    gather: Integers  # (S, n+1, 2): where the map from new to old index takes each bit, and 0, on a device,
    scatter: Integers  # (S, n+1, 2): and its inverse; upper and lower half of the image
    phase: NDArray[np.bool_]  # (S,)
    rows: Integers  # (S, R)
    columns: Integers  # (S, V)
    monomial: Integers  # (S, M): r * V + v
    block: NDArray[np.bool_]  # (S,)
    gate: Integers  # (S, G), into the forms
    outer: Integers  # (S,): bits of the index above the block that must be 1


class Tables(NamedTuple):
    """What the executor reads.

    The matrix of a gate on its block is ``A + B cos(angle) + C sin(angle)``, with A, B and C in ``forms``.
    """

    steps: Steps
    gate_angles: Angles  # (S, G)
    phase_angles: Angles  # (S, M)
    forms: NDArray[np.complex128]  # (U, 3, 2^width, 2^width)


def build_tables(program: GateProgram, plan: Schedule) -> tuple[Shape, Tables]:
    """Tables of ``program`` as planned."""
    steps = plan.steps
    shape = Shape(
        plan.num_qubits,
        plan.width,
        plan.spread,
        any(step.moves for step in steps),
        any(step.phases for step in steps),
        any(step.outer for step in steps),
    )
    n, count = plan.num_qubits, roomy(len(steps))
    facts = facts_of(program)
    forms = Forms(program, facts, plan.width)
    gates = padded([forms.numbers(step) for step in steps], count, roomy)
    monomials = [monomials_of(program, facts, step) for step in steps]
    rows, columns, places = factored(monomials, plan.num_qubits - plan.spread, count)
    gather = np.zeros((count, n + 1, 2), dtype=np.int32)
    scatter = np.zeros((count, n + 1, 2), dtype=np.int32)
    outer = np.zeros(count, dtype=np.int32)
    for s, step in enumerate(steps):
        if step.moves:
            gather[s], scatter[s] = gathers_of(facts, step, shape.local)
        outer[s] = sum(1 << p for p, q in enumerate(step.layout) if step.outer >> q & 1) >> plan.width
    arrays = Steps(
        _flags([step.exchange for step in steps], count),
        _flags([step.moves for step in steps], count),
        gather,
        scatter,
        _flags([bool(step.phases) for step in steps], count),
        rows,
        columns,
        places,
        _flags([bool(step.block) for step in steps], count),
        gates,
        outer,
    )
    return shape, Tables(
        arrays,
        gate_angles(program, [step.block for step in steps], gates.shape),
        angles_of([[term for _, term in step] for step in monomials], places.shape),
        forms.array(),
    )


def _flags(values: list[bool], count: int) -> NDArray[np.bool_]:
    return np.array(values + [False] * (count - len(values)), dtype=bool)
