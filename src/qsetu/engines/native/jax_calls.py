"""States and expectation values of the native engine as functions that JAX differentiates, maps and jits."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from qsetu.circuits.pauli import PauliTable
from qsetu.circuits.program import GateProgram
from qsetu.core.errors import ArgumentError
from qsetu.engines.double import require_double
from qsetu.engines.native.jax_targets import (
    call_expectations,
    call_state_jvp,
    call_state_vjp,
    call_states,
    call_vjp,
    control_of,
)

__all__ = ["expectations", "states"]


def states(program: GateProgram, params: jax.Array, dtype: np.dtype[Any]) -> jax.Array:
    """Statevectors ``(..., 2^n)`` of ``dtype``."""
    require_double(dtype)
    result: jax.Array = _states(control_of(program), params, 2**program.num_qubits, dtype.name)
    return result


def expectations(
    program: GateProgram, observables: PauliTable, params: jax.Array, dtype: np.dtype[Any], single: bool
) -> jax.Array:
    """Expectation values ``(..., K)`` in the type of ``params``, or ``(...)`` of a single observable."""
    control = control_of(program, observables)
    result: jax.Array = _values(control, params, observables.count, dtype.name, single)
    return result


# jit inside: keyed by shapes and by what is static here, so all circuits share what is compiled.
@partial(jax.jit, static_argnums=(2, 3))
def _states(control: Any, params: Any, size: int, dtype: str) -> Any:
    return _smooth_states(control, params, size, dtype)


@partial(jax.jit, static_argnums=(2, 3, 4))
def _values(control: Any, params: Any, count: int, precision: str, single: bool) -> Any:
    values = _smooth_values(control, params, count, precision)
    return values[..., 0] if single else values


# custom_jvp rather than custom_vjp: a linear map with its own transpose (below) gives the adjoint method
# in reverse mode all the same, and forward mode besides.
_smooth_states = jax.custom_jvp(call_states, nondiff_argnums=(2, 3))
_smooth_values = jax.custom_jvp(call_expectations, nondiff_argnums=(2, 3))


@_smooth_states.defjvp
def _states_jvp(size: int, dtype: str, primals: Any, tangents: Any) -> Any:
    control, params = primals
    slopes = _derivative.bind(
        control, params, tangents[1], of="states", backward=False, size=size, precision=dtype
    )
    return _smooth_states(control, params, size, dtype), slopes


@_smooth_values.defjvp
def _values_jvp(count: int, precision: str, primals: Any, tangents: Any) -> Any:
    control, params = primals
    if count == 1:
        # One sweep gives the value and all there is to know of its derivative.
        values, gradients = _value_and_gradient(control, params, precision)
        return values, jnp.sum(gradients * tangents[1], axis=-1, keepdims=True)
    slopes = _derivative.bind(
        control, params, tangents[1], of="values", backward=False, size=count, precision=precision
    )
    return _smooth_values(control, params, count, precision), slopes


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _value_and_gradient(control: Any, params: Any, precision: str) -> Any:
    weights = jnp.ones((*params.shape[:-1], 1), params.dtype)
    return call_vjp(control, params, weights, precision)


@_value_and_gradient.defjvp
def _value_and_gradient_jvp(precision: str, primals: Any, tangents: Any) -> Any:
    raise _needs_xla()


def _needs_xla() -> ArgumentError:
    hint = "The native engine computes first derivatives only; the xla engine those of any order."
    return ArgumentError("engine", "must be 'xla' for second derivatives", "native", hint)


# The derivative by the parameters, a linear map J, and its transpose:
#   forward   tangents (..., P)                 -> J tangents,    (..., size)
#   backward  weights (..., K) or (..., 2^n)    -> J^T weights,   (..., P)
# For states the weights are complex, and the real part is taken, as JAX defines the transpose of a map
# from real to complex numbers: no conjugate.
_derivative: Any = Primitive("qsetu_derivative")


def _compute(
    control: Any, params: Any, vector: Any, *, of: str, backward: bool, size: int, precision: str
) -> Any:
    if of == "states":
        if backward:
            return call_state_vjp(control, params, vector)
        return call_state_jvp(control, params, vector, size, precision)
    if backward:
        return call_vjp(control, params, vector, precision)[1]
    # A row for each value, each with its own weights: K adjoint sweeps in one call.
    lead = params.shape[:-1]
    rows = jnp.broadcast_to(params[..., None, :], (*lead, size, params.shape[-1]))
    weights = jnp.broadcast_to(jnp.eye(size, dtype=params.dtype), (*lead, size, size))
    _, gradients = call_vjp(control, rows, weights, precision)
    return jnp.sum(gradients * vector[..., None, :], axis=-1)


def _shape(
    control: Any, params: Any, vector: Any, *, of: str, backward: bool, size: int, precision: str
) -> Any:
    dtype = precision if of == "states" and not backward else params.dtype
    return jax.core.ShapedArray((*params.shape[:-1], size), np.dtype(dtype))


def _transpose(
    cotangent: Any, control: Any, params: Any, vector: Any, *, backward: bool, size: int, **how: Any
) -> Any:
    if type(cotangent) is ad.Zero:
        return None, None, ad.Zero(vector.aval)
    width = vector.aval.shape[-1]
    return None, None, _derivative.bind(control, params, cotangent, backward=not backward, size=width, **how)


def _jvp(primals: Any, tangents: Any, **how: Any) -> Any:
    if type(tangents[1]) is not ad.Zero:
        raise _needs_xla()
    control, params, vector = primals
    out = _derivative.bind(control, params, vector, **how)
    if type(tangents[2]) is ad.Zero:
        return out, ad.Zero(jax.typeof(out).to_tangent_aval())
    return out, _derivative.bind(control, params, tangents[2], **how)


def _batch(arrays: Any, axes: Any, **how: Any) -> Any:
    (size,) = {array.shape[axis] for array, axis in zip(arrays, axes, strict=True) if axis is not None}
    rows = [
        jnp.broadcast_to(array, (size, *array.shape)) if axis is None else jnp.moveaxis(array, axis, 0)
        for array, axis in zip(arrays, axes, strict=True)
    ]
    return _derivative.bind(*rows, **how), 0


_derivative.def_abstract_eval(_shape)
_derivative.def_impl(jax.jit(_compute, static_argnames=("of", "backward", "size", "precision")))
mlir.register_lowering(_derivative, mlir.lower_fun(_compute, multiple_results=False))
ad.primitive_transposes[_derivative] = _transpose
ad.primitive_jvps[_derivative] = _jvp
batching.primitive_batchers[_derivative] = _batch
