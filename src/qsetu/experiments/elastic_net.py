"""Elastic-net logistic regression with balanced classes, in a scaling where its solver converges."""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import check_is_fitted

__all__ = ["BalancedElasticNet"]


class BalancedElasticNet(ClassifierMixin, BaseEstimator):
    """``LogisticRegression(solver="saga", class_weight="balanced")``, rescaled.

    SAGA's step size in scikit-learn does not see class weights: a rare class with a weight far above
    1 makes it circle around the optimum forever. Dividing all weights by the largest and multiplying
    C by it states the same problem with weights up to 1, where the step size is safe.

    Args:
        C: Inverse regularization strength, above 0.
        l1_ratio: Share of the L1 penalty, 0 to 1.
        max_iter: Passes over the data at most; ConvergenceWarning when they do not suffice.
        random_state: Seed of the order of samples.

    Attributes:
        classes_: Class labels, ``(K,)``.
        model_: The fitted ``LogisticRegression``.
    """

    def __init__(
        self, C: float = 1.0, *, l1_ratio: float = 0.5, max_iter: int = 5000, random_state: Any = None
    ) -> None:
        self.C = C
        self.l1_ratio = l1_ratio
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> BalancedElasticNet:
        """Fit on samples ``(N, d)`` and labels ``(N,)``."""
        classes = np.unique(np.asarray(y))
        weights = compute_class_weight("balanced", classes=classes, y=np.asarray(y))
        largest = weights.max()
        # scikit-learn 1.8 made l1_ratio alone mean elastic net, and deprecated the name of the penalty.
        old = tuple(int(part) for part in sklearn.__version__.split(".")[:2]) < (1, 8)
        self.model_ = LogisticRegression(
            C=self.C * largest,
            l1_ratio=self.l1_ratio,
            solver="saga",
            max_iter=self.max_iter,
            class_weight=dict(zip(classes.tolist(), (weights / largest).tolist(), strict=True)),
            random_state=self.random_state,
            **({"penalty": "elasticnet"} if old else {}),
        ).fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Probability of each class, ``(N, K)``, classes being equally frequent."""
        check_is_fitted(self)
        return np.asarray(self.model_.predict_proba(X))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predicted labels, ``(N,)``."""
        check_is_fitted(self)
        return self.model_.predict(X)
