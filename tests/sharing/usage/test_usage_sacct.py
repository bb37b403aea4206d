"""What sacct prints: jobs and their steps become entries; what cannot be read is told by its line."""

from __future__ import annotations

import random
import re

import pytest

from qsetu.core.errors import ArgumentError, DataError
from qsetu.sharing.usage import Ledger, read_sacct
from qsetu.sharing.usage.sacct import FIELDS
from qsetu.sharing.usage.sacct_cells import gpu_count, memory_bytes

HEAD = "JobID|User|Account|State|Start|End|CPUTimeRAW|MaxRSS|AllocTRES"
TIMES = "2026-01-31T10:00:00|2026-01-31T11:00:00"
# As a cluster prints them: cells of steps that are the job's are empty, and the job has no MaxRSS.
TEXT = f"""{HEAD}
1200|ada|heart|COMPLETED|{TIMES}|28800||billing=8,cpu=8,gres/gpu:a100=2,gres/gpu=2,mem=64G,node=1
1200.batch||heart|COMPLETED|{TIMES}|28800|10452K|cpu=8,gres/gpu=2,mem=64G,node=1
1200.extern||heart|COMPLETED|{TIMES}|28800|0|billing=8,cpu=8,gres/gpu=2,mem=64G,node=1
1200.0||heart|COMPLETED|{TIMES}|28800|1.50G|cpu=8,mem=64G,node=1
1201_4|bob|lung|FAILED|{TIMES}|3600||billing=1,cpu=1,mem=4G,node=1
1201_4.batch||lung|FAILED|{TIMES}|3600|182.33M|cpu=1,mem=4G,node=1
1202|bob|lung|CANCELLED by 1234|{TIMES}|7200||cpu=2
1203|bob|lung|TIMEOUT|{TIMES}|7200|2048|cpu=2
1204+1|bob|lung|OUT_OF_MEMORY|{TIMES}|7200||cpu=2
1205|bob|lung|RUNNING|2026-01-31T10:00:00|Unknown|100||cpu=2
1205.batch||lung|RUNNING|2026-01-31T10:00:00|Unknown|100||cpu=2
1206_[5-9]|bob|lung|PENDING|Unknown|Unknown|0||
1207|bob|lung|CANCELLED by 0|None|2026-01-31T11:00:00|0||
"""


def test_jobs_become_entries_with_what_their_steps_know():
    found = read_sacct(TEXT)
    assert found.bad == ()
    by_job = {one.job_id: one for one in found.usages}
    assert list(by_job) == ["1200", "1201_4", "1202", "1203", "1204+1"]
    first = by_job["1200"]
    assert (first.user, first.project, first.what, first.source) == ("ada", "heart", "Slurm job", "sacct")
    assert (first.started, first.finished) == ("2026-01-31T10:00:00+00:00", "2026-01-31T11:00:00+00:00")
    assert (first.cpu_seconds, first.gpu_seconds, first.peak_memory_bytes) == (28800.0, 7200.0, 3 * 2**29)
    assert {job: one.outcome for job, one in by_job.items()} == {
        "1200": "finished",
        "1201_4": "failed",
        "1202": "stopped",
        "1203": "stopped",
        "1204+1": "failed",
    }
    assert by_job["1201_4"].peak_memory_bytes == round(182.33 * 2**20)
    assert by_job["1202"].note == "CANCELLED by 1234"
    assert by_job["1203"].peak_memory_bytes == 2048 and by_job["1202"].peak_memory_bytes is None
    assert found.notes == (
        "line 11: job 1205 is RUNNING; import it again when it has ended",
        "line 13: job 1206_[5-9] is PENDING; import it again when it has ended",
        "line 14: job 1207 never started (CANCELLED)",
    )


def test_importing_twice_counts_once(tmp_path):
    ledger = Ledger(tmp_path / "usage.sqlite")
    assert ledger.add_all(read_sacct(TEXT).usages) == 5
    ended = TEXT.replace("RUNNING|2026-01-31T10:00:00|Unknown|100", f"COMPLETED|{TIMES}|200")
    assert ledger.add_all(read_sacct(ended).usages) == 1
    assert ledger.add_all(read_sacct(ended, "other").usages) == 0
    assert ledger.totals(())[0].cpu_seconds == 28800 + 3600 + 3 * 7200 + 200
    # An identifier that a cluster gives again is another job; so is the second start of a requeued one.
    later = TEXT.replace("2026-01-31", "2026-02-01")
    assert ledger.add_all(read_sacct(later).usages) == 5


