"""An entry says what it was given, or is refused by the name of what is wrong."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from usage_samples import entry

from qsetu.core.errors import ArgumentError, QsetuError
from qsetu.sharing.usage import RESOURCES, Usage
from qsetu.sharing.usage.resources import MOST_COUNT

NUMBERS = ("cpu_seconds", "gpu_seconds", "qpu_seconds", "shots", "peak_memory_bytes")


def test_what_is_given_is_kept():
    one = entry("Herz-Projekt 心臓 🫀", "ada", what="μ-kernel", note="naïve: =1+1", shots=np.int64(7))
    assert (one.project, one.what, one.note, one.shots) == (
        "Herz-Projekt 心臓 🫀",
        "μ-kernel",
        "naïve: =1+1",
        7,
    )
    with pytest.raises(FrozenInstanceError):
        one.shots = 8


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-01-31T10:00Z", "2026-01-31T10:00:00+00:00"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00+00:00"),
        ("2026-01-31 10:00:00.500000+00:00", "2026-01-31T10:00:00.500000+00:00"),
        ("2024-02-29T23:59:59-00:30", "2024-03-01T00:29:59+00:00"),
    ],
)
def test_times_are_kept_in_utc(given, kept):
    assert entry(started=given, finished="2026-02-01T00:00Z").started == kept


@pytest.mark.parametrize(
    "given",
    [
        "2026-01-31T10:00:00",
        "2026-01-31",
        "yesterday",
        "",
        None,
        1769853600,
        "2026-02-30T10:00Z",
        "0001-01-01T00:00+10:00",
        "9999-12-31T23:00-10:00",
    ],
)
def test_times_without_an_offset_or_beyond_the_calendar_are_refused(given):
    with pytest.raises(ArgumentError, match="'started' must be a time in ISO 8601"):
        entry(started=given)


def test_a_run_does_not_end_before_it_starts():
    with pytest.raises(ArgumentError, match="'finished' must not be before 'started'"):
        entry(finished="2026-01-31T09:59:59Z")
    same = "2026-01-31T10:00:00.000000+00:00"
    assert entry(finished=same).finished == entry().started


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "value",
    [-1, float("nan"), float("inf"), "5", True, 10**400, 2**63, -(2**70), [1], 10**6000],
    ids=lambda value: "huge" if isinstance(value, int) and value > 2**70 else str(value),
)
def test_numbers_that_are_none_negative_or_beyond_64_bits_are_refused(name, value):
    with pytest.raises(ArgumentError, match=f"'{name}' must") as caught:
        entry(**{name: value})
    assert len(str(caught.value)) < 400


def test_the_largest_numbers_are_kept():
    one = entry(shots=MOST_COUNT, cpu_seconds=1e12, peak_memory_bytes=MOST_COUNT)
    assert (one.shots, one.cpu_seconds, one.peak_memory_bytes) == (2**63 - 1, 1e12, 2**63 - 1)
    for shots in (1.0, 0.5):  # a count is no float
        with pytest.raises(ArgumentError, match="'shots'"):
            entry(shots=shots)


@pytest.mark.parametrize("name", ["project", "user", "what", "source", "identity"])
@pytest.mark.parametrize(
    "value",
    [
        "a\nb",
        "a\x00",
        "\x1b[31mred",
        " a",
        "a ",
        "x" * 201,
        "\ud800",
        "a\u2028b",
        "ada\u202egpj",
        b"a",
        7,
        None,
    ],
    ids=ascii,
)
def test_names_that_no_terminal_can_show_are_refused(name, value):
    with pytest.raises(ArgumentError, match=f"'{name}' must be text"):
        entry(**{name: value})


def test_empty_names_and_several_lines_are_refused():
    for name in ("project", "user"):
        with pytest.raises(ArgumentError, match=name):
            entry(**{name: ""})
    for name in ("note", "job_id", "calibration_set_id"):
        with pytest.raises(ArgumentError, match=f"'{name}' must be one line"):
            entry(**{name: "two\nlines"})
        with pytest.raises(ArgumentError, match=f"'{name}' must be one line"):
            entry(**{name: "x" * 4001})
    with pytest.raises(ArgumentError, match="Did you mean 'finished'"):
        entry(outcome="finishd")
    with pytest.raises(ArgumentError, match=r"Character 2 is U\+202E"):
        entry(user="a\u202eb")


def test_without_an_identity_the_content_is_one():
    first, same = entry(identity=""), entry(identity="")
    assert first == same and first.identity.startswith("content:")
    others = [
        entry(identity="", **change)
        for change in (
            {"shots": 1},
            {"note": "x"},
            {"cpu_seconds": 1e-6},
            {"finished": "2026-01-31T10:01:01Z"},
            {"job_id": "7"},
            {"outcome": "failed"},
        )
    ]
    assert len({one.identity for one in [first, *others]}) == 7


@pytest.mark.parametrize("value", [0.0, 1e-6, 0.1, 1 / 3, 59.999999, 2.6e10 + 0.123456, 999_999_999_999.999])
def test_times_survive_the_whole_numbers_of_the_file(value):
    one = entry(cpu_seconds=value)
    resource = RESOURCES["cpu_seconds"]
    assert resource.shown(resource.stored(one.cpu_seconds)) == one.cpu_seconds
    assert abs(one.cpu_seconds - value) <= max(5e-7, abs(value) * 2e-16)
    assert replace(one).cpu_seconds == one.cpu_seconds


def test_a_correction_has_the_place_of_what_it_corrects():
    one = entry(job_id="7", shots=1000, cpu_seconds=3.5)
    fixed = one.correction(shots=-1000, cpu_seconds=-0.5, note="refunded")
    assert (fixed.project, fixed.user, fixed.started, fixed.finished) == (
        one.project,
        one.user,
        one.started,
        one.finished,
    )
    assert (fixed.shots, fixed.cpu_seconds, fixed.corrects, fixed.job_id) == (-1000, -0.5, one.identity, "7")
    assert fixed == one.correction(shots=-1000, cpu_seconds=-0.5, note="refunded")
    assert fixed.identity != one.correction(shots=-1000, cpu_seconds=-0.5, note="again").identity
    with pytest.raises(ArgumentError, match="peak_memory_bytes"):
        one.correction(peak_memory_bytes=-1, note="no")
    with pytest.raises(ArgumentError, match="no correction itself"):
        fixed.correction(shots=1, note="no")
    with pytest.raises(ArgumentError, match="peak_memory_bytes"):
        entry(corrects="x", peak_memory_bytes=-1)


def test_entries_travel_between_processes_and_names_are_loaded_late():
    one = entry(shots=3)
    assert pickle.loads(pickle.dumps(one)) == one
    import qsetu.sharing.usage as room

    assert set(room.__all__) <= set(dir(room))
    for name in room.__all__:
        assert getattr(room, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        _ = room.nothing
    assert issubclass(room.QuotaExceeded, QsetuError)
    assert isinstance(one, Usage)
