"""Nearest neighbors that ask for no more neighbors than there are."""

from __future__ import annotations

from typing import Any, final

from numpy.typing import ArrayLike
from sklearn.neighbors import KNeighborsClassifier

__all__ = ["CappedNeighbors"]


@final
class CappedNeighbors(KNeighborsClassifier):
    """``KNeighborsClassifier(weights="distance")`` with at most as many neighbors as training samples.

    scikit-learn's raises an error when it predicts, in the middle of a learning curve for instance.

    Args:
        n_neighbors: Number of neighbors.
    """

    def __init__(self, n_neighbors: int = 5) -> None:
        super().__init__(n_neighbors=n_neighbors, weights="distance")

    def kneighbors(
        self, X: ArrayLike | None = None, n_neighbors: int | None = None, return_distance: bool = True
    ) -> Any:
        """Distances and positions of the nearest training samples; see scikit-learn."""
        wanted = self.n_neighbors if n_neighbors is None else n_neighbors
        most = self.n_samples_fit_ - (X is None)
        return super().kneighbors(X, min(wanted, most), return_distance)
