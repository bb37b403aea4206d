"""Estimators on kernels, beside qiskit-machine-learning, PennyLane and scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from qiskit.circuit.library import zz_feature_map
from qiskit_machine_learning.kernels import FidelityStatevectorKernel
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.svm import SVC, SVR, OneClassSVM

from qsetu import learn
from qsetu_benchmarks.learning.common import QUBITS, Call, compiled, data


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
        product = compiled("kernel", lambda: jax.jit(matrix))
        fitted = SVC(kernel="precomputed").fit(np.asarray(product(X, X)), y)
        return fitted.decision_function(np.asarray(product(X, X)))


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
