"""What variational estimators share: circuit, read-out, linear layer, and how they are trained."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from qsetu import explanation, simulate
from qsetu.circuits import Circuit, PauliSum
from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError
from qsetu.core.seeds import generator
from qsetu.learn.ansaetze import Ansatz, resolve_ansatz
from qsetu.learn.composed import composed
from qsetu.learn.feature_maps import FeatureMap, resolve_feature_map
from qsetu.learn.long_runs import SMALL_WORK, tell_if_long
from qsetu.learn.variational.natural import natural_gradient
from qsetu.learn.variational.training import TrainingState, Values, optimizer_of, train

__all__ = ["VariationalModel"]

# From so many rows on every engine runs a batch as a batch.
FEWEST_ROWS = 8

Array = NDArray[np.float64]


class VariationalModel(BaseEstimator, ABC):
    """Feature map and trainable circuit, expectation values, and a linear layer to the outputs.

    Subclasses say what the outputs are and what a loss is.
    """

    feature_map: FeatureMap | str
    ansatz: Ansatz | str
    num_layers: int
    reuploads: int | None
    observables: Sequence[str | PauliSum] | None
    bandwidth: float
    epochs: int
    batch_size: int
    optimizer: Any
    learning_rate: float
    l2: float
    early_stopping: bool
    validation_fraction: float
    patience: int
    tol: float
    warm_start: bool
    callbacks: Sequence[Callable[[TrainingState], Any]] | None
    random_state: Any
    engine: str
    dtype: DTypeLike

    circuit_: Circuit
    angles_: Array
    coef_: Array
    intercept_: Array
    loss_curve_: list[float]
    gradient_norms_: list[float]
    validation_scores_: list[float] | None

    # -- what subclasses say ----------------------------------------------------------------------

    @abstractmethod
    def _loss(self, scores: Array, targets: Any, weights: Array) -> tuple[float, Array]:
        """Loss of a batch, and its slopes by the outputs ``(N, K)``."""

    @abstractmethod
    def _merit(self, scores: Array, targets: Any, weights: Array) -> float:
        """Score of samples set aside, greater is better."""

    # -- circuit ----------------------------------------------------------------------------------

    def preflight_circuit(self, num_features: int, outputs: int = 1) -> tuple[Circuit, Any, int, list[Any]]:
        """What :func:`qsetu.learn.preflight` looks at, without a fit.

        Args:
            num_features: Features of a sample.
            outputs: Classes, where there are more than two, or targets.

        Returns:
            The circuit; a function from samples ``(N, d)`` to its first parameters ``(N, D)``; D; and the
            observables.
        """
        encoder, ansatz, circuit = self._built(num_features, outputs)
        scale = as_float("bandwidth", self.bandwidth, low=0.0, open_low=True)

        def encode(samples: ArrayLike) -> Array:
            return encoder.parameters(scale * np.asarray(samples, dtype=np.float64))

        return circuit, encode, encoder.circuit.num_params, list(self._read(ansatz, outputs))

    def _built(self, num_features: int, outputs: int) -> tuple[FeatureMap, Ansatz, Circuit]:
        encoder = resolve_feature_map(self.feature_map, num_features)
        layers = as_int("num_layers", self.num_layers, 1)
        ansatz = resolve_ansatz(self.ansatz, encoder.num_qubits, layers, outputs)
        narrows = len(ansatz.readout) < ansatz.num_qubits
        times = (1 if narrows else 2) if self.reuploads is None else self.reuploads
        return encoder, ansatz, composed(encoder, ansatz, times)

    def _read(self, ansatz: Ansatz, outputs: int) -> tuple[Any, ...]:
        if self.observables is None:
            # As many numbers as outputs at least: else those were functions of each other.
            return _letters(ansatz.readout, "Z" if len(ansatz.readout) >= outputs else "ZXY")
        if isinstance(self.observables, (str, PauliSum)) or not len(self.observables):
            rule = "must be a list of observables, such as ['Z0', 'Z0 Z1']"
            raise ArgumentError("observables", rule, self.observables)
        return tuple(self.observables)

    def _encode(self, samples: Array) -> Array:
        scale = as_float("bandwidth", self.bandwidth, low=0.0, open_low=True)
        return self.feature_map_.parameters(scale * samples)

    # -- training ---------------------------------------------------------------------------------

    def _fit(self, samples: Array, targets: Any, weights: Array, outputs: int, keep: int) -> None:
        """Train on checked samples; sets all fitted attributes but those of the subclass."""
        goes_on = bool(self.warm_start) and hasattr(self, "angles_") and self.coef_.shape[0] == outputs
        self.feature_map_, self.ansatz_, self.circuit_ = self._built(samples.shape[1], keep)
        self.observables_ = self._read(self.ansatz_, keep)
        seed = int(check_random_state(self.random_state).randint(2**31))
        encoded = self._encode(samples)
        count = self.circuit_.num_params - encoded.shape[1]
        values = self._start(seed, count, outputs)
        if goes_on and self.angles_.shape == values[0].shape and self.coef_.shape == values[1].shape:
            values = (self.angles_, self.coef_, self.intercept_)
        rows, held = self._split(seed, len(encoded), targets)
        order = generator(seed, "variational", "order")
        rate = as_float("learning_rate", self.learning_rate, low=0.0, open_low=True)
        epochs, size = as_int("epochs", self.epochs, 1), as_int("batch_size", self.batch_size, 1)
        self._tell_if_long(len(rows), size, epochs)

        def step(values: Values, batch: NDArray[np.intp]) -> tuple[float, Values]:
            return self._loss_and_gradients(values, encoded[batch], targets[batch], weights[batch])

        def score(values: Values) -> float:
            scores = self._readout(self._with_angles(encoded[held], values[0])) @ values[1].T + values[2]
            return self._merit(scores, targets[held], weights[held])

        (self.angles_, self.coef_, self.intercept_), history = train(
            values,
            step,
            lambda: rows[order.permutation(len(rows))],
            optimizer=_optimizer(self.optimizer, rate),
            batch_size=size,
            epochs=epochs,
            score=score if len(held) else None,
            patience=as_int("patience", self.patience, 0) if self.early_stopping else 0,
            tolerance=as_float("tol", self.tol, low=0.0),
            callbacks=tuple(self.callbacks or ()),
        )
        before = self.loss_curve_ if goes_on else []
        self.loss_curve_ = [*before, *history.losses]
        self.gradient_norms_ = [*(self.gradient_norms_ if goes_on else []), *history.gradient_norms]
        self.validation_scores_ = history.scores if len(held) else None
        self.n_iter_ = len(history.losses)

    def _start(self, seed: int, count: int, outputs: int) -> Values:
        start = generator(seed, "variational", "initial")
        # Small angles start near the identity, away from the plateau of random circuits
        # (Grant et al., Quantum 3, 214 (2019)).
        angles = start.normal(0.0, 0.1, count)
        return angles, start.normal(0.0, 0.1, (outputs, len(self.observables_))), np.zeros(outputs)

    def _split(self, seed: int, count: int, targets: Any) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Samples to train on, and samples set aside for early stopping, with the same classes."""
        everyone = np.arange(count)
        if not self.early_stopping:
            return everyone, everyone[:0]
        from sklearn.model_selection import train_test_split

        share = as_float("validation_fraction", self.validation_fraction, low=0.0, high=0.9, open_low=True)
        classes = targets if targets.dtype.kind in "iu" else None
        rows, held = train_test_split(everyone, test_size=share, random_state=seed, stratify=classes)
        return rows, held

    def _tell_if_long(self, samples: int, size: int, epochs: int) -> None:
        work = 2.0**self.circuit_.num_qubits * len(self.circuit_) * samples * epochs
        if work < SMALL_WORK:
            return
        plan = explanation.explain(
            self.circuit_, rows=min(size, samples), gradient=True, engine=self.engine, dtype=self.dtype
        )
        steps = epochs * -(-samples // size)
        what = f"Training of {self.circuit_.num_qubits} qubits on {samples:,} samples for {epochs} epochs"
        tell_if_long(what, 1.3 * steps * plan.seconds, plan.memory_bytes)

    def _loss_and_gradients(
        self, values: Values, encoded: Array, targets: Any, weights: Array
    ) -> tuple[float, Values]:
        angles, coef, intercept = values
        parameters = self._with_angles(encoded, angles)
        readout = self._readout(parameters)
        loss, slopes = self._loss(readout @ coef.T + intercept, targets, weights)
        penalty = as_float("l2", self.l2, low=0.0)
        loss += 0.5 * penalty * float((coef**2).sum())
        how: dict[str, Any] = {"engine": self.engine, "dtype": self.dtype}
        _, by_parameter = simulate.expectation_vjp(
            self.circuit_, self.observables_, parameters, slopes @ coef, **how
        )
        by_angle = by_parameter[:, encoded.shape[1] :].sum(axis=0)
        if isinstance(self.optimizer, str) and self.optimizer == "qng" and len(angles):
            by_angle = natural_gradient(self.circuit_, parameters, len(angles), by_angle, self.engine)
        return loss, (by_angle, slopes.T @ readout + penalty * coef, slopes.sum(axis=0))

    # -- prediction -------------------------------------------------------------------------------

    def _with_angles(self, encoded: Array, angles: Array) -> Array:
        return np.hstack([encoded, np.broadcast_to(angles, (len(encoded), len(angles)))])

    def _readout(self, parameters: Array) -> Array:
        return simulate.expectation(
            self.circuit_, self.observables_, parameters, engine=self.engine, dtype=self.dtype
        )

    def _scores(self, X: ArrayLike) -> Array:
        check_is_fitted(self)
        samples = validate_data(self, X, reset=False, dtype=np.float64)
        parameters = self._with_angles(self._encode(samples), self.angles_)
        # Engines may run a few rows another way than many, with other rounding; a sample's scores must not
        # depend on which samples come with it.
        missing = max(0, FEWEST_ROWS - len(parameters))
        filled = np.concatenate([parameters, np.repeat(parameters[-1:], missing, axis=0)])
        return self._readout(filled)[: len(parameters)] @ self.coef_.T + self.intercept_


@lru_cache(maxsize=64)
def _letters(qubits: tuple[int, ...], letters: str) -> tuple[PauliSum, ...]:
    return tuple(PauliSum.from_terms([(1.0, [(q, letter)])]) for letter in letters for q in qubits)


def _optimizer(given: Any, rate: float) -> Any:
    return _named_optimizer(given, rate) if isinstance(given, str) else optimizer_of(given, rate)


@lru_cache(maxsize=32)
def _named_optimizer(name: str, rate: float) -> Any:
    return optimizer_of(name, rate)  # the same object for the same settings, so that nothing compiles anew
