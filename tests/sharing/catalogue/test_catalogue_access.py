"""Who may see what: nothing goes where it may not be, however it is tried."""

from __future__ import annotations

import dataclasses

import pytest
from catalogue_support import as_data, made, object_path, plant, pushed, tree, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics import CardError
from qsetu.sharing.catalogue import dataset_facts, push_bundle, sync, write_site
from qsetu.sharing.catalogue.schema import LEVELS, may_hold
from qsetu.sharing.errors import PolicyRefusal

SECRET = "Cohort of the hospital in N."


@pytest.mark.parametrize("holds", LEVELS)
@pytest.mark.parametrize("access", LEVELS)
def test_a_push_stores_what_the_catalogue_may_hold(tmp_path, holds, access):
    catalogue = made(tmp_path, holds=holds)
    if access == "Private" and holds != "Private":
        with pytest.raises(ArgumentError, match="must not be Private in a catalogue that holds up to"):
            pushed(catalogue, tmp_path, access=access)
        assert tree(catalogue.store.root) == {}
        return
    entry = pushed(catalogue, tmp_path, access=access)
    assert catalogue.show("net").entry == entry
    stored = may_hold(holds, access)
    assert object_path(catalogue, entry).exists() == stored == catalogue.may_hold(entry)
    report = catalogue.verify()
    assert report.ok and (report.objects, report.withheld) == ((1, 0) if stored else (0, 1))
    if not stored:
        assert entry.files[0].size == 7
        with pytest.raises(
            DataError, match=r"is Restricted, and .* its card but not its file 'm.bin'. Ask Lab A"
        ):
            catalogue.pull("net", tmp_path / "out")


def test_of_a_private_entry_not_a_word_leaves(tmp_path):
    private, opened = made(tmp_path, "p", "Private"), made(tmp_path, "o")
    entry = pushed(private, tmp_path, SECRET, name="cohort-n", title=SECRET, access="Private")
    private.alias("our-cohort", entry.id)
    private.withdraw(entry.id, SECRET + " withdrew consent")
    public = pushed(private, tmp_path, "open", name="open")
    report = sync(private, opened)
    assert opened.entries() == [public] and report.to_b.kept_back == 3
    write_site(private, tmp_path / "site")
    for root in (opened.store.root, tmp_path / "site"):
        told = b"".join([*tree(root).values(), *(name.encode() for name in tree(root))])
        for word in (SECRET, "cohort", entry.id, entry.files[0].sha256, "consent"):
            assert word.encode() not in told
    # Between two that may hold it, everything goes.
    other = made(tmp_path, "q", "Private")
    sync(private, other)
    assert tree(other.store.root) == tree(private.store.root)


def test_restricted_bytes_reach_only_those_that_hold_restricted(tmp_path):
    home, opened, partner = (
        made(tmp_path, "h", "Restricted"),
        made(tmp_path, "o"),
        made(tmp_path, "p", "Restricted"),
    )
    entry = pushed(home, tmp_path, SECRET, access="Restricted")
    report = sync(home, opened)
    assert report.to_b.withheld == [entry.files[0].sha256]
    sync(opened, partner)
    assert opened.entries() == partner.entries() == [entry]
    assert not object_path(opened, entry).exists() and not object_path(partner, entry).exists()
    assert partner.verify().withheld == 1
    sync(partner, home)
    assert object_path(partner, entry).read_text() == SECRET


def test_bytes_are_as_sensitive_as_the_most_sensitive_entry_that_names_them(tmp_path):
    # Whoever knows a hash from a card could call the same bytes Open, and wait for the next sync.
    home, opened = made(tmp_path, "h", "Restricted"), made(tmp_path, "o")
    entry = pushed(home, tmp_path, SECRET, access="Restricted", name="cohort")
    sync(home, opened)
    claim = plant(opened, as_data(entry, access="Open", name="claim"))
    plant(opened, {**as_data(entry), "kind": "model", "access": "Open", "name": "claim-2"})
    for order in ((home, opened), (opened, home), (home, opened)):
        sync(*order)
        assert not object_path(opened, entry).exists()
    assert claim in home.read().entries
    home.withdraw(entry.id, "A withdrawal sets nothing free")
    sync(home, opened)
    assert not object_path(opened, entry).exists()
    write_site(home, tmp_path / "site")
    assert not (tmp_path / "site" / "objects").exists()


def test_known_bytes_cannot_be_pushed_at_a_lower_level(tmp_path):
    opened = made(tmp_path)
    pushed(opened, tmp_path, SECRET, access="Restricted")
    with pytest.raises(ArgumentError, match=r"'access' must be at least Restricted for 'm.bin'"):
        pushed(opened, tmp_path, SECRET, name="other")
    assert not (opened.store.root / "objects").exists()


def test_verify_finds_bytes_that_should_not_be_there(tmp_path):
    opened = made(tmp_path)
    entry = pushed(opened, tmp_path, SECRET, access="Restricted")
    path = object_path(opened, entry)
    path.parent.mkdir(parents=True)
    path.write_text(SECRET)
    report = opened.verify()
    assert not report.ok and [one.kind for one in report.findings] == ["misplaced"]


