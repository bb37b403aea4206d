"""Where, how and how well it was measured."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from pydantic import JsonValue

from qsetu.bench.figures.rounds import reference_spread
from qsetu.bench.records import BenchmarkRecord
from qsetu.documents import Block, Code, Facts, Items, Paragraph, Section

__all__ = ["machine_section", "method_section", "noise_section", "repeat_section"]


def noise_section(record: BenchmarkRecord) -> Section:
    """What disturbed the run, and what the machine can do."""
    noise, limits = record.noise, record.limits
    facts = [("Noisy", f"yes: {'; '.join(noise.reasons)}" if noise.noisy else "no")]
    for name, share in (
        ("Fixed work, IQR over median", noise.reference_spread),
        ("Time a hypervisor gave to others", noise.stolen),
        ("Processors used by others", noise.others),
    ):
        facts.append((name, "not told by this system" if share is None else f"{share:.1%}"))
    if noise.load_before is not None:
        facts.append(("Runnable processes before", f"{noise.load_before:.2f}"))
    if limits is not None:
        facts.append(("A copy moves", f"{limits.copy_bytes / 1e9:.3g} GB/s"))
        facts.append(
            ("A product of matrices does", f"{limits.product_flops / 1e9:.3g} GFlop/s, single precision")
        )
    blocks: list[Block] = [Facts(tuple(facts))]
    spreads = {case.name: reference_spread(case) for case in record.cases}
    worst = max(spreads, key=lambda name: spreads[name] or 0.0, default=None)
    if worst is not None and (spread := spreads[worst]):
        blocks.append(Paragraph(f"The fixed work varied most in {worst}: by {spread:.1%}."))
    if not any(case.shares and (case.shares.bandwidth or case.shares.arithmetic) for case in record.cases):
        blocks.append(
            Paragraph(
                "No case of this run says which share of the limits it reached (states that stay in cache "
                "move nothing over the memory bus), so there is no figure of that."
            )
        )
    return Section("noise", "Noise and limits", tuple(blocks))


def machine_section(record: BenchmarkRecord) -> Section:
    """The machine, the versions and the code."""
    machine = {name: value for name, value in record.machine.items() if name != "packages"}
    facts = [("Class of machine", record.machine_class)]
    facts += [
        (_NAMES.get(name, name.replace("_", " ").capitalize()), _told(name, value))
        for name, value in machine.items()
    ]
    facts += [("Threads of every candidate", str(record.threads)), ("Commit", _commit(record))]
    packages = record.machine.get("packages")
    blocks: list[Block] = [Facts(tuple(facts), frozenset({"Commit", "Class of machine"}))]
    if isinstance(packages, Mapping):
        versions = ", ".join(f"{name} {_said(version)}" for name, version in packages.items())
        blocks.append(Paragraph(f"Versions: {versions}."))
    return Section("machine", "Machine and versions", tuple(blocks))


def repeat_section(record: BenchmarkRecord) -> Section:
    """The command, and what it was set to."""
    command = record.command or shlex.join(["qsetu", "bench", "run", "--suite", record.suite])
    settings = ", ".join(
        f"{name} {_said(value)}" for name, value in record.settings.items() if value is not None
    )
    blocks: tuple[Block, ...] = (
        Paragraph("On the same kind of machine, with nothing else running:"),
        Code(command),
        Paragraph(f"Settings: {settings}."),
        Paragraph(f"Started {record.started}, finished {record.finished}: {record.seconds:,.0f} s."),
    )
    return Section("repeat", "How to repeat it", blocks)


def method_section() -> Section:
    """How a run measures, in short."""
    return Section("method", "How it was measured", (Items(_METHOD),))


_METHOD = (
    ("Fresh processes.", "Each library gets its number of threads before it is loaded."),
    ("Answers before times.", "Every answer is compared; one that is wrong is reported, and not timed."),
    (
        "In turns.",
        "Candidates take turns round by round, together with fixed work that no change of ours touches.",
    ),
    (
        "Ratios of medians.",
        "A ratio is the other's time over ours; its 95 % interval is a bootstrap over rounds (and "
        "processes), drawn in pairs. IQR is the interquartile range.",
    ),
    (
        "Peers.",
        "Each is tried at several settings, and the best one counts. One whose first calls are far slower "
        "than the best peer's is dropped.",
    ),
    ("Memory.", "What a warm call needed on top of what the process held."),
)


_NAMES = {"cpu": "Processor", "cpus": "Processors", "memory_bytes": "Memory"}


def _told(name: str, value: JsonValue) -> str:
    if name == "memory_bytes" and isinstance(value, int):
        return f"{value / 2**30:.1f} GiB"
    return _said(value)


def _commit(record: BenchmarkRecord) -> str:
    if record.git_commit is None:
        return "not run from a checkout"
    return record.git_commit + (" with changes" if record.git_modified else "")


def _said(value: JsonValue) -> str:
    """Plain data on a line."""
    match value:
        case None:
            return "not told"
        case bool():
            return "yes" if value else "no"
        case str() | int() | float():
            return str(value)
        case list() if all(isinstance(one, (str, int, float)) for one in value):
            return ", ".join(str(one) for one in value) or "none"
        case dict() if all(isinstance(one, (str, int, float)) for one in value.values()):
            return ", ".join(f"{name} {one}" for name, one in value.items()) or "none"
    return json.dumps(value)
