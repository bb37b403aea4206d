"""Running somebody else's notebook or experiment again: apart from this machine's files and network."""

from __future__ import annotations

from qsetu.sharing.rerun.again import Rerun, rerun_item
from qsetu.sharing.rerun.sandbox import Limits, why_not_isolated

__all__ = ["Limits", "Rerun", "rerun_item", "why_not_isolated"]
