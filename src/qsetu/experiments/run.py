"""Run an experiment from its name to its results folder."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from qsetu.core.checks import as_seed
from qsetu.core.files import check_output_folder, staged_folder
from qsetu.experiments.record import Result
from qsetu.experiments.spec import ExperimentSpec, load_spec
from qsetu.genomics import load_dataset

__all__ = ["Run", "run_experiment"]


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
    folder = Path(out) if out is not None else _default_folder(spec.name, datetime.now(UTC))
    check_output_folder(folder)
    # scikit-learn and matplotlib take seconds to import: what can be refused was refused by now.
    from qsetu.experiments.runner import compute
    from qsetu.experiments.write import write_folder

    result = compute(
        spec,
        load_dataset(spec.data.dataset),
        size="quick" if quick else "default",
        seed=spec.seed if base is None else base,
        progress=progress,
        command=_command(experiment, quick, base),
    )
    with staged_folder(folder) as stage:
        write_folder(result, stage)
    return Run(result, folder)


def _default_folder(name: str, now: datetime) -> Path:
    return Path("results") / f"{name}-{now:%Y%m%dT%H%M%SZ}"


def _command(experiment: str | Path | ExperimentSpec, quick: bool, seed: int | None) -> str:
    name = experiment.name if isinstance(experiment, (ExperimentSpec, Path)) else experiment
    parts = ["qsetu", "run", Path(name).name]
    parts += ["--quick"] if quick else []
    parts += [] if seed is None else ["--seed", str(seed)]
    return shlex.join(parts)
