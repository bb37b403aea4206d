"""Finding entries by words."""

from __future__ import annotations

import re

from qsetu.core.checks import as_choice
from qsetu.genomics.duo import DUO_TERMS
from qsetu.sharing.catalogue.reading import Contents
from qsetu.sharing.catalogue.schema import KINDS, LEVELS, Entry

__all__ = ["find_words"]


def find_words(
    contents: Contents,
    text: str = "",
    *,
    kind: str | None = None,
    access: str | None = None,
    institution: str | None = None,
    withdrawn: bool = False,
) -> list[Entry]:
    """Entries in which every word of ``text`` begins a word; best first, of equals the newest.

    A word counts most in a name, then in the title, then in license, institution and data use, then in the
    description. Upper and lower case are the same.

    Args:
        contents: Of a catalogue.
        text: Words; without any, all entries.
        kind: Only of this kind.
        access: Only of this level.
        institution: Only of institutions with this in their names.
        withdrawn: Withdrawn entries too.

    Raises:
        ArgumentError: There is no such kind or level.
    """
    if kind is not None:
        as_choice("kind", kind, KINDS)
    if access is not None:
        as_choice("access", access, LEVELS)
    wanted, gone = _words(text), contents.gone()
    scored = []
    for entry in contents.newest():
        fits = (
            (withdrawn or entry.id not in gone)
            and kind in (None, entry.kind)
            and access in (None, entry.access)
            and (institution or "").casefold() in entry.institution.casefold()
        )
        if fits and (score := _score(entry, wanted)) is not None:
            scored.append((score, entry))
    return [entry for _, entry in sorted(scored, key=lambda pair: -pair[0])]


def _score(entry: Entry, wanted: list[str]) -> int | None:
    """How well an entry fits; None where a word is nowhere in it."""
    terms = " ".join(f"{code} {DUO_TERMS.get(code, '')}" for code in entry.data_use)
    fields = (
        (8, _words(entry.name)),
        (4, _words(entry.title)),
        (
            2,
            _words(f"{entry.license} {entry.institution} {entry.author} {terms} {entry.kind} {entry.access}"),
        ),
        (1, _words(entry.description)),
    )
    total = 0
    for word in wanted:
        best = max((weight for weight, words in fields if any(w.startswith(word) for w in words)), default=0)
        if not best:
            return None
        total += best
    return total


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())
