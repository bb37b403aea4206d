"""The pairwise Ising model of genes, by exact maximum likelihood."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError
from qsetu.problems.gene_network.base import JointNetwork, frequencies
from qsetu.problems.gene_network.states import every_state

__all__ = ["PairwiseIsing"]

Array = NDArray[np.float64]


@final
class PairwiseIsing(JointNetwork):
    """``p(s) ~ exp(sum_i h_i s_i + sum_{i<j} J_ij s_i s_j)`` with ``s`` 1 for active and -1 for silent.

    Of all distributions with the observed means and correlations it is the one of highest entropy. The sum
    over all ``2^G`` states is taken as it is, so the likelihood, which is concave, is exact.

    Args:
        l1: Penalty on the sum of ``|J_ij|``, per cell; makes edges exactly 0. At least 0.
        l2: Penalty on half the sum of ``J_ij^2``, per cell, at least 0.
        alpha: Cells added to every state (Laplace), at least 0. With 0 and no penalty, genes that are never
            seen in some combination have no finite maximum; ``max_iter`` then decides how far couplings go.
        binarize: None means that cells must be of 0 and 1; a number, that a gene above it is active.
        max_iter: Most L-BFGS-B iterations, at least 1.
        tol: Largest slope (nats per unit of ``h`` or ``J``) at which the search ends, above 0.

    Attributes:
        distribution_: Probabilities, ``(2^G,)``; bit g of an index is gene g.
        edges_: Couplings J, ``(G, G)``, symmetric, above 0 where genes are active together.
        fields_: Fields h, ``(G,)``.
        n_iter_: Iterations taken.

    References: Schneidman et al., Nature 440, 1007 (2006), for the model; Ravikumar, Wainwright and Lafferty,
    Annals of Statistics 38, 1287 (2010), for l1 on couplings (theirs is of each gene given the others,
    ours of all genes at once).
    """

    def __init__(
        self,
        *,
        l1: float = 0.0,
        l2: float = 0.0,
        alpha: float = 1.0,
        binarize: float | None = None,
        max_iter: int = 1000,
        tol: float = 1e-8,
    ) -> None:
        super().__init__(alpha=alpha, binarize=binarize)
        self.l1 = l1
        self.l2 = l2
        self.max_iter = max_iter
        self.tol = tol

    def _learn(self, counts: Array, alpha: float) -> None:
        from scipy.optimize import minimize

        l1, l2 = as_float("l1", self.l1, low=0.0), as_float("l2", self.l2, low=0.0)
        limit, tol = as_int("max_iter", self.max_iter, 1), as_float("tol", self.tol, low=0.0, open_low=True)
        observed, num_genes = frequencies(counts, alpha)
        features = _features(num_genes)
        wanted = observed @ features
        pairs = features.shape[1] - num_genes

        # |J| has no slope at 0; as the difference of two numbers from 0 on, J has one everywhere.
        def loss(split: Array) -> tuple[float, Array]:
            weights = _join(split, num_genes, pairs)
            energy = features @ weights
            top = energy.max()
            scale = np.exp(energy - top)
            total = scale.sum()
            slope = (scale / total) @ features - wanted
            coupling = weights[num_genes:]
            value = top + np.log(total) - wanted @ weights + 0.5 * l2 * coupling @ coupling
            by_pair = slope[num_genes:] + l2 * coupling
            spread = np.concatenate([slope[:num_genes], by_pair + l1, l1 - by_pair])
            return float(value + l1 * split[num_genes:].sum()), spread

        result = minimize(
            loss,
            np.zeros(num_genes + 2 * pairs),
            jac=True,
            method="L-BFGS-B",
            bounds=[(None, None)] * num_genes + [(0.0, None)] * (2 * pairs),
            options={"maxiter": limit, "maxfun": 20 * limit, "gtol": tol, "ftol": 0.0, "maxcor": 20},
        )
        weights = _join(result.x, num_genes, pairs)
        if not np.isfinite(weights).all():
            raise ArgumentError("X", "must have a finite fit", weights.tolist(), "Set alpha or l2 above 0.")
        energy = features @ weights
        self.distribution_ = np.exp(energy - energy.max())
        self.distribution_ /= self.distribution_.sum()
        self.fields_ = weights[:num_genes]
        upper = np.zeros((num_genes, num_genes))
        upper[np.triu_indices(num_genes, 1)] = weights[num_genes:]
        self.edges_ = upper + upper.T
        self.n_iter_ = int(result.nit)


def _join(split: Array, num_genes: int, pairs: int) -> Array:
    return np.concatenate(
        [split[:num_genes], split[num_genes : num_genes + pairs] - split[num_genes + pairs :]]
    )


def _features(num_genes: int) -> Array:
    """Spins and products of two of them, ``(2^G, G (G + 1) / 2)``."""
    spins = np.where(every_state(num_genes), 1.0, -1.0)
    i, j = np.triu_indices(num_genes, 1)
    return np.hstack([spins, spins[:, i] * spins[:, j]])
