"""A run as a page: what came out, then what it came out of."""

from __future__ import annotations

from collections.abc import Sequence

from qsetu.bench.gate import RunComparison
from qsetu.bench.records import BenchmarkRecord
from qsetu.bench.report.about import machine_section, method_section, noise_section, repeat_section
from qsetu.bench.report.cases import cases_section
from qsetu.bench.report.tables import (
    comparison_blocks,
    failures_table,
    findings_blocks,
    goals_table,
    means_table,
)
from qsetu.bench.report.verdict import verdict, warnings
from qsetu.documents import Block, Document, Heading, Items, Paragraph, Picture, Section
from qsetu.documents.figures import FigureFile

__all__ = ["build"]


def build(
    record: BenchmarkRecord, comparison: RunComparison | None, figures: Sequence[FigureFile]
) -> Document:
    """Everything the page says.

    Args:
        record: The run.
        comparison: Of an earlier run with this one.
        figures: Of the run, in order.
    """
    sections = [_verdict(record)]
    if comparison is not None:
        title = "Did it get slower?"
        sections.insert(0, Section("comparison", title, comparison_blocks(comparison, all_cases=True)))
    if any(case.ratio for case in record.cases):
        sections.append(Section("means", "Means by group", (means_table(record),)))
    if record.findings:
        sections.append(Section("findings", "What follows", findings_blocks(record)))
    if figures:
        pictures = tuple(Picture(one.stem, one.caption, one.description) for one in figures)
        sections.append(Section("figures", "Figures", pictures))
    if record.cases:
        sections.append(cases_section(record))
    if record.failures or record.left_out:
        sections.append(_failures(record))
    sections += [
        noise_section(record),
        machine_section(record),
        repeat_section(record),
        method_section(),
    ]
    return Document(
        kicker=f"qsetu benchmark report · suite {record.suite} · {record.started}",
        title=f"Benchmarks: {record.suite}",
        lead=record.title,
        facts=_glance(record),
        sections=tuple(sections),
        footer=f"{record.format} version {record.version} · {record.finished}",
    )


def _glance(record: BenchmarkRecord) -> tuple[tuple[str, str], ...]:
    reached = sum(goal.reached for goal in record.goals)
    facts = [("Cases", str(len(record.cases)))]
    facts += [("Goals reached", f"{reached} of {len(record.goals)}")] if record.goals else []
    facts += [("Failures", str(len(record.failures)))]
    facts += [("Noisy", "yes" if record.noise.noisy else "no")]
    facts += [("Machine", record.machine_class), ("Threads", str(record.threads))]
    facts += [("Commit", record.git_commit[:8])] if record.git_commit else []
    return tuple(facts)


def _verdict(record: BenchmarkRecord) -> Section:
    first, *others = verdict(record)
    blocks: list[Block] = [Paragraph(first, loud=True)]
    blocks += [Paragraph(" ".join(told), loud=True)] if (told := warnings(record)) else []
    blocks += [Items(tuple(("", text) for text in others))] if others else []
    if record.goals:
        blocks.append(goals_table(record))
    return Section("verdict", "Verdict", tuple(blocks))


def _failures(record: BenchmarkRecord) -> Section:
    blocks: list[Block] = [failures_table(record)] if record.failures else []
    if record.left_out:
        blocks += [Heading("Left out"), Items(tuple(("", reason) for reason in record.left_out))]
    return Section("failures", "Failures and what was left out", tuple(blocks))
