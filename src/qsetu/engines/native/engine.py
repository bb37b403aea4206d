"""The C++ engine: CPU, all cores, complex64 and complex128."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.pauli import PauliTable
from qsetu.circuits.program import GateProgram
from qsetu.core.checks import as_choice
from qsetu.core.errors import EngineError
from qsetu.engines.base import Engine
from qsetu.engines.threads import one_thread, thread_count

try:
    from qsetu.engines.native import _native
except ImportError as error:
    raise EngineError(
        "The native engine is not built: no C++17 compiler was found when qsetu was installed, or its build "
        f"failed ({error}). Install a compiler (g++ or clang++) and reinstall qsetu, or use engine='xla'."
    ) from error

if TYPE_CHECKING:
    import jax

__all__ = ["ENGINE", "NativeEngine", "thread_count"]


def _check_instruction_set() -> None:
    name = os.environ.get("QSETU_SIMD", "").strip()
    if name:
        as_choice("QSETU_SIMD", name, ("avx512", "avx2", "baseline"))


class NativeEngine(Engine):
    """C++ kernels; see csrc/. ``QSETU_SIMD`` asks for a smaller instruction set than the best one."""

    name = "native"

    def threads(self) -> int:
        """See :func:`thread_count`."""
        return thread_count()

    def in_one_thread(self) -> AbstractContextManager[None]:
        """In the block the calling thread works alone."""
        return one_thread()

    def states_in_flight(self, num_qubits: int, rows: int) -> int:
        """One a thread, or one a vector lane in each thread; the widest states run one after the other."""
        if num_qubits > _native.MAX_ROW_QUBITS:
            return min(rows, 1)
        lanes = _native.MOST_LANES if num_qubits <= _native.MAX_LANE_QUBITS else 1
        return min(rows, thread_count()) * lanes

    def passes(self, program: GateProgram) -> int | None:
        """How often a lone complex64 state is read and written; 0 where it stays in one core's cache.

        None for more qubits than the engine can count to.
        """
        if program.num_qubits > _native.MAX_QUBITS:
            return None
        if program.num_qubits < _native.MIN_BLOCKED_QUBITS:
            return 0
        return int(_compiled(program).passes(thread_count()))

    def states(self, program: GateProgram, params: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Statevectors ``(B, 2^n)``."""
        out = np.empty((len(params), 2**program.num_qubits), dtype=dtype)
        _native.states(_compiled(program), params, out, thread_count())
        return out

    def expectations(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> NDArray[np.float64]:
        """Expectation values ``(B, K)``."""
        values = np.empty((len(params), observables.count))
        run = getattr(_native, f"expectations_{dtype.name}")
        run(_compiled(program), _table(observables), params, values, thread_count())
        return values

    def vjp(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        weights: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Values and weighted gradient, by the adjoint method."""
        values = np.empty((len(params), observables.count))
        gradients = np.empty(params.shape)
        run = getattr(_native, f"vjp_{dtype.name}")
        run(_compiled(program), _table(observables), params, weights, values, gradients, thread_count())
        return values, gradients

    def evolve(
        self,
        program: GateProgram,
        params: NDArray[np.float64],
        states: NDArray[Any],
        dtype: np.dtype[Any],
    ) -> NDArray[Any]:
        """The program run from given states, in place, gate by gate."""
        run = getattr(_native, f"evolve_{dtype.name}")
        run(_evolver(program), params, states, thread_count())
        return states

    def damp(
        self,
        states: NDArray[Any],
        qubits: NDArray[np.int32],
        gammas: NDArray[np.float64],
        draws: NDArray[np.float64],
    ) -> NDArray[Any]:
        """Given states after amplitude damping, in place."""
        run = getattr(_native, f"damp_{states.dtype.name}")
        run(qubits, gammas, draws, states, thread_count())
        return states

    def measure(self, states: NDArray[Any], observables: PauliTable) -> NDArray[np.float64]:
        """Expectation values ``(B, K)`` of given states."""
        values = np.empty((len(states), observables.count))
        run = getattr(_native, f"measure_{states.dtype.name}")
        run(_table(observables), states, values, thread_count())
        return values

    def jacobian(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Values and the gradient of each: one forward run a row, and sweeps back that share their ket."""
        values = np.empty((len(params), observables.count))
        gradients = np.empty((len(params), observables.count * program.num_params))
        run = getattr(_native, f"jacobian_{dtype.name}")
        run(_compiled(program), _table(observables), params, values, gradients, thread_count())
        return values, gradients.reshape(len(params), observables.count, program.num_params)

    def reduced(
        self,
        program: GateProgram,
        params: NDArray[np.float64],
        subsets: NDArray[np.int32],
        dtype: np.dtype[Any],
    ) -> NDArray[np.complex128]:
        """Reduced density matrices, all from the state while it is in cache."""
        count, width = subsets.shape
        out = np.empty((len(params), count * 4**width), dtype=np.complex128)
        run = getattr(_native, f"reduced_{dtype.name}")
        run(_compiled(program), subsets, params, out, thread_count())
        return out.reshape(len(params), count, 2**width, 2**width)

    def choose(self, state: NDArray[Any], draws: NDArray[np.float64]) -> NDArray[np.int64]:
        """Basis states by probability, one a draw."""
        found = np.empty(len(draws), dtype=np.int64)
        run = getattr(_native, f"choose_{state.dtype.name}")
        run(state, draws, found, thread_count())
        return found

    def why_not_in_jax(self, platform: str) -> str | None:
        """None on a CPU, when the engine was built with the headers of jaxlib."""
        if not hasattr(_native, "ffi_targets"):
            return (
                "The native engine was built without the headers of jaxlib, so JAX cannot call it. "
                "Reinstall qsetu, or use engine='xla'."
            )
        if platform != "cpu":
            return (
                f"The native engine runs on the CPU, this would run on the {platform}. Use engine='xla', or "
                "choose the CPU: jax.config.update('jax_default_device', jax.devices('cpu')[0])."
            )
        return None

    def traced_states(self, program: GateProgram, params: jax.Array, dtype: np.dtype[Any]) -> jax.Array:
        """Statevectors ``(..., 2^n)``; XLA calls C++ by its foreign function interface."""
        from qsetu.engines.native import jax_calls

        return jax_calls.states(program, params, dtype)

    def traced_expectations(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: jax.Array,
        dtype: np.dtype[Any],
        single: bool,
    ) -> jax.Array:
        """Expectation values ``(..., K)``; the gradient by the adjoint method."""
        from qsetu.engines.native import jax_calls

        return jax_calls.expectations(program, observables, params, dtype, single)


# All caches are keyed by identity: programs and tables are immutable and themselves cached.
@lru_cache(maxsize=128)
def _compiled(program: GateProgram) -> Any:
    return _handed_over(program)


# The pieces of one noisy circuit are many and small, and would turn all else out.
@lru_cache(maxsize=4096)
def _evolver(program: GateProgram) -> Any:
    return _handed_over(program)


def _handed_over(program: GateProgram) -> Any:
    _check_instruction_set()
    return _native.Program(
        program.num_qubits,
        program.num_params,
        program.target_start,
        program.targets,
        program.control_mask,
        program.diagonal,
        program.form_start,
        program.frequency,
        program.angle_constant,
        program.angle_start,
        program.angle_slot,
        program.angle_coefficient,
        program.constants,
    )


@lru_cache(maxsize=512)
def _table(table: PauliTable) -> Any:
    return _native.PauliTable(table.coefficients, table.x_masks, table.z_masks, table.y_counts, table.starts)


ENGINE = NativeEngine()
