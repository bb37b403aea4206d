"""Quotas: what may start, told with numbers, and refused before it starts."""

from __future__ import annotations

import pickle
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from usage_samples import entry

from qsetu.core.errors import ArgumentError
from qsetu.explanation import Explanation
from qsetu.sharing.usage import Finding, Ledger, Quota, QuotaExceeded
from qsetu.sharing.usage.times import period_bounds

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def at(path, moment=NOW):
    return Ledger(path / "usage.sqlite", clock=lambda: moment)


def test_the_decision_says_what_is_used_asked_for_and_left(tmp_path):
    ledger = at(tmp_path)
    ledger.add(entry(qpu_seconds=30))
    ledger.set_quota("heart", "qpu_seconds", 100)
    allowed = ledger.check("heart", qpu_seconds=40)
    assert (allowed.state, allowed.allowed) == ("allowed", True)
    assert str(allowed) == (
        "Allowed: project 'heart' may use 100 QPU seconds a month; 30 used, 40 asked for, 70 left until the "
        "month ends, 2026-02-01 00:00 UTC."
    )
    warning = ledger.check("heart", qpu_seconds=50)
    assert (warning.state, warning.allowed) == ("warning", True)
    assert warning.sentences[0].startswith("Allowed, with a warning: project 'heart' may use 100")
    assert ledger.check("heart", qpu_seconds=49.999999).state == "allowed"
    assert ledger.check("heart", qpu_seconds=70).state == "warning"
    refused = ledger.check("heart", qpu_seconds=70.000001)
    assert (refused.state, refused.allowed) == ("refused", False)
    (finding,) = refused.findings
    assert finding == Finding(
        Quota("heart", "qpu_seconds", 100.0, "month", 0.8),
        "refused",
        30.0,
        70.000001,
        70.0,
        datetime(2026, 2, 1, tzinfo=UTC),
        finding.sentence,
    )
    # Nobody else's business, and nothing that uses none.
    assert ledger.check("lung", qpu_seconds=1e6).sentences == (
        "Allowed: project 'lung' has no quota on what this run uses.",
    )
    assert ledger.check("heart", shots=10**9, cpu_seconds=1e9).findings == ()


def test_a_run_that_may_not_start_raises_before_it_starts(tmp_path):
    ledger = at(tmp_path)
    ledger.set_quota("heart", "shots", 1000, "total")
    ledger.set_quota("heart", "qpu_seconds", 10)
    assert ledger.require("heart", shots=800).state == "warning"
    with pytest.raises(
        QuotaExceeded, match=r"Refused: project 'heart' may use 1,000 shots in total; 0 used"
    ) as caught:
        ledger.require("heart", shots=1001, qpu_seconds=1)
    assert "QPU" not in str(caught.value) and "raise the quota" in str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.decision == caught.value.decision and str(again) == str(caught.value)
    assert (
        caught.value.decision.sentences[0].startswith("Refused") and len(caught.value.decision.findings) == 2
    )


def test_a_run_of_unknown_need_is_refused_when_nothing_is_left(tmp_path):
    ledger = at(tmp_path)
    ledger.set_quota("heart", "cpu_seconds", 100)
    ledger.set_quota("heart", "gpu_seconds", 0)
    # Every run uses a processor; not every one uses a GPU.
    assert ledger.check("heart").state == "allowed"
    assert "an unknown amount asked for" in str(ledger.check("heart"))
    ledger.add(entry(cpu_seconds=99.999999))
    assert ledger.check("heart").state == "warning"
    ledger.add(entry(cpu_seconds=0.000001))
    assert ledger.check("heart").state == "refused"
    assert ledger.check("heart", cpu_seconds=0).state == "allowed"
    assert ledger.check("heart", cpu_seconds=0, gpu_seconds=None).state == "refused"
    assert ledger.check("heart", cpu_seconds=0, gpu_seconds=1e-6).state == "refused"


