"""What always holds: nothing is lost, the same twice is once, and no changed byte passes."""

from __future__ import annotations

import importlib

import pytest
from catalogue_support import FACTS, as_data, made, object_path, plant, pushed, tree, written

from qsetu.core.errors import ArgumentError, DataError
from qsetu.sharing.catalogue import Catalogue, sync
from qsetu.sharing.catalogue.reading import object_name, parse_record
from qsetu.sharing.catalogue.schema import LEVELS, Entry, canonical


@pytest.mark.parametrize("place", ["folder", "memory"])
def test_what_is_pushed_is_pulled_byte_for_byte(tmp_path, memory, place):
    url = memory if place == "memory" else tmp_path / "deep" / "cat"
    catalogue = Catalogue.init(url, "Shared", institution="Lab A")
    contents = {"m.bin": bytes(range(256)) * 9000, "empty.txt": b"", "a b.csv": "ä;é\n".encode()}
    files = [written(tmp_path, content, name) for name, content in contents.items()]
    entry = catalogue.push(files, name="net", data_use=["DUO:0000042"], author="Ada", **FACTS)
    other = Catalogue.open(url)
    assert other.entries() == [entry] and not other.problems
    paths = other.pull("net", tmp_path / "out")
    assert {path.name: path.read_bytes() for path in paths} == contents
    assert (entry.institution, entry.label) == ("Lab A", f"{entry.created[:10]}.1")
    assert [file.media_type for file in entry.files] == ["application/octet-stream", "text/plain", "text/csv"]
    report = other.verify()
    assert report.ok and (report.entries, report.objects, report.findings) == (1, 3, ())


@pytest.mark.parametrize("place", ["folder", "memory"])
def test_the_same_push_again_adds_nothing(tmp_path, memory, place):
    catalogue = Catalogue.init(memory if place == "memory" else tmp_path / "cat", "Shared")
    first = pushed(catalogue, tmp_path)
    before = catalogue.store.names("")
    assert pushed(Catalogue.open(catalogue.location), tmp_path) == first
    assert catalogue.store.names("") == before and len(before) == 3


def test_other_facts_of_the_same_bytes_are_another_entry_and_one_object(tmp_path):
    catalogue = made(tmp_path)
    first = pushed(catalogue, tmp_path)
    second = pushed(catalogue, tmp_path, title="Another title")
    assert first.id != second.id and second.label == f"{second.created[:10]}.2"
    assert len(catalogue.store.names("objects")) == 1
    assert catalogue.show("net").entry == second
    assert catalogue.show("net").versions == (second, first)
    assert catalogue.show(f"net@{first.label}").entry == first


def test_an_id_is_the_hash_of_the_canonical_form_and_reads_back(tmp_path):
    catalogue = made(tmp_path)
    entry = pushed(catalogue, tmp_path, title="Größe", description="two\nlines", derived_from=["ab" * 32])
    (name,) = catalogue.store.names("entries")
    data = (catalogue.store.root / "entries" / name).read_bytes()
    assert name == f"{entry.id}.json" and data == canonical(entry) and data.isascii()
    assert parse_record(data, entry.id) == entry


@pytest.mark.parametrize("where", [0, 1000, -1])
def test_every_changed_byte_is_noticed_on_pull_and_nothing_is_written(tmp_path, where):
    catalogue = made(tmp_path)
    entry = pushed(catalogue, tmp_path, bytes(2000))
    path = object_path(catalogue, entry)
    content = bytearray(path.read_bytes())
    content[where] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"file 'm.bin' is refused: it is not what its entry names"):
        catalogue.pull("net", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (finding,) = catalogue.verify().findings
    assert finding.kind == "damaged" and entry.files[0].sha256 in finding.name


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"x", lambda data: b""])
def test_what_is_cut_short_or_longer_is_noticed_and_pushed_anew(tmp_path, change):
    catalogue = made(tmp_path)
    entry = pushed(catalogue, tmp_path)
    path = object_path(catalogue, entry)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError, match="refused"):
        catalogue.pull(entry.id, tmp_path / "out")
    assert not catalogue.verify().ok
    assert pushed(catalogue, tmp_path) == entry
    assert catalogue.verify().ok and path.read_bytes() == b"weights"


