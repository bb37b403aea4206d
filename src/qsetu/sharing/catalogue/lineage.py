"""What an entry was made of, and what was made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from qsetu.sharing.catalogue.reading import Contents
from qsetu.sharing.catalogue.schema import Entry

__all__ = ["Relative", "ancestors", "descendants"]


@dataclass(frozen=True)
class Relative:
    """An entry above or below another one.

    Attributes:
        digest: Its id; the SHA-256 that is named, where no entry of the catalogue has it.
        steps: How far away, from 1.
        entry: None where the catalogue does not have it.
    """

    digest: str
    steps: int
    entry: Entry | None


def ancestors(contents: Contents, entry: Entry) -> tuple[Relative, ...]:
    """What ``entry`` was made of, and what that was made of; each once, nearest first."""
    holders = _holders(contents)

    def above(one: Entry) -> Iterable[str]:
        for digest in one.derived_from:
            yield from [digest] if digest in contents.entries else holders.get(digest, [digest])

    return _walk(contents, entry, above)


def descendants(contents: Contents, entry: Entry) -> tuple[Relative, ...]:
    """What was made of ``entry`` or of a file of it, and so on; each once, nearest first."""
    made: dict[str, list[str]] = defaultdict(list)
    for key, one in contents.entries.items():
        for digest in one.derived_from:
            made[digest].append(key)

    def below(one: Entry) -> Iterable[str]:
        for digest in (one.id, *(file.sha256 for file in one.files)):
            yield from made.get(digest, [])

    return _walk(contents, entry, below)


def _holders(contents: Contents) -> dict[str, list[str]]:
    """Ids of the entries that have a file, by its SHA-256."""
    found: dict[str, list[str]] = defaultdict(list)
    for key, one in contents.entries.items():
        for file in one.files:
            found[file.sha256].append(key)
    return found


def _walk(
    contents: Contents, entry: Entry, next_to: Callable[[Entry], Iterable[str]]
) -> tuple[Relative, ...]:
    # By files there can be circles, even honest ones: whoever was met is not met again.
    met, ring = {entry.id}, [entry]
    found: list[Relative] = []
    steps = 0
    while ring:
        steps += 1
        digests = [digest for one in ring for digest in next_to(one)]
        ring = []
        for digest in sorted(set(digests) - met):
            relative = contents.entries.get(digest)
            found.append(Relative(digest, steps, relative))
            ring += [relative] if relative is not None else []
        met.update(digests)
    return tuple(found)
