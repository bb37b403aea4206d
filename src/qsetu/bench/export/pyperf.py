"""A run as a suite of benchmarks of pyperf (format 1.0)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qsetu.bench.records import BenchmarkRecord
from qsetu.core.files import write_whole

__all__ = ["pyperf_suite", "write_pyperf"]


def pyperf_suite(record: BenchmarkRecord) -> dict[str, Any]:
    """What ``pyperf.BenchmarkSuite.load`` reads (format 1.0): a benchmark a candidate, a run a process.

    The first call of a process is its warmup value, of one loop.
    """
    benchmarks = [
        {
            "metadata": _plain({"name": f"{case.name} {one.name}", "role": one.role, "dtype": one.dtype}),
            "runs": [
                {
                    "metadata": {"loops": run.calls},
                    "warmups": [[1, run.first_seconds]],
                    "values": run.seconds,
                }
                for run in one.runs
            ],
        }
        for case in record.cases
        for one in case.candidates
    ]
    machine = record.machine
    common = {
        "unit": "second",
        "date": record.started.replace("T", " ").removesuffix("+00:00"),
        "cpu_model_name": machine.get("cpu"),
        "cpu_count": machine.get("cpus"),
        "platform": " ".join(str(machine.get(key, "")) for key in ("system", "release", "architecture")),
        "python_version": machine.get("python"),
        "suite": record.suite,
        "threads": record.threads,
        "machine_class": record.machine_class,
        "commit": record.git_commit,
        "noisy": "; ".join(record.noise.reasons) or "yes" if record.noise.noisy else "no",
    }
    return {"version": "1.0", "metadata": _plain(common), "benchmarks": benchmarks}


def _plain(metadata: dict[str, Any]) -> dict[str, Any]:
    """Metadata as pyperf allows it: numbers and texts of one line, none of them empty."""
    found = {}
    for name, value in metadata.items():
        if isinstance(value, str):
            value = " ".join(value.split())
        if isinstance(value, (int, float)) or value:
            found[name] = value if isinstance(value, (int, float, str)) else str(value)
    return found


def write_pyperf(record: BenchmarkRecord, out: Path, machine: str | None, replace: bool) -> list[Path]:
    """Write :func:`pyperf_suite` as a file."""
    write_whole(out, (json.dumps(pyperf_suite(record), allow_nan=False) + "\n").encode(), replace=replace)
    return [out]