def test_aliases_move_and_a_merge_shows_who_moved_them(tmp_path):
    a, b = made(tmp_path, "a"), made(tmp_path, "b", institution="Lab B")
    old, new = pushed(a, tmp_path, "old"), pushed(a, tmp_path, "new")
    sync(a, b)
    first = a.alias("best", old.id)
    assert a.alias("best", old.id) == first and len(a.read().aliases) == 1
    assert a.show("best").entry == old
    second = b.alias("best", new.label and f"net@{new.label}")
    sync(a, b)
    for one in (a, b):
        shown = one.show("best")
        assert shown.entry == new
        (state,) = shown.aliases
        assert state.winner == second and state.others == (first,)
        (contested,) = one.show(old.id).contested
        assert contested.winner == second
    a.alias("best", old.id)
    assert a.show("best").entry == old


def test_of_two_aliases_of_one_moment_the_larger_id_wins_on_both_sides(tmp_path):
    catalogue = made(tmp_path)
    entries = [pushed(catalogue, tmp_path, text) for text in ("one", "two")]
    alias = catalogue.alias("best", entries[0].id)
    keys = {alias.id: entries[0]}
    for institution in ("Lab B", "Lab C", "Lab D"):
        keys[plant(catalogue, as_data(alias, target=entries[1].id, institution=institution))] = entries[1]
    assert catalogue.show("best").entry == keys[max(keys)]


def test_a_withdrawn_entry_stays_and_is_no_longer_offered(tmp_path):
    catalogue = made(tmp_path)
    old, new = pushed(catalogue, tmp_path, "old"), pushed(catalogue, tmp_path, "new")
    said = catalogue.withdraw("net", "Trained on the test set")
    assert said.target == new.id
    assert catalogue.show("net").entry == old
    assert catalogue.search("net") == [old] and catalogue.search("net", withdrawn=True) == [new, old]
    assert catalogue.show(new.id).withdrawn == said
    with pytest.raises(DataError, match="is withdrawn: Trained on the test set"):
        catalogue.pull(new.id, tmp_path / "out")
    assert catalogue.pull(new.id, tmp_path / "out", withdrawn=True)[0].read_bytes() == b"new"
    assert catalogue.withdraw(new.id, "Again") == said and len(catalogue.read().withdrawals) == 1
    catalogue.withdraw(old.id, "Too")
    with pytest.raises(DataError, match="Every entry named 'net' is withdrawn"):
        catalogue.show("net")
    again = pushed(catalogue, tmp_path, "new")
    assert again.id != new.id and catalogue.show("net").entry == again


def test_lineage_goes_up_and_down_by_ids_and_by_files(tmp_path):
    catalogue = made(tmp_path)
    data = pushed(catalogue, tmp_path, "data", name="cells", kind="dataset")
    model = pushed(catalogue, tmp_path, "model", name="net", derived_from=["cells"])
    sha = model.files[0].sha256
    bundle = pushed(catalogue, tmp_path, "paper", name="paper", kind="bundle", derived_from=[sha, "ab" * 32])
    up = [(one.digest, one.steps, one.entry) for one in catalogue.show("paper").above]
    assert sorted(up[:2], key=str) == sorted([(model.id, 1, model), ("ab" * 32, 1, None)], key=str)
    assert up[2:] == [(data.id, 2, data)]
    down = [(one.digest, one.steps) for one in catalogue.show("cells").below]
    assert down == [(model.id, 1), (bundle.id, 2)]


def test_circles_of_files_end(tmp_path):
    catalogue = made(tmp_path)
    a = pushed(catalogue, tmp_path, "a", name="a")
    b = pushed(catalogue, tmp_path, "b", name="b", derived_from=[a.files[0].sha256])
    plant(catalogue, as_data(a, derived_from=[b.files[0].sha256], name="c"))
    assert [one.steps for one in catalogue.show("c").above] == [1, 2]
    assert len(catalogue.show("a").below) == 2


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("nett", "Did you mean 'net'"),
        ("net@2", "must be an entry of this catalogue"),
        ("0123456", "must be an entry"),
        ("", "must be an entry"),
        (None, "must be an entry"),
    ],
)
def test_references_that_mean_nothing_are_refused(tmp_path, ref, words):
    catalogue = made(tmp_path)
    pushed(catalogue, tmp_path)
    with pytest.raises(ArgumentError, match=words):
        catalogue.show(ref)


