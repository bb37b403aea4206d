"""Nearest shrunken centroid (PAM): the classic of gene expression, which chooses its genes by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.core.checks import as_choice, as_float, as_float_array
from qsetu.core.errors import ArgumentError, Said
from qsetu.experiments.baselines.classes import as_decisions, read_classes, shares_of_scores

__all__ = ["NearestShrunkenCentroid"]


class NearestShrunkenCentroid(ClassifierMixin, BaseEstimator):
    """The class with the nearest mean, after means are moved toward the overall mean until few genes differ.

    With s the pooled deviation of a gene within classes and s_0 the median of all s, the mean of class k is
    ``m + m_k (s + s_0) d`` for the overall mean m and ``m_k = sqrt(1 / n_k - 1 / n)``. The threshold is taken
    off the size of every d, down to 0. Distances are measured in units of ``s + s_0``, and a class scores
    ``log prior - distance^2 / 2``.

    This is not scikit-learn's ``NearestCentroid(shrink_threshold=...)``: that one (1.9) predicts by plain
    distances, or with priors by distances in units of s, without s_0.

    Args:
        threshold: What is taken off, at least 0; 0 keeps all genes.
        priors: "balanced": classes are equally frequent. "empirical": as frequent as in training. Or
            probabilities ``(K,)`` above 0, in the order of ``classes_``, that sum to 1.

    Attributes:
        classes_: Labels, sorted, ``(K,)``.
        centroids_: Means after shrinking, float64 ``(K, d)``.
        scales_: ``s + s_0``, float64 ``(d,)``. If more than half of all s are 0, s_0 is the median of the
            others, and 1 if there are none.
        deviations_: d after shrinking, float64 ``(K, d)``.
        selected_: Which genes differ between classes after shrinking, bool ``(d,)``.
        priors_: Probability of each class, float64 ``(K,)``.

    Reference: R. Tibshirani, T. Hastie, B. Narasimhan, G. Chu, Proceedings of the National Academy of
    Sciences 99, 6567 (2002).

    Example:
        >>> from qsetu.experiments.baselines import NearestShrunkenCentroid
        >>> X = [[0, 5], [1, 6], [0, 7], [9, 6], [8, 7], [9, 5]]
        >>> model = NearestShrunkenCentroid(threshold=2).fit(X, ["a"] * 3 + ["b"] * 3)
        >>> model.selected_, model.predict([[2, 9]])
        (array([ True, False]), array(['a'], dtype='<U1'))
    """

    classes_: NDArray[Any]

    def __init__(self, threshold: float = 1.0, *, priors: str | ArrayLike = "balanced") -> None:
        self.threshold = threshold
        self.priors = priors

    def fit(self, X: ArrayLike, y: Any) -> NearestShrunkenCentroid:
        """Learn from samples ``(N, d)`` and labels ``(N,)``.

        Raises:
            ArgumentError: A setting is out of range, or there are no more samples than classes.
            ValueError: The table has a wrong shape or type, with scikit-learn's wording.
        """
        less = as_float("threshold", self.threshold, low=0.0)
        values, labels = validate_data(self, X, y, dtype=np.float64)
        classes, codes = read_classes(labels, len(values))
        sizes = np.bincount(codes)
        number = len(values)
        if number <= len(classes):
            rule = "must hold more samples than classes: deviations within classes are measured"
            raise ArgumentError("X", rule, Said(f"{number} samples of {len(classes)} classes"))
        self.priors_ = self._read_priors(sizes)
        means = np.stack([values[codes == one].mean(axis=0) for one in range(len(classes))])
        overall = values.mean(axis=0)
        pooled = np.sqrt(((values - means[codes]) ** 2).sum(axis=0) / (number - len(classes)))
        self.scales_ = pooled + _middle(pooled)
        spread = np.sqrt(1 / sizes - 1 / number)[:, None] * self.scales_
        away = (means - overall) / spread
        self.deviations_ = np.sign(away) * np.maximum(np.abs(away) - less, 0.0)
        self.centroids_ = overall + spread * self.deviations_
        self.selected_ = self.deviations_.any(axis=0)
        self.classes_ = classes
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predicted labels ``(N,)`` of samples ``(N, d)``."""
        found = self._scores(X)
        return self.classes_[found.argmax(axis=1)]

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Probability of each class, float64 ``(N, K)``."""
        return shares_of_scores(self._scores(X))

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Scores, float64 ``(N, K)``; of two classes, by how much the second is ahead, ``(N,)``."""
        return as_decisions(self._scores(X))

    def _scores(self, X: ArrayLike) -> NDArray[np.float64]:
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, dtype=np.float64) / self.scales_
        distances = [((values - one) ** 2).sum(axis=1) for one in self.centroids_ / self.scales_]
        return np.log(self.priors_) - np.stack(distances, axis=1) / 2

    def _read_priors(self, sizes: NDArray[np.int64]) -> NDArray[np.float64]:
        number = len(sizes)
        if isinstance(self.priors, str):
            as_choice("priors", self.priors, ("balanced", "empirical"))
            return sizes / sizes.sum() if self.priors == "empirical" else np.full(number, 1 / number)
        found = as_float_array("priors", self.priors, f"({number},)")
        if found.shape != (number,) or (found <= 0).any() or abs(found.sum() - 1) > 1e-9:
            rule = f"must be {number} probabilities above 0, one a class, that sum to 1"
            raise ArgumentError("priors", rule, self.priors)
        return found


def _middle(pooled: NDArray[np.float64]) -> float:
    found = float(np.median(pooled))
    above = pooled[pooled > 0]
    return found or (float(np.median(above)) if len(above) else 1.0)
