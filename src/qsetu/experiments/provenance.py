"""Where numbers come from: threads, time, code version."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

from qsetu.core.machine import cpu_count
from qsetu.engines import ENGINES

__all__ = ["engine_used", "git_state", "thread_record", "utc_now"]

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


def git_state() -> tuple[str | None, bool | None]:
    """Commit of the checkout that this package runs from and whether files differ from it.

    ``(None, None)`` for an installed package, or where git does not answer.
    """
    package = Path(__file__).resolve().parents[1]
    root = package.parents[1]
    if package.parent.name != "src" or not (root / ".git").exists():
        return None, None
    commit = _git(root, "rev-parse", "HEAD")
    changes = _git(root, "status", "--porcelain", "--untracked-files=no")
    return commit or None, None if changes is None else bool(changes)


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
