"""What feature maps share: a static circuit plus a batched function from samples to its parameters."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from types import ModuleType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.circuits import Circuit
from qsetu.core.checks import as_choice, as_float_array, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.jax_inputs import is_jax
from qsetu.learn.entanglement import ENTANGLEMENTS

__all__ = ["MAX_QUBITS", "FeatureMap"]

# Wider data must be reduced first, and nobody wants to learn that by waiting.
MAX_QUBITS = 30

Map = TypeVar("Map", bound="FeatureMap")


@dataclass(frozen=True)
class FeatureMap(ABC):
    """Encodes samples of ``num_features`` real numbers into states of :attr:`num_qubits` qubits.

    Two maps with equal settings are equal. A map holds settings only; it is cheap to copy and to pickle.

    Args:
        num_features: Number of features of a sample.
    """

    num_features: int

    def __post_init__(self) -> None:
        as_int("num_features", self.num_features, 1)
        if self.num_qubits > MAX_QUBITS:
            raise ArgumentError(
                "num_features",
                f"must fit {MAX_QUBITS} qubits in a {type(self).__name__}",
                self.num_features,
                what_would_fit(self.num_features),
            )
        if hasattr(self, "reps"):
            as_int("reps", self.reps, 1, 1000)
        if hasattr(self, "entanglement"):
            as_choice("entanglement", self.entanglement, ENTANGLEMENTS)

    @property
    def num_qubits(self) -> int:
        """Number of qubits of the circuit; one a feature, unless a map says otherwise."""
        return self.num_features

    @property
    def circuit(self) -> Circuit:
        """The circuit; its slots are the columns of :meth:`parameters`."""
        return _built(self)

    def parameters(self, X: ArrayLike) -> NDArray[np.float64]:
        """Circuit parameters ``(N, P)`` for samples ``(N, num_features)``, radians.

        A JAX array or tracer gives a JAX array, and can be differentiated.

        Raises:
            ArgumentError: Another shape; NaN or infinite (where JAX traces, numbers cannot be seen).
        """
        samples: Any
        shape_rule = f"(N, {self.num_features})"
        traced = is_jax(X)
        if traced:
            import jax.numpy as jnp

            samples = jnp.asarray(X)
        else:
            samples = as_float_array("X", X, shape_rule)
        if samples.ndim != 2 or samples.shape[1] != self.num_features:
            raise ArgumentError("X", f"must have shape {shape_rule}", Said(f"shape {samples.shape}"))
        return self._parameters(samples, jnp if traced else np)

    def deentangled(self: Map) -> Map:
        """The twin of this map that entangles nothing: its states are products, else all is alike.

        A quantum model that does not beat its twin owes nothing to entanglement (Bowles et al.,
        arXiv:2403.07059).
        """
        if "entanglement" in {field.name for field in fields(self)}:
            return replace(self, entanglement="none")  # type: ignore[call-arg]
        return self

    @abstractmethod
    def _build(self) -> Circuit: ...

    def _parameters(self, samples: Any, xp: ModuleType) -> Any:
        """``(N, P)`` by functions of ``xp``, which is NumPy or jax.numpy."""
        return samples


@lru_cache(maxsize=256)
def _built(feature_map: FeatureMap) -> Circuit:
    # Equal maps have equal circuits; estimators copy their maps all the time.
    return feature_map._build()


def what_would_fit(num_features: int) -> str:
    """Which encodings hold so many features, said as a hint."""
    amplitude = max(1, math.ceil(math.log2(num_features)))
    said = "Reduce the features first, for instance with PCA(n_components=8)"
    if num_features <= 4096:
        said += f"; or AngleFeatureMap({num_features}, qubits=8), which puts several on a qubit"
    if amplitude <= 12:
        said += f"; or AmplitudeFeatureMap({num_features}), which needs {amplitude} qubits"
    return f"{said}."
