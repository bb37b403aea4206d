"""What an engine is: three primitives on batches. Everything else is built on them in the door."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.pauli import PauliTable
from qsetu.circuits.program import GateProgram
from qsetu.core.errors import EngineError

if TYPE_CHECKING:
    import jax

__all__ = ["Engine"]


class Engine(ABC):
    """Runs gate programs from |0...0>. Engines trust their input: the door has checked it.

    Shapes: ``params`` float64 ``(B, P)``, states ``(B, 2^n)`` of ``dtype``, values float64 ``(B, K)``.
    """

    name: str
    # How many arrays of the size of the result are alive at the peak of a run.
    copies: int = 1

    def states_in_flight(self, num_qubits: int, rows: int) -> int:
        """How many statevectors are alive at once when a batch of ``rows`` is reduced to numbers."""
        return rows

    @abstractmethod
    def states(self, program: GateProgram, params: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Statevectors ``(B, 2^n)``."""

    @abstractmethod
    def expectations(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> NDArray[np.float64]:
        """Expectation values ``(B, K)``."""

    @abstractmethod
    def vjp(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        weights: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Expectation values ``(B, K)`` and ``sum_k weights[b, k] d E[b, k] / d params[b]``, ``(B, P)``."""

    # Inside JAX. Arrays are traced or concrete ones of JAX, ``params`` ``(..., P)`` of a float type.

    def why_not_in_jax(self, platform: str) -> str | None:
        """None when JAX can call the engine on ``platform`` ("cpu", "gpu"), else why not and what to do."""
        return f"The {self.name} engine computes with NumPy. Use engine='native' or engine='xla'."

    def traced_states(self, program: GateProgram, params: jax.Array, dtype: np.dtype[Any]) -> jax.Array:
        """Statevectors ``(..., 2^n)`` of ``dtype``, differentiable by ``params``."""
        raise EngineError(self.why_not_in_jax("cpu"))

    def traced_expectations(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: jax.Array,
        dtype: np.dtype[Any],
        single: bool,
    ) -> jax.Array:
        """Values in the type of ``params``: ``(..., K)``, or ``(...)`` of a ``single`` observable."""
        raise EngineError(self.why_not_in_jax("cpu"))
