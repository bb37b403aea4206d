"""A signature beside a bundle: a DSSE envelope over an in-toto statement about the whole file.

Formats: DSSE 1.0 (secure-systems-lab/dsse) and in-toto Statement v1 (in-toto/attestation). The subject is the
SHA-256 of every byte of the bundle, so a signature is checked before anything of the bundle is parsed.
"""

from __future__ import annotations

import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qsetu.core.files import write_whole
from qsetu.core.strict_json import parse_strict
from qsetu.sharing.bundle.archive import open_archive
from qsetu.sharing.errors import SignatureError
from qsetu.sharing.manifest import MANIFEST, MAX_MANIFEST, SIGNATURE_ENDING, parse_manifest
from qsetu.sharing.signing.key_list import KeyList, Partner
from qsetu.sharing.signing.keys import fingerprint, verifier

if TYPE_CHECKING:
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import CryptoSigner

__all__ = ["PREDICATE", "SignatureReport", "default_envelope", "sign_bundle", "verify_envelope"]

PAYLOAD = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:qsetu:bundle:v1"
_LARGEST = 2**20


@dataclass(frozen=True)
class SignatureReport:
    """A signature that holds.

    Attributes:
        partners: Whose, as the list of keys calls them.
        signed: When the first signer says it was, UTC; nobody has checked that.
        others: Identifiers of further signatures, whose keys are not on the list or not accepted, and why.
    """

    partners: tuple[Partner, ...]
    signed: str
    others: tuple[str, ...]


def default_envelope(bundle: Path) -> Path:
    """Where the signature of a bundle is, unless said otherwise: beside it."""
    return bundle.with_name(bundle.name + SIGNATURE_ENDING)


def sign_bundle(
    bundle: str | Path, signer: CryptoSigner, out: str | Path | None = None, *, now: datetime | None = None
) -> Path:
    """Sign a bundle; a second signature joins the first in one envelope.

    Args:
        bundle: The file.
        signer: The key, from :func:`read_private_key`.
        out: The envelope; None means ``<bundle>.dsse.json``.
        now: The time to state; None means now.

    Returns:
        The envelope's file.

    Raises:
        BundleError: The file is no bundle.
        SignatureError: The envelope that is there is of another file, or damaged.
        OutputError: It cannot be written.
    """
    from securesystemslib.dsse import Envelope

    bundle = Path(bundle)
    target = Path(out) if out is not None else default_envelope(bundle)
    with open_archive(bundle) as archive:
        digest = archive.sha256
        manifest = parse_manifest(archive.read(MANIFEST, MAX_MANIFEST), str(bundle))
        content = archive.digest(MANIFEST)
    if target.exists():
        envelope = _read_envelope(target)
        _check_subject(_statement(envelope, target), digest, bundle)
    else:
        statement = {
            "_type": STATEMENT,
            "subject": [{"name": bundle.name, "digest": {"sha256": digest}}],
            "predicateType": PREDICATE,
            "predicate": {
                "title": manifest.title,
                "date": manifest.date,
                "items": [{"kind": item.kind, "name": item.name} for item in manifest.items],
                "manifest": {"sha256": content},
                "purpose": manifest.policy.purpose,
                "receiver": manifest.policy.receiver.name,
                "signed": (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
        }
        payload = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        envelope = Envelope(payload, PAYLOAD, {})
    envelope.sign(signer)
    write_whole(target, (json.dumps(envelope.to_dict(), indent=1) + "\n").encode())
    return target


def verify_envelope(
    path: str | Path, digest: str, keys: KeyList, *, bundle: str = "", today: date | None = None
) -> SignatureReport:
    """Check the signature of a bundle against the list of keys.

    Args:
        path: The envelope.
        digest: SHA-256 of the whole bundle, hex.
        keys: The keys that are believed.
        bundle: Name of the bundle, for messages.
        today: For expiry; None means today.

    Raises:
        SignatureError: There is none, it is of another file, wrong, or of no key that is accepted today.
    """
    from securesystemslib.exceptions import UnverifiedSignatureError

    path, day = Path(path), today or date.today()
    envelope = _read_envelope(path)
    # Signatures first: what the payload says is read when it is known who says it.
    good: list[Partner] = []
    others: list[str] = []
    for keyid in envelope.signatures:
        partner = keys.find(keyid)
        if partner is None:
            known = re.fullmatch(r"[0-9a-f]{64}", keyid)
            others.append(f"unknown key {fingerprint(keyid)}" if known else "a key of another kind")
            continue
        try:
            envelope.verify([verifier(partner.public)], 1)
        except UnverifiedSignatureError:
            raise SignatureError(
                f"Signature '{path}' is wrong: {partner.name} has not signed this. The signature or what it "
                "signs was changed."
            ) from None
        trouble = partner.trouble(day)
        if trouble:
            others.append(trouble)
        else:
            good.append(partner)
    if not good:
        raise SignatureError(
            f"'{bundle or path}' is signed by nobody on your list of keys: "
            f"{'; '.join(others) or 'no signature'}. If you know whose key it is, ask them for it by "
            "another way, compare the fingerprint, and say: qsetu share keys add FILE"
        )
    statement = _statement(envelope, path)
    _check_subject(statement, digest, Path(bundle) if bundle else path)
    predicate = statement.get("predicate")
    signed = predicate.get("signed") if isinstance(predicate, dict) else None
    return SignatureReport(tuple(good), str(signed or "")[:40], tuple(others))


def _read_envelope(path: Path) -> Envelope:
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import Error

    try:
        if path.stat().st_size > _LARGEST:
            raise SignatureError(f"'{path}' is no signature: it is too large.")
        content = parse_strict(path.read_text(encoding="utf-8"))
        envelope = Envelope.from_dict(content)
    except FileNotFoundError:
        raise SignatureError(f"No signature: '{path}' was not found.") from None
    except OSError as error:
        raise SignatureError(f"Signature '{path}' cannot be read ({error.strerror or error}).") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, binascii.Error, Error):
        raise SignatureError(f"'{path}' is no DSSE envelope, or a damaged one.") from None
    if envelope.payload_type != PAYLOAD:
        raise SignatureError(f"Signature '{path}' signs something else: {str(envelope.payload_type)[:80]!r}.")
    if not all(isinstance(keyid, str) for keyid in envelope.signatures):
        raise SignatureError(f"'{path}' is no DSSE envelope, or a damaged one.")
    return envelope


def _statement(envelope: Envelope, path: Path) -> dict[str, Any]:
    try:
        statement = parse_strict(envelope.payload.decode("utf-8"))
    except (ValueError, RecursionError):
        raise SignatureError(f"Signature '{path}' holds no statement.") from None
    if not isinstance(statement, dict) or statement.get("_type") != STATEMENT:
        raise SignatureError(f"Signature '{path}' holds no in-toto statement of version 1.")
    if statement.get("predicateType") != PREDICATE:
        raise SignatureError(
            f"Signature '{path}' states something else: {str(statement.get('predicateType'))[:80]!r}; this "
            f"qsetu understands {PREDICATE!r}. A newer qsetu may have made it."
        )
    return statement


def _check_subject(statement: dict[str, Any], digest: str, bundle: Path) -> None:
    subject = statement.get("subject")
    try:
        # Exactly one: which of several is meant would be a guess.
        [one] = subject if isinstance(subject, list) else []
        stated = one["digest"]["sha256"]
    except (ValueError, KeyError, TypeError):
        raise SignatureError("The signature's statement names no file, or several.") from None
    if stated != digest:
        raise SignatureError(
            f"'{bundle}' is not what was signed: the bundle was changed, or the signature is of another one."
        )
