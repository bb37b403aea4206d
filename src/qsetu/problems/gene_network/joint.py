"""Distributions with a closed form: the sample itself, genes apart, and the best tree."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from qsetu.problems.gene_network.base import JointNetwork, frequencies
from qsetu.problems.gene_network.states import every_state

__all__ = ["ChowLiuTree", "EmpiricalStates", "IndependentGenes"]

Array = NDArray[np.float64]


@final
class EmpiricalStates(JointNetwork):
    """The smoothed histogram of the states: the most that can be read off a sample without any model.

    Args:
        alpha: Cells added to every state (Laplace), at least 0.
        binarize: None means that cells must be of 0 and 1; a number, that a gene above it is active.

    Attributes:
        distribution_: Probabilities, ``(2^G,)``; bit g of an index is gene g.
        edges_: None: a histogram has none.

    Example:
        >>> from qsetu.problems.gene_network import EmpiricalStates
        >>> EmpiricalStates(alpha=0).fit([[1, 0], [1, 0], [1, 1], [0, 0]]).distribution_.tolist()
        [0.25, 0.5, 0.0, 0.25]
    """

    def _learn(self, counts: Array, alpha: float) -> None:
        self.distribution_, _ = frequencies(counts, alpha)
        self.edges_ = None  # type: ignore[assignment]


@final
class IndependentGenes(JointNetwork):
    """Genes that know nothing of each other: the product of their marginals.

    Args:
        alpha: Cells added to every state (Laplace), at least 0.
        binarize: None means that cells must be of 0 and 1; a number, that a gene above it is active.

    Attributes:
        distribution_: Probabilities, ``(2^G,)``; bit g of an index is gene g.
        marginals_: Probability that each gene is active, ``(G,)``.
        edges_: Zeros, ``(G, G)``.
    """

    def _learn(self, counts: Array, alpha: float) -> None:
        observed, num_genes = frequencies(counts, alpha)
        states = every_state(num_genes)
        self.marginals_ = observed @ states
        self.distribution_ = np.where(states, self.marginals_, 1 - self.marginals_).prod(axis=1)
        self.edges_ = np.zeros((num_genes, num_genes))


@final
class ChowLiuTree(JointNetwork):
    """The tree of genes with the highest likelihood: the maximum spanning tree of mutual information.

    Between equal edges the one of the lower-numbered genes is taken.

    Args:
        alpha: Cells added to every state (Laplace), at least 0.
        binarize: None means that cells must be of 0 and 1; a number, that a gene above it is active.

    Attributes:
        distribution_: Probabilities, ``(2^G,)``; bit g of an index is gene g.
        edges_: Mutual information (nats) of pairs in the tree, else 0; ``(G, G)``, symmetric.
        tree_: The tree's pairs ``(i, j)`` with i < j, in order of mutual information.

    References: Chow and Liu, IEEE Transactions on Information Theory 14, 462 (1968).
    """

    def _learn(self, counts: Array, alpha: float) -> None:
        observed, num_genes = frequencies(counts, alpha)
        states = every_state(num_genes)
        pairs = pair_tables(observed, states)
        information = mutual_information(pairs)
        self.tree_ = _spanning_tree(information)
        self.edges_ = np.zeros((num_genes, num_genes))
        # p(x) = product of pairs in the tree over product of genes, each as often as it has edges but one.
        level = states.astype(np.intp)
        result = np.ones(len(observed))
        for gene in range(num_genes):
            result *= pairs[gene, gene].diagonal()[level[:, gene]]
        for i, j in self.tree_:
            self.edges_[i, j] = self.edges_[j, i] = information[i, j]
            apart = np.outer(pairs[i, i].diagonal(), pairs[j, j].diagonal())
            ratio = np.divide(pairs[i, j], apart, out=np.zeros((2, 2)), where=apart > 0)
            result *= ratio[level[:, i], level[:, j]]
        self.distribution_ = result


def pair_tables(observed: Array, states: NDArray[np.bool_]) -> Array:
    """Joint probabilities of the levels of every two genes, ``(G, G, 2, 2)``; with itself, a diagonal."""
    on, off = states.astype(np.float64), (~states).astype(np.float64)
    return np.stack(
        [np.stack([(a * observed[:, None]).T @ b for b in (off, on)], axis=-1) for a in (off, on)], axis=-2
    )


def mutual_information(pairs: Array) -> Array:
    """Mutual information of every two genes, nats ``(G, G)``, from their joint probabilities."""
    expected = pairs.sum(axis=3, keepdims=True) * pairs.sum(axis=2, keepdims=True)
    ratio = np.divide(pairs, expected, out=np.ones_like(pairs), where=pairs > 0)
    # Rounding leaves some 1e-17 below 0 for genes that are independent.
    return np.maximum((pairs * np.log(ratio)).sum(axis=(2, 3)), 0.0)


def _spanning_tree(weights: Array) -> tuple[tuple[int, int], ...]:
    """Kruskal's: the heaviest pair that joins two parts, until all is one."""
    num_genes = len(weights)
    part = list(range(num_genes))
    ranked = sorted((-weights[i, j], i, j) for i in range(num_genes) for j in range(i + 1, num_genes))
    tree = []
    for _, i, j in ranked:
        if part[i] != part[j]:
            old, new = part[j], part[i]
            part = [new if p == old else p for p in part]
            tree.append((i, j))
    return tuple(tree)
