"""docs/results.md names every key of result.json, every figure and every section, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from report_samples import made_result

from qsetu.experiments import record
from qsetu.experiments.figures import _ORDER
from qsetu.experiments.report import render_markdown

PAGE = Path(__file__).parents[3] / "docs" / "results.md"
RECORDS = {
    "result": record.Result,
    "dataset": record.DatasetRecord,
    "splits[]": record.SplitRecord,
    "models[]": record.ModelRecord,
    "models[].summary": record.Summary,
    "models[].holdout_interval": record.HoldoutInterval,
    "models[].folds[]": record.FoldRecord,
    "models[].folds[].tried[]": record.TriedRecord,
    "models[].folds[].curve[]": record.CurvePoint,
    "models[].folds[].warnings[]": record.WarningRecord,
    "diagnoses[]": record.DiagnosisRecord,
    "diagnoses[].verdicts[]": record.VerdictRecord,
    "analysis": record.Analysis,
    "analysis.comparisons[]": record.ComparisonRecord,
    "analysis.holdout": record.HoldoutComparison,
    "analysis.ranking": record.Ranking,
    "provenance": record.Provenance,
}


def parts() -> dict[str, str]:
    """The text below each heading of the third level that is code."""
    pieces = re.split(r"^### `([^`]+)`$", PAGE.read_text(encoding="utf-8"), flags=re.M)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_every_key_is_told_once_and_in_order(name):
    keys = re.findall(r"^\| `(\w+)` \|", parts()[name], flags=re.M)
    assert keys == list(RECORDS[name].model_fields)


def test_no_record_is_left_out():
    known = {getattr(record, name) for name in record.__all__ if name[0].isupper()}
    assert set(RECORDS.values()) == known
    assert set(parts()) == set(RECORDS)


def test_every_figure_and_every_section_is_told():
    text = PAGE.read_text(encoding="utf-8")
    stems = set()
    for result in (made_result(curve=(0.5,)), made_result("regression"), made_result("network")):
        stems |= {drawing.file.stem for module in _ORDER for drawing in module.drawings(result)}
    figures = text[text.index("### Figures") : text.index("## Comparing")]
    assert set(re.findall(r"`([a-z-]+)`", figures)) == stems | {"critical-difference"}
    for title in re.findall(r"^## (.+)$", render_markdown(made_result()), flags=re.M):
        assert re.search(rf"^\| [^|]*\b{title}\b", text, flags=re.M) or title == "Figures"
