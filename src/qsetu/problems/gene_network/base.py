"""What all networks share: cells in, edges and the probability of each gene given the others out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.core.checks import as_float
from qsetu.core.errors import ArgumentError
from qsetu.problems.gene_network.states import (
    MAX_GENES,
    as_bits,
    conditional_table,
    count_states,
    smoothed,
    state_numbers,
)

__all__ = ["GeneNetwork", "JointNetwork"]

Array = NDArray[np.float64]


class GeneNetwork(BaseEstimator, ABC):
    """A model of which genes are active together.

    Attributes:
        edges_: ``(G, G)``, diagonal 0: row is the regulator, column the target; symmetric where a method
            knows no direction.
    """

    edges_: Array

    @property
    def gives_probabilities(self) -> bool:
        """Whether ``conditionals`` has an answer; otherwise it is an error."""
        return True

    @abstractmethod
    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Fit to cells ``(N, G)``: is gene g active in cell n; ``y`` is ignored."""

    @abstractmethod
    def conditionals(self, X: ArrayLike) -> Array:
        """Probability that each gene is active, given the OTHER genes of the same cell, ``(N, G)``."""

    def bits(self, X: ArrayLike) -> NDArray[np.bool_]:
        """Cells ``(N, G)`` as this fitted network reads them: is the gene active?

        Raises:
            ValueError: Not fitted, NaN, or a wrong shape, with scikit-learn's wording; numbers other than
                0 and 1, unless ``binarize`` says what they mean.
        """
        check_is_fitted(self)
        return as_bits("X", validate_data(self, X, reset=False, dtype=np.float64), self._threshold())

    def _bits_to_learn(self, X: ArrayLike) -> NDArray[np.bool_]:
        return as_bits("X", validate_data(self, X, dtype=np.float64), self._threshold())

    def _threshold(self) -> Any:
        return getattr(self, "binarize", None)


class JointNetwork(DensityMixin, GeneNetwork):
    """A network that gives every state a probability.

    All of them are fitted to the same thing, the frequencies of the ``2^G`` states after ``alpha`` more cells
    in each (Laplace), so that a comparison is one of models. Up to 12 genes.

    Attributes:
        distribution_: Probabilities, ``(2^G,)``; bit g of an index is gene g.
    """

    distribution_: Array

    def __init__(self, *, alpha: float = 1.0, binarize: float | None = None) -> None:
        self.alpha = alpha
        self.binarize = binarize

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Fit to cells ``(N, G)`` of up to 12 genes: is gene g active in cell n; ``y`` is ignored.

        Raises:
            ValueError: NaN or a wrong shape, with scikit-learn's wording; numbers other than 0 and 1, unless
                ``binarize`` says what they mean; settings out of range.
        """
        bits = self._bits_to_learn(X)
        if bits.shape[1] > MAX_GENES:
            hint = "The model holds 2^G probabilities: choose genes, or use ForestNetwork or PIDCNetwork."
            raise ArgumentError("X", f"must have at most {MAX_GENES} genes", bits.shape[1], hint)
        alpha = as_float("alpha", self.alpha, low=0.0)
        self._learn(count_states(bits), alpha)
        return self

    @abstractmethod
    def _learn(self, counts: Array, alpha: float) -> None:
        """Set the fitted attributes from how many cells are in each state."""

    def conditionals(self, X: ArrayLike) -> Array:
        """Probability that each gene is active, given the OTHER genes of the same cell, ``(N, G)``.

        0.5 where the model holds the other genes' state for impossible.
        """
        states = state_numbers(self.bits(X))
        return conditional_table(self.distribution_)[states]

    def score_samples(self, X: ArrayLike) -> Array:
        """Logarithm (nats) of the probability of each cell's state, ``(N,)``; -inf where it cannot be."""
        states = state_numbers(self.bits(X))
        with np.errstate(divide="ignore"):
            return np.log(self.distribution_)[states]

    def score(self, X: ArrayLike, y: Any = None) -> float:
        """Mean log-likelihood of cells ``(N, G)``, nats; ``y`` is ignored."""
        return float(self.score_samples(X).mean())


def frequencies(counts: Array, alpha: float) -> tuple[Array, int]:
    """Smoothed frequencies ``(2^G,)`` and G."""
    return smoothed(counts, alpha), len(counts).bit_length() - 1
