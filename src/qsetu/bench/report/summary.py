"""A run as a comment on a pull request: what came out, and the cases that matter."""

from __future__ import annotations

from qsetu.bench.gate import RunComparison
from qsetu.bench.records import BenchmarkRecord
from qsetu.bench.report.tables import comparison_blocks, failures_table, means_table, ratios_table
from qsetu.bench.report.verdict import below_goal, slower, verdict, warnings
from qsetu.bench.shown import machine_line
from qsetu.documents import Block, Document, Items, Paragraph, Section

__all__ = ["summary"]

_ROWS = 25


def summary(record: BenchmarkRecord, comparison: RunComparison | None) -> Document:
    """The document; sections that would be empty are not there.

    Args:
        record: The run.
        comparison: Of an earlier run with this one.
    """
    sections = []
    if comparison is not None:
        blocks = comparison_blocks(comparison, all_cases=False)
        sections.append(Section("comparison", "Did it get slower?", blocks))
    told: list[Block] = [Items(tuple(("", text) for text in verdict(record)))]
    told += [Paragraph(text, loud=True) for text in warnings(record)]
    sections.append(Section("verdict", "Verdict", tuple(told)))
    if any(case.ratio for case in record.cases):
        sections.append(Section("means", "Means", (means_table(record),)))
    matter = [case for case in record.cases if below_goal(case) or slower(case)]
    if matter:
        more = f"{len(matter) - _ROWS} more are in the record." if len(matter) > _ROWS else ""
        table = ratios_table("Below what is asked, or slower than the best peer", matter[:_ROWS], more)
        sections.append(Section("matter", "Cases that matter", (table,)))
    if record.failures:
        sections.append(Section("failures", "Failures", (failures_table(record),)))
    commit = record.git_commit[:8] if record.git_commit else "no checkout"
    return Document(
        kicker=f"suite {record.suite}, {record.started}, commit {commit}",
        title=f"Benchmarks: {record.suite}",
        lead="",
        facts=(),
        sections=tuple(sections),
        footer=f"{machine_line(record)} {record.seconds:,.0f} s in all.",
    )
