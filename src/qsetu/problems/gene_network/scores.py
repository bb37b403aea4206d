"""One measure for all networks, the control without dependence, and how much edges agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from qsetu.core.checks import as_float_array, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import generator
from qsetu.problems.gene_network.base import GeneNetwork, JointNetwork

__all__ = [
    "edge_agreement",
    "edge_stability",
    "log_likelihood",
    "pseudo_likelihood",
    "shuffled",
    "total_variation",
]

Array = NDArray[np.float64]


def pseudo_likelihood(network: GeneNetwork, X: ArrayLike) -> float:
    """Geometric mean, over cells and genes, of the probability that a network gives to what is so.

    For each gene of each cell the network is told all other genes of that cell. 0.5 is a coin's; the
    product over genes is Besag's pseudo-likelihood.

    Args:
        network: Fitted, and giving probabilities.
        X: Cells ``(N, G)``, held out from the fit.

    Returns:
        Above 0 and up to 1; 0 if the network held for impossible what was found.

    Raises:
        ArgumentError: The network has edges only.

    References: Besag, Journal of the Royal Statistical Society D 24, 179 (1975).

    Example:
        >>> import numpy as np
        >>> from qsetu.problems.gene_network import IndependentGenes, pseudo_likelihood
        >>> cells = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        >>> round(pseudo_likelihood(IndependentGenes().fit(cells), cells), 6)
        0.5
    """
    given = network.conditionals(X)
    truth = network.bits(X)
    with np.errstate(divide="ignore"):
        return float(np.exp(np.log(np.where(truth, given, 1.0 - given)).mean()))


def log_likelihood(network: GeneNetwork, X: ArrayLike) -> float:
    """Mean logarithm (nats) of the probability of each cell's state; -inf if one was held for impossible.

    Raises:
        ArgumentError: The network gives states no probability.
    """
    if not isinstance(network, JointNetwork):
        hint = "Use pseudo_likelihood, which needs no distribution of states."
        raise ArgumentError("network", "must have a distribution", Said(type(network).__name__), hint)
    return network.score(X)


def total_variation(p: ArrayLike, q: ArrayLike) -> float:
    """Half the sum of ``|p - q|``: the most by which two distributions can differ about any event, 0 to 1.

    Raises:
        ArgumentError: Not two distributions over as many states: a negative number, or a sum that is not 1.
    """
    first, second = (_as_distribution(name, value) for name, value in (("p", p), ("q", q)))
    if first.shape != second.shape:
        raise ArgumentError("q", f"must have the shape of p, {first.shape}", Said(f"shape {second.shape}"))
    return float(0.5 * np.abs(first - second).sum())


def shuffled(X: ArrayLike, seed: int) -> NDArray[np.generic]:
    """Cells with each gene put in an order of its own: shares stay as they are, all dependence is gone.

    Args:
        X: Cells ``(N, G)``; left as it is.
        seed: An integer from 0 on.

    Returns:
        A copy ``(N, G)`` of the same dtype.
    """
    cells = np.asarray(X)
    if cells.ndim != 2:
        raise ArgumentError("X", "must have shape (N, G)", Said(f"shape {cells.shape}"))
    chosen = as_int("seed", seed, 0)
    columns = [
        column[generator(chosen, "shuffled", g).permutation(len(column))] for g, column in enumerate(cells.T)
    ]
    return np.stack(columns, axis=1) if columns else cells.copy()


def edge_stability(edges: Sequence[ArrayLike]) -> float:
    """Mean rank correlation (Spearman) of the strengths of edges between every two fits.

    Args:
        edges: Two or more ``(G, G)``, such as those of the folds; strength is ``|edge|`` off the diagonal.

    Returns:
        1 where all fits order the edges in the same way, about 0 where they have nothing to do with
        each other.

    Raises:
        ArgumentError: Fewer than two fits, shapes that differ, or a fit whose edges are all equal.
    """
    table = edge_agreement(edges)
    return float(table[np.triu_indices(len(table), 1)].mean())


def edge_agreement(edges: Sequence[ArrayLike]) -> Array:
    """Rank correlations (Spearman) of the strengths of edges between every two methods.

    Args:
        edges: M of shape ``(G, G)``, at least 2; strength is ``|edge|`` off the diagonal, both directions.

    Returns:
        ``(M, M)``, symmetric, 1 on the diagonal.

    Raises:
        ArgumentError: As for :func:`edge_stability`.
    """
    tables = [as_edges("edges", each) for each in edges]
    if len(tables) < 2:
        raise ArgumentError("edges", "must hold at least two arrays", Said(f"{len(tables)}"))
    shape = tables[0].shape
    for table in tables:
        if table.shape != shape:
            raise ArgumentError("edges", f"must all have shape {shape}", Said(f"shape {table.shape}"))
    apart = ~np.eye(shape[0], dtype=bool)
    # Rounding must not rank edges that are equal but for the order of a sum.
    ranks = [rankdata(np.abs(table[apart]).round(12)) for table in tables]
    centered = np.stack([r - r.mean() for r in ranks])
    length = np.sqrt((centered**2).sum(axis=1))
    if not length.all():
        hint = "There is no order of edges to compare: leave out methods without edges."
        raise ArgumentError("edges", "must differ within each fit", Said("edges that are all equal"), hint)
    centered /= length[:, None]
    result: Array = np.clip(centered @ centered.T, -1.0, 1.0)
    np.fill_diagonal(result, 1.0)
    return result


def as_edges(argument: str, value: ArrayLike) -> Array:
    """Edges ``(G, G)`` of at least two genes, or an error."""
    edges = as_float_array(argument, value, "(G, G)")
    if edges.ndim != 2 or edges.shape[0] != edges.shape[1] or len(edges) < 2:
        rule = "must have shape (G, G) with two genes or more"
        raise ArgumentError(argument, rule, Said(f"shape {edges.shape}"))
    return edges


def _as_distribution(argument: str, value: ArrayLike) -> Array:
    array = as_float_array(argument, value, "(2**G,)")
    if array.ndim != 1 or (array < 0).any() or abs(array.sum() - 1) > 1e-6:
        raise ArgumentError(argument, "must be probabilities that add up to 1", array.tolist())
    return array
