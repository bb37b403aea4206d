"""An institution's own Ed25519 key: made here, the private part never leaves its file."""

from __future__ import annotations

import os
import stat
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from qsetu.core.errors import ArgumentError, OutputError
from qsetu.core.files import write_whole
from qsetu.core.strict_json import first_complaint, parse_strict
from qsetu.sharing.errors import KeyListError
from qsetu.sharing.manifest import as_json
from qsetu.sharing.metrics import UNSEEN

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, SSlibKey

__all__ = [
    "PublicKey",
    "fingerprint",
    "key_id",
    "make_key",
    "read_private_key",
    "read_public_key",
    "verifier",
]

_LARGEST = 64 * 2**10
Name = Annotated[str, StringConstraints(pattern=rf"^[^\s{UNSEEN}][^{UNSEEN}]{{0,119}}$")]


class PublicKey(BaseModel):
    """The part of a key that partners get, as a file of its own.

    Attributes:
        name: The institution, as it calls itself; nobody has checked that.
        keyid: Identifier of the key, computed from it.
        public: The key: 32 bytes, hex.
        created: Day, ISO 8601.
        expires: Last day on which its signatures are accepted; None for no end.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    format: Literal["qsetu.public-key"] = "qsetu.public-key"
    version: Literal[1] = 1
    name: Name
    keyid: str = Field(pattern=r"^[0-9a-f]{64}$")
    scheme: Literal["ed25519"] = "ed25519"
    public: str = Field(pattern=r"^[0-9a-f]{64}$")
    created: date
    expires: date | None = None

    @model_validator(mode="after")
    def _is_its_own(self) -> PublicKey:
        if self.keyid != key_id(self.public):
            raise ValueError("keyid: is not that of the key")
        return self

    @property
    def fingerprint(self) -> str:
        """What two people compare over the telephone."""
        return fingerprint(self.keyid)


def fingerprint(keyid: str) -> str:
    """The first half of a key's identifier, in groups to be read aloud: 128 bits."""
    return " ".join(keyid[i : i + 4] for i in range(0, 32, 4))


def verifier(public: str) -> SSlibKey:
    """The key as securesystemslib takes it; its identifier is computed, never believed."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from securesystemslib.signer import SSlibKey

    return SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)))


def key_id(public: str) -> str:
    """Identifier of a key: SHA-256 (hex) over its kind and value, as in The Update Framework."""
    return str(verifier(public).keyid)


def make_key(
    name: str,
    folder: Path,
    *,
    expires: date | None = None,
    passphrase: bytes | None = None,
    today: date | None = None,
) -> PublicKey:
    """Make a key pair: ``<keyid>.key.pem`` for its owner alone, ``<keyid>.public.json`` for partners.

    Args:
        name: The institution, one line.
        folder: Where to; made if it is not there, for the owner alone.
        expires: Last day on which signatures shall be accepted; None for no end.
        passphrase: Encrypts the private part; None leaves that to the permissions of the file.
        today: Its first day; None means today.

    Raises:
        ArgumentError: The name is empty, longer than 120 characters or of several lines, or the key would
            have expired already.
        OutputError: The folder cannot be written.
    """
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )
    from securesystemslib.signer import CryptoSigner

    first = today or date.today()
    if expires is not None and expires < first:
        raise ArgumentError("expires", "must not lie in the past", expires.isoformat())
    signer = CryptoSigner.generate_ed25519()
    public = str(signer.public_key.keyval["public"])
    try:
        document = PublicKey(name=name, keyid=key_id(public), public=public, created=first, expires=expires)
    except ValidationError:
        raise ArgumentError("name", "must be one line of 1 to 120 characters", name) from None
    secret = signer.private_bytes
    if passphrase is not None:
        key = load_pem_private_key(secret, None)
        secret = key.private_bytes(
            Encoding.PEM,
            PrivateFormat.PKCS8,
            BestAvailableEncryption(passphrase) if passphrase else NoEncryption(),
        )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Never readable by others, not for a moment.
        descriptor = os.open(
            folder / f"{document.keyid}.key.pem",
            os.O_WRONLY | os.O_CREAT | os.O_EXCL,
            stat.S_IRUSR | stat.S_IWUSR,
        )
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secret)
    except OSError as error:
        raise OutputError(f"Key cannot be written to '{folder}' ({error.strerror or error}).") from None
    write_whole(folder / f"{document.keyid}.public.json", as_json(document))
    return document


def read_private_key(path: Path, passphrase: bytes | None = None) -> CryptoSigner:
    """The private part of a key, ready to sign.

    Raises:
        KeyListError: The file cannot be read, others may read it, the passphrase is missing or wrong, or it
            holds no Ed25519 key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    try:
        mode = path.stat().st_mode
        data = path.read_bytes()
    except OSError as error:
        raise KeyListError(f"Key '{path}' cannot be read ({error.strerror or error}).") from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyListError(
            f"Key '{path}' can be read by others, so it may be theirs by now. If you are sure it is not: "
            f"chmod 600 {path}"
        )
    try:
        key = load_pem_private_key(data, passphrase or None)
    except (ValueError, TypeError) as error:
        if "password" in str(error).lower() or "encrypted" in str(error).lower():
            raise KeyListError(f"Key '{path}': the passphrase is missing or wrong.") from None
        raise KeyListError(f"'{path}' is no private key.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyListError(f"Key '{path}' is of another kind; bundles are signed with Ed25519.")
    return CryptoSigner(key)


def read_public_key(path: Path) -> PublicKey:
    """A partner's public key, from the file they sent.

    Raises:
        KeyListError: The file cannot be read, or is no public key of qsetu.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise KeyListError(f"'{path}' is no public key: it is too large.")
        content = parse_strict(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KeyListError(f"Public key '{path}' cannot be read ({error.strerror or error}).") from None
    except (ValueError, RecursionError):
        raise KeyListError(f"'{path}' is no public key of qsetu: no JSON.") from None
    try:
        return PublicKey.model_validate(content)
    except ValidationError as error:
        raise KeyListError(f"'{path}' is no public key of qsetu: {first_complaint(error)}.") from None
