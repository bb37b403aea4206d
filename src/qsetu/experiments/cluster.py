"""The folds of a run as an array of jobs on a cluster; this process waits, and gathers from the store."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from qsetu.experiments.cluster_array import ClusterError, Task, forget_arrays, known_tasks, send
from qsetu.experiments.cluster_spec import ClusterSpec
from qsetu.experiments.jobs import Job, Plan
from qsetu.experiments.progress import Watcher, watching
from qsetu.experiments.record import FoldRecord
from qsetu.experiments.store import Store

__all__ = ["compute_on_cluster", "send_missing"]

# Records may come into sight this long after their task has ended: network file systems remember what was not
# there.
LATE_SECONDS = 90.0


def send_missing(plan: Plan, found: Collection[Job], cluster: ClusterSpec, store: Path) -> list[Task]:
    """Send what is neither in the store nor with a task that is still running; do not wait.

    Args:
        plan: The run.
        found: Jobs whose records are in the store.
        cluster: Where to.
        store: Folder of finished folds, which the tasks must see, too.

    Returns:
        All tasks that will make what is missing, those of earlier arrays first.
    """
    missing = {plan.key(job): job for unit in plan.units for job in unit if job not in found}
    running = [task for task in known_tasks(plan, store) if missing.keys() & set(task.keys)]
    running = [task for task in running if not task.finished()]
    for task in running:
        for key in task.keys:
            missing.pop(key, None)
    left = set(missing.values())
    units = [[job for job in unit if job in left] for unit in plan.units]
    units = [unit for unit in units if unit]
    return [*running, *(send(plan, units, cluster, store) if units else ())]


def compute_on_cluster(
    plan: Plan, found: Collection[Job], cluster: ClusterSpec, store: Store, *, progress: bool
) -> int:
    """Have everything that is missing computed by an array of jobs, and wait until it is in the store.

    Ctrl-C leaves the jobs running; the same call goes on waiting for them, and sends nothing twice.

    Args:
        plan: The run.
        found: Jobs whose records are in the store.
        cluster: Where to.
        store: Finished folds, in a folder that the tasks see, too.
        progress: Show on standard error what was computed.

    Returns:
        Number of tasks.

    Raises:
        ClusterError: The array was not taken, or a task failed; the message names its log.
    """
    assert store.folder is not None
    tasks = send_missing(plan, found, cluster, store.folder)
    jobs = {plan.key(job): job for unit in plan.units for job in unit if job not in found}

    def named(job: Job) -> tuple[str, str]:
        return plan.entrants[job.entrant].name, plan.splits[job.split].title

    titles = {entrant.name: entrant.title for entrant in plan.entrants}
    with watching(
        [named(job) for job in jobs.values()],
        titles,
        reused=len(found),
        workers=max(1, len(tasks)),
        show=progress,
    ) as watcher:
        try:
            _wait(tasks, cluster, store, watcher, {key: named(job) for key, job in jobs.items()})
        except KeyboardInterrupt:
            _tell(cluster, tasks)
            raise
    if all(task.finished() for task in tasks):
        forget_arrays(plan, store.folder)
    return len(tasks)


def _wait(
    tasks: Sequence[Task],
    cluster: ClusterSpec,
    store: Store,
    watcher: Watcher,
    names: dict[str, tuple[str, str]],
) -> None:
    left = {task: [key for key in task.keys if key in names] for task in tasks}
    ended: dict[Task, float] = {}
    while left:
        for task in list(left):
            # Asked before the store is: what a task had written by then is seen.
            finished = task.finished()
            left[task] = [key for key in left[task] if not _seen(key, store, watcher, names)]
            if not left[task]:
                if finished:
                    del left[task]
            elif finished:
                _check_failed(task, ended.setdefault(task, time.monotonic()))
        if left:
            time.sleep(cluster.pause)


def _seen(key: str, store: Store, watcher: Watcher, names: dict[str, tuple[str, str]]) -> bool:
    there = store.get(key, FoldRecord)
    if there is None:
        return False
    record = there[0]
    spent = record.feature_seconds + record.tune_seconds + record.fit_seconds + record.predict_seconds
    watcher.end(*names[key], spent)
    return True


def _check_failed(task: Task, ended: float) -> None:
    why = task.why_failed()
    if not why and time.monotonic() - ended < LATE_SECONDS:
        return
    why = why or "it says that all went well, yet its records are not in the store (is it one folder?)"
    raise ClusterError(
        f"Task {task.job.job_id} failed: {why}\nIts log: {task.log}\nOther tasks go on. What is finished is "
        "in the store: the same command gathers it, and sends again what is missing."
    )


def _tell(cluster: ClusterSpec, tasks: Sequence[Task]) -> None:
    """How to go on, and how not to."""
    running = [str(task.job.job_id) for task in tasks if not task.finished()]
    if not running:
        return
    arrays = sorted({name.partition("_")[0] for name in running})
    cancel = f"scancel {' '.join(arrays)}" if cluster.kind == "slurm" else f"kill {' '.join(arrays)}"
    print(
        f"{len(running)} tasks go on running. The same command waits for them and gathers; "
        f"to end them: {cancel}",
        file=sys.stderr,
    )
