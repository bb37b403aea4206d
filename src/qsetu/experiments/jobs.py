"""What a run consists of: one job for each model on each split, and what identifies it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from qsetu.core.hashing import content_hash
from qsetu.experiments.data import ExperimentData, subsample
from qsetu.experiments.entrants import Entrant, entrants
from qsetu.experiments.evaluate import Bench
from qsetu.experiments.features import Features
from qsetu.experiments.provenance import code_fingerprint, engine_used, numeric_versions
from qsetu.experiments.spec import ExperimentSpec
from qsetu.experiments.splits import Split, holdout_split, outer_splits

__all__ = ["Job", "Plan", "make_plan"]


@dataclass(frozen=True)
class Job:
    """One model on one split.

    Attributes:
        entrant: Position in the plan's entrants.
        split: Position in the plan's splits.
    """

    entrant: int
    split: int


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that a run will do, decided before anything is computed.

    Attributes:
        spec: The experiment.
        size: Which of its sizes.
        seed: Of the run.
        data: The samples that take part.
        entrants: Models and controls.
        splits: Folds, and the held-out part last if there is one.
    """

    spec: ExperimentSpec
    size: str
    seed: int
    data: ExperimentData
    entrants: Sequence[Entrant]
    splits: Sequence[Split]

    @cached_property
    def units(self) -> list[list[Job]]:
        """Jobs in order; those of a unit belong together, as a model and its controls share kernels."""
        found: dict[tuple[int, str], list[Job]] = {}
        for split in range(len(self.splits)):
            for place, entrant in enumerate(self.entrants):
                base = entrant.name if entrant.control == "rbf" else entrant.control_of or entrant.name
                found.setdefault((split, base), []).append(Job(place, split))
        return list(found.values())

    def bench(self) -> Bench:
        """What evaluating needs."""
        plan = self.spec.sizes[self.size]
        return Bench(
            data=self.data,
            features=Features(self.data, self.spec.features),
            metrics=self.spec.evaluation.metrics,
            inner_folds=plan.inner_folds,
            curve=plan.learning_curve,
            seed=self.seed,
            engine=self.spec.engine,
        )

    @cached_property
    def common(self) -> dict[str, Any]:
        """What decides the numbers of every job."""
        plan, split = self.spec.sizes[self.size], self.spec.split
        data = self.data
        return {
            "data": content_hash(
                data.dataset.content_sha256,
                data.X if data.task == "network" else None,
                data.y,
                list(data.labels),
                data.groups.tolist(),
                None if data.part is None else data.part.tolist(),
            ),
            "task": data.task,
            "method": split.method,
            "folds_on": split.folds_on,
            "outer_folds": plan.outer_folds,
            "inner_folds": plan.inner_folds,
            "curve": list(plan.learning_curve),
            "metrics": list(self.spec.evaluation.metrics),
            "seed": self.seed,
            "engine": engine_used(self.spec.engine),
            "code": code_fingerprint(),
        }

    @property
    def identity(self) -> str:
        """Hash of what is run: equal on every machine, and for any number of repeats."""
        models = {one.name: one.definition() for one in self.entrants}
        return content_hash("qsetu.result.v2", self.common, models)

    def what(self, job: Job) -> dict[str, Any]:
        """What identifies one job: the libraries are in it, so that a run never mixes two sets of them."""
        split = self.splits[job.split]
        return {
            **self.common,
            **self.entrants[job.entrant].definition(),
            "kind": split.kind,
            "repeat": split.repeat,
            "fold": split.fold,
            "versions": numeric_versions(),
        }

    def key(self, job: Job) -> str:
        """The name of a job's record in a store."""
        return content_hash("qsetu.fold.v1", self.what(job))


def make_plan(spec: ExperimentSpec, data: ExperimentData, size: str, seed: int) -> Plan:
    """Draw samples, splits and configurations.

    Raises:
        ArgumentError: A label has too few samples for the folds asked for.
    """
    plan = spec.sizes[size]
    chosen = subsample(data, plan.max_samples, seed)
    splits = outer_splits(chosen, spec.split, plan, seed)
    last = holdout_split(chosen, spec.split, spec.data.holdout is not None)
    return Plan(
        spec=spec,
        size=size,
        seed=seed,
        data=chosen,
        entrants=entrants(spec, size, seed),
        splits=[*splits, last] if last is not None else splits,
    )
