"""Batches: as many rows of parameters at a time as fit, on one device or on several that share each state.

Shapes: ``params`` is ``(B, P)``, states are ``(B, 2^n)``, values ``(B, K)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.sharding import Mesh
from jax.sharding import PartitionSpec as P

from qsetu.engines.xla.executor import back, forward, zero_state
from qsetu.engines.xla.observe import Terms, applied, values_of
from qsetu.engines.xla.plan import AXIS, Plan
from qsetu.engines.xla.tables import Tables

__all__ = ["Job", "evolved", "expectations", "fidelities", "gradients", "state_gradients", "states"]


class Job(NamedTuple):
    """What is static of a run."""

    plan: Plan
    rows: int  # at a time
    mesh: Mesh | None = None  # of the devices that share each state

    @property
    def amplitudes(self) -> int:
        """Of a whole state."""
        return int(2**self.plan.shape.num_qubits)


_STATE = P(None, AXIS)  # amplitudes of all rows are spread, rows are not


def states(job: Job, tables: Tables, params: Any) -> Any:
    """Final states from |0...0>."""

    def row(tables: Tables, params: Any) -> Any:
        return forward(job.plan, tables, params, zero_state(job.plan))

    return _by_rows(job, row, tables, (params,), (P(),), _STATE)


def evolved(job: Job, tables: Tables, params: Any, start: Any) -> Any:
    """Final states from given ones."""

    def row(tables: Tables, params: Any, start: Any) -> Any:
        return forward(job.plan, tables, params, start)

    return _by_rows(job, row, tables, (params, start), (P(), _STATE), _STATE)


def expectations(job: Job, tables: Tables, terms: Terms, count: int, params: Any) -> Any:
    """Values of ``count`` observables."""

    def row(shared: tuple[Tables, Terms], params: Any) -> Any:
        state = forward(job.plan, shared[0], params, zero_state(job.plan))
        return values_of(job.plan, shared[1], count, state)

    return _by_rows(job, row, (tables, terms), (params,), (P(),), P())


def gradients(job: Job, tables: Tables, terms: Terms, params: Any, weights: Any) -> Any:
    """Values ``(B, K)``, and gradients ``(B, J, P)`` of their sums with weights ``(B, J, K)``."""

    def row(shared: tuple[Tables, Terms], params: Any, weights: Any) -> Any:
        tables, terms = shared
        ket = forward(job.plan, tables, params, zero_state(job.plan))

        def gradient(weights: Any) -> Any:
            return back(job.plan, tables, params, ket, applied(job.plan, terms, weights, ket))

        values = values_of(job.plan, terms, weights.shape[-1], ket)
        if len(weights) == 1:
            return values, gradient(weights[0])[None]
        # One after the other: two states in work, however many observables there are.
        return values, jax.lax.map(gradient, weights)

    return _by_rows(job, row, (tables, terms), (params, weights), (P(), P()), (P(), P()))


def fidelities(job: Job, tables: Tables, left: Any, right: Any) -> Any:
    """``|<psi(left_i)|psi(right_j)>|^2``; None for ``right`` means ``left``."""
    bras = states(job, tables, left)
    kets = bras if right is None else states(job, tables, right)
    overlaps = job.plan.dot(bras.conj(), kets, 1, 1)
    return overlaps.real**2 + overlaps.imag**2


def state_gradients(job: Job, tables: Tables, params: Any, weights: Any) -> Any:
    """Gradients ``(B, P)`` of ``Re sum_i weights[i] state[i]``, for weights ``(B, 2^n)``."""

    def row(tables: Tables, params: Any, weights: Any) -> Any:
        ket = forward(job.plan, tables, params, zero_state(job.plan))
        return back(job.plan, tables, params, ket, weights.conj() / 2)

    return _by_rows(job, row, tables, (params, weights), (P(), _STATE), P())


def _by_rows(
    job: Job,
    row: Callable[..., Any],
    shared: Any,
    given: tuple[Any, ...],
    specs: tuple[Any, ...],
    out_specs: Any,
) -> Any:
    """``row(shared, *one)`` for each row of what is given."""
    count = len(given[0])
    if not count:
        padded = tuple(jnp.zeros((1, *a.shape[1:]), a.dtype) for a in given)
        one = jax.eval_shape(lambda: _by_rows(job, row, shared, padded, specs, out_specs))
        return jax.tree.map(lambda a: jnp.zeros((0, *a.shape[1:]), a.dtype), one)

    def all_rows(shared: Any, *given: Any) -> Any:
        if count <= job.rows:
            return jax.vmap(lambda *one: row(shared, *one))(*given)
        return jax.lax.map(lambda one: row(shared, *one), given, batch_size=job.rows)

    if job.mesh is None:
        return all_rows(shared, *given)
    # What is equal on all devices and what is not is said by the specs; scans that begin with the one and go
    # on with the other would have to say so at every step.
    spread = jax.shard_map(
        all_rows, mesh=job.mesh, in_specs=(P(), *specs), out_specs=out_specs, check_vma=False
    )
    return spread(shared, *given)
