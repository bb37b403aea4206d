"""Keys, the list of partners, and signatures that hold only for whom they should."""

from __future__ import annotations

import base64
import json
import stat
from datetime import UTC, date, datetime, timedelta

import pytest
from sharing_support import DAY, Institution, packed, simple

from qsetu.core.errors import ArgumentError, OutputError
from qsetu.core.hashing import file_sha256
from qsetu.sharing import (
    KeyList,
    KeyListError,
    SignatureError,
    make_key,
    read_private_key,
    read_public_key,
    sign_bundle,
)
from qsetu.sharing.signing import default_envelope, verify_envelope
from qsetu.sharing.signing.envelope import PREDICATE


@pytest.fixture
def a(tmp_path):
    return Institution(tmp_path / "a", "Institution A")


@pytest.fixture
def b(tmp_path):
    return Institution(tmp_path / "b", "Institution B")


@pytest.fixture
def bundle(tmp_path):
    return packed(tmp_path).path


def check(bundle, keys, today=DAY, envelope=None):
    return verify_envelope(envelope or default_envelope(bundle), file_sha256(bundle), keys, today=today)


def test_a_key_is_its_owners_alone(a):
    secret = a.folder / f"{a.key.keyid}.key.pem"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(a.folder.stat().st_mode) == 0o700
    assert "PRIVATE" not in (a.folder / f"{a.key.keyid}.public.json").read_text()
    assert read_public_key(a.folder / f"{a.key.keyid}.public.json") == a.key
    secret.chmod(0o640)
    with pytest.raises(KeyListError, match="can be read by others"):
        read_private_key(secret)


def test_a_passphrase_is_needed_where_there_is_one(tmp_path):
    key = make_key("A", tmp_path, passphrase=b"open sesame")
    secret = tmp_path / f"{key.keyid}.key.pem"
    assert b"ENCRYPTED" in secret.read_bytes()
    assert read_private_key(secret, b"open sesame").public_key.keyid == key.keyid
    for wrong in (None, b"", b"close sesame"):
        with pytest.raises(KeyListError, match=r"passphrase|no private key"):
            read_private_key(secret, wrong)


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_private_key(tmp_path, content):
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyListError):
        read_private_key(path)


def test_a_key_of_another_kind_is_refused(tmp_path):
    from securesystemslib.signer import CryptoSigner

    path = tmp_path / "key"
    path.write_bytes(CryptoSigner.generate_ecdsa().private_bytes)
    path.chmod(0o600)
    with pytest.raises(KeyListError, match="Ed25519"):
        read_private_key(path)


def test_names_and_days_of_keys_are_checked(tmp_path):
    for name in ("", "two\nlines", "x" * 121, "\x1b[31m"):
        with pytest.raises(ArgumentError, match="name"):
            make_key(name, tmp_path)
    with pytest.raises(ArgumentError, match="past"):
        make_key("A", tmp_path, expires=date(2020, 1, 1))
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        make_key("A", tmp_path / "file")


def test_a_public_key_that_is_not_its_own_is_refused(a, tmp_path):
    content = json.loads((a.folder / f"{a.key.keyid}.public.json").read_text())
    path = tmp_path / "given.json"
    for change in ({"keyid": "0" * 64}, {"public": "00" * 32}, {"version": 2}, {"extra": 1}, {"name": "\n"}):
        path.write_text(json.dumps({**content, **change}))
        with pytest.raises(KeyListError, match="no public key"):
            read_public_key(path)


def test_the_list_is_kept_and_finds_by_name_and_identifier(a, b):
    a.trusts(b)
    again = KeyList(a.folder)
    assert again.partners == a.keys.partners
    assert again.one("Institution B") == again.one(b.key.keyid[:8]) == again.find(b.key.keyid)
    assert again.one(b.key.fingerprint[:19]).name == "Institution B"
    for which in ("Institution C", "", "abc"):
        with pytest.raises(ArgumentError, match="Institution B"):
            again.one(which)
    with pytest.raises(KeyListError, match="already"):
        again.add(b.key)


def test_a_damaged_list_is_said_to_be_so(a):
    file = a.folder / "partners.json"
    good = file.read_text()
    for bad in (
        "{",
        good.replace("qsetu.key-list", "other"),
        good.replace(a.key.public, "00" * 32),
        "[" * 100_000,
    ):
        file.write_text(bad)
        with pytest.raises(KeyListError, match="damaged"):
            KeyList(a.folder)


def test_a_signature_holds_for_whoever_knows_the_key(a, b, bundle):
    a.sign(bundle)
    b.trusts(a)
    found = check(bundle, b.keys)
    assert [one.name for one in found.partners] == ["Institution A"]
    assert not found.others


def test_a_signature_of_an_unknown_key_says_how_to_know_it(a, b, bundle):
    a.sign(bundle)
    with pytest.raises(SignatureError, match=r"nobody on your list.*share keys add"):
        check(bundle, b.keys)


def test_a_key_is_believed_up_to_its_last_day_and_never_once_revoked(a, b, bundle):
    key = make_key("C", b.folder, expires=DAY, today=DAY)
    b.keys.add(key, today=DAY)
    sign_bundle(bundle, read_private_key(b.folder / f"{key.keyid}.key.pem"))
    assert check(bundle, b.keys, DAY).partners
    with pytest.raises(SignatureError, match="expired on 2026-11-30"):
        check(bundle, b.keys, DAY + timedelta(days=1))
    with pytest.raises(ArgumentError, match="why"):
        b.keys.revoke("C", " ")
    b.keys.revoke("C", "the laptop was stolen", DAY)
    with pytest.raises(SignatureError, match=r"revoked on 2026-11-30: the laptop was stolen"):
        check(bundle, KeyList(b.folder), DAY - timedelta(days=300))
    with pytest.raises(KeyListError, match="was revoked"):
        KeyList(b.folder).add(key)


