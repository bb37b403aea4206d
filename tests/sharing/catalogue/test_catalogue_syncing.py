"""Two catalogues become one: nothing of either is lost, whatever the order."""

from __future__ import annotations

import itertools

import pytest
from catalogue_support import made, object_path, pushed, tree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qsetu.core.errors import DataError
from qsetu.sharing.catalogue import sync


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_union_is_the_same_from_both_sides_and_loses_nothing(tmp_path, data):
    number = len(list(tmp_path.iterdir()))
    folder = tmp_path / str(number)
    folder.mkdir()
    both = [made(folder, "a"), made(folder, "b", institution="Lab B")]
    for catalogue in both:
        for _ in range(data.draw(st.integers(0, 3))):
            content = data.draw(st.sampled_from(["one", "two", "three"]))
            pushed(catalogue, folder, content, name=data.draw(st.sampled_from(["x", "y"])))
        for entry in catalogue.entries():
            what = data.draw(st.sampled_from(["nothing", "alias", "withdraw"]))
            if what == "alias":
                catalogue.alias("best", entry.id)
            elif what == "withdraw":
                catalogue.withdraw(entry.id, "wrong")
    before = [tree(one.store.root) for one in both]
    order = both if data.draw(st.booleans()) else both[::-1]
    report = sync(*order)
    assert not report.problems
    after = [tree(one.store.root) for one in both]
    assert after[0] == after[1] == {**before[0], **before[1]}
    for one in both:
        assert one.verify().ok
    again = sync(*order)
    assert (again.to_a.records, again.to_b.records, again.to_a.objects, again.to_b.objects) == (0, 0, 0, 0)
    assert [tree(one.store.root) for one in both] == after


def test_three_catalogues_agree_in_any_order(tmp_path):
    results = []
    for number, order in enumerate(itertools.permutations(range(3))):
        folder = tmp_path / str(number)
        folder.mkdir()
        three = [made(folder, name, institution=name.upper()) for name in "abc"]
        for one in three:
            pushed(one, folder, one.card.institution)
        pairs = [(order[0], order[1]), (order[1], order[2]), (order[2], order[0]), (order[0], order[1])]
        for first, second in pairs:
            sync(three[first], three[second])
        trees = [tree(one.store.root) for one in three]
        assert trees[0] == trees[1] == trees[2] and len(trees[0]) == 6
        results.append(sorted(one.institution for one in three[0].entries()))
    assert results == [["A", "B", "C"]] * 6


def test_one_way_leaves_the_source_alone(tmp_path):
    a, b = made(tmp_path, "a"), made(tmp_path, "b", institution="Lab B")
    pushed(a, tmp_path, "one")
    pushed(b, tmp_path, "two")
    before = tree(a.store.root)
    report = sync(a, b, one_way=True)
    assert report.to_a is None and (report.to_b.records, report.to_b.objects, report.to_b.bytes) == (1, 1, 3)
    assert tree(a.store.root) == before and len(b.entries()) == 2


def test_a_sync_of_cards_is_finished_by_a_whole_one(tmp_path):
    a, b = made(tmp_path, "a"), made(tmp_path, "b")
    entry = pushed(a, tmp_path)
    assert sync(a, b, files=False).to_b.objects == 0
    assert b.show(entry.id).held == (False,)
    with pytest.raises(DataError, match=r"has its card but not its file 'm.bin'. Ask Lab A."):
        b.pull(entry.id, tmp_path / "out")
    assert sync(a, b).to_b.objects == 1
    assert b.pull(entry.id, tmp_path / "out")[0].read_bytes() == b"weights"


def test_sync_heals_what_is_damaged_and_carries_nothing_damaged(tmp_path):
    a, b = made(tmp_path, "a"), made(tmp_path, "b")
    entry = pushed(a, tmp_path)
    other = pushed(a, tmp_path, "other", name="other")
    sync(a, b)
    (b.store.root / "entries" / f"{entry.id}.json").write_bytes(b"{}")
    object_path(b, entry).unlink()
    object_path(a, other).write_bytes(b"oTher")
    object_path(b, other).unlink()
    report = sync(a, b)
    assert b.entries() == a.entries() and not b.problems
    assert object_path(b, entry).read_bytes() == b"weights"
    assert not object_path(b, other).exists()
    assert len(report.to_b.problems) == 1 and "is not carried" in report.to_b.problems[0]
    assert [one.kind for one in b.verify().findings] == ["missing"]
