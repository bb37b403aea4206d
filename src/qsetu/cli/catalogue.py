"""``qsetu catalogue``: shared catalogues on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qsetu.cli.plain import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qsetu.sharing.catalogue import Carried

__all__ = ["COMMANDS"]

_ADDRESS = "QSETU_CATALOGUE"
_Where = Annotated[
    str, typer.Argument(metavar="URL", envvar=_ADDRESS, help="A folder, s3://..., or a web address.")
]
_In = Annotated[str, typer.Option("--in", metavar="URL", envvar=_ADDRESS, help="The catalogue.")]
_Ref = Annotated[str, typer.Argument(help="An id, 8 of its first digits, name, name@label, or an alias.")]
_Institution = Annotated[
    str | None, typer.Option("--institution", help="Whose; else the institution of the catalogue.")
]
_Author = Annotated[str, typer.Option("--author", help="Whom to ask.")]


def init(
    url: _Where,
    title: Annotated[str, typer.Option("--title", help="What it is, one line.")],
    holds: Annotated[
        str, typer.Option("--holds", help="The most sensitive level it may hold: Open, Restricted, Private.")
    ] = "Open",
    private: Annotated[bool, typer.Option("--private", help="The same as --holds Private.")] = False,
    institution: Annotated[str, typer.Option("--institution", help="Who keeps it.")] = "",
) -> None:
    """Make a new catalogue in an empty place."""
    from qsetu.sharing.catalogue import Catalogue

    made = Catalogue.init(url, title, "Private" if private else holds, institution=institution)
    say(f"'{made.location}' is a catalogue now; it holds entries up to {made.card.holds}.")


def push(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The files of one entry.")],
    to: Annotated[str, typer.Option("--to", metavar="URL", envvar=_ADDRESS, help="The catalogue.")],
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            help="bundle, notebook, experiment, model or dataset. Default: bundle, for a .qsetu.zip.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What all versions share.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="One line.")] = None,
    access: Annotated[str | None, typer.Option("--access", help="Open, Restricted or Private.")] = None,
    license: Annotated[str | None, typer.Option("--license", help="License, and who says so.")] = None,
    description: Annotated[str | None, typer.Option("--description", help="More than the title.")] = None,
    data_use: Annotated[
        list[str] | None, typer.Option("--data-use", metavar="CODE", help="Such as DUO:0000042; repeatable.")
    ] = None,
    label: Annotated[str | None, typer.Option("--label", help="This version; else date and number.")] = None,
    derived_from: Annotated[
        list[str] | None,
        typer.Option("--derived-from", metavar="REF", help="What it was made of; repeatable."),
    ] = None,
    institution: _Institution = None,
    author: _Author = "",
) -> None:
    """Add an entry with its files. A bundle says most of itself, and so does a dataset with its card (.toml).

    The signature beside a bundle (.dsse.json) comes along.
    """
    from qsetu.core.errors import ArgumentError
    from qsetu.sharing.catalogue import Catalogue

    files, kind = _with_signature(files), kind or _kind_of(files)
    facts = _facts_of(files, kind, access)
    institution = institution if institution is not None else facts.pop("institution", None)
    author = author or facts.pop("author", "")
    given: dict[str, str | list[str] | None] = {
        "name": name,
        "title": title,
        "access": access,
        "license": license,
    }
    given |= {"description": description, "data_use": data_use or None}
    facts |= {key: value for key, value in given.items() if value is not None}
    for key in ("name", "title", "access", "license"):
        if key not in facts:
            raise ArgumentError(f"--{key}", "must be given: nothing says it", None)
    catalogue = Catalogue.open(to)
    entry = catalogue.push(
        files,
        kind=kind,
        label=label,
        institution=institution,
        author=author,
        derived_from=derived_from or (),
        **facts,
    )
    say(f"{entry.id[:16]}  {entry.name}@{entry.label}  in '{catalogue.location}'")
    if not catalogue.may_hold(entry):
        say(f"It is {entry.access}: its card is there, its files stay with you.", "yellow")


def _kind_of(files: list[Path]) -> str:
    from qsetu.core.errors import ArgumentError
    from qsetu.sharing.manifest import BUNDLE_ENDING

    if any(path.name.endswith(BUNDLE_ENDING) for path in files):
        return "bundle"
    raise ArgumentError("--kind", "must be given: only of a .qsetu.zip it is known", None)


def _with_signature(files: list[Path]) -> list[Path]:
    from qsetu.sharing.manifest import BUNDLE_ENDING, SIGNATURE_ENDING

    bundles = [path for path in files if path.name.endswith(BUNDLE_ENDING)]
    beside = [path.with_name(path.name + SIGNATURE_ENDING) for path in bundles]
    return [*files, *(path for path in beside if path.is_file() and path not in files)]


def _facts_of(files: list[Path], kind: str, access: str | None) -> dict[str, Any]:
    """What files say of themselves; a level that is asked for may be higher than theirs, never lower."""
    from qsetu.core.errors import ArgumentError
    from qsetu.sharing.bundle.facts import bundle_facts
    from qsetu.sharing.catalogue import bundle_name, dataset_facts
    from qsetu.sharing.manifest import BUNDLE_ENDING, LEVELS

    bundles = [path for path in files if path.name.endswith(BUNDLE_ENDING)]
    if kind == "dataset":
        return dataset_facts(files, access)
    if kind != "bundle" or len(bundles) != 1:
        return {}
    facts = {"name": bundle_name(bundles[0]), **bundle_facts(bundles[0])}
    own = facts["access"]
    if access in LEVELS and LEVELS.index(access) < LEVELS.index(own):
        rule = f"must be at least {own}, which '{bundles[0].name}' says of what it was made from"
        raise ArgumentError("--access", rule, access)
    return facts


def pull(
    ref: _Ref,
    source: Annotated[str, typer.Option("--from", metavar="URL", envvar=_ADDRESS, help="The catalogue.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A new folder.")],
    limit: Annotated[float | None, typer.Option("--limit", metavar="GIB", help="GiB at most.")] = None,
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="Even if it is withdrawn.")] = False,
) -> None:
    """Write the files of an entry into a new folder; each is checked by its hash."""
    from qsetu.core.checks import as_float
    from qsetu.sharing.catalogue import Catalogue
    from qsetu.sharing.catalogue.pulling import DEFAULT_LIMIT

    most = DEFAULT_LIMIT if limit is None else int(as_float("--limit", limit, low=0, high=2**30) * 2**30)
    for path in Catalogue.open(source).pull(ref, out, limit=most, withdrawn=withdrawn):
        say(str(path))


def search(
    text: Annotated[list[str] | None, typer.Argument(metavar="[TEXT]", help="Words; none for all.")] = None,
    where: _In = "",
    kind: Annotated[str | None, typer.Option("--kind", help="Only this kind.")] = None,
    access: Annotated[str | None, typer.Option("--access", help="Only this level.")] = None,
    institution: Annotated[str | None, typer.Option("--institution", help="Only of this one.")] = None,
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="Withdrawn ones too.")] = False,
) -> None:
    """Find entries by words in name, title, description, license, institution and data use."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from qsetu.sharing.catalogue import Catalogue

    catalogue = Catalogue.open(where)
    found = catalogue.search(
        " ".join(text or ()), kind=kind, access=access, institution=institution, withdrawn=withdrawn
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("id", "name", "kind", "access", "title"):
        table.add_column(title, no_wrap=title == "id", overflow="fold")
    for one in found:
        cells = (one.id[:12], f"{one.name}@{one.label}", one.kind, one.access, one.title)
        table.add_row(*map(Text, cells))
    console = Console()
    if found:
        console.print(table)
    else:
        say("Nothing found.")
    _tell_problems(catalogue.problems)


def show(ref: _Ref, where: _In = "") -> None:
    """Show an entry: facts, files with hashes, aliases, versions, what it was made of and used in."""
    from rich.console import Console
    from rich.text import Text

    from qsetu.sharing.catalogue import Catalogue
    from qsetu.sharing.catalogue.wording import fact_lines, relative_lines

    catalogue = Catalogue.open(where)
    shown = catalogue.show(ref)
    console = Console(soft_wrap=True)
    console.print(Text(shown.entry.title, style="bold"))
    if shown.withdrawn is not None:
        who = f" by {shown.withdrawn.institution}" if shown.withdrawn.institution else ""
        console.print(Text(f"Withdrawn{who}: {shown.withdrawn.reason}", style="red"))
    for title, value in fact_lines(shown):
        console.print(Text.assemble((f"{title}  ", "cyan"), value))
    if shown.entry.description:
        console.print(Text(shown.entry.description))
    for file, held in zip(shown.entry.files, shown.held, strict=True):
        state = "" if held else "  not here"
        console.print(
            Text(f"{file.sha256}  {file.size:>14,}  {file.name}{state}", style="" if held else "dim")
        )
    for title, found in (("made of", shown.above), ("used in", shown.below)):
        for line in relative_lines(found):
            console.print(Text.assemble((f"{title}  ", "cyan"), line))
    _tell_problems(catalogue.problems)


def alias(
    name: Annotated[str, typer.Argument(help="What it is to be called.")],
    ref: _Ref,
    where: _In = "",
    institution: _Institution = None,
    author: _Author = "",
) -> None:
    """Let a name mean an entry, until it is moved."""
    from qsetu.sharing.catalogue import Catalogue

    made = Catalogue.open(where).alias(name, ref, institution=institution, author=author)
    say(f"'{made.name}' means {made.target[:16]}.")


def withdraw(
    ref: _Ref,
    reason: Annotated[str, typer.Option("--reason", help="Why nobody should use it.")],
    where: _In = "",
    institution: _Institution = None,
    author: _Author = "",
) -> None:
    """Say that an entry is to be used no more. Nothing is deleted."""
    from qsetu.sharing.catalogue import Catalogue

    made = Catalogue.open(where).withdraw(ref, reason, institution=institution, author=author)
    say(f"{made.target[:16]} is withdrawn: {made.reason}")


def sync(
    a: Annotated[str, typer.Argument(metavar="A", help="A catalogue.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    one_way: Annotated[
        bool, typer.Option("--one-way", help="Only from A to B; A may be a web address.")
    ] = False,
    cards_only: Annotated[bool, typer.Option("--cards-only", help="Entries without their files.")] = False,
) -> None:
    """Bring to each what the other has and it may hold; exit with 1 if something could not be read."""
    from qsetu.sharing.catalogue import Catalogue
    from qsetu.sharing.catalogue import sync as synchronise

    first, second = Catalogue.open(a), Catalogue.open(b)
    report = synchronise(first, second, one_way=one_way, files=not cards_only)
    _tell_carried(f"to '{second.location}'", report.to_b)
    if report.to_a is not None:
        _tell_carried(f"to '{first.location}'", report.to_a)
    _tell_problems(report.problems)
    if report.problems:
        raise typer.Exit(1)


def _tell_carried(where: str, done: Carried) -> None:
    say(f"{where}: {done.records} new entries, {done.objects} new files ({done.bytes:,} bytes)")
    if done.kept_back or done.withheld:
        say(f"  not carried: {done.kept_back} entries and {len(done.withheld)} files that may not go there")
    if done.absent:
        say(f"  not carried: {len(done.absent)} files of which neither has the bytes")


def verify(url: _Where) -> None:
    """Read and hash everything; exit with 1 if something is missing, damaged or out of place."""
    from qsetu.sharing.catalogue import Catalogue

    report = Catalogue.open(url).verify()
    say(f"{report.entries} entries and {report.objects} files are right.")
    if report.withheld:
        say(f"{report.withheld} files are not here, as their access level says.")
    for one in report.findings:
        say(f"{one.kind}: {one.name}: {one.detail}", "yellow" if one.harmless else "red")
    if not report.ok:
        raise typer.Exit(1)


def site(
    url: _Where,
    out: Annotated[Path, typer.Option("--out", "-o", help="A new folder.")],
    holds: Annotated[str, typer.Option("--holds", help="Most sensitive level in it.")] = "Open",
    pages_only: Annotated[bool, typer.Option("--pages-only", help="Leave files out.")] = False,
    address: Annotated[str, typer.Option("--address", help="Where it will be served.")] = "",
) -> None:
    """Write pages to browse and serve, with all that qsetu needs to read the catalogue from there."""
    from qsetu.sharing.catalogue import Catalogue, write_site

    done = write_site(Catalogue.open(url), out, holds=holds, files=not pages_only, address=address)
    _tell_carried(f"in '{out}'", done)
    _tell_problems(done.problems)
    say(f"Open {out / 'index.html'}")


def _tell_problems(problems: Iterable[str]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, soft_wrap=True)
    for problem in problems:
        console.print(Text(f"Note: {problem}", style="yellow"))


COMMANDS: dict[str, Callable[..., None]] = {
    "init": init,
    "push": push,
    "pull": pull,
    "search": search,
    "show": show,
    "alias": alias,
    "withdraw": withdraw,
    "sync": sync,
    "verify": verify,
    "site": site,
}
"""Name on the command line and function of each subcommand."""
