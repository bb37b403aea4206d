"""How a known answer asks for a computation: of an engine directly, or (in the doctor) through the door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits import Circuit
from qsetu.circuits.pauli import PauliTable, as_observables
from qsetu.compiler import compile_circuit
from qsetu.engines import Engine

__all__ = ["Ask", "AskEngine"]


class Ask(Protocol):
    """The computations that known answers need: ``params`` is ``(B, P)``, results as the door gives them."""

    def states(self, circuit: Circuit, params: NDArray[np.float64]) -> NDArray[Any]:
        """``(B, 2^n)``."""

    def values(self, circuit: Circuit, observables: list[str], params: NDArray[np.float64]) -> NDArray[Any]:
        """``(B, K)``."""

    def value_and_grad(
        self, circuit: Circuit, observable: str, params: NDArray[np.float64]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """``(B,)`` and ``(B, P)``."""

    def reduced(self, circuit: Circuit, params: NDArray[np.float64]) -> NDArray[Any]:
        """Of all qubits, ``(B, n, 2, 2)``."""

    def samples(self, circuit: Circuit, shots: int) -> NDArray[np.int64]:
        """``(shots,)``, of a circuit without parameters."""


@dataclass(frozen=True)
class AskEngine:
    """Asks an engine, past the door: this is how the door itself can ask."""

    engine: Engine
    dtype: np.dtype[Any]

    def states(self, circuit: Circuit, params: NDArray[np.float64]) -> NDArray[Any]:
        """``(B, 2^n)``."""
        return self.engine.states(compile_circuit(circuit), params, self.dtype)

    def values(self, circuit: Circuit, observables: list[str], params: NDArray[np.float64]) -> NDArray[Any]:
        """``(B, K)``."""
        return self.engine.expectations(
            compile_circuit(circuit), _table(observables, circuit), params, self.dtype
        )

    def value_and_grad(
        self, circuit: Circuit, observable: str, params: NDArray[np.float64]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """``(B,)`` and ``(B, P)``."""
        table = _table([observable], circuit)
        values, gradients = self.engine.jacobian(compile_circuit(circuit), table, params, self.dtype)
        return values[:, 0], gradients[:, 0]

    def reduced(self, circuit: Circuit, params: NDArray[np.float64]) -> NDArray[Any]:
        """Of all qubits, ``(B, n, 2, 2)``."""
        subsets = np.arange(circuit.num_qubits, dtype=np.int32)[:, None]
        return self.engine.reduced(compile_circuit(circuit), params, subsets, self.dtype)

    def samples(self, circuit: Circuit, shots: int) -> NDArray[np.int64]:
        """``(shots,)``."""
        draw = self.engine.sampler(compile_circuit(circuit), np.zeros((1, 0)), self.dtype)
        return draw(np.random.default_rng(1), shots)


def _table(observables: list[str], circuit: Circuit) -> PauliTable:
    return PauliTable.build(as_observables("observables", observables, circuit.num_qubits)[0])
