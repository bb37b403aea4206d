"""Jobs on several processes that share the cores among them instead of fighting for them."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from pathlib import Path

from qsetu.core.errors import QsetuError
from qsetu.core.machine import cpu_count
from qsetu.experiments.evaluate import Bench, evaluate
from qsetu.experiments.jobs import Job, Plan
from qsetu.experiments.record import FoldRecord

__all__ = ["Done", "WorkerLost", "default_workers", "run_here", "run_on_workers"]

Done = tuple[Job, FoldRecord, float]


class WorkerLost(QsetuError, RuntimeError):
    """A worker process ended in the middle of its work."""


def run_here(plan: Plan, units: Sequence[Sequence[Job]], begin: Callable[[Job], None]) -> Iterator[Done]:
    """Compute jobs one after the other in this process; engines may use all cores.

    Yields:
        Each job with its record and how many seconds it took, as soon as it is done.
    """
    bench = plan.bench()
    for unit in units:
        for job in unit:
            begin(job)
            yield _timed(bench, plan, job)


def run_on_workers(plan: Plan, units: Sequence[Sequence[Job]], workers: int) -> Iterator[Done]:
    """Compute jobs on ``workers`` processes, each on its own share of the cores.

    A unit stays on one process, where its models share features and kernels. When the caller stops (Ctrl-C),
    the processes are ended at once.

    Yields:
        As :func:`run_here`; units finish in any order, and their jobs come together.

    Raises:
        WorkerLost: A process was killed, by a lack of memory for instance.
    """
    from joblib.externals.loky import ProcessPoolExecutor
    from joblib.externals.loky.process_executor import BrokenProcessPool, TerminatedWorkerError

    cores = max(1, cpu_count() // workers)
    settings = {name: str(cores) for name in ("QSETU_NUM_THREADS", "OMP_NUM_THREADS", "NPROC")}
    with tempfile.TemporaryDirectory(prefix="qsetu-workers-") as slots:
        pool = ProcessPoolExecutor(workers, initializer=_start, initargs=(plan, slots, workers), env=settings)
        finished = False
        try:
            futures = [pool.submit(_run_unit, list(unit)) for unit in units]
            for future in as_completed(futures):
                yield from future.result()
            finished = True
        except (BrokenProcessPool, TerminatedWorkerError) as error:
            raise WorkerLost(
                "A worker process ended in the middle of its work, most often for lack of memory. What was "
                "finished is in the store: run the same command again to go on, with fewer --workers."
            ) from error
        finally:
            # Workers that are killed leave semaphores behind, which Python then complains of.
            pool.shutdown(wait=True, kill_workers=not finished)


_plan: Plan | None = None
_bench: Bench | None = None


def _start(plan: Plan, slots: str, workers: int) -> None:
    """In a new worker: take a share of the cores, and what all jobs have in common."""
    global _plan, _bench  # state of a worker process, set once before its first job
    _take_cores(Path(slots), workers)
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    _plan, _bench = plan, plan.bench()


def _take_cores(slots: Path, workers: int) -> None:
    """Pin this process to the first share of the cores that no other worker has taken.

    What counts cores (JAX does) then sees only these. Where pinning is not known, thread settings do.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    mine = sorted(os.sched_getaffinity(0))
    share = max(1, len(mine) // workers)
    for slot in range(workers):
        try:
            (slots / str(slot)).touch(exist_ok=False)
        except FileExistsError:
            continue
        cores = mine[slot * share : (slot + 1) * share]
        if cores:
            os.sched_setaffinity(0, cores)
        return


def _run_unit(unit: list[Job]) -> list[Done]:
    assert _plan is not None and _bench is not None
    return [_timed(_bench, _plan, job) for job in unit]


def _timed(bench: Bench, plan: Plan, job: Job) -> Done:
    start = time.perf_counter()
    record = evaluate(bench, plan.entrants[job.entrant], plan.splits[job.split])
    return job, record, time.perf_counter() - start


def default_workers(num_units: int, quick: bool) -> int:
    """How many processes suit: one for little work, as a process takes seconds to start."""
    return 1 if quick else max(1, min(cpu_count(), num_units))
