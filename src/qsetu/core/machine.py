"""The record of where a number came from: machine, versions, threads, memory."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["PACKAGES", "available_memory", "cpu_count", "cpu_model", "environment_record"]

PACKAGES = (
    "qsetu",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "jax",
    "jaxlib",
    "optax",
    "qiskit",
    "qiskit-aer",
    "pennylane",
    "anndata",
    "scanpy",
)


def cpu_count() -> int:
    """Number of CPUs this process may use (affinity respected where the system tells)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def available_memory() -> int:
    """Bytes that can be allocated now: free memory, or what is left of the container's limit."""
    import psutil

    free = int(psutil.virtual_memory().available)
    left = _cgroup_memory_left()
    return free if left is None else min(free, left)


def _cgroup_memory_left() -> int | None:
    root = Path("/sys/fs/cgroup")
    try:
        limit = (root / "memory.max").read_text().strip()
        used = (root / "memory.current").read_text().strip()
        return None if limit == "max" else max(0, int(limit) - int(used))
    except (OSError, ValueError):
        return None


def environment_record() -> dict[str, Any]:
    """Plain data (JSON-ready) that identifies this machine and the software in use.

    Nothing that identifies a person or a host is in it: results are made to be shared.
    """
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "release": platform.release(),
        "architecture": platform.machine(),
        "cpu": cpu_model(),
        "cpus": cpu_count(),
        "memory_bytes": _total_memory(),
        "packages": {name: version for name in PACKAGES if (version := package_version(name))},
    }


def package_version(name: str) -> str | None:
    """Installed version of a distribution, or None when it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def cpu_model() -> str:
    """What the maker calls this processor."""
    try:
        # Line by line: Linux makes the file up as it is read, for many cores at some length.
        with Path("/proc/cpuinfo").open() as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _total_memory() -> int:
    import psutil

    return int(psutil.virtual_memory().total)
