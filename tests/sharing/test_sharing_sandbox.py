"""Somebody else's code: it cannot reach the network or this account's files, and is ended at its limits."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from qsetu.core.errors import ArgumentError
from qsetu.sharing.errors import IsolationError
from qsetu.sharing.rerun import sandbox
from qsetu.sharing.rerun.sandbox import Limits, run_apart, why_not_isolated

isolated = pytest.mark.skipif(bool(why_not_isolated()), reason=f"no isolation here: {why_not_isolated()}")
SMALL = Limits(seconds=20, memory=2**30, processes=64, disk=64 * 2**20)


def run(source, folder, limits=SMALL, **options):
    return run_apart([sys.executable, "-c", source], folder, limits, **options)


def test_isolation_works_where_it_should():
    """Continuous integration installs what isolation needs: there, nothing of this file may be skipped."""
    if os.environ.get("CI") and sys.platform == "linux" and os.geteuid() == 0:
        assert not why_not_isolated()


@isolated
def test_it_computes_and_writes_into_its_folder(tmp_path):
    done = run("print('hello'); open('made.txt', 'w').write('x')", tmp_path)
    assert (done.state, done.code) == ("finished", 0)
    assert done.tail == "hello\n"
    assert (tmp_path / "made.txt").read_text() == "x"
    assert done.peak_memory >= 0 and done.seconds > 0


@isolated
def test_it_has_no_network(tmp_path):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = run(f"import socket; socket.create_connection(('127.0.0.1', {port}), 3)", tmp_path)
    assert done.code == 1 and "refused" in done.tail.lower()
    done = run("import socket; socket.create_connection(('192.0.2.1', 80), 3)", tmp_path)
    assert done.code == 1 and "unreachable" in done.tail.lower()


@isolated
def test_it_sees_no_file_that_it_was_not_given(tmp_path):
    work, secret = tmp_path / "work", tmp_path / "secret.txt"
    work.mkdir()
    secret.write_text("a secret")
    assert "FileNotFoundError" in run(f"open({str(secret)!r})", work).tail
    assert "a secret" in run(f"print(open({str(secret)!r}).read())", work, readable=[secret]).tail
    home = run(
        "import glob, pathlib; print(pathlib.Path.home(), glob.glob('/home/*'))",
        work,
    )
    assert "/tmp/work" in home.tail and "[]" in home.tail
    assert (
        "False"
        in run(
            "import os; print(os.path.exists('/etc/shadow') or os.path.exists('/run/docker.sock'))", work
        ).tail
    )


@isolated
def test_it_cannot_change_what_it_may_read(tmp_path):
    work, data = tmp_path / "work", tmp_path / "data"
    work.mkdir()
    data.mkdir()
    (data / "a.txt").write_text("before")
    target = str(data / "a.txt")
    assert "Read-only" in run(f"open({target!r}, 'w')", work, readable=[data]).tail
    assert (data / "a.txt").read_text() == "before"
    assert "Read-only" in run(f"open({str(Path(sys.prefix) / 'x')!r}, 'w')", work).tail


@isolated
def test_it_sees_no_secret_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "xyzzy")
    done = run("import os; print(sorted(os.environ), os.environ.get('USER'))", tmp_path)
    assert "SECRET_TOKEN" not in done.tail and "somebody" in done.tail


@isolated
def test_a_loop_without_end_is_ended(tmp_path):
    done = run("while True: pass", tmp_path, Limits(seconds=1.0))
    assert (done.state, done.code) == ("time", None)


@isolated
def test_what_forks_without_end_is_ended_with_all_its_children(tmp_path):
    source = "import os, time\nwhile True:\n    if os.fork() == 0:\n        os.setsid(); time.sleep(1000)"
    mark = f"qsetu-fork-{os.getpid()}"
    done = run_apart([sys.executable, "-c", source, mark], tmp_path, Limits(seconds=20, processes=32))
    assert done.state == "processes"
    import psutil

    left = [p for p in psutil.process_iter(["cmdline"]) if mark in (p.info["cmdline"] or [])]
    assert left == []


@isolated
def test_what_takes_too_much_memory_is_ended(tmp_path):
    source = "import time\nkept = []\nwhile True:\n    kept.append(b'x' * 2**24); time.sleep(0.01)"
    done = run(source, tmp_path, Limits(seconds=30, memory=2**28))
    assert done.state == "memory" and done.peak_memory > 2**28


@isolated
def test_what_fills_the_disk_is_ended(tmp_path):
    source = (
        "import time\nf = open('big', 'wb')\nwhile True: f.write(b'x' * 2**20); f.flush(); time.sleep(0.01)"
    )
    done = run(source, tmp_path, Limits(seconds=30, disk=2**24))
    assert done.state == "disk"


@isolated
def test_its_output_is_cut_and_its_progress_heard(tmp_path):
    heard = []
    source = "print('x' * 10**7); print('qsetu-progress 3/7'); print('qsetu-progress 9/x'); print('end')"
    done = run(source, tmp_path, progress=lambda a, b: heard.append((a, b)))
    assert heard == [(3, 7)]
    assert len(done.tail) <= 20_000 and done.tail.endswith("end\n")


def test_without_isolation_limits_hold_all_the_same(tmp_path):
    done = run(
        "import subprocess, sys\nsubprocess.run(['sleep', '1000'])",
        tmp_path,
        Limits(seconds=1.0),
        isolate=False,
    )
    assert done.state == "time"
    done = run(
        "import os; print(os.getcwd() == os.path.realpath(os.getcwd()), os.environ['HOME'])",
        tmp_path,
        isolate=False,
    )
    assert str(tmp_path) in done.tail


@pytest.mark.parametrize(
    "given", [{"seconds": 0}, {"memory": 1}, {"processes": 0}, {"disk": -1}, {"seconds": float("nan")}]
)
def test_limits_are_checked(given):
    with pytest.raises(ArgumentError):
        Limits(**given)


def test_where_nothing_can_be_isolated_nothing_is_run(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    monkeypatch.setattr(sandbox.sys, "platform", "linux")
    sandbox.why_not_isolated.cache_clear()
    try:
        with pytest.raises(IsolationError, match=r"bubblewrap.*--no-isolation"):
            run("open('made.txt', 'w')", tmp_path)
        assert not (tmp_path / "made.txt").exists()
    finally:
        sandbox.why_not_isolated.cache_clear()
