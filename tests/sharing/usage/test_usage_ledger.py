"""What is added is there, once and unchanged, and totals are the sums of it."""

from __future__ import annotations

import random
import sqlite3
from datetime import UTC, date, datetime

import pytest
from usage_samples import entry

from qsetu.core.errors import ArgumentError, DataError
from qsetu.sharing.usage import Ledger, Total


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "usage.sqlite")


def test_an_entry_comes_back_as_it_was(ledger):
    full = entry(
        "Herz 心臓",
        "ada",
        cpu_seconds=1 / 3,
        gpu_seconds=2.5,
        qpu_seconds=1e-6,
        shots=2**63 - 1,
        peak_memory_bytes=2**40,
        outcome="stopped",
        source="iqm",
        job_id="0193-a, 0193-b",
        calibration_set_id="77",
        note="'; DROP TABLE entries; --",
    )
    bare = entry("Herz 心臓", "bob", identity="")
    assert ledger.add(full) and ledger.add(bare)
    assert Ledger(ledger.path).entries() == [full, bare]


def test_an_entry_that_is_added_twice_counts_once(ledger):
    one = entry(identity="same", shots=5)
    assert ledger.add(one) is True
    assert ledger.add(one) is False
    assert ledger.add(entry(identity="same", shots=9)) is False
    assert ledger.add_all([entry(identity="new"), one, entry(identity="new")]) == 1
    assert [total.shots for total in ledger.totals(())] == [5]
    assert len(ledger.entries()) == 2


def test_several_are_added_together_or_not_at_all(ledger):
    with pytest.raises(ArgumentError, match="corrects"):
        ledger.add_all([entry(), entry(corrects="nothing")])
    with pytest.raises(ArgumentError, match="'usage' must be a Usage"):
        ledger.add_all([entry(), {"shots": 1}])
    assert ledger.entries() == []
    assert ledger.totals(()) == [Total((), 0, 0.0, 0.0, 0.0, 0, None)]
    assert ledger.totals() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET shots = 0",
        "UPDATE entries SET note = 'x' WHERE id = 1",
        "DELETE FROM entries",
        "DELETE FROM entries WHERE id = 1",
        "INSERT OR REPLACE INTO entries SELECT id, identity, project, user, what, started, finished, 0, 0, "
        "0, 0, NULL, outcome, source, NULL, NULL, '', NULL FROM entries",
        "INSERT OR REPLACE INTO entries SELECT id + 9, identity, project, user, what, started, finished, 0, "
        "0, 0, 0, NULL, outcome, source, NULL, NULL, '', NULL FROM entries",
        "INSERT INTO entries SELECT NULL, identity, project, user, what, started, finished, 0, 0, 0, 0, "
        "NULL, outcome, source, NULL, NULL, '', NULL FROM entries WHERE 1 "
        "ON CONFLICT DO UPDATE SET shots = 0",
    ],
)
def test_nothing_in_the_file_is_changed_or_deleted(ledger, statement):
    one = entry(shots=5)
    ledger.add(one)
    connection = sqlite3.connect(ledger.path)
    with pytest.raises(sqlite3.IntegrityError, match="entries are never"):
        connection.execute(statement)
    connection.commit()
    connection.close()
    assert ledger.entries() == [one]


def test_a_file_without_its_triggers_is_refused(ledger):
    ledger.add(entry())
    connection = sqlite3.connect(ledger.path)
    connection.execute("DROP TRIGGER entries_are_not_deleted")
    connection.commit()
    connection.close()
    with pytest.raises(DataError, match="is damaged: its tables, or the triggers"):
        ledger.entries()
    with pytest.raises(DataError, match="is damaged"):
        ledger.add(entry())


def test_entries_are_found_by_project_user_and_time(ledger):
    days = ["2026-01-31T23:59:59.999999Z", "2026-02-01T00:00Z", "2026-02-28T12:00Z", "2026-03-01T01:00+02:00"]
    made = [
        entry(project, user, started=day, finished="2026-12-01T00:00Z")
        for day in days
        for project in ("heart", "lung")
        for user in ("ada", "bob")
    ]
    ledger.add_all(random.Random(1).sample(made, len(made)))

    def count(**asked):
        return len(ledger.entries(**asked))

    assert count() == 16
    assert count(project="lung") == 8 and count(project="lung", user="bob") == 4
    assert count(project="Lung") == count(project="lun%") == 0
    # The last one started at 23:00 of 28 February in UTC.
    assert count(since="2026-02-01", until="2026-03-01") == 12
    assert count(until="2026-02-01") == 4
    assert count(since=date(2026, 2, 1)) == 12
    assert count(since=datetime(2026, 2, 1, tzinfo=UTC)) == 12
    assert count(since="2026-02-01T02:00:01+02:00") == 8
    assert [one.started for one in ledger.entries()] == sorted(one.started for one in made)
    for wrong in ("soon", 5, "2026-13-01"):
        with pytest.raises(ArgumentError, match="'since' must be a date"):
            ledger.entries(since=wrong)
        with pytest.raises(ArgumentError, match="'until' must be a date"):
            ledger.totals(until=wrong)


