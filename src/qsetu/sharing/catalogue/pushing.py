"""Making an entry of files and facts."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError, DataError, Said, shorten
from qsetu.core.hashing import file_sha256
from qsetu.genomics.duo import DUO_TERMS
from qsetu.genomics.privacy import scan_file
from qsetu.sharing.catalogue.reading import MAX_ENTRY_BYTES, Contents
from qsetu.sharing.catalogue.refs import alias_states, resolve
from qsetu.sharing.catalogue.schema import (
    KINDS,
    LEVELS,
    Access,
    CatalogueCard,
    Entry,
    FileFact,
    canonical,
    may_hold,
    timestamp,
)
from qsetu.sharing.errors import PolicyRefusal
from qsetu.sharing.policy import scan_files

__all__ = ["check_leaks", "check_levels", "check_name", "checked", "file_facts", "new_entry"]

_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".gz": "application/gzip",
    ".h5": "application/x-hdf5",
    ".h5ad": "application/x-hdf5",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".md": "text/markdown",
    ".npz": "application/zip",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".zip": "application/zip",
}
# Bundles were scanned when they were packed, with reasons for what may leave; of a dataset its card decides.
_SCANNED = ("notebook", "experiment", "model")
_READ_WHOLE = 64 * 2**20
_LIKE_AN_ID = re.compile(r"[0-9a-f]{8,}")

Written = TypeVar("Written", bound=BaseModel)


def checked(model: type[Written], **facts: Any) -> Written:
    """``model`` with ``facts``.

    Raises:
        ArgumentError: A fact breaks a rule; names it.
    """
    try:
        return model(**facts)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        said = str(first["msg"]).removeprefix("Value error, ")
        where = ".".join(str(part) for part in first["loc"])
        if not where:  # a rule over several fields begins with the name of one
            where, _, said = said.partition(": ")
        rule = said if said.startswith("must ") else f"breaks a rule: {said}"
        raise ArgumentError(where, rule, first["input"]) from None


def file_facts(paths: Iterable[str | Path]) -> list[tuple[Path, FileFact]]:
    """Each file with its name, hash and size.

    Raises:
        ArgumentError: One is a folder, or its name cannot be used everywhere.
        DataError: One cannot be read.
    """
    if isinstance(paths, (str, Path)):
        paths = [paths]
    found = []
    for path in map(Path, paths):
        try:
            facts = path.stat()
            if not stat.S_ISREG(facts.st_mode):
                hint = "Pack a folder first: as a bundle, or with zip."
                raise ArgumentError("files", "must be files", Said(f"'{path}'"), hint)
            digest = file_sha256(path)
        except OSError as error:
            raise DataError(f"File '{path}' cannot be read ({error.strerror}).") from None
        media = _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
        try:
            fact = checked(FileFact, name=path.name, sha256=digest, size=facts.st_size, media_type=media)
        except ArgumentError as error:
            raise ArgumentError("files", error.rule, path.name) from None
        found.append((path, fact))
    return found


def new_entry(
    contents: Contents,
    card: CatalogueCard,
    files: Sequence[FileFact],
    *,
    derived_from: Iterable[str],
    label: str | None,
    **facts: Any,
) -> Entry:
    """The entry of ``files``; the one that is there already, if it says the same and stands.

    Raises:
        ArgumentError: A fact breaks a rule, or the label is taken.
    """
    as_choice("kind", facts["kind"], KINDS)
    as_choice("access", facts["access"], LEVELS)
    facts["data_use"] = _texts(facts["data_use"])
    for code in facts["data_use"]:
        if code not in DUO_TERMS:
            hint = "DUO:0000042 is general research use, DUO:0000004 no restriction."
            raise ArgumentError("data_use", "must be codes of the Data Use Ontology known here", code, hint)
    facts["institution"] = card.institution if facts["institution"] is None else facts["institution"]
    facts["derived_from"] = tuple(dict.fromkeys(_digest(contents, ref) for ref in _texts(derived_from)))
    mine = (facts["name"], facts["institution"])
    same = (one for one in contents.entries.values() if (one.name, one.institution) == mine)
    created = timestamp(after=(one.created for one in same))
    chosen = _next_label(contents, str(facts["name"]), created[:10]) if label is None else label
    entry = checked(Entry, created=created, label=chosen, files=tuple(files), **facts)
    size = len(canonical(entry))
    if size > MAX_ENTRY_BYTES:
        rule = f"must fit in {MAX_ENTRY_BYTES} bytes with the rest of the entry"
        raise ArgumentError("description", rule, Said(f"{size} bytes"), "Shorten it, or pack the files.")
    check_name(contents, entry.name)
    return _known(contents, entry, label) or entry


def _known(contents: Contents, entry: Entry, label: str | None) -> Entry | None:
    """The oldest entry that stands and says what ``entry`` says; when it was written is no difference."""
    gone = contents.gone()
    for key, one in sorted(contents.entries.items(), key=lambda item: item[1].created):
        told = one.model_copy(update={"created": entry.created})
        if label is None:
            told = told.model_copy(update={"label": entry.label})
        if told == entry and key not in gone:
            return one
        if label and (one.institution, one.name, one.label) == (entry.institution, entry.name, label):
            hint = "Choose another, or none: then it is today's date and a number."
            raise ArgumentError("label", f"is taken by entry {key[:12]}", label, hint)
    return None


def _next_label(contents: Contents, name: str, day: str) -> str:
    labels = [one.label for one in contents.entries.values() if one.name == name]
    numbers = [int(match[1]) for one in labels if (match := re.fullmatch(rf"{day}\.([0-9]{{1,9}})", one))]
    return f"{day}.{max(numbers, default=0) + 1}"


def check_name(contents: Contents, name: str, *, alias: bool = False) -> None:
    """Refuse a name that would be taken for something else.

    Raises:
        ArgumentError: It looks like an id, or is an alias here (for an alias: the name of an entry).
    """
    if _LIKE_AN_ID.fullmatch(name):
        raise ArgumentError("name", "must not look like the beginning of an id (0-9 and a-f only)", name)
    if not alias and name in alias_states(contents):
        raise ArgumentError("name", "must not be an alias of this catalogue", name)
    if alias and any(one.name == name for one in contents.entries.values()):
        raise ArgumentError("name", "must not be the name of an entry of this catalogue", name)


def check_levels(contents: Contents, card: CatalogueCard, entry: Entry) -> None:
    """Refuse what this catalogue may not be told, and files that it knows to be more sensitive.

    Raises:
        ArgumentError: Says which rule, and what would be allowed.
    """
    if entry.access == "Private" and not may_hold(card.holds, entry.access):
        raise ArgumentError(
            "access",
            f"must not be Private in a catalogue that holds up to {card.holds}: no word of it may go there",
            entry.access,
            "Push to one that was made with --holds Private.",
        )
    levels: dict[str, Access] = contents.levels()
    for file in entry.files:
        known = levels.get(file.sha256, LEVELS[0])
        if not may_hold(entry.access, known):
            raise ArgumentError(
                "access",
                f"must be at least {known} for '{file.name}': another entry here names the same bytes so",
                entry.access,
            )


def check_leaks(files: Iterable[tuple[Path, FileFact]], entry: Entry) -> None:
    """Refuse people, genotypes and secrets in what would be open to everybody.

    Raises:
        PolicyRefusal: There are some; says where.
        DataError: A file cannot be read.
    """
    if entry.access != LEVELS[0] or entry.kind not in _SCANNED:
        return
    reasons = []
    for path, fact in files:
        if fact.size <= _READ_WHOLE:
            found = scan_files({fact.name: _content(path)})
            reasons += [f"{one.source}: {one.sentence}" for one in found if one.severity == "leak"]
        else:
            reasons += [f"{fact.name}: {one.sentence}" for one in scan_file(path) if one.severity == "leak"]
    if reasons:
        hint = (
            "If it may leave all the same, say why when you pack it (qsetu share pack), and push the bundle."
        )
        raise PolicyRefusal([*reasons, hint])


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"File '{path}' cannot be read ({error.strerror}).") from None


def _digest(contents: Contents, ref: str) -> str:
    if isinstance(ref, str) and re.fullmatch(r"[0-9a-f]{64}", ref):
        return ref
    try:
        return resolve(contents, ref).id
    except ArgumentError as error:
        hint = f"{error.hint} A SHA-256 in full may be of anything, here or not.".strip()
        raise ArgumentError("derived_from", error.rule, Said(shorten(ref)), hint) from None


def _texts(given: str | Iterable[str]) -> tuple[str, ...]:
    """One text is a list of one: its letters are never meant."""
    return (given,) if isinstance(given, str) else tuple(given)
