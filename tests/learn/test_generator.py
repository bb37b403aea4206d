"""The IQP generator: distribution and loss by their definitions, what it learns, scikit-learn's checks."""

from __future__ import annotations

import pickle
from itertools import product

import numpy as np
import pytest
from scipy.stats import chisquare
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks

import qsetu
from qsetu.learn.generator import IQPGenerator, discrepancy
from qsetu.learn.iqp import IQPModel, subsets_up_to
from qsetu.learn.walsh import hamming_weights, walsh

# All checks of scikit-learn feed real numbers, which `binarize` makes bits of, as in BernoulliNB; without it
# such samples are refused, so the checks run with it. None is exempted.


@parametrize_with_checks([IQPGenerator(steps=3, binarize=0.0, random_state=0)])
def test_generator_is_a_scikit_learn_estimator(estimator, check):
    check(estimator)


def every_string(width):
    """All bit strings, ``(2^d, d)``; bit q of the row number is column q."""
    return np.arange(2**width)[:, None] >> np.arange(width) & 1


def markov(count, width=6, seed=0):
    rng = np.random.default_rng(seed)
    X = np.empty((count, width), dtype=int)
    X[:, 0] = rng.random(count) < 0.4
    for j in range(1, width):
        X[:, j] = np.where(rng.random(count) < 0.8, X[:, j - 1], rng.random(count) < 0.4)
    return X


def distribution(X):
    strings = every_string(X.shape[1])
    return (X[:, None] == strings[None]).all(axis=2).mean(axis=0)


def kernel(A, B, bandwidths):
    """The mixture of Gaussian kernels between all rows."""
    squared = ((A[:, None].astype(float) - B[None]) ** 2).sum(axis=2)
    return np.mean([np.exp(-squared / (2 * s**2)) for s in bandwidths], axis=0)


@pytest.mark.parametrize("bits", [0, 1, 4, 5, 6, 9, 11])
def test_the_transform_is_its_definition(bits):
    values = np.random.default_rng(bits).normal(size=2**bits)
    strings = every_string(bits)
    expected = np.where(strings @ strings.T % 2, -1.0, 1.0) @ values
    np.testing.assert_allclose(walsh(values), expected, atol=1e-11)


@pytest.mark.parametrize("bandwidths", [(0.3,), (1.0,), (0.5, 1.3, 4.0)])
def test_weights_are_the_spectrum_of_the_kernel(bandwidths):
    weights = hamming_weights(5, bandwidths)
    strings = every_string(5)
    signs = np.where(strings @ strings.T % 2, -1.0, 1.0)
    np.testing.assert_allclose(
        signs @ np.diag(weights) @ signs, kernel(strings, strings, bandwidths), atol=1e-12
    )
    assert weights.sum() == pytest.approx(1)


@pytest.mark.parametrize(("width", "locality"), [(1, 1), (3, 2), (4, 3), (5, 5), (6, 1)])
def test_probabilities_are_those_of_the_circuit(width, locality):
    model = IQPModel(width, subsets_up_to(width, locality))
    angles = np.random.default_rng(0).uniform(-2, 2, len(model.subsets))
    states = qsetu.statevector(model.circuit, angles, engine="reference", dtype="complex128")
    np.testing.assert_allclose(model.probabilities(angles), abs(states) ** 2, atol=1e-12)
    # The definition: H, the exponential of i times a sum of products of Z, H.
    strings = every_string(width)
    phase = np.zeros(2**width)
    for angle, group in zip(angles, model.subsets, strict=True):
        phase += angle * (-1.0) ** strings[:, list(group)].sum(axis=1)
    signs = np.where(strings @ strings.T % 2, -1.0, 1.0)
    amplitudes = signs @ np.exp(1j * phase) / 2**width
    np.testing.assert_allclose(model.probabilities(angles), abs(amplitudes) ** 2, atol=1e-12)
    np.testing.assert_allclose(states, amplitudes, atol=1e-12)


def test_sets_are_all_up_to_a_size():
    assert subsets_up_to(3, 2) == ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
    assert len(subsets_up_to(6, 3)) == 6 + 15 + 20
    assert len(subsets_up_to(3, 9)) == 7


@pytest.mark.parametrize(("width", "locality"), [(2, 2), (4, 3), (6, 2)])
def test_gradients_are_slopes(width, locality):
    model = IQPModel(width, subsets_up_to(width, locality))
    rng = np.random.default_rng(1)
    angles = rng.uniform(-2, 2, len(model.subsets))
    weights = rng.normal(size=2**width)
    found = model.pull_back(model.run(angles), weights)
    for j in range(len(angles)):
        step = np.zeros(len(angles))
        step[j] = 1e-5
        moved = model.probabilities(angles + step) - model.probabilities(angles - step)
        assert weights @ moved / 2e-5 == pytest.approx(found[j], abs=1e-9)


