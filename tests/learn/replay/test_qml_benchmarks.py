"""Accuracies published with qml-benchmarks (Bowles et al., arXiv:2403.07059): every row of every test set.

What was found, and is asserted here:

* The IQP kernel with more than one repetition was entangled in the first repetition alone, in all there is.
* The width of the projected kernel was taken from whichever samples stand in the rows, so that it was
  another for test samples than for training samples.
"""

from __future__ import annotations

import ast
import csv
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from hidden_manifold import SETS, WIDTHS, published
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC

import qsetu
from qsetu.circuits import Circuit, param
from qsetu.learn import FeatureMap, FidelityKernel, IQPFeatureMap, ProjectedKernel, QuantumKernelClassifier

STEMS = {"hidden_manifold": "hidden_manifold-6manifold-{}d", "linearly_separable": "linearly_separable_{}d"}
# Hidden manifold: width -> (C, gamma or repetitions, test accuracy). Here where there are no files, too.
SVC_TABLE = {
    2: (100, 0.1, 0.7),
    3: (10, 0.1, 0.5833),
    4: (10, 1.0, 0.65),
    5: (10, 1.0, 0.6667),
    6: (10, 0.1, 0.8333),
}
IQP_TABLE = {2: (1, 1, 0.7), 3: (1, 1, 0.55), 4: (1, 1, 0.5833), 5: (100, 1, 0.6833), 6: (1, 5, 0.7833)}


@pytest.fixture
def results(data_folder):
    folder = data_folder / "qml-benchmarks-results"
    if not folder.is_dir():
        pytest.skip("QSETU_DATA has no qml-benchmarks-results")
    return folder


def settings_and_scores(folder, data: str, model: str, width: int):
    """The best settings, and (train, test) accuracies of five runs."""
    stem = f"{model}_{STEMS[data].format(width)}_GridSearchCV-best-hyperparams"
    base = folder / "results" / data / model
    with (base / f"{stem}.csv").open() as stream:
        found = {row["hyperparameter"]: float(row["best_value"]) for row in csv.DictReader(stream)}
    scores = np.loadtxt(base / f"{stem}-results.csv", delimiter=",", skiprows=1)[:, 1:]
    assert scores.shape == (5, 2)
    return found, scores


def to_angles() -> MinMaxScaler:
    return MinMaxScaler((-np.pi / 2, np.pi / 2))


def iqp_classifier(width: int, repeats: int, penalty: float, entangled: int | None = 1):
    kernel = FidelityKernel(IQPFeatureMap(width, reps=repeats, entangled_reps=entangled))
    return make_pipeline(to_angles(), QuantumKernelClassifier(kernel, C=penalty))


def accuracies(model, data) -> list[float]:
    train, test, y_train, y_test = data
    model.fit(train, y_train)
    return [model.score(train, y_train), model.score(test, y_test)]


@pytest.mark.parametrize("width", SVC_TABLE)
def test_a_classical_machine_scores_what_was_published(width):
    penalty, gamma, test = SVC_TABLE[width]
    found = accuracies(SVC(C=penalty, gamma=gamma), published("hidden_manifold")[width])
    assert found[1] == pytest.approx(test, abs=5e-5)


@pytest.mark.parametrize("width", IQP_TABLE)
def test_an_iqp_kernel_scores_what_was_published(width):
    penalty, repeats, test = IQP_TABLE[width]
    data = published("hidden_manifold")[width]
    assert accuracies(iqp_classifier(width, repeats, penalty), data)[1] == pytest.approx(test, abs=5e-5)
    everywhere = accuracies(iqp_classifier(width, repeats, penalty, None), data)[1]
    # The one with more than one repetition: 9 of 60 test samples more are wrong as the map is defined today.
    assert everywhere == pytest.approx(0.6333 if width == 6 else test, abs=5e-5)


# -- with the published files ------------------------------------------------------------------------


@pytest.mark.parametrize("data", STEMS)
def test_the_data_drawn_are_the_data_stored(results, data):
    folder = results / "datasets-for-plots"
    folder /= "hidden_manifold_model" if data == "hidden_manifold" else data
    stored = [2, 10] if data == "hidden_manifold" else [2, 3, 10]
    for width in stored:
        X_train, X_test, y_train, y_test = published(data)[width]
        for part, X, y in (("train", X_train, y_train), ("test", X_test, y_test)):
            rows = np.loadtxt(folder / f"{STEMS[data].format(width)}_{part}.csv", delimiter=",")
            np.testing.assert_allclose(X, rows[:, :-1], atol=1e-14)
            np.testing.assert_array_equal(y, rows[:, -1])


def test_stored_classical_results(results):
    # No scaling: these four are also in the project's notes.
    noted = {
        ("hidden_manifold", 2): (0.7333, 0.7),
        ("hidden_manifold", 10): (0.8458, 0.9),
        ("linearly_separable", 2): (1, 1),
        ("linearly_separable", 3): (1, 0.9833),
    }
    for data in SETS:
        for width in WIDTHS:
            best, scores = settings_and_scores(results, data, "SVC", width)
            found = accuracies(SVC(C=best["C"], gamma=best["gamma"]), published(data)[width])
            np.testing.assert_allclose(scores, [found] * 5, err_msg=f"{data} {width}")
            if (data, width) in noted:
                assert found == pytest.approx(noted[data, width], abs=5e-5)


