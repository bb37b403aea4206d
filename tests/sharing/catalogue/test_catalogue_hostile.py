"""What others put into a catalogue: never believed, never fatal."""

from __future__ import annotations

import hashlib
import json
import os

import pytest
from catalogue_support import as_data, made, object_path, plant, pushed, tree

from qsetu.core.errors import ArgumentError, DataError
from qsetu.core.files import staged_folder
from qsetu.sharing.catalogue import Catalogue, sync
from qsetu.sharing.catalogue import reading as reading_module
from qsetu.sharing.catalogue.reading import CARD, MAX_ENTRY_BYTES, object_name
from qsetu.sharing.catalogue.schema import canonical


def canonical_of(data) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()


def file_named(name):
    return lambda data: {**data, "files": [{**data["files"][0], "name": name}]}


HOSTILE = {
    "traversal": (file_named("../../evil"), "plain file name"),
    "absolute": (file_named("/etc/passwd"), "plain file name"),
    "backslash": (file_named("..\\evil"), "plain file name"),
    "dots": (file_named(".."), "plain file name"),
    "hidden": (file_named(".bashrc"), "plain file name"),
    "stream": (file_named("a:b"), "plain file name"),
    "device": (file_named("COM1.txt"), "device"),
    "newline": (file_named("a\nb"), "control characters"),
    "long name": (file_named("a" * 201), "200 bytes"),
    "no name": (file_named(""), "damaged"),
    "two of a name": (
        lambda d: {**d, "files": [d["files"][0], {**d["files"][0], "name": "M.BIN"}]},
        "different names",
    ),
    "negative": (lambda d: {**d, "files": [{**d["files"][0], "size": -1}]}, "size"),
    "huge": (lambda d: {**d, "files": [{**d["files"][0], "size": 2**60}]}, "size"),
    "size as text": (lambda d: {**d, "files": [{**d["files"][0], "size": "7"}]}, "canonical"),
    "size with a point": (lambda d: {**d, "files": [{**d["files"][0], "size": 7.0}]}, "canonical"),
    "escape": (lambda d: {**d, "title": "a\x1b[2J"}, "control characters"),
    "right to left": (lambda d: {**d, "title": "gnp.\u202eexe"}, "control characters"),
    "half a character": (lambda d: {**d, "title": "\ud800"}, "title"),
    "bell in text": (lambda d: {**d, "description": "a\x07"}, "control characters"),
    "newer": (lambda d: {**d, "version": 2}, "version 2, and this qsetu reads version 1"),
    "true": (lambda d: {**d, "version": True}, "version True"),
    "version as escape": (lambda d: {**d, "version": "\x1b[2J"}, "version"),
    "other format": (lambda d: {**d, "format": "qsetu.result"}, "not of format"),
    "kind": (lambda d: {**d, "kind": "virus"}, "kind must be one of"),
    "kind a list": (lambda d: {**d, "kind": ["model"]}, "kind must be one of"),
    "more keys": (lambda d: {**d, "a\x1b[2J": 1}, "Extra inputs"),
    "access": (lambda d: {**d, "access": "open"}, "access"),
    "name": (lambda d: {**d, "name": "../x"}, "name"),
    "label": (lambda d: {**d, "label": "1\n"}, "label"),
    "digits of another script": (lambda d: {**d, "created": d["created"].replace("2", "٢")}, "created"),
    "no such day": (lambda d: {**d, "created": "2026-02-31T00:00:00.000000Z"}, "created"),
    "future": (lambda d: {**d, "created": "9999-01-01T00:00:00.000000Z"}, "dated in the future"),
    "spaces around": (lambda d: {**d, "title": " A model"}, "canonical"),
    "no files": (lambda d: {**d, "files": []}, "files"),
    "list": (lambda d: [d], "not of format"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_entry_is_left_out_with_a_note_and_harms_no_other(tmp_path, case):
    change, words = HOSTILE[case]
    catalogue = made(tmp_path)
    entry = pushed(catalogue, tmp_path)
    planted = plant(catalogue, canonical_of(change(as_data(entry))))
    for one in (catalogue, Catalogue.open(catalogue.location)):
        assert one.entries() == [entry]
        (problem,) = one.problems
        assert problem.startswith(f"entry {planted[:12]} is skipped: ") and words in problem
        assert problem.isprintable()
        with pytest.raises(ArgumentError):
            one.pull(planted, tmp_path / "out")
    assert not catalogue.verify().ok and not (tmp_path / "out").exists()
    assert pushed(catalogue, tmp_path, "another", name="other").name == "other"


def raw(entry):
    return canonical(entry)


BYTES = {
    "duplicate keys": lambda e: raw(e).replace(b'"access":"Open"', b'"access":"Private","access":"Open"'),
    "not sorted": lambda e: json.dumps(dict(reversed(as_data(e).items())), separators=(",", ":")).encode(),
    "spaces": lambda e: json.dumps(as_data(e), sort_keys=True).encode(),
    "newline at the end": lambda e: raw(e) + b"\n",
    "not a number": lambda e: raw(e).replace(b'"size":7', b'"size":NaN'),
    "a long number": lambda e: raw(e).replace(b'"size":7', b'"size":' + b"9" * 5000),
    "no json": lambda e: raw(e)[:-1],
    "nothing": lambda e: b"",
    "not text": lambda e: b"\xff\xfe",
    "deep": lambda e: b"[" * 60_000,
    "too large": lambda e: raw(e) + b" " * MAX_ENTRY_BYTES,
}


@pytest.mark.parametrize("case", BYTES)
@pytest.mark.parametrize("place", ["folder", "memory"])
def test_bytes_that_are_no_entry_are_left_out(tmp_path, memory, place, case):
    catalogue = made(tmp_path)
    entry = pushed(catalogue, tmp_path)
    data = BYTES[case](entry)
    plant(catalogue, data)
    if place == "memory":
        other = Catalogue.init(memory, "In memory")
        for name, content in tree(catalogue.store.root).items():
            other.store.put(name, content, hashlib.sha256(content).hexdigest())
        catalogue = other
    assert catalogue.entries() == [entry]
    assert len(catalogue.problems) == 1 and "is skipped: it is" in catalogue.problems[0]


def test_an_entry_under_another_name_is_left_out(tmp_path):
    catalogue = made(tmp_path)
    entry = pushed(catalogue, tmp_path)
    plant(catalogue, canonical(entry), "ab" * 32)
    assert catalogue.entries() == [entry] and "another hash than its name" in catalogue.problems[0]


def test_strange_files_are_told_and_otherwise_nothing(tmp_path):
    catalogue = made(tmp_path)
    pushed(catalogue, tmp_path)
    root = catalogue.store.root
    for name in ("entries/readme\x1b.txt", "entries/.x.partial", "objects/aa/" + "b" * 64, "objects/x"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("?")
    stray = hashlib.sha256(b"stray").hexdigest()
    (root / object_name(stray)).parent.mkdir(exist_ok=True)
    (root / object_name(stray)).write_bytes(b"stray")
    (root / "entries" / "link").symlink_to("/", target_is_directory=True)
    assert len(catalogue.entries()) == 1 and not catalogue.problems
    report = catalogue.verify()
    kinds = {one.name: one.kind for one in report.findings}
    assert report.ok and kinds.pop(f"objects/{stray[:2]}/{stray}") == "unnamed"
    assert set(kinds.values()) == {"unknown"} and len(kinds) == 5
    assert all(name.isprintable() for name in kinds)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_in_a_share_does_not_hang_a_reader(tmp_path):
    catalogue = made(tmp_path)
    entry = pushed(catalogue, tmp_path)
    path = object_path(catalogue, entry)
    path.unlink()
    os.mkfifo(path)
    os.mkfifo(catalogue.store.root / "entries" / f"{'ab' * 32}.json")
    with pytest.raises(DataError, match="it is not a file"):
        catalogue.pull("net", tmp_path / "out")
    assert "it is not a file" in catalogue.problems[0]
    assert [one.kind for one in catalogue.verify().findings] == ["unreadable", "damaged"]


def test_the_number_of_entries_is_capped(tmp_path, monkeypatch):
    catalogue = made(tmp_path)
    for number in range(5):
        pushed(catalogue, tmp_path, str(number))
    monkeypatch.setattr(reading_module, "MAX_ENTRIES", 3)
    assert len(catalogue.entries()) == 3
    assert catalogue.problems == ("2 entries are not read: 3 is the most",)


def test_a_file_larger_than_its_entry_says_is_not_read_to_its_end(tmp_path, monkeypatch):
    catalogue = made(tmp_path)
    entry = pushed(catalogue, tmp_path)
    catalogue.entries()  # from now on known
    asked = []

    def chunks(name):
        while True:
            asked.append(name)
            yield bytes(4)

    monkeypatch.setattr(catalogue.store, "chunks", chunks)
    with pytest.raises(DataError, match="larger than the 7 bytes of its entry"):
        catalogue.pull(entry.id, tmp_path / "out")
    assert len(asked) == 2 and not (tmp_path / "out").exists()


def test_what_is_too_large_is_refused_before_it_is_fetched(tmp_path):
    catalogue = made(tmp_path)
    pushed(catalogue, tmp_path, bytes(100))
    with pytest.raises(DataError, match="has 100 bytes, more than the limit of 99"):
        catalogue.pull("net", tmp_path / "out", limit=99)
    assert catalogue.pull("net", tmp_path / "out", limit=100)


def test_a_wrong_size_in_one_entry_does_not_keep_back_what_a_right_one_names(tmp_path):
    a, b = made(tmp_path, "a"), made(tmp_path, "b")
    entry = pushed(a, tmp_path)
    fact = as_data(entry)["files"][0]
    for size in (1, 8):
        plant(a, canonical_of(as_data(entry, name=f"wrong-{size}", files=[{**fact, "size": size}])))
    report = sync(a, b)
    assert len(report.to_b.problems) == 2
    assert object_path(b, entry).read_bytes() == b"weights"
    assert [one.kind for one in b.verify().findings] == ["unreadable"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not valid JSON"),
        (b"[" * 60_000, "not valid JSON"),
        (b'{"format":"x"}', "not of format 'qsetu.catalogue'"),
        (b'{"format":"qsetu.catalogue","version":2}', "version 2"),
        (b'{"format":"qsetu.catalogue","version":1,"holds":"All"}', "damaged"),
        (b" " * 70_000, "larger than"),
    ],
    ids=["empty", "deep", "other", "newer", "damaged", "large"],
)
def test_a_card_that_is_none_is_refused(tmp_path, data, words):
    catalogue = made(tmp_path)
    (catalogue.store.root / CARD).write_bytes(data)
    with pytest.raises(DataError, match=words):
        Catalogue.open(catalogue.location)


def test_pull_does_not_write_into_what_is_there(tmp_path):
    from qsetu.core.errors import OutputError

    catalogue = made(tmp_path)
    pushed(catalogue, tmp_path)
    with pytest.raises(OutputError, match="is not empty"):
        catalogue.pull("net", tmp_path)
    with staged_folder(tmp_path / "empty"):
        pass
    assert len(catalogue.pull("net", tmp_path / "empty")) == 1