@pytest.mark.parametrize("width", [3, 6])
def test_the_gradient_of_the_loss_is_its_slope(width):
    model = IQPModel(width, subsets_up_to(width, 2))
    rng = np.random.default_rng(2)
    angles = rng.uniform(-2, 2, len(model.subsets))
    eigenvalues, data = hamming_weights(width, (0.6, 1.5)), walsh(distribution(markov(30, width)))
    _, found = discrepancy(model, angles, eigenvalues, data)
    for j in range(len(angles)):
        step = np.zeros(len(angles))
        step[j] = 1e-5
        high, low = (discrepancy(model, angles + s, eigenvalues, data)[0] for s in (step, -step))
        assert (high - low) / 2e-5 == pytest.approx(found[j], abs=1e-9)


@pytest.mark.parametrize("bandwidths", [None, (0.7,), (0.5, 2.0)])
def test_the_score_is_the_pairwise_sum(bandwidths):
    X, fresh = markov(40), markov(25, seed=1)
    model = IQPGenerator(bandwidths=bandwidths, steps=5, random_state=0).fit(X)
    p, strings = model.probabilities(), every_string(6)
    s = model.bandwidths_
    assert s == (bandwidths or s)
    among_model = p @ kernel(strings, strings, s) @ p
    expected = among_model - 2 * p @ kernel(strings, fresh, s).mean(axis=1) + kernel(fresh, fresh, s).mean()
    assert model.score(fresh) == pytest.approx(-expected, abs=1e-12)


@pytest.mark.parametrize("initial", ["data", "random"])
def test_the_loss_is_the_score_on_the_data_and_steps_follow_its_slope(initial):
    X = markov(60)
    model = IQPGenerator(initial=initial, steps=4, random_state=0).fit(X)
    before = IQPGenerator(initial=initial, steps=3, random_state=0).fit(X)
    assert model.loss_curve_[-1] == pytest.approx(-before.score(X), abs=1e-12)
    # Adam's first step is the learning rate times the sign of the slope.
    start = IQPGenerator(initial=initial, steps=1, random_state=0, learning_rate=1e-9).fit(X)
    first = IQPGenerator(initial=initial, steps=1, random_state=0, learning_rate=1e-3).fit(X)
    change = first.weights_ - start.weights_
    for j in range(len(change)):
        moved = []
        for step in (1e-5, -1e-5):
            start.weights_[j] += step
            moved.append(-start.score(X))
            start.weights_[j] -= step
        slope = (moved[0] - moved[1]) / 2e-5
        if abs(slope) > 1e-5:
            assert np.sign(change[j]) == -np.sign(slope) and abs(change[j]) == pytest.approx(1e-3, rel=0.01)


def mmd_of_independent_bits(model, X, fresh):
    means = X.mean(axis=0)
    strings = every_string(X.shape[1])
    p = np.where(strings, means, 1 - means).prod(axis=1)
    difference = p - distribution(fresh)
    return difference @ kernel(strings, strings, model.bandwidths_) @ difference


@pytest.mark.parametrize("initial", ["data", "random"])
def test_it_learns_a_markov_chain_better_than_independent_bits(initial):
    X, fresh = markov(1000), markov(4000, seed=1)
    model = IQPGenerator(initial=initial, random_state=0).fit(X)
    assert -model.score(fresh) < 0.2 * mmd_of_independent_bits(model, X, fresh)
    # More than pairs do more.
    wider = IQPGenerator(locality=6, initial=initial, random_state=0).fit(X)
    assert -wider.score(fresh) < -model.score(fresh)
    assert wider.score_samples(fresh).mean() > model.score_samples(fresh).mean()


def test_independent_bits_need_single_angles_only():
    rng = np.random.default_rng(0)
    X = (rng.random((500, 5)) < [0.1, 0.9, 0.5, 0.3, 0.0]).astype(int)
    model = IQPGenerator(locality=1, steps=1, learning_rate=1e-9, random_state=0).fit(X)
    means = model.probabilities() @ every_string(5)
    np.testing.assert_allclose(means, X.mean(axis=0), atol=0.03)
    trained = IQPGenerator(locality=1, steps=200, random_state=0).fit(X)
    np.testing.assert_allclose(trained.probabilities() @ every_string(5), X.mean(axis=0), atol=0.01)


def test_angles_start_from_covariances():
    X = markov(400)
    with_pairs = IQPGenerator(steps=1, learning_rate=1e-9, random_state=0).fit(X)
    covariances = np.cov(1 - 2 * X.T, bias=True)
    pairs = dict(zip(with_pairs.subsets_, with_pairs.weights_, strict=True))
    expected = [covariances[group] for group in pairs if len(group) == 2]
    found = [angle for group, angle in pairs.items() if len(group) == 2]
    assert np.corrcoef(expected, found)[0, 1] > 0.98
    assert with_pairs.loss_curve_[0] < mmd_of_independent_bits(with_pairs, X, X)


