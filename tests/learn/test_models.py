"""Feature maps, kernels and classifiers."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import qsetu
from qsetu.learn import (
    FEATURE_MAPS,
    FidelityKernel,
    LocalKernel,
    ProjectedKernel,
    QuantumKernelClassifier,
    ZFeatureMap,
    ZZFeatureMap,
)

MOONS = make_moons(80, noise=0.1, random_state=0)
KERNELS = [FidelityKernel, ProjectedKernel, LocalKernel]


@pytest.mark.parametrize(
    ("feature_map", "row"),
    [
        (ZFeatureMap(2, reps=2), [1, 0.78883982, 0.15984355, 0.06203766]),
        (ZZFeatureMap(2, reps=2), [1, 0.81376617, 0.05102078, 0.06033439]),
    ],
)
def test_fidelity_kernel_reproduces_published_values(feature_map, row):
    # The samples and kernel values of qiskit-machine-learning's own tests.
    samples = [
        [3.07876080, 1.75929189],
        [6.03185789, 5.27787566],
        [6.22035345, 2.70176968],
        [0.18849556, 2.82743339],
    ]
    np.testing.assert_allclose(FidelityKernel(feature_map).matrix(samples)[0], row, atol=5e-9)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("name", list(FEATURE_MAPS))
def test_kernel_laws(kernel, name):
    X = np.random.default_rng(1).normal(size=(12, 3))
    Y = np.random.default_rng(2).normal(size=(5, 3))
    if name == "basis":
        X, Y = (X > 0).astype(float), (Y > 0).astype(float)
    made = kernel(name, bandwidth=1.0 if name == "basis" else 0.5)
    square = made.matrix(X)
    np.testing.assert_array_equal(square, square.T)
    np.testing.assert_array_equal(np.diag(square), 1)
    assert np.linalg.eigvalsh(square).min() > -1e-12
    np.testing.assert_allclose(made.matrix(X, Y), made.matrix(Y, X).T, atol=1e-14)
    np.testing.assert_allclose(made.matrix(X, X), square, atol=1e-12)
    order = np.random.default_rng(3).permutation(12)
    np.testing.assert_allclose(made.matrix(X[order]), square[np.ix_(order, order)], atol=1e-13)


@pytest.mark.parametrize("kernel", [FidelityKernel, ProjectedKernel])
def test_without_entanglement_kernels_factorize_over_features(kernel):
    X = np.random.default_rng(4).normal(size=(6, 3))
    whole = kernel(ZZFeatureMap(3, entanglement="none"), bandwidth=0.7).matrix(X)
    parts = [kernel(ZFeatureMap(1), bandwidth=0.7).matrix(X[:, [i]]) for i in range(3)]
    np.testing.assert_allclose(whole, np.prod(parts, axis=0), atol=1e-13)


def test_projected_kernel_equals_its_definition():
    X = np.random.default_rng(5).normal(size=(4, 3))
    encoder = ZZFeatureMap(3)
    states = qsetu.statevector(encoder.circuit, encoder.parameters(X), engine="reference", dtype="complex128")
    reduced = []
    for state in states:
        tensor = state.reshape(2, 2, 2)  # axis j is qubit 2-j
        rows = [np.moveaxis(tensor, 2 - q, 0).reshape(2, 4) for q in range(3)]
        reduced.append([r @ r.conj().T for r in rows])
    rho = np.array(reduced)
    distance = np.abs(rho[:, None] - rho[None]) ** 2
    expected = np.exp(-0.8 * distance.sum(axis=(2, 3, 4)))
    np.testing.assert_allclose(ProjectedKernel(encoder, gamma=0.8).matrix(X), expected, atol=1e-13)


def test_models_live_in_pipelines_and_grid_searches():
    X, y = MOONS
    labels = np.array(["left", "right"])[y]
    model = make_pipeline(StandardScaler(), QuantumKernelClassifier(FidelityKernel("zz")))
    grid = {
        "quantumkernelclassifier__kernel__bandwidth": [0.2, 3.0],
        "quantumkernelclassifier__kernel__feature_map": ["zz", ZFeatureMap(2)],
    }
    search = GridSearchCV(model, grid, cv=3).fit(X, labels)
    assert search.best_params_["quantumkernelclassifier__kernel__bandwidth"] == 0.2
    assert search.score(X, labels) > 0.85
    assert set(search.predict(X)) == {"left", "right"}
    copy = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(copy.predict(X), search.predict(X))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ZZFeatureMap(0), "num_features"),
        (lambda: ZZFeatureMap(31), "PCA"),
        (lambda: ZZFeatureMap(2, reps=0), "reps"),
        (lambda: ZZFeatureMap(2, entanglement="ring"), "entanglement"),
        (lambda: ZZFeatureMap(2).parameters([[1, 2, 3]]), r"shape \(N, 2\)"),
        (lambda: FidelityKernel("zzz").matrix([[1.0]]), "Did you mean 'zz'"),
        (lambda: FidelityKernel(ZZFeatureMap(3)).matrix([[1.0, 2.0]]), "2 feature"),
        (lambda: FidelityKernel(3).matrix([[1.0, 2.0]]), "FeatureMap"),
        (lambda: FidelityKernel("zz", bandwidth=0).matrix([[1.0]]), "bandwidth"),
        (lambda: FidelityKernel("zz").matrix([[np.nan]]), "finite"),
        (lambda: FidelityKernel("zz").matrix([1.0]), r"shape \(N, d\)"),
        (lambda: FidelityKernel("zz").matrix([[1.0]], [[1.0, 2.0]]), "'Y'"),
        (lambda: ProjectedKernel("zz", gamma=-1).matrix([[1.0]]), "gamma"),
        (lambda: QuantumKernelClassifier(kernel="rbf").fit(*MOONS), "quantum kernel"),
        (lambda: QuantumKernelClassifier(C=0).fit(*MOONS), "'C'"),
        (lambda: QuantumKernelClassifier().fit(np.zeros((40, 31)), np.arange(40) % 2), "PCA"),
    ],
)
def test_bad_input_is_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
