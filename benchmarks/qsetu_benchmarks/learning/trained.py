"""Trained circuits, beside PennyLane compiled by JAX, and scikit-learn for scale.

Peers start from the numbers that ours start from and see batches in the same order, so that losses can be
compared number by number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from qsetu import learn
from qsetu.core.seeds import generator
from qsetu_benchmarks.learning.common import BATCH, EPOCHS, RATE, SAMPLES, Call, compiled, data


def model(kind: Any, qubits: int) -> Any:
    return kind(
        learn.AngleFeatureMap(qubits),
        reuploads=1,
        bandwidth=1.0,
        epochs=EPOCHS,
        batch_size=BATCH,
        learning_rate=RATE,
        l2=0.0,
        random_state=0,
    )


def variational_classifier(qubits: int) -> dict[str, Call]:
    X, _, y = data(qubits)
    scale = MLPClassifier((16,), max_iter=EPOCHS, batch_size=BATCH, random_state=0)
    return {
        "qsetu": lambda: model(learn.VariationalClassifier, qubits).fit(X, y).loss_curve_,
        "PennyLane": lambda: pennylane_training(X, y, True),
        "scikit-learn": lambda: scale.fit(X, y).loss_curve_,
    }


def variational_regressor(qubits: int) -> dict[str, Call]:
    X, y, _ = data(qubits)
    scale = MLPRegressor(hidden_layer_sizes=(16,), max_iter=EPOCHS, batch_size=BATCH, random_state=0)
    return {
        "qsetu": lambda: model(learn.VariationalRegressor, qubits).fit(X, y).loss_curve_,
        "PennyLane": lambda: pennylane_training(X, (y - y.mean()) / y.std(), False),
        "scikit-learn": lambda: scale.fit(X, y).loss_curve_,
    }


def pennylane_training(X: np.ndarray, y: np.ndarray, classes: bool) -> Any:
    """The same training with default.qubit, mapped over the batch, the whole step compiled by JAX."""
    import jax
    import jax.numpy as jnp
    import optax
    import pennylane as qml

    qubits = X.shape[1]
    device = qml.device("default.qubit", wires=qubits)

    @qml.qnode(device)
    def circuit(x: Any, angles: Any) -> Any:
        for q in range(qubits):
            qml.RY(x[q], q)
        for layer in range(2):
            for q in range(qubits):
                qml.RY(angles[2 * (layer * qubits + q)], q)
                qml.RZ(angles[2 * (layer * qubits + q) + 1], q)
            for q in range(qubits):
                qml.CNOT([q, (q + 1) % qubits])
        return [qml.expval(qml.Z(q)) for q in range(qubits)]

    optimizer = optax.adam(RATE)

    def loss(values: Any, x: Any, targets: Any) -> Any:
        angles, coef, intercept = values
        readout = jnp.stack(jax.vmap(circuit, (0, None))(x, angles), axis=1)
        scores = readout @ coef.T + intercept
        if classes:
            return optax.softmax_cross_entropy_with_integer_labels(scores, targets).mean()
        return 0.5 * ((scores[:, 0] - targets) ** 2).mean()

    def step(values: Any, state: Any, x: Any, targets: Any) -> Any:
        found, slopes = jax.value_and_grad(loss)(values, x, targets)
        changes, state = optimizer.update(slopes, state, values)
        return optax.apply_updates(values, changes), state, found

    fast = compiled(f"training {classes} {qubits}", lambda: jax.jit(step))
    # The start and the order of our own model, so that losses can be compared number by number.
    seed = int(np.random.RandomState(0).randint(2**31))
    start = generator(seed, "variational", "initial")
    outputs = 2 if classes else 1
    values: Any = (
        start.normal(0.0, 0.1, 4 * qubits),
        start.normal(0.0, 0.1, (outputs, qubits)),
        np.zeros(outputs),
    )
    order = generator(seed, "variational", "order")
    state = optimizer.init(values)
    curve = []
    for _ in range(EPOCHS):
        total = 0.0
        shuffled = order.permutation(SAMPLES)
        for first in range(0, SAMPLES, BATCH):
            rows = shuffled[first : first + BATCH]
            values, state, found = fast(values, state, X[rows], y[rows])
            total += float(found) * len(rows)
        curve.append(total / SAMPLES)
    return curve


def layer() -> dict[str, Call]:
    """One step of a network: value and gradient, by weights and by features, compiled by JAX."""
    import jax
    import jax.numpy as jnp
    import pennylane as qml

    X = jnp.asarray(data(8)[0][:64], dtype=jnp.float32)
    quantum = learn.QuantumLayer(learn.AngleFeatureMap(8), "strongly_entangling", num_layers=2)
    weights = quantum.init(jax.random.key(0))
    device = qml.device("default.qubit", wires=8)

    @qml.qnode(device)
    def circuit(x: Any, w: Any) -> Any:
        qml.AngleEmbedding(x, wires=range(8), rotation="Y")
        qml.StronglyEntanglingLayers(w.reshape(2, 8, 3), wires=range(8))
        return [qml.expval(qml.Z(q)) for q in range(8)]

    def theirs_(w: Any, x: Any) -> Any:
        return jnp.stack(jax.vmap(circuit, (0, None))(x, w), axis=1)

    def step(network: Any) -> Call:
        slopes = jax.jit(jax.value_and_grad(lambda w, x: jnp.mean(network(w, x) ** 2), (0, 1)))

        def call() -> Any:
            value, (by_weights, by_features) = jax.block_until_ready(slopes(weights, X))
            return np.concatenate([[value], by_weights, np.ravel(by_features)])

        return call

    return {"qsetu": step(quantum), "PennyLane": step(theirs_)}


def autoencoder() -> dict[str, Call]:
    import jax
    import jax.numpy as jnp
    import optax
    import pennylane as qml

    X = data(8)[0]
    settings: dict[str, Any] = {"trash": 3, "num_layers": 2, "epochs": EPOCHS, "batch_size": BATCH}

    @qml.qnode(qml.device("default.qubit", wires=8))
    def circuit(x: Any, w: Any) -> Any:
        qml.AngleEmbedding(x, wires=range(8), rotation="Y")
        for block in w.reshape(2, 8, 2):
            for q in range(8):
                qml.RY(block[q, 0], q)
                qml.RZ(block[q, 1], q)
            for q in range(8):
                qml.CNOT([q, (q + 1) % 8])
        return [qml.expval(qml.Z(q)) for q in (5, 6, 7)]

    optimizer = optax.adam(0.1)

    def loss(w: Any, x: Any) -> Any:
        return 0.5 - 0.5 * jnp.mean(jnp.stack(jax.vmap(circuit, (0, None))(x, w)))

    @jax.jit
    def step(w: Any, state: Any, x: Any) -> Any:
        found, slope = jax.value_and_grad(loss)(w, x)
        changes, state = optimizer.update(slope, state)
        return optax.apply_updates(w, changes), state, found

    def peer() -> Any:
        seed = int(np.random.RandomState(0).randint(2**31))
        order = generator(seed, "autoencoder", "order")
        w: Any = generator(seed, "autoencoder", "initial").normal(0.0, 0.1, 32)
        state = optimizer.init(w)
        curve = []
        for _ in range(EPOCHS):
            shuffled = order.permutation(SAMPLES)
            total = 0.0
            for first in range(0, SAMPLES, BATCH):
                w, state, found = step(w, state, X[shuffled[first : first + BATCH]])
                total += float(found) * BATCH
            curve.append(total / SAMPLES)
        return curve

    def ours_() -> Any:
        return learn.QuantumAutoencoder(random_state=0, **settings).fit(X).loss_curve_

    return {"qsetu": ours_, "PennyLane": peer}


def iqp_generator() -> dict[str, Call]:
    import jax
    import jax.numpy as jnp
    import optax
    import pennylane as qml

    width, steps = 10, 50
    chance = np.random.default_rng(0)
    bits = np.cumsum(chance.random((500, width)) < 0.2, axis=1) % 2
    settings: dict[str, Any] = {"initial": "random", "steps": steps, "random_state": 0}
    subsets = learn.IQPGenerator(**settings).fit(bits).subsets_
    widths = learn.IQPGenerator(**settings).fit(bits).bandwidths_

    @qml.qnode(qml.device("default.qubit", wires=width))
    def circuit(angles: Any) -> Any:
        for q in range(width):
            qml.Hadamard(q)
        for slot, group in enumerate(subsets):
            qml.MultiRZ(-2 * angles[slot], wires=group)
        for q in range(width):
            qml.Hadamard(q)
        return qml.probs(wires=range(width - 1, -1, -1))

    numbers = np.arange(2**width)
    apart = np.bitwise_count(numbers[:, None] ^ numbers[None, :]).astype(float)
    kernel = jnp.asarray(np.mean([np.exp(-apart / (2 * s**2)) for s in widths], axis=0))
    seen = jnp.asarray(np.bincount(bits @ (1 << np.arange(width)), minlength=2**width) / len(bits))
    optimizer = optax.adam(0.05)

    def loss(angles: Any) -> Any:
        difference = circuit(angles) - seen
        return difference @ kernel @ difference

    @jax.jit
    def step(angles: Any, state: Any) -> Any:
        found, slope = jax.value_and_grad(loss)(angles)
        changes, state = optimizer.update(slope, state)
        return optax.apply_updates(angles, changes), state, found

    def peer() -> Any:
        seed = int(np.random.RandomState(0).randint(2**31))
        angles: Any = 0.1 * generator(seed, "iqp", "initial").normal(0.0, 1.0, len(subsets))
        state = optimizer.init(angles)
        curve = []
        for _ in range(steps):
            angles, state, found = step(angles, state)
            curve.append(float(found))
        return curve

    return {"qsetu": lambda: learn.IQPGenerator(**settings).fit(bits).loss_curve_, "PennyLane": peer}


def trained_kernel() -> dict[str, Call]:
    """Training of a kernel by its alignment; the peer's is PennyLane's states under the same loss."""
    import jax
    import jax.numpy as jnp
    import optax
    import pennylane as qml

    from qsetu.learn.kernels.alignment import centered, target_matrix

    steps, size = 30, 50
    X, _, y = data(6)
    settings: dict[str, Any] = {"steps": steps, "batch_size": size, "random_state": 0}

    @qml.qnode(qml.device("default.qubit", wires=6))
    def state(x: Any, w: Any) -> Any:
        qml.AngleEmbedding(x, wires=range(6), rotation="Y")
        for q in range(6):
            qml.RY(w[2 * q], q)
            qml.RZ(w[2 * q + 1], q)
        for q in range(6):
            qml.CNOT([q, (q + 1) % 6])
        qml.AngleEmbedding(x, wires=range(6), rotation="Y")
        return qml.state()

    optimizer = optax.adam(0.1)

    def loss(w: Any, x: Any, ideal: Any) -> Any:
        states = jax.vmap(state, (0, None))(x, w)
        kernel = centered(jnp.abs(states @ states.conj().T) ** 2)
        wanted = centered(ideal)
        return -jnp.sum(kernel * wanted) / jnp.sqrt(jnp.sum(kernel**2) * jnp.sum(wanted**2))

    @jax.jit
    def step(w: Any, memory: Any, x: Any, ideal: Any) -> Any:
        found, slope = jax.value_and_grad(loss)(w, x, ideal)
        changes, memory = optimizer.update(slope, memory)
        return optax.apply_updates(w, changes), memory, -found

    def peer() -> Any:
        seed = int(np.random.RandomState(0).randint(2**31))
        w: Any = generator(seed, "kernel", "initial").normal(0.0, 0.5, 12).astype(np.float32)
        chosen = generator(seed, "kernel", "batches")
        ideal = target_matrix(y)
        memory = optimizer.init(w)
        curve = []
        for _ in range(steps):
            rows = chosen.choice(SAMPLES, size, replace=False)
            w, memory, found = step(w, memory, X[rows], ideal[np.ix_(rows, rows)])
            curve.append(float(found))
        return curve

    def ours_() -> Any:
        return learn.TrainableKernel("angle", **settings).fit(X, y).alignment_curve_

    return {"qsetu": ours_, "PennyLane": peer}
