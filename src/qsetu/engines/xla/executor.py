"""Runs tables on one row of parameters: forward, and back without having kept a state.

Everything here is plain JAX on one row; batches come by ``vmap``. Steps are scanned in chunks: the matrices
of a chunk are built together, then its steps run one after the other. So what XLA compiles does not grow with
the number of steps.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from qsetu.engines.xla.numbers import Numbers, make_numbers, make_turns, slopes_of_turns
from qsetu.engines.xla.plan import AXIS, Plan, device_number
from qsetu.engines.xla.tables import Shape, Steps, Tables

__all__ = ["back", "forward", "zero_state"]


def zero_state(plan: Plan) -> Any:
    """|0...0>, or a device's part of it."""
    first = jnp.asarray(device_number(plan.shape) == 0, plan.dtype)
    return jnp.zeros(2**plan.shape.local, plan.dtype).at[0].set(first)


def forward(plan: Plan, tables: Tables, params: Any, state: Any) -> Any:
    """The state after all steps; ``params`` is ``(P,)``, ``state`` ``(2^local,)``."""

    def run_chunk(state: Any, chunk: Any) -> Any:
        steps, turns = chunk
        numbers = make_numbers(plan, tables, steps, turns)
        state, _ = lax.scan(lambda x, step: (_step(plan, *step, x), None), state, (steps, numbers))
        return state, None

    return lax.scan(run_chunk, state, (tables.steps, make_turns(tables, params)))[0]


def back(plan: Plan, tables: Tables, params: Any, ket: Any, bra: Any) -> Any:
    """The gradient ``2 Re <bra| d ket / d params>``, ``(P,)``: steps are undone, none was kept.

    Adjoint method (Jones and Gacon, arXiv:2009.02823) on blocks: what a block's matrix is worth is one
    product of the two states; how it depends on angles is a matter of small matrices alone (numbers.py).
    """
    turns, to_params = jax.vjp(lambda p: make_turns(tables, p), params)

    def undo_chunk(states: Any, chunk: Any) -> Any:
        steps, turns = chunk
        numbers = make_numbers(plan, tables, steps, turns)
        states, slopes = lax.scan(
            lambda pair, step: _undo(plan, *step, *pair), states, (steps, numbers), reverse=True
        )
        return states, slopes_of_turns(plan, tables, steps, turns, numbers, slopes)

    _, slopes = lax.scan(undo_chunk, (ket, bra), (tables.steps, turns), reverse=True)
    if plan.shape.spread:
        slopes = lax.psum(slopes, AXIS)
    gradient: Any = to_params(slopes)[0]
    return gradient


# ---- one step, and back --------------------------------------------------------------------------------


def _when(wanted: Any, change: Any, state: Any) -> Any:
    return lax.cond(wanted, change, lambda x: x, state)


def _step(plan: Plan, step: Steps, numbers: Numbers, state: Any) -> Any:
    shape = plan.shape
    if shape.spread:
        state = _when(step.exchange, lambda x: _exchange(shape, x), state)
    if shape.moves:
        state = _when(step.move, lambda x: _gather(shape, step.gather, x), state)
    if shape.phases:
        state = _when(step.phase, lambda x: x * _phase_factors(plan, step, numbers.phases), state)
    return _when(step.block, lambda x: _block(plan, step, numbers.matrices, x), state)


def _undo(plan: Plan, step: Steps, numbers: Numbers, ket: Any, bra: Any) -> Any:
    """Both states before the step, and the slopes of its numbers."""
    shape = plan.shape
    pair = (ket, bra)
    flat = jax.tree.map(jnp.zeros_like, numbers)
    pair, matrices = lax.cond(
        step.block,
        lambda p: _undo_block(plan, step, numbers.matrices, *p),
        lambda p: (p, flat.matrices),
        pair,
    )
    phases = flat.phases
    if shape.phases:
        pair, phases = lax.cond(
            step.phase,
            lambda p: _undo_phases(plan, step, numbers.phases, *p),
            lambda p: (p, flat.phases),
            pair,
        )
    if shape.moves:
        pair = _when(step.move, lambda p: tuple(_gather(shape, step.scatter, x) for x in p), pair)
    if shape.spread:
        pair = _when(step.exchange, lambda p: tuple(_exchange(shape, x) for x in p), pair)
    return pair, Numbers(matrices, phases)


def _exchange(shape: Shape, state: Any) -> Any:
    """The bits that number the devices change places with the highest of the index: its own inverse."""
    parts = state.reshape(2**shape.spread, -1)
    return lax.all_to_all(parts, AXIS, split_axis=0, concat_axis=0, tiled=True).reshape(-1)


