"""What may be shared with whom: data-use conditions, access levels, and what scans find in outputs."""

from __future__ import annotations

from qsetu.sharing.policy.conditions import CONDITIONS, Condition, check_conditions
from qsetu.sharing.policy.decision import Asked, Override, decide
from qsetu.sharing.policy.scan import scan_files

__all__ = ["CONDITIONS", "Asked", "Condition", "Override", "check_conditions", "decide", "scan_files"]