@pytest.mark.parametrize("data", STEMS)
def test_stored_results_of_the_iqp_kernel(results, data):
    differ = {}
    for width in range(2, 13):
        best, scores = settings_and_scores(results, data, "IQPKernelClassifier", width)
        settings = width, int(best["repeats"]), best["C"]
        found = accuracies(iqp_classifier(*settings), published(data)[width])
        np.testing.assert_allclose(scores, [found] * 5, err_msg=f"{width}")
        everywhere = accuracies(iqp_classifier(*settings, None), published(data)[width])
        if everywhere != found:
            differ[width] = round(60 * (everywhere[1] - found[1]))
    # Of the best settings only one has more than one repetition.
    assert differ == ({6: -9} if data == "hidden_manifold" else {})


@pytest.mark.slow
@pytest.mark.parametrize("data", STEMS)
@pytest.mark.parametrize("width", [2, 10])
def test_stored_searches_of_the_iqp_kernel(results, data, width):
    """Repetitions 1, 5 and 10, four values of C, five folds: scores agree fold by fold."""
    stem = f"IQPKernelClassifier_{STEMS[data].format(width)}_GridSearchCV.csv"
    with (results / "results" / data / "IQPKernelClassifier" / stem).open() as stream:
        rows = list(csv.DictReader(stream))
    X, _, y, _ = published(data)[width]
    first_alone, everywhere = [], []
    for row in rows:
        tried = ast.literal_eval(row["params"])
        told = [float(row[f"split{fold}_test_accuracy"]) for fold in range(5)]
        for entangled, seen in ((1, first_alone), (None, everywhere)):
            model = iqp_classifier(width, tried["repeats"], tried["C"], entangled)
            apart = np.abs(cross_val_score(model, X, y, cv=5) - told)
            seen += [(tried["repeats"], error) for error in apart]
    assert len(first_alone) == 60
    # A sample may lie on the boundary: one of 48 does, in one fold of one search.
    off = [error for _, error in first_alone if error > 1e-9]
    assert len(off) <= 2
    assert max(off, default=0) < 1.01 / 48
    assert max(error for repeats, error in everywhere if repeats == 1) < 1e-9
    assert sum(error > 1e-9 for repeats, error in everywhere if repeats > 1) >= 24


# -- the projected kernel ----------------------------------------------------------------------------


@dataclass(frozen=True)
class HeisenbergMap(FeatureMap):
    """Random rotations, then ``steps`` Trotter steps of a Heisenberg chain whose couplings are the features.

    Huang et al., Nature Communications 12, 2631 (2021).
    """

    time: float = 0.1
    steps: int = 1
    seed: int = 0

    @property
    def num_qubits(self) -> int:
        return self.num_features + 1

    def _build(self) -> Circuit:
        draw = np.random.default_rng(self.seed)
        draw.integers(100_000)  # what the published model drew for another purpose
        angles = 2 * np.pi * draw.uniform(size=(self.num_qubits, 3))
        circuit = Circuit(self.num_qubits)
        for qubit, (first, second, third) in enumerate(angles):
            circuit = circuit.rz(first, qubit).ry(second, qubit).rz(third, qubit)
        step = self.time / self.steps * self.num_features
        for _ in range(self.steps):
            for j in range(self.num_features):
                for gate in ("rxx", "ryy", "rzz"):
                    circuit = circuit.append(gate, [j, j + 1], [step * param(j)])
        return circuit


@cache
def paulis(num_qubits: int) -> tuple[str, ...]:
    return tuple(f"{letter}{qubit}" for letter in "XYZ" for qubit in range(num_qubits))


def gamma_of(encoder: FeatureMap, samples: np.ndarray) -> float:
    """Their default: one over the variance of all local expectation values of these samples."""
    values = qsetu.expectation(
        encoder.circuit, paulis(encoder.num_qubits), encoder.parameters(samples), dtype="complex128"
    )
    # In squared distances of Bloch vectors; those of density matrices are half as large.
    return 2.0 / values.var() / encoder.num_features


def projected_scores(data, best, seed: int, widths_of_rows: bool) -> list[float]:
    train, test, y_train, y_test = data
    scaler = to_angles().fit(train)
    train, test = scaler.transform(train), scaler.transform(test)
    encoder = HeisenbergMap(train.shape[1], best["t"], int(best["trotter_steps"]), seed)
    gamma = best["gamma_factor"] * gamma_of(encoder, train)
    kernel = ProjectedKernel(encoder, gamma=gamma)
    of_test = best["gamma_factor"] * gamma_of(encoder, test)
    kernel_of_test = ProjectedKernel(encoder, gamma=of_test) if widths_of_rows else kernel
    model = SVC(kernel="precomputed", C=best["C"]).fit(kernel.matrix(train), y_train)
    return [
        model.score(kernel.matrix(train), y_train),
        model.score(kernel_of_test.matrix(test, train), y_test),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("data", STEMS)
@pytest.mark.parametrize("width", range(2, 12))
def test_stored_results_of_the_projected_kernel(results, data, width):
    best, scores = settings_and_scores(results, data, "ProjectedQuantumKernel", width)
    split = published(data)[width]
    found = [projected_scores(split, best, seed, True) for seed in range(5)]
    np.testing.assert_allclose(found, scores)


def test_a_projected_kernel_of_one_width_scores_another_thing_than_was_published(results):
    differ = {}
    for width in (2, 3, 5, 6):
        best, scores = settings_and_scores(results, "hidden_manifold", "ProjectedQuantumKernel", width)
        data = published("hidden_manifold")[width]
        ours = [projected_scores(data, best, seed, False)[1] for seed in range(5)]
        differ[width] = int((np.abs(ours - scores[:, 1]) > 1e-9).sum())
    assert min(differ.values()) > 0, differ
