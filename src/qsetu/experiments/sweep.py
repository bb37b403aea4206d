"""Several runs through one call: other seeds, settings or experiments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qsetu.core.checks import as_choice, as_seed
from qsetu.core.errors import ArgumentError
from qsetu.experiments.cluster_spec import ClusterSpec, as_cluster
from qsetu.experiments.run import STORE, Run, run_experiment
from qsetu.experiments.spec import ExperimentSpec, load_spec

__all__ = ["Outcome", "SweepRun", "run_sweep"]


@dataclass(frozen=True)
class SweepRun:
    """One run of a sweep; what is not said here is the same for all.

    Attributes:
        experiment: Name, path or specification.
        size: A size of it.
        overrides: Settings by dotted key, as in :func:`~qsetu.experiments.run_experiment`.
        seed: None means the experiment's own.
    """

    experiment: str | Path | ExperimentSpec
    size: str = "default"
    overrides: Mapping[str, Any] | Sequence[str] = ()
    seed: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one run.

    Attributes:
        run: The finished run; None where it failed.
        error: Why it failed; None where it did not.
    """

    run: Run | None
    error: Exception | None


def run_sweep(
    runs: Sequence[SweepRun],
    *,
    out: str | Path | None = None,
    workers: int | None = None,
    store: str | Path | None = None,
    progress: bool = True,
    cluster: ClusterSpec | str | None = None,
) -> list[Outcome]:
    """Run several experiments; an error in one does not lose the others.

    On a cluster, the jobs of all runs are sent before the first is waited for. What is finished is in the
    store that all share: the same call, with a new or no ``out``, computes nothing twice.

    Args:
        runs: What to run.
        out: Folder, new or empty, in which each run gets its own, ``01-<experiment>`` the first; None means
            ``results/sweep-<UTC time>``.
        workers: As in :func:`~qsetu.experiments.run_experiment`.
        store: Folder of finished folds; None means ``.store`` beside ``out``.
        progress: Show on standard error what is being fitted.
        cluster: As in :func:`~qsetu.experiments.run_experiment`.

    Returns:
        One outcome a run, in the order of ``runs``.

    Raises:
        ArgumentError: No runs, or an unknown kind of cluster.
        OutputError: ``out`` is not empty or cannot be written.
    """
    from qsetu.core.files import check_output_folder

    if not runs:
        raise ArgumentError("runs", "must hold one run at least", list(runs))
    cluster = as_cluster(cluster)
    folder = Path(out) if out is not None else Path("results") / f"sweep-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    check_output_folder(folder)
    kept = Path(store) if store is not None else folder.parent / STORE
    failed: dict[int, Exception] = {}
    if cluster is not None and cluster.kind != "debug":
        for place, one in enumerate(runs):
            try:
                _send(one, cluster, kept)
            except Exception as error:  # kept for its outcome
                failed[place] = error
    outcomes = []
    for place, one in enumerate(runs):
        if place in failed:
            outcomes.append(Outcome(None, failed[place]))
            continue
        try:
            run = run_experiment(
                one.experiment,
                size=one.size,
                overrides=one.overrides,
                seed=one.seed,
                out=folder / f"{place + 1:02d}-{_name(one)}",
                workers=workers,
                store=kept,
                progress=progress,
                cluster=cluster,
            )
        except Exception as error:
            outcomes.append(Outcome(None, error))
        else:
            outcomes.append(Outcome(run, None))
    return outcomes


def _name(one: SweepRun) -> str:
    if isinstance(one.experiment, ExperimentSpec):
        return one.experiment.name
    return Path(one.experiment).stem


def _send(one: SweepRun, cluster: ClusterSpec, store: Path) -> None:
    """Send what is missing of a run, and do not wait."""
    from qsetu.experiments.cluster import send_missing
    from qsetu.experiments.data import load_data
    from qsetu.experiments.jobs import make_plan
    from qsetu.experiments.record import FoldRecord
    from qsetu.experiments.store import Store

    spec = load_spec(one.experiment, one.overrides)
    size, seed = as_choice("size", one.size, spec.sizes), as_seed("seed", one.seed)
    own = spec.seed if seed is None else seed
    plan, keeper = make_plan(spec, load_data(spec, own), size, own), Store(store)
    jobs = [job for unit in plan.units for job in unit]
    found = [job for job in jobs if keeper.get(plan.key(job), FoldRecord) is not None]
    send_missing(plan, found, cluster, store)