def test_memory_is_limited_in_each_run(tmp_path):
    ledger = at(tmp_path)
    ledger.add(entry(peak_memory_bytes=2**40))
    quota = ledger.set_quota("heart", "peak_memory_bytes", 2**30)
    assert quota.period == "run"
    assert ledger.check("heart", peak_memory_bytes=2**29).state == "allowed"
    assert ledger.check("heart", peak_memory_bytes=2**30).state == "warning"
    assert str(ledger.check("heart", peak_memory_bytes=2**30 + 1)) == (
        "Refused: project 'heart' may use 1,073,741,824 bytes of memory in one run; 1,073,741,825 asked for."
    )
    assert ledger.check("heart").state == "allowed"


def test_periods_are_those_of_the_calendar_in_utc(tmp_path):
    ledger = at(tmp_path)
    ledger.set_quota("heart", "shots", 100, "month")
    ledger.set_quota("heart", "shots", 1000, "year")
    ledger.set_quota("heart", "shots", 10_000, "total")
    for started, shots in (
        ("2025-12-31T23:59:59.999999Z", 1),
        ("2026-01-01T00:00Z", 10),
        ("2026-01-31T23:30-00:30", 100),  # the first moment of February
        ("2026-02-28T23:59:59Z", 1000),
        ("2026-03-01T00:00Z", 10_000),
    ):
        ledger.add(entry(started=started, finished="2027-01-01T00:00Z", shots=shots))

    def used(moment):
        return {one.quota.period: int(one.used) for one in at(tmp_path, moment).standing("heart")}

    assert used(datetime(2026, 1, 31, 23, 59, 59, 999999, UTC)) == {
        "month": 10,
        "total": 11111,
        "year": 11110,
    }
    assert used(datetime(2026, 2, 1, tzinfo=UTC)) == {"month": 1100, "total": 11111, "year": 11110}
    assert used(datetime(2025, 12, 31, 23, tzinfo=UTC)) == {"month": 1, "total": 11111, "year": 1}
    # Half past midnight in Helsinki is still the month before.
    helsinki = timezone(timedelta(hours=2))
    assert used(datetime(2026, 2, 1, 0, 30, tzinfo=helsinki))["month"] == 10
    assert used(datetime(2026, 1, 1, 1, 30, tzinfo=helsinki))["year"] == 1


@pytest.mark.parametrize(
    ("period", "now", "first", "after"),
    [
        ("month", "2024-02-29T12:00", "2024-02-01", "2024-03-01"),
        ("month", "2023-02-28T23:59", "2023-02-01", "2023-03-01"),
        ("month", "2026-12-31T23:59", "2026-12-01", "2027-01-01"),
        ("year", "2024-12-31T23:59", "2024-01-01", "2025-01-01"),
        ("year", "2024-01-01T00:00", "2024-01-01", "2025-01-01"),
        ("month", "9999-12-31T00:00", "9999-12-01", None),
        ("total", "2026-01-01T00:00", None, None),
    ],
)
def test_bounds_of_periods(period, now, first, after):
    def day(text):
        return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert period_bounds(period, day(now)) == (day(first), day(after))


def test_corrections_give_back_to_the_period_of_the_run(tmp_path):
    ledger = at(tmp_path)
    ledger.set_quota("heart", "shots", 100)
    one = entry(shots=100)
    ledger.add(one)
    assert not ledger.check("heart", shots=1).allowed
    ledger.add(one.correction(shots=-60, note="refunded"))
    assert ledger.check("heart", shots=60).allowed and not ledger.check("heart", shots=61).allowed
    february = at(tmp_path, NOW + timedelta(days=2))
    assert not february.check("heart", shots=101).allowed and february.check("heart", shots=100).allowed


