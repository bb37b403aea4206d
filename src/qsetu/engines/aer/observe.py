"""Observables as Aer saves them: one instruction for each, all in the same run."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit.quantum_info import SparsePauliOp
from qiskit_aer.library import SaveExpectationValue

from qsetu.circuits.pauli import PauliTable

__all__ = ["Saves", "saves_of"]


class Saves:
    """The observables of a table, apart from what is a number.

    Attributes:
        constants: float64 ``(K,)``, the multiples of the identity.
        operators: By observable, what is left of it and the qubits that it acts on; fewer than K.
    """

    def __init__(self, table: PauliTable) -> None:
        self.constants = np.zeros(table.count)
        self.operators: dict[int, tuple[SparsePauliOp, list[int]]] = {}
        for k in range(table.count):
            rows = range(table.starts[k], table.starts[k + 1])
            masks = [(int(table.x_masks[t]), int(table.z_masks[t])) for t in rows]
            touched = 0
            for x, z in masks:
                touched |= x | z
            qubits = [q for q in range(touched.bit_length()) if touched >> q & 1]
            labels, coefficients = [], []
            for (x, z), coefficient in zip(masks, table.coefficients[rows.start : rows.stop], strict=True):
                if not x | z:
                    self.constants[k] += coefficient
                    continue
                # Qiskit writes the first qubit rightmost.
                labels.append("".join(_LETTERS[x >> q & 1, z >> q & 1] for q in reversed(qubits)))
                coefficients.append(float(coefficient))
            if labels:
                self.operators[k] = SparsePauliOp(labels, coefficients), qubits

    def append_to(self, circuit: Any, *, each_shot: bool = False) -> None:
        """Have them saved at the end of ``circuit``, each under its number."""
        for k, (operator, qubits) in self.operators.items():
            circuit.append(
                SaveExpectationValue(operator, label=str(k), pershot=each_shot), qubits, copy=False
            )

    def values(self, data: Any) -> NDArray[np.float64]:
        """What was saved in one run, ``(K,)``; of every shot ``(shots, K)``."""
        found = {k: np.asarray(getattr(data, str(k)), dtype=np.float64) for k in self.operators}
        shape = next((value.shape for value in found.values()), ())
        made = np.broadcast_to(self.constants, (*shape, len(self.constants))).copy()
        for k, value in found.items():
            made[..., k] += value
        return made


_LETTERS = {(0, 0): "I", (1, 0): "X", (1, 1): "Y", (0, 1): "Z"}


@lru_cache(maxsize=512)
def saves_of(table: PauliTable) -> Saves:
    """Cached by identity: tables are immutable and themselves cached."""
    return Saves(table)
