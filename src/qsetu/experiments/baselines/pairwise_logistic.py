"""Logistic regression on variants and products of two of them: the statistician's model of epistasis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.core.checks import as_float, as_int
from qsetu.experiments.baselines.classes import read_classes
from qsetu.experiments.elastic_net import BalancedElasticNet
from qsetu.genomics.encoders import GenotypeEncoder

__all__ = ["PairwiseLogistic"]

Array = NDArray[np.float64]

# Entries of the tables of pairs that are worked on at once.
_BLOCK = 2**22


class PairwiseLogistic(ClassifierMixin, BaseEstimator):
    """Additive terms of all variants and products of pairs, penalized; classes count alike.

    Missing calls get the variant's mean. Variants are standardized, then multiplied, and the products
    standardized again; all that from training. Where there are more than ``max_pairs`` pairs, those are kept
    that improve the additive model most, by the score statistic of each alone: no pair is fitted for that,
    and labels of test samples are never seen, as it happens inside ``fit``.

    A product of copies bends in one way only. Epistasis of heterozygotes against both homozygotes is hidden
    from it; MultifactorDimensionalityReduction sees any.

    Args:
        C: Inverse strength of the penalty, above 0.
        l1_ratio: Share of the L1 penalty, 0 (ridge) to 1; above 0 it is an elastic net, which takes longer.
        max_pairs: Most products, 0 or more; 0 leaves the additive model.
        max_markers: Most variants, those of the largest score statistics alone, 1 or more; None for all. It
            loses pairs whose variants tell nothing alone.
        ploidy: Copies a person has of each variant: 2, or 1 for inbred lines and haploid genomes.
        max_iter: Most steps of the solver; ConvergenceWarning when they do not suffice.
        random_state: Seed of the elastic net's order of samples.

    Attributes:
        classes_: Labels, sorted, ``(K,)``.
        markers_: Columns of the variants used, int64 ``(m,)``, ascending.
        pairs_: Columns of the two variants of each product, int64 ``(P, 2)``, ascending.
        model_: The fitted regression on ``m + P`` terms.
        n_iter_: Steps that its solver took.

    References: H. J. Cordell, Nature Reviews Genetics 10, 392 (2009); elastic net: H. Zou, T. Hastie, Journal
    of the Royal Statistical Society B 67, 301 (2005).

    Example:
        >>> import numpy as np
        >>> from qsetu.experiments.baselines import PairwiseLogistic
        >>> X = np.random.default_rng(0).integers(0, 3, (200, 6))
        >>> y = (X[:, 1] - 1) * (X[:, 4] - 1) > 0
        >>> PairwiseLogistic(max_pairs=1).fit(X, y).pairs_
        array([[1, 4]])
    """

    classes_: NDArray[Any]

    def __init__(
        self,
        C: float = 0.1,
        *,
        l1_ratio: float = 0.5,
        max_pairs: int = 100,
        max_markers: int | None = None,
        ploidy: int = 2,
        max_iter: int = 2000,
        random_state: Any = 0,
    ) -> None:
        self.C = C
        self.l1_ratio = l1_ratio
        self.max_pairs = max_pairs
        self.max_markers = max_markers
        self.ploidy = ploidy
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> PairwiseLogistic:
        """Choose terms and learn from genotypes ``(N, M)``, -1 or NaN where missing, and labels ``(N,)``.

        Raises:
            ArgumentError: A setting or a genotype is out of range, or there are fewer than two classes.
            ValueError: The table has a wrong shape or type, with scikit-learn's wording.
        """
        as_float("C", self.C, low=0.0, open_low=True)
        as_float("l1_ratio", self.l1_ratio, low=0.0, high=1.0)
        as_int("max_iter", self.max_iter, 1)
        most = as_int("max_pairs", self.max_pairs, 0)
        values, labels = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
        classes, codes = read_classes(labels, len(values))
        self._encoder = GenotypeEncoder(ploidy=self.ploidy).fit(values)
        filled = self._encoder.transform(values)
        self._means, self._scales = filled.mean(axis=0), _deviations(filled)
        scaled = (filled - self._means) / self._scales
        truth, weights = np.eye(len(classes))[codes], compute_sample_weight("balanced", codes)
        self.markers_ = np.arange(scaled.shape[1])
        if self.max_markers is not None:
            wanted = as_int("max_markers", self.max_markers, 1)
            rest = weights[:, None] * (truth - 1 / len(classes))
            score = _statistics(scaled, np.ones((len(scaled), 1)), rest)[:, 0]
            self.markers_ = np.sort(np.argsort(-score, kind="stable")[:wanted])
        used = scaled[:, self.markers_]
        number = used.shape[1]
        if number * (number - 1) // 2 <= most:
            pairs = np.stack(np.triu_indices(number, 1), axis=1)
        elif most == 0:
            pairs = np.zeros((0, 2), np.int64)
        else:
            shares = self._regression(used, codes).predict_proba(used)
            pairs = _best_pairs(used, weights[:, None] * (truth - shares), most)
        self.pairs_ = self.markers_[pairs]
        products = self._multiplied(scaled)
        self._product_means, self._product_scales = products.mean(axis=0), _deviations(products)
        self.model_ = self._regression(self._terms(scaled), codes)
        self.n_iter_ = int(np.max(self.model_.n_iter_))
        self.classes_ = classes
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predicted labels ``(N,)`` of genotypes ``(N, M)``."""
        check_is_fitted(self)
        return self.classes_[self.model_.predict(self._read(X))]

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, float64 ``(N, K)``."""
        check_is_fitted(self)
        return self.model_.predict_proba(self._read(X))

    def decision_function(self, X: Any) -> Array:
        """Scores, float64 ``(N, K)``; of two classes, by how much the second is ahead, ``(N,)``."""
        check_is_fitted(self)
        return self.model_.decision_function(self._read(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True  # but for -1, the code of a missing call
        tags.input_tags.allow_nan = True
        return tags

    def _read(self, X: Any) -> Array:
        values = validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")
        return self._terms((self._encoder.transform(values) - self._means) / self._scales)

    def _terms(self, scaled: Array) -> Array:
        products = (self._multiplied(scaled) - self._product_means) / self._product_scales
        return np.hstack([scaled[:, self.markers_], products])

    def _multiplied(self, scaled: Array) -> Array:
        return scaled[:, self.pairs_[:, 0]] * scaled[:, self.pairs_[:, 1]]

    def _regression(self, terms: Array, codes: NDArray[np.int64]) -> Any:
        if self.l1_ratio > 0:
            net = BalancedElasticNet(
                self.C, l1_ratio=self.l1_ratio, max_iter=self.max_iter, random_state=self.random_state
            )
            return net.fit(terms, codes).model_
        model = LogisticRegression(C=self.C, class_weight="balanced", max_iter=self.max_iter)
        return model.fit(terms, codes)


def _deviations(values: Array) -> Array:
    """Standard deviation of each column; 1 where nothing varies, so that it gives zeros."""
    same = np.ptp(values, axis=0) == 0
    return np.where(same, 1.0, values.std(axis=0))


def _statistics(one: Array, other: Array, rest: Array) -> Array:
    """Score statistics ``(p, q)`` of all products of a column of ``one`` and one of ``other``.

    For the products d and what is left of a class, r: ``(sum r d)^2 / sum r^2 (d - mean of d)^2``, with the
    mean weighted by r^2, summed over classes; the variance is the robust one.
    """
    found = np.zeros((one.shape[1], other.shape[1]))
    for left in rest.T:
        square = left**2
        along = (one * left[:, None]).T @ other
        second = (one**2 * square[:, None]).T @ other**2
        first = (one * square[:, None]).T @ other
        variance = second - first**2 / max(square.sum(), np.finfo(float).tiny)
        # Where a product does not vary, it is rounding over rounding.
        found += np.where(variance > 1e-9 * second, along**2 / np.where(variance > 0, variance, 1.0), 0.0)
    return found


def _best_pairs(scaled: Array, rest: Array, most: int) -> NDArray[np.int64]:
    """The ``most`` pairs of columns with the largest statistics, ascending, ``(most, 2)``."""
    number = scaled.shape[1]
    kept, values = np.zeros((0, 2), np.int64), np.zeros(0)
    step = max(1, _BLOCK // number)
    for first in range(0, number, step):
        block = np.arange(first, min(first + step, number))
        found = _statistics(scaled[:, block], scaled[:, first:], rest)
        rows, columns = np.nonzero(block[:, None] < np.arange(first, number))
        kept = np.vstack([kept, np.stack([rows, columns], axis=1) + first])
        values = np.concatenate([values, found[rows, columns]])
        order = np.argsort(-values, kind="stable")[:most]
        kept, values = kept[order], values[order]
    return kept[np.lexsort((kept[:, 1], kept[:, 0]))]
