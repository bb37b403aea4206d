"""``qsetu doctor``: versions, machine, engines, known answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from qsetu.doctor import CheckResult

__all__ = ["doctor"]


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print everything as JSON, for other programs.")
    ] = False,
) -> None:
    """Show versions, devices and engines, and check known answers on every engine, device and precision.

    All checks run afresh. What they find is what qsetu goes by from then on: an engine that gave a wrong
    answer is refused until a later qsetu doctor finds it sound.
    """
    from rich.console import Console

    from qsetu.core.machine import environment_record
    from qsetu.doctor import as_plain, remember, run_checks
    from qsetu.engines import ENGINES

    console = Console()
    record = environment_record()
    states = {name: entry.why_missing() for name, entry in ENGINES.items()}
    devices = _xla_devices()
    if not as_json:
        _show_machine(console, record, states, devices)
    with console.status("Checking known answers: some 20 seconds a device"):
        results = run_checks()
    remember(results)
    failed = [result for result in results if not result.passed]
    if as_json:
        report = {
            "format": "qsetu-doctor",
            "version": 1,
            "machine": record,
            "engines": {name: reason or "ready" for name, reason in states.items()},
            "xla_devices": devices,
            "passed": not failed,
            "results": [as_plain(result) for result in results],
        }
        print(json.dumps(report, indent=1, allow_nan=False))
    else:
        _show_results(console, results, failed)
    if failed:
        raise typer.Exit(1)


def _show_machine(
    console: Console, record: dict[str, Any], states: dict[str, str | None], devices: list[str]
) -> None:
    from rich import box
    from rich.table import Table

    from qsetu.engines import ENGINES

    console.print(
        f"[bold]Machine[/bold]  {record['cpu']}, {record['cpus']} CPU(s), "
        f"{record['memory_bytes'] / 2**30:.1f} GiB, {record['system']} {record['architecture']}, "
        f"Python {record['python']}",
        highlight=False,
    )
    versions = "  ".join(f"{name} {version}" for name, version in record["packages"].items())
    console.print(f"[bold]Versions[/bold] {versions}", highlight=False)
    engines = Table(title="Engines", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in ("engine", "state", "what it is"):
        engines.add_column(column)
    for name, reason in states.items():
        state = "[green]ready[/green]" if reason is None else f"[red]{reason}[/red]"
        engines.add_row(name, state, ENGINES[name].summary)
    console.print(engines)
    shown = ", ".join(devices) or "none: JAX is not installed"
    console.print(f"[bold]XLA devices[/bold] {shown}", highlight=False)


def _show_results(console: Console, results: list[CheckResult], failed: list[CheckResult]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Known answers", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in ("engine", "device", "precision", "passed", "largest error", "allowed", ""):
        table.add_column(column, no_wrap=True)
    groups: dict[tuple[str, str, str], list[CheckResult]] = {}
    for result in results:
        groups.setdefault((result.engine, result.device, result.dtype), []).append(result)
    for names, group in groups.items():
        good = sum(result.passed for result in group)
        mark = "[green]ok[/green]" if good == len(group) else "[red]WRONG[/red]"
        worst = max(result.error for result in group)
        table.add_row(*names, f"{good} of {len(group)}", f"{worst:.1e}", f"{group[0].tolerance:.0e}", mark)
    console.print(table)
    if not failed:
        console.print(f"[green]All {len(results)} checks passed.[/green]")
        return
    for result in failed:
        what = result.message or f"off by {result.error:.1e}, {result.tolerance:.0e} is allowed"
        # Text, not markup: a message may have brackets in it.
        console.print(Text(f"{_place(result)}, {result.check}: {what}", style="red"))
    places = ", ".join(dict.fromkeys(_place(result) for result in failed))
    console.print(
        Text.assemble(
            ("\nDo not trust results of: ", "bold red"),
            (f"{places}. ", "bold red"),
            "qsetu refuses what gave wrong numbers. Reinstall with the pinned versions in constraints.txt, "
            "run qsetu doctor again, and report this table. To use an engine all the same, at your own risk: "
            f"QSETU_FORCE_ENGINES={','.join(dict.fromkeys(result.engine for result in failed))}.",
        )
    )


def _place(result: CheckResult) -> str:
    return f"{result.engine} on {result.device} ({result.dtype})"


def _xla_devices() -> list[str]:
    from qsetu.core.machine import package_version

    if package_version("jax") is None:
        return []
    from qsetu.trust.places import places_of

    return [f"{place.name} ({place.kind})" for place in places_of("xla")]
