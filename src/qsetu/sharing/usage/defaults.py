"""Where the ledger is, who one is and who pays, unless it is said."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

from qsetu.core.errors import ArgumentError

__all__ = ["default_ledger", "default_project", "default_user"]


def default_ledger() -> Path:
    """The ledger's file: ``QSETU_USAGE_LEDGER``, or ``qsetu/usage.sqlite`` in the user's folder for data.

    Raises:
        ArgumentError: The variable is not set and there is no home folder.
    """
    named = os.environ.get("QSETU_USAGE_LEDGER", "")
    if named:
        return Path(named)
    base = os.environ.get("XDG_DATA_HOME", "")
    if Path(base).is_absolute():  # others are to be ignored, its specification says
        return Path(base) / "qsetu" / "usage.sqlite"
    try:
        return Path.home() / ".local" / "share" / "qsetu" / "usage.sqlite"
    except RuntimeError:
        rule = "must be named where there is no home folder"
        hint = "Set QSETU_USAGE_LEDGER, or say --ledger FILE."
        raise ArgumentError("ledger", rule, None, hint) from None


def default_project() -> str:
    """Who pays: ``QSETU_PROJECT``, or "default"."""
    return os.environ.get("QSETU_PROJECT", "") or "default"


def default_user() -> str:
    """The login name, or the number of a user who has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return f"uid-{os.getuid()}"
