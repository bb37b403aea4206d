"""An array of jobs: what a task computes, what is kept of the array on disk, and how it is sent."""

from __future__ import annotations

import dataclasses
import pickle
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from qsetu.core.errors import DataError, OutputError, QsetuError
from qsetu.core.hashing import content_hash
from qsetu.core.machine import environment_record
from qsetu.experiments.cluster_spec import ClusterSpec
from qsetu.experiments.jobs import Job, Plan
from qsetu.experiments.pool import run_here
from qsetu.experiments.record import FoldRecord
from qsetu.experiments.store import Store
from qsetu.genomics.extras import needed

__all__ = ["ClusterError", "Share", "Task", "forget_arrays", "known_tasks", "packed", "send"]

FOLDER = "cluster"
Units = Sequence[Sequence[Job]]


class ClusterError(QsetuError, RuntimeError):
    """An array of jobs could not be sent, or one of its tasks failed."""


@dataclass(frozen=True)
class Share:
    """What one task does, wherever it runs: compute its units, and keep every fold in the store at once.

    A fold that is in the store is passed over, so that a task that was stopped (by a time limit, or for a
    more important job) can begin again.

    Attributes:
        plan: File of the pickled plan, written by the process that sent the array: trusted as one's own.
        units: What to compute.
        keys: The names of their records as the sender has them.
        store: Folder of finished folds.
    """

    plan: Path
    units: Units
    keys: tuple[str, ...]
    store: Path

    def __call__(self) -> int:
        """Compute; returns how many folds were computed.

        Raises:
            DataError: Code, libraries or processor differ from those of the sender.
        """
        from threadpoolctl import threadpool_limits

        plan: Plan = pickle.loads(self.plan.read_bytes())
        store, machine, count = Store(self.store), environment_record(), 0
        keys = tuple(plan.key(job) for unit in self.units for job in unit)
        if keys != self.keys:
            raise DataError(
                "What this task would compute is not what was asked for: the code of qsetu, the libraries "
                "that decide numbers, the engine, or the kind of processor differ from those of the machine "
                "that sent it. Send it from a machine like the ones that compute."
            )
        missing = [
            [job for job in unit if store.get(plan.key(job), FoldRecord) is None] for unit in self.units
        ]
        with threadpool_limits(1):  # as a run on one machine: the same order of sums, the same numbers
            for job, record, _ in run_here(plan, missing, lambda job: None):
                store.put(plan.key(job), plan.what(job), record, machine)
                count += 1
        return count

    def checkpoint(self) -> Any:
        """What submitit queues when the time of a task runs out: the same, which goes on where it was."""
        return needed("submitit", "hpc", "A cluster").helpers.DelayedSubmission(self)


@dataclass(frozen=True, eq=False)
class Task:
    """A task that was sent.

    Attributes:
        job: Submitit's.
        keys: Names of the records that it makes.
    """

    job: Any
    keys: tuple[str, ...]

    def finished(self) -> bool:
        """Whether it has ended, well or not."""
        if not self.job.done():
            return False
        if type(self.job).__name__ != "LocalJob" or self.job.paths.result_pickle.exists():
            return True
        # Submitit takes a local job that another process has sent for finished: look for its process.
        try:
            process = psutil.Process(int(self.job.job_id))
            alive = process.status() != psutil.STATUS_ZOMBIE
            return not (alive and any("submitit" in word for word in process.cmdline()))
        except (psutil.Error, ValueError):
            return True

    def why_failed(self) -> str:
        """Of a finished task: the error it ended with; "" where it says that all went well."""
        error = self.job.exception()
        if error is None:
            return ""
        # Submitit puts a trace between lines of dashes, and advice after it; other errors begin with why.
        parts = re.split(r"^-{5,}$", str(error), flags=re.MULTILINE)
        traced = len(parts) > 2
        lines = [line.strip() for line in parts[1 if traced else 0].splitlines() if line.strip()]
        told = lines[-1] if traced and lines else " ".join(lines)
        return told[:500] or type(error).__name__

    @property
    def log(self) -> Path:
        """The file with what it said on standard error."""
        return Path(self.job.paths.stderr)


