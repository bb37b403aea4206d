"""Variational classifier and regressor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from sklearn.base import ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from qsetu.circuits import PauliSum
from qsetu.learn.ansaetze import Ansatz
from qsetu.learn.feature_maps import FeatureMap
from qsetu.learn.variational.base import VariationalModel
from qsetu.learn.variational.losses import cross_entropy, softmax, squared_error
from qsetu.learn.variational.training import TrainingState

__all__ = ["VariationalClassifier", "VariationalRegressor"]

Array = NDArray[np.float64]


class VariationalClassifier(ClassifierMixin, VariationalModel):
    """Feature map and trainable circuit, expectation values, and a linear layer to class scores.

    Circuit angles and linear layer are trained together on the cross-entropy, with exact gradients. Encoding
    and trainable circuit alternate ``reuploads`` times (Perez-Salinas et al., Quantum 4, 226 (2020)). A
    quantum convolutional network is ``ansatz="qcnn"``, tensor networks are ``"mps"`` and ``"tree"``.

    Args:
        feature_map: A :class:`FeatureMap`, or the name of one: see :data:`qsetu.learn.FEATURE_MAPS`.
        ansatz: An :class:`Ansatz`, or the name of one: see :data:`qsetu.learn.ANSAETZE`.
        num_layers: Layers of an ansatz given by name.
        reuploads: How many times encoding and trainable circuit are repeated; None means 2, or 1 for an
            ansatz that gathers what it knows in a few qubits.
        observables: What is measured, a list such as ``["Z0", "Z0 Z1"]``; None means Z of each qubit that the
            ansatz reads out, and X and Y too where these are fewer than the outputs.
        bandwidth: Factor applied to the features before encoding, above 0; the default suits
            standardized features.
        epochs: Passes over the data, at most.
        batch_size: Samples a gradient step.
        optimizer: "adam", "adamw", "nadam", "rmsprop", "sgd", an ``optax.GradientTransformation``, or "qng":
            quantum natural gradient (Stokes et al., Quantum 4, 269 (2020)), which costs a state for each
            angle and sample, and takes few steps.
        learning_rate: Step size of an optimizer given by name.
        l2: Penalty on the weights of the linear layer.
        class_weight: None, "balanced" or a mapping from class to weight.
        early_stopping: Set samples aside, stop when their score no longer improves, keep the best.
        validation_fraction: Share of the samples that are set aside.
        patience: Epochs without improvement before training stops early.
        tol: Improvement of the score that counts.
        warm_start: A second fit goes on from the first, and its curves too.
        callbacks: Functions that are told a :class:`TrainingState` after each epoch; True from one stops the
            training.
        random_state: Seed of initial angles, of the order of samples and of those set aside.
        engine: Engine that simulates the circuits.
        dtype: complex64 or complex128.

    Attributes:
        classes_: Class labels, ``(K,)``.
        angles_: Trained circuit angles, ``(P,)``, radians.
        coef_: Linear layer, ``(K, n)`` for n observables.
        intercept_: ``(K,)``.
        circuit_: The circuit; features have the first slots, angles the rest.
        loss_curve_: Mean training loss of each epoch.
        gradient_norms_: Mean norm of the gradient by the angles, of each epoch.
        validation_scores_: Accuracy of the samples set aside after each epoch; None without early stopping.
        n_iter_: Number of epochs of the last fit.

    References: Schuld et al., Phys. Rev. A 101, 032308 (2020); Adam: Kingma and Ba, arXiv:1412.6980.

    Example:
        >>> from sklearn.datasets import make_moons
        >>> from qsetu.learn import VariationalClassifier
        >>> X, y = make_moons(100, noise=0.1, random_state=0)
        >>> model = VariationalClassifier(bandwidth=1.0, learning_rate=0.1, random_state=0).fit(X, y)
        >>> bool(model.score(X, y) > 0.9), model.coef_.shape
        (True, (2, 2))
    """

    def __init__(
        self,
        feature_map: FeatureMap | str = "hardware_efficient",
        *,
        ansatz: Ansatz | str = "hardware_efficient",
        num_layers: int = 2,
        reuploads: int | None = None,
        observables: Sequence[str | PauliSum] | None = None,
        bandwidth: float = 0.5,
        epochs: int = 30,
        batch_size: int = 32,
        optimizer: Any = "adam",
        learning_rate: float = 0.05,
        l2: float = 1e-4,
        class_weight: Any = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        callbacks: Sequence[Callable[[TrainingState], Any]] | None = None,
        random_state: Any = None,
        engine: str = "auto",
        dtype: DTypeLike = "complex64",
    ) -> None:
        self.feature_map = feature_map
        self.ansatz = ansatz
        self.num_layers = num_layers
        self.reuploads = reuploads
        self.observables = observables
        self.bandwidth = bandwidth
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.l2 = l2
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.tol = tol
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.random_state = random_state
        self.engine = engine
        self.dtype = dtype

    def fit(self, X: ArrayLike, y: ArrayLike) -> VariationalClassifier:
        """Fit on samples ``(N, d)`` and labels ``(N,)`` of any type. Ctrl-C keeps what was learned.

        Raises:
            ValueError: NaN, one class only, or shapes that do not agree; scikit-learn's wording.
        """
        samples, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        self.classes_, targets = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"The data hold 1 class, {labels.tolist()[0]!r}; a classifier needs at least 2.")
        weights = compute_sample_weight(self.class_weight, labels)
        count = len(self.classes_)
        self._fit(samples, targets, weights, count, 1 if count == 2 else count)
        return self

    def predict_proba(self, X: ArrayLike) -> Array:
        """Class probabilities, ``(N, K)``."""
        return softmax(self._scores(X))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predicted labels, ``(N,)``."""
        scores = self._scores(X)
        return self.classes_[scores.argmax(axis=1)]

    def decision_function(self, X: ArrayLike) -> Array:
        """Class scores ``(N, K)``; for two classes their difference, ``(N,)``."""
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def _loss(self, scores: Array, targets: Any, weights: Array) -> tuple[float, Array]:
        return cross_entropy(scores, targets, weights)

    def _merit(self, scores: Array, targets: Any, weights: Array) -> float:
        return float(np.average(scores.argmax(axis=1) == targets, weights=weights))


