"""Regression on a quantum kernel: support vectors, and ridge."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.kernel_ridge import KernelRidge
from sklearn.svm import SVR
from sklearn.utils.validation import validate_data

from qsetu.core.checks import as_float
from qsetu.learn.kernel_models.base import KernelModel
from qsetu.learn.kernels import QuantumKernel

__all__ = ["QuantumKernelRegressor", "QuantumKernelRidge"]


class QuantumKernelRegressor(RegressorMixin, KernelModel):
    """Support vector regression on a quantum kernel.

    Args:
        kernel: A quantum kernel; None means ``FidelityKernel("zz", bandwidth=0.2)``, which suits
            standardized features. Its settings are tuned as ``kernel__bandwidth`` and so on.
        C: Inverse regularization strength, above 0.
        epsilon: Errors up to this size, in units of the target, cost nothing.

    Attributes:
        kernel_: The kernel used.
        X_fit_: Training samples, ``(N, d)``.
        svr_: The fitted ``sklearn.svm.SVR`` on the precomputed kernel.
        repair_: What was done to a matrix of shots or noise; None for an exact kernel.

    Example:
        >>> import numpy as np
        >>> from qsetu.learn import FidelityKernel, QuantumKernelRegressor
        >>> X = np.linspace(-1, 1, 40)[:, None]
        >>> y = np.sin(3 * X[:, 0])
        >>> kernel = FidelityKernel("angle", bandwidth=3.0)
        >>> model = QuantumKernelRegressor(kernel, C=10, epsilon=0.01).fit(X, y)
        >>> bool(model.score(X, y) > 0.99)
        True
    """

    def __init__(self, kernel: QuantumKernel | None = None, *, C: float = 1.0, epsilon: float = 0.1) -> None:
        self.kernel = kernel
        self.C = C
        self.epsilon = epsilon

    def fit(self, X: ArrayLike, y: ArrayLike) -> QuantumKernelRegressor:
        """Fit on samples ``(N, d)`` and numbers ``(N,)``.

        Raises:
            ValueError: NaN, or shapes that do not agree; scikit-learn's wording.
        """
        samples, targets = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        penalty = as_float("C", self.C, low=0.0, open_low=True)
        self.svr_ = SVR(kernel="precomputed", C=penalty, epsilon=as_float("epsilon", self.epsilon, low=0.0))
        self.svr_.fit(self._training_kernel(samples, targets), targets)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Predicted numbers, ``(N,)``."""
        kernel = self._kernel_to_fit(X)
        return self.svr_.predict(kernel)


class QuantumKernelRidge(MultiOutputMixin, RegressorMixin, KernelModel):
    """Kernel ridge regression on a quantum kernel; one target or several.

    Args:
        kernel: A quantum kernel; None means ``FidelityKernel("zz", bandwidth=0.2)``, which suits
            standardized features. Its settings are tuned as ``kernel__bandwidth`` and so on.
        alpha: Regularization strength, above 0.

    Attributes:
        kernel_: The kernel used.
        X_fit_: Training samples, ``(N, d)``.
        mean_: Means of the targets, taken off before the fit.
        ridge_: The fitted ``sklearn.kernel_ridge.KernelRidge`` on the precomputed kernel.
        repair_: What was done to a matrix of shots or noise; None for an exact kernel.
    """

    def __init__(self, kernel: QuantumKernel | None = None, *, alpha: float = 0.1) -> None:
        self.kernel = kernel
        self.alpha = alpha

    def fit(self, X: ArrayLike, y: ArrayLike) -> QuantumKernelRidge:
        """Fit on samples ``(N, d)`` and numbers ``(N,)`` or ``(N, T)``.

        Raises:
            ValueError: NaN, or shapes that do not agree; scikit-learn's wording.
        """
        samples, targets = validate_data(self, X, y, dtype=np.float64, y_numeric=True, multi_output=True)
        self.ridge_ = KernelRidge(
            kernel="precomputed", alpha=as_float("alpha", self.alpha, low=0.0, open_low=True)
        )
        self.mean_ = targets.mean(axis=0)
        self.ridge_.fit(self._training_kernel(samples, targets), targets - self.mean_)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Predicted numbers, ``(N,)`` or ``(N, T)``."""
        kernel = self._kernel_to_fit(X)
        return np.asarray(self.ridge_.predict(kernel) + self.mean_)
