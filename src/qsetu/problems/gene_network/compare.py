"""All networks on the same folds of cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from qsetu.core.checks import as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import generator
from qsetu.problems.gene_network.base import GeneNetwork, JointNetwork
from qsetu.problems.gene_network.scores import edge_stability, log_likelihood, pseudo_likelihood

__all__ = ["NetworkScores", "cross_validate_networks"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class NetworkScores:
    """What a network scored on cells that it was not fitted to.

    Attributes:
        pseudo_likelihood: Of each fold, ``(K,)``; None where a method has edges only.
        log_likelihood: Mean of each fold's cells, nats ``(K,)``; None where there is no distribution.
        edges: Those of each fold's fit, ``(K, G, G)``; None where a method has none.
        stability: :func:`edge_stability` of these; None where there is no order of edges to compare.
    """

    pseudo_likelihood: Array | None
    log_likelihood: Array | None
    edges: Array | None
    stability: float | None


def cross_validate_networks(
    networks: Mapping[str, GeneNetwork], X: ArrayLike, *, folds: int = 5, seed: int = 0
) -> dict[str, NetworkScores]:
    """Fit copies of all networks to all folds but one, and score them on that one.

    Args:
        networks: By name; left unfitted.
        X: Cells ``(N, G)``. Cells of one donor or clone should not be told apart by chance: here they
            are drawn into folds one by one.
        folds: K, from 2 to the number of cells.
        seed: Of the draw of folds.

    Returns:
        Scores by name, in the order of ``networks``.
    """
    cells = np.asarray(X)
    if cells.ndim != 2:
        raise ArgumentError("X", "must have shape (N, G)", Said(f"shape {cells.shape}"))
    count = as_int("folds", folds, 2, len(cells))
    order = generator(as_int("seed", seed, 0), "gene-network", "folds").permutation(len(cells))
    parts = np.array_split(order, count)
    splits = [(np.concatenate(parts[:k] + parts[k + 1 :]), parts[k]) for k in range(count)]
    return {name: _score(network, cells, splits) for name, network in networks.items()}


def _score(
    network: GeneNetwork, cells: NDArray[np.generic], splits: list[tuple[NDArray[np.intp], NDArray[np.intp]]]
) -> NetworkScores:
    pseudo, joint, edges = [], [], []
    for known, held in splits:
        fitted = clone(network).fit(cells[known])
        if fitted.gives_probabilities:
            pseudo.append(pseudo_likelihood(fitted, cells[held]))
        if isinstance(fitted, JointNetwork):
            joint.append(log_likelihood(fitted, cells[held]))
        if fitted.edges_ is not None:
            edges.append(fitted.edges_)
    ranked = bool(edges) and all(_has_order(each) for each in edges)
    return NetworkScores(
        np.array(pseudo) if pseudo else None,
        np.array(joint) if joint else None,
        np.array(edges) if edges else None,
        edge_stability(edges) if ranked else None,
    )


def _has_order(edges: Array) -> bool:
    strengths = np.abs(edges[~np.eye(len(edges), dtype=bool)]).round(12)
    return len(np.unique(strengths)) > 1
