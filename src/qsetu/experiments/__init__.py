"""Experiments: declared in a file, run with nested cross-validation, recorded, reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qsetu.core.lazy import lazy_names

if TYPE_CHECKING:
    from qsetu.experiments.cluster_array import ClusterError
    from qsetu.experiments.cluster_spec import ClusterSpec, parse_cluster
    from qsetu.experiments.compare import ResultComparison, compare_results
    from qsetu.experiments.data import ExperimentData, load_data
    from qsetu.experiments.merging import merge_results
    from qsetu.experiments.metrics import METRICS, Metric
    from qsetu.experiments.models import MODELS, ModelEntry
    from qsetu.experiments.pool import WorkerLost
    from qsetu.experiments.record import Result, read_result
    from qsetu.experiments.run import Run, run_experiment
    from qsetu.experiments.runner import compute
    from qsetu.experiments.spec import ExperimentSpec, SpecError, builtin_names, load_spec, read_spec
    from qsetu.experiments.statistics import Interval, corrected_interval
    from qsetu.experiments.store import Mismatch
    from qsetu.experiments.sweep import Outcome, SweepRun, run_sweep
    from qsetu.experiments.tracking import track_result

__all__ = [
    "METRICS",
    "MODELS",
    "ClusterError",
    "ClusterSpec",
    "ExperimentData",
    "ExperimentSpec",
    "Interval",
    "Metric",
    "Mismatch",
    "ModelEntry",
    "Outcome",
    "Result",
    "ResultComparison",
    "Run",
    "SpecError",
    "SweepRun",
    "WorkerLost",
    "builtin_names",
    "compare_results",
    "compute",
    "corrected_interval",
    "load_data",
    "load_spec",
    "merge_results",
    "parse_cluster",
    "read_result",
    "read_spec",
    "run_experiment",
    "run_sweep",
    "track_result",
]

# Lazy: a misspelled name on the command line should not wait for scikit-learn and matplotlib.
_HOMES = {
    "compare": ("ResultComparison", "compare_results"),
    "pool": ("WorkerLost",),
    "store": ("Mismatch",),
    "cluster_array": ("ClusterError",),
    "cluster_spec": ("ClusterSpec", "parse_cluster"),
    "data": ("ExperimentData", "load_data"),
    "merging": ("merge_results",),
    "metrics": ("METRICS", "Metric"),
    "models": ("MODELS", "ModelEntry"),
    "record": ("Result", "read_result"),
    "run": ("Run", "run_experiment"),
    "runner": ("compute",),
    "spec": ("ExperimentSpec", "SpecError", "builtin_names", "load_spec", "read_spec"),
    "statistics": ("Interval", "corrected_interval"),
    "sweep": ("Outcome", "SweepRun", "run_sweep"),
    "tracking": ("track_result",),
}


__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
