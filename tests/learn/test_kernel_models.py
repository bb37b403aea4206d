"""Estimators on quantum kernels: scikit-learn's own checks, and the formulas they stand for."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.datasets import make_blobs, make_moons
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from qsetu.learn import (
    FidelityKernel,
    LocalKernel,
    ProjectedKernel,
    QuantumGaussianProcessRegressor,
    QuantumKernelClassifier,
    QuantumKernelOneClass,
    QuantumKernelRegressor,
    QuantumKernelRidge,
    TrainableKernel,
    ZFeatureMap,
    kernel_cache_info,
)

MODELS = [
    QuantumKernelClassifier,
    QuantumKernelRegressor,
    QuantumKernelRidge,
    QuantumKernelOneClass,
    QuantumGaussianProcessRegressor,
]
CHECKED = [make() for make in MODELS] + [
    QuantumKernelClassifier(ProjectedKernel(bandwidth=0.3)),
    QuantumKernelClassifier(LocalKernel(bandwidth=0.3), C=100),
    QuantumKernelClassifier(TrainableKernel(bandwidth=0.3, steps=3, random_state=0)),
    QuantumKernelClassifier(FidelityKernel(bandwidth=0.2, shots=20_000)),
]


@parametrize_with_checks(CHECKED)
def test_every_model_is_a_scikit_learn_estimator(estimator, check):
    check(estimator)


def data(count=30, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(count, 2))
    return X, np.sin(2 * X[:, 0]) + 0.3 * X[:, 1] + 0.1 * rng.normal(size=count)


def test_ridge_equals_its_formula_for_several_targets():
    X, y = data()
    targets = np.column_stack([y, 3 - 2 * y**2])
    kernel = FidelityKernel("zz", bandwidth=0.4)
    model = QuantumKernelRidge(kernel, alpha=0.3).fit(X, targets)
    K, new = kernel.matrix(X), np.random.default_rng(1).normal(size=(5, 2))
    solved = np.linalg.solve(K + 0.3 * np.eye(30), targets - targets.mean(axis=0))
    expected = kernel.matrix(new, X) @ solved + targets.mean(axis=0)
    np.testing.assert_allclose(model.predict(new), expected, atol=1e-10)


@pytest.mark.parametrize(
    "kernel", [FidelityKernel("zz", bandwidth=0.4), LocalKernel("zz", bandwidth=0.5, normalized=False)]
)
def test_gaussian_process_equals_its_formulas(kernel):
    X, y = data()
    model = QuantumGaussianProcessRegressor(kernel, normalize_y=False).fit(X, y)
    signal, noise = model.signal_variance_, model.noise_variance_
    K, new = kernel.matrix(X), np.random.default_rng(1).normal(size=(4, 2))
    covariance = signal * K + noise * np.eye(30)
    rows = signal * kernel.matrix(new, X)
    mean, cov = model.predict(new, return_cov=True)
    np.testing.assert_allclose(mean, rows @ np.linalg.solve(covariance, y), atol=1e-8)
    expected = signal * kernel.matrix(new) - rows @ np.linalg.solve(covariance, rows.T)
    np.testing.assert_allclose(cov, expected, atol=1e-8)
    np.testing.assert_allclose(model.predict(new, return_std=True)[1] ** 2, np.diag(expected), atol=1e-8)
    likelihood = multivariate_normal(np.zeros(30), covariance).logpdf(y)
    assert model.log_marginal_likelihood_ == pytest.approx(likelihood, rel=1e-8)
    # No variances nearby are more likely.
    for factors in ((1.05, 1), (1 / 1.05, 1), (1, 1.05), (1, 1 / 1.05)):
        other = factors[0] * signal * K + factors[1] * noise * np.eye(30)
        assert multivariate_normal(np.zeros(30), other).logpdf(y) < likelihood


def test_gaussian_process_is_told_the_units_of_the_target():
    X, y = data()
    base = QuantumGaussianProcessRegressor().fit(X, y)
    other = QuantumGaussianProcessRegressor().fit(X, 1000 * y + 7)
    np.testing.assert_allclose(other.predict(X), 1000 * base.predict(X) + 7, rtol=1e-6)
    assert other.noise_variance_ == pytest.approx(1e6 * base.noise_variance_, rel=1e-4)
    shift = base.log_marginal_likelihood_ - other.log_marginal_likelihood_
    assert shift == pytest.approx(30 * np.log(1000), rel=1e-6)
    fixed = QuantumGaussianProcessRegressor(noise=0.04).fit(X, y)
    assert fixed.noise_variance_ == pytest.approx(0.04)


def test_one_class_finds_what_is_far_away():
    X = np.random.default_rng(0).normal(size=(60, 2)) * 0.3
    far = np.array([[2.0, 2.0], [-2.0, 1.5]])
    model = QuantumKernelOneClass(FidelityKernel(ZFeatureMap(2, reps=1), bandwidth=0.5), nu=0.1).fit(X)
    assert (model.predict(far) == -1).all()
    assert (model.predict(X) == 1).mean() > 0.8
    np.testing.assert_allclose(model.decision_function(X), model.score_samples(X) - model.offset_, atol=1e-9)


@pytest.mark.parametrize("make", MODELS)
def test_models_are_cloned_tuned_pickled_and_never_predict_before_a_fit(make):
    X, y = data(90)
    if make is QuantumKernelClassifier:
        y = np.where(y > 0, "high", "low")
    model = make(FidelityKernel("z"))
    with pytest.raises(NotFittedError):
        model.predict(X)
    if make is not QuantumKernelOneClass:
        grid = {"kernel__bandwidth": [0.2, 0.7], "kernel__feature_map": ["z", ZFeatureMap(2, reps=1)]}
        search = GridSearchCV(model, grid, cv=3, n_jobs=2).fit(X, y)
        assert search.best_score_ > 0.3
        model = search.best_estimator_
    fitted = clone(model).fit(X, y)
    copy = pickle.loads(pickle.dumps(fitted))
    assert (copy.predict(X[:5]) == fitted.predict(X[:5])).all()


def test_feature_names_and_pipelines_of_pandas_are_understood():
    pandas = pytest.importorskip("pandas")
    X, y = data()
    frame = pandas.DataFrame(X, columns=["height", "weight"])
    model = make_pipeline(StandardScaler().set_output(transform="pandas"), QuantumKernelRidge()).fit(frame, y)
    assert list(model[-1].feature_names_in_) == ["height", "weight"]
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.rename(columns={"height": "x"}))


def test_a_model_of_shots_repairs_its_matrix_and_says_so():
    X, y = make_moons(50, noise=0.1, random_state=0)
    exact = QuantumKernelClassifier(FidelityKernel("zz", bandwidth=0.4), C=10).fit(X, y)
    assert exact.repair_ is None
    noisy = QuantumKernelClassifier(FidelityKernel("zz", bandwidth=0.4, shots=100), C=10).fit(X, y)
    assert noisy.repair_.acted
    assert noisy.repair_.negative > 0
    assert np.linalg.eigvalsh(noisy.repair_.matrix)[0] > -1e-10
    assert noisy.score(X, y) > 0.85


def test_many_classes_of_any_label():
    X, index = make_blobs(60, centers=4, n_features=3, cluster_std=0.6, random_state=2)
    labels = np.array(["T cell", "B cell", "NK", "monocyte"])[index]
    model = make_pipeline(StandardScaler(), QuantumKernelClassifier(C=10)).fit(X, labels)
    assert model.score(X, labels) > 0.95
    assert model.decision_function(X).shape == (60, 4)
    assert list(model.classes_) == ["B cell", "NK", "T cell", "monocyte"]


def test_folds_and_penalties_reuse_what_was_computed():
    X, y = make_moons(90, noise=0.2, random_state=3)
    X = X + 1e-3  # samples that no other test has asked for
    before = kernel_cache_info()
    grid = {"C": [0.1, 1, 10], "kernel__bandwidth": [0.31, 0.62]}
    GridSearchCV(QuantumKernelClassifier(FidelityKernel("zz")), grid, cv=5).fit(X, y)
    after = kernel_cache_info()
    # Each pair once for each bandwidth: a half of the matrix where a fold was square, at most the whole.
    pairs = 90 * 91 // 2
    assert 2 * pairs <= after.computed - before.computed <= 2 * 90 * 90
    assert (
        cross_val_score(QuantumKernelClassifier(FidelityKernel("zz", bandwidth=0.31)), X, y, cv=7).min() > 0.5
    )
    assert kernel_cache_info().computed == after.computed


@pytest.mark.parametrize(
    ("fit", "error", "said"),
    [
        (lambda X, y: QuantumKernelRidge(alpha=0).fit(X, y), ValueError, "alpha"),
        (lambda X, y: QuantumKernelRegressor(C=-1).fit(X, y), ValueError, "'C'"),
        (lambda X, y: QuantumKernelRegressor(epsilon=-1).fit(X, y), ValueError, "epsilon"),
        (lambda X, y: QuantumKernelOneClass(nu=2).fit(X), ValueError, "nu"),
        (lambda X, y: QuantumKernelOneClass(TrainableKernel()).fit(X), ValueError, "trainable"),
        (lambda X, y: QuantumGaussianProcessRegressor(noise=-1).fit(X, y), ValueError, "noise"),
        (
            lambda X, y: QuantumGaussianProcessRegressor().fit(X, y).predict(X, True, True),
            ValueError,
            "return_cov",
        ),
        (lambda X, y: QuantumKernelRidge("rbf").fit(X, y), ValueError, "quantum kernel"),
        (lambda X, y: QuantumKernelRidge().fit(np.full((4, 2), np.nan), np.ones(4)), ValueError, "NaN"),
        (lambda X, y: QuantumKernelRidge().fit(X[:0], y[:0]), ValueError, "minimum of 1"),
        (lambda X, y: QuantumKernelClassifier().fit(X, y), ValueError, "Unknown label type"),
        (lambda X, y: QuantumKernelClassifier().fit(X, y > 99), ValueError, "1 class"),
        (lambda X, y: QuantumKernelClassifier().fit(X[:1], [0]), ValueError, "1 class"),
        (lambda X, y: QuantumKernelRidge().fit(X, y).predict(X[:, :1]), ValueError, "expecting 2 features"),
    ],
)
def test_bad_input_is_refused_in_scikit_learns_words(fit, error, said):
    with pytest.raises(error, match=said):
        fit(*data())
