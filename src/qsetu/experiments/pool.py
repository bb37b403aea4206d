"""Jobs on several processes that share the cores among them instead of fighting for them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from typing import Any

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
    the processes are ended at once; when it is killed, they end by themselves.

    Yields:
        As :func:`run_here`; units finish in any order, and their jobs come together.

    Raises:
        WorkerLost: A process was killed, by a lack of memory for instance.
    """
    from joblib.externals.loky import ProcessPoolExecutor
    from joblib.externals.loky.backend import get_context
    from joblib.externals.loky.process_executor import BrokenProcessPool, TerminatedWorkerError

    cores = max(1, cpu_count() // workers)
    settings = {name: str(cores) for name in ("QSETU_NUM_THREADS", "OMP_NUM_THREADS", "NPROC")}
    shares = [get_context("loky").Lock() for _ in range(workers)]
    start = (plan, shares, os.getpid())
    pool = ProcessPoolExecutor(workers, initializer=_start, initargs=start, env=settings)
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


def _start(plan: Plan, shares: Sequence[Any], parent: int) -> None:
    """In a new worker: take a share of the cores, and what all jobs have in common."""
    global _plan, _bench  # state of a worker process, set once before its first job
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _take_cores(shares)
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    _plan, _bench = plan, plan.bench()


def _end_with(parent: int) -> None:
    """End this process soon after its parent: one that was killed cannot end it, and its queue stays open."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _take_cores(shares: Sequence[Any]) -> None:
    """Pin this process to the first share of the cores whose lock no other worker has taken.

    What counts cores (JAX does) then sees only these. Where pinning is not known, thread settings do.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    mine = sorted(os.sched_getaffinity(0))
    width = max(1, len(mine) // len(shares))
    for place, share in enumerate(shares):
        if share.acquire(False):
            cores = mine[place * width : (place + 1) * width]
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