def test_quotas_are_set_replaced_and_removed(tmp_path):
    ledger = at(tmp_path)
    ledger.set_quota("lung", "cpu_seconds", 1.5, "year", warn_at=1)
    ledger.set_quota("heart", "shots", 5)
    ledger.set_quota("heart", "shots", 6, "total", 0.5)
    ledger.set_quota("heart", "shots", 7)
    assert ledger.quotas() == [
        Quota("heart", "shots", 7, "month"),
        Quota("heart", "shots", 6, "total", 0.5),
        Quota("lung", "cpu_seconds", 1.5, "year", 1.0),
    ]
    assert [one.project for one in ledger.quotas("lung")] == ["lung"]
    assert ledger.remove_quota("heart", "shots", "year") is False
    assert ledger.remove_quota("heart", "shots", "total") is True
    assert ledger.remove_quota("heart", "shots") is True
    assert ledger.remove_quota("heart", "shots") is False
    assert len(ledger.quotas()) == 1
    rows = sqlite3.connect(ledger.path).execute("SELECT amount FROM quotas").fetchall()
    assert rows == [(1_500_000,)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("heart", "qpu_second", 5), "'resource' must be one of.*Did you mean 'qpu_seconds'"),
        (("heart", "shots", 5, "week"), "'period' must be one of month, total, year"),
        (("heart", "shots", 5, "run"), "'period' must be one of"),
        (("heart", "peak_memory_bytes", 5, "month"), "'period' must be 'run'"),
        (("heart", "shots", -1), "'limit' must be an integer"),
        (("heart", "shots", 2**63), "'limit' must be an integer"),
        (("heart", "cpu_seconds", float("nan")), "'limit' must be a finite"),
        (("heart", "cpu_seconds", "5"), "'limit' must be a number of seconds"),
        (("heart", "shots", 5, "month", 0), "'warn_at' must be"),
        (("heart", "shots", 5, "month", 1.01), "'warn_at' must be"),
        (("heart", "shots", 5, "month", float("nan")), "'warn_at' must be"),
        (("heart", "shots", 5, "month", True), "'warn_at' must be"),
        (("a\nb", "shots", 5), "'project' must be text"),
    ],
)
def test_quotas_that_break_a_rule_are_refused(tmp_path, arguments, words):
    ledger = at(tmp_path)
    with pytest.raises(ArgumentError, match=words):
        ledger.set_quota(*arguments)
    assert ledger.quotas() == []


def test_estimates_are_numbers_or_what_explain_gives(tmp_path):
    ledger = at(tmp_path)
    for name in ("cpu_seconds", "gpu_seconds", "peak_memory_bytes"):
        ledger.set_quota("heart", name, 100)

    def asked(estimate=None, **amounts):
        return {one.quota.resource: one.asked for one in ledger.check("heart", estimate, **amounts).findings}

    fields = {"seconds": 2.5, "compile_seconds": 0.5, "memory_bytes": 50, "device": "cpu (2 threads)"}
    others = {name: None for name in Explanation.__dataclass_fields__ if name not in fields}
    assert asked(Explanation(**fields, **others)) == {"cpu_seconds": 3.0, "peak_memory_bytes": 50}
    on_gpu = Explanation(**{**fields, "device": "cuda:0 (H200)"}, **others)
    assert asked(on_gpu) == {"cpu_seconds": None, "gpu_seconds": 3.0, "peak_memory_bytes": 50}
    assert asked(SimpleNamespace(seconds=2)) == {"cpu_seconds": 2.0}
    assert asked(SimpleNamespace(memory_bytes=1.5)) == {"cpu_seconds": None, "peak_memory_bytes": 2}
    assert asked({"cpu_seconds": 1, "gpu_seconds": 2}, cpu_seconds=4) == {
        "cpu_seconds": 4.0,
        "gpu_seconds": 2.0,
    }
    assert asked() == {"cpu_seconds": None}


@pytest.mark.parametrize(
    ("estimate", "amounts"),
    [
        ("5 seconds", {}),
        (5, {}),
        (SimpleNamespace(), {}),
        (SimpleNamespace(seconds="5"), {}),
        (SimpleNamespace(seconds=float("nan")), {}),
        (SimpleNamespace(seconds=1, compile_seconds=-5), {}),
        (SimpleNamespace(memory_bytes=float("inf")), {}),
        ({"seconds": 5}, {}),
        ({"shots": -1}, {}),
        (None, {"qpu": 5}),
        (None, {"cpu_seconds": float("inf")}),
    ],
    ids=str,
)
def test_estimates_that_say_nothing_are_refused(tmp_path, estimate, amounts):
    with pytest.raises(ArgumentError, match=r"'estimate|'shots'|'cpu_seconds'|'peak_memory_bytes'"):
        at(tmp_path).check("heart", estimate, **amounts)
