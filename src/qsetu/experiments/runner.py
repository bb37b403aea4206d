"""Runs an experiment: the same folds, features and budget for every model, then the record."""

from __future__ import annotations

import shlex
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from qsetu.core.checks import as_choice, as_seed
from qsetu.core.files import check_output_folder, staged_folder
from qsetu.core.hashing import content_hash
from qsetu.core.machine import environment_record
from qsetu.experiments.evaluate import Evaluation, evaluate_fold
from qsetu.experiments.models import MODELS
from qsetu.experiments.progress import watching
from qsetu.experiments.provenance import git_state, thread_record, utc_now
from qsetu.experiments.record import (
    DatasetRecord,
    ModelRecord,
    Provenance,
    Result,
    SplitRecord,
    Summary,
    WarningRecord,
)
from qsetu.experiments.spec import ExperimentSpec, load_spec
from qsetu.experiments.splits import Split, outer_splits
from qsetu.experiments.statistics import corrected_interval
from qsetu.experiments.write import write_folder
from qsetu.genomics import ExpressionDataset, load_dataset

__all__ = ["Run", "compute", "run_experiment"]


@dataclass(frozen=True)
class Run:
    """A finished run: the result, and the folder it was written to.

    Attributes:
        result: What was computed.
        folder: Holds ``result.json``, ``report.html`` and ``figures/``.
    """

    result: Result
    folder: Path


def run_experiment(
    experiment: str | Path | ExperimentSpec,
    *,
    quick: bool = False,
    out: str | Path | None = None,
    seed: int | None = None,
    progress: bool = True,
) -> Run:
    """Run an experiment and write its results folder.

    Args:
        experiment: Name of a built-in experiment, path of an experiment file, or a specification.
        quick: Run the quick size instead of the default one.
        out: Folder to write, new or empty; None means ``results/<experiment>-<UTC time>``.
        seed: Non-negative integer; None means the seed of the experiment file. Equal seeds give
            equal scores on one machine.
        progress: Show on standard error what is being fitted.

    Returns:
        The result and its folder. The folder appears in one piece at the end; an interrupted run
        leaves none.

    Raises:
        ArgumentError: Unknown experiment or bad seed.
        SpecError: The experiment file breaks a rule.
        DataError: The data are missing or not the expected ones.
        OutputError: The folder is not empty or cannot be written; known before any work is done.
    """
    spec = load_spec(experiment)
    base = as_seed("seed", seed)
    folder = Path(out) if out is not None else _default_folder(spec.name, utc_now())
    check_output_folder(folder)
    dataset = load_dataset(spec.data.dataset)
    result = compute(
        spec, dataset, size="quick" if quick else "default", seed=spec.seed if base is None else base,
        progress=progress, command=_command(experiment, quick, base),
    )  # fmt: skip
    with staged_folder(folder) as stage:
        write_folder(result, stage)
    return Run(result, folder)


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
    labels, y = np.unique(dataset.labels, return_inverse=True)
    splits = outer_splits(dataset.labels, plan, seed)
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
        name=dataset.card.name,
        file_sha256=dataset.file_sha256,
        content_sha256=dataset.content_sha256,
        num_samples=dataset.values.shape[0],
        num_features=dataset.values.shape[1],
        labels=labels,
        counts=np.bincount(y).tolist(),
        true=y.tolist(),
        card={
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(dataset.card).items()
        },
    )


def _identity(spec: ExperimentSpec, dataset: ExpressionDataset, size: str, seed: int) -> str:
    settings = spec.model_dump(mode="json", exclude={"title", "question"})
    version = metadata.version("qsetu")
    return content_hash("qsetu.result.v1", settings, dataset.content_sha256, size, seed, version)


def _default_folder(name: str, now: datetime) -> Path:
    return Path("results") / f"{name}-{now:%Y%m%dT%H%M%SZ}"


def _command(experiment: str | Path | ExperimentSpec, quick: bool, seed: int | None) -> str:
    name = experiment.name if isinstance(experiment, (ExperimentSpec, Path)) else experiment
    parts = ["qsetu", "run", Path(name).name]
    parts += ["--quick"] if quick else []
    parts += [] if seed is None else ["--seed", str(seed)]
    return shlex.join(parts)