def test_what_cannot_be_read_is_not_carried(tmp_path):
    a, b = made(tmp_path, "a"), made(tmp_path, "b")
    entry = pushed(a, tmp_path)
    newer = plant(a, as_data(entry, version=2, access="Private", title=SECRET))
    plant(a, as_data(a.alias("best", entry.id), target=newer, name="secret-alias"))
    report = sync(a, b)
    assert report.to_b.kept_back == 1 and len(report.problems) == 1
    assert set(b.read().aliases.values()) == set(a.read().aliases.values()) - {
        one for one in a.read().aliases.values() if one.name == "secret-alias"
    }
    assert SECRET.encode() not in b"".join(tree(b.store.root).values())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_order_of_syncs_brings_anything_where_it_may_not_be(tmp_path, data):
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    folder.mkdir()
    level = st.sampled_from(LEVELS)
    places = [made(folder, name, data.draw(level), name) for name in "abc"]
    levels: dict[str, str] = {}
    for one in places:
        for _ in range(data.draw(st.integers(0, 3))):
            access, content = data.draw(level), data.draw(st.sampled_from(["one", "two"]))
            try:
                entry = pushed(one, folder, f"{content} {access}", access=access, title=f"of {access}")
            except ArgumentError:
                continue
            levels[entry.files[0].sha256] = access
    for _ in range(data.draw(st.integers(1, 4))):
        first, second = data.draw(st.permutations(places))[:2]
        sync(first, second, one_way=data.draw(st.booleans()))
    for one in places:
        holds = one.card.holds
        assert all(may_hold(holds, levels[name.split("/")[1]]) for name in one.store.names("objects"))
        told = {entry.access for entry in one.entries()}
        assert holds == "Private" or "Private" not in told
        assert one.verify().ok


def test_a_bundle_goes_with_its_signature(tmp_path):
    catalogue = made(tmp_path)
    bundle = written(tmp_path, "zip", "My Paper_1.qsetu.zip")
    signature = written(tmp_path, "{}", "My Paper_1.qsetu.zip.dsse.json")
    facts = {
        "title": "T",
        "description": "d",
        "license": "MIT",
        "access": "Open",
        "data_use": ["DUO:0000004"],
    }
    entry = push_bundle(catalogue, bundle, {**facts, "derived_from": []}, signature)
    assert (entry.kind, entry.name, entry.institution) == ("bundle", "my-paper_1", "Lab A")
    assert [file.name for file in entry.files] == [bundle.name, signature.name]
    assert len(push_bundle(catalogue, bundle, {**facts, "name": "other"}).files) == 1
    for path, more, sign, words in [
        (signature, facts, None, "must be a file whose name ends in .qsetu.zip"),
        (bundle, facts, bundle, "'signature_path' must be called"),
        (bundle, {**facts, "licence": "MIT"}, None, "Did you mean 'license'"),
        (bundle, {"title": "T", "license": "MIT"}, None, "must have access"),
    ]:
        with pytest.raises(ArgumentError, match=words):
            push_bundle(catalogue, path, more, sign)


def test_the_card_of_a_dataset_says_what_it_is_and_its_level_is_not_lowered(tmp_path):
    from importlib.resources import files

    text = (files("qsetu.genomics") / "cards" / "uci-splice.toml").read_text()
    card = written(tmp_path, text.replace('sensitivity = "Open"', 'sensitivity = "Restricted"'), "card.toml")
    data = written(tmp_path, "ACGT", "splice.txt")
    facts = dataset_facts([data, card])
    assert (facts["name"], facts["access"]) == ("uci-splice", "Restricted")
    assert dataset_facts([data, card], "Private")["access"] == "Private"
    with pytest.raises(ArgumentError, match="'access' must be at least Restricted"):
        dataset_facts([data, card], "Open")
    entry = made(tmp_path, holds="Restricted").push([data, card], kind="dataset", **facts)
    assert entry.title == facts["title"] and entry.data_use == ("DUO:0000004",)
    assert dataset_facts([data]) == {}
    with pytest.raises(CardError):
        dataset_facts([written(tmp_path, "a = 1", "card.toml")])


def test_levels_of_both_sides_count_in_every_order(tmp_path):
    for number, swapped in enumerate((False, True)):
        folder = tmp_path / str(number)
        folder.mkdir()
        home, opened = made(folder, "h", "Restricted"), made(folder, "o")
        entry = pushed(home, folder, SECRET, access="Restricted")
        plant(opened, as_data(entry, access="Open", name="claim"))  # before anything was carried
        sync(*((opened, home) if swapped else (home, opened)))
        assert not object_path(opened, entry).exists()
        claims = [home.read().entries, dict(reversed(home.read().entries.items()))]
        for entries in claims:
            levels = dataclasses.replace(home.read(), entries=entries).levels()
            assert levels == {entry.files[0].sha256: "Restricted"}


ROWS = "\n".join(f"HG{number} 0|1 1|1 0|0 0|1" for number in (99990, 99991, 99992)).encode()


@pytest.mark.parametrize("kind", ["notebook", "experiment", "model"])
def test_rows_of_people_are_not_pushed_for_everybody_to_read(tmp_path, kind):
    catalogue = made(tmp_path, holds="Restricted")
    (tmp_path / "notes.csv").write_bytes(ROWS)
    facts = {"name": "notes", "title": "Notes", "license": "CC-BY-4.0"}
    with pytest.raises(PolicyRefusal, match=r"notes\.csv:1: .*sample") as refused:
        catalogue.push([tmp_path / "notes.csv"], kind=kind, access="Open", **facts)
    assert "99990" not in str(refused.value) and "qsetu share pack" in str(refused.value)
    assert tree(catalogue.store.root) == {}
    # Where Restricted may be held, they may be, under that name.
    assert catalogue.push([tmp_path / "notes.csv"], kind=kind, access="Restricted", **facts)


def test_large_files_are_looked_at_too(tmp_path, monkeypatch):
    monkeypatch.setattr("qsetu.sharing.catalogue.pushing._READ_WHOLE", 10)
    (tmp_path / "notes.csv").write_bytes(ROWS)
    with pytest.raises(PolicyRefusal, match="sample"):
        made(tmp_path).push(
            [tmp_path / "notes.csv"], kind="model", access="Open", name="n", title="N", license="CC0-1.0"
        )
