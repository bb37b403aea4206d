"""Computes an experiment: the same folds, features and budget for every model, then the record."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from importlib import metadata
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError
from qsetu.core.hashing import content_hash
from qsetu.core.machine import environment_record
from qsetu.experiments.evaluate import Evaluation, evaluate_fold
from qsetu.experiments.models import MODELS
from qsetu.experiments.progress import watching
from qsetu.experiments.provenance import engine_used, git_state, thread_record, utc_now
from qsetu.experiments.record import (
    DatasetRecord,
    ModelRecord,
    Provenance,
    Result,
    SplitRecord,
    Summary,
    WarningRecord,
)
from qsetu.experiments.spec import ExperimentSpec
from qsetu.experiments.splits import Split, outer_splits
from qsetu.experiments.statistics import corrected_interval
from qsetu.genomics import DatasetCard, ExpressionDataset

__all__ = ["compute"]


def compute(
    spec: ExperimentSpec,
    dataset: ExpressionDataset,
    *,
    size: str,
    seed: int,
    progress: bool = False,
    command: str = "",
) -> Result:
    """Run every model of ``spec`` on ``dataset``; writes nothing.

    Args:
        spec: The experiment.
        dataset: The data; the experiment's own, or a part of them.
        size: A size of the experiment, such as "quick".
        seed: Non-negative integer.
        progress: Show on standard error what is being fitted.
        command: What repeats the run, for the record.

    Raises:
        ArgumentError: Unknown size, or folds that the labels cannot fill.
    """
    plan = spec.sizes[as_choice("size", size, spec.sizes)]
    labels, y = np.unique(dataset.y, return_inverse=True)
    splits = outer_splits(dataset.y, plan, seed)
    started, clock = utc_now(), time.perf_counter()
    evaluations: dict[str, list[Evaluation]] = {name: [] for name in spec.models}
    titles = {name: MODELS[name].title for name in spec.models}
    # Problems this small run faster on one BLAS thread than on many, and the order of sums, with it
    # the last bits of a score, does not depend on the number of cores. Undone when the block ends.
    with (
        threadpool_limits(1, user_api="blas"),
        watching(titles, len(splits), show=progress) as watcher,
    ):
        threads = thread_record()
        # Folds outside, models inside: after one fold the time left is known, and a fold is the
        # natural piece to lose when a run is stopped.
        for number, split in enumerate(splits):
            for name in spec.models:
                watcher.begin(name, number)
                evaluations[name].append(evaluate_fold(spec, size, name, dataset.values, y, split, seed))
                watcher.end(name, number)
    commit, modified = git_state()
    return Result(
        identity=_identity(spec, dataset, size, seed),
        experiment=spec.name,
        title=spec.title,
        question=spec.question,
        size=size,
        seed=seed,
        spec=spec.model_dump(mode="json"),
        dataset=_dataset_record(dataset, labels.tolist(), y),
        splits=[SplitRecord(repeat=s.repeat, fold=s.fold, test=s.test.tolist()) for s in splits],
        models=[_model_record(spec, name, evaluations[name], splits, y) for name in spec.models],
        provenance=Provenance(
            started=started.isoformat(),
            finished=utc_now().isoformat(),
            seconds=round(time.perf_counter() - clock, 2),
            command=command,
            environment=environment_record(),
            threads=threads,
            engine=engine_used(spec.engine),
            git_commit=commit,
            git_modified=modified,
        ),
    )


def _model_record(
    spec: ExperimentSpec,
    name: str,
    evaluations: Sequence[Evaluation],
    splits: Sequence[Split],
    y: Any,
) -> ModelRecord:
    entry = MODELS[name]
    folds = [evaluation.record for evaluation in evaluations]
    train = float(np.mean([len(split.train) for split in splits]))
    test = float(np.mean([len(split.test) for split in splits]))
    summary = {}
    for metric in spec.evaluation.metrics:
        scores = [fold.scores[metric] for fold in folds]
        interval = corrected_interval(scores, train, test, spec.evaluation.confidence)
        summary[metric] = Summary(**asdict(interval))
    confusion = np.zeros((y.max() + 1, y.max() + 1), dtype=int)
    for fold, split in zip(folds, splits, strict=True):
        np.add.at(confusion, (y[split.test], fold.predicted), 1)
    warned = sum((evaluation.warnings for evaluation in evaluations), Counter[tuple[str, str]]())
    # Counted where they happen, not computed from the plan: this is the log of the budget.
    tried = {len(evaluation.search.cv_results_["params"]) for evaluation in evaluations}
    assert len(tried) == 1
    return ModelRecord(
        name=name,
        title=entry.title,
        family=entry.family,  # type: ignore[arg-type]  # pydantic checks it
        configurations_tried=tried.pop(),
        fits=sum(len(e.search.cv_results_["params"]) * e.search.n_splits_ + 1 for e in evaluations),
        folds=folds,
        summary=summary,
        fit_seconds=round(sum(fold.fit_seconds for fold in folds), 3),
        predict_seconds=round(sum(fold.predict_seconds for fold in folds), 3),
        confusion=confusion.tolist(),
        warnings=[
            WarningRecord(category=category, message=message, count=count)
            for (category, message), count in sorted(warned.items())
        ],
    )


def _dataset_record(dataset: ExpressionDataset, labels: list[str], y: Any) -> DatasetRecord:
    return DatasetRecord(
        name=_card(dataset).name,
        file_sha256=dataset.file_sha256,
        content_sha256=dataset.content_sha256,
        num_samples=dataset.values.shape[0],
        num_features=dataset.values.shape[1],
        labels=labels,
        counts=np.bincount(y).tolist(),
        true=y.tolist(),
        card=_card(dataset).model_dump(mode="json", exclude={"parts"}),
    )


def _card(dataset: ExpressionDataset) -> DatasetCard:
    if dataset.card is None:
        raise ArgumentError("dataset", "must have a card, which the report shows", dataset)
    return dataset.card


def _identity(spec: ExperimentSpec, dataset: ExpressionDataset, size: str, seed: int) -> str:
    settings = spec.model_dump(mode="json", exclude={"title", "question"})
    version = metadata.version("qsetu")
    return content_hash("qsetu.result.v1", settings, dataset.content_sha256, size, seed, version)
