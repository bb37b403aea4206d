"""The layer in JAX: values by definition, derivatives by finite differences, and whole networks."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, dataclass

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, param
from qsetu.core.errors import ArgumentError
from qsetu.learn import (
    FEATURE_MAPS,
    AmplitudeFeatureMap,
    AngleFeatureMap,
    HardwareEfficientAnsatz,
    MPSAnsatz,
    QCNNAnsatz,
    StronglyEntanglingAnsatz,
    ZZFeatureMap,
)
from qsetu.learn.composed import composed
from qsetu.learn.layer import QuantumLayer

jax = pytest.importorskip("jax")
jnp = jax.numpy

OWN = Circuit(2).ry(param(0), 0).cx(0, 1).ry(param(0) * param(2), 1).rx(param(3) + param(1), 0)
LAYERS = [
    *(QuantumLayer(make(3), num_layers=2) for name, make in FEATURE_MAPS.items() if name != "basis"),
    QuantumLayer(ZZFeatureMap(2, reps=1), StronglyEntanglingAnsatz(2, 2), reuploads=3),
    QuantumLayer(AngleFeatureMap(5, qubits=2), "mps", reuploads=2),
    QuantumLayer(AngleFeatureMap(4), "qcnn"),
    QuantumLayer(AngleFeatureMap(2), observables=["X0 Z1 - 0.5 Y1", "Z0", "1.5"]),
    QuantumLayer(AngleFeatureMap(2), observables="X0", engine="xla"),
    QuantumLayer.from_circuit(OWN, 2),
    QuantumLayer.from_circuit(OWN, 0, ["Y1", "X0"]),
    QuantumLayer.from_circuit(OWN, 4),
]
PLACES = range(len(LAYERS))


def numbers(layer, batch=(3,), seed=0):
    rng = np.random.default_rng(seed)
    weights = rng.uniform(-2, 2, layer.num_weights)
    return weights, rng.uniform(0.1, 2, (*batch, layer.num_inputs))


def definition(layer, weights, x):
    """The composed circuit, parameters put together by hand, one sample at a time, by the slow engine."""
    encode = (lambda v: v) if isinstance(layer.feature_map, Circuit) else layer.feature_map.parameters
    rows = x.reshape(int(np.prod(x.shape[:-1])), layer.num_inputs)
    values = [
        qsetu.expectation(
            layer.circuit,
            list(layer.observables),
            np.concatenate([encode(row[None])[0], weights]),
            engine="reference",
            dtype="complex128",
        )
        for row in rows
    ]
    return np.array(values).reshape(*x.shape[:-1], -1)


@pytest.mark.parametrize("reuploads", [1, 2, 3])
@pytest.mark.parametrize("encoder", [ZZFeatureMap(3), AngleFeatureMap(4, qubits=3)], ids=repr)
def test_composed_is_encoding_and_ansatz_in_turn(encoder, reuploads):
    ansatz = HardwareEfficientAnsatz(3, 2)
    circuit = composed(encoder, ansatz, reuploads)
    data, each = encoder.circuit.num_params, ansatz.num_params
    assert circuit.num_params == data + reuploads * each
    values = np.random.default_rng(0).uniform(-2, 2, circuit.num_params)
    state = Circuit(3)
    for turn in range(reuploads):
        state = state.compose(encoder.circuit.bind(values[:data]))
        own = values[data + turn * each : data + (turn + 1) * each]
        state = state.compose(ansatz.circuit.bind(own))
    np.testing.assert_allclose(
        qsetu.statevector(circuit, values, dtype="complex128"),
        qsetu.statevector(state, dtype="complex128"),
        atol=1e-12,
    )


def test_composed_refuses_what_does_not_fit():
    with pytest.raises(ArgumentError, match=r"3 qubit\(s\) of the feature map"):
        composed(AngleFeatureMap(3), HardwareEfficientAnsatz(2))
    with pytest.raises(ArgumentError, match="reuploads"):
        composed(AngleFeatureMap(3), HardwareEfficientAnsatz(3), 0)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("batch", [(), (4,), (2, 3), (0,), (3, 0)])
def test_values_are_expectations_of_the_composed_circuit(place, batch):
    layer = LAYERS[place]
    weights, x = numbers(layer, batch)
    values = layer(weights, x)
    assert isinstance(values, jax.Array)
    assert values.shape == (*batch, layer.num_outputs)
    assert values.dtype == jnp.float32
    if np.prod(batch):
        np.testing.assert_allclose(values, definition(layer, weights, x), atol=3e-5)


def test_slots_and_outputs_are_what_the_parts_say():
    layer = QuantumLayer(ZZFeatureMap(3), HardwareEfficientAnsatz(3, 2), reuploads=2)
    assert layer.circuit == composed(ZZFeatureMap(3), HardwareEfficientAnsatz(3, 2), 2)
    assert (layer.num_inputs, layer.num_weights, layer.num_outputs) == (3, 24, 3)
    assert QuantumLayer(AngleFeatureMap(4), QCNNAnsatz(4, keep=2)).num_outputs == 2
    assert [str(o) for o in QuantumLayer(AngleFeatureMap(4), MPSAnsatz(4)).observables] == ["Z3"]
    own = QuantumLayer.from_circuit(OWN, 1)
    assert (own.num_inputs, own.num_weights, own.num_outputs) == (1, 3, 2)


@pytest.mark.parametrize("place", PLACES)
def test_derivatives_by_weights_and_features_are_slopes(place):
    layer = LAYERS[place]
    with jax.enable_x64(True):
        layer = QuantumLayer(**{**fields_of(layer), "dtype": "complex128"})
        weights, x = numbers(layer, (2,))
        mix = np.random.default_rng(1).normal(size=(2, layer.num_outputs))

        def loss(weights, x):
            return jnp.sum(mix * layer(weights, x))

        slopes = jax.jit(jax.grad(loss, argnums=(0, 1)))(jnp.asarray(weights), jnp.asarray(x))
        rng = np.random.default_rng(2)
        # Along directions that differ in every entry: by weights alone, by features alone, by both.
        for by_weights, by_features in ((1, 0), (0, 1), (1, 1)):
            d = [by_weights * rng.normal(size=weights.shape), by_features * rng.normal(size=x.shape)]
            high, low = (float(loss(weights + s * d[0], x + s * d[1])) for s in (1e-5, -1e-5))
            expected = sum(float(np.sum(step * slope)) for step, slope in zip(d, slopes, strict=True))
            assert (high - low) / 2e-5 == pytest.approx(expected, abs=1e-7)


def fields_of(layer):
    return {name: getattr(layer, name) for name in layer.__dataclass_fields__}


@pytest.mark.parametrize("place", PLACES)
def test_jit_and_vmap_change_nothing(place):
    layer = LAYERS[place]
    weights, x = numbers(layer, (4,))
    plain = np.asarray(layer(weights, x))
    np.testing.assert_allclose(jax.jit(layer)(weights, x), plain, atol=1e-5)
    np.testing.assert_allclose(jax.vmap(layer, (None, 0))(weights, x), plain, atol=1e-5)
    called = jax.jit(QuantumLayer.apply, static_argnums=0)(layer, weights, x)
    np.testing.assert_allclose(called, plain, atol=1e-5)
    sets = np.stack([weights, weights + 0.3])
    both = jax.vmap(layer, (0, None))(sets, x)
    np.testing.assert_allclose(both[1], layer(sets[1], x), atol=1e-5)


@pytest.mark.parametrize("place", PLACES)
def test_a_layer_is_a_value(place):
    layer = LAYERS[place]
    same = QuantumLayer(**fields_of(layer))
    assert same == layer and hash(same) == hash(layer)
    copy = pickle.loads(pickle.dumps(layer))
    assert copy == layer and hash(copy) == hash(layer) and copy.circuit == layer.circuit
    with pytest.raises(FrozenInstanceError):
        layer.reuploads = 7
    kinds = [QuantumLayer(**{**fields_of(layer), "dtype": dtype}) for dtype in (np.complex64, "c8")]
    assert kinds == [layer, layer] and len({hash(kind) for kind in (layer, *kinds)}) == 1
    others = [other for k, other in enumerate(LAYERS) if k != place]
    assert layer not in others


def test_equal_layers_share_what_jax_has_compiled():
    traced = []

    def run(layer, weights, x):
        traced.append(layer)
        return layer(weights, x)

    compiled = jax.jit(run, static_argnums=0)
    for _ in range(3):
        layer = QuantumLayer(AngleFeatureMap(2), observables=["Z0", "X1"])
        compiled(layer, *numbers(layer))
    assert len(traced) == 1


def test_weights_start_small_and_by_their_key():
    layer = QuantumLayer(AngleFeatureMap(6), num_layers=20)
    weights = np.asarray(layer.init(jax.random.key(0)))
    assert weights.shape == (layer.num_weights,) == (240,)
    assert abs(weights.std() - 0.1) < 0.02 and abs(weights.mean()) < 0.03
    np.testing.assert_array_equal(weights, layer.init(jax.random.key(0)))
    assert not np.array_equal(weights, layer.init(jax.random.key(1)))
    np.testing.assert_allclose(layer.init(jax.random.key(0), scale=2.0), 20 * weights, rtol=1e-5)
    assert QuantumLayer.from_circuit(OWN, 4).init(jax.random.key(0)).shape == (0,)


def test_the_twin_entangles_nothing():
    twin = QuantumLayer(ZZFeatureMap(3), reuploads=2).deentangled()
    rho = qsetu.reduced_density_matrices(
        twin.circuit, np.random.default_rng(0).normal(size=twin.circuit.num_params), dtype="complex128"
    )
    np.testing.assert_allclose(np.einsum("qij,qji->q", rho, rho).real, 1, atol=1e-12)
    assert twin.num_weights == QuantumLayer(ZZFeatureMap(3), reuploads=2).num_weights
    with pytest.raises(ArgumentError, match="twin"):
        QuantumLayer.from_circuit(OWN, 2).deentangled()


def test_second_derivatives_take_the_xla_engine():
    layer = QuantumLayer(AngleFeatureMap(1), engine="xla")
    weights, x = numbers(layer, ())
    hessian = jax.hessian(lambda w: layer(w, x).sum())(jnp.asarray(weights))
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-5)
    with pytest.raises(ArgumentError, match="xla"):
        other = QuantumLayer(AngleFeatureMap(1), engine="native")
        jax.hessian(lambda w: other(w, x).sum())(jnp.asarray(weights))


@jax.tree_util.register_pytree_node_class
@dataclass
class Network:
    """A module as equinox makes them: weights are leaves, the layer is static."""

    layer: QuantumLayer
    before: jax.Array
    weights: jax.Array
    after: jax.Array

    def tree_flatten(self):
        return (self.before, self.weights, self.after), self.layer

    @classmethod
    def tree_unflatten(cls, layer, leaves):
        return cls(layer, *leaves)

    def __call__(self, x):
        return self.layer(self.weights, jnp.tanh(x @ self.before)) @ self.after


def task(count=80):
    X = np.random.default_rng(0).normal(size=(count, 5))
    return X, np.sign(X[:, 0] * X[:, 1])


def trained(model, step, epochs=60):
    optax = pytest.importorskip("optax")
    optimizer = optax.adam(0.1)
    state = optimizer.init(model)
    losses = []
    for _ in range(epochs):
        value, slope = step(model)
        changes, state = optimizer.update(slope, state)
        model = optax.apply_updates(model, changes)
        losses.append(float(value))
    return model, losses


def test_a_network_with_layers_before_and_behind_is_trained_whole():
    X, y = task()
    layer = QuantumLayer(AngleFeatureMap(2), num_layers=2, reuploads=2)
    keys = jax.random.split(jax.random.key(3), 3)
    start = Network(
        layer,
        0.5 * jax.random.normal(keys[0], (5, 2)),
        layer.init(keys[1]),
        jax.random.normal(keys[2], (2,)),
    )

    def loss(model):
        return jnp.mean((model(X) - y) ** 2)

    end, losses = trained(start, jax.jit(jax.value_and_grad(loss)))
    assert losses[-1] < 0.7 * losses[0]
    for name in ("before", "weights", "after"):
        assert not np.allclose(getattr(start, name), getattr(end, name)), name
    assert end.layer is layer


def test_it_is_an_attribute_of_a_flax_module():
    linen = pytest.importorskip("flax.linen")
    layer = QuantumLayer(AngleFeatureMap(2), num_layers=2, reuploads=2)

    class Hybrid(linen.Module):
        layer: QuantumLayer

        @linen.compact
        def __call__(self, x):
            x = linen.tanh(linen.Dense(self.layer.num_inputs)(x))
            weights = self.param("quantum", self.layer.init)
            return linen.Dense(1)(self.layer(weights, x))[..., 0]

    X, y = task()
    model = Hybrid(layer)
    params = model.init(jax.random.key(0), X)
    _, losses = trained(params, jax.jit(jax.value_and_grad(lambda p: jnp.mean((model.apply(p, X) - y) ** 2))))
    assert losses[-1] < 0.8 * losses[0]


def test_it_is_a_static_field_of_an_equinox_module():
    eqx = pytest.importorskip("equinox")
    layer = QuantumLayer(AngleFeatureMap(2), num_layers=2, reuploads=2)

    class Hybrid(eqx.Module):
        dense: eqx.nn.Linear
        weights: jax.Array
        layer: QuantumLayer = eqx.field(static=True)

        def __call__(self, x):
            return self.layer(self.weights, jnp.tanh(self.dense(x))).sum()

    X, y = task()
    keys = jax.random.split(jax.random.key(0))
    start = Hybrid(eqx.nn.Linear(5, 2, key=keys[0]), layer.init(keys[1]), layer)
    step = eqx.filter_jit(eqx.filter_value_and_grad(lambda m: jnp.mean((jax.vmap(m)(X) - y) ** 2)))
    _, losses = trained(start, step)
    assert losses[-1] < 0.8 * losses[0]


GOOD = QuantumLayer(AngleFeatureMap(2))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: QuantumLayer("angle"), "AngleFeatureMap"),
        (lambda: QuantumLayer(OWN), "QuantumLayer.from_circuit"),
        (lambda: QuantumLayer.from_circuit("x", 1), "Circuit"),
        (lambda: QuantumLayer.from_circuit(OWN, 5), "num_inputs"),
        (lambda: QuantumLayer.from_circuit(OWN, -1), "num_inputs"),
        (lambda: QuantumLayer(AngleFeatureMap(2), num_inputs=3), "num_inputs"),
        (lambda: QuantumLayer(OWN, None, reuploads=2, num_inputs=1), "reuploads"),
        (lambda: QuantumLayer(AngleFeatureMap(2), "ring"), "ansatz"),
        (lambda: QuantumLayer(AngleFeatureMap(2), None), "ansatz"),
        (lambda: QuantumLayer(AngleFeatureMap(2), HardwareEfficientAnsatz(3)), r"2 qubit\(s\)"),
        (lambda: QuantumLayer(AngleFeatureMap(2), num_layers=0), "num_layers"),
        (lambda: QuantumLayer(AngleFeatureMap(2), reuploads=0), "reuploads"),
        (lambda: QuantumLayer(AngleFeatureMap(2), observables="Z2"), "observables"),
        (lambda: QuantumLayer(AngleFeatureMap(2), observables=[]), "observables"),
        (lambda: QuantumLayer(AngleFeatureMap(2), engine="fast"), "engine"),
        (lambda: QuantumLayer(AngleFeatureMap(2), dtype="float32"), "dtype"),
        (lambda: GOOD(np.zeros(3), np.zeros(2)), r"'weights' must have shape \(4,\)"),
        (lambda: GOOD(np.zeros((2, 4)), np.zeros(2)), "jax.vmap"),
        (lambda: GOOD(np.zeros(4), np.zeros(3)), r"'x' must have shape \(..., 2\)"),
        (lambda: GOOD(np.zeros(4), 0.5), r"'x' must have shape \(..., 2\)"),
        (lambda: GOOD(np.zeros(4), [[0, np.nan]]), "'x'.*finite"),
        (lambda: GOOD(np.full(4, np.inf), [[0, 1.0]]), "'weights'.*finite"),
        (lambda: GOOD(np.zeros(4), jnp.full((1, 2), jnp.nan)), "'x'.*finite"),
        (lambda: GOOD(np.zeros(4), np.zeros(2, complex)), "'x'.*real"),
        (lambda: GOOD(np.zeros(4), "ab"), "'x'"),
        (lambda: jax.jit(GOOD)(np.zeros(4), np.zeros(3)), r"'x' must have shape"),
        (lambda: GOOD.init(jax.random.key(0), scale=-1), "scale"),
        (lambda: QuantumLayer(AmplitudeFeatureMap(4))(np.zeros(4), np.zeros((1, 4))), "finite|0"),
    ],
)
def test_bad_input_is_refused_by_name(call, said):
    with pytest.raises(ArgumentError, match=said):
        call()


def test_numbers_of_any_kind_are_taken():
    expected = np.asarray(GOOD(np.zeros(4), [[0.0, 1.0]]))
    for x in (
        [[0, 1]],
        np.array([[0, 1]], dtype=np.int8),
        jnp.array([[0, 1]]),
        [[jnp.array(0), jnp.array(1)]],
    ):
        np.testing.assert_allclose(GOOD([0, 0, 0, 0], x), expected, atol=1e-6)
