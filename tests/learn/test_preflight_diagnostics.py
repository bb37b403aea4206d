"""Preflight's diagnostics one by one: known answers and laws."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest
from scipy.linalg import sqrtm
from sklearn.datasets import make_classification, make_moons
from sklearn.exceptions import NotFittedError
from sklearn.metrics.pairwise import rbf_kernel

import qsetu
from qsetu.learn import (
    FidelityKernel,
    ProjectedKernel,
    StronglyEntanglingAnsatz,
    TrainableKernel,
    ZFeatureMap,
    ZZFeatureMap,
    kernel_cache_info,
    target_alignment,
)
from qsetu.learn.kernels import target_matrix
from qsetu.learn.preflight import (
    alignment_test,
    bandwidth_scan,
    concentration,
    effective_rank,
    geometric_difference,
    kernel_alignment,
    model_complexity,
    preflight,
    rbf_likeness,
    shots_needed,
)
from qsetu.learn.preflight.classical import classical_kernels
from qsetu.learn.preflight.shots import projected_variances

MOONS = make_moons(60, noise=0.1, random_state=0)


def random_kernel(size: int, rank: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(size, rank))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors @ vectors.T


# -- the matrix by itself ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [2, 7, 40])
def test_the_effective_rank_counts_equal_directions(size):
    assert effective_rank(np.eye(size)) == pytest.approx(size)
    assert effective_rank(np.ones((size, size))) == pytest.approx(1)
    assert effective_rank(np.kron(np.eye(3), np.ones((size, size)))) == pytest.approx(3)
    assert effective_rank(np.diag([3.0] * size + [-2.0] * 2)) == pytest.approx(size)


@pytest.mark.parametrize("rank", [1, 3, 12])
def test_the_effective_rank_is_at_most_the_rank_and_knows_no_scale_and_no_order(rank):
    matrix = random_kernel(20, rank)
    found = effective_rank(matrix)
    assert 1 - 1e-9 <= found <= rank + 1e-9
    order = np.random.default_rng(1).permutation(20)
    assert effective_rank(7.3 * matrix[np.ix_(order, order)]) == pytest.approx(found)


@pytest.mark.parametrize("num_qubits", [3, 5, 7])
def test_states_of_deep_random_circuits_concentrate_as_haar_random_ones(num_qubits):
    ansatz = StronglyEntanglingAnsatz(num_qubits, 3 * num_qubits)
    angles = np.random.default_rng(num_qubits).uniform(0, 2 * np.pi, (240, ansatz.num_params))
    matrix = qsetu.gram(ansatz.circuit, angles, dtype="complex128")
    found = concentration(matrix, num_qubits)
    size = 2**num_qubits
    assert found.haar_mean == 1 / size
    assert found.haar_variance == pytest.approx(1 / size**2 * (size - 1) / (size + 1))
    assert found.mean == pytest.approx(found.haar_mean, rel=0.03)
    assert found.variance == pytest.approx(found.haar_variance, rel=0.1)
    assert concentration(matrix).haar_mean is None


def test_concentration_sees_pairs_alone():
    matrix = np.array([[9.0, 0.1, 0.3], [0.1, 5.0, 0.8], [0.3, 0.8, 7.0]])
    found = concentration(matrix)
    assert found.mean == pytest.approx(0.4)
    assert found.variance == pytest.approx((0.09 + 0.01 + 0.16) / 3)


# -- beside classical kernels ------------------------------------------------------------------------


@pytest.mark.parametrize("regularization", [0.0, 0.01, 0.3])
def test_a_kernel_differs_from_itself_by_one_but_for_the_regularization(regularization):
    matrix = random_kernel(12, 30)
    top = np.linalg.eigvalsh(matrix)[-1]
    found = geometric_difference(matrix, matrix, regularization=regularization)
    assert found == pytest.approx(np.sqrt(top / (top + regularization)), abs=1e-9)
    # The scale of a kernel is no difference.
    assert geometric_difference(5 * matrix, matrix, regularization=regularization) == pytest.approx(found)
    assert geometric_difference(matrix, 5 * matrix, regularization=regularization) == pytest.approx(found)


@pytest.mark.parametrize("seed", range(5))
def test_the_difference_is_the_spectral_norm_of_its_definition_and_no_sum_of_rows(seed):
    quantum, classical = random_kernel(15, 4, seed), random_kernel(15, 40, seed + 10)
    root = sqrtm(quantum).real
    inner = root @ np.linalg.inv(classical + 0.02 * np.eye(15)) @ root
    found = geometric_difference(quantum, classical, regularization=0.02)
    assert found == pytest.approx(np.sqrt(np.linalg.norm(inner, 2)), rel=1e-6)
    assert found < 0.97 * np.sqrt(np.abs(inner).sum(axis=1).max())
    # Against a kernel that knows every sample only by itself nothing is left but the quantum kernel.
    top = np.linalg.eigvalsh(quantum)[-1]
    assert geometric_difference(quantum, np.eye(15), regularization=0.0) == pytest.approx(np.sqrt(top))


@pytest.mark.parametrize("seed", range(5))
def test_labels_never_cost_a_classical_kernel_more_than_the_difference_allows(seed):
    draw = np.random.default_rng(seed)
    quantum, classical = random_kernel(15, 40, seed), random_kernel(15, 40, seed + 10)
    bound = geometric_difference(quantum, classical, regularization=0.05) ** 2
    ratios = []
    for _ in range(200):
        y = draw.choice([-1.0, 1.0], 15)
        costs = [
            model_complexity(kernel, np.outer(y, y), regularization=r)
            for kernel, r in ((classical, 0.05), (quantum, 0.0))
        ]
        ratios.append(costs[0] / costs[1])
    assert max(ratios) <= bound * (1 + 1e-9)
    assert bound / max(ratios) < 10


def test_complexity_is_its_definition_and_learning_by_heart_costs_the_number_of_samples():
    y = np.random.default_rng(0).choice([-1.0, 1.0], 20)
    matrix = random_kernel(20, 50)
    by_hand = y @ np.linalg.inv(matrix + 0.1 * np.eye(20)) @ y
    assert model_complexity(4 * matrix, np.outer(y, y), regularization=0.1) == pytest.approx(by_hand)
    assert model_complexity(np.eye(20), np.outer(y, y), regularization=0.0) == pytest.approx(20)
    # The best there is: one direction, that of the labels.
    assert model_complexity(np.outer(y, y), np.outer(y, y), regularization=0.1) == pytest.approx(20 / 20.1)


def test_classical_kernels_are_those_of_scikit_learn_and_the_smallest_difference_counts():
    from sklearn.metrics.pairwise import laplacian_kernel, polynomial_kernel

    X, y = MOONS
    theirs = {"rbf": rbf_kernel, "laplacian": laplacian_kernel, "polynomial": polynomial_kernel}
    found = list(classical_kernels(X))
    for one in found:
        if one.family in theirs:
            settings = {key: float(value) for key, value in re.findall(r"(\w+)=([\d.e+-]+)", one.settings)}
            np.testing.assert_allclose(one.matrix, theirs[one.family](X, **settings), rtol=0.05, atol=0.02)
    assert {one.family for one in found} == {"rbf", "laplacian", "polynomial", "linear"}
    assert len({str(one) for one in found}) == len(found) >= 15

    kernel = FidelityKernel("zz", bandwidth=0.5)
    comparison = preflight(kernel, X, y, bandwidths=[], regularization=0.03).comparison
    matrix = kernel.matrix(X)
    each = {str(c): geometric_difference(matrix, c.matrix, regularization=0.03) for c in found}
    costs = {str(c): model_complexity(c.matrix, target_matrix(y), regularization=0.03) for c in found}
    assert comparison.difference == pytest.approx(min(each.values()))
    assert comparison.closest == min(each, key=each.__getitem__)
    assert comparison.classical_complexity == pytest.approx(min(costs.values()))
    assert comparison.simplest == min(costs, key=costs.__getitem__)
    assert comparison.limit == pytest.approx(np.sqrt(60))
    assert comparison.regularization == 0.03
    own = model_complexity(matrix, target_matrix(y), regularization=0.03)
    assert comparison.complexity == pytest.approx(own)
    for family, value in comparison.differences.items():
        assert value == pytest.approx(min(g for name, g in each.items() if name.startswith(family)))


@pytest.mark.parametrize("gamma", [0.01, 0.7, 11.0])
def test_an_rbf_kernel_is_most_like_itself(gamma):
    X = np.random.default_rng(0).normal(size=(50, 3))
    found = rbf_likeness(3 * rbf_kernel(X, gamma=gamma) + 1, X)
    assert found.alignment == pytest.approx(1, abs=1e-6)
    assert found.gamma == pytest.approx(gamma, rel=0.02)


def test_a_product_kernel_of_small_bandwidth_is_rbf_like_and_an_entangled_one_of_large_is_not():
    X = np.random.default_rng(1).normal(size=(80, 3))
    small = preflight(FidelityKernel(ZFeatureMap(3), bandwidth=0.1), X, bandwidths=[])
    assert small.rbf.alignment > 0.99
    assert small["RBF-likeness"].level == "caution"
    assert "RBF-like" in small["RBF-likeness"].text
    # |<psi(x)|psi(y)>|^2 = prod cos^2 of the differences, for one repetition: to second order an RBF kernel.
    one = FidelityKernel(ZFeatureMap(3, reps=1), bandwidth=0.1).matrix(X)
    formula = kernel_alignment(one, rbf_kernel(X, gamma=0.1**2))
    assert formula > 0.9999
    assert rbf_likeness(one, X).alignment >= formula - 1e-9
    large = preflight(FidelityKernel(ZZFeatureMap(2), bandwidth=0.7), X[:, :2], bandwidths=[])
    assert large.rbf.alignment < 0.9
    assert large["RBF-likeness"].level == "good"


def test_kernel_alignment_is_that_of_labels_and_knows_no_scale():
    y = MOONS[1]
    matrix = FidelityKernel("zz", bandwidth=0.4).matrix(MOONS[0])
    assert kernel_alignment(matrix, matrix) == pytest.approx(1)
    assert kernel_alignment(2 * matrix + 5, matrix) == pytest.approx(1)
    assert kernel_alignment(matrix, target_matrix(y)) == pytest.approx(target_alignment(matrix, y))


# -- labels ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("labels", ["two", "three", "numbers"])
def test_the_ideal_kernel_is_aligned_and_no_shuffling_reaches_it(labels):
    draw = np.random.default_rng(0)
    y = {"two": MOONS[1], "three": draw.choice(list("abc"), 40), "numbers": draw.normal(size=40)}[labels]
    found = alignment_test(target_matrix(y), y, permutations=99)
    assert found.centered == pytest.approx(1)
    assert found.plain == pytest.approx(1)
    assert found.p_value == 0.01
    assert found.shuffled.shape == (99,)
    assert found.shuffled.max() < 0.9


def test_alignment_is_target_alignment_and_constant_kernels_have_none():
    X, y = MOONS
    y = np.where(np.arange(60) < 45, 0, y)  # unequal classes, where centering matters
    matrix = FidelityKernel("zz", bandwidth=0.4).matrix(X)
    found = alignment_test(matrix, y, permutations=5)
    assert found.plain == pytest.approx(target_alignment(matrix, y, center=False))
    assert found.centered == pytest.approx(target_alignment(matrix, y))
    assert abs(found.plain - found.centered) > 0.05
    constant = alignment_test(np.ones((60, 60)), y, permutations=5)
    assert (constant.centered, constant.p_value) == (0, 1)


def test_labels_that_mean_nothing_have_p_values_like_any_other():
    X, _ = MOONS
    matrix = FidelityKernel("zz", bandwidth=0.4).matrix(X)
    draw = np.random.default_rng(5)
    values = [
        alignment_test(matrix, draw.permutation(np.arange(60) % 2), permutations=99, seed=turn).p_value
        for turn in range(200)
    ]
    # Uniform: 200 draws stay within 0.115 of it with probability 0.99 (Kolmogorov and Smirnov).
    apart = np.abs(np.sort(values) - (np.arange(200) + 0.5) / 200).max()
    assert apart < 0.125
    assert min(values) >= 0.01


# -- shots -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", [0.2, 0.6])
def test_values_from_so_many_shots_are_as_precise_as_asked(precision):
    X = np.random.default_rng(2).normal(size=(70, 3))
    kernel = FidelityKernel("zz", bandwidth=0.4)
    exact = kernel.matrix(X)
    needed = shots_needed(exact, precision=precision)
    shots = int(needed.for_values)
    measured = FidelityKernel("zz", bandwidth=0.4, shots=shots, seed=1).matrix(X)
    upper = np.triu_indices(70, 1)
    error = (measured - exact)[upper]
    assert error.std() / exact[upper].std() == pytest.approx(precision, rel=0.06)
    correlation = np.corrcoef(measured[upper], exact[upper])[0, 1]
    assert correlation == pytest.approx(1 / np.sqrt(1 + precision**2), abs=0.02)
    assert needed.total == needed.needed * 70 * 69 / 2


@pytest.mark.parametrize("bandwidth", [0.15, 0.5])
def test_noise_of_so_many_shots_stays_below_the_eigenvalues_that_count(bandwidth):
    X = np.random.default_rng(3).normal(size=(80, 3))
    exact = FidelityKernel("zz", bandwidth=bandwidth).matrix(X)
    shots = int(shots_needed(exact).for_spectrum)
    measured = FidelityKernel("zz", bandwidth=bandwidth, shots=shots, seed=4).matrix(X)
    noise = np.linalg.norm(measured - exact, 2)
    eigenvalues = np.linalg.eigvalsh(exact)[::-1]
    counted = eigenvalues[round(effective_rank(exact)) - 1]
    assert 0.6 * counted < noise < 1.05 * counted


@pytest.mark.parametrize("locality", [1, 2])
def test_a_projected_kernel_needs_shots_for_expectation_values(locality):
    draw = np.random.default_rng(4)
    X = draw.normal(size=(40, 3))
    kernel = ProjectedKernel("zz", bandwidth=0.2, gamma=0.8, locality=locality)
    exact = kernel.matrix(X)
    encoder = ZZFeatureMap(3)
    groups = [(0,), (1,), (2,)] if locality == 1 else [(0, 1), (1, 2)]
    letters = list(itertools.product("IXYZ", repeat=locality))[1:]
    strings = [
        " ".join(f"{letter}{q}" for letter, q in zip(word, group, strict=True) if letter != "I")
        for group in groups
        for word in letters
    ]
    values = qsetu.expectation(encoder.circuit, strings, encoder.parameters(0.2 * X), dtype="complex128")
    upper = np.triu_indices(40, 1)
    errors = []
    for _ in range(30):
        seen = 2 * draw.binomial(4000, np.clip((1 + values) / 2, 0, 1)) / 4000 - 1
        squares = ((seen[:, None] - seen[None]) ** 2).sum(axis=2) / 2**locality
        errors.append((np.exp(-0.8 * squares) - exact)[upper])
    found = np.mean(np.square(errors))
    bound = projected_variances(exact, 0.8, locality)[upper].mean() / 4000
    assert 0.6 * bound < found < bound
    needed = preflight(kernel, X, bandwidths=[]).shots
    assert needed.measured == "expectation value"
    assert needed.total == needed.needed * 40 * len(strings)


def test_what_is_on_the_diagonal_is_not_measured():
    matrix = random_kernel(6, 9) ** 2
    variances = matrix * (1 - matrix) + 100 * np.eye(6)
    assert shots_needed(matrix, variances=variances) == shots_needed(matrix)


def test_values_that_do_not_differ_take_infinitely_many_shots():
    assert math.isinf(shots_needed(0.5 * np.ones((4, 4)) + 0.5 * np.eye(4)).needed)
    assert shots_needed([[1, 0, 1], [0, 1, 0], [1, 0, 1]]).for_values == 1


# -- bandwidths --------------------------------------------------------------------------------------


def test_a_scan_computes_each_kernel_once_for_all_that_follows():
    X, y = make_moons(40, noise=0.1, random_state=8)
    kernel = FidelityKernel("iqp", bandwidth=0.37)
    found = bandwidth_scan(kernel, X, y, [0.1, 0.8])
    np.testing.assert_allclose(found.bandwidths, [0.1, 0.37, 0.8])
    before = kernel_cache_info().computed
    for place, bandwidth in enumerate(found.bandwidths):
        matrix = FidelityKernel("iqp", bandwidth=bandwidth).matrix(X)
        assert found.alignments[place] == pytest.approx(target_alignment(matrix, y))
        assert found.ranks[place] == pytest.approx(effective_rank(matrix))
        assert found.variances[place] == pytest.approx(concentration(matrix).variance)
    assert kernel_cache_info().computed == before
    assert found.recommended in found.bandwidths
    assert (found.given, kernel.bandwidth) == (0.37, 0.37)
    blind = bandwidth_scan(kernel, X, None, [0.1, 0.8])
    assert blind.alignments is None
    assert blind.recommended == blind.bandwidths[blind.variances.argmax()]


def test_the_bandwidth_recommended_agrees_with_labels_and_keeps_values_apart():
    X, y = make_classification(60, 4, n_redundant=0, class_sep=2, random_state=8, n_clusters_per_class=1)
    found = bandwidth_scan(FidelityKernel("zz"), X, y)
    assert (found.bandwidths[0], found.bandwidths[-1]) == (2**-8, 4)
    close = found.alignments >= 0.9 * found.alignments.max()
    assert 1 < close.sum() < len(close)
    place = list(found.bandwidths).index(found.recommended)
    assert close[place]
    assert found.variances[place] == found.variances[close].max()
    # Neither the largest alignment nor the largest variance alone would choose it.
    assert place not in (found.alignments.argmax(), found.variances.argmax())


def test_a_scan_keeps_what_a_trainable_kernel_has_learned():
    X, y = MOONS
    kernel = TrainableKernel("angle", bandwidth=0.5, steps=3, random_state=0)
    with pytest.raises(NotFittedError):
        preflight(kernel, X, y)
    kernel.fit(X, y)
    found = preflight(kernel, X, y, bandwidths=[0.25])
    moved = TrainableKernel("angle", bandwidth=0.25, steps=3, random_state=0)
    moved.weights_ = kernel.weights_
    assert found.bandwidths.alignments[0] == pytest.approx(target_alignment(moved.matrix(X), y))
    assert kernel.bandwidth == 0.5
