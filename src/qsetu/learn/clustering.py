"""K-means in the feature space of a quantum kernel."""

from __future__ import annotations

import warnings
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu.core.checks import as_int
from qsetu.core.errors import ArgumentError
from qsetu.learn.kernels import QuantumKernel, Repair, default_kernel, repair_kernel

__all__ = ["QuantumKernelClustering"]

Array = NDArray[np.float64]

# Directions with less than this share of the largest eigenvalue are rounding.
NEGLIGIBLE = 1e-12


class QuantumKernelClustering(ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin, BaseEstimator):
    """Clusters whose members are close to their mean in the space where the kernel is the inner product.

    The kernel matrix is factored, which gives every sample coordinates with exactly these inner products,
    and scikit-learn's KMeans clusters those. New samples meet the centers through their kernel values with
    the training samples.

    Args:
        n_clusters: Number of clusters, at most that of samples.
        kernel: A quantum kernel; None means ``FidelityKernel("zz", bandwidth=0.2)``, which suits
            standardized features. One with angles of its own must be trained already. The matrix of a kernel
            with statistical errors is repaired: see :func:`qsetu.learn.repair_kernel`.
        n_init: How many starts, the best of which counts.
        max_iter: Most iterations of one start.
        random_state: Seed of the starts.

    Attributes:
        labels_: The cluster of each training sample, ``(N,)``.
        inertia_: Sum of squared distances to the centers, in the kernel's space.
        kernel_: The kernel used.
        repair_: What was repaired in its matrix.
        X_fit_: Training samples, ``(N, d)``.
        center_weights_: Centers are sums of training samples with these weights, ``(N, n_clusters)``.
        n_iter_: Iterations of the best start.

    Reference: Schoelkopf et al., Neural Computation 10, 1299 (1998), section 5.

    Example:
        >>> from sklearn.datasets import make_circles
        >>> from sklearn.metrics import adjusted_rand_score
        >>> from qsetu.learn import FidelityKernel
        >>> from qsetu.learn.clustering import QuantumKernelClustering
        >>> X, y = make_circles(80, noise=0.05, factor=0.3, random_state=0)
        >>> model = QuantumKernelClustering(2, FidelityKernel("z", bandwidth=1.2), random_state=0).fit(X)
        >>> bool(adjusted_rand_score(y, model.labels_) > 0.9)
        True
    """

    def __init__(
        self,
        n_clusters: int = 8,
        kernel: QuantumKernel | None = None,
        *,
        n_init: int = 10,
        max_iter: int = 300,
        random_state: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.kernel = kernel
        self.n_init = n_init
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: Any = None) -> QuantumKernelClustering:
        """Cluster samples ``(N, d)``; ``y`` is ignored.

        Raises:
            ValueError: NaN, a wrong shape, or fewer samples than clusters, with scikit-learn's wording.
        """
        samples = validate_data(self, X, dtype=np.float64)
        count = as_int("n_clusters", self.n_clusters, 1)
        starts, most = as_int("n_init", self.n_init, 1), as_int("max_iter", self.max_iter, 1)
        if self.kernel is not None and not isinstance(self.kernel, QuantumKernel):
            raise ArgumentError("kernel", "must be a quantum kernel such as FidelityKernel()", self.kernel)
        # A copy with all it has learned: a trained kernel keeps its angles.
        self.kernel_ = default_kernel() if self.kernel is None else deepcopy(self.kernel)
        given = self.kernel_.matrix(samples)
        self.repair_: Repair = repair_kernel(given)
        matrix = self.repair_.matrix
        # Samples that are equal get equal coordinates, rounding or not.
        _, first, same = np.unique(samples, axis=0, return_index=True, return_inverse=True)
        points = _coordinates(matrix)[first[same.reshape(-1)]]
        # Without a tolerance it stops when labels stay, so centers are the means of their members.
        means = KMeans(count, n_init=starts, max_iter=most, tol=0.0, random_state=self.random_state)
        self.labels_ = means.fit(points).labels_
        self.n_iter_ = means.n_iter_
        if self.n_iter_ >= most:
            said = f"Labels still changed after {most} iterations. Increase max_iter."
            warnings.warn(said, ConvergenceWarning, stacklevel=2)
        self.center_weights_ = _weights(self.labels_, points, means.cluster_centers_)
        self._center_norms = np.einsum(
            "ic,ij,jc->c", self.center_weights_, matrix, self.center_weights_, optimize=True
        )
        self._lengthened = float(np.mean(np.diag(matrix) - np.diag(given)))
        self.X_fit_ = samples
        self._n_features_out = count
        own = self._squared(matrix, np.diag(matrix))[np.arange(len(samples)), self.labels_]
        self.inertia_ = float(own.sum())
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.int32]:
        """The cluster with the closest center for each of samples ``(M, d)``."""
        distances = self._squared_to(X)
        return distances.argmin(axis=1).astype(np.int32)

    def transform(self, X: ArrayLike) -> Array:
        """Distances of samples ``(M, d)`` to the centers in the kernel's space, ``(M, n_clusters)``."""
        return np.sqrt(self._squared_to(X))

    def score(self, X: ArrayLike, y: Any = None) -> float:
        """Minus the sum of squared distances to the closest centers; ``y`` is ignored."""
        return -float(self._squared_to(X).min(axis=1).sum())

    def _squared_to(self, X: ArrayLike) -> Array:
        check_is_fitted(self)
        samples = validate_data(self, X, reset=False, dtype=np.float64)
        rows = self.repair_.apply(self.kernel_.matrix(samples, self.X_fit_))
        # A repair lengthens the training samples; new ones are taken to be longer by as much.
        return self._squared(rows, self.kernel_.diagonal(samples) + self._lengthened)

    def _squared(self, rows: Array, own: Array) -> Array:
        """Squared distances to the centers, of samples with these kernel values and squared lengths."""
        distances = own[:, None] - 2 * rows @ self.center_weights_ + self._center_norms
        return np.maximum(distances, 0.0)


def _coordinates(matrix: Array) -> Array:
    """Points ``(N, r)`` whose inner products are the entries of a positive semi-definite matrix."""
    eigenvalues, vectors = np.linalg.eigh(matrix)
    kept = eigenvalues > NEGLIGIBLE * max(eigenvalues[-1], 1e-300)
    # A sign for each direction that does not hang on the library: seeds then give the same everywhere.
    points = vectors[:, kept] * np.sqrt(eigenvalues[kept])
    if not points.shape[1]:
        return np.zeros((len(matrix), 1))
    largest = np.abs(points).argmax(axis=0)
    return points * np.sign(points[largest, np.arange(points.shape[1])])


def _weights(labels: NDArray[Any], points: Array, centers: Array) -> Array:
    """Weights ``(N, n_clusters)`` of the samples in the means of clusters."""
    members = (labels[:, None] == np.arange(len(centers))).astype(np.float64)
    for empty in np.flatnonzero(~members.any(axis=0)):
        # There are fewer different samples than clusters, and this center lies on one of them.
        members[((points - centers[empty]) ** 2).sum(axis=1).argmin(), empty] = 1.0
    return members / members.sum(axis=0)
