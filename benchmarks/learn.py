"""Estimators of qsetu.learn beside their peers: `python benchmarks/learn.py`.

Each case is one estimator, fitted and asked to predict. Peers do the same work: the same circuit on the same
samples, the same optimizer, batches and steps, at the best settings that they document. Answers are compared
before anything is timed. scikit-learn's classical counterpart stands beside them for scale: its answers are
its own. Kernel values are not cached here, neither ours nor theirs.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from qiskit.circuit.library import zz_feature_map
from qiskit_machine_learning.kernels import FidelityStatevectorKernel
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC, SVR, OneClassSVM

from qsetu import learn
from qsetu.bench import compare, measure, record
from smoke import shown

ROUNDS, BUDGET = 9, 30.0
SAMPLES, QUBITS = 200, 6
EPOCHS, BATCH, RATE = 5, 25, 0.05

Call = Callable[[], Any]


def data(qubits: int = QUBITS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.uniform(-0.5, 0.5, (SAMPLES, qubits))
    numbers = np.sin(4 * X[:, 0]) + X[:, 1] * X[:, 2]
    return X, numbers, (numbers > 0).astype(int)


def ours() -> learn.FidelityKernel:
    return learn.FidelityKernel(learn.ZZFeatureMap(QUBITS), cache="none")


def theirs() -> FidelityStatevectorKernel:
    return FidelityStatevectorKernel(feature_map=zz_feature_map(QUBITS), auto_clear_cache=True)


def on_their_kernel(model: Any, predict: Callable[[Any, np.ndarray], Any]) -> Call:
    """A model of scikit-learn on a matrix of qiskit-machine-learning, fitted and asked for all samples."""
    X, numbers, labels = data()

    def call() -> Any:
        kernel = theirs()
        target = labels if isinstance(model, SVC) else numbers
        fitted = model.fit(kernel.evaluate(X), target)
        return predict(fitted, kernel.evaluate(X, X))

    return call


def kernel_classifier() -> dict[str, Call]:
    X, _, y = data()
    return {
        "qsetu": lambda: learn.QuantumKernelClassifier(ours()).fit(X, y).decision_function(X),
        "qiskit-ml": on_their_kernel(SVC(kernel="precomputed"), lambda m, K: m.decision_function(K)),
        "PennyLane": pennylane_kernel,
        "scikit-learn": lambda: SVC().fit(X, y).decision_function(X),
    }


def pennylane_kernel() -> Any:
    """PennyLane's kernel matrix; its circuits are compiled with JAX and mapped over pairs."""
    import jax
    import jax.numpy as jnp
    import pennylane as qml

    X, _, y = data()
    device = qml.device("default.qubit", wires=QUBITS)

    def encode(x: Any) -> None:
        for _ in range(2):
            for q in range(QUBITS):
                qml.Hadamard(q)
                qml.PhaseShift(2 * x[q], q)
            for i in range(QUBITS):
                for j in range(i + 1, QUBITS):
                    qml.CNOT([i, j])
                    qml.PhaseShift(2 * (np.pi - x[i]) * (np.pi - x[j]), j)
                    qml.CNOT([i, j])

    @qml.qnode(device)
    def state(x: Any) -> Any:
        encode(x)
        return qml.state()

    def matrix(left: Any, right: Any) -> Any:
        return jnp.abs(jax.vmap(state)(left) @ jax.vmap(state)(right).conj().T) ** 2

    # States of each sample and one product, as good as anybody can do there; in double precision, as ours.
    with jax.enable_x64(True):
        product = _compiled("kernel", lambda: jax.jit(matrix))
        fitted = SVC(kernel="precomputed").fit(np.asarray(product(X, X)), y)
        return fitted.decision_function(np.asarray(product(X, X)))


_KEPT: dict[str, Any] = {}


def _compiled(name: str, make: Call) -> Any:
    """What is compiled once and used by every sample."""
    if name not in _KEPT:
        _KEPT[name] = make()
    return _KEPT[name]


def kernel_regressor() -> dict[str, Call]:
    X, y, _ = data()
    return {
        "qsetu": lambda: learn.QuantumKernelRegressor(ours()).fit(X, y).predict(X),
        "qiskit-ml": on_their_kernel(SVR(kernel="precomputed"), lambda m, K: m.predict(K)),
        "scikit-learn": lambda: SVR().fit(X, y).predict(X),
    }


def kernel_ridge() -> dict[str, Call]:
    X, y, _ = data()
    mean = y.mean()

    def peer() -> Any:
        kernel = theirs()
        fitted = KernelRidge(kernel="precomputed", alpha=0.1).fit(kernel.evaluate(X), y - mean)
        return fitted.predict(kernel.evaluate(X, X)) + mean

    return {
        "qsetu": lambda: learn.QuantumKernelRidge(ours()).fit(X, y).predict(X),
        "qiskit-ml": peer,
        "scikit-learn": lambda: KernelRidge(kernel="rbf", alpha=0.1).fit(X, y).predict(X),
    }


def one_class() -> dict[str, Call]:
    X, _, _ = data()
    return {
        "qsetu": lambda: learn.QuantumKernelOneClass(ours()).fit(X).decision_function(X),
        "qiskit-ml": on_their_kernel(
            OneClassSVM(kernel="precomputed", nu=0.1), lambda m, K: m.decision_function(K)
        ),
        "scikit-learn": lambda: OneClassSVM(nu=0.1).fit(X).decision_function(X),
    }


