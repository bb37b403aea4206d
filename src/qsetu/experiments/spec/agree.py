"""Whether the tables of an experiment file agree with one another and with the rosters."""

from __future__ import annotations

from typing import Any

from qsetu.core.errors import ArgumentError, Said, unknown_name
from qsetu.engines import ENGINE_NAMES
from qsetu.experiments.candidates import num_candidates
from qsetu.experiments.metrics import METRICS, metrics_of
from qsetu.experiments.models import MODELS
from qsetu.experiments.models.entry import InputKind
from qsetu.experiments.spec.tables import RAW, ExperimentSpec
from qsetu.experiments.steps import check_steps
from qsetu.genomics import builtin_cards, dataset_names

__all__ = ["check_agreement", "data_kind"]

KINDS: dict[str, InputKind] = {"expression": "numbers", "sequences": "sequences", "genotypes": "genotypes"}
SIMULATORS = {
    "planted_motif": "sequences",
    "splice_sites": "sequences",
    "epistasis": "genotypes",
    "cohort": "genotypes",
    "cells": "expression",
}


def check_agreement(spec: ExperimentSpec) -> None:
    """Refuse names that do not exist, steps and models that do not fit, and unequal budgets.

    Raises:
        ArgumentError: ``argument`` is the path of the offending key.
    """
    _known("engine", spec.engine, ["auto", *ENGINE_NAMES])
    kind = data_kind(spec)
    _check_task(spec, kind)
    for place, metric in enumerate(spec.evaluation.metrics):
        _known(f"evaluation.metrics.{place}", metric, METRICS)
        _known(f"evaluation.metrics.{place}", metric, metrics_of(spec.task))
    for name, features in spec.features.items():
        if name == RAW:
            raise ArgumentError(f"features.{RAW}", "must have another name: this one means the data", RAW)
        check_steps(features.steps, kind, f"features.{name}.steps")
    if "default" not in spec.sizes:
        raise ArgumentError("sizes", "must have a size named default", list(spec.sizes))
    for name in spec.models:
        _check_model(spec, name, kind)
    for size in spec.sizes:
        _check_size(spec, size)


def data_kind(spec: ExperimentSpec) -> InputKind:
    """What the data are: "numbers", "sequences" or "genotypes".

    Raises:
        ArgumentError: No such dataset or simulator, or one that has no samples to learn from.
    """
    data = spec.data
    if data.simulator is not None:
        _known("data.simulator", data.simulator, SIMULATORS)
        return KINDS[SIMULATORS[data.simulator]]
    if data.file is not None:
        assert data.kind is not None
        return KINDS[data.kind]
    assert data.dataset is not None
    by_kind = {kind: _names(kind) for kind in KINDS}
    _known("data.dataset", data.dataset, [name for names in by_kind.values() for name in names])
    kind = next(kind for kind, names in by_kind.items() if data.dataset in names)
    if data.holdout is not None:
        _known("data.holdout", data.holdout, by_kind[kind])
    return KINDS[kind]


def _names(kind: str) -> list[str]:
    """Datasets of a kind; a dataset's own name stands for its first part."""
    cards = [name for name, card in builtin_cards().items() if card.kind == kind]
    return list(dict.fromkeys([*cards, *dataset_names(kind)]))


def _check_task(spec: ExperimentSpec, kind: InputKind) -> None:
    regression = spec.task == "regression"
    if regression != (spec.data.target is not None):
        rule = "must name the measured trait" if regression else "must not be given but for regression"
        raise ArgumentError("data.target", rule, spec.data.target)
    if regression and kind != "genotypes":
        raise ArgumentError("data.target", "is known for genotypes only, whose datasets have traits", kind)
    if spec.task != "classification" and (spec.data.labels or spec.data.relabel):
        raise ArgumentError("data.labels", "must not be given but for classification", spec.data.labels)


def _check_model(spec: ExperimentSpec, name: str, kind: InputKind) -> None:
    model, where = spec.models[name], f"models.{name}"
    _known(where if model.model is None else f"{where}.model", spec.roster_name(name), MODELS)
    entry = MODELS[spec.roster_name(name)]
    if entry.task != spec.task:
        rule = f"must be a model for {spec.task}"
        raise ArgumentError(where, rule, Said(f"'{entry.name}', which is for {entry.task}"))
    if model.features is not None and model.features != RAW:
        _known(f"{where}.features", model.features, [RAW, *spec.features])
    unnamed = model.features is None and (entry.takes != "numbers" or not spec.features)
    have = kind if unnamed or model.features == RAW else "numbers"
    if entry.takes != have:
        rule = f"must give {entry.takes}, which '{entry.name}' takes"
        raise ArgumentError(f"{where}.features", rule, Said(f"{have}"))
    entry.check(model.settings, f"{where}.settings")
    for i, configuration in enumerate(model.configurations):
        entry.check(configuration, f"{where}.configurations.{i}")
    entry.check_space(model.space or {}, f"{where}.space")


def _check_size(spec: ExperimentSpec, size: str) -> None:
    plan = spec.sizes[size]
    if plan.first_repeat and spec.split.method != "folds":
        rule = f"must be 0 with {spec.split.method}, which has one repeat"
        raise ArgumentError(f"sizes.{size}.first_repeat", rule, plan.first_repeat)
    for name in plan.skip:
        _known(f"sizes.{size}.skip", name, spec.models)
    if not spec.models_of(size):
        raise ArgumentError(f"sizes.{size}.skip", "must leave a model", list(plan.skip))
    for name, settings in plan.settings.items():
        where = f"sizes.{size}.settings"
        _known(where, name, spec.models)
        MODELS[spec.roster_name(name)].check(settings, f"{where}.{name}")
    for name in spec.models_of(size):
        have = num_candidates(spec.models[name], MODELS[spec.roster_name(name)])
        if have < plan.configurations:
            key = "configurations" if spec.models[name].configurations else "space"
            rule = (
                f"must hold {plan.configurations} different configurations at least, as "
                f"sizes.{size}.configurations gives every model {plan.configurations}; budgets must be equal"
            )
            raise ArgumentError(f"models.{name}.{key}", rule, Said(str(have)))


def _known(where: str, name: str, roster: Any) -> None:
    if name not in roster:
        raise unknown_name(where, name, roster)