def test_references_that_mean_several_things_are_refused_with_a_list(tmp_path):
    a, b = made(tmp_path, "a"), made(tmp_path, "b", institution="Lab B")
    mine, theirs = pushed(a, tmp_path, "one"), pushed(b, tmp_path, "two")
    sync(a, b)
    for ref in ("net", f"net@{mine.label}"):
        with pytest.raises(ArgumentError, match="It means 2") as caught:
            a.pull(ref, tmp_path / "out")
        assert mine.id[:12] in str(caught.value) and f"{theirs.id[:12]} net@{theirs.label} of Lab B" in str(
            caught.value
        )
    assert a.show(mine.id[:8]).entry == mine and a.show(theirs.id).entry == theirs
    with pytest.raises(ArgumentError, match="must be an entry"):
        a.show(mine.id[:7])


def test_search_ranks_names_above_titles_above_descriptions(tmp_path):
    catalogue = made(tmp_path)
    third = pushed(catalogue, tmp_path, "1", name="x", title="Other", description="About splice sites")
    second = pushed(catalogue, tmp_path, "2", name="y", title="Splice sites", license="MIT")
    first = pushed(
        catalogue, tmp_path, "3", name="splice-net", title="Sites", kind="dataset", data_use="DUO:0000019"
    )
    assert catalogue.search("SPLICE") == [first, second, third]
    assert catalogue.search("splice mit") == [second]
    assert catalogue.search("publication required") == [first]
    assert catalogue.search("plice") == [] == catalogue.search("splice nothing")
    assert catalogue.search(kind="dataset") == [first]
    assert catalogue.search("", institution="lab a") == [first, second, third]
    assert catalogue.search(institution="lab b") == [] == catalogue.search(access="Restricted")
    with pytest.raises(ArgumentError, match="'kind' must be one of"):
        catalogue.search(kind="models")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Net"}, "'name' breaks a rule"),
        ({"name": "deadbeef"}, "must not look like the beginning of an id"),
        ({"title": ""}, "'title' breaks a rule"),
        ({"title": "a\x1b[31m"}, "'title' must hold no control characters"),
        ({"title": "a\u202eb"}, "'title' must hold no control characters"),
        ({"title": "a\ud800"}, "'title' "),
        ({"description": "x" * 9000}, "'description' breaks a rule"),
        ({"kind": "alias"}, "'kind' must be one of"),
        ({"access": "open"}, "'access' must be one of"),
        ({"data_use": ["DUO:1"]}, "'data_use' must be codes"),
        ({"label": "a b"}, "'label' breaks a rule"),
        ({"derived_from": ["nothing"]}, "'derived_from' must be an entry"),
        ({"license": " "}, "'license' breaks a rule"),
    ],
    ids=lambda value: str(value)[:30].encode("ascii", "replace").decode(),
)
def test_facts_that_break_a_rule_are_refused_before_anything_is_written(tmp_path, change, words):
    catalogue = made(tmp_path)
    with pytest.raises(ArgumentError, match=words):
        pushed(catalogue, tmp_path, **change)
    assert tree(catalogue.store.root) == {}


def test_files_that_cannot_be_pushed_are_refused(tmp_path):
    catalogue = made(tmp_path)
    two = [written(tmp_path, "1", "a.txt"), tmp_path / "other" / "A.TXT"]
    two[1].parent.mkdir()
    two[1].write_text("2")
    for files, words in [
        ([tmp_path], "must be files"),
        ([], "'files' breaks a rule"),
        (two, "'files' must have different names"),
        ([written(tmp_path, "", "a:b")], "'files' must be a plain file name"),
        ([written(tmp_path, "", ".hidden")], "'files' must be a plain file name"),
        ([written(tmp_path, "", "nul.txt")], "'files' must not be the name of a device"),
    ]:
        with pytest.raises(ArgumentError, match=words):
            catalogue.push(files, name="net", **FACTS)
    with pytest.raises(DataError, match="cannot be read"):
        catalogue.push([tmp_path / "none"], name="net", **FACTS)
    assert tree(catalogue.store.root) == {}


