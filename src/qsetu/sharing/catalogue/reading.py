"""Reading what others wrote: every file is checked, and what is wrong is left out with a note."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from qsetu.core.errors import DataError
from qsetu.core.strict_json import first_complaint, parse_strict
from qsetu.sharing.catalogue.schema import (
    ENTRY_FORMAT,
    KINDS,
    LEVELS,
    VERSION,
    Access,
    Alias,
    CatalogueCard,
    Entry,
    Record,
    Withdrawal,
    canonical,
    may_hold,
    timestamp,
)
from qsetu.sharing.catalogue.storage import Absent, Store

__all__ = [
    "CARD",
    "LIST",
    "LIST_FORMAT",
    "MAX_ENTRIES",
    "MAX_ENTRY_BYTES",
    "Contents",
    "entry_name",
    "object_name",
    "parse_record",
    "printable",
    "read_card",
    "read_contents",
]

CARD, LIST = "catalogue.json", "entries.json"
LIST_FORMAT = "qsetu.catalogue-list"
MAX_ENTRY_BYTES = 64 * 1024
MAX_ENTRIES = 100_000
_MAX_LIST_BYTES = 70 * MAX_ENTRIES
_ENTRY_FILE = re.compile(r"([0-9a-f]{64})\.json")
# How far ahead a clock may be: what is dated later would stay the newest of its name for ever.
_AHEAD = timedelta(days=1)

Written = TypeVar("Written", bound=BaseModel)


@dataclass(frozen=True)
class Contents:
    """What a catalogue says at one time.

    Attributes:
        entries: By id.
        aliases: Every one ever written, by id.
        withdrawals: By id.
        problems: What was left out, and why.
    """

    entries: Mapping[str, Entry]
    aliases: Mapping[str, Alias]
    withdrawals: Mapping[str, Withdrawal]
    problems: tuple[str, ...]

    def newest(self) -> list[Entry]:
        """All entries, newest first."""
        order = sorted(((one.created, key) for key, one in self.entries.items()), reverse=True)
        return [self.entries[key] for _, key in order]

    def gone(self) -> set[str]:
        """Ids that are withdrawn."""
        return {one.target for one in self.withdrawals.values()}

    def withdrawn(self, entry_id: str) -> Withdrawal | None:
        """The first withdrawal of an entry; None where it stands."""
        found = [(one.created, key) for key, one in self.withdrawals.items() if one.target == entry_id]
        return self.withdrawals[min(found)[1]] if found else None

    def levels(self) -> dict[str, Access]:
        """The most sensitive level of each file content, by SHA-256, over all entries that name it.

        Withdrawn ones too: else a withdrawal by anyone would set free what an institution keeps.
        """
        found: dict[str, Access] = {}
        for entry in self.entries.values():
            for file in entry.files:
                before = found.get(file.sha256, LEVELS[0])
                found[file.sha256] = entry.access if may_hold(entry.access, before) else before
        return found


def entry_name(entry_id: str) -> str:
    """Path of an entry below the root."""
    return f"entries/{entry_id}.json"


def object_name(sha256: str) -> str:
    """Path of a file's content below the root."""
    return f"objects/{sha256[:2]}/{sha256}"


def read_card(store: Store) -> CatalogueCard:
    """What a catalogue is.

    Raises:
        DataError: There is none, or it is damaged or newer than this qsetu.
    """
    try:
        data = store.read(CARD, MAX_ENTRY_BYTES)
    except Absent:
        raise DataError(
            f"'{store.shown}' is no catalogue: it has no {CARD}. `qsetu catalogue init` makes one; a "
            "mistyped address looks the same."
        ) from None
    except DataError as error:
        raise DataError(f"Catalogue '{store.shown}' cannot be opened: {error}.") from None
    try:
        return _validated(data, CatalogueCard, "qsetu.catalogue")
    except DataError as error:
        raise DataError(f"Catalogue '{store.shown}' cannot be opened: {CARD}: {error}.") from None


