"""What estimators on quantum kernels share: matrices of training samples, and of new ones with them."""

from __future__ import annotations

from abc import ABC
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.core.errors import ArgumentError
from qsetu.learn.kernels import QuantumKernel, Repair, TrainableKernel, default_kernel, repair_kernel

__all__ = ["KernelModel"]


class KernelModel(BaseEstimator, ABC):
    """Holds the kernel; subclasses hand its matrices to a method of scikit-learn, or to linear algebra."""

    kernel: QuantumKernel | None
    kernel_: QuantumKernel
    X_fit_: NDArray[np.float64]
    repair_: Repair | None

    def _training_kernel(self, samples: NDArray[np.float64], targets: Any) -> NDArray[np.float64]:
        """The kernel matrix ``(N, N)``. Remembers the samples, trains what can be trained, repairs noise."""
        if self.kernel is not None and not isinstance(self.kernel, QuantumKernel):
            raise ArgumentError("kernel", "must be a quantum kernel such as FidelityKernel()", self.kernel)
        self.kernel_ = default_kernel() if self.kernel is None else clone(self.kernel)
        if isinstance(self.kernel_, TrainableKernel):
            if targets is None:
                raise ArgumentError("kernel", "must not be trainable where there are no labels", self.kernel)
            self.kernel_.fit(samples, targets)
        matrix = self.kernel_.matrix(samples)
        self.repair_ = None if self.kernel_.is_exact else repair_kernel(matrix)
        self.X_fit_ = samples
        return matrix if self.repair_ is None else self.repair_.matrix

    def _kernel_to_fit(self, X: ArrayLike) -> NDArray[np.float64]:
        """The kernel matrix ``(M, N)`` of new samples with those of the fit."""
        check_is_fitted(self)
        samples = validate_data(self, X, reset=False, dtype=np.float64)
        return self._rows(samples)

    def _rows(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        rows = self.kernel_.matrix(samples, self.X_fit_)
        return rows if self.repair_ is None else self.repair_.apply(rows)
