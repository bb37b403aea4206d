"""What is written down of a measurement: format, version, machine, every sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qsetu.bench.measure import Timing
from qsetu.core.machine import environment_record

__all__ = ["RECORD_FORMAT", "RECORD_VERSION", "record"]

RECORD_FORMAT = "qsetu.benchmark"
RECORD_VERSION = 1


def record(cases: Mapping[str, Sequence[Timing]]) -> dict[str, Any]:
    """Plain data (JSON-ready) of the timings of each case, with the machine they hold for."""
    return {
        "format": RECORD_FORMAT,
        "version": RECORD_VERSION,
        "machine": environment_record(),
        "cases": {case: [_timing(timing) for timing in timings] for case, timings in cases.items()},
    }


def _timing(timing: Timing) -> dict[str, Any]:
    return {
        "name": timing.name,
        "first_seconds": timing.first,
        "calls_per_sample": timing.calls,
        "samples_seconds": list(timing.samples),
        "median_seconds": timing.median,
        "spread_seconds": timing.spread,
    }
