"""The suite `gpu`: it checks before it times, with native and without, and counts right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from race_samples import timed_case

import qsetu
from qsetu.bench import Asked, Options, run_suite
from qsetu.bench.race import Pace, race
from qsetu.bench.ratios import concluded
from qsetu.bench.records import RatioRecord
from qsetu_benchmarks import gpu

CASES = Path(__file__).parents[2] / "benchmarks" / "qsetu_benchmarks"
ENTRIES = {entry.name: entry for entry in gpu.SUITE.entries(Options(1, (5,)))}
PACE = Pace(3, 0.1, 0.0, 1)


@pytest.fixture(autouse=True)
def checked_anew():
    gpu.against_reference.cache_clear()
    yield
    gpu.against_reference.cache_clear()


def raced(name: str):
    return race(ENTRIES[name], ENTRIES[name].build(), PACE, lambda text: None)


def result(amplitudes: int, ratio: float, gradient: int = 0):
    facts = {"amplitudes": amplitudes, "gradient": gradient, "platform": "gpu", "dtype": "complex64"}
    case = timed_case(f"{amplitudes} {ratio} {gradient}", [[1.0]], [[1.0]], facts=facts)
    return case.model_copy(update={"ratio": RatioRecord(value=ratio, low=ratio, high=ratio)})


def test_the_threshold_is_where_xla_has_won_for_good():
    results = [result(8, 2.0), result(16, 0.5), result(32, 1.1), result(64, 9.0), result(64, 0.3, 1)]
    assert gpu.least_amplitudes(results[:4]) == 32
    assert gpu.least_amplitudes([*results[:4], result(64, 0.9)]) is None
    assert gpu.least_amplitudes([]) is None
    lines = gpu.findings(results)
    assert [line.found for line in lines] == [
        'xla from 32 amplitudes on: Measured("gpu", False, "complex64", 32)',
        'native, up to the largest: Measured("gpu", True, "complex64", inf)',
    ]


def test_a_wrong_answer_of_xla_is_not_timed(monkeypatch):
    right = qsetu.expectation

    def wrong(*arguments, engine="auto", **options):
        return right(*arguments, engine=engine, **options) + 0.001 * (engine == "xla")

    monkeypatch.setattr(qsetu, "expectation", wrong)
    outcome = raced("single/fourier/5/complex64")
    assert outcome.record is None
    assert [(f.who[:9], f.kind) for f in outcome.failures] == [("qsetu xla", "wrong answer")]


def test_without_native_xla_is_checked_against_the_reference(monkeypatch):
    monkeypatch.setattr(gpu, "native_ready", lambda: False)
    outcome = raced("single/random-pairs/5/complex64")
    assert {(one.who, one.role) for one in outcome.record.candidates} == {
        ("qsetu xla", "ours"),
        ("copy", "scale"),
        ("reference", "reference"),
    }
    assert concluded(outcome.record).ratio is None
    assert {line.about for line in gpu.findings([outcome.record])} == {"share of bandwidth"}
    gpu.against_reference.cache_clear()
    monkeypatch.setattr(gpu, "ALLOWED", {"complex64": 1e-12})
    with pytest.raises(ValueError, match="random-pairs: xla is off by"):
        ENTRIES["single/random-pairs/5/complex64"].build()


def test_the_copy_is_scaled_to_what_the_passes_move(monkeypatch):
    monkeypatch.setitem(gpu.COPIED, "cpu", 2**10)
    copy = gpu._copy(3 * 2**12, "complex64")
    copy.run()
    # Each call reads and writes 2^10 bytes, 8 times.
    assert copy.scale == pytest.approx(3 * 2**12 / (8 * 2 * 2**10))
    case = timed_case("a", [[2.0]], [[1.0]], facts={"passes": 3})
    shown = case.candidates[1].model_copy(update={"role": "scale", "who": "copy"})
    (line,) = gpu.findings([case.model_copy(update={"candidates": [case.ours, shown]})])
    assert (line.value, line.found) == (0.5, "50%, 3 passes")


BARE = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {*PEERS, "mqt"} or name == "qsetu.engines.native._native":
            raise ImportError(name)

PEERS = {"qiskit", "qiskit_aer", "pennylane", "qulacs", "scaluq", "qsimcirq", "qiskit_machine_learning"}
sys.meta_path.insert(0, Missing())
from qsetu.bench import Options
from qsetu_benchmarks import SUITES, gpu
entries = {e.name: e for suite in SUITES for e in suite.entries(Options(1, (4,))) if suite.name == "gpu"}
case = entries["gram/4/complex64"].build()
print(gpu.native_ready(), case.ours.run().shape, [one() for one in case.others], case.truth)
"""


def test_a_bare_machine_is_enough():
    done = subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "False (1000, 1000) [] None"


@pytest.mark.slow
def test_the_quick_form_runs_and_concludes():
    only = ("single/fourier/5/*", "batch/gradient/5/complex64", "gram/5/complex64")
    record = run_suite(Asked("gpu", quick=True, sizes=(5,), only=only, cases=CASES))
    assert not record.failures
    assert len(record.cases) == 4
    assert all(np.isfinite(case.ratio.value) for case in record.cases)
    assert {one.about for one in record.findings} == {"faster engine", "share of bandwidth"}
    assert len([one for one in record.findings if one.about == "faster engine"]) == 3
