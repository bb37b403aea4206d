"""Correlation networks, and the logistic regression of each gene on the others."""

from __future__ import annotations

from typing import Any, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qsetu.core.checks import as_choice, as_float
from qsetu.problems.gene_network.base import GeneNetwork
from qsetu.problems.gene_network.states import distinct_rows

__all__ = ["METHODS", "CorrelationNetwork"]

Array = NDArray[np.float64]

METHODS = ("pearson", "partial")


@final
class CorrelationNetwork(GeneNetwork):
    """Correlations of which genes are active, or what is left of them given all other genes.

    Conditional probabilities come from a logistic regression of each gene on the others, which is the model
    whose pairs say the same: one number a pair.

    Args:
        method: "pearson", or "partial" for partial correlations given all other genes; 0 for a gene that
            they tell fully.
        C: Inverse strength of the logistic regressions' l2 penalty, above 0.
        alpha: Cells of either kind added for a gene that was always, or never, active, at least 0.
        binarize: None means that cells must be of 0 and 1; a number, that a gene above it is active.

    Attributes:
        edges_: Correlations, ``(G, G)``, symmetric; 0 for genes that never change.
        coef_: Of the logistic regressions, ``(G, G)``: row is the input, column the target.
        intercept_: ``(G,)``.
    """

    def __init__(
        self, *, method: str = "pearson", C: float = 1.0, alpha: float = 1.0, binarize: float | None = None
    ) -> None:
        self.method = method
        self.C = C
        self.alpha = alpha
        self.binarize = binarize

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Fit to cells ``(N, G)``: is gene g active in cell n; ``y`` is ignored.

        Raises:
            ValueError: NaN or a wrong shape, with scikit-learn's wording; numbers other than 0 and 1, unless
                ``binarize`` says what they mean; settings out of range.
        """
        method = as_choice("method", self.method, METHODS)
        strength = as_float("C", self.C, low=0.0, open_low=True)
        alpha = as_float("alpha", self.alpha, low=0.0)
        rows, counts, _ = distinct_rows(self._bits_to_learn(X).astype(np.float64))
        correlations = _correlations(rows, counts)
        self.edges_ = _partial(correlations) if method == "partial" else correlations
        np.fill_diagonal(self.edges_, 0.0)
        num_genes = rows.shape[1]
        self.coef_, self.intercept_ = np.zeros((num_genes, num_genes)), np.zeros(num_genes)
        for gene in range(num_genes):
            others = np.delete(np.arange(num_genes), gene)
            active = counts @ rows[:, gene]
            silent = counts.sum() - active
            if active and silent and len(others):
                weights, start = _logistic(rows[:, others], rows[:, gene], counts, strength)
                self.coef_[others, gene], self.intercept_[gene] = weights, start
            else:
                # What cannot be told from the others is as frequent as it was. With alpha 0: as good as sure.
                little = max(alpha, 1e-12)
                self.intercept_[gene] = np.log((active + little) / (silent + little))
        return self

    def conditionals(self, X: ArrayLike) -> Array:
        """Probability that each gene is active, given the OTHER genes of the same cell, ``(N, G)``."""
        from scipy.special import expit

        result: Array = expit(self.bits(X).astype(np.float64) @ self.coef_ + self.intercept_)
        return result


def _logistic(inputs: Array, wanted: Array, counts: Array, strength: float) -> tuple[Array, float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, tol=1e-8, max_iter=1000)
    model.fit(inputs, wanted, sample_weight=counts)
    return model.coef_[0], float(model.intercept_[0])


def _correlations(rows: Array, counts: Array) -> Array:
    """Pearson's, ``(G, G)``, with 1 on the diagonal of genes that change."""
    shares = counts / counts.sum()
    centered = rows - shares @ rows
    covariance = (centered * shares[:, None]).T @ centered
    spread = np.sqrt(covariance.diagonal())
    scale = np.outer(spread, spread)
    moving = spread > 1e-9  # of 0 and 1, anything below comes from rounding
    return np.clip(_over(covariance, scale, np.outer(moving, moving)), -1.0, 1.0)


def _partial(correlations: Array) -> Array:
    """Of every two genes, what is left once both are explained by all others as far as a line can."""
    num_genes = len(correlations)
    result = np.zeros((num_genes, num_genes))
    for i in range(num_genes):
        for j in range(i + 1, num_genes):
            both = np.array([i, j])
            rest = np.delete(np.arange(num_genes), both)
            pair, cross = correlations[np.ix_(both, both)], correlations[np.ix_(both, rest)]
            left = pair - cross @ np.linalg.pinv(correlations[np.ix_(rest, rest)], hermitian=True) @ cross.T
            # A gene that the others tell fully, such as one that is there twice, leaves rounding alone.
            if left[0, 0] > 1e-9 and left[1, 1] > 1e-9:
                result[i, j] = result[j, i] = left[0, 1] / np.sqrt(left[0, 0] * left[1, 1])
    return np.clip(result, -1.0, 1.0)


def _over(top: Array, bottom: Array, where: NDArray[np.bool_]) -> Array:
    return np.divide(top, bottom, out=np.zeros_like(top), where=where)