def test_a_label_names_one_version_of_an_institution(tmp_path):
    catalogue = made(tmp_path)
    entry = pushed(catalogue, tmp_path, label="1.0")
    assert pushed(catalogue, tmp_path, label="1.0") == entry
    with pytest.raises(ArgumentError, match="'label' is taken by entry"):
        pushed(catalogue, tmp_path, "changed", label="1.0")
    assert pushed(catalogue, tmp_path, "changed", label="1.0", institution="Lab B").label == "1.0"


def test_names_and_aliases_do_not_meet(tmp_path):
    catalogue = made(tmp_path)
    pushed(catalogue, tmp_path)
    catalogue.alias("best", "net")
    with pytest.raises(ArgumentError, match="must not be an alias"):
        pushed(catalogue, tmp_path, "x", name="best")
    with pytest.raises(ArgumentError, match="must not be the name of an entry"):
        catalogue.alias("net", "net")


def test_a_catalogue_is_made_once_and_in_an_empty_place(tmp_path):
    from qsetu.core.errors import OutputError

    made(tmp_path)
    with pytest.raises(OutputError, match="is a catalogue already"):
        made(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("")
    with pytest.raises(OutputError, match="holds other things"):
        made(tmp_path, "full")
    with pytest.raises(DataError, match="is no catalogue"):
        Catalogue.open(tmp_path / "nothing")
    with pytest.raises(ArgumentError, match="'holds' must be one of"):
        Catalogue.init(tmp_path / "new", "T", "Secret")
    assert [level for level in LEVELS if level in repr(Catalogue.open(tmp_path / "cat"))] == ["Open"]


def test_locations_that_cannot_be_opened_say_what_to_do(monkeypatch):
    entry = {"class": "no_such_module.FileSystem", "err": "Install nosuchfs to access NoSuch"}
    monkeypatch.setitem(importlib.import_module("fsspec.registry").known_implementations, "nosuchfs", entry)
    for url, words in [
        ("", "must be a folder or an address"),
        ("nosuch://user:geheim@host/x", "must be a location that fsspec can open"),
        ("nosuchfs://user:geheim@host/x", "needs a package that is not installed.*Install nosuchfs"),
    ]:
        with pytest.raises(ArgumentError, match=words) as caught:
            Catalogue.open(url)
        assert "geheim" not in str(caught.value)


def test_an_object_is_named_by_its_hash(tmp_path):
    catalogue = made(tmp_path)
    entry = pushed(catalogue, tmp_path)
    assert isinstance(entry, Entry)
    assert list(catalogue.store.names("objects")) == [
        object_name(entry.files[0].sha256).removeprefix("objects/")
    ]


def test_what_follows_counts_as_newer_though_the_clock_is_behind(tmp_path):
    from datetime import UTC, datetime, timedelta

    from qsetu.sharing.catalogue.schema import timestamp

    catalogue = made(tmp_path)
    entry = pushed(catalogue, tmp_path)
    soon = timestamp(datetime.now(UTC) + timedelta(hours=12))
    ahead = plant(catalogue, as_data(entry, created=soon, title="Of a clock that is ahead"))
    assert catalogue.show("net").entry.id == ahead
    newer = pushed(catalogue, tmp_path, "newer")
    assert newer.created > soon and catalogue.show("net").entry == newer
    first = catalogue.alias("best", entry.id)
    plant(catalogue, as_data(first, created=soon, target=ahead, institution="Lab B"))
    assert catalogue.show("best").entry.id == ahead
    catalogue.alias("best", newer.id)
    assert catalogue.show("best").entry == newer and not catalogue.problems


def test_the_first_of_several_withdrawals_is_told(tmp_path):
    catalogue = made(tmp_path)
    entry = pushed(catalogue, tmp_path)
    first = catalogue.withdraw(entry.id, "First")
    for number in range(4):
        plant(catalogue, as_data(first, reason=f"At the same time {number}"))
    later = [one for one in catalogue.read().withdrawals.values() if one != first]
    told = catalogue.show(entry.id).withdrawn
    assert len(later) == 4 and told == min([first, *later], key=lambda one: one.id)


def test_verify_reads_again_what_was_read_before(tmp_path):
    catalogue = made(tmp_path)
    entry = pushed(catalogue, tmp_path)
    assert catalogue.entries() == [entry]
    (catalogue.store.root / "entries" / f"{entry.id}.json").write_bytes(b"damaged")
    report = catalogue.verify()
    assert not report.ok and report.entries == 0
