"""What parameters make of a circuit: angles, then matrices of blocks and phases, and the way back.

Matrices are products of many small gates. They are built for all steps of a chunk at once, as real matrices
of twice the size, ``[[Re, -Im], [Im, Re]]``: real products are faster everywhere, and where gates are undone
(the inverse is the transpose) or slopes are taken no conjugate is needed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from qsetu.engines.xla.angles import Angles
from qsetu.engines.xla.plan import Plan
from qsetu.engines.xla.tables import Steps, Tables

__all__ = ["Numbers", "Turns", "make_numbers", "make_turns", "slopes_of_turns"]


class Turns(NamedTuple):
    """Angles in radians, shaped like their tables."""

    gates: Any
    phases: Any


class Numbers(NamedTuple):
    """What C steps need."""

    matrices: Any  # (C, 2^width, 2^width), complex
    phases: Any  # (C, R, V)


def make_turns(tables: Tables, params: Any) -> Turns:
    """All angles for one row of parameters ``(P,)``."""

    def evaluate(angles: Angles) -> Any:
        if not params.shape[0]:
            return jnp.asarray(angles.constant)
        return angles.constant + jnp.sum(angles.coefficient * params[angles.slot], axis=-1)

    return Turns(evaluate(tables.gate_angles), evaluate(tables.phase_angles))


def make_numbers(plan: Plan, tables: Tables, steps: Steps, turns: Turns) -> Numbers:
    """Numbers of a chunk of steps."""

    def multiply(product: Any, gate: Any) -> Any:
        return plan.dot(_gates(tables, *gate), product, 2, 1, (0,)), None

    size = 2**plan.shape.width
    start = jnp.broadcast_to(jnp.eye(2 * size, size, dtype=plan.real), (plan.chunk, 2 * size, size))
    product, _ = lax.scan(multiply, start, (steps.gate.T, turns.gates.T))
    return Numbers(lax.complex(product[:, :size], product[:, size:]), _phases(plan, steps, turns.phases))


def slopes_of_turns(
    plan: Plan, tables: Tables, steps: Steps, turns: Turns, numbers: Numbers, slopes: Numbers
) -> Turns:
    """From the slopes of a chunk's numbers to those of its angles.

    The slope by a complex number z is meant as ``dL = Re(slope dz)``. Gates are undone one after the other,
    so no product is kept.
    """

    def undo(pair: Any, gate: Any) -> Any:
        product, worth = pair
        matrix, slope = jax.jvp(
            lambda turn: _gates(tables, gate[0], turn), gate[1:], (jnp.ones_like(gate[1]),)
        )
        before = plan.dot(matrix, product, 1, 1, (0,))
        turned = jnp.sum(worth * plan.dot(slope, before, 2, 1, (0,)), axis=(1, 2))
        return (before, plan.dot(matrix, worth, 1, 1, (0,))), turned

    def stacked(upper: Any, lower: Any) -> Any:
        return jnp.concatenate([upper, lower], axis=1)

    given, worth = numbers.matrices, slopes.matrices
    pair = stacked(given.real, given.imag), stacked(worth.real, -worth.imag)
    _, gates = lax.scan(undo, pair, (steps.gate.T, turns.gates.T), reverse=True)
    _, back = jax.vjp(lambda phases: _phases(plan, steps, phases), turns.phases)
    return Turns(gates.T, back(slopes.phases)[0])


def _gates(tables: Tables, number: Any, turn: Any) -> Any:
    """Gates as real matrices, ``(C, 2 size, 2 size)``; ``number`` and ``turn`` are ``(C,)``."""
    form = tables.forms[number]
    cosine, sine = jnp.cos(turn)[:, None, None], jnp.sin(turn)[:, None, None]
    gate = form[:, 0] + form[:, 1] * cosine + form[:, 2] * sine
    real, imaginary = gate.real, gate.imag
    upper = jnp.concatenate([real, -imaginary], axis=2)
    return jnp.concatenate([upper, jnp.concatenate([imaginary, real], axis=2)], axis=1)


def _phases(plan: Plan, steps: Steps, turns: Any) -> Any:
    rows, columns = steps.rows.shape[1], steps.columns.shape[1]
    phases = jnp.zeros((plan.chunk, rows * columns), plan.real)
    if plan.shape.phases:
        phases = phases.at[jnp.arange(plan.chunk)[:, None], steps.monomial].add(turns)
    return phases.reshape(plan.chunk, rows, columns)
