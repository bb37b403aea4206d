"""Kernel k-means: what it finds, its distances by their definition, and scikit-learn's own checks."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_blobs, make_circles
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from qsetu import Depolarizing, NoiseModel
from qsetu.learn import FidelityKernel, LocalKernel, ProjectedKernel, TrainableKernel, ZZFeatureMap
from qsetu.learn.clustering import QuantumKernelClustering, _coordinates

KERNELS = [
    None,
    FidelityKernel(ZZFeatureMap(2, reps=1), bandwidth=0.2),
    ProjectedKernel("z", bandwidth=0.4),
    LocalKernel("hardware_efficient", bandwidth=0.3),
    FidelityKernel("angle", bandwidth=0.8, shots=200, seed=1),
    FidelityKernel("z", bandwidth=0.3, noise=NoiseModel(Depolarizing(0.02))),
]


def blobs(count=30, seed=0):
    X, y = make_blobs(count, centers=[[0, 0], [4, 0], [2, 4]], cluster_std=0.2, random_state=seed)
    return StandardScaler().fit_transform(X), y


@parametrize_with_checks([QuantumKernelClustering(n_clusters=3, n_init=2, random_state=0)])
def test_clustering_is_a_scikit_learn_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_separate_blobs_are_found_and_new_samples_join_them(kernel):
    X, y = blobs(40)
    model = QuantumKernelClustering(3, kernel, random_state=0).fit(X[:28])
    assert adjusted_rand_score(y[:28], model.labels_) > 0.95
    joined = np.concatenate([model.labels_, model.predict(X[28:])])
    assert adjusted_rand_score(y, joined) > 0.95


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_distances_and_inertia_follow_their_definition(kernel):
    X, _ = blobs()
    model = QuantumKernelClustering(3, kernel, random_state=0).fit(X)
    K = model.repair_.matrix
    # Half the mean of squared distances between all pairs of members, times their number.
    pairwise = np.diag(K)[:, None] + np.diag(K)[None] - 2 * K
    inertia = 0.0
    for c in range(3):
        members = model.labels_ == c
        inertia += pairwise[np.ix_(members, members)].sum() / (2 * members.sum())
    assert model.inertia_ == pytest.approx(inertia, abs=1e-9)
    np.testing.assert_array_equal(model.predict(X), model.labels_)
    # How much farther one center is than another, by the repaired matrix.
    expected = np.stack(
        [
            K[np.ix_(members, members)].mean() - 2 * K[:, members].mean(axis=1)
            for members in (model.labels_ == c for c in range(3))
        ],
        axis=1,
    )
    squared = model.transform(X) ** 2
    farther = (squared - squared[:, :1])[(squared > 0).all(axis=1)]
    np.testing.assert_allclose(farther, (expected - expected[:, :1])[(squared > 0).all(axis=1)], atol=1e-9)
    if model.kernel_.is_exact:
        assert not model.repair_.acted
        assert model.score(X) == pytest.approx(-inertia, abs=1e-9)
        to_new = model.kernel_.matrix(X[:4] + 0.1, X)
        for c in range(3):
            members = model.labels_ == c
            within = K[np.ix_(members, members)].mean()
            expected = 1 - 2 * to_new[:, members].mean(axis=1) + within
            np.testing.assert_allclose(model.transform(X[:4] + 0.1)[:, c] ** 2, expected, atol=1e-9)
    else:
        # The lengths of samples are those of the mean sample, so only all distances together agree.
        squared = model.transform(X)[np.arange(len(X)), model.labels_] ** 2
        assert squared.sum() == pytest.approx(inertia, rel=0.05)


@pytest.mark.parametrize("rank", [1, 4, 12])
def test_coordinates_have_the_kernel_as_inner_products(rank):
    factor = np.random.default_rng(0).normal(size=(12, rank))
    points = _coordinates(factor @ factor.T)
    assert points.shape == (12, rank)
    np.testing.assert_allclose(points @ points.T, factor @ factor.T, atol=1e-9)
    assert not _coordinates(np.zeros((3, 3))).any()


def test_where_clusters_blur_it_goes_on_until_labels_stay_and_repeats_itself():
    X = np.random.default_rng(0).normal(size=(120, 2))
    models = [QuantumKernelClustering(6, n_init=1, random_state=s).fit(X) for s in (0, 0, 1, 2)]
    for model in models:
        np.testing.assert_array_equal(model.predict(X), model.labels_)
        assert model.score(X) == pytest.approx(-model.inertia_, rel=1e-9)
    np.testing.assert_array_equal(models[0].labels_, models[1].labels_)
    assert any(not np.array_equal(models[0].labels_, model.labels_) for model in models[2:])
    best = QuantumKernelClustering(6, n_init=20, random_state=0).fit(X)
    assert best.inertia_ < models[0].inertia_ - 1e-6


def test_what_repair_does_is_kept():
    X, _ = blobs()
    model = QuantumKernelClustering(3, FidelityKernel("zz", bandwidth=0.3, shots=50), random_state=0).fit(X)
    assert model.repair_.acted and model.repair_.negative > 0
    assert np.linalg.eigvalsh(model.repair_.matrix).min() > -1e-10


def test_the_order_of_samples_does_not_matter():
    X, _ = blobs()
    order = np.random.default_rng(1).permutation(len(X))
    first = QuantumKernelClustering(3, random_state=0).fit(X)
    second = QuantumKernelClustering(3, random_state=0).fit(X[order])
    assert adjusted_rand_score(first.labels_[order], second.labels_) == 1.0
    assert first.inertia_ == pytest.approx(second.inertia_, rel=1e-9)


def test_a_kernel_finds_what_plain_k_means_cannot():
    X, y = make_circles(80, noise=0.05, factor=0.3, random_state=0)
    model = QuantumKernelClustering(2, FidelityKernel("z", bandwidth=1.2), random_state=0)
    assert adjusted_rand_score(y, model.fit_predict(X)) > 0.9


def test_it_lives_in_pipelines_and_survives_pickling():
    X, _ = blobs()
    pipeline = make_pipeline(StandardScaler(), QuantumKernelClustering(3, random_state=0))
    labels = pipeline.fit_predict(X)
    copy = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(copy.predict(X), labels)
    np.testing.assert_array_equal(copy.transform(X), pipeline.transform(X))
    assert list(pipeline.get_feature_names_out()) == [f"quantumkernelclustering{c}" for c in range(3)]
    tuned = clone(pipeline).set_params(quantumkernelclustering__n_clusters=2)
    assert tuned.fit(X).transform(X).shape == (30, 2)


def test_a_trained_kernel_keeps_its_angles():
    X, y = blobs()
    kernel = TrainableKernel(steps=3, random_state=0).fit(X, y)
    model = QuantumKernelClustering(3, kernel, random_state=0).fit(X)
    np.testing.assert_array_equal(model.kernel_.weights_, kernel.weights_)
    assert model.kernel_ is not kernel
    with pytest.raises(NotFittedError, match="TrainableKernel"):
        QuantumKernelClustering(3, TrainableKernel()).fit(X)


def test_fewer_different_samples_than_clusters_still_have_centers():
    X = np.repeat(np.array([[0.0, 1.0], [1.0, 0.0]]), 4, axis=0)
    with pytest.warns(ConvergenceWarning, match="distinct clusters"):
        model = QuantumKernelClustering(3, random_state=0).fit(X)
    assert model.inertia_ == pytest.approx(0, abs=1e-10)
    assert np.isfinite(model.transform(X)).all()
    assert len(set(model.predict(X))) == 2


def test_too_few_iterations_are_said():
    X = np.random.default_rng(0).normal(size=(80, 2))
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        QuantumKernelClustering(6, n_init=1, max_iter=1, random_state=0).fit(X)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda X: QuantumKernelClustering(50).fit(X), ValueError, "n_samples=30 should be >= n_clusters=50"),
        (lambda X: QuantumKernelClustering(0).fit(X), ValueError, "n_clusters"),
        (lambda X: QuantumKernelClustering(2, n_init=0).fit(X), ValueError, "n_init"),
        (lambda X: QuantumKernelClustering(2, max_iter=0).fit(X), ValueError, "max_iter"),
        (lambda X: QuantumKernelClustering(2, "zz").fit(X), ValueError, "quantum kernel"),
        (lambda X: QuantumKernelClustering(2).fit(X * np.nan), ValueError, "Input X contains NaN"),
        (lambda X: QuantumKernelClustering(2).predict(X), NotFittedError, "not fitted yet"),
        (lambda X: QuantumKernelClustering(2).transform(X), NotFittedError, "not fitted yet"),
        (lambda X: QuantumKernelClustering(2).fit(X).predict(X[:, :1]), ValueError, "has 1 features, but"),
        (lambda X: QuantumKernelClustering(2).fit(X).transform(X[0]), ValueError, "Expected 2D array"),
    ],
)
def test_bad_input_is_refused_in_scikit_learns_words(call, error, said):
    with pytest.raises(error, match=said):
        call(blobs()[0])
