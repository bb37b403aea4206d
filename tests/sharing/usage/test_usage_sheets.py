"""CSV that a spreadsheet opens: numbers as they are, and no text that it would run."""

from __future__ import annotations

import csv
import io
from dataclasses import fields

import pytest
from usage_samples import entry

from qsetu.sharing.usage import Ledger, Usage, entries_csv, totals_csv
from qsetu.sharing.usage.wording import amount, number


def rows(text):
    return list(csv.reader(io.StringIO(text)))


def test_totals_as_csv(tmp_path):
    ledger = Ledger(tmp_path / "usage.sqlite")
    ledger.add_all(
        [entry(cpu_seconds=0.5, shots=2**62, peak_memory_bytes=7), entry('a,"b"', "ö", cpu_seconds=1e-6)]
    )
    assert rows(totals_csv(ledger.totals(), ("project", "user"))) == [
        [
            "project",
            "user",
            "runs",
            "cpu_seconds",
            "gpu_seconds",
            "qpu_seconds",
            "shots",
            "peak_memory_bytes",
        ],
        ['a,"b"', "ö", "1", "1e-06", "0.0", "0.0", "0", ""],
        ["heart", "ada", "1", "0.5", "0.0", "0.0", str(2**62), "7"],
    ]
    assert rows(totals_csv(ledger.totals(()), ()))[1] == ["2", "0.500001", "0.0", "0.0", str(2**62), "7"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_texts_that_look_like_formulas_get_an_apostrophe(tmp_path, start):
    ledger = Ledger(tmp_path / "usage.sqlite")
    text = f'{start}HYPERLINK("x")'
    ledger.add(entry(text, text, what=text, note=f"  {text}", job_id=text, source=text))
    assert rows(totals_csv(ledger.totals(), ("project", "user")))[1][:2] == [f"'{text}"] * 2
    head, row = rows(entries_csv(ledger.entries()))
    shown = dict(zip(head, row, strict=True))
    assert [shown[name] for name in ("project", "user", "what", "job_id", "source")] == [f"'{text}"] * 5
    assert shown["note"] == f"'  {text}"
    # The ledger itself keeps what was said.
    assert ledger.entries()[0].project == text


def test_entries_as_csv_say_everything_and_leave_numbers_alone():
    one = entry(cpu_seconds=5, job_id="7", calibration_set_id="77")
    fixed = one.correction(cpu_seconds=-1.5, shots=-2, note="x")
    head, *found = rows(entries_csv([one, fixed]))
    assert head == [field.name for field in fields(Usage)]
    assert len(found) == 2
    shown = dict(zip(head, found[1], strict=True))
    assert (shown["cpu_seconds"], shown["shots"], shown["corrects"]) == ("-1.5", "-2", one.identity)
    assert (shown["job_id"], shown["calibration_set_id"], shown["peak_memory_bytes"]) == ("7", "77", "")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (3600.0, "3,600"),
        (2**63 - 1, "9,223,372,036,854,775,807"),
        (12.5, "12.5"),
        (1234.567, "1,234.57"),
        (0.00423, "0.00423"),
        (1e-6, "1e-06"),
        (99.999, "100"),
        (-0.5, "-0.5"),
    ],
)
def test_numbers_in_words(value, words):
    assert number(value) == words
    assert amount("qpu_seconds", value) == f"{words} QPU seconds"
