"""Experiments: declared in a file, run with nested cross-validation, recorded, reported."""

from qsetu.experiments.models import MODELS, ModelEntry
from qsetu.experiments.record import Result, read_result
from qsetu.experiments.runner import Run, compute, run_experiment
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
