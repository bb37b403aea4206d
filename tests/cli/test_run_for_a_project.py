"""``qsetu run --project``: nothing starts once a quota is used up, and what was used is written down."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qsetu.sharing.usage import Ledger, Usage

TINY = Path(__file__).parents[1] / "sharing" / "tiny.toml"
PROGRAM = "import sys; from qsetu.cli.main import main; sys.argv[0] = 'qsetu'; main()"


@pytest.fixture
def ledger(tmp_path, monkeypatch) -> Ledger:
    monkeypatch.setenv("QSETU_USAGE_LEDGER", str(tmp_path / "usage.sqlite"))
    monkeypatch.delenv("QSETU_PROJECT", raising=False)
    return Ledger(tmp_path / "usage.sqlite")


def command(*words, **more) -> list[str]:
    return [sys.executable, "-c", PROGRAM, *map(str, words)]


def run(tmp_path, *words) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(
        command("run", TINY, "--quick", "--workers", 1, "--out", tmp_path / "out", *words),
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=300,
    )


def spend(ledger: Ledger, seconds: float) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    ledger.add(Usage("heart", "ada", "earlier", now, now, cpu_seconds=seconds))


def test_a_run_is_written_down_with_a_warning_near_the_limit(tmp_path, ledger):
    ledger.set_quota("heart", "cpu_seconds", 100_000)
    spend(ledger, 90_000)
    done = run(tmp_path, "--project", "heart")
    assert done.returncode == 0, done.stderr
    assert "cpu_seconds" in done.stdout or "CPU" in done.stdout
    [_, entry] = ledger.entries(project="heart")
    assert (entry.what, entry.outcome) == ("tiny", "finished")
    assert entry.cpu_seconds > 1 and entry.peak_memory_bytes > 10**7


def test_nothing_starts_once_the_quota_is_used_up(tmp_path, ledger):
    ledger.set_quota("heart", "cpu_seconds", 100)
    spend(ledger, 100)
    done = run(tmp_path, "--project", "heart")
    assert done.returncode == 2
    assert "heart" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
    assert len(ledger.entries()) == 1


def test_a_scheduler_that_ends_a_run_leaves_an_entry(tmp_path, ledger):
    """SIGTERM, as at the end of a job's time."""
    environment = {**os.environ, "QSETU_PROJECT": "heart"}
    process = subprocess.Popen(
        command("run", "pbmc-cell-types", "--workers", 1, "--out", tmp_path / "out"),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=0,
    )
    # It has begun once it shows what is being fitted.
    assert process.stderr is not None
    process.stderr.read(1)
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 143, said
    assert "Interrupted" in said and "Traceback" not in said
    [entry] = ledger.entries()
    assert (entry.project, entry.what, entry.outcome) == ("heart", "pbmc-cell-types", "stopped")
    assert not (tmp_path / "out").exists()
