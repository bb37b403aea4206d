"""Parameters that are JAX arrays, concrete or traced. JAX is never imported here: whoever has one has it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from qsetu.core.checks import as_float_array
from qsetu.core.errors import ArgumentError, Said

if TYPE_CHECKING:
    import jax

__all__ = ["as_jax_params", "is_jax", "platform_of", "refuse_tracers"]


def is_jax(value: Any) -> bool:
    """Whether ``value`` is a JAX array or tracer, or a list with one somewhere in it."""
    # None too while another thread is still importing JAX.
    array = getattr(sys.modules.get("jax"), "Array", None)
    if array is None:
        return False
    if isinstance(value, (list, tuple)):
        return any(is_jax(item) for item in value)
    return isinstance(value, array)


def as_jax_params(value: Any, width: int) -> jax.Array:
    """``value`` as a float array of JAX; what can be checked is: a tracer has a shape but no numbers."""
    import jax
    import jax.numpy as jnp

    array: jax.Array = value if isinstance(value, jax.Array) else jnp.asarray(value)
    if array.dtype in (np.float32, np.float64):
        return _finite(array, width)
    if jnp.issubdtype(array.dtype, jnp.complexfloating):
        raise ArgumentError(
            "params", f"must be an array of real numbers of shape (..., {width})", Said(f"{array.dtype}")
        )
    return _finite(array.astype(jnp.result_type(float)), width)  # integers, half precision


def _finite(array: jax.Array, width: int) -> jax.Array:
    import jax

    if not isinstance(array, jax.core.Tracer) and not np.isfinite(np.asarray(array)).all():
        as_float_array("params", np.asarray(array), f"(..., {width})")  # raises, and says where
    return array


def refuse_tracers(value: Any) -> None:
    """Raise for a function that computes with NumPy."""
    import jax

    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(value)):
        raise ArgumentError(
            "params",
            "must hold numbers here: only expectation and statevector can be traced by JAX",
            Said("a tracer"),
            "In jax.jit, jax.grad or jax.vmap use jax.value_and_grad of qsetu.expectation for gradients, and "
            "qsetu.statevector for fidelities and probabilities; or call this function outside of them.",
        )


def platform_of(array: jax.Array) -> str:
    """Where what is computed from ``array`` will run: "cpu", "gpu" or "tpu"."""
    import jax

    if not isinstance(array, jax.core.Tracer):
        return str(next(iter(array.devices())).platform)
    chosen = getattr(jax.config, "jax_default_device", None)  # a device, or a platform by name
    return str(getattr(chosen, "platform", None) or chosen or jax.default_backend())
