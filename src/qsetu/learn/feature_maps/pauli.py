"""Feature maps that turn features into phases of Pauli strings."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np

from qsetu.circuits import Circuit, param
from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError
from qsetu.learn.entanglement import blocks, pairs
from qsetu.learn.feature_maps.base import FeatureMap

__all__ = ["IQPFeatureMap", "PauliFeatureMap", "ZFeatureMap", "ZZFeatureMap"]


@dataclass(frozen=True)
class _PhaseMap(FeatureMap, ABC):
    """``reps`` times: H on every qubit, then a phase ``factor * phi_S(x)`` on each Pauli string.

    ``phi`` of one qubit is its feature, of several the product of ``pi - x_j``. The products are
    parameters of their own, computed by :meth:`parameters`, so that the circuit stays affine.
    """

    reps: int = 2
    entanglement: str = "full"

    @abstractmethod
    def _strings(self) -> tuple[str, ...]: ...

    def _factor(self) -> float:
        return 2.0

    @cached_property
    def _terms(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Pauli strings and their qubits, in order: the slots of the circuit."""
        return tuple(
            (string, qubits)
            for string in self._strings()
            for qubits in blocks(self.entanglement, self.num_features, len(string))
        )

    def _build(self) -> Circuit:
        circuit = Circuit(self.num_features)
        for _ in range(self.reps):
            for q in range(self.num_features):
                circuit = circuit.h(q)
            for slot, (string, qubits) in enumerate(self._terms):
                circuit = _pauli_phase(circuit, string, qubits, self._factor() * param(slot))
        return circuit

    def _parameters(self, samples: Any, xp: ModuleType) -> Any:
        columns = [
            samples[:, qubits[0]] if len(qubits) == 1 else xp.prod(np.pi - samples[:, list(qubits)], axis=1)
            for _, qubits in self._terms
        ]
        return xp.stack(columns, axis=1) if columns else samples[:, :0]


@dataclass(frozen=True)
class ZFeatureMap(_PhaseMap):
    """``reps`` times: H on every qubit, then P(2 x_i). Entangles nothing.

    Args:
        num_features: Number of features, one qubit each, 1 to 30.
        reps: Number of repetitions.
        entanglement: Without effect; here so that maps can be exchanged in a grid.

    Reference: Havlicek et al., Nature 567, 209 (2019); Qiskit's ``z_feature_map``.
    """

    def _strings(self) -> tuple[str, ...]:
        return ("Z",)


@dataclass(frozen=True)
class ZZFeatureMap(_PhaseMap):
    """``reps`` times: H, P(2 x_i) on every qubit, then P(2 (pi - x_i)(pi - x_j)) on the parity of pairs.

    Args:
        num_features: Number of features, one qubit each, 1 to 30.
        reps: Number of repetitions.
        entanglement: "full" (default), "linear", "circular", "pairwise" or "none".

    Reference: Havlicek et al., Nature 567, 209 (2019); Qiskit's ``zz_feature_map``.
    """

    def _strings(self) -> tuple[str, ...]:
        return ("Z", "ZZ")


@dataclass(frozen=True)
class PauliFeatureMap(_PhaseMap):
    """``reps`` times: H on every qubit, then a phase on each Pauli string.

    Args:
        num_features: Number of features, one qubit each, 1 to 30.
        reps: Number of repetitions.
        entanglement: Which qubits strings of two and more letters join: "full" (default), "linear",
            "circular", "pairwise" (two letters only) or "none".
        paulis: Strings of X, Y and Z; the last letter stands for the first qubit of a block, as in Qiskit.
        factor: What features and products are multiplied by.

    Reference: Havlicek et al., Nature 567, 209 (2019); Qiskit's ``pauli_feature_map``.

    Example:
        >>> from qsetu.learn import PauliFeatureMap
        >>> PauliFeatureMap(3, reps=1, paulis=("Z", "YY")).circuit.num_params
        6
    """

    paulis: tuple[str, ...] = ("Z", "ZZ")
    factor: float = 2.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "paulis", tuple(self.paulis))
        rule = "must be one or more strings of the letters X, Y and Z"
        if not self.paulis:
            raise ArgumentError("paulis", rule, self.paulis)
        for string in self.paulis:
            if not isinstance(string, str) or not re.fullmatch("[XYZ]+", string):
                raise ArgumentError("paulis", rule, self.paulis)
        as_float("factor", self.factor)
        super().__post_init__()
        _ = self._terms  # refuses what cannot be joined

    def _strings(self) -> tuple[str, ...]:
        return self.paulis

    def _factor(self) -> float:
        return self.factor


@dataclass(frozen=True)
class IQPFeatureMap(FeatureMap):
    """``reps`` times: H and RZ(x_i) on every qubit, then exp(-i x_i x_j ZZ / 2) on pairs.

    Args:
        num_features: Number of features, one qubit each, 1 to 30.
        reps: Number of repetitions.
        entanglement: "full" (default), "linear", "circular", "pairwise" or "none".
        entangled_reps: In how many of the first repetitions pairs are joined; None means in all. What was
            published with PennyLane 0.34 and before has 1: its embedding exhausted an iterator of pairs in
            the first repetition.

    Reference: Havlicek et al., Nature 567, 209 (2019); PennyLane's ``IQPEmbedding``.
    """

    reps: int = 1
    entanglement: str = "full"
    entangled_reps: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.entangled_reps is not None:
            as_int("entangled_reps", self.entangled_reps, 0)

    @cached_property
    def _pairs(self) -> tuple[tuple[int, int], ...]:
        return pairs(self.entanglement, self.num_features)

    def _build(self) -> Circuit:
        circuit = Circuit(self.num_features)
        joined = self.reps if self.entangled_reps is None else self.entangled_reps
        for rep in range(self.reps):
            for q in range(self.num_features):
                circuit = circuit.h(q).rz(param(q), q)
            if rep < joined:
                for slot, (i, j) in enumerate(self._pairs, self.num_features):
                    circuit = circuit.rzz(param(slot), i, j)
        return circuit

    def _parameters(self, samples: Any, xp: ModuleType) -> Any:
        if not self._pairs or self.entangled_reps == 0:
            return samples
        left, right = (list(side) for side in zip(*self._pairs, strict=True))
        return xp.concatenate([samples, samples[:, left] * samples[:, right]], axis=1)


def _pauli_phase(circuit: Circuit, string: str, qubits: tuple[int, ...], angle: Any) -> Circuit:
    """P(angle) on the odd part of a Pauli string, whose last letter is for the first qubit."""
    letters = list(zip(reversed(string), qubits, strict=True))
    for letter, q in letters:
        if letter == "X":
            circuit = circuit.h(q)
        elif letter == "Y":
            circuit = circuit.rx(np.pi / 2, q)
    for i, j in pairwise(qubits):
        circuit = circuit.cx(i, j)
    circuit = circuit.p(angle, qubits[-1])
    for i, j in reversed(list(pairwise(qubits))):
        circuit = circuit.cx(i, j)
    for letter, q in letters:
        if letter == "X":
            circuit = circuit.h(q)
        elif letter == "Y":
            circuit = circuit.rx(-np.pi / 2, q)
    return circuit
