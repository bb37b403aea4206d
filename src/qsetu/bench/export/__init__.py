"""Runs for other tools: pyperf's suites of benchmarks, and result folders of airspeed velocity (asv)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qsetu.bench.export.asv import asv_files, write_asv
from qsetu.bench.export.pyperf import pyperf_suite, write_pyperf
from qsetu.bench.records import BenchmarkRecord
from qsetu.core.errors import DataError, unknown_name

__all__ = ["asv_files", "export", "pyperf_suite"]

FORMATS: dict[str, Callable[[BenchmarkRecord, Path, str | None, bool], list[Path]]] = {
    "pyperf": write_pyperf,
    "asv": write_asv,
}


def export(
    record: BenchmarkRecord, kind: str, out: str | Path, *, machine: str | None = None, replace: bool = False
) -> list[Path]:
    """Write a run for another tool.

    Args:
        record: The run.
        kind: "pyperf" writes a file, "asv" a folder of results.
        out: That file or folder.
        machine: What asv is to call this machine; None for its class.
        replace: Whether files that are there may go; the list of asv's benchmarks is added to.

    Returns:
        What was written.

    Raises:
        ArgumentError: An unknown ``kind``.
        DataError: The run holds nothing that this format can say.
        OutputError: It cannot be written, or is there and may not go.
    """
    if kind not in FORMATS:
        raise unknown_name("format", kind, FORMATS)
    if not record.cases:
        raise DataError("This run has no case that was timed, so there is nothing to export.")
    return FORMATS[kind](record, Path(out), machine, replace)
