"""What is asked of each operation of a program, over and over, while its tables are made."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from qsetu.circuits.program import GateProgram

__all__ = ["Facts", "facts_of"]


class Facts(NamedTuple):
    """Columns of a program as Python has them fastest, one at a time."""

    targets: list[tuple[int, ...]]
    controls: list[int]  # masks


def facts_of(program: GateProgram) -> Facts:
    """Of all operations."""
    targets, starts = program.targets.tolist(), program.target_start.tolist()
    return Facts([tuple(targets[low:high]) for low, high in pairwise(starts)], program.control_mask.tolist())
