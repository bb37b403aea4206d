"""``qsetu share keys``: an institution's own key, and the list of its partners'."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qsetu.cli.plain import say

if TYPE_CHECKING:
    from qsetu.sharing.signing import KeyList, Partner

__all__ = ["COMMANDS", "own_key", "passphrase"]

_Keys = Annotated[
    Path | None, typer.Option("--keys", help="Folder of keys. Default: the user's configuration folder.")
]
_Which = Annotated[str, typer.Argument(metavar="KEY", help="A name, or the first 8 signs of an identifier.")]


def passphrase() -> bytes | None:
    """What unlocks an encrypted key: the variable QSETU_KEY_PASSPHRASE."""
    text = os.environ.get("QSETU_KEY_PASSPHRASE", "")
    return text.encode() if text else None


def own_key(keys: KeyList, which: str | None) -> Partner:
    """The one of this institution's keys that is meant.

    Raises:
        ArgumentError: There is none, or several and none is named.
        KeyListError: It was revoked, or has expired.
    """
    from qsetu.core.errors import ArgumentError
    from qsetu.sharing import KeyListError

    mine = [one for one in keys.partners if one.own and one.revoked is None]
    if which is not None:
        found = keys.one(which)
        if not found.own:
            raise ArgumentError("--key", "must be a key of your own", which)
    elif len(mine) == 1:
        found = mine[0]
    else:
        names = ", ".join(f"{one.name} ({one.keyid[:8]})" for one in mine)
        hint = "Make one: qsetu share keys make NAME" if not mine else f"Yours: {names}."
        raise ArgumentError("--key", "must name one of your keys", None, hint)
    if trouble := found.trouble(date.today()):
        raise KeyListError(f"Nothing is signed: {trouble}.")
    return found


def make(
    name: Annotated[str, typer.Argument(help="Your institution, as partners shall read it.")],
    days: Annotated[
        int | None,
        typer.Option("--days", min=1, help="For how long its signatures are accepted. Default: no end."),
    ] = None,
    keys: _Keys = None,
) -> None:
    """Make a key of your own. With QSETU_KEY_PASSPHRASE set, its private part is encrypted."""
    from datetime import timedelta

    from qsetu.sharing import KeyList, make_key

    believed = KeyList(keys)
    expires = None if days is None else date.today() + timedelta(days=days)
    key = make_key(name, believed.folder, expires=expires, passphrase=passphrase())
    believed.add(key, own=True)
    say(f"Private: {believed.folder / (key.keyid + '.key.pem')} (keep it, and a copy on another disk)")
    say(f"Public:  {believed.folder / (key.keyid + '.public.json')} (send it to partners)")
    say(f"Fingerprint, to be read to them over the telephone: {key.fingerprint}")


def show(keys: _Keys = None) -> None:
    """List your keys and your partners'."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from qsetu.sharing import KeyList
    from qsetu.sharing.signing.keys import fingerprint

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("name", "whose", "fingerprint", "accepted"):
        table.add_column(title, overflow="fold")
    for one in KeyList(keys).partners:
        trouble = one.trouble(date.today())
        state = Text(
            trouble or (f"until {one.expires}" if one.expires else "yes"), "red" if trouble else "green"
        )
        table.add_row(Text(one.name), "yours" if one.own else "partner", fingerprint(one.keyid), state)
    Console().print(table)


def add(
    file: Annotated[Path, typer.Argument(help="The public key that a partner sent: ....public.json.")],
    fingerprint: Annotated[
        str | None,
        typer.Option("--fingerprint", help="What the partner read to you. Asked for if it is not given."),
    ] = None,
    name: Annotated[str, typer.Option("--name", help="What to call them. Default: as they do.")] = "",
    keys: _Keys = None,
) -> None:
    """Believe a partner's key from now on, once its fingerprint was compared."""
    from qsetu.core.errors import ArgumentError
    from qsetu.sharing import KeyList, read_public_key

    key = read_public_key(file)
    said = typer.prompt("The fingerprint that they read to you") if fingerprint is None else fingerprint
    if "".join(str(said).split()).lower() != key.fingerprint.replace(" ", ""):
        rule = "must be the one of the key in the file; somebody may have sent another one"
        raise ArgumentError("--fingerprint", rule, said)
    partner = KeyList(keys).add(key, name=name)
    say(f"Bundles signed by {partner.name} are accepted.")


def revoke(
    key: _Which,
    reason: Annotated[str, typer.Option("--reason", help="Why, for those who meet it.")],
    keys: _Keys = None,
) -> None:
    """Never accept a key's signatures again, whenever they were made."""
    from qsetu.sharing import KeyList

    done = KeyList(keys).revoke(key, reason)
    say(f"The key of {done.name} is revoked.")


COMMANDS: dict[str, Callable[..., None]] = {"make": make, "list": show, "add": add, "revoke": revoke}
"""Name on the command line and function of each subcommand."""
