"""Experiments: declared in a file, run with nested cross-validation, recorded, reported."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qsetu.experiments.models import MODELS, ModelEntry
    from qsetu.experiments.record import Result, read_result
    from qsetu.experiments.run import Run, run_experiment
    from qsetu.experiments.runner import compute
    from qsetu.experiments.spec import ExperimentSpec, SpecError, builtin_names, load_spec, read_spec
    from qsetu.experiments.statistics import Interval, corrected_interval

__all__ = [
    "MODELS",
    "ExperimentSpec",
    "Interval",
    "ModelEntry",
    "Result",
    "Run",
    "SpecError",
    "builtin_names",
    "compute",
    "corrected_interval",
    "load_spec",
    "read_result",
    "read_spec",
    "run_experiment",
]

# Lazy: a misspelled name on the command line should not wait for scikit-learn and matplotlib.
_HOMES = {
    "models": ("MODELS", "ModelEntry"),
    "record": ("Result", "read_result"),
    "run": ("Run", "run_experiment"),
    "runner": ("compute",),
    "spec": ("ExperimentSpec", "SpecError", "builtin_names", "load_spec", "read_spec"),
    "statistics": ("Interval", "corrected_interval"),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            value = getattr(importlib.import_module(f"qsetu.experiments.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'qsetu.experiments' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
