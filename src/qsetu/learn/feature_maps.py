"""Feature maps: a static circuit plus a batched function from samples to its parameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.circuits import Circuit, param
from qsetu.core.checks import as_choice, as_float_array, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.learn.entanglement import ENTANGLEMENTS, pairs

__all__ = [
    "FEATURE_MAPS",
    "FeatureMap",
    "HardwareEfficientMap",
    "ZFeatureMap",
    "ZZFeatureMap",
    "resolve_feature_map",
]

# One qubit a feature: wider data must be reduced first, and nobody wants to learn that by waiting.
MAX_FEATURES = 30


@dataclass(frozen=True)
class FeatureMap(ABC):
    """Encodes samples of ``num_features`` real numbers into states of ``num_features`` qubits.

    Args:
        num_features: Number of features, one qubit each, 1 to 30.
        reps: How many times the encoding layer is applied, at least 1.
    """

    num_features: int
    reps: int = 2

    def __post_init__(self) -> None:
        hint = "Each feature takes a qubit: reduce the features first, for instance with PCA(n_components=8)."
        as_int("num_features", self.num_features, 1, MAX_FEATURES, hint)
        as_int("reps", self.reps, 1, 1000)

    @cached_property
    def circuit(self) -> Circuit:
        """The circuit; its slots are the columns of :meth:`parameters`."""
        return self._build()

    def parameters(self, X: ArrayLike) -> NDArray[np.float64]:
        """Circuit parameters ``(N, P)`` for samples ``(N, num_features)``."""
        samples = as_float_array("X", X, f"(N, {self.num_features})")
        if samples.ndim != 2 or samples.shape[1] != self.num_features:
            raise ArgumentError(
                "X", f"must have shape (N, {self.num_features})", Said(f"shape {samples.shape}")
            )
        return self._parameters(samples)

    @abstractmethod
    def _build(self) -> Circuit: ...

    def _parameters(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        return samples


@dataclass(frozen=True)
class ZFeatureMap(FeatureMap):
    """``reps`` times: H on every qubit, then P(2 x_i). Entangles nothing.

    Reference: Havlicek et al., Nature 567, 209 (2019); Qiskit's ``z_feature_map``.
    """

    def _build(self) -> Circuit:
        circuit = Circuit(self.num_features)
        for _ in range(self.reps):
            for q in range(self.num_features):
                circuit = circuit.h(q).p(2 * param(q), q)
        return circuit


@dataclass(frozen=True)
class ZZFeatureMap(FeatureMap):
    """``reps`` times: H, P(2 x_i) on every qubit, then P(2 (pi - x_i)(pi - x_j)) on the parity of pairs.

    The products are parameters of their own, computed by :meth:`parameters`, so that the circuit
    stays affine in its slots.

    Args:
        num_features: Number of features, one qubit each.
        reps: Number of repetitions.
        entanglement: "full" (default), "linear", "circular" or "none".

    Reference: Havlicek et al., Nature 567, 209 (2019); Qiskit's ``zz_feature_map``.
    """

    entanglement: str = "full"

    def __post_init__(self) -> None:
        super().__post_init__()
        as_choice("entanglement", self.entanglement, ENTANGLEMENTS)

    def _build(self) -> Circuit:
        circuit = Circuit(self.num_features)
        for _ in range(self.reps):
            for q in range(self.num_features):
                circuit = circuit.h(q).p(2 * param(q), q)
            for slot, (i, j) in enumerate(pairs(self.entanglement, self.num_features), self.num_features):
                circuit = circuit.cx(i, j).p(2 * param(slot), j).cx(i, j)
        return circuit

    def _parameters(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        joined = pairs(self.entanglement, self.num_features)
        products = [(np.pi - samples[:, i]) * (np.pi - samples[:, j]) for i, j in joined]
        return np.column_stack([samples, *products])


@dataclass(frozen=True)
class HardwareEfficientMap(FeatureMap):
    """RY(x_i) RZ(x_i) on every qubit, then ``reps`` times: a layer of CX and the rotations again.

    The data enter ``reps + 1`` times (re-uploading, Perez-Salinas et al., Quantum 4, 226 (2020)),
    and no entangler stands last, where a fidelity kernel would not see it.

    Args:
        num_features: Number of features, one qubit each.
        reps: Number of entangling layers.
        entanglement: "linear" (default), "circular", "full" or "none".
    """

    entanglement: str = "linear"

    def __post_init__(self) -> None:
        super().__post_init__()
        as_choice("entanglement", self.entanglement, ENTANGLEMENTS)

    def _build(self) -> Circuit:
        circuit = self._rotate(Circuit(self.num_features))
        for _ in range(self.reps):
            for i, j in pairs(self.entanglement, self.num_features):
                circuit = circuit.cx(i, j)
            circuit = self._rotate(circuit)
        return circuit

    def _rotate(self, circuit: Circuit) -> Circuit:
        for q in range(self.num_features):
            circuit = circuit.ry(param(q), q).rz(param(q), q)
        return circuit


FEATURE_MAPS: dict[str, Callable[[int], FeatureMap]] = {
    "z": ZFeatureMap,
    "zz": ZZFeatureMap,
    "hardware_efficient": HardwareEfficientMap,
}


def resolve_feature_map(feature_map: Any, num_features: int) -> FeatureMap:
    """A feature map given by name becomes one of the right width; a given object is checked."""
    if isinstance(feature_map, str):
        return FEATURE_MAPS[as_choice("feature_map", feature_map, FEATURE_MAPS)](num_features)
    if not isinstance(feature_map, FeatureMap):
        names = ", ".join(FEATURE_MAPS)
        raise ArgumentError("feature_map", f"must be a FeatureMap or one of {names}", feature_map)
    if feature_map.num_features != num_features:
        rule = f"must encode the {num_features} feature(s) of X"
        hint = f"Give the map {num_features} features, or reduce X to {feature_map.num_features}."
        raise ArgumentError("feature_map", rule, feature_map, hint)
    return feature_map
