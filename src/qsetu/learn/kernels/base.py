"""What quantum kernels share: a feature map, a bandwidth, and values that are computed once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from sklearn.base import BaseEstimator

from qsetu.circuits import Circuit
from qsetu.core.checks import as_choice, as_float, as_float_array
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.hashing import content_hash
from qsetu.core.machine import package_version
from qsetu.learn.feature_maps import FeatureMap, resolve_feature_map
from qsetu.learn.kernels.store import digests, pair_store

__all__ = ["CACHES", "QuantumKernel"]

CACHES = ("memory", "disk", "none")


class QuantumKernel(BaseEstimator, ABC):
    """A feature map and a bandwidth; subclasses say how states are compared.

    Values are kept by the content of samples, circuit and settings (``cache``): a pair of samples that any
    kernel of equal settings has compared in this process is not computed again, whichever rows and columns
    it is asked for in. See :func:`qsetu.learn.kernel_cache_info`.
    """

    feature_map: FeatureMap | str
    bandwidth: float
    engine: str
    dtype: DTypeLike
    cache: str

    def matrix(self, X: ArrayLike, Y: ArrayLike | None = None) -> NDArray[np.float64]:
        """Kernel values between samples.

        Args:
            X: Samples ``(N, d)``.
            Y: Samples ``(M, d)``; None means ``X``.

        Returns:
            float64 ``(N, M)``, entries from 0 to 1; exactly symmetric where ``Y`` is None.

        Raises:
            ArgumentError: Not a finite two-dimensional array, or a feature map of another width.
        """
        left = as_float_array("X", X, "(N, d)")
        right = None if Y is None else as_float_array("Y", Y, "(M, d)")
        if left.ndim != 2 or not left.shape[1]:
            raise ArgumentError("X", "must have shape (N, d)", Said(f"shape {left.shape}"))
        if right is not None and (right.ndim != 2 or right.shape[1] != left.shape[1]):
            raise ArgumentError("Y", f"must have shape (M, {left.shape[1]})", Said(f"shape {right.shape}"))
        self._check()
        circuit, a = self._encoded(left)
        b = None if right is None else self._encoded(right)[1]
        # Names are given to what enters the circuit, so whatever a feature map does is covered.
        a_names = digests(a)
        b_names = None if b is None else digests(b)

        def compute(rows: NDArray[np.intp], columns: NDArray[np.intp] | None) -> NDArray[np.float64]:
            names = [a_names[i] for i in rows]
            if columns is None:
                return self._values(circuit, a[rows], None, names, None)
            others, other_names = (a, a_names) if b is None or b_names is None else (b, b_names)
            return self._values(circuit, a[rows], others[columns], names, [other_names[i] for i in columns])

        if as_choice("cache", self.cache, CACHES) == "none":
            return compute(np.arange(len(a)), None if b is None else np.arange(len(b)))
        key = content_hash(_identity(type(self)), circuit.content_hash, self._settings())
        found = pair_store().matrix(key, a_names, b_names, compute, self.cache == "disk")
        if b is None and self.has_unit_diagonal:
            np.fill_diagonal(found, 1.0)
        return found

    def diagonal(self, X: ArrayLike) -> NDArray[np.float64]:
        """The value of each sample with itself, ``(N,)`` for samples ``(N, d)``."""
        samples = as_float_array("X", X, "(N, d)")
        if self.has_unit_diagonal:
            return np.ones(len(samples))
        return np.array([self.matrix(sample[None])[0, 0] for sample in samples])

    @property
    def has_unit_diagonal(self) -> bool:
        """Whether every sample has the value 1 with itself."""
        return True

    @property
    def is_exact(self) -> bool:
        """Whether values have no statistical error, so that matrices have no negative eigenvalue."""
        return True

    def _encoded(self, samples: NDArray[np.float64]) -> tuple[Circuit, NDArray[np.float64]]:
        """The circuit and its parameters ``(N, P)`` for samples ``(N, d)``."""
        encoder = resolve_feature_map(self.feature_map, samples.shape[1])
        return encoder.circuit, encoder.parameters(self.bandwidth * samples)

    def _check(self) -> None:
        """Refuse settings that make no sense, before anything is computed."""
        as_float("bandwidth", self.bandwidth, low=0.0, open_low=True)

    def _settings(self) -> dict[str, Any]:
        """All that values depend on but for the circuit and its parameters; for the hash.

        The bandwidth is in the parameters already; here it keeps apart what is never compared.
        """
        version = package_version("qsetu")
        return {
            "bandwidth": float(self.bandwidth),
            "engine": self.engine,
            "dtype": np.dtype(self.dtype).name,
            "version": version,
        }

    @abstractmethod
    def _values(
        self,
        circuit: Circuit,
        a: NDArray[np.float64],
        b: NDArray[np.float64] | None,
        a_names: list[bytes],
        b_names: list[bytes] | None,
    ) -> NDArray[np.float64]:
        """Values ``(N, M)`` between parameters ``(N, P)`` and ``(M, P)``; digests say what each row holds."""


def _identity(kind: type) -> str:
    """The name of a class; of one that is not ours, and may be defined anew at any time, more than that."""
    name = f"{kind.__module__}.{kind.__qualname__}"
    return name if kind.__module__.startswith("qsetu.") else f"{name} {id(kind)}"
