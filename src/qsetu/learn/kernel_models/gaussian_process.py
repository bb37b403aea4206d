"""Gaussian process regression on a quantum kernel: predictions with their uncertainty."""

from __future__ import annotations

import math

import numpy as np
import scipy.optimize
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.validation import validate_data

from qsetu.core.checks import as_float
from qsetu.core.errors import ArgumentError
from qsetu.learn.kernel_models.base import KernelModel
from qsetu.learn.kernels import QuantumKernel

__all__ = ["QuantumGaussianProcessRegressor"]

Array = NDArray[np.float64]

# Bounds of the natural logarithms of signal and noise variance, in units of the variance of the target.
BOUNDS = ((-7.0, 9.0), (-16.0, 3.0))


class QuantumGaussianProcessRegressor(RegressorMixin, KernelModel):
    """A Gaussian process whose covariance is ``signal * K + noise * 1`` for a quantum kernel K.

    Args:
        kernel: A quantum kernel; None means ``FidelityKernel("zz", bandwidth=0.2)``. Its settings are tuned
            as ``kernel__bandwidth`` and so on; ``log_marginal_likelihood_`` compares them without folds.
        noise: Variance of the noise of the targets, above 0; None (default) means that of highest marginal
            likelihood, together with the variance of the signal.
        normalize_y: Take off the mean of the targets, and divide by their standard deviation, before the fit.

    Attributes:
        kernel_: The kernel used.
        X_fit_: Training samples, ``(N, d)``.
        signal_variance_: In squared units of the target.
        noise_variance_: In squared units of the target.
        log_marginal_likelihood_: Of the targets, as they were given.
        repair_: What was done to a matrix of shots or noise; None for an exact kernel.

    Reference: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), chapter 2 and 5.4.

    Example:
        >>> import numpy as np
        >>> from qsetu.learn import FidelityKernel, QuantumGaussianProcessRegressor
        >>> X = np.linspace(-1, 1, 20)[:, None]
        >>> model = QuantumGaussianProcessRegressor(FidelityKernel("z")).fit(X, np.sin(3 * X[:, 0]))
        >>> mean, std = model.predict([[0.5], [3.0]], return_std=True)
        >>> mean.shape, bool(std[1] > std[0])
        ((2,), True)
    """

    def __init__(
        self, kernel: QuantumKernel | None = None, *, noise: float | None = None, normalize_y: bool = True
    ) -> None:
        self.kernel = kernel
        self.noise = noise
        self.normalize_y = normalize_y

    def fit(self, X: ArrayLike, y: ArrayLike) -> QuantumGaussianProcessRegressor:
        """Fit on samples ``(N, d)`` and numbers ``(N,)``.

        Raises:
            ValueError: NaN, or shapes that do not agree; scikit-learn's wording.
        """
        samples, targets = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        noise = None if self.noise is None else as_float("noise", self.noise, low=0.0, open_low=True)
        self._mean = float(targets.mean()) if self.normalize_y else 0.0
        spread = float(targets.std()) if self.normalize_y else 1.0
        self._scale = spread if spread > 0 else 1.0
        scaled = (targets - self._mean) / self._scale
        matrix = self._training_kernel(samples, targets)
        # In the eigenvectors of K both variances act on eigenvalues alone: one decomposition serves all.
        eigenvalues, vectors = np.linalg.eigh(matrix)
        eigenvalues = np.maximum(eigenvalues, 0.0)
        along = vectors.T @ scaled
        fixed = None if noise is None else math.log(noise / self._scale**2)
        signal, chosen = _most_likely(eigenvalues, along**2, fixed)
        self.signal_variance_ = signal * self._scale**2
        self.noise_variance_ = chosen * self._scale**2
        likelihood = -_cost(np.log([signal, chosen]), eigenvalues, along**2)[0]
        self.log_marginal_likelihood_ = float(likelihood - len(targets) * math.log(self._scale))
        weights = 1.0 / (signal * eigenvalues + chosen)
        self._coefficients = signal * (vectors @ (weights * along))
        self._root = vectors * np.sqrt(weights)
        self._signal = signal
        return self

    def predict(
        self, X: ArrayLike, return_std: bool = False, return_cov: bool = False
    ) -> Array | tuple[Array, Array]:
        """Mean ``(M,)``, and on request standard deviation ``(M,)`` or covariance ``(M, M)`` of the function.

        The noise of a further measurement is not in them: add ``noise_variance_``.

        Raises:
            ArgumentError: Both are asked for.
        """
        if return_std and return_cov:
            raise ArgumentError("return_cov", "must be False where return_std is True", return_cov)
        rows = self._kernel_to_fit(X)
        mean = self._mean + self._scale * (rows @ self._coefficients)
        if not return_std and not return_cov:
            return mean
        explained = self._signal * (rows @ self._root)
        if return_cov:
            samples = np.asarray(X, dtype=np.float64)
            prior = self._signal * self.kernel_.matrix(samples)
            return mean, self._scale**2 * (prior - explained @ explained.T)
        own = self.kernel_.diagonal(np.asarray(X, dtype=np.float64))
        variance = self._signal * own - (explained**2).sum(axis=1)
        return mean, self._scale * np.sqrt(np.maximum(variance, 0.0))


def _cost(logs: Array, eigenvalues: Array, squares: Array) -> tuple[float, Array]:
    """Negative log marginal likelihood, and its slopes by the logarithms of both variances."""
    signal, noise = np.exp(logs)
    variances = signal * eigenvalues + noise
    count = len(eigenvalues)
    value = 0.5 * float((squares / variances).sum() + np.log(variances).sum() + count * math.log(2 * math.pi))
    by_variance = 0.5 * (1.0 / variances - squares / variances**2)
    return value, np.array([signal * (by_variance @ eigenvalues), noise * by_variance.sum()])


def _most_likely(eigenvalues: Array, squares: Array, log_noise: float | None) -> tuple[float, float]:
    """Signal and noise variance of highest marginal likelihood, from several starts."""
    bounds = BOUNDS if log_noise is None else (BOUNDS[0], (log_noise, log_noise))
    best = None
    for start in (-1.0, -4.0, -9.0):
        logs = np.array([0.0, start if log_noise is None else log_noise])
        found = scipy.optimize.minimize(
            _cost, logs, args=(eigenvalues, squares), jac=True, bounds=bounds, method="L-BFGS-B"
        )
        if best is None or found.fun < best.fun:
            best = found
    assert best is not None
    signal, noise = np.exp(best.x)
    return float(signal), float(noise)