def gaussian_process() -> dict[str, Call]:
    X, y, _ = data()
    covariance = ConstantKernel() * RBF() + WhiteKernel()
    return {
        "qsetu": lambda: (
            learn.QuantumGaussianProcessRegressor(ours()).fit(X, y).predict(X, return_std=True)[0]
        ),
        "scikit-learn": lambda: (
            GaussianProcessRegressor(covariance, normalize_y=True).fit(X, y).predict(X, return_std=True)[0]
        ),
    }


def clustering() -> dict[str, Call]:
    X, _, _ = data()
    settings: dict[str, Any] = {"n_clusters": 3, "random_state": 0}
    return {
        "qsetu": lambda: learn.QuantumKernelClustering(kernel=ours(), **settings).fit(X).labels_,
        "qiskit-ml": lambda: (
            SpectralClustering(affinity="precomputed", **settings).fit(theirs().evaluate(X)).labels_
        ),
        "scikit-learn": lambda: KMeans(**settings).fit(X).labels_,
    }


# ---- trained circuits: two layers of RY RZ and a ring of CX, on data that enter once ----------------------


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

    from qsetu.core.seeds import generator

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

    compiled = _compiled(f"training {classes} {qubits}", lambda: jax.jit(step))
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
            values, state, found = compiled(values, state, X[rows], y[rows])
            total += float(found) * len(rows)
        curve.append(total / SAMPLES)
    return curve


def kernel_grid() -> dict[str, Call]:
    """A grid search as users write it: every kernel once, whatever the folds and penalties."""
    from sklearn.datasets import make_classification
    from sklearn.model_selection import GridSearchCV
    from sklearn.preprocessing import StandardScaler

    X, y = make_classification(1000, 10, n_informative=6, random_state=0)
    X = StandardScaler().fit_transform(X)
    kernel = learn.FidelityKernel(learn.ZZFeatureMap(10, entanglement="linear"))
    grid = {"kernel__bandwidth": np.logspace(-1.5, 0.3, 8), "C": np.logspace(-1, 3, 6)}

    def ours_() -> Any:
        learn.clear_kernel_cache()
        search = GridSearchCV(learn.QuantumKernelClassifier(kernel), grid, cv=5).fit(X, y)
        info = learn.kernel_cache_info()
        assert info.computed == 8 * 1000 * 1001 // 2, info
        return search.cv_results_["mean_test_score"]

    classical = {"gamma": np.logspace(-3, 0, 8), "C": np.logspace(-1, 3, 6)}
    return {
        "qsetu": ours_,
        "scikit-learn": lambda: GridSearchCV(SVC(), classical, cv=5).fit(X, y).cv_results_["mean_test_score"],
    }


# What each is, and how far our answers and those of peers may be apart; None where the task is not the same.
CASES: dict[str, tuple[Callable[[], dict[str, Call]], str, float | None]] = {
    "kernel_classifier": (kernel_classifier, f"{SAMPLES} samples, {QUBITS} qubits, ZZ map", 1e-3),
    "kernel_regressor": (kernel_regressor, f"{SAMPLES} samples, {QUBITS} qubits, ZZ map", 1e-3),
    "kernel_ridge": (kernel_ridge, f"{SAMPLES} samples, {QUBITS} qubits, ZZ map", 1e-6),
    "one_class": (one_class, f"{SAMPLES} samples, {QUBITS} qubits, ZZ map", 1e-3),
    "gaussian_process": (gaussian_process, f"{SAMPLES} samples, {QUBITS} qubits, ZZ map", None),
    "clustering": (clustering, f"{SAMPLES} samples, {QUBITS} qubits, ZZ map", None),
    **{
        f"{name}_{qubits}": (
            partial(make, qubits),
            f"{SAMPLES} samples, {qubits} qubits, {EPOCHS} epochs of batches of {BATCH}",
            1e-3,
        )
        for name, make in (("classifier", variational_classifier), ("regressor", variational_regressor))
        for qubits in (6, 10, 14)
    },
    "kernel_grid": (kernel_grid, "1,000 samples, 10 qubits, 8 bandwidths x 6 penalties x 5 folds", None),
}


def check(answers: dict[str, Any], apart: float | None) -> None:
    """Peers that do the same work give the same numbers."""
    if apart is None:
        return
    first = np.asarray(answers["qsetu"])
    for who, answer in answers.items():
        off = float(np.abs(np.asarray(answer) - first).max())
        if who != "scikit-learn" and off > apart:
            raise SystemExit(f"'{who}' is off by {off}; nothing was timed.")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time estimators beside their peers.")
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], help="all, if none is named")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample and the machine here")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # few epochs do not converge, which is no news
    done = {}
    for name in options.cases or CASES:
        make, what, apart = CASES[name]
        timings = list(
            measure(
                make(),
                check=lambda answers, apart=apart: check(answers, apart),
                rounds=ROUNDS,
                budget=BUDGET,
            )
        )
        done[name] = timings
        print(f"{name}: {what}")
        for timing in timings:
            ratio = compare(timing, timings[0])
            apart_ = f"{ratio.value:.3g} ({ratio.low:.3g} to {ratio.high:.3g}) times ours"
            print(f"  {timing.name:12s} {shown(timing.median):>9s}  IQR {shown(timing.spread):>9s}  {apart_}")
    if options.json:
        options.json.write_text(json.dumps(record(done), indent=1) + "\n")


if __name__ == "__main__":
    main()
