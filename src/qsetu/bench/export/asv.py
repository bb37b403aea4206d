"""A run as results of airspeed velocity (asv): machine of its version 1, results and benchmarks of 2."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from qsetu.bench.records import BenchmarkRecord, CandidateRecord, CaseRecord
from qsetu.core.errors import DataError, OutputError
from qsetu.core.files import write_whole

__all__ = ["asv_files", "write_asv"]


def asv_files(record: BenchmarkRecord, machine: str | None = None) -> dict[str, dict[str, Any]]:
    """What asv keeps in its folder of results, by path: machine, results of the commit, list of benchmarks.

    Ours alone: asv follows one program over its commits. A benchmark is called as its case, with dots.

    Args:
        record: The run.
        machine: What asv is to call this machine; None for its class.

    Raises:
        DataError: The run has no commit, under which asv files everything.
    """
    if record.git_commit is None:
        raise DataError("This run was not made from a checkout, and asv files results under a commit.")
    name = re.sub(r"[^A-Za-z0-9._-]", "-", machine or record.machine_class).strip(".") or "machine"
    told, python = record.machine, str(record.machine.get("python", ""))
    facts = {
        "machine": name,
        "os": f"{told.get('system', '')} {told.get('release', '')}".strip(),
        "arch": str(told.get("architecture", "")),
        "cpu": str(told.get("cpu", "")),
        "num_cpu": str(told.get("cpus", "")),
        "ram": str(told.get("memory_bytes", "")),
    }
    environment = f"qsetu-py{python}-threads{record.threads}"
    results = {
        "commit_hash": record.git_commit,
        "env_name": environment,
        "date": _milliseconds(record.finished),
        "params": {**facts, "python": python, "threads": str(record.threads)},
        "python": python,
        "requirements": {},
        "env_vars": {},
        "result_columns": list(_COLUMNS),
        "results": {_asv_name(case): _asv_row(record, case) for case in record.cases},
        "durations": {},
        "version": 2,
    }
    benchmarks = {_asv_name(case): _asv_benchmark(case) for case in record.cases}
    return {
        f"{name}/machine.json": {**facts, "version": 1},
        f"{name}/{record.git_commit[:8]}-{environment}.json": results,
        "benchmarks.json": {**benchmarks, "version": 2},
    }


_COLUMNS = (
    "result",
    "params",
    "version",
    "started_at",
    "duration",
    "stats_ci_99_a",
    "stats_ci_99_b",
    "stats_q_25",
    "stats_q_75",
    "stats_number",
    "stats_repeat",
    "samples",
)


def _asv_name(case: CaseRecord) -> str:
    return re.sub(r"[^A-Za-z0-9_.]", "_", case.name.replace("/", "."))


def _asv_benchmark(case: CaseRecord) -> dict[str, Any]:
    return {
        "name": _asv_name(case),
        "pretty_name": case.name,
        "code": case.title,
        "params": [],
        "param_names": [],
        "type": "time",
        "unit": "seconds",
        "version": _asv_version(case),
        "timeout": 0,
    }


def _asv_version(case: CaseRecord) -> str:
    """Changes where the case does, so that asv draws no line from one to another."""
    return hashlib.sha256(json.dumps([case.name, case.facts], sort_keys=True).encode()).hexdigest()


def _asv_row(record: BenchmarkRecord, case: CaseRecord) -> list[Any]:
    ours = case.ours
    low, high = _median_interval(ours)
    first, third = np.quantile(ours.samples, [0.25, 0.75])
    calls = round(float(np.median([run.calls for run in ours.runs])))
    return [
        [ours.median],
        [],
        _asv_version(case),
        _milliseconds(record.started),
        None,
        [low],
        [high],
        [float(first)],
        [float(third)],
        [calls],
        [len(ours.samples)],
        [ours.samples.tolist()],
    ]


def _median_interval(ours: CandidateRecord) -> tuple[float, float]:
    """A 99 % bootstrap interval of the median."""
    samples = ours.samples
    draws = np.random.default_rng(0).choice(samples, (2000, len(samples)))
    low, high = np.quantile(np.median(draws, axis=1), [0.005, 0.995])
    return float(low), float(high)


def _milliseconds(moment: str) -> int:
    try:
        return round(datetime.fromisoformat(moment).timestamp() * 1000)
    except ValueError:
        raise DataError(f"The record has no time that can be read: {moment!r}.") from None


def write_asv(record: BenchmarkRecord, out: Path, machine: str | None, replace: bool) -> list[Path]:
    """Write :func:`asv_files` into a folder; its list of benchmarks is added to."""
    files = asv_files(record, machine)
    listed = out / "benchmarks.json"
    files["benchmarks.json"] = {**_known(listed), **files["benchmarks.json"]}
    written = []
    for name, content in files.items():
        file = out / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"'{file.parent}' cannot be made ({error.strerror}).") from None
        # The machine and the list belong to all commits; only the results of this one are new.
        shared = name.endswith(("machine.json", "benchmarks.json"))
        data = json.dumps(content, allow_nan=False, indent=1 if shared else None) + "\n"
        write_whole(file, data.encode(), replace=replace or shared)
        written.append(file)
    return written


def _known(file: Path) -> dict[str, Any]:
    """Benchmarks that other runs have listed."""
    if not file.exists():
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or found.get("version") != 2:
        raise DataError(f"'{file}' is not a list of asv's benchmarks of version 2. Choose another folder.")
    return found
