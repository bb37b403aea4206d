"""What is computed from folds, against the same by hand."""

from __future__ import annotations

import numpy as np
import pytest

from qsetu.experiments import summing
from qsetu.experiments.record import CurvePoint, DatasetRecord, FoldRecord, SplitRecord, TriedRecord
from qsetu.experiments.spec import EvaluationSpec
from qsetu.experiments.statistics import corrected_interval
from qsetu.experiments.summing import conclude, count_confusion, count_fits, summarize

TRUE = [0, 0, 1, 1, 2, 2, 2]


def split(repeat: int, fold: int, test: list[int], kind: str = "fold", train: int = 100) -> SplitRecord:
    return SplitRecord(
        kind=kind, repeat=repeat, fold=fold, num_train=train, num_train_groups=train, test=test
    )


def fold(score: float = 0.5, predicted: tuple[int, ...] = (), tried: int = 1, curve: int = 0) -> FoldRecord:
    times = dict.fromkeys(
        ("feature_seconds", "tune_seconds", "fit_seconds", "predict_seconds", "cpu_seconds"), 0.0
    )
    return FoldRecord(
        kind="fold",
        repeat=0,
        fold=0,
        seed=1,
        scores={"accuracy": score, "rmse": 10 * score},
        configuration={},
        tuning_score=score,
        tried=[TriedRecord(configuration={}, score=score, seconds=0.0)] * tried,
        curve=[CurvePoint(share=0.5, num_train=3, scores={})] * curve,
        predicted=list(predicted),
        warnings=[],
        **times,
    )


@pytest.fixture
def data() -> DatasetRecord:
    return DatasetRecord(
        name="d",
        title="d",
        kind="expression",
        files={},
        content_sha256="",
        num_samples=len(TRUE),
        num_features=1,
        num_groups=len(TRUE),
        labels=["a", "b", "c"],
        counts=[2, 2, 3],
        true=TRUE,
        ceiling={"accuracy": 0.9},
        notes=[],
        card=None,
    )


def test_a_summary_counts_folds_of_one_repeat_and_passes_over_what_is_held_out():
    splits = [split(repeat, fold, [0, 1, 2, 3]) for repeat in range(3) for fold in range(4)]
    held = split(0, 0, list(range(99)), kind="holdout", train=7)
    scores = np.linspace(0.3, 0.6, 12).tolist()
    found = summarize([fold(score) for score in scores], [*splits, held], ["accuracy"], 0.9)
    expected = corrected_interval(scores, 100.0, 4.0, 0.9, df=3)
    summary = found["accuracy"]
    assert (summary.mean, summary.low, summary.high) == (expected.mean, expected.low, expected.high)
    assert 0 < summary.low < summary.high < 1


def test_an_interval_stays_within_what_its_score_can_be():
    splits = [split(0, fold, [0]) for fold in range(3)]
    found = summarize([fold(score) for score in (0.0, 1.0, 1.0)], splits, ["accuracy", "rmse"], 0.95)
    assert (found["accuracy"].low, found["accuracy"].high) == (0.0, 1.0)
    assert found["rmse"].low == 0.0
    assert found["rmse"].high > 10.0


def test_truth_is_in_rows_and_what_was_said_in_columns(data):
    splits = [split(0, 0, [0, 2, 4, 5]), split(0, 1, [1, 3, 6]), split(0, 0, [0, 1], kind="holdout")]
    folds = [fold(predicted=(0, 2, 2, 2)), fold(predicted=(0, 1, 0))]
    assert count_confusion(folds, splits, data) == [[2, 0, 0], [0, 1, 1], [1, 0, 2]]


def test_fits_are_counted_where_they_happened():
    records = [fold(tried=3, curve=2), fold(tried=1)]
    assert count_fits(records, inner_folds=5) == (3 * 5 + 1 + 2) + (1 * 5 + 1)
    assert count_fits([], 5) == 0


def test_conclusions_are_asked_for_as_the_evaluation_says(data, monkeypatch):
    asked = {}
    monkeypatch.setattr(summing, "analyze", lambda models, splits, **settings: asked.update(settings))
    evaluation = EvaluationSpec(metrics=("accuracy", "macro_f1"), level=0.01)
    conclude([], [], data, evaluation, seed=0)
    assert asked == {
        "metric": "accuracy",
        "level": 0.01,
        "num_samples": 7,
        "num_labels": 3,
        "ceiling": {"accuracy": 0.9},
    }
