"""All that a catalogue knows of one entry."""

from __future__ import annotations

from dataclasses import dataclass

from qsetu.sharing.catalogue.lineage import Relative, ancestors, descendants
from qsetu.sharing.catalogue.reading import Contents, object_name
from qsetu.sharing.catalogue.refs import AliasState, alias_states
from qsetu.sharing.catalogue.schema import Entry, Withdrawal
from qsetu.sharing.catalogue.storage import Store

__all__ = ["Shown", "show_entry"]


@dataclass(frozen=True)
class Shown:
    """An entry and what is around it.

    Attributes:
        entry: The entry.
        held: For each of its files, whether the catalogue has a file of its size under its hash.
        aliases: Aliases that mean it.
        contested: Aliases that an institution let mean it, and that mean another one by now.
        withdrawn: Why it is to be used no more; None where it stands.
        versions: Entries of this name and institution, newest first, itself among them.
        above: What it was made of, nearest first.
        below: What was made of it, nearest first.
    """

    entry: Entry
    held: tuple[bool, ...]
    aliases: tuple[AliasState, ...]
    contested: tuple[AliasState, ...]
    withdrawn: Withdrawal | None
    versions: tuple[Entry, ...]
    above: tuple[Relative, ...]
    below: tuple[Relative, ...]


def show_entry(store: Store, contents: Contents, entry: Entry) -> Shown:
    """What ``contents`` and the files beside them say of ``entry``."""
    states = alias_states(contents).values()
    versions = (
        one for one in contents.newest() if (one.name, one.institution) == (entry.name, entry.institution)
    )
    return Shown(
        entry=entry,
        held=tuple(store.size(object_name(file.sha256)) == file.size for file in entry.files),
        aliases=tuple(one for one in states if one.winner.target == entry.id),
        contested=tuple(one for one in states if entry.id in {other.target for other in one.others}),
        withdrawn=contents.withdrawn(entry.id),
        versions=tuple(versions),
        above=ancestors(contents, entry),
        below=descendants(contents, entry),
    )
