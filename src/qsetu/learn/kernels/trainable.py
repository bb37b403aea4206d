"""A fidelity kernel with angles of its own, trained to agree with the labels."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state

from qsetu import simulate
from qsetu.circuits import Circuit
from qsetu.core.checks import as_float, as_float_array, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.core.seeds import generator
from qsetu.learn.ansaetze import Ansatz, resolve_ansatz
from qsetu.learn.feature_maps import FeatureMap, resolve_feature_map
from qsetu.learn.kernels.alignment import centered, target_matrix
from qsetu.learn.kernels.base import QuantumKernel
from qsetu.learn.kernels.told import gram
from qsetu.learn.long_runs import tell_interrupted

__all__ = ["TrainableKernel"]

Matrix = NDArray[np.float64]


class TrainableKernel(QuantumKernel):
    """The fidelity of states that are encoded, turned by a trainable circuit, and encoded again.

    :meth:`fit` trains the angles by Adam so that the centered alignment of the kernel with the labels grows,
    on random batches, with exact gradients. Estimators that are given such a kernel fit it with themselves.

    Args:
        feature_map: A :class:`FeatureMap`, or the name of one.
        ansatz: An :class:`Ansatz` on as many qubits, or the name of one.
        num_layers: Layers of an ansatz given by name.
        reuploads: How often a trainable circuit and another encoding follow the first encoding.
        bandwidth: Factor applied to the features before encoding, above 0.
        steps: Gradient steps.
        batch_size: Samples of a step; all where there are fewer.
        learning_rate: Adam's step size.
        random_state: Seed of initial angles and batches.
        engine: Engine that simulates the circuits.
        dtype: Of kernel values; training is in single precision.
        cache: "memory" (default) and "disk" keep values, "none" does not: see :class:`QuantumKernel`.

    Attributes:
        weights_: The trained angles, radians.
        alignment_curve_: Alignment of each step's batch, before the step.

    References: Hubregtsen et al., Phys. Rev. A 106, 042431 (2022), arXiv:2105.02276.
    """

    def __init__(
        self,
        feature_map: FeatureMap | str = "angle",
        *,
        ansatz: Ansatz | str = "hardware_efficient",
        num_layers: int = 1,
        reuploads: int = 1,
        bandwidth: float = 1.0,
        steps: int = 100,
        batch_size: int = 64,
        learning_rate: float = 0.1,
        random_state: Any = None,
        engine: str = "auto",
        dtype: DTypeLike = "complex128",
        cache: str = "memory",
    ) -> None:
        self.feature_map = feature_map
        self.ansatz = ansatz
        self.num_layers = num_layers
        self.reuploads = reuploads
        self.bandwidth = bandwidth
        self.steps = steps
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state
        self.engine = engine
        self.dtype = dtype
        self.cache = cache

    def fit(self, X: ArrayLike, y: ArrayLike) -> TrainableKernel:
        """Train the angles on samples ``(N, d)`` with labels, or numbers, ``(N,)``.

        Raises:
            ArgumentError: Shapes that do not agree, or settings out of range.
        """
        from tqdm.auto import tqdm

        samples = as_float_array("X", X, "(N, d)")
        targets = np.asarray(y)
        if samples.ndim != 2 or len(targets) != len(samples):
            given = Said(f"X of shape {samples.shape}, y of shape {targets.shape}")
            raise ArgumentError("X", "must have shape (N, d), and y a label for each row", given)
        self._check()
        steps, size = as_int("steps", self.steps, 0), as_int("batch_size", self.batch_size, 2)
        rate = as_float("learning_rate", self.learning_rate, low=0.0, open_low=True)
        encoder = resolve_feature_map(self.feature_map, samples.shape[1])
        circuit, count = self._circuit(encoder)
        encoded = encoder.parameters(self.bandwidth * samples)
        ideal = target_matrix(targets)
        seed = int(check_random_state(self.random_state).randint(2**31))
        weights: Any = generator(seed, "kernel", "initial").normal(0.0, 0.5, count).astype(np.float32)
        chosen = generator(seed, "kernel", "batches")
        start, step = _trainer(circuit, str(self.engine), rate)
        state = start(weights)
        curve = []
        try:
            for _ in tqdm(range(steps if count else 0), desc="kernel", unit="step", delay=2, leave=False):
                rows = chosen.choice(len(samples), min(size, len(samples)), replace=False)
                weights, state, found = step(weights, state, encoded[rows], ideal[np.ix_(rows, rows)])
                curve.append(float(found))
        except KeyboardInterrupt:
            if not curve:
                raise
            tell_interrupted(len(curve), steps, "steps")
        self.weights_ = np.asarray(weights, dtype=np.float64)
        self.alignment_curve_ = curve
        return self

    def _circuit(self, encoder: FeatureMap) -> tuple[Circuit, int]:
        """The circuit, data slots first, and how many slots are trained."""
        circuit = encoder.circuit
        used = circuit.num_params
        ansatz = resolve_ansatz(self.ansatz, encoder.num_qubits, as_int("num_layers", self.num_layers, 1))
        for _ in range(as_int("reuploads", self.reuploads, 1)):
            circuit = circuit.compose(ansatz.circuit.shift_params(used)).compose(encoder.circuit)
            used += ansatz.num_params
        return circuit, used - encoder.circuit.num_params

    def _encoded(self, samples: Matrix) -> tuple[Circuit, Matrix]:
        if not hasattr(self, "weights_"):
            raise NotFittedError(
                "This TrainableKernel has no angles yet. Call 'fit' with samples and labels."
            )
        encoder = resolve_feature_map(self.feature_map, samples.shape[1])
        encoded = encoder.parameters(self.bandwidth * samples)
        weights = np.broadcast_to(self.weights_, (len(encoded), len(self.weights_)))
        return self._circuit(encoder)[0], np.hstack([encoded, weights])

    def _values(
        self, circuit: Circuit, a: Matrix, b: Matrix | None, a_names: list[bytes], b_names: list[bytes] | None
    ) -> Matrix:
        return gram(circuit, a, b, self.engine, self.dtype)


@lru_cache(maxsize=16)
def _trainer(circuit: Circuit, engine: str, rate: float) -> tuple[Any, Any]:
    """Initial state of the optimizer, and a compiled step."""
    import jax
    import jax.numpy as jnp
    import optax

    optimizer = optax.adam(rate)

    def alignment(weights: Any, encoded: Any, ideal: Any) -> Any:
        params = jnp.hstack([encoded, jnp.broadcast_to(weights, (len(encoded), len(weights)))])
        states = simulate.statevector(circuit, params, engine=engine)
        kernel = jnp.abs(states @ states.conj().T) ** 2
        kernel, ideal = (centered(matrix) for matrix in (kernel, ideal))
        norms = jnp.sqrt(jnp.sum(kernel**2) * jnp.sum(ideal**2))
        return jnp.sum(kernel * ideal) / jnp.maximum(norms, 1e-12)

    @jax.jit
    def step(weights: Any, state: Any, encoded: Any, ideal: Any) -> Any:
        given = encoded.astype(jnp.float32), ideal.astype(jnp.float32)
        found, slope = jax.value_and_grad(alignment)(weights, *given)
        changes, state = optimizer.update(-slope, state, weights)
        return optax.apply_updates(weights, changes), state, found

    return optimizer.init, step