def test_samples_come_as_often_as_probabilities_say():
    model = IQPGenerator(steps=100, random_state=0).fit(markov(300, 4))
    drawn = model.sample(20_000, random_state=3)
    assert drawn.shape == (20_000, 4) and drawn.dtype == np.uint8
    counts = 20_000 * distribution(drawn)
    expected = 20_000 * model.probabilities()
    assert chisquare(counts, expected * counts.sum() / expected.sum()).pvalue > 0.01
    np.testing.assert_array_equal(drawn, model.sample(20_000, random_state=3))
    assert not np.array_equal(drawn, model.sample(20_000, random_state=4))
    assert model.sample().shape == (1, 4)
    through_door = qsetu.sample(model.circuit_, model.weights_, shots=20_000, seed=1, dtype="complex128")
    counts = np.bincount(through_door, minlength=16)
    assert chisquare(counts, expected * counts.sum() / expected.sum()).pvalue > 0.01


def test_probabilities_and_their_logarithms_agree():
    model = IQPGenerator(steps=20, random_state=0).fit(markov(100, 5))
    p = model.probabilities()
    assert p.sum() == pytest.approx(1) and (p >= 0).all() and p.shape == (32,)
    np.testing.assert_allclose(model.score_samples(every_string(5)), np.log(p), atol=1e-12)


def test_thresholds_make_bits():
    X = np.random.default_rng(0).normal(size=(50, 4))
    X[::7] = 0.3  # not above it
    soft = IQPGenerator(binarize=0.3, steps=10, random_state=0).fit(X)
    hard = IQPGenerator(steps=10, random_state=0).fit((X > 0.3).astype(int))
    np.testing.assert_array_equal(soft.weights_, hard.weights_)
    assert soft.score(X) == hard.score(X > 0.3)


def test_default_bandwidths_compare_few_bits():
    model = IQPGenerator(steps=1, random_state=0).fit(markov(50, 16))
    assert len(model.bandwidths_) == 3
    sizes = every_string(16).sum(axis=1)
    means = sorted(hamming_weights(16, [s]) @ sizes for s in model.bandwidths_)
    np.testing.assert_allclose(means, [1, 2, 4], atol=1e-9)
    small = IQPGenerator(steps=1, random_state=0).fit(markov(50, 2))
    assert len(small.bandwidths_) == 1
    assert hamming_weights(2, small.bandwidths_) @ every_string(2).sum(axis=1) == pytest.approx(0.5)


def test_it_survives_grids_clones_and_pickling():
    X = markov(80, 4)
    grid = {"locality": [1, 2], "learning_rate": [0.05]}
    search = GridSearchCV(IQPGenerator(steps=60, random_state=0), grid, cv=2).fit(X)
    assert search.best_params_["locality"] == 2
    model = search.best_estimator_
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.probabilities(), model.probabilities())
    np.testing.assert_array_equal(clone(model).fit(X).weights_, model.weights_)


def test_all_strings_of_two_bits_can_be_certain():
    for a, b in product((0, 1), repeat=2):
        model = IQPGenerator(random_state=0).fit([[a, b]] * 3)
        assert model.probabilities()[a + 2 * b] > 0.99
        assert (model.sample(5, random_state=0) == [a, b]).all()


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda X: IQPGenerator().fit(X + 0.5), ValueError, "only 0 and 1.*binarize"),
        (lambda X: IQPGenerator().fit(2 * X), ValueError, "only 0 and 1"),
        (lambda X: IQPGenerator().fit(X * np.nan), ValueError, "Input X contains NaN"),
        (lambda X: IQPGenerator().fit(X[0]), ValueError, "Expected 2D array"),
        (lambda X: IQPGenerator().fit(np.zeros((3, 21))), ValueError, "at most 20 features"),
        (lambda X: IQPGenerator(locality=0).fit(X), ValueError, "locality"),
        (lambda X: IQPGenerator(steps=0).fit(X), ValueError, "steps"),
        (lambda X: IQPGenerator(learning_rate=0).fit(X), ValueError, "learning_rate"),
        (lambda X: IQPGenerator(initial="zero").fit(X), ValueError, "initial"),
        (lambda X: IQPGenerator(bandwidths=()).fit(X), ValueError, "bandwidths"),
        (lambda X: IQPGenerator(bandwidths=1.0).fit(X), ValueError, "bandwidths"),
        (lambda X: IQPGenerator(bandwidths=(0.0,)).fit(X), ValueError, "bandwidths"),
        (lambda X: IQPGenerator(bandwidths="wide").fit(X), ValueError, "bandwidths"),
        (lambda X: IQPGenerator(binarize="x").fit(X), ValueError, "binarize"),
        (lambda X: IQPGenerator().sample(), NotFittedError, "not fitted yet"),
        (lambda X: IQPGenerator().probabilities(), NotFittedError, "not fitted yet"),
        (lambda X: IQPGenerator().score(X), NotFittedError, "not fitted yet"),
        (lambda X: IQPGenerator().circuit_, NotFittedError, "not fitted yet"),
        (lambda X: IQPGenerator(steps=1).fit(X).sample(0), ValueError, "n_samples"),
        (lambda X: IQPGenerator(steps=1).fit(X).score(X[:, :2]), ValueError, "has 2 features, but"),
        (lambda X: IQPGenerator(steps=1).fit(X).score(X + 2), ValueError, "only 0 and 1"),
    ],
)
def test_bad_input_is_refused_in_scikit_learns_words(call, error, said):
    with pytest.raises(error, match=said):
        call(markov(10, 3).astype(float))
