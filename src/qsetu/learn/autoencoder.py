"""A quantum autoencoder: a trained circuit that puts what samples say into fewer qubits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu import simulate
from qsetu.circuits import PauliSum
from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.core.errors import ArgumentError
from qsetu.core.seeds import generator
from qsetu.learn.ansaetze import Ansatz, resolve_ansatz
from qsetu.learn.composed import composed
from qsetu.learn.descent import batches_of, descend
from qsetu.learn.feature_maps import FeatureMap, resolve_feature_map

__all__ = ["QuantumAutoencoder"]

Array = NDArray[np.float64]

LOSSES = ("local", "global")
# The global loss is a sum of 2^t Pauli strings for t qubits.
MAX_GLOBAL_TRASH = 10
# Amplitudes of states that are looked at at once: 64 MB.
AMPLITUDES_AT_ONCE = 2**22


class QuantumAutoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Compresses the states of samples: trains a circuit after which some qubits, the trash, are all 0.

    What is left, the latent qubits, then holds the whole state. A sample unlike those of the training leaves
    something in the trash, which :meth:`score_samples` measures.

    Args:
        feature_map: A :class:`FeatureMap` or the name of one.
        ansatz: The trained circuit: an :class:`Ansatz` on as many qubits, or the name of one.
        num_layers: Layers of an ansatz given by name.
        trash: How many qubits are to be emptied, the last ones; or a list of them.
        loss: "local" (default): one minus the mean probability of 0 over the trash qubits; it can be trained
            where there are many of them (Cerezo et al., Nature Communications 12, 1791 (2021)). "global": one
            minus the probability that all are 0, at most 10 of them.
        bandwidth: Factor applied to the features before encoding, above 0; the default suits standardized
            features. Very small: all states are alike, and nothing is learned.
        epochs: Passes over the data.
        batch_size: Samples a gradient step.
        learning_rate: Adam's step size.
        random_state: Seed of initial angles and of the order of samples.
        engine: Engine that simulates the circuits.
        dtype: complex128 (default) or complex64.

    Attributes:
        weights_: Trained angles, radians.
        circuit_: Encoding and ansatz; ``weights_`` fill its last slots.
        feature_map_: The feature map used.
        ansatz_: The ansatz used.
        trash_qubits_: Qubits that are emptied.
        latent_qubits_: The others.
        loss_curve_: Mean training loss of each epoch.
        n_iter_: Number of epochs.

    Reference: Romero et al., Quantum Science and Technology 2, 045001 (2017).

    Example:
        >>> import numpy as np
        >>> from qsetu.learn.autoencoder import QuantumAutoencoder
        >>> linked = np.random.default_rng(0).choice([-1, 1], (60, 1)) * [[1, 1, -1]]
        >>> model = QuantumAutoencoder(trash=2, bandwidth=1.5, random_state=0).fit(linked)
        >>> model.transform(linked).shape
        (60, 3)
        >>> model.score_samples([[1, 1, -1], [1, 1, 1]]).round(1)
        array([1., 0.])
    """

    def __init__(
        self,
        feature_map: FeatureMap | str = "angle",
        *,
        ansatz: Ansatz | str = "hardware_efficient",
        num_layers: int = 3,
        trash: int | Sequence[int] = 1,
        loss: str = "local",
        bandwidth: float = 1.0,
        epochs: int = 50,
        batch_size: int = 32,
        learning_rate: float = 0.1,
        random_state: Any = None,
        engine: str = "auto",
        dtype: DTypeLike = "complex128",
    ) -> None:
        self.feature_map = feature_map
        self.ansatz = ansatz
        self.num_layers = num_layers
        self.trash = trash
        self.loss = loss
        self.bandwidth = bandwidth
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state
        self.engine = engine
        self.dtype = dtype

    def fit(self, X: ArrayLike, y: Any = None) -> QuantumAutoencoder:
        """Train on samples ``(N, d)``; ``y`` is ignored.

        Raises:
            ValueError: NaN or a wrong shape, with scikit-learn's wording; settings out of range.
        """
        samples = validate_data(self, X, dtype=np.float64)
        epochs = as_int("epochs", self.epochs, 1)
        size = as_int("batch_size", self.batch_size, 1)
        rate = as_float("learning_rate", self.learning_rate, low=0.0, open_low=True)
        as_choice("loss", self.loss, LOSSES)
        self.feature_map_ = resolve_feature_map(self.feature_map, samples.shape[1])
        width = self.feature_map_.num_qubits
        self.trash_qubits_ = self._as_trash(width)
        self.latent_qubits_ = tuple(q for q in range(width) if q not in self.trash_qubits_)
        layers = as_int("num_layers", self.num_layers, 1)
        self.ansatz_ = resolve_ansatz(self.ansatz, width, layers, len(self.latent_qubits_))
        self.circuit_ = composed(self.feature_map_, self.ansatz_)
        self._n_features_out = 3 * len(self.latent_qubits_)
        encoded = self._encode(samples)
        seed = int(check_random_state(self.random_state).randint(2**31))
        order = generator(seed, "autoencoder", "order")
        self.weights_, self.loss_curve_ = descend(
            lambda weights, batch: self._loss_and_gradient(encoded[batch], weights),
            # Small angles start near the identity, away from the plateau of random circuits (Grant et al.,
            # Quantum 3, 214 (2019)).
            generator(seed, "autoencoder", "initial").normal(0.0, 0.1, self.ansatz_.num_params),
            lambda: batches_of(len(encoded), size, order),
            epochs=epochs,
            rate=rate,
            name="autoencoder",
        )
        self.n_iter_ = len(self.loss_curve_)
        return self

    def transform(self, X: ArrayLike) -> Array:
        """``<X>``, ``<Y>``, ``<Z>`` of each latent qubit in turn, ``(N, 3 * latent)``."""
        params = self._params(X)
        observables = [f"{letter}{q}" for q in self.latent_qubits_ for letter in "XYZ"]
        return simulate.expectation(self.circuit_, observables, params, engine=self.engine, dtype=self.dtype)

    def score_samples(self, X: ArrayLike) -> Array:
        """The probability that all trash qubits are 0, ``(N,)``: 1 for what is compressed without loss."""
        parts = [(abs(part[:, 0]) ** 2).sum(axis=1) for part in self._compressed(X)]
        return np.concatenate(parts).astype(np.float64)

    def score(self, X: ArrayLike, y: Any = None) -> float:
        """Mean of :meth:`score_samples`; ``y`` is ignored."""
        return float(self.score_samples(X).mean())

    def reconstruction_fidelity(self, X: ArrayLike) -> Array:
        """Fidelity of each state with itself after compression, a reset of the trash, and the way back.

        Of the compressed state ``sum_t |a_t>|t>``, ``t`` the trash, the reset keeps ``sum_t |a_t><a_t|``
        beside trash of zeros; so the fidelity is ``sum_t |<a_0|a_t>|^2``: exact, and at least the square of
        :meth:`score_samples`.

        Returns:
            ``(N,)``, from 0 to 1.
        """
        parts = [(abs(np.einsum("nl,ntl->nt", part[:, 0].conj(), part)) ** 2) for part in self._compressed(X)]
        return np.concatenate([part.sum(axis=1) for part in parts]).astype(np.float64)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[Any]:
        """Names of the columns of :meth:`transform`: ``quantumautoencoder_X0`` and so on."""
        super().get_feature_names_out(input_features)
        names = [f"{type(self).__name__.lower()}_{p}{q}" for q in self.latent_qubits_ for p in "XYZ"]
        return np.asarray(names, dtype=object)

    def _loss_and_gradient(self, encoded: Array, weights: Array) -> tuple[float, Array]:
        """Of the loss that is trained, and by the weights; for parameters ``(N, P)`` of the encoding."""
        values, slopes = simulate.expectation_vjp(
            self.circuit_,
            [_emptied(self.trash_qubits_, self.loss)],
            _joined(encoded, weights),
            np.full((len(encoded), 1), -1.0 / len(encoded)),
            engine=self.engine,
            dtype=self.dtype,
        )
        return 1.0 - float(values.mean()), slopes[:, encoded.shape[1] :].sum(axis=0)

    def _as_trash(self, width: int) -> tuple[int, ...]:
        rule = f"must leave at least one of the {width} qubit(s) that encode {self.n_features_in_} feature(s)"
        if isinstance(self.trash, (str, bytes)) or not hasattr(self.trash, "__iter__"):
            count = as_int("trash", self.trash, 1)
            qubits = tuple(range(max(0, width - count), width))
        else:
            qubits = tuple(sorted(as_int("trash", q, 0, width - 1) for q in self.trash))
            if not qubits or len(set(qubits)) < len(qubits):
                raise ArgumentError("trash", "must name one qubit or more, each once", self.trash)
        if len(qubits) >= width:
            raise ArgumentError("trash", rule, self.trash)
        if self.loss == "global" and len(qubits) > MAX_GLOBAL_TRASH:
            rule = f"must be at most {MAX_GLOBAL_TRASH} qubits for the global loss"
            raise ArgumentError("trash", rule, self.trash, "Use loss='local'.")
        return qubits

    def _encode(self, samples: Array) -> Array:
        scale = as_float("bandwidth", self.bandwidth, low=0.0, open_low=True)
        return self.feature_map_.parameters(scale * samples)

    def _params(self, X: ArrayLike) -> Array:
        check_is_fitted(self)
        samples = validate_data(self, X, reset=False, dtype=np.float64)
        return _joined(self._encode(samples), self.weights_)

    def _compressed(self, X: ArrayLike) -> Iterator[NDArray[Any]]:
        """States after the ansatz, some at a time, ``(n, 2^trash, 2^latent)``."""
        params = self._params(X)
        width = self.circuit_.num_qubits
        rows = max(1, AMPLITUDES_AT_ONCE >> width)
        # Axis 1 + i of the unfolded state is qubit width - 1 - i.
        axes = [0, *(width - q for q in self.trash_qubits_ + self.latent_qubits_)]
        for start in range(0, len(params), rows):
            part = params[start : start + rows]
            states = simulate.statevector(self.circuit_, part, engine=self.engine, dtype=self.dtype)
            unfolded = states.reshape(len(part), *[2] * width).transpose(axes)
            yield unfolded.reshape(len(part), 2 ** len(self.trash_qubits_), -1)


def _joined(encoded: Array, weights: Array) -> Array:
    return np.hstack([encoded, np.broadcast_to(weights, (len(encoded), len(weights)))])


@lru_cache(maxsize=64)
def _emptied(trash: tuple[int, ...], loss: str) -> PauliSum:
    """What is 1 where the trash is empty: the mean of ``(1 + Z) / 2``, or their product."""
    if loss == "local":
        share = 0.5 / len(trash)
        return PauliSum.from_terms([(0.5, []), *((share, [(q, "Z")]) for q in trash)])
    chosen = (group for size in range(len(trash) + 1) for group in combinations(trash, size))
    return PauliSum.from_terms((0.5 ** len(trash), [(q, "Z") for q in group]) for group in chosen)