class VariationalRegressor(MultiOutputMixin, RegressorMixin, VariationalModel):
    """Feature map and trainable circuit, expectation values, and a linear layer to one target or several.

    Trained on the squared error of standardized targets, with exact gradients; all else is as in
    :class:`VariationalClassifier`, of which the arguments are the same but for ``class_weight``.

    Args:
        feature_map: A :class:`FeatureMap`, or the name of one: see :data:`qsetu.learn.FEATURE_MAPS`.
        ansatz: An :class:`Ansatz`, or the name of one: see :data:`qsetu.learn.ANSAETZE`.
        num_layers: Layers of an ansatz given by name.
        reuploads: How many times encoding and trainable circuit are repeated; None means 2, or 1 for an
            ansatz that gathers what it knows in a few qubits.
        observables: What is measured, a list such as ``["Z0", "Z0 Z1"]``; None means Z of each qubit that the
            ansatz reads out, and X and Y too where these are fewer than the outputs.
        bandwidth: Factor applied to the features before encoding, above 0; the default suits
            standardized features.
        epochs: Passes over the data, at most.
        batch_size: Samples a gradient step.
        optimizer: See :class:`VariationalClassifier`.
        learning_rate: Step size of an optimizer given by name.
        l2: Penalty on the weights of the linear layer.
        early_stopping: Set samples aside, stop when their score no longer improves, keep the best.
        validation_fraction: Share of the samples that are set aside.
        patience: Epochs without improvement before training stops early.
        tol: Improvement of the score that counts.
        warm_start: A second fit goes on from the first, and its curves too.
        callbacks: See :class:`VariationalClassifier`.
        random_state: Seed of initial angles, of the order of samples and of those set aside.
        engine: Engine that simulates the circuits.
        dtype: complex64 or complex128.

    Attributes:
        angles_: Trained circuit angles, ``(P,)``, radians.
        coef_: Linear layer, ``(T, n)`` for n observables, in standardized units of the targets.
        intercept_: ``(T,)``, in standardized units of the targets.
        mean_: Means of the targets, ``(T,)``.
        scale_: Standard deviations of the targets, ``(T,)``.
        circuit_: The circuit; features have the first slots, angles the rest.
        loss_curve_: Mean training loss of each epoch.
        gradient_norms_: Mean norm of the gradient by the angles, of each epoch.
        validation_scores_: R^2 of the samples set aside after each epoch; None without early stopping.
        n_iter_: Number of epochs of the last fit.

    Reference: Mitarai et al., Phys. Rev. A 98, 032309 (2018).

    Example:
        >>> import numpy as np
        >>> from qsetu.learn import VariationalRegressor
        >>> X = np.linspace(-1, 1, 60)[:, None]
        >>> y = np.sin(3 * X[:, 0])
        >>> model = VariationalRegressor(epochs=80, learning_rate=0.1, random_state=0)
        >>> bool(model.fit(X, y).score(X, y) > 0.95)
        True
    """

    def __init__(
        self,
        feature_map: FeatureMap | str = "hardware_efficient",
        *,
        ansatz: Ansatz | str = "hardware_efficient",
        num_layers: int = 2,
        reuploads: int | None = None,
        observables: Sequence[str | PauliSum] | None = None,
        bandwidth: float = 0.5,
        epochs: int = 60,
        batch_size: int = 32,
        optimizer: Any = "adam",
        learning_rate: float = 0.05,
        l2: float = 1e-4,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        callbacks: Sequence[Callable[[TrainingState], Any]] | None = None,
        random_state: Any = None,
        engine: str = "auto",
        dtype: DTypeLike = "complex64",
    ) -> None:
        self.feature_map = feature_map
        self.ansatz = ansatz
        self.num_layers = num_layers
        self.reuploads = reuploads
        self.observables = observables
        self.bandwidth = bandwidth
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.l2 = l2
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.tol = tol
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.random_state = random_state
        self.engine = engine
        self.dtype = dtype

    def fit(self, X: ArrayLike, y: ArrayLike) -> VariationalRegressor:
        """Fit on samples ``(N, d)`` and numbers ``(N,)`` or ``(N, T)``. Ctrl-C keeps what was learned.

        Raises:
            ValueError: NaN, or shapes that do not agree; scikit-learn's wording.
        """
        samples, given = validate_data(self, X, y, dtype=np.float64, y_numeric=True, multi_output=True)
        self._is_single = given.ndim == 1
        targets = given.reshape(len(given), -1).astype(np.float64)
        self.mean_, spread = targets.mean(axis=0), targets.std(axis=0)
        self.scale_ = np.where(spread > 0, spread, 1.0)
        count = targets.shape[1]
        self._fit(samples, (targets - self.mean_) / self.scale_, np.ones(len(samples)), count, count)
        return self

    def predict(self, X: ArrayLike) -> Array:
        """Predicted numbers, ``(N,)`` or ``(N, T)``."""
        found = self._scores(X) * self.scale_ + self.mean_
        return found[:, 0] if self._is_single else found

    def _loss(self, scores: Array, targets: Any, weights: Array) -> tuple[float, Array]:
        return squared_error(scores, targets, weights)

    def _merit(self, scores: Array, targets: Any, weights: Array) -> float:
        spread = ((targets - targets.mean(axis=0)) ** 2).sum()
        return float(1.0 - ((scores - targets) ** 2).sum() / spread) if spread > 0 else 0.0