def _gather(shape: Shape, columns: Any, state: Any) -> Any:
    # The map is linear over bits, so an index's image is that of its upper half xor that of its lower half.
    # Both halves of the image are kept apart: together they may not fit in 32 bits.
    low = shape.local // 2
    fixed = columns[-1]
    if shape.spread:
        fixed = fixed ^ _images(columns[shape.local : -1], shape.spread)[device_number(shape)]
    here = _images(columns[:low], low)
    there = _images(columns[low : shape.local], shape.local - low) ^ fixed
    upper, lower = (there[:, None, half] ^ here[:, half] for half in range(2))
    return picked(shape, state, upper, lower)


def picked(shape: Shape, state: Any, upper: Any, lower: Any) -> Any:
    """``state`` at these pairs of halves of an index."""
    table = state.reshape(-1, 2 ** (shape.local // 2))
    return table.at[upper, lower].get(mode="promise_in_bounds", unique_indices=True).reshape(-1)


def _images(columns: Any, bits: int) -> Any:
    """Images of all numbers of so many bits, int32 ``(2^bits, 2)``: upper and lower half."""
    number = jnp.arange(2**bits, dtype=np.int32)[:, None]
    chosen = number >> jnp.arange(bits, dtype=np.int32) & 1
    return lax.reduce(jnp.where(chosen[..., None], columns, 0), np.int32(0), lax.bitwise_xor, (1,))


def _halves(plan: Plan, step: Steps) -> tuple[Any, Any]:
    """Which monomials' upper halves are 1, ``(2^(local-low), R)``, and lower ones, ``(V, 2^low)``."""
    local = plan.shape.local
    low = local // 2
    upper = device_number(plan.shape) << (local - low) | jnp.arange(2 ** (local - low), dtype=np.int32)
    lower = jnp.arange(2**low, dtype=np.int32)
    above = upper[:, None] & step.rows == step.rows
    below = lower & step.columns[:, None] == step.columns[:, None]
    return above.astype(plan.real), below.astype(plan.real)


def _phase_factors(plan: Plan, step: Steps, phases: Any) -> Any:
    above, below = _halves(plan, step)
    # Bits are 0 or 1, so turns may be taken off wherever sums grow: digits stay.
    partial = _turned_back(plan.dot(_turned_back(phases), below, 1, 0))
    phase = plan.dot(above, partial, 1, 0).reshape(-1)
    return lax.complex(jnp.cos(phase), jnp.sin(phase))


def _turned_back(angle: Any) -> Any:
    turn = 2 * np.pi
    return angle - turn * lax.stop_gradient(jnp.round(angle / turn))


def _undo_phases(plan: Plan, step: Steps, phases: Any, ket: Any, bra: Any) -> Any:
    above, below = _halves(plan, step)
    slope = -2 * (bra.conj() * ket).imag.reshape(above.shape[0], below.shape[1])
    slopes = plan.dot(plan.dot(above, slope, 0, 0), below, 1, 1)
    factors = _phase_factors(plan, step, phases).conj()
    return (ket * factors, bra * factors), slopes


def _held(shape: Shape, step: Steps) -> Any:
    """Where the controls outside of the block are 1, for each index above the block."""
    above = shape.local - shape.width
    index = device_number(shape) << above | jnp.arange(2**above, dtype=np.int32)
    return index & step.outer == step.outer


def _block(plan: Plan, step: Steps, matrix: Any, state: Any) -> Any:
    x = state.reshape(-1, 2**plan.shape.width)
    y = plan.dot(matrix, x, 1, 1)  # the block's qubits come out on top, without a transpose
    if plan.shape.outer:
        y = _when(step.outer != 0, lambda new: jnp.where(_held(plan.shape, step), new, x.T), y)
    return y.reshape(-1)


def _undo_block(plan: Plan, step: Steps, matrix: Any, ket: Any, bra: Any) -> Any:
    size = 2**plan.shape.width
    after, bra_after = ket.reshape(size, -1), bra.reshape(size, -1)
    before, bra_before = (plan.dot(x, matrix.conj(), 0, 0) for x in (after, bra_after))
    worth = bra_after
    if plan.shape.outer:
        held = _held(plan.shape, step)
        idle = step.outer == 0
        before = jnp.where(held[:, None] | idle, before, after.T)
        bra_before = jnp.where(held[:, None] | idle, bra_before, bra_after.T)
        worth = jnp.where(held | idle, bra_after, 0)
    slopes = 2 * plan.dot(worth.conj(), before, 1, 0)
    return (before.reshape(-1), bra_before.reshape(-1)), slopes
