"""Genomic best linear unbiased prediction: what breeders predict yields with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.core.checks import as_float
from qsetu.core.errors import ArgumentError
from qsetu.genomics.encoders import GenotypeEncoder

__all__ = ["GBLUP"]

Array = NDArray[np.float64]

# Variance ratios that are tried: from nearly all of the variance genetic to nearly none.
_LOG_RATIOS = np.linspace(np.log(1e-5), np.log(1e5), 101)


class GBLUP(RegressorMixin, BaseEstimator):
    """``y = mean + g + e`` with g of covariance ``G sigma_g^2`` between lines that share markers.

    G is VanRaden's first matrix ``Z Z^T / sum(c p (1 - p))`` for ploidy c, with Z the copies minus their mean
    ``c p`` in training. Missing calls get the mean; markers that do not vary in training count nothing. The
    same numbers come from ridge regression on Z with the penalty ``sum(c p (1 - p)) sigma_e^2 / sigma_g^2``.

    The ratio of variances is that of the largest restricted likelihood, for which one eigendecomposition of G
    is enough (EMMA): ratios from 1e-5 to 1e5 are tried, and the best of them is refined.

    Args:
        heritability: "reml", or a number above 0 and below 1: the share of g in the variance of training
            lines, ``d / (d + sigma_e^2 / sigma_g^2)`` with d the mean of G's diagonal (1 in Hardy-Weinberg
            equilibrium).
        ploidy: Copies a line has of each marker: 2, or 1 for inbred lines and haploid markers of 0 and 1.

    Attributes:
        heritability_: The share used; 0 where all of ``y`` are equal.
        variance_ratio_: sigma_e^2 / sigma_g^2; infinite where ``heritability_`` is 0.
        mean_: The mean.
        marker_effects_: What a copy adds, float64 ``(M,)``.
        relationships_: G of training lines, float64 ``(N, N)``.

    References: P. M. VanRaden, Journal of Dairy Science 91, 4414 (2008); H. M. Kang et al., Genetics 178,
    1709 (2008).

    Example:
        >>> import numpy as np
        >>> from qsetu.experiments.baselines import GBLUP
        >>> X = np.random.default_rng(0).integers(0, 3, (60, 20))
        >>> y = X[:, :3].sum(axis=1).astype(float)
        >>> model = GBLUP().fit(X[:40], y[:40])
        >>> bool(np.corrcoef(model.predict(X[40:]), y[40:])[0, 1] > 0.9)
        True
    """

    def __init__(self, heritability: str | float = "reml", *, ploidy: int = 2) -> None:
        self.heritability = heritability
        self.ploidy = ploidy

    def fit(self, X: Any, y: ArrayLike) -> GBLUP:
        """Learn from genotypes ``(N, M)``, -1 or NaN where missing, and numbers ``(N,)``.

        Raises:
            ArgumentError: A setting or a genotype is out of range, or no marker varies.
            ValueError: The table has a wrong shape or type, with scikit-learn's wording.
        """
        fixed = None if isinstance(self.heritability, str) else self._share()
        if fixed is None and self.heritability != "reml":
            raise ArgumentError("heritability", 'must be "reml" or a number', self.heritability)
        values, numbers = validate_data(
            self,
            X,
            y,
            dtype=np.float64,
            y_numeric=True,
            ensure_all_finite="allow-nan",
            ensure_min_samples=2,
        )
        numbers = numbers.astype(np.float64)
        self._encoder = GenotypeEncoder(ploidy=self.ploidy).fit(values)
        centered = self._centered(values)
        unit = float((self._encoder.deviations_**2).sum())
        if not centered.any():
            raise ArgumentError("X", "must have a marker that varies", values)
        self.relationships_ = centered @ centered.T / unit
        depth = float(np.trace(self.relationships_)) / len(values)
        if fixed is None:
            self.variance_ratio_ = _reml_ratio(self.relationships_, numbers)
            self.heritability_ = depth / (depth + self.variance_ratio_)
        else:
            self.variance_ratio_, self.heritability_ = depth * (1 - fixed) / fixed, fixed
        # Rows of G sum to 0, as markers are centered, so generalized least squares finds the plain mean.
        self.mean_ = float(numbers.mean())
        if not np.isfinite(self.variance_ratio_):
            self.marker_effects_ = np.zeros(centered.shape[1])
            return self
        covariance = self.relationships_ + self.variance_ratio_ * np.eye(len(values))
        self.marker_effects_ = centered.T @ np.linalg.solve(covariance, numbers - self.mean_) / unit
        return self

    def predict(self, X: Any) -> Array:
        """Predicted numbers, float64 ``(N,)``, of genotypes ``(N, M)``."""
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")
        return self.mean_ + self._centered(values) @ self.marker_effects_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True  # but for -1, the code of a missing call
        tags.input_tags.allow_nan = True
        return tags

    def _share(self) -> float:
        found = as_float("heritability", self.heritability, low=0.0, high=1.0, open_low=True)
        if found == 1:
            raise ArgumentError("heritability", "must be below 1", self.heritability)
        return found

    def _centered(self, values: Array) -> Array:
        """Copies minus their mean in training; 0 for missing calls."""
        found: Array = self._encoder.transform(values) - self._encoder.means_
        return found


def _reml_ratio(relationships: Array, numbers: Array) -> float:
    """sigma_e^2 / sigma_g^2 of the largest restricted likelihood; infinite where nothing varies.

    In the space without the mean, of dimension n = N - 1, the covariance has the eigenvalues ``v_s + r``, and
    the likelihood of the ratio r is, with sigma_g^2 at its best, ``-(n log(sum t_s^2 / (v_s + r)) + sum
    log(v_s + r)) / 2`` up to a constant, with t the numbers in the eigenvectors' coordinates.
    """
    count = len(numbers)
    middle = numbers - numbers.mean()
    if np.ptp(numbers) == 0 or count < 3:
        return np.inf
    # The mean is an eigenvector of value 0, perhaps one of many; moved down, it is the first, and is dropped.
    eigenvalues, vectors = np.linalg.eigh(relationships - 1 / count)
    eigenvalues, turned = np.maximum(eigenvalues[1:], 0.0), (vectors[:, 1:].T @ middle) ** 2

    def loss(log_ratio: float) -> float:
        scales = eigenvalues + np.exp(log_ratio)
        return float((count - 1) * np.log((turned / scales).sum()) + np.log(scales).sum())

    tried = [loss(one) for one in _LOG_RATIOS]
    best = int(np.argmin(tried))
    low, high = _LOG_RATIOS[max(best - 1, 0)], _LOG_RATIOS[min(best + 1, len(tried) - 1)]
    refined = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(refined.x if refined.fun < tried[best] else _LOG_RATIOS[best]))
