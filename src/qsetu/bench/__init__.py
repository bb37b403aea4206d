"""Measuring: races in turns, ratios with intervals, records that carry their machine. Knows no cases."""

from qsetu.bench.cases import (
    Bound,
    Candidate,
    Case,
    Entry,
    LeftOut,
    Options,
    Suite,
    Traffic,
    infidelity,
    largest_difference,
)
from qsetu.bench.fits import Errors, Fit, errors_of, power_law
from qsetu.bench.measure import Ratio, Timing, compare, measure, rest
from qsetu.bench.ratios import geometric_mean
from qsetu.bench.records import (
    BenchmarkRecord,
    CaseRecord,
    FindingRecord,
    GoalRecord,
    read_record,
    write_record,
)
from qsetu.bench.run import Asked, Progress, run_suite

__all__ = [
    "Asked",
    "BenchmarkRecord",
    "Bound",
    "Candidate",
    "Case",
    "CaseRecord",
    "Entry",
    "Errors",
    "FindingRecord",
    "Fit",
    "GoalRecord",
    "LeftOut",
    "Options",
    "Progress",
    "Ratio",
    "Suite",
    "Timing",
    "Traffic",
    "compare",
    "errors_of",
    "geometric_mean",
    "infidelity",
    "largest_difference",
    "measure",
    "power_law",
    "read_record",
    "rest",
    "run_suite",
    "write_record",
]
