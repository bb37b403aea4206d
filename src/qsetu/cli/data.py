"""``qsetu data``: datasets on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from qsetu.genomics import DatasetCard

__all__ = ["COMMANDS"]

_Name = Annotated[str, typer.Argument(help="A dataset; [bold]qsetu data list[/bold] shows them.")]


def show_list() -> None:
    """List every dataset and its parts."""
    from rich.console import Console

    from qsetu.cli.tables import datasets_table

    Console().print(datasets_table())


def info(name: _Name) -> None:
    """Show a dataset's card: what it is, its traps, license, files."""
    from rich.console import Console
    from rich.text import Text

    from qsetu.genomics import dataset_card

    card = dataset_card(name)
    console = Console()
    console.print(Text(f"{card.name}: {card.title}", style="bold"))
    for text in (card.summary, card.collected):
        console.print(Text(text))
    for title, value in _facts(card):
        console.print(Text.assemble((f"{title}  ", "cyan"), value))
    console.print(Text("What to know before believing a score", style="bold"))
    for trap in card.traps:
        console.print(Text(f"- {trap}"))


def _facts(card: DatasetCard) -> list[tuple[str, str]]:
    from qsetu.genomics.duo import DUO_TERMS

    facts = [("kind", card.kind), ("access", card.sensitivity), ("license", card.license)]
    facts += [("data use", ", ".join(f"{code} ({DUO_TERMS[code]})" for code in card.data_use))]
    facts += [("cite", card.citation + (f", doi:{card.doi}" if card.doi else "")), ("source", card.url)]
    facts += [("groups", card.grouping), ("published split", card.split)]
    for part, content in card.parts.items():
        labels = ", ".join(f"{label} {count}" for label, count in content.labels.items())
        size = f"{content.num_samples} {card.samples}"
        size += f" x {content.num_features} {card.features}" if content.num_features else ""
        facts.append((f"part {part}" if part else "size", size + (f"; {labels}" if labels else "")))
    return [(title, value) for title, value in facts if value]


def fetch(
    names: Annotated[list[str], typer.Argument(help="Datasets to download; 'all' for every one.")],
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="Put files here instead of the cache; QSETU_DATA then names it."),
    ] = None,
) -> None:
    """Download what is missing, check every file, go on where an earlier download stopped."""
    from rich.console import Console

    from qsetu.core.errors import DataError
    from qsetu.genomics import builtin_cards, dataset_card, fetch_dataset

    wanted = list(builtin_cards()) if names == ["all"] else names
    for name in wanted:
        dataset_card(name)  # a wrong name stops everything before the first download
    console, failures = Console(), []
    for name in wanted:
        try:
            paths = fetch_dataset(name, folder)
        except DataError as error:
            failures.append(str(error))
            continue
        console.print(f"{name}: {len(paths)} file(s) here and right", markup=False, highlight=False)
    if failures:
        raise DataError("\n".join(failures))


def verify(
    names: Annotated[list[str] | None, typer.Argument(help="Datasets to check; without any, all.")] = None,
) -> None:
    """Read and hash every file of the datasets; exit with 1 if one is wrong, or a named one is missing."""
    from rich.console import Console
    from rich.text import Text

    from qsetu.genomics import builtin_cards, verify_dataset

    console, bad = Console(), False
    style = {"right": "green", "other bytes": "yellow", "wrong": "red", "missing": "dim"}
    for name in names or list(builtin_cards()):
        states = verify_dataset(name)
        counts = {state: sum(one.state == state for one in states) for state in style}
        shown = [Text(f"{count} {state}", style[state]) for state, count in counts.items() if count]
        console.print(Text.assemble(f"{name}: ", Text(", ").join(shown)))
        for one in states:
            if one.state == "wrong":
                console.print(
                    Text(f"  {one.path} is not the file of the card (SHA-256 {one.sha256[:12]})", "red")
                )
            elif one.state == "missing" and names:
                console.print(Text(f"  {one.file} was not found", "red"))
        bad |= counts["wrong"] > 0 or (bool(names) and counts["missing"] > 0)
    if bad:
        raise typer.Exit(1)


def show_card(
    name: _Name,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write here instead of printing.")] = None,
) -> None:
    """Print a dataset's card as Croissant 1.1 (JSON-LD), for other tools and search engines."""
    import json

    from qsetu.core.errors import OutputError
    from qsetu.genomics import croissant, dataset_card

    text = json.dumps(croissant(dataset_card(name)), indent=2, ensure_ascii=False)
    if out is None:
        print(text)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"Card cannot be written to '{out}' ({error.strerror}).") from None


COMMANDS: dict[str, Callable[..., None]] = {
    "list": show_list,
    "info": info,
    "fetch": fetch,
    "verify": verify,
    "card": show_card,
}
"""Name on the command line and function of each subcommand."""
