"""Kernel values are computed once, whoever asks for them, and never mistaken for others."""

from __future__ import annotations

import multiprocessing
import threading

import numpy as np
import pytest
from sklearn.base import clone

from qsetu.learn import (
    FidelityKernel,
    LocalKernel,
    ProjectedKernel,
    ZFeatureMap,
    ZZFeatureMap,
    clear_kernel_cache,
    kernel_cache_info,
)
from qsetu.learn.kernels.store import PairStore, digests


def samples(count, width=2, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width))


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
