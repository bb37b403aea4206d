"""What a reference means: an id, its first digits, a name, a name with a label, an alias."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from qsetu.core.errors import ArgumentError, DataError
from qsetu.sharing.catalogue.reading import Contents
from qsetu.sharing.catalogue.schema import Alias, Entry

__all__ = ["AliasState", "alias_states", "resolve"]

_DIGITS = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True)
class AliasState:
    """Where an alias points.

    Attributes:
        name: What it is called.
        winner: The latest that was written (of two at the same time, the one with the larger id).
        others: The latest of every other institution, where that points elsewhere; newest first.
    """

    name: str
    winner: Alias
    others: tuple[Alias, ...]


def alias_states(contents: Contents) -> dict[str, AliasState]:
    """Every alias of a catalogue, by name."""
    order = sorted((one.created, key) for key, one in contents.aliases.items())
    latest: dict[str, dict[str, Alias]] = {}
    for _, key in order:
        one = contents.aliases[key]
        mine = latest.setdefault(one.name, {})
        mine.pop(one.institution, None)  # so that the last one in the dictionary is the latest
        mine[one.institution] = one
    found = {}
    for name in sorted(latest):
        winner, *others = reversed(latest[name].values())
        found[name] = AliasState(name, winner, tuple(one for one in others if one.target != winner.target))
    return found


def resolve(contents: Contents, ref: str) -> Entry:
    """The one entry that ``ref`` means.

    Args:
        contents: Of a catalogue.
        ref: An id, or at least 8 of its first digits; ``name`` (the newest that stands); ``name@label``;
            an alias.

    Raises:
        ArgumentError: It means nothing here, or several things; lists them.
        DataError: It is an alias of an entry that this catalogue lacks.
    """
    text = ref.strip() if isinstance(ref, str) else ""
    if text in contents.entries:
        return contents.entries[text]
    found = [key for key in contents.entries if key.startswith(text)] if _DIGITS.fullmatch(text) else []
    name, at, label = text.partition("@")
    named = [one for one in contents.newest() if one.name == name]
    if at:
        found += [one.id for one in named if one.label == label]
    else:
        gone = contents.gone()
        standing = [one for one in named if one.id not in gone]
        # Of one institution the newest; of several, none is more the thing that was meant than the others.
        found += [one.id for one in {one.institution: one for one in reversed(standing)}.values()]
        alias = alias_states(contents).get(name)
        if alias is not None and alias.winner.target not in contents.entries:
            target = alias.winner.target[:12]
            raise DataError(f"Alias '{name}' points to entry {target}, which this catalogue does not have.")
        found += [alias.winner.target] if alias is not None else []
        if named and not found:
            told = ", ".join(f"{one.id[:12]} ({one.label})" for one in named)
            raise DataError(
                f"Every entry named '{name}' is withdrawn: {told}. Give an id to get one of them."
            )
    ids = list(dict.fromkeys(found))
    if len(ids) == 1:
        return contents.entries[ids[0]]
    if ids:
        raise ArgumentError("ref", "must mean one entry", ref, _several(contents, ids))
    raise ArgumentError(
        "ref",
        "must be an entry of this catalogue: an id or 8 of its first digits, name, name@label, or an alias",
        ref,
        _guess(text, [one.name for one in contents.entries.values()] + list(alias_states(contents))),
    )


def _several(contents: Contents, ids: list[str]) -> str:
    told = [contents.entries[key] for key in ids[:8]]
    words = "; ".join(
        f"{one.id[:12]} {one.name}@{one.label}" + (f" of {one.institution}" if one.institution else "")
        for one in told
    )
    return f"It means {len(ids)}: {words}. Give one of these ids."


def _guess(text: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(text.partition("@")[0], sorted(set(known)), n=1)
    return f"Did you mean '{close[0]}'?" if close else "`qsetu catalogue search` lists what there is."
