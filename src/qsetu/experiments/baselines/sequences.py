"""What classifiers of sequences have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from qsetu.core.checks import as_choice
from qsetu.experiments.baselines.classes import as_decisions, read_classes
from qsetu.genomics.alphabet import Alphabet, as_sequences

__all__ = ["SequenceClassifier"]


class SequenceClassifier(ClassifierMixin, BaseEstimator, ABC):
    """Classifiers of texts: a score of each class, the largest of which is predicted.

    Attributes:
        classes_: Labels, sorted, ``(K,)``.
    """

    alphabet: Alphabet
    classes_: NDArray[Any]

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from sequences and their labels.

        Args:
            X: N texts: a list, an array ``(N,)`` or ``(N, 1)``, a table with one column, or a dataset's
                ``X``. Read as :func:`qsetu.genomics.clean_sequences` does.
            y: Labels ``(N,)``, of two classes at least.

        Raises:
            ArgumentError: A setting, a sequence or the labels break a rule; says which.
        """
        as_choice("alphabet", self.alphabet, ("DNA", "RNA", "protein"))
        self._check_settings()
        texts = as_sequences("X", X)
        classes, codes = read_classes(y, len(texts))
        self._learn(texts, codes, len(classes))
        self.classes_ = classes
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predicted labels ``(N,)``; no row depends on another.

        Raises:
            NotFittedError: Before ``fit``.
            ArgumentError: A sequence breaks a rule; says which.
        """
        found = self._scored(X)
        return self.classes_[found.argmax(axis=1)]

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """A score of each class, float64 ``(N, K)``; of two classes, by how much the second is ahead,
        ``(N,)``.

        Raises:
            NotFittedError: Before ``fit``.
            ArgumentError: A sequence breaks a rule; says which.
        """
        return as_decisions(self._scored(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags

    def _scored(self, X: Any) -> NDArray[np.float64]:
        check_is_fitted(self)
        return self._scores(as_sequences("X", X))

    @abstractmethod
    def _check_settings(self) -> None:
        """Raise ArgumentError for settings that break a rule."""

    @abstractmethod
    def _learn(self, texts: list[str], codes: NDArray[np.int64], number: int) -> None:
        """Learn from sequences and their classes, counted from 0 below ``number``."""

    @abstractmethod
    def _scores(self, texts: list[str]) -> NDArray[np.float64]:
        """A score of each class, ``(N, K)``."""
