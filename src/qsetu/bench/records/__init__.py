"""Records of runs: what they say, how they are written and read."""

from qsetu.bench.records.files import read_record, write_record
from qsetu.bench.records.schema import (
    FORMAT,
    VERSION,
    BenchmarkRecord,
    CandidateRecord,
    CaseRecord,
    FailureRecord,
    FindingRecord,
    GoalRecord,
    LimitsRecord,
    NoiseRecord,
    RatioRecord,
    RunRecord,
    SharesRecord,
)

__all__ = [
    "FORMAT",
    "VERSION",
    "BenchmarkRecord",
    "CandidateRecord",
    "CaseRecord",
    "FailureRecord",
    "FindingRecord",
    "GoalRecord",
    "LimitsRecord",
    "NoiseRecord",
    "RatioRecord",
    "RunRecord",
    "SharesRecord",
    "read_record",
    "write_record",
]
