"""Computes an experiment: the same folds, features and budget for every model, then the record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue
from threadpoolctl import threadpool_limits

from qsetu.core.checkout import git_state
from qsetu.core.checks import as_choice, as_int
from qsetu.core.errors import ArgumentError
from qsetu.core.machine import cpu_count, environment_record
from qsetu.experiments.cluster import compute_on_cluster
from qsetu.experiments.cluster_spec import ClusterSpec, as_cluster
from qsetu.experiments.data import ExperimentData, load_data, prepare_data
from qsetu.experiments.diagnose import diagnose
from qsetu.experiments.energy import EnergyMeter
from qsetu.experiments.held_out import held_out_interval
from qsetu.experiments.jobs import Job, Plan, make_plan
from qsetu.experiments.metrics import METRICS
from qsetu.experiments.pool import Done, default_workers, run_here, run_on_workers
from qsetu.experiments.progress import watching
from qsetu.experiments.provenance import (
    code_fingerprint,
    engine_used,
    on_gpu,
    thread_record,
    utc_now,
)
from qsetu.experiments.record import (
    DatasetRecord,
    FoldRecord,
    ModelRecord,
    Provenance,
    Result,
    SplitRecord,
)
from qsetu.experiments.spec import ExperimentSpec
from qsetu.experiments.splits import Split
from qsetu.experiments.store import Mismatch, Store, same_numbers
from qsetu.experiments.summing import conclude, count_confusion, count_fits, summarize
from qsetu.genomics import Dataset, ExpressionDataset, SequenceDataset

__all__ = ["compute"]

Found = dict[Job, tuple[FoldRecord, dict[str, JsonValue]]]


def compute(
    spec: ExperimentSpec,
    dataset: Dataset | ExperimentData | None = None,
    *,
    size: str = "default",
    seed: int | None = None,
    workers: int | None = 1,
    store: Path | None = None,
    fresh: bool = False,
    progress: bool = False,
    command: str = "",
    cluster: ClusterSpec | str | None = None,
) -> Result:
    """Run every model of ``spec`` and its controls; writes nothing but the store.

    Args:
        spec: The experiment.
        dataset: The data; None loads what the experiment names.
        size: A size of the experiment, such as "quick".
        seed: Non-negative integer; None means the experiment's own.
        workers: Processes; None means as many as suit the work and the cores.
        store: Folder of finished folds: those found there are not computed again, and each that is computed
            is kept at once. None keeps nothing.
        fresh: Compute everything, and hold it against what the store has.
        progress: Show on standard error what is being fitted, and how long it will take.
        command: What repeats the run, for the record.
        cluster: Compute folds as an array of jobs there; needs a store that its machines see, too. None
            means here.

    Raises:
        ArgumentError: Unknown size, folds that the labels cannot fill, or a cluster without a store.
        ClusterError: The cluster refused the jobs, or one of them failed.
        DataError: The data are missing or not the expected ones.
        Mismatch: ``fresh``, and a fold came out differently from the store's.
        WorkerLost: A worker process was killed.
    """
    as_choice("size", size, spec.sizes)
    cluster = as_cluster(cluster)
    if cluster is not None and (fresh or store is None):
        rule = "needs a store, and gathers what is there (fresh=False)"
        raise ArgumentError("cluster", rule, cluster.kind)
    own_seed = spec.seed if seed is None else as_int("seed", seed, 0)
    if not isinstance(dataset, ExperimentData):
        dataset = load_data(spec, own_seed) if dataset is None else prepare_data(spec, dataset)
    plan = make_plan(spec, dataset, size, own_seed)
    many = (
        default_workers(len(plan.units), size == "quick")
        if workers is None
        else as_int("workers", workers, 1)
    )
    started, start, meter = utc_now(), time.perf_counter(), EnergyMeter()
    keeper = Store(store)
    # Problems this small run faster on one thread of BLAS and OpenMP than on many, and the order of sums,
    # with it the last bits of a score, does not depend on the number of cores. Undone when the block ends.
    with threadpool_limits(1):
        found = {} if fresh else _stored(plan, keeper)
        reused = len(found)
        machine = environment_record()
        if cluster is not None:
            many = max(1, compute_on_cluster(plan, found, cluster, keeper, progress=progress))
            found = _stored(plan, keeper)
        for job, record, _ in _computing(plan, found, many, progress, reused):
            _keep(keeper, plan, job, record, machine, fresh)
            found[job] = (record, machine)
            meter.read()
        threads = thread_record()
        diagnoses = diagnose(plan, {job: record for job, (record, _) in found.items()}, keeper, fresh)
    splits, data = [_split_record(plan.data, split) for split in plan.splits], _dataset_record(plan.data)
    models = [_model_record(plan, place, found, splits, data) for place in range(len(plan.entrants))]
    engine = engine_used(spec.engine)
    commit, modified = git_state()
    quantum = [m for m in models if m.family == "quantum"]
    # A process that only gathers what a cluster computed is none of the machines that did.
    machines = [*([machine] if cluster is None or diagnoses else []), *(where for _, where in found.values())]
    return Result(
        identity=plan.identity,
        experiment=spec.name,
        title=spec.title,
        question=spec.question,
        task=spec.task,
        size=size,
        seed=own_seed,
        spec=spec.model_dump(mode="json"),
        dataset=data,
        splits=splits,
        models=models,
        diagnoses=diagnoses,
        analysis=conclude(models, splits, data, spec.evaluation, own_seed),
        provenance=Provenance(
            started=started.isoformat(),
            finished=utc_now().isoformat(),
            seconds=round(time.perf_counter() - start, 2),
            cpu_seconds=round(sum(record.cpu_seconds for record, _ in found.values()), 2),
            gpu_seconds=round(sum(m.seconds for m in quantum), 2) if on_gpu(engine) else 0.0,
            energy_joules=meter.read() if cluster is None else None,
            energy_note=meter.note if cluster is None else "not measured: computed on a cluster",
            reused=reused,
            computed=len(found) - reused,
            command=command,
            workers=many,
            environments=[one for place, one in enumerate(machines) if one not in machines[:place]],
            threads={**threads, "per_worker": cluster.cpus if cluster else max(1, cpu_count() // many)},
            engine=engine,
            code=code_fingerprint(),
            git_commit=commit,
            git_modified=modified,
        ),
    )


def _stored(plan: Plan, store: Store) -> Found:
    found: Found = {}
    for unit in plan.units:
        for job in unit:
            there = store.get(plan.key(job), FoldRecord)
            if there is not None:
                found[job] = there
    return found


def _computing(plan: Plan, found: Found, workers: int, progress: bool, reused: int) -> Iterator[Done]:
    """What is not found yet, computed; each job as soon as it is done."""
    units = [[job for job in unit if job not in found] for unit in plan.units]
    units = [unit for unit in units if unit]
    jobs = [job for unit in units for job in unit]
    titles = {entrant.name: entrant.title for entrant in plan.entrants}

    def named(job: Job) -> tuple[str, str]:
        return plan.entrants[job.entrant].name, plan.splits[job.split].title

    with watching(
        [named(job) for job in jobs], titles, reused=reused, workers=workers, show=progress
    ) as watcher:
        begin: Callable[[Job], None] = lambda job: watcher.begin(*named(job))  # noqa: E731
        working = run_here(plan, units, begin) if workers == 1 else run_on_workers(plan, units, workers)
        for job, record, seconds in working:
            yield job, record, seconds
            watcher.end(*named(job), seconds)  # told when it is kept, not before


def _keep(
    store: Store, plan: Plan, job: Job, record: FoldRecord, machine: dict[str, JsonValue], fresh: bool
) -> None:
    key = plan.key(job)
    there = store.get(key, FoldRecord) if fresh else None
    if there is not None and not same_numbers(there[0], record):
        name, split = plan.entrants[job.entrant].name, plan.splits[job.split].title
        first = METRICS[plan.spec.evaluation.metrics[0]].name
        raise Mismatch(
            f"{name}, {split}: {first} is {record.scores[first]:.6f} now and was "
            f"{there[0].scores[first]:.6f} in store '{store.folder}', for the same data, settings, "
            "seed and code. Kept is the first."
        )
    store.put(key, plan.what(job), record, machine)


def _model_record(
    plan: Plan, place: int, found: Found, splits: list[SplitRecord], data: DatasetRecord
) -> ModelRecord:
    entrant = plan.entrants[place]
    records = [found[Job(place, i)][0] for i in range(len(plan.splits))]
    folds = [record for record in records if record.kind == "fold"]
    holdout = next((record for record in records if record.kind == "holdout"), None)
    tried = {len(record.tried) for record in records}
    assert len(tried) == 1
    evaluation = plan.spec.evaluation
    return ModelRecord(
        name=entrant.name,
        title=entrant.title,
        model=entrant.entry.name,
        family=entrant.entry.family,
        features=entrant.features,
        control=entrant.control,
        control_of=entrant.control_of,
        settings=dict(entrant.settings),
        configurations=tried.pop(),
        fits=count_fits(records, plan.spec.sizes[plan.size].inner_folds),
        folds=folds,
        holdout=holdout,
        holdout_interval=held_out_interval(holdout, splits, data, evaluation, plan.seed),
        summary=summarize(folds, splits, evaluation.metrics, evaluation.confidence),
        confusion=count_confusion(folds, splits, data) if plan.data.task == "classification" else None,
    )


def _split_record(data: ExperimentData, split: Split) -> SplitRecord:
    return SplitRecord(
        kind=split.kind,
        repeat=split.repeat,
        fold=split.fold,
        num_train=len(split.train),
        num_train_groups=len(np.unique(data.groups[split.train])),
        test=split.test.tolist(),
        groups=_numbers(data.groups[split.test]) if split.kind == "holdout" else None,
    )


def _numbers(groups: NDArray[Any]) -> list[int]:
    return [int(number) for number in np.unique(groups, return_inverse=True)[1]]


def _dataset_record(data: ExperimentData) -> DatasetRecord:
    dataset, card = data.dataset, data.dataset.card
    classified = data.task == "classification"
    own = f"{card.name}/{dataset.part}" if card and dataset.part else card.name if card else "your own data"
    return DatasetRecord(
        name=own,
        title=card.title if card else own,
        kind=_kind(dataset),
        files=dict(dataset.files),
        content_sha256=dataset.content_sha256,
        num_samples=len(data),
        num_features=dataset.num_features,
        num_groups=len(np.unique(data.groups)),
        labels=_names(data),
        counts=np.bincount(data.y, minlength=len(data.labels)).tolist() if classified else [],
        true=[] if data.task == "network" else data.y.tolist(),
        ceiling=dict(data.ceiling),
        notes=[*dataset.notes, *data.notes],
        card=None if card is None else card.model_dump(mode="json", exclude={"parts"}),
    )


def _names(data: ExperimentData) -> list[str]:
    """Of labels; of genes where there is nothing to label."""
    if data.task == "network" and isinstance(data.dataset, ExpressionDataset):
        return [str(name) for name in data.dataset.gene_names]
    return list(data.labels)


def _kind(dataset: Any) -> Any:
    if isinstance(dataset, SequenceDataset):
        return "sequences"
    return "expression" if isinstance(dataset, ExpressionDataset) else "genotypes"
