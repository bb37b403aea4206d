"""``qsetu doctor``: versions, machine, engines, known answers."""

from __future__ import annotations

import typer

__all__ = ["doctor"]


def doctor() -> None:
    """Show versions, devices and engines, and check known answers on every engine."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from qsetu.core.machine import environment_record
    from qsetu.doctor import run_checks
    from qsetu.engines import ENGINES

    console = Console()
    record = environment_record()
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
    for name, entry in ENGINES.items():
        reason = entry.why_missing()
        engines.add_row(
            name, "[green]ready[/green]" if reason is None else f"[red]{reason}[/red]", entry.summary
        )
    console.print(engines)
    console.print(f"[bold]XLA devices[/bold] {_xla_devices()}", highlight=False)

    checks = Table(title="Known answers", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in ("engine", "precision", "check", "largest error", "allowed", ""):
        checks.add_column(column)
    results = run_checks()
    for result in results:
        mark = "[green]ok[/green]" if result.passed else f"[red]WRONG[/red] {result.message}"
        checks.add_row(
            result.engine, result.dtype, result.check, f"{result.error:.1e}", f"{result.tolerance:.0e}", mark
        )
    console.print(checks)
    failed = [result for result in results if not result.passed]
    if failed:
        names = ", ".join(sorted({f"{result.engine} ({result.dtype})" for result in failed}))
        console.print(
            f"[bold red]Do not trust results of: {names}.[/bold red] Reinstall with the pinned versions in "
            "constraints.txt, and report this table."
        )
        raise typer.Exit(1)
    console.print(f"[green]All {len(results)} checks passed.[/green]")


def _xla_devices() -> str:
    from qsetu.core.machine import package_version

    if package_version("jax") is None:
        return "JAX is not installed"
    import jax

    return ", ".join(f"{device.platform}:{device.id} ({device.device_kind})" for device in jax.devices())