def test_two_signatures_in_one_envelope(a, b, bundle):
    a.sign(bundle)
    envelope = b.sign(bundle)
    assert len(json.loads(envelope.read_text())["signatures"]) == 2
    assert [one.name for one in check(bundle, b.keys).partners] == ["Institution B"]
    assert "unknown key" in check(bundle, b.keys).others[0]
    b.trusts(a)
    assert {one.name for one in check(bundle, b.keys).partners} == {"Institution A", "Institution B"}


def test_a_signature_of_another_bundle_is_refused(a, bundle, tmp_path):
    a.sign(bundle)
    (tmp_path / "other").mkdir()
    other = packed(tmp_path / "other", simple(tmp_path / "other", 0.5)).path
    with pytest.raises(SignatureError, match="not what was signed"):
        check(other, a.keys, envelope=default_envelope(bundle))
    default_envelope(other).write_bytes(default_envelope(bundle).read_bytes())
    with pytest.raises(SignatureError, match="not what was signed"):
        a.sign(other)


def test_a_key_in_the_envelope_is_never_believed(a, b, bundle):
    """Whatever an attacker adds to the envelope, the list of keys alone decides."""
    envelope = a.sign(bundle)
    content = json.loads(envelope.read_text())
    content["keys"] = [{"keyid": a.key.keyid, "public": a.key.public}]
    content["signatures"][0]["public"] = a.key.public
    content["signatures"][0]["cert"] = a.key.public
    envelope.write_text(json.dumps(content))
    with pytest.raises(SignatureError):
        check(bundle, b.keys)


def test_another_signature_under_a_known_name_is_called_wrong(a, b, bundle):
    b.trusts(a)
    envelope = b.sign(bundle)
    content = json.loads(envelope.read_text())
    content["signatures"][0]["keyid"] = a.key.keyid
    envelope.write_text(json.dumps(content))
    with pytest.raises(SignatureError, match="Institution A has not signed this"):
        check(bundle, b.keys)


@pytest.mark.parametrize("field", ["payload", "payloadType", "sig"])
def test_every_part_of_an_envelope_is_signed(a, bundle, field):
    envelope = a.sign(bundle)
    content = json.loads(envelope.read_text())
    if field == "payload":
        payload = base64.b64decode(content["payload"]).replace(b"everybody", b"everyb0dy")
        content["payload"] = base64.b64encode(payload).decode()
    elif field == "sig":
        sig = bytearray(base64.b64decode(content["signatures"][0]["sig"]))
        sig[5] ^= 1
        content["signatures"][0]["sig"] = base64.b64encode(bytes(sig)).decode()
    else:
        content["payloadType"] = "text/plain"
    envelope.write_text(json.dumps(content))
    with pytest.raises(SignatureError, match=r"has not signed this|signs something else"):
        check(bundle, a.keys)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "null", '{"payload": 1}', '{"payload":"!","payloadType":"x","signatures":[]}',
     '{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[]}',
     '{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":1,"sig":"aa=="}]}',
     '{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"AA=="}]}',
     '{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":{"a":1}}', "[" * 50_000],
)  # fmt: skip
def test_what_is_no_envelope(bundle, a, tmp_path, content):
    path = tmp_path / "given.json"
    path.write_text(content)
    with pytest.raises(SignatureError):
        check(bundle, a.keys, envelope=path)
    with pytest.raises(SignatureError, match="not found"):
        check(bundle, a.keys, envelope=tmp_path / "absent")


def test_a_statement_of_another_kind_is_refused(a, bundle, tmp_path):
    from securesystemslib.dsse import Envelope

    signer = read_private_key(a.folder / f"{a.key.keyid}.key.pem")
    subject = [{"name": "x", "digest": {"sha256": file_sha256(bundle)}}]
    good = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subject,
        "predicateType": PREDICATE,
        "predicate": {},
    }
    path = tmp_path / "given.json"

    def signed(statement, kind="application/vnd.in-toto+json"):
        envelope = Envelope(json.dumps(statement).encode(), kind, {})
        envelope.sign(signer)
        path.write_text(json.dumps(envelope.to_dict()))
        return check(bundle, a.keys, envelope=path)

    assert signed(good).partners
    with pytest.raises(SignatureError, match="signs something else"):
        signed(good, "application/json")
    for change in (
        {"_type": "https://in-toto.io/Statement/v2"},
        {"predicateType": "urn:qsetu:bundle:v2"},
        {"subject": subject * 2},
        {"subject": []},
        {"subject": [{"name": "x", "digest": {"sha512": "0"}}]},
        {"subject": [{"name": "x", "digest": {"sha256": "0" * 64}}]},
    ):
        with pytest.raises(SignatureError):
            signed({**good, **change})


def test_an_independent_reader_verifies_the_signature(a, bundle):
    """By the text of DSSE 1.0 and in-toto's Statement v1, with nothing of ours and nothing that signed it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    moment = datetime(2026, 11, 30, 12, tzinfo=UTC)
    signer = read_private_key(a.folder / f"{a.key.keyid}.key.pem")
    envelope = json.loads(sign_bundle(bundle, signer, now=moment).read_text())
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"].encode()
    encoded = b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])
    [signature] = envelope["signatures"]
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(a.key.public))
    key.verify(base64.b64decode(signature["sig"]), encoded)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signature["sig"]), encoded + b" ")
    statement = json.loads(payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [{"name": bundle.name, "digest": {"sha256": file_sha256(bundle)}}]
    assert statement["predicate"]["signed"] == "2026-11-30T12:00:00Z"
