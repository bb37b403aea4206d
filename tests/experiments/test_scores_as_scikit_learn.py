"""The scores that are written out, against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, matthews_corrcoef, r2_score, recall_score, roc_auc_score

from qsetu.experiments.metrics import METRICS, Prediction


def scored(name, true, values, scores=None):
    return METRICS[name].compute(np.asarray(true), Prediction(np.asarray(values), scores))


@pytest.mark.parametrize("labels", [2, 3, 6])
@pytest.mark.parametrize("size", [5, 40])
def test_of_labels(labels, size):
    random = np.random.default_rng(labels + size)
    for _ in range(20):  # some of them with labels that occur on one side only
        true, values = random.integers(labels, size=size), random.integers(labels, size=size)
        occur = sorted(set(true.tolist()))
        recall = recall_score(true, values, labels=occur, average="macro", zero_division=0)
        assert scored("balanced_accuracy", true, values) == pytest.approx(recall)
        f1 = f1_score(true, values, average="macro", zero_division=0)
        assert scored("macro_f1", true, values) == pytest.approx(f1)
        assert scored("mcc", true, values) == pytest.approx(matthews_corrcoef(true, values))


def test_of_one_label_and_of_constant_predictions():
    assert scored("mcc", [1, 1, 1], [1, 1, 1]) == 0
    assert scored("mcc", [0, 1, 1], [1, 1, 1]) == 0
    assert scored("macro_f1", [0, 1, 1], [1, 1, 1]) == pytest.approx(0.4)
    assert scored("balanced_accuracy", [2, 2], [2, 0]) == 0.5


def test_of_the_scores_of_labels():
    random = np.random.default_rng(1)
    for _ in range(10):
        true = random.integers(3, size=30)
        scores = random.normal(size=(30, 3)).round(1)  # with ties
        values = scores.argmax(axis=1)
        areas = [roc_auc_score(true == label, scores[:, label]) for label in range(3)]
        assert scored("roc_auc", true, values, scores) == pytest.approx(np.mean(areas))
        guessed = [roc_auc_score(true == label, values == label) for label in range(3)]
        assert scored("roc_auc", true, values) == pytest.approx(np.mean(guessed))
    assert scored("roc_auc", [1, 1], [1, 0]) == 0.5


def test_of_numbers():
    random = np.random.default_rng(2)
    true, values = random.normal(size=(2, 25))
    assert scored("r2", true, values) == pytest.approx(r2_score(true, values))
    flat, off = np.ones(5), np.array([1.0, 1, 1, 1, 2])
    assert scored("r2", flat, flat) == r2_score(flat, flat) == 1
    assert scored("r2", flat, off) == r2_score(flat, off) == 0
