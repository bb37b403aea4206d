"""Selection of columns that never asks for more than there are: by F value, or evenly."""

from __future__ import annotations

from typing import Any, Literal, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin, f_classif, f_regression
from sklearn.utils.validation import check_is_fitted, check_X_y

__all__ = ["AtMostKBest", "Thinned"]


@final
class AtMostKBest(SelectorMixin, BaseEstimator):
    """Keep the ``keep`` features with the highest F value; ties by position, all where there are fewer.

    A feature that does not vary carries no information: its F is 0 (scikit-learn's is NaN, with a warning).

    Args:
        keep: Number of features.
        task: "classification" (ANOVA F) or "regression" (F of the correlation).

    Attributes:
        scores_: F of each feature, ``(d,)``.
    """

    def __init__(self, keep: int, task: Literal["classification", "regression"] = "classification") -> None:
        self.keep = keep
        self.task = task

    def fit(self, X: ArrayLike, y: ArrayLike) -> AtMostKBest:
        """Score features ``(N, d)`` against labels or numbers ``(N,)``."""
        values, target = check_X_y(X, y, dtype=[np.float64, np.float32])
        self.n_features_in_ = values.shape[1]
        score = f_classif if self.task == "classification" else f_regression
        varying = np.ptp(values, axis=0) > 0
        self.scores_ = np.zeros(values.shape[1])
        if varying.any():
            with np.errstate(divide="ignore", invalid="ignore"):
                found = score(values[:, varying], target)[0]
            # Perfect separation is infinite, which is more than anything.
            self.scores_[varying] = np.nan_to_num(found, nan=0.0, posinf=np.finfo(np.float64).max)
        return self

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        mask = np.zeros(len(self.scores_), dtype=bool)
        mask[np.argsort(-self.scores_, kind="stable")[: self.keep]] = True
        return mask

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


@final
class Thinned(SelectorMixin, BaseEstimator):
    """Keep ``keep`` columns, evenly over all of them: neighboring variants tell much the same.

    Args:
        keep: Number of columns; all where there are fewer.
    """

    def __init__(self, keep: int) -> None:
        self.keep = keep

    def fit(self, X: Any, y: Any = None) -> Thinned:
        """Count the columns of ``(N, M)``; nothing else is looked at."""
        self.n_features_in_ = np.shape(X)[1]
        return self

    def transform(self, X: Any) -> Any:
        """The chosen columns, of the type they had."""
        check_is_fitted(self, "n_features_in_")
        return np.asarray(X)[:, self._get_support_mask()]

    def _get_support_mask(self) -> NDArray[np.bool_]:
        mask = np.zeros(self.n_features_in_, dtype=bool)
        count = min(self.keep, self.n_features_in_)
        mask[np.linspace(0, self.n_features_in_ - 1, count).round().astype(int)] = True
        return mask