def test_totals_are_exact_whatever_the_order(ledger):
    draw = random.Random(2)
    made = [
        entry(
            draw.choice("ab"),
            draw.choice("xyz"),
            started=f"202{draw.randint(4, 6)}-0{draw.randint(1, 9)}-15T00:00Z",
            finished="2026-12-01T00:00Z",
            cpu_seconds=draw.randrange(10**9) / 1e6,
            shots=draw.randrange(2**62),
            peak_memory_bytes=draw.choice([None, draw.randrange(2**40)]),
        )
        for _ in range(200)
    ]
    ledger.add_all(made)
    for by, key in (
        (("project", "user"), lambda one: (one.project, one.user)),
        ("month", lambda one: (one.started[:7],)),
        (["year", "user"], lambda one: (one.started[:4], one.user)),
        ((), lambda one: ()),
    ):
        totals = ledger.totals(by)
        assert [total.group for total in totals] == sorted({key(one) for one in made})
        for total in totals:
            mine = [one for one in made if key(one) == total.group]
            assert total.runs == len(mine)
            # Far beyond 64 bits, and not a microsecond is lost.
            assert total.shots == sum(one.shots for one in mine)
            assert total.cpu_seconds == sum(round(one.cpu_seconds * 1e6) for one in mine) / 10**6
            known = [one.peak_memory_bytes for one in mine if one.peak_memory_bytes is not None]
            assert total.peak_memory_bytes == max(known, default=None)
    assert ledger.totals((), user="x")[0].runs == sum(one.user == "x" for one in made)


def test_groupings_are_names_and_not_sql(ledger):
    for wrong in ("shots; DROP TABLE entries", ("project", "note"), [5]):
        with pytest.raises(ArgumentError, match="'by' must be one of"):
            ledger.totals(wrong)
    with pytest.raises(ArgumentError, match="each grouping once"):
        ledger.totals(("user", "user"))


def test_corrections_add_up_and_take_away_no_more_than_there_was(ledger):
    one = entry(cpu_seconds=0.3, shots=10)
    ledger.add(one)
    assert ledger.add(one.correction(cpu_seconds=-0.1, note="a"))
    assert not ledger.add(one.correction(cpu_seconds=-0.1, note="a"))
    assert ledger.add(one.correction(cpu_seconds=-0.2, shots=5, note="b"))
    (total,) = ledger.totals()
    assert (total.runs, total.cpu_seconds, total.shots) == (1, 0.0, 15)
    with pytest.raises(
        ArgumentError, match=r"'cpu_seconds' must not take away more than the 0\.0 that are left"
    ):
        ledger.add(one.correction(cpu_seconds=-1e-6, note="c"))
    with pytest.raises(ArgumentError, match="'shots' must not take away more than the 15"):
        ledger.add(one.correction(shots=-16, note="c"))
    assert ledger.add(one.correction(shots=-15, note="c"))


def test_corrections_name_an_entry_of_the_same_place(ledger):
    one = entry(shots=10)
    ledger.add(one)
    fixed = one.correction(shots=-1, note="x")
    ledger.add(fixed)
    for wrong in ("nothing", fixed.identity):
        with pytest.raises(ArgumentError, match="'corrects' must be the identity of an entry"):
            ledger.add(entry(corrects=wrong, shots=-1))
    for change in ({"project": "lung"}, {"user": "bob"}, {"started": "2026-01-31T09:00Z"}):
        with pytest.raises(ArgumentError, match="same project, user and times"):
            ledger.add(entry(**{"corrects": one.identity, "shots": -1, **change}))
    assert ledger.totals(())[0].shots == 9


def test_what_is_damaged_is_told_and_not_shown(ledger):
    connection = sqlite3.connect(ledger.path)
    connection.execute(
        "INSERT INTO entries VALUES (NULL, 'x', 'p\n', 'u', 'w', 'soon', 'later', 0, 0, 0, 0, NULL, 'o', "
        "'s', NULL, NULL, '', NULL)"
    )
    connection.execute("INSERT INTO quotas VALUES ('p', 'time', 'month', 5, 0.8)")
    connection.commit()
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO quotas VALUES ('p', 'shots', 'month', 'many', 0.8)")
    connection.close()
    with pytest.raises(DataError, match="damaged: of an entry, 'project'"):
        ledger.entries()
    with pytest.raises(DataError, match="damaged: of a quota, 'resource'"):
        ledger.quotas()


def test_values_of_the_wrong_type_are_told(ledger):
    connection = sqlite3.connect(ledger.path)
    connection.execute("PRAGMA ignore_check_constraints = ON")  # as whoever means harm would
    connection.execute(
        "INSERT INTO entries VALUES (NULL, 'x', 'p', 'u', 'w', '2026-01-01T00:00Z', '2026-01-01T00:00Z', "
        "'many', 0, 0, 0, NULL, 'finished', 's', NULL, NULL, '', NULL)"
    )
    connection.execute("INSERT INTO quotas VALUES ('p', 'cpu_seconds', 'month', 'many', 0.8)")
    connection.commit()
    connection.close()
    with pytest.raises(DataError, match="damaged: of an entry, a value is of the wrong type"):
        ledger.entries()
    with pytest.raises(DataError, match="damaged: of a quota, a value is of the wrong type"):
        ledger.check("p")
