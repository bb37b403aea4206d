"""What users are told of work that takes long."""

from __future__ import annotations

import dataclasses
import warnings
from itertools import pairwise

import numpy as np
import pytest
from sklearn.base import clone

import qsetu
from qsetu import explanation
from qsetu.learn import (
    FidelityKernel,
    IQPGenerator,
    LongRunWarning,
    ProjectedKernel,
    QuantumAutoencoder,
    TrainableKernel,
    VariationalClassifier,
    ZZFeatureMap,
    long_runs,
)
from qsetu.learn.kernels import reduced, told
from qsetu.learn.variational import base


@pytest.fixture
def slow_machine(monkeypatch):
    """Every estimate is half an hour, and no work is too small to be estimated."""
    plan = explanation.explain(qsetu.Circuit(2).h(0))
    slow = dataclasses.replace(plan, seconds=1800.0, memory_bytes=3_000_000_000)
    monkeypatch.setattr(explanation, "explain", lambda *given, **more: slow)
    monkeypatch.setattr(long_runs, "SMALL_WORK", 0.0)
    monkeypatch.setattr(base, "SMALL_WORK", 0.0)


def test_a_kernel_that_takes_minutes_says_so_before(slow_machine):
    X = np.random.default_rng(0).normal(size=(20, 2))
    with pytest.warns(LongRunWarning, match=r"20 samples on 2 qubits will take about 30 minutes and 3 GB"):
        FidelityKernel(ZZFeatureMap(2), cache="none").matrix(X)


def test_a_training_that_takes_hours_says_so_before(slow_machine):
    X = np.random.default_rng(0).normal(size=(40, 2))
    with pytest.warns(LongRunWarning, match=r"2 qubits on 40 samples for 4 epochs will take about 5.2 hours"):
        VariationalClassifier(epochs=4, random_state=0).fit(X, X[:, 0] > 0)


def test_noisy_circuits_are_told_by_the_first_of_them(monkeypatch):
    monkeypatch.setattr(long_runs, "ANNOUNCED", 0.0)
    noise = qsetu.NoiseModel(qsetu.Depolarizing(0.01))
    X = np.random.default_rng(0).normal(size=(5, 2))
    with pytest.warns(LongRunWarning, match="15 noisy circuits will take about 0 minutes"):
        FidelityKernel(ZZFeatureMap(2), noise=noise, cache="none").matrix(X)


@pytest.mark.parametrize("locality", [1, 3])
def test_reduced_states_are_told_too_and_come_in_parts(slow_machine, monkeypatch, locality):
    X = np.random.default_rng(0).normal(size=(20, 3))
    kernel = ProjectedKernel(ZZFeatureMap(3), locality=locality, cache="none")
    with pytest.warns(LongRunWarning, match="Reduced states of 20 samples will take about 30 minutes"):
        whole = kernel.matrix(X)
    monkeypatch.setattr(reduced, "AMPLITUDES_AT_ONCE", 1)
    with pytest.warns(LongRunWarning):
        np.testing.assert_allclose(kernel.matrix(X), whole, atol=1e-14)


def test_short_work_is_done_without_a_word():
    X = np.random.default_rng(0).normal(size=(20, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        FidelityKernel(ZZFeatureMap(2), cache="none").matrix(X)
        VariationalClassifier(epochs=1, random_state=0).fit(X, X[:, 0] > 0)


def test_estimates_grow_with_the_work_and_are_of_the_right_size():
    circuit = ZZFeatureMap(12).circuit
    small = long_runs.gram_seconds(circuit, 1000, 1000 * 1001 // 2, "native", "complex128")
    large = long_runs.gram_seconds(circuit, 2000, 2000 * 2001 // 2, "native", "complex128")
    assert 0 < small[0] < large[0]
    assert large[1] > 8 * 2000 * 2001 // 2
    assert long_runs.gram_seconds(ZZFeatureMap(2).circuit, 10, 55, "native", "complex128") == (0.0, 0)


@pytest.mark.parametrize("other", [None, 70])
def test_a_fidelity_matrix_reports_its_progress(other):
    rng = np.random.default_rng(0)
    circuit = ZZFeatureMap(3).circuit
    params = rng.normal(size=(600, circuit.num_params))
    shares: list[float] = []
    right = None if other is None else params[:other]
    found = qsetu.gram(circuit, params, right, report=shares.append)
    np.testing.assert_array_equal(found, qsetu.gram(circuit, params, right))
    assert len(shares) > 1
    assert all(a <= b for a, b in pairwise(shares))
    assert 0 < shares[0] < shares[-1] == 1.0


def test_the_bar_follows_the_report(monkeypatch, capsys):
    monkeypatch.setattr(long_runs, "SHOWN", 0.0)
    with long_runs.progress("kernel matrix") as report:
        report(0.25)
        report(1.0)
    assert "kernel matrix" in capsys.readouterr().err
    assert told.progress is long_runs.progress


class _Impatient:
    """A bar that presses Ctrl-C as its third turn begins."""

    def __init__(self, turns, **settings):
        self.turns = turns

    def __iter__(self):
        for turn in self.turns:
            if turn == 2:
                raise KeyboardInterrupt
            yield turn


@pytest.mark.parametrize(
    ("model", "curve", "said"),
    [
        (QuantumAutoencoder(epochs=9, random_state=0), "loss_curve_", "2 of 9 epochs"),
        (IQPGenerator(steps=9, binarize=0.0, random_state=0), "loss_curve_", "2 of 9 epochs"),
        (TrainableKernel(steps=9, random_state=0), "alignment_curve_", "2 of 9 steps"),
    ],
)
def test_an_interruption_keeps_what_was_learned(monkeypatch, model, curve, said):
    X = np.random.default_rng(0).normal(size=(20, 2))
    monkeypatch.setattr("tqdm.auto.tqdm", _Impatient)
    with pytest.warns(UserWarning, match=said):
        model.fit(X, X[:, 0] > 0)
    assert len(getattr(model, curve)) == 2
    short = clone(model).set_params(**{"steps" if "steps" in model.get_params() else "epochs": 2})
    monkeypatch.undo()
    np.testing.assert_array_equal(short.fit(X, X[:, 0] > 0).weights_, model.weights_)
