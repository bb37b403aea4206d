"""A block that is measured: quotas before, one entry after, however it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from qsetu.core.errors import ArgumentError, OutputError
from qsetu.sharing.usage import Ledger, QuotaExceeded, metered
from qsetu.sharing.usage.measuring import PeakMemory, cpu_seconds


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "usage.sqlite")


def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


BURN = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n"


def test_a_block_becomes_one_entry(ledger):
    with metered(ledger, "heart", "a run", user="ada") as run:
        assert run.entry is None and run.decision.allowed
        burn(0.1)
    (one,) = ledger.entries()
    assert one == run.entry
    assert (one.project, one.user, one.what, one.outcome, one.source) == (
        "heart",
        "ada",
        "a run",
        "finished",
        "qsetu",
    )
    assert 0.1 <= one.cpu_seconds < 5
    assert one.started <= one.finished and one.note == ""
    assert one.peak_memory_bytes > 2**20
    with metered(ledger, "heart", "a run", user="ada"):
        pass
    assert len({each.identity for each in ledger.entries()}) == 2


def test_children_are_counted_whether_they_have_ended_or_not(ledger):
    with metered(ledger, "heart", "ended"):
        subprocess.run([sys.executable, "-c", BURN], check=True)
    assert ledger.entries()[0].cpu_seconds >= 0.2
    code = "input()\n" + BURN + "print(1, flush=True)\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        with metered(ledger, "heart", "still runs"):
            child.stdin.write(b"\n")
            child.stdin.flush()
            child.stdout.readline()
        before = cpu_seconds()
        child.communicate(b"\n")
        # The child's time was counted while it ran, and is not counted again when somebody waits for it.
        assert cpu_seconds() - before < 0.2
    assert ledger.entries()[1].cpu_seconds >= 0.19


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(ValueError("secret"), "failed"), (KeyboardInterrupt(), "stopped"), (SystemExit(1), "stopped")],
    ids=["failed", "interrupted", "exited"],
)
def test_a_block_that_raises_is_counted_too(ledger, error, outcome):
    with pytest.raises(type(error)), metered(ledger, "heart", "a run") as run:
        run.add(shots=10)
        raise error
    (one,) = ledger.entries()
    assert (one.outcome, one.note, one.shots) == (outcome, type(error).__name__, 10)
    assert run.entry == one


def test_what_cannot_be_measured_is_said_and_adds_up(ledger):
    with metered(ledger, "heart", "a run") as run:
        run.add(shots=100, qpu_seconds=0.5, job_id="a", calibration_set_id="c")
        run.add(shots=11, qpu_seconds=0.25, gpu_seconds=3, job_id="b", calibration_set_id="c")
        run.add(cpu_seconds=1000)
        for wrong in ({"shots": -1}, {"shots": 2**63 - 1}, {"qpu_seconds": float("nan")}, {"qpu": 1}):
            with pytest.raises(ArgumentError):
                run.add(**wrong, job_id="lost")
        with pytest.raises(ArgumentError, match="'job_id'"):
            run.add(shots=5, job_id="two\nlines")
        with pytest.raises(ArgumentError, match="peak_memory_bytes"):
            run.add(peak_memory_bytes=5)
    (one,) = ledger.entries()
    assert (one.shots, one.qpu_seconds, one.gpu_seconds) == (111, 0.75, 3.0)
    assert (one.job_id, one.calibration_set_id) == ("a, b", "c")
    assert 1000 <= one.cpu_seconds < 1005


def test_a_block_that_may_not_start_does_not_start(ledger):
    ledger.set_quota("heart", "shots", 10)
    with (
        pytest.raises(QuotaExceeded, match="11 asked for"),
        metered(ledger, "heart", "x", estimate={"shots": 11}),
    ):
        pytest.fail("it started")
    with pytest.raises(ArgumentError, match="'what'"), metered(ledger, "heart", "two\nlines"):
        pytest.fail("it started")
    with pytest.raises(ArgumentError, match="'user'"), metered(ledger, "heart", "x", user=""):
        pytest.fail("it started")
    assert ledger.entries() == []
    with metered(ledger, "heart", "x", estimate={"shots": 9}) as run:
        assert run.decision.state == "warning"


def test_an_entry_that_cannot_be_written_hides_no_other_error(ledger):
    with pytest.raises(ValueError, match="mine") as caught, metered(ledger, "heart", "x"):
        ledger.path.unlink()
        raise ValueError("mine")
    assert "could not be written down" in caught.value.__notes__[0]
    fresh = Ledger(ledger.path)
    with pytest.raises(OutputError, match="cannot be written"), metered(fresh, "heart", "x"):
        fresh.path.unlink()


def test_ctrl_c_is_an_outcome(tmp_path):
    path = tmp_path / "usage.sqlite"
    code = """
import sys, time
from qsetu.sharing.usage import Ledger, metered
with metered(Ledger(sys.argv[1]), "heart", "long", user="ada"):
    print("within", flush=True)
    time.sleep(60)
"""
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert child.stdout.readline() == "within\n"
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=60)
    (one,) = Ledger(path).entries()
    assert (one.outcome, one.note, one.user) == ("stopped", "KeyboardInterrupt", "ada")


def test_the_peak_is_that_of_the_block():
    code = """
from qsetu.sharing.usage.measuring import PeakMemory
import numpy
before = PeakMemory()
numpy.ones(2**24)  # 128 MiB, given back at once
high = before.read()
after = PeakMemory()
numpy.ones(2**20)
print(high, after.read())
"""
    # In a process of its own: this one's mark may have been set higher by another test.
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    high, low = map(int, out.stdout.split())
    assert high > 2**27
    assert low < high - 2**26
    assert PeakMemory().read() > 2**20
