"""What a run prints and writes down."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from qsetu.bench import Timing, record
from qsetu.core.machine import package_version
from race import goals
from race.timing import Outcome

VERSIONS = (
    "qsimcirq",
    "qiskit-aer",
    "pennylane-lightning",
    "qulacs",
    "scaluq",
    "pennylane",
    "jax",
    "mqt.bench",
)


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3g}" if seconds < 1 else f"{seconds * 1e3:,.0f}"


def table(outcomes: list[Outcome]) -> Table:
    """A row a case."""
    made = Table("case")
    for name in ("qubits", "gates", "ours ms", "new ms"):
        made.add_column(name, justify="right")
    for name in ("best peer", "its ms", "warm", "ratio (95 %)", "", "dropped"):
        made.add_column(name, justify="right" if name in ("its ms", "warm") else "left")
    previous = None
    for o in outcomes:
        row = [o.case.name, str(o.case.num_qubits), str(o.case.gates), milliseconds(o.ours.median)]
        row.append(milliseconds(o.new.median) if o.new else "")
        if o.ratio and o.best:
            mark = "" if o.ratio.value >= goals.asked(o) else "below"
            ratio = f"{o.ratio.value:.3g} ({o.ratio.low:.3g} to {o.ratio.high:.3g})"
            double = " *" if o.dtypes[o.best] == "complex128" else ""
            row += [o.best + double, milliseconds(o.peers[o.best].median), f"{o.warm:.3g}", ratio, mark]
        else:
            row += ["none here", "", "", "", ""]
        row.append(", ".join(peer[:3] for peer in o.dropped))
        here = (o.case.suite, o.case.width)
        if previous not in (None, here):
            made.add_section()
        previous = here
        made.add_row(*row)
    return made


def show(console: Console, outcomes: list[Outcome], left_out: list[str], threads: int) -> None:
    """Table, notes, means, goals."""
    console.print(table(outcomes))
    for o in outcomes:
        if o.case.note:
            console.print(f"{o.case.name}, {o.case.num_qubits} qubits: {o.case.note}", highlight=False)
    for peer in dict.fromkeys(peer for o in outcomes for peer in o.dropped):
        times = [o.dropped[peer] for o in outcomes if peer in o.dropped]
        line = f"{peer} dropped after its first calls in {len(times)} case(s): up to {max(times):.0f} times"
        console.print(f"{line} slower than the best peer", highlight=False)
    for line in left_out:
        console.print(line, highlight=False)
    raced = [o for o in outcomes if o.ratio]
    groups = dict.fromkeys((o.case.suite, o.case.group, o.case.width) for o in raced)
    means = Table("geometric mean of the ratio", "qubits", "cases", "ratio")
    for suite, group, width in groups:
        among = [o for o in raced if (o.case.suite, o.case.group, o.case.width) == (suite, group, width)]
        means.add_row(f"{suite}: {group}", str(width), str(len(among)), f"{goals.geometric_mean(among):.2f}")
    console.print(means)
    below = [o for o in raced if o.ratio.value < goals.asked(o)]
    console.print(
        "Below what is asked of a single case: "
        + (", ".join(f"{o.case.name} at {o.case.num_qubits} ({o.ratio.value:.2f})" for o in below) or "none")
    )
    judged = Table("goal", "found", "reached")
    for verdict in goals.verdicts(outcomes):
        judged.add_row(verdict.goal, verdict.found, "yes" if verdict.reached else "[bold]no[/bold]")
    console.print(judged)
    versions = ", ".join(f"{name} {version}" for name in VERSIONS if (version := package_version(name)))
    machine = record({})["machine"]
    console.print(f"{machine['cpu']}, {threads} threads each, Python {machine['python']}, {versions}")
    console.print(
        "Ours and peers: complex64; complex128 where marked *. A ratio is the best peer's time over ours:"
    )
    console.print(
        "'warm' of a compiled circuit; 'ratio' of a new one, compilation counted, for single circuits."
    )


def data(outcomes: list[Outcome], left_out: list[str], threads: int) -> dict:
    """Every sample, with the machine: `qsetu.bench`'s record and what it does not know."""
    names = {f"{o.case.suite}: {o.case.name}, {o.case.num_qubits} qubits": o for o in outcomes}
    timings: dict[str, list[Timing]] = {
        name: [o.ours, *([o.new] if o.new else []), *o.peers.values()] for name, o in names.items()
    }
    made = record(timings)
    made["machine"]["packages"] |= {name: v for name in VERSIONS if (v := package_version(name))}
    made["threads"], made["left_out"] = threads, left_out
    made["races"] = {
        name: {
            "suite": o.case.suite,
            "group": o.case.group,
            "width": o.case.width,
            "num_qubits": o.case.num_qubits,
            "gates": o.case.gates,
            "first_seconds": o.first,
            "best": o.best,
            "ratio": [o.ratio.value, o.ratio.low, o.ratio.high] if o.ratio else None,
            "precisions": o.dtypes,
            "warm_ratio": o.warm,
            "dropped": o.dropped,
            "note": o.case.note,
        }
        for name, o in names.items()
    }
    made["goals"] = [vars(verdict) for verdict in goals.verdicts(outcomes)]
    return made


def write(path: Path, content: dict) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(content, indent=1) + "\n")
    partial.replace(path)
