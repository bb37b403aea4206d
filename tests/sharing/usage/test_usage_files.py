"""The file: what is no ledger is refused, and what was written stays, whatever happens to whom."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from usage_samples import entry

from qsetu.core.errors import ArgumentError, DataError, OutputError
from qsetu.sharing.usage import Ledger
from qsetu.sharing.usage.schema import APPLICATION_ID, SCHEMA

NOBODY = 65534
START = """
import sys
sys.path.insert(0, sys.argv[2])
from usage_samples import entry
from qsetu.sharing.usage import Ledger
ledger = Ledger(sys.argv[1])
"""


def process(path, code, **pipes):
    arguments = [sys.executable, "-c", START + code, str(path), str(Path(__file__).parent)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, **pipes)


def filled(path, count=3):
    ledger = Ledger(path)
    ledger.add_all(entry(shots=1, note="n" * 2000) for _ in range(count))
    return ledger


def test_a_ledger_is_made_with_its_folder_and_found_again(tmp_path):
    path = tmp_path / "a b" / "c%20?#" / "usage.sqlite"
    assert Ledger(str(path)).add(entry())
    assert path.read_bytes().startswith(b"SQLite format 3")
    assert int.from_bytes(path.read_bytes()[68:72], "big") == APPLICATION_ID
    assert len(Ledger(path).entries()) == 1
    assert [one.name for one in path.parent.iterdir()] == ["usage.sqlite"]


def test_an_empty_file_is_a_ledger_that_was_begun(tmp_path):
    path = tmp_path / "usage.sqlite"
    path.touch()
    assert Ledger(path).add(entry())


@pytest.mark.parametrize(
    "content",
    [b"x", b"# Notes\n" * 1000, b"\0" * 4096, b"SQLite format 3\0", bytes(range(256)) * 40],
    ids=["letter", "text", "zeros", "head", "bytes"],
)
def test_files_that_are_no_ledger_are_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "usage.sqlite"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"usage ledger|damaged"):
        Ledger(path)
    assert path.read_bytes() == content


def test_other_databases_are_refused_and_left_alone(tmp_path):
    path = tmp_path / "other.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE entries (id INTEGER)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(DataError, match="a database, but no usage ledger"):
        Ledger(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("pragma", "value", "words"),
    [
        ("user_version", 2, "version 2, and this qsetu reads up to version 1.*upgrade qsetu"),
        ("user_version", 0, "damaged"),
        ("user_version", -1, "damaged"),
        ("application_id", 7, "no usage ledger"),
    ],
)
def test_other_versions_are_refused(tmp_path, pragma, value, words):
    ledger = filled(tmp_path / "usage.sqlite")
    connection = sqlite3.connect(ledger.path)
    connection.execute(f"PRAGMA {pragma} = {value}")
    connection.commit()
    connection.close()
    with pytest.raises(DataError, match=words):
        Ledger(ledger.path)
    with pytest.raises(DataError, match=words):  # also where it was right when it was opened
        ledger.add(entry())


def test_more_tables_than_ours_are_refused(tmp_path):
    ledger = filled(tmp_path / "usage.sqlite")
    connection = sqlite3.connect(ledger.path)
    connection.execute("CREATE TRIGGER spy AFTER INSERT ON entries BEGIN SELECT 1; END")
    connection.commit()
    connection.close()
    with pytest.raises(DataError, match="damaged: its tables"):
        ledger.add(entry())


@pytest.mark.parametrize("kept", [50, 512, 4096, 4096 * 3, -4096, -4000, -1])
def test_a_truncated_ledger_is_refused(tmp_path, kept):
    ledger = filled(tmp_path / "usage.sqlite", 40)
    content = ledger.path.read_bytes()
    ledger.path.write_bytes(content[:kept])
    # SQLite itself takes zeros for what is missing of the last page, and would give other numbers.
    words = "its end is missing" if kept in (-4000, -1) else "is damaged"
    with pytest.raises(DataError, match=words):
        Ledger(ledger.path)
    with pytest.raises(DataError, match=words):
        ledger.totals()


def test_a_damaged_page_is_told(tmp_path):
    ledger = filled(tmp_path / "usage.sqlite", 200)
    content = bytearray(ledger.path.read_bytes())
    for page in range(10, len(content) // 4096):
        content[page * 4096 : (page + 1) * 4096] = b"\xff" * 4096
    ledger.path.write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        ledger.entries()


def test_folders_missing_files_and_paths_that_are_none_are_told(tmp_path):
    with pytest.raises(DataError, match="is a folder"):
        Ledger(tmp_path)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(
        OutputError, match="cannot be"
    ):  # below a file nobody can make a folder, root included
        Ledger(tmp_path / "file" / "usage.sqlite")
    for wrong in ("", "a\0b"):
        with pytest.raises(ArgumentError, match="'path' must name a file"):
            Ledger(wrong)
    ledger = filled(tmp_path / "usage.sqlite")
    ledger.path.unlink()
    with pytest.raises(OutputError, match="cannot be written"):
        ledger.add(entry())
    with pytest.raises(DataError, match="cannot be read"):
        ledger.entries()
    assert not ledger.path.exists()
    assert repr(ledger) == f"Ledger({str(tmp_path / 'usage.sqlite')!r})"


@pytest.fixture
def shared():
    """A folder that others may look into, and a way to be one of them: root may write everywhere."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    own = os.geteuid()
    try:
        yield folder
    finally:
        os.seteuid(own)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_what_may_not_be_written_can_be_read(shared):
    ledger = filled(shared / "usage.sqlite")
    ledger.path.chmod(0o444)
    shared.chmod(0o555)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
    with pytest.raises(OutputError, match="may not be written"):
        ledger.add(entry())
    with pytest.raises(OutputError, match="may not be written"):
        ledger.set_quota("heart", "shots", 5)
    with pytest.raises(OutputError):
        Ledger(shared / "new.sqlite")
    assert len(Ledger(ledger.path).entries()) == 3
    assert ledger.check("heart", shots=5).allowed


