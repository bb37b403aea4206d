"""GENIE3: a random forest for each gene from the others; what its splits gain are the edges."""

from __future__ import annotations

from typing import Any, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.core.errors import ArgumentError
from qsetu.core.seeds import generator
from qsetu.problems.gene_network.base import GeneNetwork
from qsetu.problems.gene_network.states import distinct_rows

__all__ = ["TARGETS", "ForestNetwork"]

Array = NDArray[np.float64]

TARGETS = ("activity", "values")


@final
class ForestNetwork(GeneNetwork):
    """GENIE3 (Huynh-Thu et al. 2010): edges are importances in random forests, one for each target gene.

    The importance of a regulator is how much impurity (Gini, or variance for values) its splits take away,
    per tree, as a share of the target's own impurity; the authors get the same by scaling targets to
    variance 1. Trees see distinct cells with the number of times that they were drawn, which is a bootstrap
    of the cells themselves: many cells cost no more than few.

    Args:
        target: "activity" for classification of active or not, from active or not; "values" for
            regression of numbers such as counts, from numbers.
        trees: Number of trees of a gene, at least 1; the authors take 1000.
        max_features: "sqrt" (the authors' default) or "all": regulators that a split may choose from.
        min_leaf: Fewest drawn cells in a leaf, at least 1.
        alpha: Cells of either kind added to each leaf when it is asked for a probability, at least 0.
        bootstrap: Whether each tree sees cells drawn with replacement, or all of them.
        binarize: For "activity": None means that cells must be of 0 and 1; a number, that a gene above it is
            active.
        random_state: Seed.

    Attributes:
        edges_: ``(G, G)``, row regulator, column target; at least 0, the sum of a column about 1 at most.
        forests_: Trees of each gene, of scikit-learn.

    References: Huynh-Thu, Irrthum, Wehenkel and Geurts, PLoS ONE 5, e12776 (2010).
    """

    def __init__(
        self,
        *,
        target: str = "activity",
        trees: int = 100,
        max_features: str = "sqrt",
        min_leaf: int = 1,
        alpha: float = 1.0,
        bootstrap: bool = True,
        binarize: float | None = None,
        random_state: Any = None,
    ) -> None:
        self.target = target
        self.trees = trees
        self.max_features = max_features
        self.min_leaf = min_leaf
        self.alpha = alpha
        self.bootstrap = bootstrap
        self.binarize = binarize
        self.random_state = random_state

    @property
    def gives_probabilities(self) -> bool:
        """Whether ``conditionals`` has an answer: only for "activity"."""
        return self.target == "activity"

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Fit to cells ``(N, G)``, of at least 2 genes; ``y`` is ignored.

        Raises:
            ValueError: NaN or a wrong shape, with scikit-learn's wording; for "activity" numbers other than 0
                and 1, unless ``binarize`` says what they mean; settings out of range.
        """
        kind = as_choice("target", self.target, TARGETS)
        as_choice("max_features", self.max_features, ("sqrt", "all"))
        as_float("alpha", self.alpha, low=0.0)
        if kind == "values":
            cells = validate_data(self, X, dtype=np.float64, ensure_min_features=2)
        else:
            validate_data(self, X, dtype=np.float64, ensure_min_features=2)
            cells = self._bits_to_learn(X).astype(np.float64)
        rows, counts, _ = distinct_rows(cells)
        seed = int(check_random_state(self.random_state).randint(2**31))
        num_genes = rows.shape[1]
        self.edges_ = np.zeros((num_genes, num_genes))
        self.forests_: list[list[Any]] = []
        for gene in range(num_genes):
            others = np.delete(np.arange(num_genes), gene)
            forest, gains = self._grow(rows[:, others], rows[:, gene], counts, gene, seed)
            self.edges_[others, gene] = gains
            self.forests_.append(forest)
        return self

    def conditionals(self, X: ArrayLike) -> Array:
        """Probability that each gene is active, given the OTHER genes of the same cell, ``(N, G)``.

        Raises:
            ArgumentError: The forests were grown for values, and know no probability.
        """
        check_is_fitted(self)
        if self.target == "values":
            hint = "Regression forests give expected values; fit ForestNetwork(target='activity')."
            raise ArgumentError("target", "must be 'activity' for conditionals", self.target, hint)
        rows, _, which = distinct_rows(self.bits(X).astype(np.float64))
        result = np.empty(rows.shape)
        for gene, forest in enumerate(self.forests_):
            others = np.delete(rows, gene, axis=1)
            result[:, gene] = np.mean([self._chances(tree, others) for tree in forest], axis=0)
        return result[which]

    def _grow(
        self, inputs: Array, wanted: Array, counts: Array, gene: int, seed: int
    ) -> tuple[list[Any], Array]:
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        mean = np.average(wanted, weights=counts)
        variance = float(np.average((wanted - mean) ** 2, weights=counts))
        cells = int(counts.sum())
        leaf = as_int("min_leaf", self.min_leaf, 1)
        if 2 * leaf > cells and leaf > 1:
            raise ArgumentError("min_leaf", "must be at most half the number of cells", leaf)
        kind = DecisionTreeRegressor if self.target == "values" else DecisionTreeClassifier
        forest, gains = [], np.zeros(inputs.shape[1])
        for number in range(as_int("trees", self.trees, 1)):
            chance = generator(seed, "genie3", gene, number)
            drawn = chance.multinomial(cells, counts / cells).astype(np.float64) if self.bootstrap else counts
            tree = kind(
                max_features="sqrt" if self.max_features == "sqrt" else None,
                min_weight_fraction_leaf=leaf / cells if leaf > 1 else 0.0,
                random_state=int(chance.integers(2**31)),
            )
            seen = drawn > 0
            tree.fit(inputs[seen], wanted[seen], sample_weight=drawn[seen])
            forest.append(tree)
            gains += tree.tree_.compute_feature_importances(normalize=False)
        # Gini impurity of two classes is twice the variance of 0 and 1.
        impurity = variance if self.target == "values" else 2 * variance
        if np.ptp(wanted) == 0:
            return forest, np.zeros_like(gains)  # nothing to explain
        return forest, gains / len(forest) / impurity

    def _chances(self, tree: Any, inputs: Array) -> Array:
        """Probability of "active" in the leaf of each row, smoothed."""
        leaves = tree.apply(inputs)
        weight = tree.tree_.weighted_n_node_samples[leaves]
        place = np.flatnonzero(tree.classes_ == 1.0)
        active = tree.tree_.value[leaves, 0, place[0]] if len(place) else np.zeros(len(inputs))
        result: Array = (active * weight + self.alpha) / (weight + 2 * self.alpha)
        return result
