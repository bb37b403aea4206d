"""PIDC's edges put to a test: each gene predicted from the partners that they name."""

from __future__ import annotations

from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError

__all__ = ["PartnerLogistic"]


@final
class PartnerLogistic(BaseEstimator):
    """Logistic regression of each gene on the genes that PIDC ties to it most.

    PIDC gives edges and no probabilities. So that its choice of edges can be scored on cells it has not seen,
    each gene's state is predicted from its ``partners`` strongest partners alone.

    Args:
        partners: How many; all others where there are fewer.
        C: Inverse strength of the L2 penalty.

    Attributes:
        edges_: PIDC's, ``(G, G)``, symmetric.
        models_: A fitted regression, or a constant probability, for each gene.

    Reference: Chan, Stumpf and Babtie, Cell Systems 5, 251 (2017), for the edges.
    """

    def __init__(self, partners: int = 2, C: float = 1.0) -> None:
        self.partners = partners
        self.C = C

    def fit(self, X: ArrayLike, y: Any = None) -> PartnerLogistic:
        """Fit to cells ``(N, G)`` of 0 and 1: is gene g active in cell n; ``y`` is ignored.

        Raises:
            ArgumentError: A setting is out of range.
            ValueError: NaN, a wrong shape, or numbers other than 0 and 1.
        """
        from qsetu.problems.gene_network import PIDCNetwork

        count = as_int("partners", self.partners, 1)
        strength = as_float("C", self.C, low=0.0, open_low=True)
        cells = self._states(X, reset=True)
        self.edges_ = PIDCNetwork().fit(cells).edges_
        self.models_: list[tuple[NDArray[np.int64], Any]] = []
        states, numbers = np.unique(cells, axis=0, return_counts=True)  # few states, many cells
        for gene in range(cells.shape[1]):
            order = np.argsort(-self.edges_[gene], kind="stable")
            chosen = order[order != gene][:count]
            if np.ptp(states[:, gene]) == 0:
                self.models_.append((chosen, float(np.clip(states[0, gene], 1e-6, 1 - 1e-6))))
                continue
            model = LogisticRegression(C=strength).fit(
                states[:, chosen], states[:, gene] > 0, sample_weight=numbers
            )
            self.models_.append((chosen, model))
        return self

    def conditionals(self, X: ArrayLike) -> NDArray[np.float64]:
        """Probability that each gene is active, given its partners in the same cell, ``(N, G)``.

        Raises:
            ValueError: Not fitted, NaN, other genes than in training, or numbers other than 0 and 1.
        """
        check_is_fitted(self)
        cells = self._states(X, reset=False)
        found = np.empty(cells.shape)
        for gene, (chosen, model) in enumerate(self.models_):
            constant = isinstance(model, float)
            found[:, gene] = model if constant else model.predict_proba(cells[:, chosen])[:, 1]
        return found

    def _states(self, X: ArrayLike, *, reset: bool) -> NDArray[np.float64]:
        cells: NDArray[np.float64] = validate_data(self, X, reset=reset, dtype=np.float64)
        other = (cells != 0) & (cells != 1)
        if other.any():
            hint = 'The step "active" makes them of other numbers.'
            raise ArgumentError("X", "must hold only 0 and 1", float(cells[other][0]), hint)
        return cells
