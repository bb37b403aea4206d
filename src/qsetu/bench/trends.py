"""The latest run of a history against those before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qsetu.bench.history import HistoryLine

__all__ = ["Place", "Trend", "places", "trends"]

Place = tuple[str, str, int]
"""Class of machine, suite and threads: what runs have to share."""


@dataclass(frozen=True)
class Trend:
    """One case, in the latest run of its kind and in those before.

    Attributes:
        machine_class: Where.
        suite: Of which.
        threads: Of every candidate.
        name: The case.
        group: What it is drawn with.
        seconds: Of the latest run.
        work: The same over fixed work; None where that was not timed.
        before: Median of ``work`` over earlier runs; None where there is none.
        instructions: Of the latest run over the median of earlier ones.
        runs: Earlier runs that have the case.
    """

    machine_class: str
    suite: str
    threads: int
    name: str
    group: str
    seconds: float
    work: float | None
    before: float | None
    instructions: float | None
    runs: int

    @property
    def change(self) -> float | None:
        """Time of the latest run over that of earlier ones, both held against fixed work."""
        return self.work / self.before if self.work and self.before else None


def trends(lines: Sequence[HistoryLine]) -> list[Trend]:
    """Every case of the latest run of each suite on each class of machine.

    Args:
        lines: Runs in the order in which they were added, not empty.
    """
    found = []
    for place, runs in places(lines).items():
        *earlier, latest = runs
        for name, point in latest.cases.items():
            old = [run.cases[name] for run in earlier if name in run.cases]
            work = [one.work for one in old if one.work is not None]
            counts = [one.instructions for one in old if one.instructions]
            counted = point.instructions / float(np.median(counts)) if counts and point.instructions else None
            before = float(np.median(work)) if work else None
            found.append(
                Trend(*place, name, point.group, point.seconds, point.work, before, counted, len(old))
            )
    return found


def places(lines: Sequence[HistoryLine]) -> dict[Place, list[HistoryLine]]:
    """Runs by what they have to share to be compared."""
    found: dict[Place, list[HistoryLine]] = {}
    for line in lines:
        found.setdefault((line.machine_class, line.suite, line.threads), []).append(line)
    return found
