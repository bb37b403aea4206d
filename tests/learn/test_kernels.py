"""Kernels with chance and noise in them, repaired ones, trained ones; and values that are computed once."""

from __future__ import annotations

import multiprocessing
import threading

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
    clear_kernel_cache,
    deentangled,
    kernel_cache_info,
    repair_kernel,
    target_alignment,
)
from qsetu.learn.kernels.store import PairStore, digests


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


# ---- computed once -------------------------------------------------------------------------------


def counted(action):
    before = kernel_cache_info()
    action()
    after = kernel_cache_info()
    return after.computed - before.computed, after.reused - before.reused


def test_no_pair_is_computed_twice_whoever_asks():
    X = samples(40, seed=11)
    kernel = FidelityKernel("zz", bandwidth=0.45)
    assert counted(lambda: kernel.matrix(X[:30])) == (30 * 31 // 2, 30 * 30 - 30 * 31 // 2)
    assert counted(lambda: kernel.matrix(X[30:], X[:30]))[0] == 300
    assert counted(lambda: kernel.matrix(X))[0] == 10 * 11 // 2
    order = np.random.default_rng(0).permutation(40)
    same = FidelityKernel(ZZFeatureMap(2), bandwidth=0.9)
    for ask in (
        lambda: kernel.matrix(X[order]),
        lambda: clone(kernel).matrix(X[5:9], X[::3]),
        lambda: FidelityKernel(ZZFeatureMap(2), bandwidth=0.45).matrix(X.tolist()),
        lambda: FidelityKernel(ZFeatureMap(2), bandwidth=0.45, shots=10) and kernel.matrix(X),
    ):
        assert counted(ask)[0] == 0
    for other in (
        same,
        ProjectedKernel("zz", bandwidth=0.45),
        FidelityKernel("zz", bandwidth=0.45, dtype="complex64"),
    ):
        assert counted(lambda other=other: other.matrix(X))[0] == 40 * 41 // 2
    assert counted(lambda: FidelityKernel("zz", bandwidth=0.45, cache="none").matrix(X)) == (0, 0)


@pytest.mark.parametrize("kernel", [FidelityKernel, ProjectedKernel, LocalKernel])
def test_what_is_put_together_from_parts_equals_what_is_computed_at_once(kernel):
    X = samples(25, 3, seed=12)
    X[7] = X[3]
    X[9, 1] = -0.0
    Y = np.vstack([X[4:8], samples(3, 3, seed=13)])
    whole = kernel("zz", bandwidth=0.33, cache="none")
    kept = kernel("zz", bandwidth=0.33)
    kept.matrix(X[10:], X[:12])
    kept.matrix(Y)
    kept.matrix(Y, X[::2])
    found = kept.matrix(X)
    np.testing.assert_allclose(found, whole.matrix(X), atol=1e-14)
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_array_equal(np.diag(found), 1)
    np.testing.assert_allclose(kept.matrix(Y, X), whole.matrix(Y, X), atol=1e-14)
    np.testing.assert_array_equal(kept.matrix(X, Y), kept.matrix(Y, X).T)


def test_settings_that_change_values_are_kept_apart_and_zeros_have_no_sign():
    X = samples(12, seed=22)
    X[3, 0] = 0.0
    ask = [
        FidelityKernel("z", bandwidth=0.35),
        FidelityKernel("z", bandwidth=0.35, shots=50),
        FidelityKernel("z", bandwidth=0.35, shots=60),
        FidelityKernel("z", bandwidth=0.35, shots=60, seed=1),
        ProjectedKernel("z", bandwidth=0.35),
        ProjectedKernel("z", bandwidth=0.35, gamma=0.5),
        ProjectedKernel("z", bandwidth=0.35, locality=2),
        LocalKernel("zz", bandwidth=0.35),
        LocalKernel("zz", bandwidth=0.35, normalized=False),
    ]
    found = [kernel.matrix(X) for kernel in ask]
    for i, left in enumerate(found):
        assert not any(np.array_equal(left, right) for right in found[i + 1 :])
    X[3, 0] = -0.0
    assert counted(lambda: ask[0].matrix(X))[0] == 0


def test_a_result_belongs_to_who_asked_for_it():
    X = samples(6, seed=14)
    kernel = FidelityKernel("z")
    kernel.matrix(X)[:] = 7
    assert kernel.matrix(X).max() == 1


def test_a_feature_map_of_your_own_is_known_by_what_it_does():
    def made(factor):
        class Own(ZFeatureMap):
            def _parameters(self, samples, xp):
                return factor * super()._parameters(samples, xp)

        return FidelityKernel(Own(2, reps=1))

    X = samples(5, seed=15)
    first, second = made(0.5).matrix(X), made(0.7).matrix(X)
    assert not np.allclose(first, second)
    np.testing.assert_allclose(
        second, FidelityKernel(ZFeatureMap(2, reps=1), bandwidth=0.7).matrix(X), atol=1e-14
    )


def test_a_kernel_of_your_own_that_is_defined_anew_is_another_one():
    X = samples(4, seed=16)
    found = []
    for power in (1, 2):

        class Own(FidelityKernel):
            def _values(self, *given, power=power):
                return super()._values(*given) ** power

        found.append(Own("z").matrix(X))
    np.testing.assert_allclose(found[1], found[0] ** 2, atol=1e-14)


def test_the_store_forgets_before_it_grows_too_large():
    store = PairStore(limit=9 * 50**2)
    X = samples(90)
    names = digests(X)
    asked = []

    def compute(rows, columns):
        asked.append(len(rows))
        return np.ones((len(rows), len(rows if columns is None else columns)))

    store.matrix("a", names[:40], None, compute)
    store.matrix("b", names[:40], None, compute)
    assert store.info().tables == 1
    assert store.info().bytes <= store.limit
    store.matrix("b", names[40:80], None, compute)  # not both together
    assert store.info().bytes <= store.limit
    assert store.matrix("b", names, None, compute).shape == (90, 90)  # more than it may hold
    assert asked == [40, 40, 40, 90]
    store.matrix("b", names[40:80], None, compute)
    assert len(asked) == 4


def test_threads_wait_for_each_other_rather_than_compute_twice():
    X = samples(50, seed=17)
    kernel = FidelityKernel("zz", bandwidth=0.21)
    threads = [threading.Thread(target=kernel.matrix, args=(X,)) for _ in range(4)]

    def run():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert counted(run)[0] == 50 * 51 // 2


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    clear_kernel_cache()
    yield tmp_path / "qsetu" / "kernels"
    clear_kernel_cache()


def _in_another_process(X, queue):
    kernel = FidelityKernel("zz", bandwidth=0.27, cache="disk")
    matrix = kernel.matrix(X)
    queue.put((kernel_cache_info().computed, matrix))


def test_values_on_disk_serve_another_process(folder):
    X = samples(20, seed=18)
    mine = FidelityKernel("zz", bandwidth=0.27, cache="disk").matrix(X[:15])
    assert len(list(folder.glob("*.npz"))) == 1
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_in_another_process, args=(X, queue))
    process.start()
    computed, theirs = queue.get(timeout=120)
    process.join()
    assert computed == 20 * 21 // 2 - 15 * 16 // 2
    np.testing.assert_array_equal(theirs[:15, :15], mine)
    clear_kernel_cache()
    FidelityKernel("zz", bandwidth=0.27, cache="disk").matrix(X)
    assert kernel_cache_info().computed == 0
    clear_kernel_cache(disk=True)
    assert not list(folder.glob("*"))


