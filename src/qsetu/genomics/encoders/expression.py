"""Expression: counts to log-normalized values, and the genes that vary most."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse
from sklearn.base import OneToOneFeatureMixin
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.sparsefuncs import mean_variance_axis
from sklearn.utils.validation import check_is_fitted

from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.genomics.encoders.base import TableEncoder

__all__ = ["HighVariance", "LogNormalizer"]


class LogNormalizer(OneToOneFeatureMixin, TableEncoder):
    """Counts of each cell to ``log(1 + count * target_sum / total)``: depth is taken out, large values are
    tamed.

    Each cell is normalized by its own total, so nothing is learned from other cells. A cell without any count
    stays a row of zeros. Sparse counts stay sparse.

    Args:
        target_sum: What every cell's counts are scaled to sum to, above 0.

    Raises:
        ArgumentError: (from ``fit`` and ``transform``) A count is negative.

    Reference: the usual normalization of single-cell counts, for example F. A. Wolf et al., Genome Biology
    19, 15 (2018), ``normalize_total`` then ``log1p``.

    Example:
        >>> from qsetu.genomics.encoders import LogNormalizer
        >>> LogNormalizer(target_sum=4).fit_transform([[1, 3], [0, 0]]).round(4)
        array([[0.6931, 1.3863],
               [0.    , 0.    ]])
    """

    _accept_sparse: ClassVar[bool] = True

    def __init__(self, target_sum: float = 1e4) -> None:
        self.target_sum = target_sum

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags

    def _check_settings(self) -> None:
        as_float("target_sum", self.target_sum, low=0.0, open_low=True)

    def _values(self, X: Any, reset: bool) -> Any:
        values = super()._values(X, reset)
        numbers: Any = values.data if hasattr(values, "indptr") else values
        if numbers.size and numbers.min() < 0:
            hint = "Are these z-scores or log ratios? They need no normalization."
            what = Said(f"Negative values in data passed to {type(self).__name__}: {numbers.min()}")
            raise ArgumentError("X", "must hold counts, which are not negative", what, hint)
        return values

    def _learn(self, values: Any) -> None:
        self.n_features_out_ = values.shape[1]

    def _encode(self, values: Any) -> Any:
        totals = np.asarray(values.sum(axis=1, dtype=np.float64)).reshape(-1)
        factors = (float(self.target_sum) / np.where(totals > 0, totals, 1.0)).astype(values.dtype)
        if not hasattr(values, "indptr"):
            return np.log1p(values * factors[:, None])
        numbers = np.log1p(values.data * np.repeat(factors, np.diff(values.indptr)))
        return csr_matrix((numbers, values.indices.copy(), values.indptr.copy()), shape=values.shape)


class HighVariance(TableEncoder, SelectorMixin):
    """The genes (columns) with the largest variance in training, in the order they came; of equal ones the
    first.

    Args:
        num_features: How many.

    Attributes:
        variances_: Variance of each column in training, float64 ``(d,)``.

    Example:
        >>> from qsetu.genomics.encoders import HighVariance
        >>> HighVariance(1).fit_transform([[0.0, 5.0], [1.0, 9.0]])
        array([[5.],
               [9.]])
    """

    _accept_sparse: ClassVar[bool] = True

    def __init__(self, num_features: int = 10) -> None:
        self.num_features = num_features

    def _check_settings(self) -> None:
        as_int("num_features", self.num_features, 1)

    def _learn(self, values: Any) -> None:
        if self.num_features > values.shape[1]:
            rule = f"must be at most the number of columns, {values.shape[1]}"
            raise ArgumentError("num_features", rule, self.num_features)
        if issparse(values):
            self.variances_ = mean_variance_axis(values, axis=0)[1].astype(np.float64)
        else:
            self.variances_ = values.var(axis=0, dtype=np.float64)
        self.n_features_out_ = int(self.num_features)

    def _encode(self, values: Any) -> Any:
        return values[:, np.flatnonzero(self._get_support_mask())]

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        mask = np.zeros(len(self.variances_), bool)
        mask[np.argsort(-self.variances_, kind="stable")[: self.n_features_out_]] = True
        return mask
