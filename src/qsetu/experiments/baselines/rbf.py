"""The RBF kernel with a width in units of the data: the control that stands beside every quantum kernel."""

from __future__ import annotations

from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.kernel_ridge import KernelRidge
from sklearn.svm import SVC
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.core.checks import as_float

__all__ = ["ScaledRBFRidge", "ScaledRBFSVC"]


@final
class ScaledRBFSVC(ClassifierMixin, BaseEstimator):
    """``SVC`` with balanced classes and ``gamma = width / (d * variance)``.

    A control must be strong whatever the features are: amplitudes of a picture have a variance of 1e-4, and a
    grid of gammas made for scaled features would make a straw man of it there.

    Args:
        C: Inverse regularization strength, above 0.
        width: Gamma in units of scikit-learn's "scale", above 0.

    Attributes:
        classes_: Class labels, ``(K,)``.
        gamma_: Gamma that was used.
    """

    def __init__(self, C: float = 1.0, *, width: float = 1.0) -> None:
        self.C = C
        self.width = width

    def fit(self, X: ArrayLike, y: ArrayLike) -> ScaledRBFSVC:
        """Fit to samples ``(N, d)`` and labels ``(N,)``."""
        samples, labels = validate_data(self, X, y, dtype=np.float64)
        strength = as_float("C", self.C, low=0.0, open_low=True)
        self.gamma_ = _gamma(samples, self.width)
        self._machine = SVC(C=strength, gamma=self.gamma_, class_weight="balanced").fit(samples, labels)
        self.classes_ = self._machine.classes_
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predicted labels, ``(N,)``."""
        check_is_fitted(self)
        return np.asarray(self._machine.predict(validate_data(self, X, reset=False, dtype=np.float64)))

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Signed distance to the border, ``(N,)`` for two classes, else ``(N, K)``."""
        check_is_fitted(self)
        samples = validate_data(self, X, reset=False, dtype=np.float64)
        return np.asarray(self._machine.decision_function(samples))


@final
class ScaledRBFRidge(RegressorMixin, BaseEstimator):
    """``KernelRidge`` with ``gamma = width / (d * variance)``; see :class:`ScaledRBFSVC`.

    Args:
        alpha: Regularization strength, above 0.
        width: Gamma in units of scikit-learn's "scale", above 0.

    Attributes:
        gamma_: Gamma that was used.
    """

    def __init__(self, alpha: float = 1.0, *, width: float = 1.0) -> None:
        self.alpha = alpha
        self.width = width

    def fit(self, X: ArrayLike, y: ArrayLike) -> ScaledRBFRidge:
        """Fit to samples ``(N, d)`` and numbers ``(N,)``."""
        samples, target = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        alpha = as_float("alpha", self.alpha, low=0.0, open_low=True)
        self.gamma_ = _gamma(samples, self.width)
        self._machine = KernelRidge(alpha=alpha, kernel="rbf", gamma=self.gamma_).fit(samples, target)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Predicted numbers, ``(N,)``."""
        check_is_fitted(self)
        return np.asarray(self._machine.predict(validate_data(self, X, reset=False, dtype=np.float64)))


def _gamma(samples: NDArray[np.float64], width: float) -> float:
    unit = as_float("width", width, low=0.0, open_low=True)
    variance = float(samples.var())
    return unit / (samples.shape[1] * variance) if variance > 0 else unit