def read_contents(store: Store, known: dict[str, Record]) -> Contents:
    """All entries that can be read, and notes on the others.

    Args:
        store: Where.
        known: What was read before, by id; what is new is added. An entry never changes: its id is its hash.

    Raises:
        DataError: The catalogue cannot be listed.
    """
    sizes, problems = _listed(store)
    wanted = sorted(sizes)
    if len(wanted) > MAX_ENTRIES:
        problems.append(f"{len(wanted) - MAX_ENTRIES} entries are not read: {MAX_ENTRIES} is the most")
        wanted = wanted[:MAX_ENTRIES]
    for key in [key for key in wanted if sizes[key] > MAX_ENTRY_BYTES]:
        problems.append(f"entry {key[:12]} is skipped: it is larger than {MAX_ENTRY_BYTES} bytes")
    wanted = [key for key in wanted if sizes[key] <= MAX_ENTRY_BYTES]
    names = {entry_name(key): key for key in wanted if key not in known}
    for name, data in store.read_many(names, MAX_ENTRY_BYTES):
        try:
            if isinstance(data, DataError):
                raise data
            known[names[name]] = parse_record(data, names[name])
        except DataError as error:
            problems.append(f"entry {names[name][:12]} is skipped: {error}")
    latest = timestamp(datetime.now(UTC) + _AHEAD)
    records: dict[str, Record] = {}
    for key in wanted:
        if key in known and known[key].created > latest:
            problems.append(f"entry {key[:12]} is skipped: it is dated in the future, {known[key].created}")
        elif key in known:
            records[key] = known[key]
    return Contents(
        {key: one for key, one in records.items() if isinstance(one, Entry)},
        {key: one for key, one in records.items() if isinstance(one, Alias)},
        {key: one for key, one in records.items() if isinstance(one, Withdrawal)},
        tuple(problems),
    )


def parse_record(data: bytes, entry_id: str) -> Record:
    """The entry, alias or withdrawal in ``data``, which was found under the name ``entry_id``.

    Raises:
        DataError: It is another one, not in canonical form, of another format or version, or breaks a rule.
    """
    if hashlib.sha256(data).hexdigest() != entry_id:
        raise DataError("its content has another hash than its name, as when it is damaged or cut short")
    kind = _parsed(data, ENTRY_FORMAT).get("kind")
    models: dict[Any, type[Record]] = {"alias": Alias, "withdrawn": Withdrawal, **dict.fromkeys(KINDS, Entry)}
    if not isinstance(kind, str) or kind not in models:
        raise DataError(f"it is damaged: kind must be one of {', '.join(models)}")
    found = _validated(data, models[kind], ENTRY_FORMAT)
    # One spelling only: no key twice, no number that only looks like one, nothing that another reader might
    # understand in another way.
    if canonical(found) != data:
        raise DataError("it is damaged: not in canonical form (keys sorted, no spaces, ASCII)")
    return found


def _validated(data: bytes, model: type[Written], form: str) -> Written:
    try:
        return model.model_validate(_parsed(data, form))
    except ValidationError as error:
        raise DataError(f"it is damaged: {printable(first_complaint(error))}") from None


def printable(text: str) -> str:
    """``text`` without what a terminal would act on, at most 300 characters."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)[:300]


def _parsed(data: bytes, form: str) -> dict[str, Any]:
    try:
        content = parse_strict(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise DataError("it is not valid JSON") from None
    if not isinstance(content, dict) or content.get("format") != form:
        raise DataError(f"it is not of format '{form}'")
    version = content.get("version")
    if version != VERSION or isinstance(version, bool):
        raise DataError(f"it has version {repr(version)[:20]}, and this qsetu reads version {VERSION}")
    return content


def _listed(store: Store) -> tuple[dict[str, int], list[str]]:
    """Ids of all entries with the bytes of each (0 where nobody says), and what is odd."""
    if store.writable:
        files = store.names("entries")
        found = {match[1]: size for name, size in files.items() if (match := _ENTRY_FILE.fullmatch(name))}
        return found, []
    try:
        content = _parsed(store.read(LIST, _MAX_LIST_BYTES), LIST_FORMAT)
    except Absent:
        raise DataError(
            f"Catalogue '{store.shown}' has no {LIST}, and a web address cannot be listed. "
            "`qsetu catalogue site` writes a copy that can be served."
        ) from None
    except DataError as error:
        raise DataError(f"Catalogue '{store.shown}' cannot be listed: {LIST}: {error}.") from None
    ids = content.get("entries")
    if not isinstance(ids, list):
        raise DataError(f"Catalogue '{store.shown}' cannot be listed: its {LIST} has no list of entries.")
    good = {key: 0 for key in ids if isinstance(key, str) and _ENTRY_FILE.fullmatch(f"{key}.json")}
    odd = (
        []
        if len(good) == len(ids)
        else [f"{len(ids) - len(good)} lines of {LIST} name no entry, or one again"]
    )
    return good, odd