def known_tasks(plan: Plan, store: Path) -> list[Task]:
    """Tasks of this experiment that an earlier process has sent, finished ones included."""
    found: list[Task] = []
    for file in sorted(_arrays(plan, store).glob("*/tasks.pickle")):
        try:
            found += pickle.loads(file.read_bytes())
        except Exception:  # written by another version, or cut off: as if there were none
            continue
    return found


def forget_arrays(plan: Plan, store: Path) -> None:
    """Remove what was kept of arrays, logs included, once everything is in the store."""
    shutil.rmtree(_arrays(plan, store), ignore_errors=True)


def packed(plan: Plan) -> bytes:
    """``plan`` for a task elsewhere, without what was computed on the way here: it finds out its own code.

    Checks of models' settings are functions within functions, which the standard pickle refuses.
    """
    import cloudpickle  # submitit brings it

    return bytes(cloudpickle.dumps(dataclasses.replace(plan)))


def send(plan: Plan, units: Units, cluster: ClusterSpec, store: Path) -> list[Task]:
    """Send ``units`` as one array of jobs, and note on disk what was sent.

    Raises:
        ClusterError: The cluster, or submitit, refused it.
        DataError: Submitit is not installed.
        OutputError: The folder of the store cannot be written.
    """
    needed("submitit", "hpc", "Sending jobs to a cluster")
    store = store.resolve()  # tasks start elsewhere
    try:
        folder = _new_folder(_arrays(plan, store))
        (folder / "plan.pickle").write_bytes(packed(plan))
    except OSError as error:
        raise OutputError(f"Store '{store}' cannot be written: {error.strerror}.") from None
    shares = [
        Share(folder / "plan.pickle", share, tuple(plan.key(job) for unit in share for job in unit), store)
        for share in _shares(units, cluster.tasks)
    ]
    try:
        executor = cluster.executor or _executor(cluster, folder / "logs", plan.spec.name)
        jobs = executor.submit_array(shares)
    except Exception as error:  # submitit refuses with whatever its checks and sbatch raise
        shutil.rmtree(folder, ignore_errors=True)
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ClusterError(f"The array of jobs was not taken: {reason}") from error
    tasks = [Task(job, share.keys) for job, share in zip(jobs, shares, strict=True)]
    if cluster.kind != "debug":
        part = folder / "tasks.part"
        part.write_bytes(pickle.dumps(tasks))
        part.replace(folder / "tasks.pickle")
    return tasks


def _arrays(plan: Plan, store: Path) -> Path:
    keys = [plan.key(job) for unit in plan.units for job in unit]
    return store.resolve() / FOLDER / content_hash("qsetu.cluster.v1", keys)[:16]


def _new_folder(base: Path) -> Path:
    base.mkdir(parents=True, exist_ok=True)
    number = 0
    while True:
        try:
            (base / str(number)).mkdir()
        except FileExistsError:
            number += 1
        else:
            return base / str(number)


def _shares(units: Units, most: int) -> Iterator[Units]:
    """Runs of neighbors, as evenly as they go: models of one split share its features."""
    count = min(most, len(units))
    for place in range(count):
        yield units[place * len(units) // count : (place + 1) * len(units) // count]


def _executor(cluster: ClusterSpec, logs: Path, name: str) -> Any:
    import submitit

    executor = submitit.AutoExecutor(folder=logs, cluster=cluster.kind)
    executor.update_parameters(
        name=f"qsetu-{name}",
        timeout_min=cluster.minutes,
        cpus_per_task=cluster.cpus,
        mem_gb=cluster.memory_gb,
        slurm_array_parallelism=cluster.parallel,
        **{f"slurm_{key}": value for key, value in cluster.settings.items()},
    )
    return executor
