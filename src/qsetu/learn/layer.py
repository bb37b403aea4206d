"""A quantum circuit as a layer of a network in JAX."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from qsetu import simulate
from qsetu.circuits import Circuit, PauliSum
from qsetu.circuits.pauli import Observable, as_observables
from qsetu.core.checks import as_choice, as_complex_dtype, as_float, as_float_array, as_int
from qsetu.core.errors import ArgumentError, Said
from qsetu.engines import ENGINE_NAMES
from qsetu.learn.ansaetze import Ansatz, resolve_ansatz
from qsetu.learn.composed import composed
from qsetu.learn.feature_maps import FeatureMap

if TYPE_CHECKING:
    import jax

__all__ = ["QuantumLayer"]


@dataclass(frozen=True)
class QuantumLayer:
    """Features in, expectation values out: an encoding and a trainable circuit, for hybrid networks in JAX.

    A layer holds settings and no numbers. It is immutable and hashable, and two with equal settings are
    equal: so it can be a static field of an equinox module, an attribute of a flax module, or a static
    argument of ``jax.jit``. Its weights are one array, kept wherever the network keeps its own. Results can
    be compiled, mapped by ``jax.vmap``, and differentiated by weights and by features, so layers in front of
    it are trained as well.

    Args:
        feature_map: How features become a state. For a circuit of your own see :meth:`from_circuit`.
        ansatz: An :class:`Ansatz` on the same qubits, or the name of one in :data:`qsetu.learn.ANSAETZE`.
        num_layers: Layers of an ansatz given by name.
        reuploads: How often encoding and ansatz are applied, each ansatz with weights of its own.
        observables: One or more, as for :func:`qsetu.expectation`; None means Z of every qubit that the
            ansatz leaves to be measured.
        engine: Engine that simulates the circuits; second derivatives need "xla".
        dtype: Precision of the simulation, complex64 or complex128.
        num_inputs: Number of features, d; to be left out, the feature map says it.

    Example:
        >>> import jax, jax.numpy as jnp, optax
        >>> from qsetu.learn import AngleFeatureMap
        >>> from qsetu.learn.layer import QuantumLayer
        >>> layer = QuantumLayer(AngleFeatureMap(2), num_layers=2, reuploads=2)
        >>> keys = jax.random.split(jax.random.key(0))
        >>> X = jax.random.uniform(keys[0], (64, 2), minval=-1.5, maxval=1.5)
        >>> y = jnp.sin(2 * X[:, 0]) * X[:, 1]
        >>> params = {"quantum": layer.init(keys[1]), "linear": jnp.zeros(layer.num_outputs)}
        >>> def loss(params):
        ...     return jnp.mean((layer(params["quantum"], X) @ params["linear"] - y) ** 2)
        >>> optimizer = optax.adam(0.1)
        >>> def step(carry, _):
        ...     value, slope = jax.value_and_grad(loss)(carry[0])
        ...     changes, state = optimizer.update(slope, carry[1])
        ...     return (optax.apply_updates(carry[0], changes), state), value
        >>> train = jax.jit(lambda start: jax.lax.scan(step, start, None, length=100))
        >>> _, losses = train((params, optimizer.init(params)))
        >>> bool(losses[-1] < 0.2 * losses[0])
        True
    """

    feature_map: FeatureMap | Circuit
    ansatz: Ansatz | str | None = "hardware_efficient"
    num_layers: int = 1
    reuploads: int = 1
    observables: tuple[PauliSum, ...] | Sequence[Observable] | Observable | None = None
    engine: str = "auto"
    dtype: DTypeLike = "complex64"
    num_inputs: int = -1

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        as_int("num_layers", self.num_layers, 1, 1000)
        as_choice("engine", self.engine, ["auto", *ENGINE_NAMES])
        set_field(self, "dtype", as_complex_dtype("dtype", self.dtype).name)
        if isinstance(self.feature_map, FeatureMap):
            width = self.feature_map.num_qubits
            if self.num_inputs not in (-1, self.feature_map.num_features):
                rule = f"must be left out, or {self.feature_map.num_features} as the feature map says"
                raise ArgumentError("num_inputs", rule, self.num_inputs)
            set_field(self, "num_inputs", self.feature_map.num_features)
            set_field(self, "ansatz", resolve_ansatz(self.ansatz, width, self.num_layers))
        elif not isinstance(self.feature_map, Circuit) or self.ansatz is not None:
            rule = "must be a FeatureMap such as AngleFeatureMap(4)"
            hint = "Give a circuit of your own to QuantumLayer.from_circuit."
            raise ArgumentError("feature_map", rule, self.feature_map, hint)
        else:
            as_int("num_inputs", self.num_inputs, 0, self.feature_map.num_params)
        given: Any = self.observables
        if given is None:
            given = [f"Z{q}" for q in self._readout]
        elif not isinstance(given, (str, PauliSum)):
            given = list(given)
        set_field(self, "observables", as_observables("observables", given, self.circuit.num_qubits)[0])

    @classmethod
    def from_circuit(
        cls,
        circuit: Circuit,
        num_inputs: int,
        observables: Sequence[Observable] | Observable | None = None,
        *,
        engine: str = "auto",
        dtype: DTypeLike = "complex64",
    ) -> QuantumLayer:
        """A layer of any circuit: its first ``num_inputs`` slots are features, the others weights.

        Args:
            circuit: A circuit; features go into its angles as they are.
            num_inputs: From 0 to the number of its slots.
            observables: None means Z of every qubit.
            engine: Engine that simulates the circuits.
            dtype: Precision of the simulation.

        Example:
            >>> import jax
            >>> from qsetu import Circuit, param
            >>> from qsetu.learn.layer import QuantumLayer
            >>> circuit = Circuit(2).ry(param(0), 0).cx(0, 1).ry(param(0) * param(1), 1)
            >>> layer = QuantumLayer.from_circuit(circuit, 1, "Z0 Z1")
            >>> layer(layer.init(jax.random.key(0)), [[0.1], [0.2]]).shape
            (2, 1)
        """
        if not isinstance(circuit, Circuit):
            raise ArgumentError("circuit", "must be a qsetu Circuit", circuit)
        return cls(circuit, None, 1, 1, observables, engine, dtype, num_inputs)

    @property
    def _readout(self) -> tuple[int, ...]:
        if isinstance(self.ansatz, Ansatz):
            return self.ansatz.readout
        return tuple(range(self.circuit.num_qubits))

    @cached_property
    def circuit(self) -> Circuit:
        """The whole circuit: slots of the encoding, then one a weight."""
        if isinstance(self.feature_map, Circuit):
            as_int("reuploads", self.reuploads, 1, 1)
            return self.feature_map
        assert isinstance(self.ansatz, Ansatz)
        return composed(self.feature_map, self.ansatz, self.reuploads)

    @property
    def num_weights(self) -> int:
        """Number of weights."""
        encoder = self.feature_map
        used = encoder.circuit.num_params if isinstance(encoder, FeatureMap) else self.num_inputs
        return self.circuit.num_params - used

    @property
    def num_outputs(self) -> int:
        """Number of observables, K."""
        assert isinstance(self.observables, tuple)
        return len(self.observables)

    def deentangled(self) -> QuantumLayer:
        """The twin of this layer that entangles nothing; see :meth:`FeatureMap.deentangled`.

        Raises:
            ArgumentError: The layer was made of a circuit.
        """
        if not isinstance(self.feature_map, FeatureMap) or not isinstance(self.ansatz, Ansatz):
            raise ArgumentError("feature_map", "must be a FeatureMap to have a twin", self.feature_map)
        twin = self.feature_map.deentangled()
        return replace(self, feature_map=twin, ansatz=self.ansatz.deentangled())

    def init(self, key: jax.Array, scale: float = 0.1) -> jax.Array:
        """Weights ``(num_weights,)`` to start from, radians: normal, of standard deviation ``scale``.

        Small angles start near the identity, away from the plateau of random circuits (Grant et al.,
        Quantum 3, 214 (2019)).

        Args:
            key: A key of ``jax.random``.
            scale: At least 0.
        """
        import jax

        return as_float("scale", scale, low=0.0) * jax.random.normal(key, (self.num_weights,))

    def apply(self, weights: ArrayLike | jax.Array, x: ArrayLike | jax.Array) -> jax.Array:
        """Expectation values ``(..., K)`` for features ``(..., d)`` and weights ``(num_weights,)``.

        Args:
            weights: Radians; for several sets of them use ``jax.vmap``.
            x: Features, any batch axes.

        Raises:
            ArgumentError: A wrong shape; NaN or infinite, unless JAX is tracing.
        """
        import jax.numpy as jnp

        angles, features = _as_jax("weights", weights), _as_jax("x", x)
        if angles.shape != (self.num_weights,):
            hint = "For several sets of weights use jax.vmap." if angles.ndim > 1 else ""
            rule = f"must have shape ({self.num_weights},)"
            raise ArgumentError("weights", rule, Said(f"shape {angles.shape}"), hint)
        if features.ndim == 0 or features.shape[-1] != self.num_inputs:
            rule = f"must have shape (..., {self.num_inputs})"
            raise ArgumentError("x", rule, Said(f"shape {features.shape}"))
        batch = features.shape[:-1]
        count = math.prod(batch)
        if not count:
            return jnp.zeros((*batch, self.num_outputs), jnp.result_type(angles, features))
        rows = features.reshape(count, self.num_inputs)
        if isinstance(self.feature_map, FeatureMap):
            rows = jnp.asarray(self.feature_map.parameters(rows))
        params = jnp.hstack([rows, jnp.broadcast_to(angles, (len(rows), len(angles)))])
        assert isinstance(self.observables, tuple)
        values = simulate.expectation(
            self.circuit, self.observables, params, engine=self.engine, dtype=self.dtype
        )
        return values.reshape(*batch, self.num_outputs)

    def __call__(self, weights: ArrayLike | jax.Array, x: ArrayLike | jax.Array) -> jax.Array:
        """The same as :meth:`apply`."""
        return self.apply(weights, x)


def _as_jax(argument: str, value: Any) -> jax.Array:
    """A float array of JAX; what holds numbers already is searched for NaN."""
    import jax
    import jax.numpy as jnp

    leaves = jax.tree.leaves(value)
    if not any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
        checked = as_float_array(argument, np.asarray(value))
        if not isinstance(value, jax.Array):
            return jnp.asarray(checked)
    array = jnp.asarray(value)
    return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(jnp.result_type(float))
