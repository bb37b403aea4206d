"""Experiment files: what they say, how they are read and checked."""

from __future__ import annotations

from qsetu.experiments.spec.override import apply_overrides, parse_override
from qsetu.experiments.spec.read import BUILTIN, SpecError, builtin_names, load_spec, read_spec
from qsetu.experiments.spec.tables import (
    CONTROLS,
    RAW,
    Control,
    DataSpec,
    EvaluationSpec,
    ExperimentSpec,
    FeatureSpec,
    ModelSpec,
    SizeSpec,
    SplitSpec,
)

__all__ = [
    "BUILTIN",
    "CONTROLS",
    "RAW",
    "Control",
    "DataSpec",
    "EvaluationSpec",
    "ExperimentSpec",
    "FeatureSpec",
    "ModelSpec",
    "SizeSpec",
    "SpecError",
    "SplitSpec",
    "apply_overrides",
    "builtin_names",
    "load_spec",
    "parse_override",
    "read_spec",
]
