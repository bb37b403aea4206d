"""Result records: their schema, and how they are written, read and joined."""

from __future__ import annotations

from qsetu.experiments.record.files import read_result, write_result
from qsetu.experiments.record.schema import (
    Analysis,
    ComparisonRecord,
    CurvePoint,
    DatasetRecord,
    DiagnosisRecord,
    FoldRecord,
    HoldoutComparison,
    HoldoutInterval,
    ModelRecord,
    Provenance,
    Ranking,
    Result,
    SplitRecord,
    Summary,
    TriedRecord,
    VerdictRecord,
    WarningRecord,
)

__all__ = [
    "Analysis",
    "ComparisonRecord",
    "CurvePoint",
    "DatasetRecord",
    "DiagnosisRecord",
    "FoldRecord",
    "HoldoutComparison",
    "HoldoutInterval",
    "ModelRecord",
    "Provenance",
    "Ranking",
    "Result",
    "SplitRecord",
    "Summary",
    "TriedRecord",
    "VerdictRecord",
    "WarningRecord",
    "read_result",
    "write_result",
]