def test_a_full_disk_loses_the_new_entry_only(tmp_path):
    # The system refuses the process larger files than this, as a full disk does.
    ledger = filled(tmp_path / "usage.sqlite")
    code = """
import resource
from qsetu.core.errors import OutputError
size = ledger.path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 8192, resource.RLIM_INFINITY))
added = 0
try:
    while added < 100:
        ledger.add(entry(identity=f"late {added}", note="n" * 4000))
        added += 1
except OutputError as error:
    print(added, len(ledger.entries()), error)
"""
    out, _ = process(ledger.path, code).communicate(timeout=60)
    added, read, words = out.split(maxsplit=2)
    assert int(read) == 3 + int(added) and int(added) < 100
    assert "cannot be written" in words
    assert len(ledger.entries()) == 3 + int(added)
    assert ledger.add(entry())


def test_a_process_that_is_killed_within_a_transaction_leaves_nothing_of_it(tmp_path):
    ledger = filled(tmp_path / "usage.sqlite")
    code = """
import time
from qsetu.sharing.usage.adding import add_entry
from qsetu.sharing.usage.database import writing
with writing(ledger.path, 5.0) as connection:
    connection.execute("PRAGMA cache_size = 1")  # so that pages reach the file before the end
    for number in range(200):
        add_entry(connection, entry(identity=f"lost {number}", note="n" * 4000))
    print("within", flush=True)
    time.sleep(60)
"""
    before = ledger.path.stat().st_size
    killed = process(ledger.path, code)
    assert killed.stdout.readline() == "within\n"
    killed.kill()
    killed.communicate(timeout=60)
    assert ledger.path.stat().st_size > before  # half of it is in the file, and its journal beside it
    assert ledger.path.with_name("usage.sqlite-journal").exists()
    assert len(ledger.entries()) == 3
    assert ledger.add(entry())
    assert len(Ledger(ledger.path).entries()) == 4


def test_a_process_that_is_killed_at_any_time_loses_at_most_the_entry_in_work(tmp_path):
    path = tmp_path / "usage.sqlite"
    code = """
for number in range(100_000):
    ledger.add(entry(identity=f"{sys.argv[3]} {number}", note="n" * 4000))
    print(number, flush=True)
"""
    for turn in range(3):
        arguments = [sys.executable, "-c", START + code, str(path), str(Path(__file__).parent), str(turn)]
        killed = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        for _ in range(5 + 7 * turn):
            killed.stdout.readline()
        killed.send_signal(signal.SIGKILL)
        killed.stdout.read()
        killed.wait(timeout=60)
        # What it had told before it was killed may be one less than what is on the disk.
        numbers = [
            int(one.identity.split()[1]) for one in Ledger(path).entries() if one.identity[0] == str(turn)
        ]
        assert sorted(numbers) == list(range(len(numbers)))
        assert len(numbers) >= 5 + 7 * turn


def test_processes_and_threads_may_add_at_once(tmp_path):
    path = tmp_path / "usage.sqlite"
    code = """
for number in range(15):
    ledger.add(entry(identity=f"{sys.argv[3]} {number}", shots=1))
    ledger.add(entry(identity=f"shared {number}", shots=1))
"""
    both = [
        subprocess.Popen([sys.executable, "-c", START + code, str(path), str(Path(__file__).parent), name])
        for name in "ab"
    ]
    assert [one.wait(timeout=60) for one in both] == [0, 0]
    ledger = Ledger(path)
    assert ledger.totals(())[0].shots == 45
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ledger.add, [entry(shots=1) for _ in range(20)]))
    assert ledger.totals(())[0].shots == 65


def test_a_ledger_that_others_hold_is_waited_for_and_then_told(tmp_path):
    ledger = Ledger(tmp_path / "usage.sqlite", busy_seconds=0.05)
    holder = sqlite3.connect(ledger.path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(OutputError, match="busy for too long"):
        ledger.add(entry())
    with pytest.raises(DataError, match="busy for too long"):
        ledger.entries()
    holder.execute("ROLLBACK")
    holder.close()
    assert ledger.add(entry())


def test_the_format_is_what_it_was():
    # Every later qsetu must read a file of version 1: these may not change without a new version.
    from qsetu.core.hashing import content_hash

    assert content_hash(SCHEMA)[:16] == "a272d278c85e5412"
