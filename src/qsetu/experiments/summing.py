"""What is computed from folds: summaries, confusion and conclusions; for a run, and for merged ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from qsetu.experiments.analysis import analyze
from qsetu.experiments.held_out import compare_held_out
from qsetu.experiments.metrics import METRICS
from qsetu.experiments.record import (
    Analysis,
    DatasetRecord,
    FoldRecord,
    ModelRecord,
    SplitRecord,
    Summary,
)
from qsetu.experiments.spec import EvaluationSpec
from qsetu.experiments.statistics import corrected_interval

__all__ = ["conclude", "count_confusion", "count_fits", "summarize"]


def summarize(
    folds: Sequence[FoldRecord], splits: Sequence[SplitRecord], metrics: Sequence[str], confidence: float
) -> dict[str, Summary]:
    """Mean, interval and spread of every score.

    Args:
        folds: Of one model, without a held-out part.
        splits: Of the run; a held-out part among them is passed over.
        metrics: Names of the scores.
        confidence: Of intervals.
    """
    splits = [split for split in splits if split.kind == "fold"]
    train = float(np.mean([split.num_train for split in splits]))
    test = float(np.mean([len(split.test) for split in splits]))
    # Of one repeat: with those of all, intervals of repeated folds are too narrow (measured: see statistics).
    degrees = max(1, len({split.fold for split in splits}) - 1)
    found = {}
    for name in metrics:
        metric = METRICS[name]
        scores = [fold.scores[name] for fold in folds]
        interval = corrected_interval(
            scores, train, test, confidence, low=metric.low, high=metric.high, df=degrees
        )
        found[name] = Summary(**asdict(interval))
    return found


def count_confusion(
    folds: Sequence[FoldRecord], splits: Sequence[SplitRecord], data: DatasetRecord
) -> list[list[int]]:
    """How often which label (row) was taken for which (column); ``folds`` in the order of ``splits``."""
    size, true = len(data.labels), np.asarray(data.true, dtype=np.int64)
    counts = np.zeros((size, size), dtype=np.int64)
    splits = [split for split in splits if split.kind == "fold"]
    for split, fold in zip(splits, folds, strict=True):
        np.add.at(counts, (true[split.test], np.asarray(fold.predicted, dtype=np.int64)), 1)
    return [[int(count) for count in row] for row in counts]


def count_fits(records: Sequence[FoldRecord], inner_folds: int) -> int:
    """Fits behind ``records``: counted where they happened, as this is the log of the budget."""
    return sum(len(record.tried) * inner_folds + 1 + len(record.curve) for record in records)


def conclude(
    models: Sequence[ModelRecord],
    splits: Sequence[SplitRecord],
    data: DatasetRecord,
    evaluation: EvaluationSpec,
    seed: int,
) -> Analysis:
    """The tests and sentences of a result."""
    found = analyze(
        models,
        splits,
        metric=evaluation.metrics[0],
        level=evaluation.level,
        num_samples=data.num_samples,
        num_labels=len(data.labels),
        ceiling=data.ceiling,
    )
    held_out = compare_held_out(models, splits, data, evaluation, seed)
    if held_out is None:
        return found
    sentences = [*found.sentences, held_out.sentence]
    return found.model_copy(update={"holdout": held_out, "sentences": sentences})
