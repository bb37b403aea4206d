"""``qsetu share``: pack, sign, verify, inspect and unpack bundles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qsetu.cli.plain import say

if TYPE_CHECKING:
    from rich.table import Table

    from qsetu.sharing import Contents, Person, VerifyReport
    from qsetu.sharing.policy import Asked

__all__ = ["COMMANDS"]

_Bundle = Annotated[Path, typer.Argument(metavar="BUNDLE", help="A .qsetu.zip file.")]
_Envelope = Annotated[
    Path | None, typer.Option("--signature", help="The signature. Default: BUNDLE.dsse.json, beside it.")
]
_Keys = Annotated[
    Path | None, typer.Option("--keys", help="Folder of keys. Default: the user's configuration folder.")
]
_Unsigned = Annotated[bool, typer.Option("--unsigned", help="Go on although nobody vouches for it.")]
_MaxBytes = Annotated[int, typer.Option("--max-bytes", help="Larger bundles are refused.")]
_LARGEST = 2**30


def pack(
    items: Annotated[
        list[Path],
        typer.Argument(
            metavar="ITEM...", help="Notebooks (run and saved), results folders, exported models."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The bundle to write: NAME.qsetu.zip.")],
    receiver: Annotated[str, typer.Option("--for", help="Whom it is for: an institution, or 'everybody'.")],
    purpose: Annotated[
        str,
        typer.Option(
            "--purpose",
            help="general, health, disease, genetic, ancestry, methods or clinical (see docs/sharing.md).",
        ),
    ] = "general",
    disease: Annotated[str, typer.Option("--disease", help="Which, for the purpose disease.")] = "",
    receiver_kind: Annotated[
        str, typer.Option("--receiver-kind", help="non-profit, commercial or unknown.")
    ] = "unknown",
    country: Annotated[str, typer.Option("--country", help="The receiver's, two letters.")] = "",
    commercial: Annotated[bool, typer.Option("--commercial", help="It will be used for profit.")] = False,
    promise: Annotated[
        list[str] | None,
        typer.Option("--promise", help="CODE=TEXT: vouch for a condition that a person has to judge."),
    ] = None,
    override: Annotated[
        list[str] | None,
        typer.Option("--override", help="KIND=REASON: share it although this was found. Needs --by."),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Who overrides.")] = "",
    title: Annotated[str, typer.Option("--title", help="Default: the title of the first item.")] = "",
    description: Annotated[str, typer.Option("--description", help="Some sentences.")] = "",
    license_: Annotated[str, typer.Option("--license", help="Of what is shared.")] = "CC-BY-4.0",
    author: Annotated[
        list[str] | None,
        typer.Option("--author", help="A name; 'NAME <https://orcid.org/...>' with an ORCID."),
    ] = None,
    institution: Annotated[str, typer.Option("--institution", help="Who sends it.")] = "",
    dataset: Annotated[
        list[str] | None,
        typer.Option("--dataset", help="A dataset the items read, beyond those seen in them."),
    ] = None,
    card: Annotated[
        list[Path] | None,
        typer.Option("--card", help="The card (TOML) of data of your own that the items read."),
    ] = None,
    include_data: Annotated[
        bool, typer.Option("--include-data", help="Pack data that are Open, small and redistributable.")
    ] = False,
    keep_outputs: Annotated[
        bool, typer.Option("--keep-outputs", help="Keep a notebook's outputs although an input is not Open.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> None:
    """Pack notebooks, results and models into one file that others can check and run again."""
    from qsetu.genomics import read_card
    from qsetu.sharing import pack as pack_bundle

    done = pack_bundle(
        items,
        out,
        _asked(purpose, disease, receiver, receiver_kind, country, commercial, promise, override, by),
        title=title,
        description=description,
        license=license_,
        authors=[_person(text, institution) for text in author or ()],
        institution=institution,
        datasets=dataset or (),
        cards=[read_card(path) for path in card or ()],
        include_data=include_data,
        keep_outputs=keep_outputs,
        replace=force,
    )
    policy = done.manifest.policy
    say(f"{done.path}: {len(done.manifest.files) + 1} files, {len(done.manifest.metrics())} declared metrics")
    for reference in done.manifest.datasets:
        how = "packed" if reference.packed else "by reference"
        codes = ", ".join(reference.data_use) or "no code"
        say(f"  reads {reference.name}: {reference.access}, {codes}, {how}")
    for line in policy.removed:
        say(f"  taken out: {line}")
    for finding in policy.findings:
        if finding.severity != "note":
            say(f"  look at {finding.source}: {finding.severity}: {finding.sentence}")
    say(f"SHA-256 {done.sha256}")
    say(f"Next: qsetu share sign {done.path}")


def _asked(
    purpose: str,
    disease: str,
    receiver: str,
    receiver_kind: str,
    country: str,
    commercial: bool,
    promise: list[str] | None,
    override: list[str] | None,
    by: str,
) -> Asked:
    from typing import Any

    from pydantic import ValidationError

    from qsetu.core.checks import as_choice
    from qsetu.core.errors import ArgumentError
    from qsetu.sharing import Override, Receiver
    from qsetu.sharing.policy import Asked

    kind: Any = as_choice("--receiver-kind", receiver_kind, ("non-profit", "commercial", "unknown"))
    chosen: Any = purpose
    try:
        whom = Receiver(name=receiver, kind=kind, country=country.upper())
    except ValidationError as error:
        where = str(error.errors()[0]["loc"][0])
        rule = "must be two letters, such as FI" if where == "country" else "must be one line"
        raise ArgumentError(f"--{where}", rule, country if where == "country" else receiver) from None
    return Asked(
        purpose=chosen,
        receiver=whom,
        disease=disease,
        commercial=commercial,
        promises=dict(_pair("--promise", text) for text in promise or ()),
        overrides=[
            Override(what, why, by) for what, why in (_pair("--override", text) for text in override or ())
        ],
    )


def _pair(option: str, text: str) -> tuple[str, str]:
    from qsetu.core.errors import ArgumentError

    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise ArgumentError(option, "must be written NAME=TEXT", text)
    return name.strip(), value.strip()


def _person(text: str, institution: str) -> Person:
    from pydantic import ValidationError

    from qsetu.core.errors import ArgumentError
    from qsetu.sharing import Person

    name, _, rest = text.partition("<")
    try:
        return Person(name=name.strip(), orcid=rest.rstrip("> ").strip(), affiliation=institution)
    except ValidationError:
        rule = "must be a name, or NAME <https://orcid.org/0000-0000-0000-0000>"
        raise ArgumentError("--author", rule, text) from None


def sign(
    bundle: _Bundle,
    key: Annotated[
        str | None,
        typer.Option("--key", help="Which of your keys, by name or identifier. Default: the only one."),
    ] = None,
    keys: _Keys = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The signature. Default: BUNDLE.dsse.json.")
    ] = None,
) -> None:
    """Sign a bundle; a second signature joins the first. QSETU_KEY_PASSPHRASE unlocks an encrypted key."""
    from qsetu.cli.share_keys import own_key, passphrase
    from qsetu.sharing import KeyList, read_private_key, sign_bundle

    believed = KeyList(keys)
    mine = own_key(believed, key)
    signer = read_private_key(believed.folder / f"{mine.keyid}.key.pem", passphrase())
    done = sign_bundle(bundle, signer, out)
    say(f"{done}: signed by {mine.name}. Send both files.")


def verify(
    bundle: _Bundle,
    rerun: Annotated[
        bool,
        typer.Option("--rerun", help="Run it again, without network, and compare every declared metric."),
    ] = False,
    signature: _Envelope = None,
    keys: _Keys = None,
    unsigned: _Unsigned = False,
    seconds: Annotated[float, typer.Option("--seconds", help="Limit of each run, wall time.")] = 1800.0,
    memory: Annotated[float, typer.Option("--memory", help="Limit of each run, GiB.")] = 8.0,
    isolation: Annotated[
        bool,
        typer.Option("--isolation/--no-isolation", help="Without: with this account's files and network."),
    ] = True,
    keep: Annotated[Path | None, typer.Option("--keep", help="Folder for the executed notebooks.")] = None,
    json_: Annotated[Path | None, typer.Option("--json", help="Write the report here, a new file.")] = None,
    max_bytes: _MaxBytes = _LARGEST,
) -> None:
    """Check it, from form to numbers. Exit code 0: nothing speaks against it; 1: something does."""
    from rich.console import Console

    from qsetu.core.files import write_whole
    from qsetu.sharing import KeyList, Limits
    from qsetu.sharing import verify as verify_bundle
    from qsetu.sharing.manifest import as_json

    console = Console()
    limits = Limits(seconds=seconds, memory=int(memory * 2**30))
    with console.status("checking") as status:
        report = verify_bundle(
            bundle,
            keys=None if unsigned and keys is None else KeyList(keys),
            envelope=signature,
            unsigned=unsigned,
            rerun=rerun,
            limits=limits,
            isolate=isolation,
            keep=keep,
            progress=lambda item, done, of: status.update(f"{item}: cell {done} of {of}"),
            max_bytes=max_bytes,
        )
    console.print(_report_table(report))
    if report.metrics:
        console.print(_metrics_table(report))
    say(report.sentence, "green" if report.passed else "red")
    if json_ is not None:
        write_whole(json_, as_json(report), replace=False)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


_STYLE = {"pass": "green", "note": "yellow", "not asked": "dim"}


def _report_table(report: VerifyReport) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, title=Text(report.title or report.bundle, style="bold")
    )
    table.title_justify = "left"
    for name in ("check", "verdict", "what was found"):
        table.add_column(name, overflow="fold")
    for check in report.checks:
        style = _STYLE.get(check.state, "red")
        table.add_row(Text(check.name), Text(check.state, style=style), Text("\n".join(check.sentences)))
    return table


def _metrics_table(report: VerifyReport) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("metric", overflow="fold")
    for name in ("stated", "found", "allowed", "verdict"):
        table.add_column(name, justify="right")
    for one in report.metrics:
        found = one.agreement
        verdict = Text(found.state, style=_STYLE.get(found.state, "red"))
        numbers = (
            "" if value is None else f"{value:.8g}" for value in (found.stated, found.found, found.allowed)
        )
        table.add_row(Text(f"{one.item}: {found.name}"), *numbers, verdict)
    return table


def inspect(bundle: _Bundle, max_bytes: _MaxBytes = _LARGEST) -> None:
    """Show what a bundle says it holds; nothing is believed, unpacked or run."""
    from rich.console import Console
    from rich.text import Text

    from qsetu.sharing import inspect_bundle

    found = inspect_bundle(bundle, max_bytes=max_bytes)
    console = Console()
    console.print(Text(found.manifest.title, style="bold"))
    for title, value in _facts(found):
        console.print(Text.assemble((f"{title}  ", "cyan"), value))
    for complaint in found.complaints:
        console.print(Text(complaint, style="red"))
    if found.complaints:
        raise typer.Exit(1)


def _facts(found: Contents) -> list[tuple[str, str]]:
    manifest = found.manifest
    policy, environment = manifest.policy, manifest.environment
    facts = [
        ("says", manifest.description),
        ("from", ", ".join([*(one.name for one in manifest.authors), manifest.institution]).strip(", ")),
        ("date", f"{manifest.date}, {manifest.license}"),
        (
            "for",
            f"{policy.receiver.name} ({policy.receiver.kind}), {' '.join([policy.purpose, policy.disease])}",
        ),
    ]
    facts += [(item.kind, f"{item.name}: {item.title}") for item in manifest.items]
    facts += [("metric", f"{item.name}: {metric}") for item, metric in manifest.metrics()]
    facts += [
        ("dataset", f"{one.name}: {one.access}, {', '.join(one.data_use) or 'no code'}, {one.license}")
        for one in manifest.datasets
    ]
    facts += [("overridden", f"{one.what} by {one.by}: {one.reason}") for one in policy.overrides]
    facts += [("vouched for", f"{code}: {text}") for code, text in policy.promises.items()]
    facts += [("taken out", line) for line in policy.removed]
    facts.append(
        ("computed by", f"qsetu {environment.qsetu}, Python {environment.python}, {environment.cpu}")
    )
    facts.append(("files", f"{len(found.sizes)}, {found.size:,} bytes"))
    facts.append(("SHA-256", found.sha256))
    return [(title, value) for title, value in facts if value.strip()]


def unpack(
    bundle: _Bundle,
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    signature: _Envelope = None,
    keys: _Keys = None,
    unsigned: _Unsigned = False,
    max_bytes: _MaxBytes = _LARGEST,
) -> None:
    """Unpack a bundle whose signature and content hold."""
    from qsetu.sharing import KeyList
    from qsetu.sharing import unpack as unpack_bundle

    manifest = unpack_bundle(
        bundle,
        folder,
        keys=None if unsigned else KeyList(keys),
        envelope=signature,
        unsigned=unsigned,
        max_bytes=max_bytes,
    )
    for item in manifest.items:
        say(f"{item.kind}: {folder / item.main}")


COMMANDS: dict[str, Callable[..., None]] = {
    "pack": pack,
    "sign": sign,
    "verify": verify,
    "inspect": inspect,
    "unpack": unpack,
}
"""Name on the command line and function of each subcommand."""
