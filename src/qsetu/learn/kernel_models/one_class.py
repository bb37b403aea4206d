"""Novelty and outlier detection on a quantum kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import OutlierMixin
from sklearn.svm import OneClassSVM
from sklearn.utils.validation import validate_data

from qsetu.core.checks import as_float
from qsetu.learn.kernel_models.base import KernelModel
from qsetu.learn.kernels import QuantumKernel

__all__ = ["QuantumKernelOneClass"]


class QuantumKernelOneClass(OutlierMixin, KernelModel):
    """One-class support vector machine on a quantum kernel: 1 for samples like those of the fit, else -1.

    Args:
        kernel: A quantum kernel, not a trainable one; None means ``FidelityKernel("zz", bandwidth=0.2)``.
        nu: Upper bound of the share of training samples left outside, above 0 and at most 1.

    Attributes:
        kernel_: The kernel used.
        X_fit_: Training samples, ``(N, d)``.
        svm_: The fitted ``sklearn.svm.OneClassSVM`` on the precomputed kernel.
        offset_: ``decision_function = score_samples - offset_``.
        repair_: What was done to a matrix of shots or noise; None for an exact kernel.
    """

    def __init__(self, kernel: QuantumKernel | None = None, *, nu: float = 0.1) -> None:
        self.kernel = kernel
        self.nu = nu

    def fit(self, X: ArrayLike, y: Any = None) -> QuantumKernelOneClass:
        """Fit on samples ``(N, d)``; ``y`` is not used.

        Raises:
            ValueError: NaN, or a shape other than this; scikit-learn's wording.
        """
        samples = validate_data(self, X, dtype=np.float64)
        share = as_float("nu", self.nu, low=0.0, high=1.0, open_low=True)
        self.svm_ = OneClassSVM(kernel="precomputed", nu=share).fit(self._training_kernel(samples, None))
        self.offset_ = self.svm_.offset_
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Signed distances ``(N,)``, negative outside."""
        kernel = self._kernel_to_fit(X)
        return self.svm_.decision_function(kernel)

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """The same without the offset, ``(N,)``."""
        kernel = self._kernel_to_fit(X)
        return self.svm_.score_samples(kernel)

    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """1 inside, -1 outside, ``(N,)``."""
        kernel = self._kernel_to_fit(X)
        return self.svm_.predict(kernel)
