"""Measuring: interleaved timing, ratios with intervals, records that carry their machine. Knows no cases."""

from qsetu.bench.measure import Ratio, Timing, compare, measure, rest
from qsetu.bench.record import RECORD_FORMAT, RECORD_VERSION, record

__all__ = ["RECORD_FORMAT", "RECORD_VERSION", "Ratio", "Timing", "compare", "measure", "record", "rest"]
