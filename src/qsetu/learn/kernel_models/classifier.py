"""A support vector machine on a quantum kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.svm import SVC
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from qsetu.core.checks import as_float
from qsetu.learn.kernel_models.base import KernelModel
from qsetu.learn.kernels import QuantumKernel

__all__ = ["QuantumKernelClassifier"]


class QuantumKernelClassifier(ClassifierMixin, KernelModel):
    """Support vector classifier on a quantum kernel; any number of classes.

    Args:
        kernel: A quantum kernel; None means ``FidelityKernel("zz", bandwidth=0.2)``, which suits
            standardized features. Its settings are tuned as ``kernel__bandwidth``,
            ``kernel__feature_map`` and so on.
        C: Inverse regularization strength, above 0.
        class_weight: None, "balanced", or a mapping from class to weight, as in scikit-learn's SVC.

    Attributes:
        classes_: Class labels, ``(K,)``.
        kernel_: The kernel used.
        X_fit_: Training samples, ``(N, d)``.
        svc_: The fitted ``sklearn.svm.SVC`` on the precomputed kernel.
        repair_: What was done to a matrix of shots or noise; None for an exact kernel.

    Example:
        >>> from sklearn.datasets import make_moons
        >>> from qsetu.learn import FidelityKernel, QuantumKernelClassifier
        >>> X, y = make_moons(60, noise=0.1, random_state=0)
        >>> model = QuantumKernelClassifier(FidelityKernel("zz", bandwidth=0.4), C=10).fit(X, y)
        >>> bool(model.score(X, y) > 0.9)
        True
    """

    def __init__(
        self,
        kernel: QuantumKernel | None = None,
        *,
        C: float = 1.0,
        class_weight: Any = None,
    ) -> None:
        self.kernel = kernel
        self.C = C
        self.class_weight = class_weight

    def fit(self, X: ArrayLike, y: ArrayLike) -> QuantumKernelClassifier:
        """Fit on samples ``(N, d)`` and labels ``(N,)`` of any type.

        Raises:
            ValueError: NaN, one class only, or shapes that do not agree; scikit-learn's wording.
        """
        samples, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        penalty = as_float("C", self.C, low=0.0, open_low=True)
        if len(np.unique(labels)) < 2:
            raise ValueError(f"The data hold 1 class, {labels.tolist()[0]!r}; a classifier needs at least 2.")
        # Ties broken: what is predicted is what decision_function says, with many classes too.
        self.svc_ = SVC(kernel="precomputed", C=penalty, class_weight=self.class_weight, break_ties=True)
        self.svc_.fit(self._training_kernel(samples, labels), labels)
        self.classes_ = self.svc_.classes_
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predicted labels, ``(N,)``."""
        kernel = self._kernel_to_fit(X)
        return self.svc_.predict(kernel)

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Signed distances, ``(N,)`` for two classes, ``(N, K)`` for more."""
        kernel = self._kernel_to_fit(X)
        return self.svc_.decision_function(kernel)
