"""Support vector machines on kernels between sequences."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import SVC

from qsetu.core.checks import as_float
from qsetu.core.errors import ArgumentError
from qsetu.core.memory import require_memory
from qsetu.experiments.baselines.sequences import SequenceClassifier

__all__ = ["SequenceKernelSVC"]


class SequenceKernelSVC(SequenceClassifier):
    """The exact dual of the support vector machine, on the kernel matrix of all training sequences.

    One against one for more than two classes; classes count alike, whatever their sizes
    (``class_weight="balanced"``).
    """

    C: float
    normalize: bool

    def _check_settings(self) -> None:
        as_float("C", self.C, low=0.0, open_low=True)
        if not isinstance(self.normalize, (bool, np.bool_)):
            raise ArgumentError("normalize", "must be True or False", self.normalize)

    def _learn(self, texts: list[str], codes: NDArray[np.int64], number: int) -> None:
        require_memory(
            8 * len(texts) ** 2,
            lambda: f"Kernel values of {len(texts):,} sequences",
            lambda free: "Train on fewer sequences.",
        )
        features = self._begin(texts)
        model = SVC(kernel="precomputed", C=float(self.C), class_weight="balanced")
        self.model_ = model.fit(self._gram(features, features), codes)
        self._seen = features

    def _scores(self, texts: list[str]) -> NDArray[np.float64]:
        found = self.model_.decision_function(self._gram(self._features(texts), self._seen))
        return np.column_stack([-found / 2, found / 2]) if found.ndim == 1 else found

    @abstractmethod
    def _begin(self, texts: list[str]) -> Any:
        """Features of training sequences, after learning what the kernel needs from them."""

    @abstractmethod
    def _features(self, texts: list[str]) -> Any:
        """What the kernel is computed from."""

    @abstractmethod
    def _gram(self, rows: Any, columns: Any) -> NDArray[np.float64]:
        """Kernel values, one row a sequence of ``rows``."""
