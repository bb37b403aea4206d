"""Tapes whose numbers are JAX's: the engine is called by what JAX compiles, and JAX differentiates it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from pennylane.devices.qubit.measure import measure

from qsetu import simulate
from qsetu.interop.pennylane import execution
from qsetu.interop.pennylane.execution import Batch, Settings, batches, from_values, measurements_of
from qsetu.interop.pennylane.structure import Read

__all__ = ["execute"]


def execute(reads: Sequence[Read], settings: Settings) -> tuple[Any, ...]:
    """The result of each tape, as JAX arrays."""
    if not any(isinstance(number, jax.core.Tracer) for number in _numbers(reads)):
        return tuple(_as_jax(result) for result in execution.execute(reads, settings))
    # Where JAX computes in single precision, so does the engine.
    dtype = settings.dtype if jnp.zeros(0, dtype=float).dtype == np.float64 else np.dtype(np.complex64)
    engine = settings.engine
    results: list[Any] = [None] * len(reads)
    for batch in batches(reads, _rows_of):
        structure = batch.structure
        if structure.by_values:
            values = simulate.expectation(
                structure.circuit, structure.readings.observables, batch.rows, engine=engine, dtype=dtype
            )
            for place, index in enumerate(batch.members):
                results[index] = from_values(batch, place, values)
        else:
            states = simulate.statevector(structure.circuit, batch.rows, engine=engine, dtype=dtype)
            for place, index in enumerate(batch.members):
                results[index] = _from_states(batch, place, states)
    return tuple(results)


def _numbers(reads: Sequence[Read]) -> Iterator[Any]:
    """Every number that could be traced: angles, matrices, coefficients of observables."""
    for read in reads:
        yield from read.tape.get_parameters(trainable_only=False)


def _from_states(batch: Batch, place: int, states: Any) -> Any:
    many = batch.broadcast[place]
    wires = (2,) * len(batch.structure.qubits)
    span = batch.spans[place]
    shaped = states[span].reshape(-1, *wires) if many else states[span.start].reshape(wires)
    results = [measure(mp, shaped, is_state_batched=many) for mp in measurements_of(batch, place)]
    return results[0] if len(results) == 1 else tuple(results)


def _rows_of(read: Read) -> tuple[Any, bool]:
    numbers = read.numbers
    if not numbers:
        return jnp.zeros((1, 0)), False
    if any(np.ndim(number) for number in numbers):
        return _stacked(*jnp.broadcast_arrays(*numbers)), True
    return _stacked(*numbers)[None], False


# Compiled, because outside of jit each number would be an operation of its own.
@jax.jit
def _stacked(*numbers: Any) -> Any:
    return jnp.stack([jnp.asarray(number, dtype=float) for number in numbers], axis=-1)


def _as_jax(result: Any) -> Any:
    if isinstance(result, dict):
        return result
    if isinstance(result, (list, tuple)):
        return tuple(_as_jax(part) for part in result)
    return jnp.asarray(result)
