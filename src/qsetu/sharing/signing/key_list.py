"""The list of keys an institution believes: its own and its partners'. Keys found in bundles never are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from qsetu.core.errors import ArgumentError, OutputError
from qsetu.core.files import config_folder, write_whole
from qsetu.core.strict_json import first_complaint, parse_strict
from qsetu.sharing.errors import KeyListError
from qsetu.sharing.manifest import as_json
from qsetu.sharing.signing.keys import Name, PublicKey, fingerprint, key_id

__all__ = ["KeyList", "Partner", "keys_folder"]

_FILE = "partners.json"


class Partner(BaseModel):
    """One key that is, or was, believed.

    Attributes:
        name: The institution, as whoever added the key calls it.
        keyid: Identifier of the key, computed from it.
        public: The key: 32 bytes, hex.
        own: Whether it is this institution's own.
        added: Day it was put on the list.
        expires: Last day on which its signatures are accepted; None for no end.
        revoked: Day it was revoked; None while it was not.
        reason: Why it was revoked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Name
    keyid: str = Field(pattern=r"^[0-9a-f]{64}$")
    public: str = Field(pattern=r"^[0-9a-f]{64}$")
    own: bool = False
    added: date
    expires: date | None = None
    revoked: date | None = None
    reason: str = ""

    @model_validator(mode="after")
    def _is_its_own(self) -> Partner:
        if self.keyid != key_id(self.public):
            raise ValueError("keyid: is not that of the key")
        return self

    def trouble(self, today: date) -> str:
        """Why its signatures are not accepted today; empty where they are."""
        if self.revoked is not None:
            return f"the key of {self.name} was revoked on {self.revoked}: {self.reason}"
        if self.expires is not None and today > self.expires:
            return f"the key of {self.name} expired on {self.expires}"
        return ""


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    format: Literal["qsetu.key-list"] = "qsetu.key-list"
    version: Literal[1] = 1
    partners: tuple[Partner, ...] = ()


def keys_folder() -> Path:
    """Where keys and the list of partners are: the user's configuration folder.

    Raises:
        KeyListError: This process has no home folder.
    """
    folder = config_folder("keys")
    if folder is None:
        raise KeyListError("No home folder, so there are no keys. Name a folder with --keys.")
    return folder


class KeyList:
    """The keys of one institution and of its partners, in one file.

    Args:
        folder: Where the list is, ``partners.json``; None means the user's configuration folder.

    Raises:
        KeyListError: The list cannot be read, or is damaged.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder if folder is not None else keys_folder()
        self._partners = _read(self.folder / _FILE)

    @property
    def partners(self) -> tuple[Partner, ...]:
        """All keys, revoked and expired ones too, in the order they were added."""
        return self._partners

    def find(self, keyid: str) -> Partner | None:
        """The key with this identifier, if it is on the list."""
        return next((one for one in self._partners if one.keyid == keyid), None)

    def add(self, key: PublicKey, *, name: str = "", own: bool = False, today: date | None = None) -> Partner:
        """Believe a key from now on. Compare its fingerprint with its owner first, not by the same mail.

        Args:
            key: The key, as its owner sent it.
            name: What to call the owner here; "" as the owner does.
            own: Whether it is this institution's own.
            today: The day; None means today.

        Raises:
            KeyListError: The key was revoked here, or is on the list already.
            ArgumentError: The name is not one line of at most 120 characters.
        """
        known = self.find(key.keyid)
        if known is not None:
            state = "was revoked" if known.revoked else "is on the list already"
            raise KeyListError(f"The key {fingerprint(key.keyid)} of {known.name} {state}.")
        try:
            partner = Partner(
                name=name or key.name,
                keyid=key.keyid,
                public=key.public,
                own=own,
                added=today or date.today(),
                expires=key.expires,
            )
        except ValidationError:
            raise ArgumentError("name", "must be one line of 1 to 120 characters", name) from None
        self._write((*self._partners, partner))
        return partner

    def revoke(self, which: str, reason: str, today: date | None = None) -> Partner:
        """Never accept a key's signatures again, whenever they were made.

        Args:
            which: Its name, or the beginning of its identifier (8 signs at least).
            reason: Why, for those who meet it.
            today: The day; None means today.

        Raises:
            ArgumentError: There is no reason, no such key, or several.
        """
        if not reason.strip():
            raise ArgumentError("reason", "must say why the key is revoked", reason)
        partner = self.one(which)
        changed = partner.model_copy(
            update={"revoked": partner.revoked or today or date.today(), "reason": " ".join(reason.split())}
        )
        self._write(changed if one is partner else one for one in self._partners)
        return changed

    def one(self, which: str) -> Partner:
        """The key that a name or the beginning of an identifier means.

        Raises:
            ArgumentError: There is none, or there are several.
        """
        wanted = which.replace(" ", "").lower()
        found = [one for one in self._partners if one.name == which]
        if not found and re.fullmatch(r"[0-9a-f]{8,64}", wanted):
            found = [one for one in self._partners if one.keyid.startswith(wanted)]
        if len(found) != 1:
            names = ", ".join(f"{one.name} ({one.keyid[:8]})" for one in found or self._partners) or "none"
            rule = "must be the name of one key, or the first 8 or more signs of its identifier"
            raise ArgumentError("key", rule, which, f"Keys: {names}.")
        return found[0]

    def _write(self, partners: Iterable[Partner]) -> None:
        partners = tuple(partners)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise OutputError(f"'{self.folder}' cannot be made ({error.strerror or error}).") from None
        write_whole(self.folder / _FILE, as_json(_Document(partners=partners)))
        self._partners = partners


def _read(path: Path) -> tuple[Partner, ...]:
    try:
        content = parse_strict(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise KeyListError(f"List of keys '{path}' cannot be read ({error.strerror or error}).") from None
    except (ValueError, RecursionError):
        raise KeyListError(f"List of keys '{path}' is damaged: no JSON.") from None
    try:
        return _Document.model_validate(content).partners
    except ValidationError as error:
        raise KeyListError(f"List of keys '{path}' is damaged: {first_complaint(error)}.") from None
