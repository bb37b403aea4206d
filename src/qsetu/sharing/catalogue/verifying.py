"""Reading all of a catalogue: what is missing, damaged, or where it should not be."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

from qsetu.core.errors import DataError
from qsetu.sharing.catalogue.reading import Contents, object_name, printable
from qsetu.sharing.catalogue.schema import LEVELS, CatalogueCard, may_hold
from qsetu.sharing.catalogue.storage import Absent, Store

__all__ = ["Finding", "VerifyReport", "verify_catalogue"]

_OBJECT = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})")


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        kind: "unreadable" (an entry, or a wrong size in one), "damaged" or "missing" (a file), "misplaced" (a
            file too sensitive for this catalogue); or, harmless, "unnamed" (a file that no entry names, as a
            push that was cut short leaves it) and "unknown" (not a file of a catalogue).
        name: Which file, below the root.
        detail: What was found.
    """

    kind: Literal["unreadable", "damaged", "missing", "misplaced", "unnamed", "unknown"]
    name: str
    detail: str

    @property
    def harmless(self) -> bool:
        """Whether everything can be read and nothing is out of place in spite of it."""
        return self.kind in ("unnamed", "unknown")


@dataclass(frozen=True)
class VerifyReport:
    """What was read, and what is wrong.

    Attributes:
        entries: Entries, aliases and withdrawals that are right.
        objects: Files that are right.
        withheld: Files that are not here because their entries are too sensitive, or never came.
        findings: What is not as it should be.
    """

    entries: int
    objects: int
    withheld: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong but what is harmless."""
        return all(one.harmless for one in self.findings)


def verify_catalogue(store: Store, card: CatalogueCard, contents: Contents) -> VerifyReport:
    """Hash every file that entries name, and look for others.

    Args:
        store: Where it lies.
        card: What it may hold.
        contents: All of its entries, just read.

    Raises:
        DataError: It cannot be listed.
    """
    findings = [Finding("unreadable", "entries", problem) for problem in contents.problems]
    levels = contents.levels()
    sizes: dict[str, set[int]] = defaultdict(set)
    for entry in contents.entries.values():
        for file in entry.files:
            sizes[file.sha256].add(file.size)
    right, withheld = 0, 0
    for digest in sorted(sizes):
        name, level = object_name(digest), levels[digest]
        try:
            found, size = _hashed(store, name)
        except Absent:
            # A Restricted file is rightly absent from where its card came alone.
            if level == LEVELS[0] or (level == LEVELS[-1] and may_hold(card.holds, level)):
                findings.append(Finding("missing", name, "an entry names it, and it is not here"))
            else:
                withheld += 1
            continue
        except DataError as error:
            findings.append(Finding("damaged", name, str(error)))
            continue
        if found != digest:
            findings.append(Finding("damaged", name, f"it holds {size} bytes of SHA-256 {found[:12]}"))
        elif sizes[digest] != {size}:
            findings.append(Finding("unreadable", name, f"it has {size} bytes, and an entry says otherwise"))
        elif not may_hold(card.holds, level):
            findings.append(Finding("misplaced", name, f"it is {level}, the catalogue holds {card.holds}"))
        else:
            right += 1
    if store.writable:  # else it cannot be listed
        findings += _strangers(store, set(sizes))
    total = len(contents.entries) + len(contents.aliases) + len(contents.withdrawals)
    return VerifyReport(total, right, withheld, tuple(findings))


def _hashed(store: Store, name: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with closing(store.chunks(name)) as parts:
        for part in parts:
            digest.update(part)
            size += len(part)
    return digest.hexdigest(), size


def _strangers(store: Store, named: set[str]) -> list[Finding]:
    found = []
    for name in sorted(store.names("objects")):
        match = _OBJECT.fullmatch(name)
        if match is None:
            found.append(Finding("unknown", printable(f"objects/{name}"), "it is no file of a catalogue"))
        elif match[2] not in named:
            found.append(Finding("unnamed", f"objects/{name}", "no entry names it"))
    for name in sorted(store.names("entries")):
        if not re.fullmatch(r"[0-9a-f]{64}\.json", name):
            found.append(Finding("unknown", printable(f"entries/{name}"), "it is no entry"))
    return found
