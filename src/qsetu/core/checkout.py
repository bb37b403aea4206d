"""The checkout that this package runs from, where there is one."""

from __future__ import annotations

import subprocess
from pathlib import Path

__all__ = ["git_state"]

PACKAGE = Path(__file__).resolve().parents[1]


def git_state(package: Path = PACKAGE) -> tuple[str | None, bool | None]:
    """Commit of the checkout that ``package`` runs from and whether files differ from it.

    ``(None, None)`` for an installed package, or where git does not answer.
    """
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