def test_two_writers_lose_nothing(folder):
    X = samples(12, seed=19)
    kernel = FidelityKernel("zz", cache="disk")
    kernel.matrix(X[:6])
    clear_kernel_cache()
    file = next(folder.glob("*.npz"))
    kept = file.read_bytes()
    file.unlink()
    kernel.matrix(X[4:])  # knows nothing of the first
    file.write_bytes(kept)
    kernel.matrix(X[4:], X[3:5])  # writes, and finds the first
    clear_kernel_cache()
    kernel.matrix(X[:6])
    kernel.matrix(X[4:])
    assert kernel_cache_info().computed == 0


@pytest.mark.parametrize("damage", ["cut", "text", "pickle", "other", "nan", "shape"])
def test_a_damaged_file_is_not_believed(folder, damage):
    X = samples(6, seed=20)
    kernel = FidelityKernel("zz", cache="disk")
    expected = kernel.matrix(X)
    file = next(folder.glob("*.npz"))
    good = dict(np.load(file))
    clear_kernel_cache()
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:200])
    elif damage == "text":
        file.write_text("not an archive")
    elif damage == "pickle":
        np.savez(file, **{**good, "values": np.array([object()] * 36).reshape(6, 6)})
    elif damage == "other":
        np.savez(file, **{**good, "format": "something else 1"})
    elif damage == "nan":
        np.savez(file, **{**good, "values": np.full((6, 6), np.nan)})
    else:
        np.savez(file, **{**good, "known": np.ones((3, 3), dtype=bool)})
    np.testing.assert_array_equal(kernel.matrix(X), expected)
    assert kernel_cache_info().computed == 21


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert FidelityKernel("zz", bandwidth=0.19, cache="disk").matrix(samples(3)).shape == (3, 3)


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
