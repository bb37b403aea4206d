"""Quantum kernels: similarity of samples through the states that encode them."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from sklearn.base import BaseEstimator

from qsetu import measure
from qsetu.circuits import Circuit
from qsetu.core.checks import as_float, as_float_array
from qsetu.core.errors import ArgumentError, Said
from qsetu.learn.feature_maps import FeatureMap, resolve_feature_map

__all__ = ["FidelityKernel", "ProjectedKernel", "QuantumKernel"]


class QuantumKernel(BaseEstimator, ABC):
    """What kernels share: a feature map and a bandwidth. Subclasses say how states are compared."""

    feature_map: FeatureMap | str
    bandwidth: float
    engine: str
    dtype: DTypeLike

    def matrix(self, X: ArrayLike, Y: ArrayLike | None = None) -> NDArray[np.float64]:
        """Kernel values between samples.

        Args:
            X: Samples ``(N, d)``.
            Y: Samples ``(M, d)``; None means ``X``.

        Returns:
            float64 ``(N, M)``, entries from 0 to 1.

        Raises:
            ArgumentError: Not a finite two-dimensional array, or a feature map of another width.
        """
        left = as_float_array("X", X, "(N, d)")
        right = None if Y is None else as_float_array("Y", Y, "(M, d)")
        if left.ndim != 2:
            raise ArgumentError("X", "must have shape (N, d)", Said(f"shape {left.shape}"))
        if right is not None and (right.ndim != 2 or right.shape[1] != left.shape[1]):
            raise ArgumentError("Y", f"must have shape (M, {left.shape[1]})", Said(f"shape {right.shape}"))
        scale = as_float("bandwidth", self.bandwidth, low=0.0, open_low=True)
        encoder = resolve_feature_map(self.feature_map, left.shape[1])
        a = encoder.parameters(scale * left)
        b = None if right is None else encoder.parameters(scale * right)
        return self._matrix(encoder.circuit, a, b)

    @abstractmethod
    def _matrix(
        self, circuit: Circuit, a: NDArray[np.float64], b: NDArray[np.float64] | None
    ) -> NDArray[np.float64]: ...


class FidelityKernel(QuantumKernel):
    """``K(x, y) = |<psi(x)|psi(y)>|^2``.

    Args:
        feature_map: A :class:`FeatureMap`, or "zz", "z", "hardware_efficient" (one qubit a feature).
        bandwidth: Factor applied to the features before encoding, above 0. The setting that matters
            most: too large, and every two samples look equally different (Shaydulin and Wild,
            arXiv:2111.05451).
        engine: Engine that simulates the circuits.
        dtype: complex128 (default) or complex64. In single precision the last digits of an entry
            depend on which other samples are computed with it.

    Reference: Havlicek et al., Nature 567, 209 (2019).

    Example:
        >>> from qsetu.learn import FidelityKernel, ZZFeatureMap
        >>> K = FidelityKernel(ZZFeatureMap(2)).matrix([[0.1, 0.2], [0.3, 0.4]])
        >>> K.shape, K[0, 0]
        ((2, 2), np.float64(1.0))
    """

    def __init__(
        self,
        feature_map: FeatureMap | str = "zz",
        *,
        bandwidth: float = 1.0,
        engine: str = "auto",
        dtype: DTypeLike = "complex128",
    ) -> None:
        self.feature_map = feature_map
        self.bandwidth = bandwidth
        self.engine = engine
        self.dtype = dtype

    def _matrix(
        self, circuit: Circuit, a: NDArray[np.float64], b: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        return measure.gram(circuit, a, b, engine=self.engine, dtype=self.dtype)


class ProjectedKernel(QuantumKernel):
    """``K(x, y) = exp(-gamma * sum_q |rho_q(x) - rho_q(y)|_F^2)`` over one-qubit reduced states.

    Args:
        feature_map: A :class:`FeatureMap`, or "zz", "z", "hardware_efficient" (one qubit a feature).
        bandwidth: Factor applied to the features before encoding, above 0.
        gamma: Inverse width in the space of reduced states, above 0.
        engine: Engine that simulates the circuits.
        dtype: complex128 (default) or complex64. In single precision the last digits of an entry
            depend on which other samples are computed with it.

    Reference: Huang et al., Nature Communications 12, 2631 (2021), arXiv:2011.01938.
    """

    def __init__(
        self,
        feature_map: FeatureMap | str = "zz",
        *,
        bandwidth: float = 1.0,
        gamma: float = 1.0,
        engine: str = "auto",
        dtype: DTypeLike = "complex128",
    ) -> None:
        self.feature_map = feature_map
        self.bandwidth = bandwidth
        self.gamma = gamma
        self.engine = engine
        self.dtype = dtype

    def _matrix(
        self, circuit: Circuit, a: NDArray[np.float64], b: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        gamma = as_float("gamma", self.gamma, low=0.0, open_low=True)
        left = self._bloch_vectors(circuit, a)
        right = left if b is None else self._bloch_vectors(circuit, b)
        # rho = (1 + r . sigma) / 2, hence |rho - rho'|_F^2 = |r - r'|^2 / 2.
        squares = (left**2).sum(1)[:, None] + (right**2).sum(1)[None, :] - 2 * left @ right.T
        kernel = np.exp(-0.5 * gamma * np.maximum(squares, 0.0))
        if b is None:
            kernel = 0.5 * (kernel + kernel.T)
            np.fill_diagonal(kernel, 1.0)
        return kernel

    def _bloch_vectors(self, circuit: Circuit, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """``(N, 3 n)``: rho_01 = (x - i y) / 2, and z is the difference of the diagonal."""
        rho = measure.reduced_density_matrices(circuit, parameters, engine=self.engine, dtype=self.dtype)
        off, diagonal = 2 * rho[:, :, 0, 1], rho[:, :, 0, 0].real - rho[:, :, 1, 1].real
        return np.stack([off.real, -off.imag, diagonal], axis=2).reshape(len(rho), -1)
