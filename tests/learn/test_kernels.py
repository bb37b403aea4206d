"""Kernels with chance and noise in them, of reduced states, repaired ones and trained ones."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_moons
from sklearn.exceptions import NotFittedError

import qsetu
from qsetu import Depolarizing, NoiseModel, ReadoutError
from qsetu.core.errors import ArgumentError
from qsetu.learn import (
    AngleFeatureMap,
    FidelityKernel,
    HardwareEfficientFeatureMap,
    LocalKernel,
    ProjectedKernel,
    TrainableKernel,
    ZFeatureMap,
    ZZFeatureMap,
    deentangled,
    repair_kernel,
    target_alignment,
)


def samples(count, width=2, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width))


# ---- shots and noise -----------------------------------------------------------------------------


def test_shots_scatter_as_a_binomial_does_and_the_same_pair_finds_the_same():
    X = samples(60)
    exact = FidelityKernel("zz", bandwidth=0.5).matrix(X)
    noisy = FidelityKernel("zz", bandwidth=0.5, shots=400, seed=3, cache="none")
    found = noisy.matrix(X)
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_array_equal(np.diag(found), 1)
    upper = np.triu_indices(60, 1)
    error = np.sqrt(exact[upper] * (1 - exact[upper]) / 400)
    scores = (found[upper] - exact[upper])[error > 1e-3] / error[error > 1e-3]
    assert abs(scores.mean()) < 4 / np.sqrt(len(scores))
    assert abs(scores.std() - 1) < 4 / np.sqrt(2 * len(scores))
    assert np.abs(found * 400 - np.round(found * 400)).max() < 1e-9
    order = np.random.default_rng(1).permutation(60)
    np.testing.assert_array_equal(noisy.matrix(X[order]), found[np.ix_(order, order)])
    np.testing.assert_array_equal(noisy.matrix(X[7:9], X[:30]), found[7:9, :30])
    assert not np.array_equal(clone(noisy).set_params(seed=4).matrix(X), found)


def test_noise_lowers_fidelities_as_a_density_matrix_says():
    encoder = HardwareEfficientFeatureMap(2, reps=1)
    X = samples(4)
    noise = NoiseModel(Depolarizing(0.02), Depolarizing(0.1), readout=ReadoutError(0.03, 0.08))
    exact = FidelityKernel(encoder, noise=noise)
    found = exact.matrix(X)
    assert not exact.has_unit_diagonal
    assert (np.diag(found) < 0.95).all()
    # By hand: the circuit of one pair, its density matrix, and what is read.
    rows = encoder.parameters(X)
    circuit = encoder.circuit.bind(rows[1]).compose(encoder.circuit.bind(rows[2]).inverse())
    probabilities = np.diag(qsetu.density_matrix(circuit, noise=noise)).real
    read_zero = np.array([0.97 * 0.97, 0.08 * 0.97, 0.97 * 0.08, 0.08 * 0.08])
    assert found[1, 2] == pytest.approx(probabilities @ read_zero, abs=1e-12)
    measured = FidelityKernel(encoder, noise=noise, shots=4000, seed=1).matrix(X, X[:3])
    assert np.abs(measured - found[:, :3]).max() < 5 * 0.5 / np.sqrt(4000)
    again = FidelityKernel(encoder, noise=noise, shots=4000, seed=1).matrix(X[::-1], X[:3])[::-1]
    np.testing.assert_array_equal(measured, again)


@pytest.mark.parametrize("locality", [1, 2, 3])
@pytest.mark.parametrize("groups", ["linear", "full"])
def test_reduced_kernels_equal_their_definitions(locality, groups):
    from itertools import combinations

    X = samples(5, 4)
    encoder = ZZFeatureMap(4, entanglement="linear")
    states = qsetu.statevector(encoder.circuit, encoder.parameters(X), dtype="complex128")
    chosen = list(combinations(range(4), locality))
    if groups == "linear":
        chosen = [tuple(range(i, i + locality)) for i in range(5 - locality)]
    traces = np.zeros((5, 5))
    squares = np.zeros((5, 5))
    for group in chosen:
        tensor = states.reshape(5, 2, 2, 2, 2)  # axis 4 - q is qubit q
        inside = [4 - q for q in group]
        outside = [axis for axis in range(1, 5) if axis not in inside]
        parts = tensor.transpose(0, *inside, *outside).reshape(5, 2**locality, -1)
        rho = parts @ parts.conj().transpose(0, 2, 1)
        traces += np.einsum("aij,bji->ab", rho, rho).real
        squares += (np.abs(rho[:, None] - rho[None]) ** 2).sum(axis=(2, 3))
    settings = {"locality": locality, "groups": groups}
    plain = LocalKernel(encoder, normalized=False, **settings).matrix(X)
    np.testing.assert_allclose(plain, traces / len(chosen), atol=1e-12)
    own = np.sqrt(np.diag(traces))
    np.testing.assert_allclose(
        LocalKernel(encoder, **settings).matrix(X), traces / np.outer(own, own), atol=1e-12
    )
    projected = ProjectedKernel(encoder, gamma=0.7, **settings).matrix(X)
    np.testing.assert_allclose(projected, np.exp(-0.7 * squares), atol=1e-12)


@pytest.mark.parametrize("kernel", [FidelityKernel("zz"), LocalKernel("zz", normalized=False)])
def test_the_diagonal_is_that_of_the_matrix(kernel):
    X = samples(5)
    np.testing.assert_allclose(kernel.diagonal(X), np.diag(kernel.matrix(X)), atol=1e-14)
    assert (kernel.diagonal(X).min() < 0.99) == (not kernel.has_unit_diagonal)


# ---- repair --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["clip", "flip", "shift"])
def test_a_repaired_matrix_has_no_negative_eigenvalue_and_tells_what_was_done(method):
    rng = np.random.default_rng(0)
    noisy = FidelityKernel("zz", bandwidth=0.3).matrix(samples(30)) + 0.05 * rng.normal(size=(30, 30))
    noisy = 0.5 * (noisy + noisy.T)
    found = repair_kernel(noisy, method)
    assert found.acted
    assert np.linalg.eigvalsh(found.matrix)[0] > -1e-12
    assert found.smallest == pytest.approx(np.linalg.eigvalsh(noisy)[0])
    assert found.change == pytest.approx(np.linalg.norm(found.matrix - noisy) / np.linalg.norm(noisy))
    assert f"{found.negative} of 30" in str(found)
    if method != "shift":
        # What is done to the matrix and to new rows is the same.
        np.testing.assert_allclose(found.apply(noisy), found.matrix, atol=1e-12)
    whole = repair_kernel(found.matrix, method)
    assert not whole.acted
    np.testing.assert_array_equal(whole.matrix, found.matrix)
    assert "nothing to repair" in str(whole)


def test_clipping_is_the_closest_and_exact_matrices_are_left_alone():
    noisy = np.array([[1, 0.9, 0.1], [0.9, 1, 0.9], [0.1, 0.9, 1]])
    distance = {m: repair_kernel(noisy, m).change for m in ("clip", "flip", "shift")}
    assert distance["clip"] == min(distance.values())
    exact = FidelityKernel("zz", bandwidth=0.1).matrix(samples(200))
    assert not repair_kernel(exact).acted


# ---- trained -------------------------------------------------------------------------------------


def test_training_raises_the_alignment_with_labels():
    X, y = make_moons(60, noise=0.1, random_state=0)
    start = TrainableKernel("angle", reuploads=2, steps=0, random_state=1).fit(X, y)
    trained = TrainableKernel("angle", reuploads=2, steps=60, random_state=1).fit(X, y)
    before, after = (target_alignment(kernel.matrix(X), y) for kernel in (start, trained))
    assert after > before + 0.1
    assert len(trained.alignment_curve_) == 60
    again = clone(trained).fit(X, y)
    np.testing.assert_array_equal(again.weights_, trained.weights_)
    np.testing.assert_array_equal(again.matrix(X), trained.matrix(X))


def test_the_first_alignment_of_a_whole_batch_is_that_of_the_matrix():
    X, y = make_moons(20, noise=0.1, random_state=0)
    start = TrainableKernel(AngleFeatureMap(2), steps=0, random_state=1).fit(X, y)
    one = TrainableKernel(AngleFeatureMap(2), steps=1, random_state=1).fit(X, y)
    assert one.alignment_curve_[0] == pytest.approx(target_alignment(start.matrix(X), y), abs=1e-5)
    assert not np.array_equal(one.weights_, start.weights_)


def test_numbers_are_targets_too_and_untrained_kernels_say_so():
    X = samples(30)
    kernel = TrainableKernel("zz", bandwidth=0.3, steps=5, random_state=0).fit(X, np.sin(X[:, 0]))
    assert kernel.matrix(X).shape == (30, 30)
    with pytest.raises(NotFittedError, match="fit"):
        TrainableKernel().matrix(X)
    with pytest.raises(ArgumentError, match="label for each row"):
        TrainableKernel().fit(X, [0, 1])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: FidelityKernel(shots=0).matrix([[1.0]]), "shots"),
        (lambda: FidelityKernel(seed=None).matrix([[1.0]]), "seed"),
        (lambda: FidelityKernel(noise=0.1).matrix([[1.0]]), "NoiseModel"),
        (lambda: FidelityKernel(cache="tape").matrix([[1.0]]), "cache"),
        (lambda: ProjectedKernel(locality=5).matrix([[1.0]]), "locality"),
        (lambda: LocalKernel(groups="none").matrix([[1.0]]), "groups"),
        (lambda: deentangled(3), "feature map"),
        (lambda: repair_kernel([[1, 2], [0, 1]]), "symmetric"),
        (lambda: repair_kernel(np.eye(2), "cut"), "method"),
        (lambda: repair_kernel(np.eye(2)).apply(np.eye(3)), "(M, 2)"),
        (lambda: target_alignment(np.eye(3), [0, 1]), "(2, 2)"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(call, said):
    with pytest.raises(ArgumentError) as caught:
        call()
    assert said in str(caught.value)


def test_the_twin_of_a_kernel_factorizes():
    X = samples(6, 3, seed=21)
    twin = deentangled(FidelityKernel(ZZFeatureMap(3), bandwidth=0.7))
    parts = [FidelityKernel(ZFeatureMap(1), bandwidth=0.7).matrix(X[:, [i]]) for i in range(3)]
    np.testing.assert_allclose(twin.matrix(X), np.prod(parts, axis=0), atol=1e-13)
