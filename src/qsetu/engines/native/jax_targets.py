"""The C++ engine as targets of XLA's foreign function interface: registered once, called by name.

What XLA compiles depends on shapes and precision alone. The circuit is data, a name under which C++ keeps
its program, so neither new parameters nor a new circuit of a known shape compile anything. The name is
128 bits of the hash of the content: it means the same circuit in every process, or nothing.

Arrays have their batch axes in front: params ``(..., P)``, values ``(..., K)``, states ``(..., 2^n)``.
``control`` holds all that is not differentiated, int32 ``(9,)``: the names of program and observables, 4
each, and the number of threads. ``jax.vmap`` puts axes in front of it as of the others; C++ takes all axes
but the last as rows of one batch.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.pauli import PauliTable
from qsetu.circuits.program import GateProgram
from qsetu.core.hashing import content_hash
from qsetu.engines.native import _native
from qsetu.engines.native.engine import _compiled, _table, thread_count

__all__ = ["call_expectations", "call_state_jvp", "call_state_vjp", "call_states", "call_vjp", "control_of"]

_Shape: Any = jax.ShapeDtypeStruct  # has no types
_BITS = {"complex64": 64, "complex128": 128}


for target, handler in _native.ffi_targets().items():
    jax.ffi.register_ffi_target(target, handler, platform="cpu")


def control_of(program: GateProgram, observables: PauliTable | None = None) -> NDArray[np.int32]:
    """The operand that says what to run."""
    table = (0, 0, 0, 0) if observables is None else _name_of_table(observables)
    return np.array([*_name_of_program(program), *table, thread_count()], dtype=np.int32)


def call_states(control: Any, params: Any, size: int, dtype: str) -> Any:
    """Statevectors ``(..., size)`` of ``dtype``."""
    return _call("qsetu_states", _like(params, size, dtype))(control, params)


def call_expectations(control: Any, params: Any, count: int, precision: str) -> Any:
    """Expectation values ``(..., count)``, simulated in ``precision``."""
    call = _call("qsetu_expectations", _like(params, count))
    return call(control, params, precision=_BITS[precision])


def call_vjp(control: Any, params: Any, weights: Any, precision: str) -> Any:
    """Values ``(..., K)``, and gradients ``(..., P)`` of the sum of ``weights * values``."""
    call = _call("qsetu_vjp", (_like(params, weights.shape[-1]), _like(params, params.shape[-1])))
    return call(control, params, weights, precision=_BITS[precision])


def call_state_vjp(control: Any, params: Any, weights: Any) -> Any:
    """Gradients ``(..., P)`` of the real part of the sum of ``weights * states``."""
    return _call("qsetu_state_vjp", _like(params, params.shape[-1]))(control, params, weights)


def call_state_jvp(control: Any, params: Any, tangents: Any, size: int, dtype: str) -> Any:
    """Derivatives ``(..., size)`` of the states along ``tangents``."""
    return _call("qsetu_state_jvp", _like(params, size, dtype))(control, params, tangents)


def _call(name: str, result: Any) -> Any:
    # One call for all rows of a vmap: axes in front are rows to C++.
    return jax.ffi.ffi_call(name, result, vmap_method="broadcast_all")


def _like(params: Any, width: int, dtype: Any = None) -> Any:
    return _Shape((*params.shape[:-1], width), dtype or params.dtype)


# What of a program engines do not look at.
_NOT_RUN = ("source", "nonlinear")


# C++ never forgets a name, because a jitted function holds it as a constant for as long as it lives.
@lru_cache(maxsize=128)
def _name_of_program(program: GateProgram) -> list[int]:
    name = _name({key: value for key, value in vars(program).items() if key not in _NOT_RUN})
    _native.register_program(_compiled(program), name)
    return name


@lru_cache(maxsize=512)
def _name_of_table(table: PauliTable) -> list[int]:
    name = _name(vars(table))
    _native.register_table(_table(table), name)
    return name


def _name(content: dict[str, Any]) -> list[int]:
    digest = bytes.fromhex(content_hash(content))
    return [int(part) for part in np.frombuffer(digest, dtype="<i4", count=4)]
