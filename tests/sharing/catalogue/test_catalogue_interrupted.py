"""Several at once, killed in the middle, no space left: what is visible is whole."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import pytest
from catalogue_support import FACTS, made, pushed, tree, written

from qsetu.core.errors import OutputError
from qsetu.sharing.catalogue import Catalogue, sync
from qsetu.sharing.catalogue import catalogue as catalogue_module
from qsetu.sharing.catalogue.storage import local

# Pushes files of its own and one that all share, once everybody is there.
PUSH = """
import sys, time
from pathlib import Path
from qsetu.sharing.catalogue import Catalogue
url, me, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
folder.mkdir()
catalogue = Catalogue.open(url)
(folder.parent / f"ready-{me}").touch()
while not all((folder.parent / f"ready-{one}").exists() for one in "ab"):
    time.sleep(0.005)
(folder / "shared.bin").write_bytes(bytes(300_000))
for number in range(12):
    (folder / "own.txt").write_text(f"{me}{number}")
    catalogue.push([folder / "own.txt", folder / "shared.bin"], kind="model", name=f"net-{number % 3}",
                   title=f"{me} {number}", access="Open", license="MIT", institution=me)
"""

# Dies as by kill -9 where it is told to.
KILLED = """
import os, signal, sys
from pathlib import Path
from qsetu.sharing.catalogue import Catalogue
from qsetu.sharing.catalogue import catalogue as catalogue_module
from qsetu.sharing.catalogue.storage import local
url, file, when = sys.argv[1:]
catalogue = Catalogue.open(url)
kill = lambda: os.kill(os.getpid(), signal.SIGKILL)
if when == "within the file":
    local.os.fsync = lambda descriptor: kill()
else:
    put = local.LocalStore.put
    def dying(self, name, source, sha256):
        if name.startswith("entries/"):
            kill()
        put(self, name, source, sha256)
    local.LocalStore.put = dying
catalogue.push([file], kind="model", name="net", title="A model", access="Open", license="CC-BY-4.0")
"""


def start(code: str, *arguments) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_two_processes_push_at_once_and_nothing_is_lost(tmp_path):
    catalogue = made(tmp_path)
    running = [start(PUSH, catalogue.location, me, tmp_path / me) for me in "ab"]
    for one in running:
        _, said = one.communicate(timeout=60)
        assert one.returncode == 0, said
    entries = catalogue.entries()
    assert sorted(entry.title for entry in entries) == sorted(f"{me} {n}" for me in "ab" for n in range(12))
    report = catalogue.verify()
    assert report.ok and (report.entries, report.objects, report.findings) == (24, 25, ())
    for entry in entries[:3]:
        paths = catalogue.pull(entry.id, tmp_path / entry.id)
        assert paths[0].read_text() == entry.title.replace(" ", "")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
@pytest.mark.parametrize("when", ["within the file", "between file and entry"])
def test_a_killed_push_shows_nothing_and_the_next_one_finishes_it(tmp_path, when):
    catalogue = made(tmp_path)
    file = written(tmp_path)
    process = start(KILLED, catalogue.location, file, when)
    _, said = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, said
    left = tree(catalogue.store.root)
    assert len(left) == 1 and not catalogue.entries()
    report = catalogue.verify()
    assert report.ok and report.findings[0].kind == ("unknown" if when == "within the file" else "unnamed")
    entry = pushed(catalogue, tmp_path)
    assert catalogue.entries() == [entry]
    assert catalogue.pull("net", tmp_path / "out")[0].read_bytes() == b"weights"


@pytest.mark.parametrize("write", [1, 2, 3])
def test_a_full_disk_is_told_and_shows_nothing_half_written(tmp_path, monkeypatch, write):
    catalogue = made(tmp_path)
    files = [written(tmp_path, "one", "1.txt"), written(tmp_path, "two", "2.txt")]
    sync_to_disk, count = os.fsync, []

    def full(descriptor):
        count.append(descriptor)
        if len(count) == write:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync_to_disk(descriptor)

    monkeypatch.setattr(local.os, "fsync", full)
    with pytest.raises(OutputError, match=r"cannot be written \(No space left on device\)"):
        catalogue.push(files, name="net", **FACTS)
    left = tree(catalogue.store.root)
    assert len(left) == write - 1 and not any(name.endswith(".partial") for name in left)
    assert catalogue.entries() == [] and catalogue.verify().ok
    entry = catalogue.push(files, name="net", **FACTS)
    assert catalogue.entries() == [entry] and len(tree(catalogue.store.root)) == 3


def test_a_limit_of_the_system_on_files_is_told_too(tmp_path):
    resource = pytest.importorskip("resource")
    catalogue = made(tmp_path)
    file = written(tmp_path, bytes(200_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        with pytest.raises(OutputError, match="cannot be written"):
            catalogue.push([file], name="net", **FACTS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert tree(catalogue.store.root) == {}


def test_a_sync_cut_short_is_finished_by_the_next(tmp_path, monkeypatch):
    a, b = made(tmp_path, "a"), made(tmp_path, "b")
    for text in ("one", "two", "three"):
        pushed(a, tmp_path, text)
    put, count = local.LocalStore.put, []

    def stopped(self, name, source, sha256):
        count.append(name)
        if len(count) == 5:  # three files, one entry
            raise KeyboardInterrupt
        put(self, name, source, sha256)

    with monkeypatch.context() as patched:
        patched.setattr(local.LocalStore, "put", stopped)
        with pytest.raises(KeyboardInterrupt):
            sync(a, b)
    assert len(b.entries()) == 1 and b.verify().ok
    report = sync(a, b)
    assert (report.to_b.records, report.to_b.objects, report.to_a.records) == (2, 0, 0)
    assert tree(a.store.root) == tree(b.store.root)


def test_a_file_that_changes_while_it_is_pushed_is_refused(tmp_path, monkeypatch, memory):
    hashed = catalogue_module.file_facts

    def and_changed(paths):
        found = hashed(paths)
        paths[0].write_bytes(b"changed")
        return found

    monkeypatch.setattr(catalogue_module, "file_facts", and_changed)
    for catalogue in (made(tmp_path), Catalogue.init(memory, "In memory")):
        with pytest.raises(OutputError, match="changed while it was copied"):
            catalogue.push([written(tmp_path)], name="net", **FACTS)
        assert catalogue.entries() == [] and not catalogue.store.names("objects")


def test_a_listing_survives_files_that_vanish(tmp_path):
    folder = tmp_path / "entries"
    folder.mkdir()
    (folder / "stays").touch()
    (folder / "goes").touch()
    with os.scandir(folder) as items:
        found = list(items)
    (folder / "goes").unlink()
    assert {item.name: local._bytes_of(item) for item in found} == {"stays": 0, "goes": None}
    assert local.LocalStore(tmp_path).names("entries") == {"stays": 0}
