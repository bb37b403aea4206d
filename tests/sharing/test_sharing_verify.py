"""Verification of a received bundle, and running it again."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sharing_support import (
    DAY,
    EVERYBODY,
    ROWS,
    Institution,
    card,
    code,
    packed,
    printed,
    simple,
    states,
    written,
)

from qsetu.core.errors import OutputError
from qsetu.sharing import BundleError, SignatureError, VerifyReport, inspect_bundle, unpack, verify
from qsetu.sharing.bundle.archive import open_archive, write_archive
from qsetu.sharing.bundle.crate import CRATE, crate_metadata
from qsetu.sharing.manifest import Manifest
from qsetu.sharing.rerun import why_not_isolated

isolated = pytest.mark.skipif(bool(why_not_isolated()), reason=f"no isolation here: {why_not_isolated()}")


@pytest.fixture
def a(tmp_path):
    return Institution(tmp_path / "a", "Institution A")


@pytest.fixture
def b(tmp_path, a):
    made = Institution(tmp_path / "b", "Institution B")
    made.trusts(a)
    return made


def changed(path: Path, change) -> Path:
    """The bundle with other files, in form; whether its manifest agrees is up to ``change``."""
    with open_archive(path) as archive:
        files = {name: archive.read(name) for name in archive.sizes}
    change(files)
    stream = io.BytesIO()
    write_archive(files, stream)
    path.write_bytes(stream.getvalue())
    return path


def agreeing(name: str, data: bytes):
    """A change that whoever made it covered up in the manifest and in the crate."""

    def change(files):
        digest, files[name] = hashlib.sha256(data).hexdigest(), data
        old = json.loads(files["bundle.json"])["files"].get(name, {}).get("sha256", "")
        crate = files[CRATE].replace(old.encode(), digest.encode()) if old else files[CRATE]
        files[CRATE] = crate
        manifest = json.loads(files["bundle.json"])
        manifest["files"][name] = {"sha256": digest, "size": len(data)}
        manifest["files"][CRATE] = {"sha256": hashlib.sha256(crate).hexdigest(), "size": len(crate)}
        files["bundle.json"] = json.dumps(manifest).encode()

    return change


def remade(path: Path, edit, more: dict[str, bytes]) -> Path:
    """The bundle as a sender with a tool of their own would make it: everything in it agrees."""
    with open_archive(path) as archive:
        files = {name: archive.read(name) for name in archive.sizes} | more
    content = json.loads(files["bundle.json"])
    edit(content)
    record = lambda data: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}  # noqa: E731
    names = [name for name in files if name not in ("bundle.json", CRATE)]
    content["files"] = {name: record(files[name]) for name in names}
    files[CRATE] = crate_metadata(Manifest.model_validate(content))
    content["files"][CRATE] = record(files[CRATE])
    files["bundle.json"] = json.dumps(content).encode()
    stream = io.BytesIO()
    write_archive(files, stream)
    path.write_bytes(stream.getvalue())
    return path


def test_a_good_bundle_passes(tmp_path, a, b):
    bundle = packed(tmp_path).path
    a.sign(bundle)
    report = verify(bundle, keys=b.keys, today=DAY)
    assert states(report) == {
        "form": "pass", "signature": "pass", "content": "pass", "policy": "pass", "environment": "pass",
        "re-run": "not asked",
    }  # fmt: skip
    assert report.passed and report.exit_code == 0
    assert report.signed_by == ["Institution A"]
    assert VerifyReport.model_validate_json(report.model_dump_json()) == report


def test_any_change_after_signing_is_seen_before_anything_is_read(tmp_path, a, b):
    bundle = packed(tmp_path).path
    a.sign(bundle)
    changed(bundle, agreeing("notebooks/simple.ipynb", b"{}"))
    report = verify(bundle, keys=b.keys, rerun=True, today=DAY)
    assert states(report) == {"form": "pass", "signature": "fail"}
    assert report.title == ""
    assert "not what was signed" in report.checks[-1].sentences[0]
    assert report.exit_code == 1


def test_without_a_signature_it_fails_unless_asked_for(tmp_path, b):
    bundle = packed(tmp_path).path
    assert states(verify(bundle, keys=b.keys))["signature"] == "fail"
    report = verify(bundle, unsigned=True)
    assert states(report)["signature"] == "note"
    assert report.passed and "not signed" in report.sentence


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda f: f.update({"notebooks/simple.ipynb": b"{}"}), "was changed"),
        (lambda f: f.update({"extra.txt": b"x"}), "there and not named"),
        (lambda f: f.pop("CITATION.cff"), "named and missing"),
        (lambda f: f.update({CRATE: b"{}"}), "was changed"),
        (agreeing(CRATE, b"{}"), "damaged"),
        (agreeing("extra.txt", b"x"), "does not list"),
    ],
)
def test_content_that_is_not_the_manifests(tmp_path, change, complaint):
    bundle = changed(packed(tmp_path).path, change)
    report = verify(bundle, unsigned=True, rerun=True)
    assert states(report)["content"] == "fail"
    assert any(complaint in line for line in report.check("content").sentences)
    assert states(report)["re-run"] == "could not run"
    assert inspect_bundle(bundle).complaints
    with pytest.raises(BundleError, match="not unpacked"):
        unpack(bundle, tmp_path / "out", unsigned=True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (lambda m: m.update(version=2), "version 2; this qsetu reads version 1"),
        (lambda m: m.update(version=True), "damaged"),
        (lambda m: m.update(format="other"), "no bundle of qsetu"),
        (lambda m: m.update(more=1), "damaged"),
        (lambda m: m.pop("policy"), "damaged"),
        (lambda m: m["items"][0].update(main="../../etc/passwd"), "not in the bundle"),
        (lambda m: m.update(title="\x1b[2J"), "damaged"),
        (lambda m: m.update(description="a\u202eb"), "damaged"),
        (lambda m: m["items"][0]["metrics"][0].update(value="much"), "damaged"),
    ],
)
def test_manifests_that_are_damaged_or_newer(tmp_path, edit, complaint):
    def change(files):
        manifest = json.loads(files["bundle.json"])
        edit(manifest)
        files["bundle.json"] = json.dumps(manifest).encode()

    report = verify(changed(packed(tmp_path).path, change), unsigned=True)
    assert not report.passed
    assert complaint in " ".join(report.checks[-1].sentences + (report.check("content").sentences))


@pytest.mark.parametrize("data", [b"{", b'{"a": NaN}', b"[" * 100_000, b"\xff", b"null"])
def test_manifests_that_are_no_json(tmp_path, data):
    report = verify(changed(packed(tmp_path).path, lambda f: f.update({"bundle.json": data})), unsigned=True)
    assert states(report)["content"] == "fail"


def test_restricted_rows_are_refused_by_the_receiver_too(tmp_path):
    """A sender whose tool let them through, and who covered that up."""
    hospital = replace(EVERYBODY, purpose="general")
    reads = code("from qsetu.genomics.formats import read_vcf\nread_vcf('cohort.vcf')")
    path = written(tmp_path, "n", reads)
    bundle = packed(tmp_path, path, asked=hospital, cards=[card()]).path
    content = json.loads(path.read_text())
    content["cells"][0]["outputs"] = [printed(ROWS)]
    changed(bundle, agreeing("notebooks/n.ipynb", json.dumps(content).encode()))
    report = verify(bundle, unsigned=True, rerun=True)
    assert states(report)["content"] == "pass"
    assert states(report)["policy"] == "fail"
    assert "cannot be overridden" in " ".join(report.check("policy").sentences)
    assert "99990" not in report.model_dump_json()


def test_data_that_are_not_open_are_refused_where_a_sender_packed_them(tmp_path):
    path = written(tmp_path, "n", code("load_dataset('cohort')"))
    bundle = packed(tmp_path, path, asked=replace(EVERYBODY, purpose="general"), cards=[card()]).path
    rows = {"data/cohort/calls.vcf": b"nothing that a scan would see"}
    remade(bundle, lambda m: m["datasets"][0].update(packed=list(rows)), rows)
    report = verify(bundle, unsigned=True)
    assert states(report)["content"] == "pass"
    assert "it holds data of 'cohort', which are Restricted" in report.check("policy").sentences


def test_data_that_no_dataset_names_are_refused(tmp_path):
    bundle = remade(packed(tmp_path).path, lambda m: None, {"data/hidden.bin": b"x"})
    report = verify(bundle, unsigned=True)
    assert states(report)["content"] == "pass"
    assert "'data/hidden.bin' belongs to no dataset that it names" in report.check("policy").sentences


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (lambda m: m["datasets"][0].update(access="Private"), "what its card does not"),
        (lambda m: m["datasets"][0].update(data_use=[]), "what its card does not"),
        (lambda m: m["datasets"][0].update(name="made-up"), "no dataset of this qsetu"),
        (lambda m: m["policy"].update(access="Restricted"), "calls its inputs Restricted"),
        (lambda m: m["policy"].update(purpose="disease"), "must be named"),
    ],
)
def test_the_receivers_own_cards_decide(tmp_path, edit, complaint):
    def change(files):
        manifest = json.loads(files["bundle.json"])
        edit(manifest)
        files["bundle.json"] = json.dumps(manifest).encode()

    path = written(tmp_path, "n", code("load_dataset('uci-splice')"))
    report = verify(changed(packed(tmp_path, path).path, change), unsigned=True)
    assert complaint in " ".join(report.check("policy").sentences)


def test_another_environment_is_told_and_no_verdict(tmp_path):
    def change(files):
        manifest = json.loads(files["bundle.json"])
        manifest["environment"]["packages"] |= {"numpy": "1.0", "left-pad": "3.0"}
        files["bundle.json"] = json.dumps(manifest).encode()

    report = verify(changed(packed(tmp_path).path, change), unsigned=True)
    found = report.check("environment")
    assert found.state == "note" and report.passed
    assert any("numpy 1.0 there" in line for line in found.sentences)
    assert any("left-pad 3.0 there, not installed here" in line for line in found.sentences)


def test_what_is_no_bundle_is_a_report_and_no_error(tmp_path):
    (tmp_path / "x.qsetu.zip").write_bytes(b"nonsense")
    report = verify(tmp_path / "x.qsetu.zip", unsigned=True)
    assert states(report) == {"form": "fail"} and report.exit_code == 1


def test_unpacking(tmp_path, a, b):
    bundle = packed(tmp_path).path
    with pytest.raises(SignatureError):
        unpack(bundle, tmp_path / "out", keys=b.keys)
    a.sign(bundle)
    manifest = unpack(bundle, tmp_path / "out", keys=b.keys, today=DAY)
    assert (tmp_path / "out" / manifest.items[0].main).is_file()
    names = {str(one.relative_to(tmp_path / "out")) for one in (tmp_path / "out").rglob("*") if one.is_file()}
    assert names == {*manifest.files, "bundle.json"}
    with pytest.raises(OutputError, match="not empty"):
        unpack(bundle, tmp_path / "out", keys=b.keys, today=DAY)


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    from qsetu.sharing.bundle.archive import Archive

    def full(self, name, target):
        raise OSError(28, "No space left on device")

    bundle = packed(tmp_path).path
    before = {one.name for one in tmp_path.iterdir()}
    monkeypatch.setattr(Archive, "copy", full)
    monkeypatch.setattr("qsetu.sharing.bundle.archive.Archive._check_form", lambda self: None)
    with pytest.raises(OutputError, match="No space left"):
        unpack(bundle, tmp_path / "out", unsigned=True)
    assert {one.name for one in tmp_path.iterdir()} == before


def test_a_key_that_expires_tomorrow_is_good_today(tmp_path, a, b):
    bundle = packed(tmp_path).path
    a.sign(bundle)
    assert verify(bundle, keys=b.keys, today=DAY + timedelta(days=1)).passed
    assert simple(tmp_path).exists()
