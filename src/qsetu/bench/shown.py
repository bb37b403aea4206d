"""Runs and comparisons as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from qsetu.bench.gate import RunComparison
from qsetu.bench.ratios import geometric_mean
from qsetu.bench.records import BenchmarkRecord, CaseRecord, RatioRecord
from qsetu.bench.trends import Trend

__all__ = [
    "cases_table",
    "comparison_table",
    "findings_notes",
    "findings_table",
    "goals_table",
    "groups_table",
    "interval",
    "machine_line",
    "seconds",
    "trends_table",
]


# Packages whose versions decide what was raced.
TOLD = (
    "qsetu",
    "numpy",
    "jax",
    "qiskit",
    "qiskit-aer",
    "pennylane",
    "pennylane-lightning",
    "qsimcirq",
    "qulacs",
    "scaluq",
    "qiskit-machine-learning",
    "mqt.bench",
)


def seconds(value: float) -> str:
    """A time in the unit that suits it, three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}" if value < 1000 * size else f"{value / size:,.0f} {unit}"
    return f"{value * 1e9:.3g} ns"


def interval(ratio: RatioRecord) -> str:
    """A ratio with its interval."""
    value, low, high = (
        f"{one:.3g}" if one < 1000 else f"{one:,.0f}" for one in (ratio.value, ratio.low, ratio.high)
    )
    return f"{value} ({low} to {high})"


def cases_table(record: BenchmarkRecord) -> Table:
    """A row a case, or a row a candidate where several are ours."""
    new = any(case.the("new") for case in record.cases)
    raced = any(case.ratio for case in record.cases)
    counted = any(case.ours.instructions for case in record.cases)
    own = any(case.threads not in (None, record.threads) for case in record.cases)
    table = Table("case")
    for name, wanted in (
        ("threads", own),
        ("first", True),
        ("warm", True),
        ("IQR", True),
        ("new", new),
        ("memory", True),
        ("instructions", counted),
        ("bandwidth", any(case.shares and case.shares.bandwidth for case in record.cases)),
        ("passes", any(case.shares and case.shares.passes for case in record.cases)),
    ):
        if wanted:
            table.add_column(name, justify="right")
    if raced:
        table.add_column("best peer")
        table.add_column("its time", justify="right")
        table.add_column("ratio (95 %)")
        table.add_column("")
    group = None
    for case in record.cases:
        if group not in (None, case.group):
            table.add_section()
        group = case.group
        table.add_row(*_row(case, [column.header for column in table.columns]))
    return table


def _row(case: CaseRecord, columns: list[object]) -> list[str]:
    ours, new = case.ours, case.the("new")
    best = next((one for one in case.candidates if one.role == "peer" and one.name == case.best), None)
    share, passes = (case.shares.bandwidth, case.shares.passes) if case.shares else (None, None)
    below = case.ratio is not None and case.goal is not None and case.ratio.value < case.goal
    cells = {
        "case": escape(case.title),
        "threads": str(case.threads or ""),
        "first": seconds(ours.first),
        "warm": seconds(ours.median),
        "IQR": seconds(ours.spread),
        "new": seconds(new.median) if new else "",
        "memory": "" if ours.memory_bytes is None else f"{ours.memory_bytes / 2**20:,.0f} MiB",
        "instructions": f"{ours.instructions:,}" if ours.instructions else "",
        "bandwidth": "" if share is None else f"{share:.0%}",
        "passes": "" if passes is None else f"{passes:.2g}",
        "best peer": "" if best is None else escape(best.name) + (" *" if best.dtype != ours.dtype else ""),
        "its time": "" if best is None else seconds(best.median),
        "ratio (95 %)": interval(case.ratio) if case.ratio else "",
        "": "below" if below else "",
    }
    return [cells[str(name)] for name in columns]


def groups_table(record: BenchmarkRecord) -> Table:
    """Geometric means of the ratios to the best peers."""
    table = Table("geometric mean of the ratio")
    table.add_column("cases", justify="right")
    table.add_column("ratio", justify="right")
    for group in dict.fromkeys(case.group for case in record.cases if case.ratio):
        among = [case for case in record.cases if case.group == group and case.ratio]
        table.add_row(escape(group), str(len(among)), f"{geometric_mean(among):.2f}")
    return table


def goals_table(record: BenchmarkRecord) -> Table:
    """Each goal, what was found, and whether it was reached."""
    table = Table("goal", "found", "reached")
    for goal in record.goals:
        table.add_row(escape(goal.goal), escape(goal.found), "yes" if goal.reached else "[bold]no[/bold]")
    return table


def findings_table(record: BenchmarkRecord) -> Table:
    """What follows from all cases together, a section for each kind; ``how`` is below the table."""
    table = Table("", "finding", "found")
    about = None
    for one in record.findings:
        if about not in (None, one.about):
            table.add_section()
        table.add_row(escape(one.about) if one.about != about else "", escape(one.what), escape(one.found))
        about = one.about
    return table


def findings_notes(record: BenchmarkRecord) -> list[str]:
    """How findings were come by, each sentence once."""
    return list(dict.fromkeys(f"{one.about}: {one.how}." for one in record.findings if one.how))


def machine_line(record: BenchmarkRecord) -> str:
    """Where it was measured, in a sentence."""
    machine, limits = record.machine, record.limits
    packages = machine.get("packages")
    known = packages if isinstance(packages, dict) else {}
    versions = ", ".join(f"{name} {known[name]}" for name in TOLD if name in known)
    where = (
        f"{machine.get('cpu')}, {record.threads} thread(s) each, Python {machine.get('python')}, {versions}."
    )
    if limits is None:
        return where
    copy, product = limits.copy_bytes / 1e9, limits.product_flops / 1e9
    return f"{where} A copy moves {copy:.3g} GB/s, a matrix product does {product:.3g} GFlop/s."


def comparison_table(found: RunComparison) -> Table:
    """A row a case."""
    table = Table("case", "time, new over base (95 %)")
    table.add_column("instructions", justify="right")
    table.add_column("verdict")
    styles = {"slower": "red", "faster": "green", "unclear": "yellow", "same": ""}
    for case in found.cases:
        table.add_row(
            escape(case.name),
            interval(case.time),
            "" if case.instructions is None else f"{case.instructions:.3f}",
            case.verdict + (f": {case.reason}" if case.reason else ""),
            style=styles[case.verdict],
        )
    return table


def trends_table(found: Sequence[Trend]) -> Table:
    """The latest run of each kind against those before it."""
    table = Table("case", "machine")
    for name in ("time", "over fixed work", "before", "change", "instructions", "earlier runs"):
        table.add_column(name, justify="right")
    place = None
    for one in found:
        here = (one.machine_class, one.suite, one.threads)
        if place not in (None, here):
            table.add_section()
        place = here
        table.add_row(
            Text(one.name),
            Text(f"{one.machine_class}, {one.threads} thread(s)"),
            seconds(one.seconds),
            _number(one.work),
            _number(one.before),
            "" if one.change is None else f"{one.change - 1:+.1%}",
            "" if one.instructions is None else f"{one.instructions - 1:+.2%}",
            str(one.runs),
        )
    return table


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
