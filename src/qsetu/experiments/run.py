"""Run an experiment from its name to its results folder."""

from __future__ import annotations

import importlib.util
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qsetu.core.checks import as_choice, as_seed
from qsetu.core.errors import ArgumentError
from qsetu.core.files import check_output_folder, staged_folder
from qsetu.experiments.cluster_spec import ClusterSpec, as_cluster
from qsetu.experiments.record import Result
from qsetu.experiments.spec import ExperimentSpec, load_spec

__all__ = ["STORE", "Run", "run_experiment"]

STORE = ".store"
"""Name of the folder of finished folds, beside the results folders."""


@dataclass(frozen=True)
class Run:
    """A finished run: the result, and the folder it was written to.

    Attributes:
        result: What was computed.
        folder: Holds ``result.json``, ``report.html``, ``report.md`` and ``figures/``.
    """

    result: Result
    folder: Path


def run_experiment(
    experiment: str | Path | ExperimentSpec,
    *,
    size: str = "default",
    quick: bool = False,
    overrides: Mapping[str, Any] | Sequence[str] = (),
    out: str | Path | None = None,
    seed: int | None = None,
    workers: int | None = None,
    store: str | Path | None = None,
    fresh: bool = False,
    progress: bool = True,
    cluster: ClusterSpec | str | None = None,
    track: bool | str = False,
    register: str | None = None,
) -> Run:
    """Run an experiment and write its results folder.

    Every finished fold is kept at once in a store beside the results. The same run, started again after an
    interruption (a kill included), goes on where it was, and gives the numbers of an uninterrupted one.

    Args:
        experiment: Name of a built-in experiment, path of an experiment file, or a specification.
        size: A size of the experiment, such as "quick", "default" or "full".
        quick: The same as ``size="quick"``.
        overrides: Settings of the file by dotted key, ``{"sizes.default.repeats": 5}`` or
            ``["sizes.default.repeats=5"]``.
        out: Folder to write, new or empty; None means ``results/<experiment>-<UTC time>``.
        seed: Non-negative integer; None means the seed of the experiment file. Equal seeds give
            equal scores on one machine.
        workers: Processes that compute folds at once, sharing the cores; None means one for the quick
            size, else as many as there are cores.
        store: Folder of finished folds; None means ``.store`` beside the results folder.
        fresh: Compute everything again, and hold it against what the store has.
        progress: Show on standard error what is being fitted.
        cluster: Send the folds as an array of jobs there, wait, and gather; "slurm", "local" (processes of
            this machine, to try it out) or a :class:`~qsetu.experiments.ClusterSpec`. The store must be in a
            folder that all machines see.
        track: Put the result into MLflow, too: True for ``mlflow.db`` beside the results folder, or the
            address of a database or server. See :func:`~qsetu.experiments.track_result`.
        register: With ``track``: a model to fit on all samples and put into MLflow's registry.

    Returns:
        The result and its folder. The folder appears in one piece at the end; an interrupted run
        leaves none.

    Raises:
        ArgumentError: Unknown experiment, size or override, or bad seed.
        SpecError: The experiment file breaks a rule.
        DataError: The data are missing or not the expected ones.
        ClusterError: The cluster refused the jobs, or one of them failed.
        Mismatch: ``fresh``, and a fold came out differently from the store's.
        OutputError: The folder is not empty or cannot be written; known before any work is done.
    """
    spec = load_spec(experiment, overrides)
    size = as_choice("size", "quick" if quick else size, spec.sizes)
    base = as_seed("seed", seed)
    cluster = as_cluster(cluster)
    _check_tracking(track, register)
    folder = Path(out) if out is not None else _default_folder(spec.name, datetime.now(UTC))
    check_output_folder(folder)
    # scikit-learn and matplotlib take seconds to import: what can be refused was refused by now.
    from qsetu.experiments.runner import compute
    from qsetu.experiments.write import write_folder

    result = compute(
        spec,
        size=size,
        seed=base,
        workers=workers,
        store=Path(store) if store is not None else folder.parent / STORE,
        fresh=fresh,
        progress=progress,
        command=_command(experiment, size, overrides, base),
        cluster=cluster,
    )
    with staged_folder(folder) as stage:
        write_folder(result, stage)
    if track:
        from qsetu.experiments.tracking import track_result

        track_result(result, folder, None if track is True else str(track), register=register)
    return Run(result, folder)


def _check_tracking(track: bool | str, register: str | None) -> None:
    """Refuse before any work is done what could not be tracked at the end."""
    if register is not None and not track:
        raise ArgumentError("register", "must not be given without track", register)
    if track and importlib.util.find_spec("mlflow") is None:
        from qsetu.genomics.extras import needed

        needed("mlflow", "track", "Tracking results")


def _default_folder(name: str, now: datetime) -> Path:
    return Path("results") / f"{name}-{now:%Y%m%dT%H%M%SZ}"


def _command(
    experiment: str | Path | ExperimentSpec,
    size: str,
    overrides: Mapping[str, Any] | Sequence[str],
    seed: int | None,
) -> str:
    name = experiment.name if isinstance(experiment, (ExperimentSpec, Path)) else experiment
    parts = ["qsetu", "run", Path(name).name]
    parts += {"default": [], "quick": ["--quick"]}.get(size, ["--size", size])
    if isinstance(overrides, Mapping):
        overrides = [f"{key}={_toml(value)}" for key, value in overrides.items()]
    for override in overrides:
        parts += ["--set", override]
    parts += [] if seed is None else ["--seed", str(seed)]
    return shlex.join(parts)


def _toml(value: Any) -> str:
    """A value of an override as TOML; nested tables are not written by hand."""
    import json

    return json.dumps(value, ensure_ascii=False)
