"""A small dense network for numbers, with classes that count alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.core.checks import as_float, as_int
from qsetu.core.seeds import fresh_seed, generator
from qsetu.experiments.baselines.classes import read_classes

__all__ = ["SmallMLP"]


class SmallMLP(ClassifierMixin, BaseEstimator):
    """scikit-learn's ``MLPClassifier`` on standardized numbers, with one hidden layer.

    It has no class weights, and before version 1.7 no sample weights: samples of rarer classes are repeated
    until every class is as large as the largest, the last incomplete round drawn at random. There is no early
    stopping, as copies would be on both sides of its split; the penalty ``alpha`` is what limits it.

    Args:
        hidden: Units of the hidden layer.
        alpha: Penalty of squared weights, at least 0.
        learning_rate: Size of Adam's first steps.
        max_iter: Most passes over the samples; ConvergenceWarning when the loss still falls then.
        random_state: Seed of weights, batches and copies, an integer.

    Attributes:
        classes_: Labels, sorted, ``(K,)``.
        model_: The fitted ``MLPClassifier``, of standardized numbers and classes counted from 0.
        n_iter_: Passes made.

    Example:
        >>> from sklearn.datasets import make_moons
        >>> from qsetu.experiments.baselines import SmallMLP
        >>> X, y = make_moons(200, noise=0.1, random_state=0)
        >>> bool(SmallMLP().fit(X[:100], y[:100]).score(X[100:], y[100:]) > 0.85)
        True
    """

    classes_: NDArray[Any]

    def __init__(
        self,
        hidden: int = 32,
        *,
        alpha: float = 1e-2,
        learning_rate: float = 1e-2,
        max_iter: int = 500,
        random_state: int | None = 0,
    ) -> None:
        self.hidden = hidden
        self.alpha = alpha
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: Any) -> SmallMLP:
        """Learn from samples ``(N, d)`` and labels ``(N,)``.

        Raises:
            ArgumentError: A setting is out of range, or there are fewer than two classes.
            ValueError: The table has a wrong shape or type, with scikit-learn's wording.
        """
        as_int("hidden", self.hidden, 1)
        as_int("max_iter", self.max_iter, 1)
        as_float("alpha", self.alpha, low=0.0)
        as_float("learning_rate", self.learning_rate, low=0.0, open_low=True)
        values, labels = validate_data(self, X, y, dtype=np.float64)
        classes, codes = read_classes(labels, len(values))
        seed = fresh_seed() if self.random_state is None else as_int("random_state", self.random_state, 0)
        chance = generator(seed, "qsetu.mlp")
        self._scaler = StandardScaler().fit(values)
        rows = _even(codes, chance)
        self.model_ = MLPClassifier(
            (self.hidden,),
            alpha=self.alpha,
            learning_rate_init=self.learning_rate,
            max_iter=self.max_iter,
            random_state=int(chance.integers(2**31)),
        ).fit(self._scaler.transform(values)[rows], codes[rows])
        self.n_iter_ = self.model_.n_iter_
        self.classes_ = classes
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predicted labels ``(N,)`` of samples ``(N, d)``."""
        check_is_fitted(self)
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Probability of each class, float64 ``(N, K)``, each being equally frequent."""
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, dtype=np.float64)
        return self.model_.predict_proba(self._scaler.transform(values))


def _even(codes: NDArray[np.int64], chance: np.random.Generator) -> NDArray[np.int64]:
    """Rows of every class, repeated to the size of the largest."""
    most, found = int(np.bincount(codes).max()), []
    for one in np.unique(codes):
        members = np.flatnonzero(codes == one)
        rounds, lacking = divmod(most, len(members))
        found += [np.tile(members, rounds), chance.permutation(members)[:lacking]]
    return np.sort(np.concatenate(found))
