"""Where numbers come from: threads, time, code version."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

from qsetu.core.hashing import content_hash
from qsetu.core.machine import cpu_count
from qsetu.engines import ENGINES

__all__ = [
    "code_fingerprint",
    "deciding_files",
    "engine_used",
    "numeric_versions",
    "on_gpu",
    "thread_record",
    "utc_now",
]

PACKAGE = Path(__file__).resolve().parents[1]
_VARIABLES = ("QSETU_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def utc_now() -> datetime:
    """The time, UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def engine_used(name: str) -> str:
    """The engine that ``name`` means here: "auto" is native where that was built, else xla."""
    if name != "auto":
        return name
    return "native" if ENGINES["native"].why_missing() is None else "xla"


def thread_record() -> dict[str, Any]:
    """Thread settings in force now, as plain data; no path of this machine is in it."""
    keys = ("user_api", "internal_api", "version", "num_threads")
    pools = {tuple(str(pool.get(key)) for key in keys) for pool in threadpool_info()}
    return {
        "cpus": cpu_count(),
        "variables": {name: os.environ[name] for name in _VARIABLES if name in os.environ},
        "pools": [dict(zip(keys, pool, strict=True)) for pool in sorted(pools)],
    }


@cache
def code_fingerprint(package: Path = PACKAGE) -> str:
    """Hash of the Python source that decides numbers: see :func:`deciding_files`.

    The compiled kernels are not in it: they are built on each machine, and held to the same numbers by tests.
    """
    files = {file.relative_to(package).as_posix(): file.read_bytes() for file in deciding_files(package)}
    return content_hash("qsetu.code.v1", files)


def deciding_files(package: Path = PACKAGE) -> list[Path]:
    """The files of ``package`` that decide numbers: the rooms below the experiments, what fits, what scores.

    What only shows results (figures, reports, the command line), converts or refuses is not among them.
    """
    rooms = [package / room for room in _ROOMS]
    files = [file for room in rooms for file in ([room] if room.suffix else sorted(room.rglob("*.py")))]
    files += [package / "experiments" / name for name in _DECIDING]
    return [file for file in files if not file.relative_to(package).as_posix().startswith(_SHOWN)]


_ROOMS = (
    "core",
    "circuits",
    "compiler",
    "engines",
    "jax_inputs.py",
    "admission.py",
    "simulate.py",
    "trajectories.py",
    "branches.py",
    "measure.py",
    "noisy.py",
    "learn",
    "genomics",
    "problems",
    "experiments/models",
    "experiments/baselines",
)
_SHOWN = ("genomics/views/", "genomics/privacy/")
_DECIDING = (
    "candidates.py",
    "data.py",
    "diagnose.py",
    "elastic_net.py",
    "entrants.py",
    "evaluate.py",
    "features.py",
    "jobs.py",
    "metrics.py",
    "selecting.py",
    "splits.py",
    "steps.py",
)


@cache
def numeric_versions() -> dict[str, str]:
    """Versions of the libraries that decide numbers, and the kind of processor; read once for all jobs."""
    names = ("numpy", "scipy", "scikit-learn", "jax", "optax", "pandas")
    found = {name: metadata.version(name) for name in names}
    python = ".".join(platform.python_version_tuple()[:2])
    return {**found, "python": python, "machine": platform.machine()}


def on_gpu(engine: str) -> bool:
    """Whether circuits of ``engine`` run on a GPU here."""
    if engine != "xla":
        return False
    import jax

    return bool(jax.default_backend() != "cpu")
