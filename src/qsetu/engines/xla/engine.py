"""The JAX engine: the same gate programs on CPU, GPU or TPU through XLA."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.pauli import PauliTable
from qsetu.circuits.program import GateProgram
from qsetu.core.errors import EngineError
from qsetu.engines.base import Engine

try:
    import jax
    import jax.numpy as jnp
except ImportError as error:
    raise EngineError(f"The xla engine needs JAX ({error}). Install it with: pip install jax") from error

from qsetu.engines.double import require_double

__all__ = ["ENGINE", "XlaEngine"]


class XlaEngine(Engine):
    """One XLA executable for each circuit, dtype and kind of result, mapped over the batch."""

    name = "xla"
    copies = 3  # state, part worked on, result of the contraction
    compiles_batches = True

    def states(self, program: GateProgram, params: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Statevectors ``(B, 2^n)``."""
        states: NDArray[Any] = _run(_states_function(program, dtype.name), dtype, params)
        return states

    def expectations(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> NDArray[np.float64]:
        """Expectation values ``(B, K)``."""
        values: NDArray[Any] = _run(_expectations_function(program, observables, dtype.name), dtype, params)
        return values.astype(np.float64)

    def vjp(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        weights: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Values and weighted gradient, by reverse-mode differentiation."""
        values, gradients = _run(_vjp_function(program, observables, dtype.name), dtype, params, weights)
        return values.astype(np.float64), gradients.astype(np.float64)

    def evolve(
        self,
        program: GateProgram,
        params: NDArray[np.float64],
        states: NDArray[Any],
        dtype: np.dtype[Any],
    ) -> NDArray[Any]:
        """The program run from given states."""
        evolved: NDArray[Any] = _run(
            _evolve_function(program, dtype.name), dtype, params, states.real, states.imag
        )
        return evolved

    def why_not_in_jax(self, platform: str) -> str | None:
        """None: it is JAX."""
        return None

    def traced_states(self, program: GateProgram, params: jax.Array, dtype: np.dtype[Any]) -> jax.Array:
        """Statevectors ``(..., 2^n)``; any derivative of any order."""
        return _traced(_states_function(program, dtype.name), params, dtype)

    def traced_expectations(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: jax.Array,
        dtype: np.dtype[Any],
        single: bool,
    ) -> jax.Array:
        """Expectation values ``(..., K)``; any derivative of any order."""
        evaluate = _expectations_function(program, observables, dtype.name)
        values = _traced(evaluate, params, dtype).astype(params.dtype)
        return values[..., 0] if single else values


def _run(function: Callable[..., Any], dtype: np.dtype[Any], *inputs: NDArray[np.float64]) -> Any:
    # Double precision is switched on for this call only: no global setting is touched.
    with jax.enable_x64(dtype == np.complex128):
        real = np.float64 if dtype == np.complex128 else np.float32
        return jax.tree.map(np.asarray, function(*(array.astype(real) for array in inputs)))


def _traced(function: Callable[..., Any], params: jax.Array, dtype: np.dtype[Any]) -> jax.Array:
    require_double(dtype)
    real = np.float64 if dtype == np.complex128 else np.float32
    rows = params.astype(real).reshape(math.prod(params.shape[:-1]), params.shape[-1])
    results: jax.Array = function(rows)
    return results.reshape(*params.shape[:-1], *results.shape[1:])


@lru_cache(maxsize=128)
def _states_function(program: GateProgram, dtype: str) -> Callable[..., Any]:
    return jax.jit(jax.vmap(_statevector(program, dtype)))


@lru_cache(maxsize=128)
def _expectations_function(program: GateProgram, observables: PauliTable, dtype: str) -> Callable[..., Any]:
    return jax.jit(jax.vmap(_expectations(program, observables, dtype)))


@lru_cache(maxsize=4096)  # the pieces of one noisy circuit are many and small
def _evolve_function(program: GateProgram, dtype: str) -> Callable[..., Any]:
    rows = [_Row(program, index, dtype) for index in range(len(program))]

    def evolve(params: Any, real: Any, imaginary: Any) -> Any:
        state = jax.lax.complex(real, imaginary)
        for row in rows:
            state = row.apply(state, params)
        return state

    return jax.jit(jax.vmap(evolve))


@lru_cache(maxsize=128)
def _vjp_function(program: GateProgram, observables: PauliTable, dtype: str) -> Callable[..., Any]:
    evaluate = _expectations(program, observables, dtype)

    def one_row(params: Any, weights: Any) -> Any:
        values, pull_back = jax.vjp(evaluate, params)
        return values, pull_back(weights)[0]

    return jax.jit(jax.vmap(one_row))


def _statevector(program: GateProgram, dtype: str) -> Callable[[Any], Any]:
    rows = [_Row(program, index, dtype) for index in range(len(program))]

    def statevector(params: Any) -> Any:
        state = jnp.zeros(2**program.num_qubits, dtype=dtype).at[0].set(1)
        for row in rows:
            state = row.apply(state, params)
        return state

    return statevector


class _Row:
    """One operation, with everything that does not depend on parameters worked out beforehand."""

    def __init__(self, program: GateProgram, index: int, dtype: str) -> None:
        low, high = program.angle_start[index], program.angle_start[index + 1]
        self.terms = [
            (int(program.angle_slot[t]), float(program.angle_coefficient[t])) for t in range(low, high)
        ]
        self.constant = float(program.angle_constant[index])
        self.frequency = float(program.frequency[index])
        self.form = [part.astype(dtype) for part in program.operation_form(index)]
        targets = program.operation_targets(index)
        controls = program.operation_controls(index)
        self.width = len(targets)
        # The state as a tensor with an axis of 2 for each qubit involved and one axis for each run
        # of qubits between them: of low rank, which XLA handles far better than one axis a qubit.
        involved = sorted(targets + controls, reverse=True)
        edges = [program.num_qubits, *involved]
        gaps = [2 ** (edges[i] - edges[i + 1] - 1) for i in range(len(involved))]
        self.shape = [size for gap in gaps for size in (gap, 2)] + [2 ** involved[-1] if involved else 1]
        if not involved:
            self.shape = [2**program.num_qubits]
        axis_of = {qubit: 2 * position + 1 for position, qubit in enumerate(involved)}
        # Controls are indexed at 1 and vanish; targets keep their order, shifted left by those gone.
        self.slab = tuple(
            1 if axis in [axis_of[c] for c in controls] else slice(None) for axis in range(len(self.shape))
        )
        gone = sorted(axis_of[c] for c in controls)
        self.axes = [axis_of[t] - sum(g < axis_of[t] for g in gone) for t in reversed(targets)]

    def matrix(self, params: Any) -> Any:
        if not self.frequency:
            return self.form[0]
        angle = self.constant + sum(coefficient * params[slot] for slot, coefficient in self.terms)
        phase = self.frequency * angle
        constant, cosine, sine = self.form
        return constant + cosine * jnp.cos(phase) + sine * jnp.sin(phase)

    def apply(self, state: Any, params: Any) -> Any:
        tensor = state.reshape(self.shape)
        gate = jnp.reshape(self.matrix(params), (2,) * (2 * self.width))
        part = tensor[self.slab]
        contracted = jnp.tensordot(
            gate,
            part,
            axes=(list(range(self.width, 2 * self.width)), self.axes),
            precision=jax.lax.Precision.HIGHEST,  # TF32 on a GPU would keep 3 digits of 7
        )
        part = jnp.moveaxis(contracted, list(range(self.width)), self.axes)
        return tensor.at[self.slab].set(part).reshape(state.shape)


def _expectations(program: GateProgram, observables: PauliTable, dtype: str) -> Callable[[Any], Any]:
    statevector = _statevector(program, dtype)
    size = 2**program.num_qubits

    def expectations(params: Any) -> Any:
        state = statevector(params)
        index = jnp.arange(size)
        values = []
        for k in range(observables.count):
            total = jnp.zeros((), dtype=state.real.dtype)
            for term in range(observables.starts[k], observables.starts[k + 1]):
                x, z = int(observables.x_masks[term]), int(observables.z_masks[term])
                sign = 1 - 2 * (jax.lax.population_count(index & z) % 2)
                turn = 1j ** int(observables.y_counts[term])
                flipped = state[index ^ x] if x else state
                overlap = jnp.sum(flipped.conj() * state * sign)
                total = total + observables.coefficients[term] * jnp.real(turn * overlap)
            values.append(total)
        return jnp.stack(values)

    return expectations


ENGINE = XlaEngine()
