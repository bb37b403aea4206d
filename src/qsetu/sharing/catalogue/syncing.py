"""Two catalogues made equal: the union of what each may hold, nothing of either lost."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from qsetu.core.errors import DataError, OutputError
from qsetu.sharing.catalogue.catalogue import Catalogue
from qsetu.sharing.catalogue.reading import Contents, entry_name, object_name
from qsetu.sharing.catalogue.schema import (
    LEVELS,
    Access,
    Alias,
    Entry,
    FileFact,
    Record,
    Withdrawal,
    canonical,
    may_hold,
)
from qsetu.sharing.catalogue.storage import Absent

__all__ = ["Carried", "SyncReport", "sync"]


@dataclass
class Carried:
    """What went from one catalogue to another.

    Attributes:
        records: Entries, aliases and withdrawals that are new there.
        objects: Files that are new there.
        bytes: Their size.
        kept_back: Entries, aliases and withdrawals that may not go there.
        withheld: SHA-256 of files that may not go there, though their entries may.
        absent: SHA-256 of files that neither has.
        problems: What could not be read, and why.
    """

    records: int = 0
    objects: int = 0
    bytes: int = 0
    kept_back: int = 0
    withheld: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class SyncReport:
    """What went both ways; ``to_a`` is None where only one was asked for."""

    to_b: Carried
    to_a: Carried | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read on either side, and why."""
        return tuple(self.to_b.problems + (self.to_a.problems if self.to_a else []))


def sync(a: Catalogue, b: Catalogue, *, one_way: bool = False, files: bool = True) -> SyncReport:
    """Bring to each catalogue what the other has, as far as it may hold it.

    Private entries go only to where Private may be held, title and all. Cards of Restricted entries go
    everywhere, their files only to where Restricted may be held. Of several entries that name the same bytes,
    on either side, the most sensitive one counts. Nothing is removed or changed, so order does not matter,
    and a sync cut short is finished by the next.

    Args:
        a: One catalogue.
        b: The other one.
        one_way: Only from ``a`` to ``b``; then ``a`` may be a web address.
        files: Whether files are carried; else entries alone, and a later sync brings the files.

    Raises:
        ArgumentError: A catalogue that should be written is read only.
        DataError: One cannot be listed.
        OutputError: One cannot be written.
    """
    for one in (b,) if one_way else (a, b):
        if not one.store.writable:
            raise one.store.read_only()
    first, second = a.read(), b.read()
    levels = _higher(first.levels(), second.levels())
    to_b = _carry(a, first, b, second, levels, files)
    return SyncReport(to_b, None if one_way else _carry(b, second, a, first, levels, files))


def _higher(one: Mapping[str, Access], other: Mapping[str, Access]) -> dict[str, Access]:
    found = dict(one)
    for digest, level in other.items():
        if digest not in found or not may_hold(found[digest], level):
            found[digest] = level
    return found


def _carry(
    source: Catalogue,
    have: Contents,
    target: Catalogue,
    there: Contents,
    levels: Mapping[str, Access],
    files: bool,
) -> Carried:
    done = Carried(problems=[f"{source.location}: {problem}" for problem in have.problems])
    holds = target.card.holds
    told = {
        key for key, one in have.entries.items() if one.access != LEVELS[-1] or may_hold(holds, one.access)
    }
    done.kept_back = len(have.entries) - len(told)
    with tempfile.TemporaryDirectory(prefix="qsetu-sync-") as folder:
        for file in _files(have, told) if files else ():
            if may_hold(holds, levels[file.sha256]):
                _carry_file(source, target, file, Path(folder) / "file", done)
            else:
                done.withheld.append(file.sha256)
    # Files first: an entry that is there has its files there, as after a push.
    for key in sorted(told - set(there.entries)):
        _write(target, key, have.entries[key], done)
    known = told | (set(there.entries) - set(have.entries))
    others: dict[str, Alias | Withdrawal] = {**have.aliases, **have.withdrawals}
    for key, record in others.items():
        if record.target not in known:
            # Of a private entry, or of one that cannot be read and may be private.
            done.kept_back += 1
        elif key not in there.aliases and key not in there.withdrawals:
            _write(target, key, record, done)
    return done


def _files(contents: Contents, told: set[str]) -> Iterator[FileFact]:
    """Each content once, in a fixed order."""
    entries: list[Entry] = [contents.entries[key] for key in sorted(told)]
    # By size too: an entry that gives a wrong one must not keep back what a right one names.
    yield from {(file.sha256, file.size): file for entry in entries for file in entry.files}.values()


def _carry_file(source: Catalogue, target: Catalogue, file: FileFact, copy: Path, done: Carried) -> None:
    name = object_name(file.sha256)
    if target.store.size(name) == file.size:
        return
    try:
        source.store.fetch(name, copy, file.size, file.sha256)
    except Absent:
        done.absent.append(file.sha256)
        return
    except DataError as error:
        what = f"{source.location}: file {file.sha256[:12]} ({file.name})"
        done.problems.append(f"{what} is not carried: {error}")
        return
    except OSError as error:
        reason = f"'{copy.parent}' cannot be written ({error.strerror})"
        raise OutputError(f"{reason}. TMPDIR can name another folder.") from None
    target.store.put(name, copy, file.sha256)
    done.objects += 1
    done.bytes += file.size


def _write(target: Catalogue, key: str, record: Record, done: Carried) -> None:
    target.store.put(entry_name(key), canonical(record), key)
    done.records += 1
