"""Tables that the page and the summary share."""

from __future__ import annotations

from collections.abc import Sequence

from qsetu.bench.gate import CaseComparison, RunComparison, Verdict
from qsetu.bench.ratios import geometric_mean
from qsetu.bench.records import BenchmarkRecord, CaseRecord
from qsetu.bench.report.verdict import counts
from qsetu.bench.shown import interval, seconds
from qsetu.documents import Block, Cell, Column, Paragraph, Table, row

__all__ = [
    "comparison_blocks",
    "failures_table",
    "findings_blocks",
    "goals_table",
    "means_table",
    "ratios_table",
]

_ORDER: tuple[Verdict, ...] = ("slower", "unclear", "faster", "same")


def means_table(record: BenchmarkRecord) -> Table:
    """Geometric means of the ratios to the best peers, by group, and of all."""
    raced = [case for case in record.cases if case.ratio]
    groups = list(dict.fromkeys(case.group for case in raced))
    rows = [_mean(group, [case for case in raced if case.group == group]) for group in groups]
    if len(groups) > 1:
        rows.append(_mean("all", raced))
    columns = (
        Column("Group"),
        Column("Cases", True),
        Column("Geometric mean", True),
        Column("Least", True),
        Column("qsetu is"),
    )
    note = (
        "A ratio is the time of the best peer over ours, compiling included where a new circuit was timed: "
        "above 1, qsetu is faster."
    )
    return Table("Ratio to the best peer", columns, tuple(row(*cells) for cells in rows), note)


def _mean(name: str, cases: Sequence[CaseRecord]) -> list[Cell]:
    least = min(cases, key=lambda case: case.ratio.value if case.ratio else 0.0)
    value = least.ratio.value if least.ratio else 0.0
    return [
        Cell(name),
        Cell(str(len(cases)), "number"),
        Cell(f"{geometric_mean(cases):.2f}", "strong"),
        Cell(f"{value:.2f}", "number", least.title if len(cases) > 1 else ""),
        Cell(counts(cases)),
    ]


def goals_table(record: BenchmarkRecord) -> Table:
    """Each goal of the suite, and what was found."""
    rows = tuple(
        row(one.goal, one.found, Cell("yes" if one.reached else "no", "text" if one.reached else "strong"))
        for one in record.goals
    )
    return Table("Goals of the suite", (Column("Goal"), Column("Found"), Column("Reached?")), rows)


def findings_blocks(record: BenchmarkRecord) -> tuple[Block, ...]:
    """What follows from all cases together, a table for each subject, and how it was come by."""
    blocks: list[Block] = []
    for about in dict.fromkeys(one.about for one in record.findings):
        own = [one for one in record.findings if one.about == about]
        how = " ".join(_sentence(text) for text in dict.fromkeys(one.how for one in own if one.how))
        rows = tuple(row(one.what, Cell(one.found, "number")) for one in own)
        blocks.append(Table(_sentence(about).rstrip("."), (Column("Of"), Column("Found", True)), rows, how))
    return tuple(blocks)


def failures_table(record: BenchmarkRecord) -> Table:
    """What went wrong, and was therefore not timed."""
    rows = tuple(
        row(Cell(one.case, "code"), one.who or "the case", Cell(one.kind, "strong"), one.reason)
        for one in record.failures
    )
    columns = (Column("Case"), Column("Who"), Column("What"), Column("Said"))
    return Table("What was not timed because it went wrong", columns, rows)


def ratios_table(title: str, cases: Sequence[CaseRecord], note: str = "") -> Table:
    """A line for each of some raced cases."""
    rows = []
    for case in cases:
        best = next((one for one in case.candidates if one.name == case.best), None)
        new = case.the("new") or case.ours
        rows.append(
            row(
                Cell(case.title),
                Cell(seconds(new.median), "number"),
                Cell(f"{best.name}: {seconds(best.median)}" if best else ""),
                Cell(interval(case.ratio) if case.ratio else "", "number"),
                Cell("" if case.goal is None else f"{case.goal:g}", "number"),
            )
        )
    columns = (
        Column("Case"),
        Column("qsetu", True),
        Column("Best peer"),
        Column("Ratio (95 %)", True),
        Column("Asked", True),
    )
    return Table(title, columns, tuple(rows), note)


def comparison_blocks(found: RunComparison, *, all_cases: bool) -> tuple[Block, ...]:
    """Two runs: the verdict, what makes it doubtful, and the cases, those that changed first.

    Args:
        found: The comparison.
        all_cases: Whether cases that stayed the same are told, too.
    """
    blocks: list[Block] = [Paragraph(_sentence(found.sentence), loud=True)]
    blocks += [Paragraph(_sentence(note)) for note in found.notes]
    for where, names in (("base", found.only_base), ("new run", found.only_new)):
        if names and not found.refusal:
            blocks.append(Paragraph(f"Only in the {where}: {', '.join(names)}."))
    cases = [case for word in _ORDER for case in found.the(word)]
    cases = [case for case in cases if all_cases or case.verdict != "same"]
    if cases:
        columns = (
            Column("Case"),
            Column("Verdict"),
            Column("Time, new over base (95 %)", True),
            Column("Instructions", True),
        )
        note = (
            "Times are held against fixed work that was timed in the same rounds, so a machine that is "
            f"slower today is no slower code. A change counts from {found.threshold:.0%}."
        )
        title = "Case by case" if all_cases else "Cases that changed, or may have"
        blocks.append(Table(title, columns, tuple(row(*_compared(case)) for case in cases), note))
    return tuple(blocks)


def _compared(case: CaseComparison) -> list[Cell]:
    return [
        Cell(case.name, "code"),
        Cell(case.verdict, "text" if case.verdict == "same" else "strong", case.reason),
        Cell(interval(case.time), "number"),
        Cell("–" if case.instructions is None else f"{case.instructions:.3f}", "number"),
    ]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
