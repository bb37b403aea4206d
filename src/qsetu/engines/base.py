"""What an engine is: four primitives on batches, and defaults, built on them, of all else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.pauli import PauliTable
from qsetu.circuits.program import GateProgram
from qsetu.core.errors import ArgumentError, EngineError
from qsetu.engines.cost import gate_cost
from qsetu.engines.given import damp, measure
from qsetu.engines.gram import Report, fidelities
from qsetu.engines.reduced import partial_trace
from qsetu.engines.sampling import choose

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
    # Whether a new number of rows costs a compilation: who may choose the number then chooses few.
    compiles_batches: bool = False
    # Whether it holds density matrices: it then has no statevectors to give.
    mixed: bool = False

    def with_options(self, options: str) -> Engine:
        """The engine that is asked for as ``name:options``, one of the variants in the roster.

        Raises:
            EngineError: It cannot run here.
        """
        raise EngineError(f"The {self.name} engine has no variant '{options}'.")

    def configured(self, devices: Any = None, precision: Any = None) -> Engine:
        """The engine with these options of the door; None leaves one as it is.

        Raises:
            ArgumentError: The engine has no such option.
        """
        for name, value in (("devices", devices), ("precision", precision)):
            if value is not None:
                hint = "Only engine='xla' runs on chosen devices or in a chosen precision of products."
                raise ArgumentError(name, f"must be None for the {self.name} engine", value, hint)
        return self

    def examined(self) -> Engine:
        """The engine whose self-test speaks for this one."""
        return self

    @property
    def device(self) -> Any:
        """JAX's device that was chosen for it; None where none was."""
        return None

    def free_memory(self) -> int | None:
        """Bytes that can be allocated where the engine computes; None where that is the machine's memory."""
        return None

    def threads(self) -> int | None:
        """Threads the engine uses, for what is done beside it; None where it does not decide that."""
        return None

    def passes(self, program: GateProgram) -> int | None:
        """How often a lone state is read and written in memory; None where the engine does not plan that."""
        return None

    def work(self, program: GateProgram) -> float:
        """What a run costs for each amplitude, in a unit of the engine's own: to compare circuits."""
        return gate_cost(program)

    def in_one_thread(self) -> AbstractContextManager[None]:
        """In the block an engine with threads of its own starts none: a self-test leaves none behind."""
        return nullcontext()

    def states_in_flight(self, num_qubits: int, rows: int) -> int:
        """How many statevectors are alive at once when a batch of ``rows`` is reduced to numbers."""
        return rows

    def state_bytes(self, num_qubits: int, dtype: np.dtype[Any]) -> int:
        """Bytes that making one statevector takes at the peak."""
        return int(self.copies * 2**num_qubits * dtype.itemsize)

    def work_bytes(self, num_qubits: int, dtype: np.dtype[Any]) -> int:
        """Bytes that a state in flight takes where only numbers or samples are made of it."""
        return self.state_bytes(num_qubits, dtype)

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

    @abstractmethod
    def evolve(
        self,
        program: GateProgram,
        params: NDArray[np.float64],
        states: NDArray[Any],
        dtype: np.dtype[Any],
    ) -> NDArray[Any]:
        """The program run from given states ``(B, 2^n)``, which may be changed, instead of |0...0>."""

    def damp(
        self,
        states: NDArray[Any],
        qubits: NDArray[np.int32],
        gammas: NDArray[np.float64],
        draws: NDArray[np.float64],
    ) -> NDArray[Any]:
        """Given states, which may be changed, after amplitude damping: see ``engines/given.py``."""
        return damp(states, qubits, gammas, draws)

    def measure(self, states: NDArray[Any], observables: PauliTable) -> NDArray[np.float64]:
        """Expectation values ``(B, K)`` of given states ``(B, 2^n)``."""
        return measure(states, observables)

    def jacobian(
        self,
        program: GateProgram,
        observables: PauliTable,
        params: NDArray[np.float64],
        dtype: np.dtype[Any],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Expectation values ``(B, K)`` and the gradient of each, ``(B, K, P)``.

        Here a ``vjp`` for each observable; an engine can share the forward run among them.
        """
        batch, count = len(params), observables.count
        values = np.empty((batch, count))
        gradients = np.empty((batch, count, params.shape[1]))
        for k in range(count):
            weights = np.zeros((batch, count))
            weights[:, k] = 1.0
            values, gradients[:, k] = self.vjp(program, observables, params, weights, dtype)
        return values, gradients

    def reduced(
        self,
        program: GateProgram,
        params: NDArray[np.float64],
        subsets: NDArray[np.int32],
        dtype: np.dtype[Any],
    ) -> NDArray[np.complex128]:
        """Reduced density matrices, complex128 ``(B, K, 2^k, 2^k)``.

        ``subsets`` is int32 ``(K, k)``, each row k distinct qubits, k 1 or 2; the first qubit is the
        least significant bit of a matrix index.
        """
        count, width = subsets.shape
        result = np.empty((len(params), count, 2**width, 2**width), dtype=np.complex128)
        rows = max(1, 2**20 >> program.num_qubits)  # of small states several at once
        for start in range(0, len(params), rows):
            states = self.states(program, params[start : start + rows], dtype)
            for k, subset in enumerate(subsets):
                result[start : start + rows, k] = partial_trace(states, subset)
        return result

    def choose(self, state: NDArray[Any], draws: NDArray[np.float64]) -> NDArray[np.int64]:
        """Basis states by probability, one a draw: see ``engines/sampling.py``."""
        return choose(state, draws)

    def sampler(
        self, program: GateProgram, params: NDArray[np.float64], dtype: np.dtype[Any]
    ) -> Callable[[np.random.Generator, int], NDArray[np.int64]]:
        """What measures all qubits of one parameter row ``(1, P)`` as often as it is asked to.

        Here from the statevector; an engine that can do without it draws in its own way.
        """
        (state,) = self.states(program, params, dtype)
        return lambda chance, shots: self.choose(state, chance.random(shots))

    def runs_of_gradient(self, program: GateProgram) -> int | None:
        """How many runs of the circuit a gradient takes where it is made of those alone, else None."""
        return None

    def gram(
        self,
        program: GateProgram,
        left: NDArray[np.float64],
        right: NDArray[np.float64] | None,
        dtype: np.dtype[Any],
        budget: int,
        report: Report | None = None,
    ) -> NDArray[np.float64]:
        """Fidelity matrix ``(N, M)`` of two batches, or of one with itself, exactly symmetric.

        ``budget`` bounds the bytes of statevectors alive at once: see ``engines/gram.py``. ``report`` is told
        what share is done, where the work is done in parts.
        """
        return fidelities(
            lambda rows: self.states(program, rows, dtype),
            left,
            right,
            amplitudes=2**program.num_qubits,
            dtype=dtype,
            copies=self.copies,
            budget=budget,
            threads=self.threads(),
            report=report,
        )

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
