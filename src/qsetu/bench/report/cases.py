"""Every case of a run: ours, and beneath it each library at its quickest setting."""

from __future__ import annotations

from collections.abc import Sequence

from qsetu.bench.raced import compared, outcomes, quickest
from qsetu.bench.ratios import ratio
from qsetu.bench.records import BenchmarkRecord, CandidateRecord, CaseRecord
from qsetu.bench.report.verdict import below_goal
from qsetu.bench.shown import interval, seconds
from qsetu.documents import Block, Cell, Column, Heading, Items, Paragraph, Row, Section, Table, row

__all__ = ["cases_section"]


def cases_section(record: BenchmarkRecord) -> Section:
    """One table, or one for each group where groups hold several cases."""
    groups: dict[str, list[CaseRecord]] = {}
    for case in record.cases:
        groups.setdefault(case.group, []).append(case)
    if 2 * len(groups) > len(record.cases):
        groups = {"Every case": record.cases}
    raced = any(case.ratio for case in record.cases)
    blocks: list[Block] = [Paragraph(_NOTE)] if raced else []
    blocks += [_table(record, name, cases) for name, cases in groups.items()]
    notes = tuple((case.title, case.note) for case in record.cases if case.note)
    if notes:
        blocks += [Heading("Notes on cases"), Items(notes)]
    return Section("cases", "All cases", tuple(blocks))


def _table(record: BenchmarkRecord, title: str, cases: Sequence[CaseRecord]) -> Table:
    raced = any(case.ratio for case in cases)
    counted = any(case.ours.instructions for case in cases)
    shared = any(case.shares and case.shares.bandwidth for case in cases)
    columns = [Column("Case, and who ran it"), Column("Median", True), Column("IQR", True)]
    columns += [Column("Over ours (95 %)", True)] if raced else []
    columns += [Column("First call", True), Column("Memory", True)]
    columns += [Column("Instructions", True)] if counted else []
    columns += [Column("Bandwidth", True)] if shared else []
    rows = [one for case in cases for one in _rows(record, case, raced, counted, shared)]
    return Table(title, tuple(columns), tuple(rows))


_NOTE = (
    "First line: qsetu, when compiled, and the ratio to the best peer. Beneath it qsetu with something never "
    "seen before, where that was timed (it is then what ratios compare with), and each library at its "
    "quickest setting."
)


def _rows(record: BenchmarkRecord, case: CaseRecord, raced: bool, counted: bool, shared: bool) -> list[Row]:
    ours, share = case.ours, case.shares.bandwidth if case.shares else None
    asked = f"{case.goal:g} asked" if below_goal(case) else ""
    against = f"to {case.best}" if case.ratio else ""
    cells = [Cell(case.title), *_times(ours)]
    if raced:
        note = ", ".join(part for part in (against, asked) if part)
        text = interval(case.ratio) if case.ratio else ""
        cells.append(Cell(text, "strong", note))
    cells += [Cell(seconds(ours.first), "number"), Cell(_memory(ours), "number")]
    cells += [Cell(f"{ours.instructions:,}" if ours.instructions else "", "number")] if counted else []
    cells += [Cell("" if share is None else f"{share:.0%}", "number")] if shared else []
    empty = [Cell("")] * (counted + shared)
    new = case.the("new")
    others = [*([new] if new else []), *quickest(case).values()]
    others += [one for one in case.candidates if one.role == "scale"]
    rows = [row(*cells)]
    rows += [row(*_other(case, one, raced), *empty, quiet=True) for one in others]
    for who, word in outcomes(record, case).items():
        told = f"{word}: {case.dropped[who]:,.0f} times the best" if word == "dropped" else word
        rows.append(row(who, "", "", told, *[Cell("")] * (len(cells) - 4), quiet=True))
    return rows


def _other(case: CaseRecord, one: CandidateRecord, raced: bool) -> list[Cell]:
    """A candidate that is not ours when compiled."""
    doubled = one.dtype and one.dtype != case.ours.dtype
    name = Cell(one.name, note=f"in {one.dtype}" if doubled else "")
    if one.role == "scale":
        name = Cell(one.name, note="another task, for scale")
    cells = [name, *_times(one)]
    if raced:
        cells.append(Cell(interval(ratio(one, compared(case))) if one.role == "peer" else "", "number"))
    return [*cells, Cell(seconds(one.first), "number"), Cell(_memory(one), "number")]


def _times(one: CandidateRecord) -> list[Cell]:
    return [Cell(seconds(one.median), "number"), Cell(seconds(one.spread), "number")]


def _memory(one: CandidateRecord) -> str:
    return "" if one.memory_bytes is None else f"{one.memory_bytes / 2**20:,.1f} MiB"
