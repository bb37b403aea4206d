"""Who takes part: the models of the file, and the controls that run beside every quantum one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qsetu.experiments.candidates import candidates
from qsetu.experiments.models import MODELS, RBF_MODELS, Build, ModelEntry
from qsetu.experiments.spec import RAW, Control, ExperimentSpec, ModelSpec

__all__ = ["Entrant", "entrants"]


@dataclass(frozen=True)
class Entrant:
    """A model or a control, with everything that decides its numbers.

    Attributes:
        name: Unique among the entrants of a run.
        title: For people.
        entry: The model in the roster.
        features: Name of its features, or "raw".
        steps: The steps of these features; empty for "raw".
        settings: Fixed.
        configurations: What tuning tries, in order.
        control: Which control this is; None for a model of the file.
        control_of: The quantum model that it stands beside.
    """

    name: str
    title: str
    entry: ModelEntry
    features: str
    steps: tuple[Mapping[str, Any], ...]
    settings: Mapping[str, Any]
    configurations: tuple[Mapping[str, Any], ...]
    control: Control | None = None
    control_of: str | None = None

    def definition(self) -> dict[str, Any]:
        """What decides its numbers beside the data, the folds and the seed, as plain data."""
        return {
            "model": self.entry.name,
            "steps": [dict(step) for step in self.steps],
            "settings": dict(self.settings),
            "configurations": [dict(one) for one in self.configurations],
            "control": self.control if self.control != "rbf" else None,
        }

    def build(self, configuration: Mapping[str, Any], build: Build) -> Any:
        """The unfitted estimator of a configuration; the twin where this is the de-entangled control."""
        estimator = self.entry.build({**self.settings, **configuration}, build)
        if self.control == "deentangled":
            if hasattr(estimator, "entangled"):
                return estimator.set_params(entangled=False)
            from qsetu.learn import deentangled

            return deentangled(estimator)
        return estimator


def entrants(spec: ExperimentSpec, size: str, seed: int) -> list[Entrant]:
    """The models that ``size`` runs, each quantum one followed by its controls.

    An RBF kernel that the file already runs on the same features is not run twice.
    """
    models = [_entrant(spec, size, seed, name) for name in spec.models_of(size)]
    wanted = spec.evaluation.controls
    found: list[Entrant] = []
    for model in models:
        found.append(model)
        if model.entry.family != "quantum":
            continue
        if "deentangled" in wanted:
            found.append(_beside(model, "deentangled", "without entanglement"))
        if "permutation" in wanted:
            found.append(_beside(model, "permutation", "labels permuted"))
        if (
            "rbf" in wanted
            and spec.task in RBF_MODELS
            and not _has_rbf([*models, *found], spec, model.features)
        ):
            found.append(_rbf(spec, size, seed, model))
    return found


def _entrant(spec: ExperimentSpec, size: str, seed: int, name: str) -> Entrant:
    model = spec.models[name]
    entry = MODELS[spec.roster_name(name)]
    features = _features_of(spec, model, entry)
    return Entrant(
        name=name,
        title=model.title or entry.title,
        entry=entry,
        features=features,
        steps=() if features == RAW else spec.features[features].steps,
        settings=spec.model_settings(name, size),
        configurations=candidates(model, entry, spec.sizes[size].configurations, seed),
    )


def _features_of(spec: ExperimentSpec, model: ModelSpec, entry: ModelEntry) -> str:
    if model.features is not None:
        return model.features
    return next(iter(spec.features), RAW) if entry.takes == "numbers" else RAW


def _beside(model: Entrant, control: Control, words: str) -> Entrant:
    return dataclasses.replace(
        model,
        name=f"{model.name}+{control}",
        title=f"{model.title}, {words}",
        control=control,
        control_of=model.name,
    )


def _has_rbf(everyone: list[Entrant], spec: ExperimentSpec, features: str) -> bool:
    return any(one.entry.name == RBF_MODELS[spec.task] and one.features == features for one in everyone)


def _rbf(spec: ExperimentSpec, size: str, seed: int, model: Entrant) -> Entrant:
    entry = MODELS[RBF_MODELS[spec.task]]
    return Entrant(
        name=f"{model.features}+rbf",
        title=f"{entry.title} on {model.features}",
        entry=entry,
        features=model.features,
        steps=model.steps,
        settings={},
        configurations=candidates(ModelSpec(), entry, spec.sizes[size].configurations, seed),
        control="rbf",
        control_of=model.name,
    )
