"""Figures of a run: time by width, who is quicker, how near the machine's limits, what varied."""

from __future__ import annotations

from qsetu.bench.figures import limits, rounds, speed_up, times
from qsetu.bench.records import BenchmarkRecord
from qsetu.documents.figures import Drawing

__all__ = ["drawings"]

_ORDER = (speed_up, times, limits, rounds)


def drawings(record: BenchmarkRecord) -> list[Drawing]:
    """All figures that ``record`` has numbers for, in the order a report shows them."""
    return [drawing for module in _ORDER for drawing in module.drawings(record)]
