"""States and values as functions that JAX differentiates: adjoint method in reverse mode, any order.

A rule of JAX's for reverse mode alone would forbid forward mode. So each function has a rule for forward
mode, whose derivative is a linear map with a transpose of its own: the sweep back. Where the derivative
itself is differentiated, JAX takes apart the sweep, which is plain JAX.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from qsetu.engines.xla import rows
from qsetu.engines.xla.rows import Job

__all__ = ["expectations", "states"]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def states(job: Job, tables: Any, params: Any) -> Any:
    """Statevectors ``(..., 2^n)`` for ``params`` ``(..., P)``."""
    return _flat(lambda given: rows.states(job, tables, given), params)


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def expectations(job: Job, count: int, tables: Any, terms: Any, params: Any) -> Any:
    """Values ``(..., count)`` for ``params`` ``(..., P)``."""
    return _flat(lambda given: rows.expectations(job, tables, terms, count, given), params)


@states.defjvp
def _states_jvp(job: Job, primals: Any, tangents: Any) -> Any:
    tables, params = primals
    return states(job, tables, params), _derivative_of(job, tables, None, params, tangents[1], job.amplitudes)


@expectations.defjvp
def _expectations_jvp(job: Job, count: int, primals: Any, tangents: Any) -> Any:
    tables, terms, params = primals
    if count == 1:
        # One run forward and back gives the value and all there is to know of its derivative.
        weights = jnp.ones((*params.shape[:-1], 1, 1), params.dtype)
        values, gradients = _flat(
            lambda given, weights: rows.gradients(job, tables, terms, given, weights), params, weights
        )
        return values, jnp.sum(gradients[..., 0, :] * tangents[2], axis=-1, keepdims=True)
    values = expectations(job, count, tables, terms, params)
    return values, _derivative_of(job, tables, terms, params, tangents[2], count)


def _flat(function: Any, *arrays: Any) -> Any:
    """``function`` of rows, on arrays with the leading axes of the first, its last apart."""
    lead = arrays[0].shape[:-1]
    flat = [array.reshape(int(np.prod(lead)), *array.shape[len(lead) :]) for array in arrays]
    return jax.tree.map(lambda a: a.reshape(*lead, *a.shape[1:]), function(*flat))


# The derivative by the parameters, a linear map J, and its transpose:
#   forward   tangents (..., P)                 -> J tangents,    (..., size)
#   backward  weights (..., K) or (..., 2^n)    -> J^T weights,   (..., P)
# For states the weights are complex and the real part is taken, without a conjugate, as JAX has it.
_derivative: Any = Primitive("qsetu_xla_derivative")


def _derivative_of(job: Job, tables: Any, terms: Any, params: Any, vector: Any, size: int) -> Any:
    constants, tree = jax.tree.flatten((tables, terms))
    return _derivative.bind(*constants, params, vector, job=job, tree=tree, backward=False, size=size)


def _compute(*operands: Any, job: Job, tree: Any, backward: bool, size: int) -> Any:
    *constants, params, vector = operands
    tables, terms = jax.tree.unflatten(tree, constants)
    if not backward:

        def run(given: Any) -> Any:
            if terms is None:
                return rows.states(job, tables, given)
            return rows.expectations(job, tables, terms, size, given)

        return _flat(lambda x, v: jax.jvp(run, (x,), (v,))[1], params, vector)
    if terms is None:
        return _flat(lambda x, v: rows.state_gradients(job, tables, x, v), params, vector)
    return _flat(lambda x, v: rows.gradients(job, tables, terms, x, v[:, None])[1][:, 0], params, vector)


def _shape(*operands: Any, job: Job, tree: Any, backward: bool, size: int) -> Any:
    params = operands[-2]
    of_states = not backward and jax.tree.unflatten(tree, operands[:-2])[1] is None
    dtype = np.dtype(job.plan.dtype) if of_states else params.dtype
    return jax.core.ShapedArray((*params.shape[:-1], size), dtype)


def _transpose(cotangent: Any, *operands: Any, backward: bool, size: int, **how: Any) -> Any:
    *constants, params, vector = operands
    nothing = [None] * (len(constants) + 1)
    if type(cotangent) is ad.Zero:
        return (*nothing, ad.Zero(vector.aval))
    width = vector.aval.shape[-1]
    back = _derivative.bind(*constants, params, cotangent, backward=not backward, size=width, **how)
    return (*nothing, back)


def _jvp(primals: Any, tangents: Any, **how: Any) -> Any:
    *constants, params, vector = primals
    by_params, by_vector = tangents[-2:]
    out = _derivative.bind(*primals, **how)
    slope = ad.Zero(jax.typeof(out).to_tangent_aval())
    if type(by_vector) is not ad.Zero:
        slope = _derivative.bind(*constants, params, by_vector, **how)
    if type(by_params) is not ad.Zero:
        _, bent = jax.jvp(lambda x: _compute(*constants, x, vector, **how), (params,), (by_params,))
        slope = bent if type(slope) is ad.Zero else slope + bent
    return out, slope


def _batch(operands: Any, axes: Any, **how: Any) -> Any:
    *constants, params, vector = operands
    sizes = {a.shape[axis] for a, axis in zip(operands[-2:], axes[-2:], strict=True) if axis is not None}
    (size,) = sizes
    both = [
        jnp.broadcast_to(array, (size, *array.shape)) if axis is None else jnp.moveaxis(array, axis, 0)
        for array, axis in zip((params, vector), axes[-2:], strict=True)
    ]
    return _derivative.bind(*constants, *both, **how), 0


_derivative.def_abstract_eval(_shape)
_derivative.def_impl(jax.jit(_compute, static_argnames=("job", "tree", "backward", "size")))
mlir.register_lowering(_derivative, mlir.lower_fun(_compute, multiple_results=False))
ad.primitive_transposes[_derivative] = _transpose
ad.primitive_jvps[_derivative] = _jvp
batching.primitive_batchers[_derivative] = _batch
