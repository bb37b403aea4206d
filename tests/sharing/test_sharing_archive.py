"""The one form of a bundle's file: equal content, equal bytes; everything else is refused."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qsetu.sharing.bundle import archive as form
from qsetu.sharing.bundle.archive import open_archive, write_archive
from qsetu.sharing.errors import BundleError

FILES = {"a.txt": b"first", "folder/b.bin": bytes(range(256)), "folder/deep/c.txt": b""}


def made(files=FILES) -> bytes:
    stream = io.BytesIO()
    write_archive(files, stream)
    return stream.getvalue()


def by_hand(entries, comment=b"", **attributes) -> bytes:
    """A zip as anybody's tool could write it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.comment = comment
        for name, data in entries:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            for key, value in attributes.items():
                setattr(info, key, value)
            archive.writestr(info, data)
    return stream.getvalue()


def refusal(tmp_path: Path, data: bytes, **options) -> str:
    path = tmp_path / "given.qsetu.zip"
    path.write_bytes(data)
    with pytest.raises(BundleError) as error, open_archive(path, **options):
        pass
    return str(error.value)


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "made.zip"
    path.write_bytes(made())
    with open_archive(path) as archive:
        assert {name: archive.read(name) for name in archive.sizes} == FILES
        assert archive.sizes["folder/b.bin"] == 256
        target = io.BytesIO()
        assert archive.copy("a.txt", target) == archive.digest("a.txt")
        assert target.getvalue() == b"first"


def test_any_unzip_reads_it():
    with zipfile.ZipFile(io.BytesIO(made())) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(FILES)


def test_order_and_origin_of_files_do_not_matter(tmp_path):
    file = tmp_path / "anything"
    file.write_bytes(FILES["folder/b.bin"])
    again = dict(reversed(list(FILES.items()))) | {"folder/b.bin": file}
    assert made(again) == made()
    assert by_hand(sorted(FILES.items())) == made()


@pytest.mark.parametrize(
    "name",
    ["../up", "/etc/passwd", "a/../../b", "a\\b", "c:/x", "./a", "a//b", ".hidden", "a/.b", "", "con.txt",
     "x/NUL", "name.", "ü.txt", "a b", "a\x00b", "-rf", "a/" * 12 + "b", "x" * 200],
)  # fmt: skip
def test_names_that_could_lead_elsewhere_are_refused(tmp_path, name):
    with pytest.raises(BundleError, match="not allowed"):
        made({name: b"x"})
    if name:
        # Written by hand, since zipfile itself cuts some of them.
        data = by_hand([("q" * len(name.encode()), b"x")]).replace(b"q" * len(name.encode()), name.encode())
        assert "refused" in refusal(tmp_path, data) or "no zip" in refusal(tmp_path, data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (by_hand([("a", b"x")], external_attr=0o120777 << 16), "not written by qsetu"),  # a symbolic link
        (by_hand([("a", b"x")], external_attr=0o104755 << 16), "not written by qsetu"),  # a setuid program
        (by_hand([("a", b"x")], comment=b"hidden"), "not written by qsetu"),
        (by_hand([("a", b"x")], date_time=(2026, 1, 1, 0, 0, 0)), "not written by qsetu"),
        (by_hand([("a", b"x")], extra=b"\xfe\xca\x01\x00x"), "not written by qsetu"),
        (by_hand([("b", b"x"), ("a", b"x")]), "not written by qsetu"),
        (by_hand([("a", b"x" * 10**6)], compress_type=zipfile.ZIP_DEFLATED), "compressed"),
        (by_hand([("a", b"x")], compress_type=zipfile.ZIP_LZMA), "compressed"),
        (by_hand([("a", b"x"), ("A", b"y")]), "same file on some systems"),
        (by_hand([("a", b"x"), ("a/b", b"y")]), "a file and a folder"),
        (b"junk" + made(), "not written by qsetu"),
        (made() + b"junk", "not written by qsetu"),
        (made()[:-1], "no zip"),
        (b"", "no zip"),
        (b"PK\x05\x06" + bytes(18), ""),
        (b"\x1f\x8b" * 100, "no zip"),
    ],
)
def test_other_zips_are_refused(tmp_path, data, reason):
    if not reason:
        # The empty zip is in form; that it holds nothing is for the manifest to complain of.
        path = tmp_path / "empty.zip"
        path.write_bytes(data)
        with open_archive(path) as archive:
            assert archive.sizes == {}
        return
    assert reason in refusal(tmp_path, data)


def test_two_entries_of_one_name_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        data = by_hand([("a", b"x"), ("a", b"y")])
    assert "same file" in refusal(tmp_path, data)


def test_entries_that_overlap_are_refused_before_they_are_written_again(tmp_path, monkeypatch):
    """A thousand names for one megabyte: unpacked, a gigabyte."""
    data = b"x" * 10**6
    one = by_hand([("a000", data)])
    start = one.index(b"PK\x01\x02")
    central = one[start : one.index(b"PK\x05\x06")]
    many = b"".join(central.replace(b"a000", f"a{i:03d}".encode()) for i in range(1000))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1000, 1000, len(many), start, 0)
    monkeypatch.setattr(form, "_write", lambda *given: pytest.fail("it was written again"))
    assert "claims to hold more than it is" in refusal(tmp_path, one[:start] + many + end)


def test_sizes_and_numbers_are_limited(tmp_path, monkeypatch):
    assert "at most 100 are read" in refusal(tmp_path, made(), max_bytes=100)
    monkeypatch.setattr(form, "MAX_FILES", 2)
    assert "more than 2 files" in refusal(tmp_path, by_hand(sorted(FILES.items())))
    with pytest.raises(BundleError, match="more than the 2"):
        made()


def test_what_is_no_file_is_refused(tmp_path):
    import os

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, tmp_path / "absent"):
        with pytest.raises(BundleError, match="not found, or is no file"), open_archive(path):
            pass


def test_a_file_that_is_asked_for_in_vain(tmp_path):
    path = tmp_path / "made.zip"
    path.write_bytes(made())
    with open_archive(path) as archive:
        with pytest.raises(BundleError, match="has no file 'x'"):
            archive.read("x")
        with pytest.raises(BundleError, match="3 are read at most"):
            archive.read("a.txt", 3)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(made()) - 1), change=st.integers(1, 255))
def test_no_changed_byte_is_accepted(tmp_path, place, change):
    data = bytearray(made())
    data[place] ^= change
    assert refusal(tmp_path, bytes(data))


@pytest.mark.fuzz
def test_no_changed_byte_at_all_is_accepted(tmp_path):
    whole = made()
    for place in range(len(whole)):
        for change in (1, 0x80, 0xFF):
            data = bytearray(whole)
            data[place] ^= change
            assert refusal(tmp_path, bytes(data)), place


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_zips_put_together_at_random_are_refused_or_read_as_they_are(tmp_path, data):
    """Cuts, joins and repeats of pieces of real archives: an error of ours, or what was written."""
    whole = made()
    pieces = data.draw(
        st.lists(
            st.one_of(
                st.binary(max_size=40),
                st.tuples(st.integers(0, len(whole)), st.integers(0, len(whole))).map(
                    lambda p: whole[min(p) : max(p)]
                ),
            ),
            max_size=5,
        )
    )
    path = tmp_path / "given.zip"
    path.write_bytes(b"".join(pieces))
    try:
        with open_archive(path) as archive:
            found = {name: archive.read(name) for name in archive.sizes}
    except BundleError:
        return
    assert made(found) == path.read_bytes()
