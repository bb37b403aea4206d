"""What a catalogue writes down: its card, entries, aliases, withdrawals; immutable, named by their hash."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from qsetu.sharing.manifest import LEVELS, Access

__all__ = [
    "ENTRY_FORMAT",
    "KINDS",
    "LEVELS",
    "VERSION",
    "Access",
    "Alias",
    "CatalogueCard",
    "Entry",
    "FileFact",
    "Kind",
    "Record",
    "Withdrawal",
    "canonical",
    "may_hold",
    "timestamp",
]

_MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
ENTRY_FORMAT = "qsetu.catalogue-entry"
VERSION = 1

Kind = Literal["bundle", "notebook", "experiment", "model", "dataset"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What an entry may be."""

# Signs without a shape of their own that the writing of whole languages needs: joiner and non-joiner.
_JOINERS = "\u200c\u200d"
# Names that mean a device on Windows, whatever follows the first dot.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


def _line(text: str) -> str:
    if not all(sign.isprintable() or sign in _JOINERS for sign in text):
        raise ValueError("must hold no control characters and nothing invisible")
    return text


def _lines(text: str) -> str:
    _line(text.replace("\n", ""))
    return text


def _file_name(name: str) -> str:
    if len(name.encode()) > 200:
        raise ValueError("must be at most 200 bytes long")
    if name.startswith((".", "-")) or name.endswith((".", " ")) or any(sign in '/\\:*?"<>|' for sign in name):
        raise ValueError('must be a plain file name: no separators, none of :*?"<>|, no dot or dash first')
    if name.split(".", 1)[0].strip().lower() in _DEVICES:
        raise ValueError("must not be the name of a device")
    return name


def _is_moment(text: str) -> str:
    datetime.strptime(text, _MOMENT)
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_line)]
Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_line)
]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=8000), AfterValidator(_lines)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,100}$")]
Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,40}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
# One length for every moment: as texts they sort by time.
Moment = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$"),
    AfterValidator(_is_moment),
]
FileName = Annotated[str, StringConstraints(min_length=1), AfterValidator(_line), AfterValidator(_file_name)]
MediaType = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.+-]{1,50}/[a-z0-9.+-]{1,80}$")]
# A newer qsetu may know more codes than this one: their form is checked here, their existence on push.
DataUse = Annotated[str, StringConstraints(pattern=r"^DUO:[0-9]{7}$")]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CatalogueCard(_Written):
    """What a catalogue is, in ``catalogue.json``.

    Attributes:
        format: Always ``qsetu.catalogue``.
        version: Of this format.
        id: Random, 32 hex digits.
        title: For people.
        institution: Who keeps it, and whose entries are pushed unless said otherwise; may be empty.
        holds: The most sensitive level it may hold.
        created: UTC.
    """

    format: Literal["qsetu.catalogue"] = "qsetu.catalogue"
    version: Literal[1] = 1
    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    title: Title
    institution: Line = ""
    holds: Access = "Open"
    created: Moment


class FileFact(_Written):
    """One file of an entry: its name, what it holds (SHA-256 and bytes), what it is."""

    name: FileName
    sha256: Digest
    size: Annotated[int, Field(ge=0, le=2**50)]
    media_type: MediaType = "application/octet-stream"


class _Record(_Written):
    format: Literal["qsetu.catalogue-entry"] = "qsetu.catalogue-entry"
    version: Literal[1] = 1
    created: Moment
    institution: Line = ""
    author: Line = ""

    @property
    def id(self) -> str:
        """SHA-256 of the canonical JSON: the name of its file."""
        return hashlib.sha256(canonical(self)).hexdigest()


class Entry(_Record):
    """One version of a bundle, a notebook, an experiment, a model or a dataset.

    Attributes:
        kind: What it is.
        name: What all its versions share.
        label: This version, for people. The version itself is the entry's id.
        title: One line.
        description: More of it.
        access: "Open", "Restricted" (its card may travel, its bytes not) or "Private" (neither may).
        data_use: Codes of the Data Use Ontology.
        license: License, with the source of that statement.
        files: At least one.
        derived_from: Ids of entries, or SHA-256 of files, that it was made of.
    """

    kind: Kind
    name: Name
    label: Label
    title: Title
    description: Prose = ""
    access: Access
    data_use: Annotated[tuple[DataUse, ...], Field(max_length=30)] = ()
    license: Title
    files: Annotated[tuple[FileFact, ...], Field(min_length=1, max_length=150)]
    derived_from: Annotated[tuple[Digest, ...], Field(max_length=100)] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> Entry:
        # As Windows and macOS compare them: what is two files here must not be one there.
        names = [unicodedata.normalize("NFC", file.name).casefold() for file in self.files]
        if len(set(names)) < len(names):
            raise ValueError("files: must have different names")
        return self


class Alias(_Record):
    """A name that points to an entry, from when it was written until a later one points elsewhere."""

    kind: Literal["alias"] = "alias"
    name: Name
    target: Digest


class Withdrawal(_Record):
    """That an entry is to be used no more, and why. Nothing is deleted by it."""

    kind: Literal["withdrawn"] = "withdrawn"
    target: Digest
    reason: Title


Record = Entry | Alias | Withdrawal


def canonical(written: BaseModel) -> bytes:
    """The one way to write it: JSON in ASCII, keys sorted, no spaces, every field present."""
    return json.dumps(
        written.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode("ascii")


def may_hold(holds: Access, access: Access) -> bool:
    """Whether what holds up to ``holds`` may hold ``access``.

    Examples:
        >>> may_hold("Restricted", "Open"), may_hold("Open", "Restricted")
        (True, False)
    """
    return LEVELS.index(access) <= LEVELS.index(holds)


def timestamp(moment: datetime | None = None, after: Iterable[str] = ()) -> str:
    """``moment`` (now, if None) as it is written: UTC, to the microsecond.

    Args:
        moment: With its time zone.
        after: Moments that it has to follow, as they are written: clocks differ, and what is pushed now must
            not count as older than what it follows.

    Examples:
        >>> timestamp(datetime(2026, 1, 2, tzinfo=UTC), after=["2026-01-02T03:00:00.999999Z"])
        '2026-01-02T03:00:01.000000Z'
    """
    found = (moment or datetime.now(UTC)).astimezone(UTC)
    latest = max(after, default="")
    if latest and latest >= found.strftime(_MOMENT):
        found = datetime.strptime(latest, _MOMENT) + timedelta(microseconds=1)
    return found.strftime(_MOMENT)
