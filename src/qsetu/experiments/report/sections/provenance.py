"""Warnings, where and how the numbers were made, and how to make them again."""

from __future__ import annotations

import shlex
from typing import Any, cast

from qsetu.documents.document import Block, Code, Facts, Heading, Items, Paragraph, Section
from qsetu.experiments.record import Result
from qsetu.experiments.wording import duration, number

__all__ = ["provenance_section", "repeat_section", "warnings_section"]


def warnings_section(result: Result) -> Section:
    """All kinds of warnings, counted, by model."""
    items = [
        (f"{model.title}:", f"{number(one.count)} × {one.category}: {one.message}")
        for model in result.models
        for one in model.warnings
    ]
    block: Block = Items(tuple(items)) if items else Paragraph("No model warned while fitting or predicting.")
    return Section("warnings", "Warnings", (block,))


def provenance_section(result: Result) -> Section:
    """Versions, machines, threads, time, energy, code."""
    one = result.provenance
    facts = [
        ("Run", f"{one.started} to {one.finished} ({duration(one.seconds)})"),
        ("Processor time", f"{duration(one.cpu_seconds)}, all folds"),
        ("GPU time", f"{duration(one.gpu_seconds)}, quantum models" if one.gpu_seconds else "none"),
        ("Energy", _energy(one.energy_joules, one.energy_note)),
        ("Folds", f"{number(one.computed)} computed, {number(one.reused)} found in a store"),
        ("Workers", str(one.workers)),
        ("Threads", _threads(one.threads)),
        ("Engine", one.engine),
        ("Identity", result.identity),
        ("Code hash", one.code),
        ("Commit", _commit(one.git_commit, one.git_modified)),
    ]
    blocks: list[Block] = [Facts(tuple(facts), frozenset(["Identity", "Code hash"]))]
    for place, machine in enumerate(one.environments, 1):
        title = (
            "Machine and versions"
            if len(one.environments) == 1
            else f"Machine {place} of {len(one.environments)}"
        )
        blocks += [Heading(title), Facts(tuple(_machine(cast(dict[str, Any], machine))))]
    return Section("provenance", "Provenance", tuple(blocks))


def _energy(joules: float | None, note: str) -> str:
    if joules is None:
        return note
    kilowatt_hours = joules / 3.6e6
    return f"{number(round(joules))} J ({kilowatt_hours:.3g} kWh); {note}"


def _commit(commit: str | None, modified: bool | None) -> str:
    if commit is None:
        return "not known: an installed package"
    return commit + (" with uncommitted changes" if modified else "")


def _threads(threads: dict[str, Any]) -> str:
    parts = []
    if "per_worker" in threads:
        parts.append(f"{threads['per_worker']} for each worker")
    seen = dict.fromkeys(f"{pool['internal_api']} {pool['num_threads']}" for pool in threads.get("pools", []))
    parts += seen
    parts += [f"{name}={value}" for name, value in threads.get("variables", {}).items()]
    return ", ".join(parts) or "not recorded"


def _machine(machine: dict[str, Any]) -> list[tuple[str, str]]:
    packages = machine.get("packages", {})
    memory = machine.get("memory_bytes")
    told = [f"{machine.get('cpu', 'unknown')}, {machine.get('cpus', '?')} CPUs"]
    told += [f"{memory / 2**30:.1f} GiB memory"] if memory else []
    told += [f"{machine.get('system', '')} {machine.get('release', '')} ({machine.get('architecture', '')})"]
    versions = ", ".join(f"{name} {version}" for name, version in packages.items())
    return [("Machine", ", ".join(told)), ("Versions", f"Python {machine.get('python', '?')}, {versions}")]


def repeat_section(result: Result) -> Section:
    """The command, and the versions it was run with."""
    one = result.provenance
    blocks: list[Block] = []
    packages = cast(dict[str, Any], one.environments[0].get("packages", {})) if one.environments else {}
    if packages:
        pins = " \\\n  ".join(f"{name}=={version}" for name, version in packages.items())
        python = cast(dict[str, Any], one.environments[0]).get("python", "")
        blocks += [
            Paragraph(f"With Python {python} and the same versions:"),
            Code(f"pip install \\\n  {pins}"),
        ]
    if one.command:
        blocks += [Paragraph("The run:"), Code(one.command)]
    else:
        blocks.append(
            Paragraph(
                f"The run was made from Python: qsetu.experiments.compute, size {result.size}, seed "
                f"{result.seed}, with the settings under spec in result.json."
            )
        )
    blocks += [
        Paragraph("The new result held against this one, fold by fold:"),
        Code(shlex.join(["qsetu", "compare", "result.json", "results/NEW"])),
    ]
    return Section("repeat", "How to repeat it", tuple(blocks))
