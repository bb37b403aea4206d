"""A variational quantum classifier with a linear read-out, trained together."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu import simulate
from qsetu.circuits import Circuit, PauliSum
from qsetu.core.checks import as_float, as_int
from qsetu.core.seeds import generator
from qsetu.learn.ansaetze import HardwareEfficientAnsatz
from qsetu.learn.feature_maps import FeatureMap, resolve_feature_map

__all__ = ["VariationalClassifier"]

# From so many rows on every engine runs a batch as a batch.
FEWEST_ROWS = 8

Array = NDArray[np.float64]


class VariationalClassifier(ClassifierMixin, BaseEstimator):
    """Feature map and trainable circuit, ``<Z_q>`` of every qubit, and a linear layer to class scores.

    Circuit angles and linear layer are trained together by Adam on the cross-entropy, with exact
    gradients. With ``reuploads > 1`` encoding and trainable block alternate (Perez-Salinas et al.,
    Quantum 4, 226 (2020)).

    Args:
        feature_map: A :class:`FeatureMap` or the name of one.
        num_layers: Layers of each trainable block.
        reuploads: How many times encoding and trainable block are repeated.
        bandwidth: Factor applied to the features before encoding, above 0; the default suits
            standardized features.
        epochs: Passes over the data.
        batch_size: Samples a gradient step.
        learning_rate: Adam's step size.
        l2: Penalty on the weights of the linear layer.
        class_weight: None, "balanced" or a mapping from class to weight.
        random_state: Seed of initial angles and of the order of samples.
        engine: Engine that simulates the circuits.
        dtype: complex64 or complex128.

    Attributes:
        classes_: Class labels, ``(K,)``.
        angles_: Trained circuit angles, ``(P,)``, radians.
        coef_: Linear layer, ``(K, n)``.
        intercept_: ``(K,)``.
        loss_curve_: Mean training loss of each epoch.
        n_iter_: Number of epochs.

    References: Schuld et al., Phys. Rev. A 101, 032308 (2020); Adam: Kingma and Ba, arXiv:1412.6980.
    """

    def __init__(
        self,
        feature_map: FeatureMap | str = "hardware_efficient",
        *,
        num_layers: int = 2,
        reuploads: int = 2,
        bandwidth: float = 0.5,
        epochs: int = 30,
        batch_size: int = 32,
        learning_rate: float = 0.05,
        l2: float = 1e-4,
        class_weight: Any = None,
        random_state: Any = None,
        engine: str = "auto",
        dtype: DTypeLike = "complex64",
    ) -> None:
        self.feature_map = feature_map
        self.num_layers = num_layers
        self.reuploads = reuploads
        self.bandwidth = bandwidth
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.l2 = l2
        self.class_weight = class_weight
        self.random_state = random_state
        self.engine = engine
        self.dtype = dtype

    def fit(self, X: ArrayLike, y: ArrayLike) -> VariationalClassifier:
        """Fit on samples ``(N, d)`` and labels ``(N,)`` of any type.

        Raises:
            ValueError: NaN, one class only, or shapes that do not agree; scikit-learn's wording.
        """
        samples, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        self.classes_, targets = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"The data hold 1 class, {self.classes_[0]!r}; a classifier needs at least 2.")
        self.feature_map_ = resolve_feature_map(self.feature_map, samples.shape[1])
        self.circuit_ = self._build_circuit()
        weights = compute_sample_weight(self.class_weight, labels)
        self._train(self._encode(samples), targets, weights)
        return self

    def predict_proba(self, X: ArrayLike) -> Array:
        """Class probabilities, ``(N, K)``."""
        return _softmax(self._scores(X))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predicted labels, ``(N,)``."""
        scores = self._scores(X)
        return self.classes_[scores.argmax(axis=1)]

    def decision_function(self, X: ArrayLike) -> Array:
        """Class scores ``(N, K)``; for two classes their difference, ``(N,)``."""
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def _build_circuit(self) -> Circuit:
        encoding = self.feature_map_.circuit
        block = HardwareEfficientAnsatz(encoding.num_qubits, as_int("num_layers", self.num_layers, 1)).circuit
        circuit = Circuit(encoding.num_qubits)
        for repeat in range(as_int("reuploads", self.reuploads, 1)):
            # The data keep their slots; every block gets slots of its own behind them.
            offset = encoding.num_params + repeat * block.num_params
            circuit = circuit.compose(encoding).compose(block.shift_params(offset))
        return circuit

    def _encode(self, samples: Array) -> Array:
        scale = as_float("bandwidth", self.bandwidth, low=0.0, open_low=True)
        return self.feature_map_.parameters(scale * samples)

    def _train(self, encoded: Array, targets: NDArray[np.intp], weights: Array) -> None:
        epochs = as_int("epochs", self.epochs, 1)
        size = as_int("batch_size", self.batch_size, 1)
        rate = as_float("learning_rate", self.learning_rate, low=0.0, open_low=True)
        seed = int(check_random_state(self.random_state).randint(2**31))
        start = generator(seed, "variational", "initial")
        num_qubits = self.circuit_.num_qubits
        num_angles = self.circuit_.num_params - encoded.shape[1]
        # Small angles start near the identity, away from the plateau of random circuits
        # (Grant et al., Quantum 3, 214 (2019)).
        self.angles_ = start.normal(0.0, 0.1, num_angles)
        self.coef_ = start.normal(0.0, 0.1, (len(self.classes_), num_qubits))
        self.intercept_ = np.zeros(len(self.classes_))
        values = (self.angles_, self.coef_, self.intercept_)
        start_adam, update = _adam(rate)
        state = start_adam(values)
        order = generator(seed, "variational", "order")
        self.loss_curve_: list[float] = []
        for _ in range(epochs):
            total = 0.0
            for batch in _batches(order.permutation(len(encoded)), size):
                loss, gradients = self._loss_and_gradients(encoded[batch], targets[batch], weights[batch])
                total += loss * len(batch)
                values, state = update(gradients, state, values)
                self.angles_, self.coef_, self.intercept_ = (np.asarray(v, dtype=np.float64) for v in values)
            self.loss_curve_.append(total / len(encoded))
        self.n_iter_ = epochs

    def _loss_and_gradients(
        self, encoded: Array, targets: NDArray[np.intp], weights: Array
    ) -> tuple[float, tuple[Array, Array, Array]]:
        parameters = self._with_angles(encoded)
        readout = self._readout(parameters)
        scores = readout @ self.coef_.T + self.intercept_
        probabilities = _softmax(scores)
        rows = np.arange(len(targets))
        share = weights / len(targets)
        penalty = as_float("l2", self.l2, low=0.0)
        loss = -float(share @ np.log(probabilities[rows, targets] + 1e-300))
        loss += 0.5 * penalty * float((self.coef_**2).sum())
        error = probabilities.copy()
        error[rows, targets] -= 1.0
        error *= share[:, None]
        _, slopes = simulate.expectation_vjp(
            self.circuit_,
            _z_observables(self.circuit_.num_qubits),
            parameters,
            error @ self.coef_,
            engine=self.engine,
            dtype=self.dtype,
        )
        angle_gradient = slopes[:, encoded.shape[1] :].sum(axis=0)
        return loss, (angle_gradient, error.T @ readout + penalty * self.coef_, error.sum(axis=0))

    def _with_angles(self, encoded: Array) -> Array:
        return np.hstack([encoded, np.broadcast_to(self.angles_, (len(encoded), len(self.angles_)))])

    def _readout(self, parameters: Array) -> Array:
        observables = _z_observables(self.circuit_.num_qubits)
        return simulate.expectation(
            self.circuit_, observables, parameters, engine=self.engine, dtype=self.dtype
        )

    def _scores(self, X: ArrayLike) -> Array:
        check_is_fitted(self)
        samples = validate_data(self, X, reset=False, dtype=np.float64)
        parameters = self._with_angles(self._encode(samples))
        # Engines may run a few rows another way than many, with other rounding; a sample's scores must not
        # depend on which samples come with it.
        missing = max(0, FEWEST_ROWS - len(parameters))
        filled = np.concatenate([parameters, np.repeat(parameters[-1:], missing, axis=0)])
        return self._readout(filled)[: len(parameters)] @ self.coef_.T + self.intercept_


@lru_cache(maxsize=64)
def _z_observables(num_qubits: int) -> tuple[PauliSum, ...]:
    return tuple(PauliSum.from_terms([(1.0, [(q, "Z")])]) for q in range(num_qubits))


def _softmax(scores: Array) -> Array:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def _batches(order: NDArray[np.intp], size: int) -> list[NDArray[np.intp]]:
    return [order[i : i + size] for i in range(0, len(order), size)]


@lru_cache(maxsize=16)
def _adam(rate: float) -> tuple[Any, Any]:
    # Cached: a second fit with the same step size and shapes compiles nothing.
    import jax
    import optax

    optimizer = optax.adam(rate)

    @jax.jit
    def update(gradients: Any, state: Any, values: Any) -> Any:
        changes, state = optimizer.update(gradients, state, values)
        return optax.apply_updates(values, changes), state

    return optimizer.init, update
