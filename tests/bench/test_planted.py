"""The scripts that try the gate and run it: they plant what they say, and join what they ran."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from race_samples import run_of, timed_case

import gate as gate_script
import planted
from qsetu.bench.gate import THRESHOLD, _judged
from qsetu.bench.records import NoiseRecord, RatioRecord

ROOT = Path(__file__).parents[2]


def test_the_wait_is_planted_in_every_way_of_todays_kernel():
    source = (ROOT / planted.KERNEL).read_text()
    changed = planted.slower(source, 0.3)
    assert changed.count("const Longer longer;") == len(planted.WAYS)
    assert "(end - start) * 0.3" in changed
    without = changed.replace("\n        const Longer longer;", "").replace(
        planted.WAIT.replace("SHARE", "0.3"), "\ntemplate <typename T>\nstruct Quads {"
    )
    assert without == source


def test_a_kernel_that_has_changed_is_noticed():
    source = (ROOT / planted.KERNEL).read_text()
    with pytest.raises(SystemExit, match="has changed"):
        planted.slower(source.replace("static void mixed(", "static void other("), 0.3)


def test_runs_of_one_version_are_joined():
    noisy = NoiseRecord(noisy=True, reasons=["busy"])
    first = run_of([timed_case("a", [[1.0, 2.0]], [[1.0, 1.0]], instructions=5)])
    second = run_of([timed_case("a", [[3.0, 4.0]], [[1.0, 1.0]])], noise=noisy)
    both = gate_script.joined([first, second])
    assert both.cases[0].ours.samples.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert both.cases[0].ours.instructions == 5
    assert both.noise == noisy


def test_the_recorded_trial_is_what_the_gate_says_today():
    """Ten unchanged runs and three of a kernel planted 30 % slower, measured once; judged again here."""
    [file] = (ROOT / "benchmarks" / "recorded").glob("planted-*.json")
    trial = json.loads(file.read_text())
    kinds = [run["run"] for run in trial["runs"]]
    assert kinds.count("unchanged") == planted.UNCHANGED and kinds.count("slower") == planted.SLOWER
    assert trial["planted"] == planted.PLANTED
    for run in trial["runs"]:
        times = {name: RatioRecord(value=v, low=a, high=b) for name, (v, a, b) in run["time"].items()}
        judged = {
            name: _judged(time, run["instructions"][name], THRESHOLD)[0] for name, time in times.items()
        }
        caught = {name for name, verdict in judged.items() if verdict == "slower"}
        assert caught == set(run["slower"])
        assert run["right"]
        assert caught >= set(planted.CASES) if run["run"] == "slower" else not caught


def test_a_commit_that_is_not_there_is_named():
    command = [sys.executable, "benchmarks/gate.py", "--base", "no-such-commit"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert "no-such-commit" in done.stderr and "Traceback" not in done.stderr
