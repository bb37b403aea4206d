"""The report of a run: one self-contained HTML file, and a short Markdown summary for a pull request."""

from __future__ import annotations

from qsetu.bench.figures import drawings
from qsetu.bench.gate import RunComparison
from qsetu.bench.records import BenchmarkRecord
from qsetu.bench.report.build import build
from qsetu.bench.report.summary import summary
from qsetu.documents import to_html, to_markdown
from qsetu.documents.figures import image

__all__ = ["render_html", "render_summary"]


def render_html(record: BenchmarkRecord, comparison: RunComparison | None = None) -> str:
    """The page: it loads nothing, runs nothing, and prints.

    Args:
        record: The run.
        comparison: Of an earlier run with this one, from :func:`qsetu.bench.gate.compare_runs`.
    """
    figures = drawings(record)
    page = build(record, comparison, [one.file for one in figures])
    return to_html(page, {one.file.stem: image(one) for one in figures})


def render_summary(record: BenchmarkRecord, comparison: RunComparison | None = None) -> str:
    """What came out, in Markdown, as short as it can be said."""
    return to_markdown(summary(record, comparison))
