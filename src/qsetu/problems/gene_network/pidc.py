"""PIDC: how much of what two genes tell about each other no third gene tells."""

from __future__ import annotations

from typing import Any, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.core.checks import as_choice, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.problems.gene_network.base import GeneNetwork
from qsetu.problems.gene_network.states import distinct_rows

__all__ = ["WEIGHTS", "PIDCNetwork", "unique_contribution"]

Array = NDArray[np.float64]

WEIGHTS = ("confidence", "puc")


@final
class PIDCNetwork(GeneNetwork):
    """Partial information decomposition and context (Chan, Stumpf and Babtie 2017).

    The proportional unique contribution of genes X and Y is the share of their mutual information that is
    unique, in both directions, summed over all third genes Z:
    ``sum_Z (U_Z(X; Y) + U_Z(Y; X)) / I(X; Y)``, where ``U_Z(X; Y) = I(X; Y) - R(Y; X, Z)`` and redundancy R
    is that of Williams and Beer (arXiv:1004.2515). Its confidence is ``F_X + F_Y``, where F_X is the share of
    the scores of X with any gene that are no higher (the empirical distribution function; implementations
    also fit a gamma distribution, which takes more genes than a handful), and 0 where the contribution is 0.

    Probabilities are shares of cells (maximum likelihood). Genes with no mutual information have no unique
    share of it either: their contribution is 0.

    Args:
        bins: None means that cells are of levels already, whole numbers from 0 such as 0 and 1; a number,
            that each gene is cut into so many intervals of equal width. From 2.
        weights: "confidence", or "puc" for the contributions themselves.

    Attributes:
        edges_: ``(G, G)``, symmetric, at least 0.
        puc_: Proportional unique contributions, ``(G, G)``, from 0 to ``2 (G - 2)``.

    References: Chan, Stumpf and Babtie, Cell Systems 5, 251 (2017).
    """

    def __init__(self, *, bins: int | None = None, weights: str = "confidence") -> None:
        self.bins = bins
        self.weights = weights

    @property
    def gives_probabilities(self) -> bool:
        """False."""
        return False

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Fit to cells ``(N, G)``, of at least 2 genes; ``y`` is ignored.

        Raises:
            ValueError: NaN or a wrong shape, with scikit-learn's wording; numbers that are not levels, while
                ``bins`` is None; settings out of range.
        """
        as_choice("weights", self.weights, WEIGHTS)
        values = validate_data(self, X, dtype=np.float64, ensure_min_features=2)
        rows, counts, _ = distinct_rows(self._levels(values))
        self.puc_ = unique_contribution(rows, counts / counts.sum())
        self.edges_ = self.puc_.copy() if self.weights == "puc" else _confidence(self.puc_)
        return self

    def conditionals(self, X: ArrayLike) -> Array:
        """PIDC gives edges and no probabilities: always an error.

        Raises:
            ArgumentError: Always.
        """
        check_is_fitted(self)
        hint = "Compare its edges_, by edge_stability and edge_agreement."
        raise ArgumentError("network", "must give probabilities", Said("PIDCNetwork: edges only"), hint)

    def _levels(self, values: Array) -> NDArray[np.intp]:
        if self.bins is not None:
            bins = as_int("bins", self.bins, 2)
            low, width = values.min(axis=0), np.ptp(values, axis=0)
            shares = np.divide(values - low, width, out=np.zeros_like(values), where=width > 0)
            return np.minimum((shares * bins).astype(np.intp), bins - 1)
        wrong = (values < 0) | (values != np.floor(values)) | (values > 255)
        if wrong.any():
            hint = "Set bins to a number of intervals to cut each gene into."
            rule = "must hold levels, whole numbers from 0 to 255"
            raise ArgumentError("X", rule, float(values[wrong][0]), hint)
        return values.astype(np.intp)


def unique_contribution(rows: NDArray[np.intp], weights: Array) -> Array:
    """Proportional unique contribution of every two genes, ``(G, G)``.

    Args:
        rows: Distinct cells by their levels, ``(U, G)``.
        weights: Share of cells in each, ``(U,)``.
    """
    num_genes, levels = rows.shape[1], int(rows.max()) + 1
    specific = _specific_information(rows, weights, levels)
    shares = np.stack([np.bincount(rows[:, g], weights, levels) for g in range(num_genes)])
    information = np.einsum("tsl,tl->ts", specific, shares)
    puc = np.zeros((num_genes, num_genes))
    for target in range(num_genes):
        about = specific[target]
        # least[a, b] is the redundancy of a and b about the target.
        least = np.einsum("abl,l->ab", np.minimum(about[:, None], about[None]), shares[target])
        unique = information[target][:, None] - least
        # One of the two as the third gene adds 0: what it tells is told twice.
        total = unique.sum(axis=1)
        # Rounding alone makes 1e-17 of independent genes, and a share of that would mean nothing.
        known = information[target] > 1e-12
        puc[:, target] = np.divide(total, information[target], out=np.zeros(num_genes), where=known)
    np.fill_diagonal(puc, 0.0)
    both: Array = np.maximum(puc + puc.T, 0.0)
    return both


def _specific_information(rows: NDArray[np.intp], weights: Array, levels: int) -> Array:
    """``I(T = t; S) = sum_s p(s | t) log(p(t | s) / p(t))``, nats ``(T, S, t)``."""
    num_genes = rows.shape[1]
    result = np.zeros((num_genes, num_genes, levels))
    for t in range(num_genes):
        for s in range(num_genes):
            joint = np.bincount(rows[:, t] * levels + rows[:, s], weights, levels**2).reshape(levels, levels)
            by_target = joint.sum(axis=1, keepdims=True)
            apart = by_target * joint.sum(axis=0)
            ratio = np.divide(joint, apart, out=np.ones_like(joint), where=joint > 0)
            given = np.divide(joint, by_target, out=np.zeros_like(joint), where=by_target > 0)
            result[t, s] = (given * np.log(ratio)).sum(axis=1)
    return result


def _confidence(puc: Array) -> Array:
    """``F_X + F_Y`` of each pair's score among those of X and those of Y."""
    num_genes = len(puc)
    apart = ~np.eye(num_genes, dtype=bool)
    # At [x, y, z]: is the score of x and z no higher than that of x and y?
    no_higher = puc[:, None, :] <= puc[:, :, None] + 1e-12
    share = (no_higher & apart[:, None, :]).sum(axis=2) / (num_genes - 1)
    # A score of 0 is no evidence, however many others are 0 too.
    result: Array = np.where(apart & (puc > 0), share + share.T, 0.0)
    return result