def test_columns_may_come_in_any_order_with_bars_at_the_end_and_lines_of_any_kind(tmp_path):
    expected = read_sacct(TEXT)
    rows = [line.split("|") for line in TEXT.splitlines()]
    order = list(range(len(rows[0])))
    random.Random(3).shuffle(order)
    shuffled = "\n".join("|".join(row[place] for place in order) for row in rows)
    assert shuffled != TEXT and read_sacct(shuffled) == expected
    assert read_sacct("\n".join(f"{line}|" for line in TEXT.splitlines())) == expected
    assert read_sacct("\ufeff" + TEXT.replace("\n", "\r\n")) == expected
    file = tmp_path / "jobs.txt"
    file.write_bytes(TEXT.replace("\n", "\r\n").encode())
    assert read_sacct(file) == read_sacct(str(file)) == expected
    # More columns do not matter, and two files put together have two headers.
    wider = "\n".join(f"x{place}|{line}" for place, line in enumerate(TEXT.splitlines()))
    assert read_sacct(wider) == expected
    twice = read_sacct(TEXT + shuffled)
    assert twice.usages == expected.usages * 2


def test_lines_of_steps_may_stand_anywhere():
    def step(line):
        return "." in line.split("|")[0]

    lines = TEXT.splitlines()
    steps_first = [
        lines[0],
        *(one for one in lines if step(one)),
        *(one for one in lines[1:] if not step(one)),
    ]
    found = {one.job_id: one.peak_memory_bytes for one in read_sacct("\n".join(steps_first)).usages}
    assert found["1200"] == 3 * 2**29 and found["1202"] is None
    alone = read_sacct("\n".join([lines[0], lines[3], lines[5]]))
    assert [one.peak_memory_bytes for one in alone.usages] == [None]
    assert alone.notes == ("line 2: a step of job 1200, whose own line is not here",)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("|28800||", "|many||", "CPUTimeRAW is 'many'; a whole number of seconds is expected"),
        ("|28800||", "|-5||", "CPUTimeRAW is '-5'"),
        ("|28800||", "|" + "9" * 18 + "||", "'cpu_seconds' must"),
        ("|28800||", "||5Q|", "MaxRSS is '5Q'"),
        ("|28800||", "|28800||x|", "10 cells under 9 columns"),
        ("1200|ada", "1200", "8 cells under 9 columns"),
        ("1200|ada", "twelve|ada", "JobID 'twelve' is none of Slurm"),
        ("1200|ada", "1200|", "'user' must be text"),
        ("1200|ada", "1200|a\x1b[31m", "'user' must be text"),
        ("COMPLETED|2026", "EXPLODED|2026", "State 'EXPLODED' is none of Slurm"),
        ("COMPLETED|2026-01-31T10:00:00", "COMPLETED|yesterday", "Start is 'yesterday'"),
        ("COMPLETED|2026-01-31T10:00:00", "COMPLETED|Unknown", "its Start is not known"),
        (TIMES, "2026-01-31T10:00:00|Unknown", "its End is not known"),
        (TIMES, "2026-01-31T10:00:00|2026-01-31T09:00:00", "'finished' must not be before"),
        ("|heart|", "||", "'project' must be text"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_and_stops_no_other(old, new, words):
    found = read_sacct(TEXT.replace(old, new, 1))
    assert len(found.usages) == 4
    (told,) = found.bad
    assert told.startswith("line 2: ") and words in told


def test_bytes_that_are_no_text_spoil_one_line(tmp_path):
    file = tmp_path / "jobs.txt"
    file.write_bytes(TEXT.encode().replace(b"|ada|", b"|\xff\xfe|", 1))
    found = read_sacct(file)
    assert len(found.usages) == 4 and found.bad[0].startswith("line 2: 'user' must be text")


@pytest.mark.parametrize(
    "text",
    ["\n", "a|b\n1|2\n", TEXT.split("\n", 1)[1], TEXT.replace("CPUTimeRAW", "CPUTime"), "{}\n" * 5, "\0|"],
    ids=["empty", "other", "no header", "no time", "json", "zero"],
)
def test_what_is_no_sacct_is_refused_with_the_command_that_helps(text):
    with pytest.raises(DataError, match=re.escape(f"sacct --parsable2 --format={','.join(FIELDS)}")):
        read_sacct(text)


def test_a_header_without_jobs_holds_none():
    assert read_sacct(HEAD + "\n").usages == ()


def test_files_that_cannot_be_read_and_zones_that_are_none_are_told(tmp_path):
    for path in (tmp_path, tmp_path / "none", str(tmp_path / "none"), "a\0b", ""):
        with pytest.raises(DataError, match="cannot be read"):
            read_sacct(path)
    for zone in ("Atlantis", "../../etc/passwd", "", "Europe", 5, "\0"):
        with pytest.raises(ArgumentError, match="'timezone' must be the name"):
            read_sacct(TEXT, timezone=zone)


def test_times_are_taken_to_utc():
    def first(text, **options):
        one = read_sacct(text, **options).usages[0]
        return one.started, one.finished, one.gpu_seconds

    utc = ("2026-01-31T10:00:00+00:00", "2026-01-31T11:00:00+00:00", 7200.0)
    assert first(TEXT) == utc
    assert first(TEXT.replace("T10:", "T12:").replace("T11:", "T13:"), timezone="Europe/Helsinki") == utc
    assert first(re.sub(r"T1([01]):00:00", r"T1\1:00:00+0000", TEXT), timezone="Europe/Helsinki") == utc
    assert (
        first(TEXT.replace("2026-01-31T10:00:00", "1769853600").replace("2026-01-31T11:00:00", "1769857200"))
        == utc
    )
    # Clocks went forward in that night: from 2:30 to 4:30 is an hour.
    night = TEXT.replace("2026-01-31T10:00:00", "2026-03-29T02:30:00").replace(
        "2026-01-31T11:00:00", "2026-03-29T04:30:00"
    )
    assert first(night, timezone="Europe/Helsinki")[2] == 2 * 3600
    assert first(night)[2] == 2 * 7200


def test_names_and_elapsed_time_are_used_where_they_are():
    rows = TEXT.splitlines()
    text = "\n".join(
        f"{row}|{extra}" for row, extra in zip(rows[:2], ("JobName|ElapsedRaw", "train|1800"), strict=True)
    )
    (one,) = read_sacct(text, "mine").usages
    assert (one.what, one.gpu_seconds, one.project) == ("train", 3600.0, "mine")


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        ("", 0),
        ("cpu=8,mem=64G", 0),
        ("cpu=8,gres/gpu=2", 2),
        ("gres/gpu:a100=2", 2),
        ("gres/gpu:a100=2,gres/gpu:v100=1", 3),
        ("gres/gpu:a100=2,gres/gpu=2", 2),
        ("gres/gpu=3,gres/gpu:a100=2,gres/gpu:v100=1", 3),
        ("billing=1,gres/gpumem=40G,gres/gpuutil=5,gres/mps=100,gres/shard=2", 0),
        ("gres/gpu:a100_1g.5gb=7", 7),
    ],
)
def test_gpus_are_counted_once(cell, count):
    assert gpu_count(cell) == count


@pytest.mark.parametrize(
    ("cell", "size"),
    [
        ("", None),
        ("0", 0),
        ("1024", 1024),
        ("1180K", 1180 * 1024),
        ("1.50M", 3 * 2**19),
        ("2G", 2**31),
        ("0.5T", 2**39),
        ("16?", None),
        ("-5K", None),
        ("1e3", None),
        ("K", None),
        ("٣K", None),
    ],
)
def test_sizes(cell, size):
    if size is None and cell:
        with pytest.raises(ValueError, match="size"):
            memory_bytes(cell)
    else:
        assert memory_bytes(cell) == size
