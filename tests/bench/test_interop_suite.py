"""The suite `interop`: each case says what the programs of others say, and a wrong answer is seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qsetu.bench import Asked, Options, run_suite
from qsetu.bench.discover import find_suite
from qsetu_benchmarks import interop, roster
from qsetu_benchmarks.interop.qiskit_primitives import standard_errors

CASES = Path(__file__).parents[2] / "benchmarks" / "qsetu_benchmarks"
ALONE = Options(2, peers=())


def entries(**options):
    return {entry.name: entry for entry in interop.SUITE.entries(Options(2, **options))}


def test_every_case_has_a_name_and_the_quick_ones_are_among_them():
    assert set(interop.QUICK) == set(entries(quick=True)) < set(entries())
    assert len(entries()) == 10 + 6 + 2 + 1


def test_peers_are_those_that_are_wanted():
    case = entries(peers=("default_qubit",))["pennylane/value/4"].build()
    assert [who.name for make in case.others for who in make()] == ["default.qubit"]
    assert not entries(peers=())["qiskit/estimates"].build().others
    assert set(find_suite("interop", CASES).peers()) == {
        "lightning",
        "default_qubit",
        "qiskit",
        "aer",
        "sklearn",
    }


def test_a_program_of_a_missing_package_is_left_out(monkeypatch):
    from qsetu.bench import LeftOut

    monkeypatch.setattr(roster, "missing", lambda peer: f"{peer} is not here")
    with pytest.raises(LeftOut, match="fidelity_kernel is not here"):
        entries()["qiskit/kernel"].build()
    case = entries()["pennylane/value/4"].build()
    assert [who.name for make in case.others for who in make()] == ["default.qubit"]


def test_sampled_answers_are_compared_in_their_mean_and_exact_ones_entry_by_entry():
    sampled, kernel, exact = (
        interop._case("qiskit_primitives", "", name, ALONE) for name in ("samples", "kernel", "estimates")
    )
    a, b = np.array([1.0, 5.0]), np.array([5.0, 2.0])
    assert sampled.error(a, b) == pytest.approx(0.5 / np.sqrt((4 + 2.25) / 2))
    assert kernel.error(a, b) == 0.5
    assert exact.error(a, b) == 4.0
    assert sampled.error(a, b[:1]) == kernel.error(a, b[:1]) == np.inf
    assert (sampled.allowed["complex64"], exact.allowed["complex128"]) == (6.0, 1e-6)


@pytest.mark.parametrize("name", ["depolarizing", "amplitude-damping"])
def test_noise_is_held_against_the_exact_value_in_standard_errors(name):
    case = interop._case("noise", "", name, Options(2, peers=("aer",)))
    exact = case.truth()
    assert case.error(case.ours.run(), exact) < 5
    (aer,) = case.others[0]()
    assert case.error(aer.run(), exact) < 5
    # A standard error of 1,000 trajectories is a few hundredths at most.
    assert case.error(exact + 0.2, exact) > 5
    assert not np.array_equal(case.ours.run(), case.ours.run())


def test_counts_have_to_be_equal_to_the_last_one():
    case = interop._case("encoders", "", 50, Options(2))
    expected = case.ours.run()
    assert expected[-1] == 50 * 195
    answers = [who.run() for make in case.others for who in make()]
    assert len(answers) == 2
    assert [case.error(answer, expected) for answer in answers] == [0.0, 0.0]
    assert not case.error(expected + 1, expected) <= case.allowed[""]


@pytest.mark.slow
def test_the_quick_form_is_right_and_timed():
    record = run_suite(Asked("interop", quick=True, threads=2, cases=CASES))
    assert not record.failures
    assert {case.name for case in record.cases} == set(interop.QUICK)
    assert all(case.ratio is not None and case.ratio.value > 0 for case in record.cases)
    qnode = next(case for case in record.cases if case.name == "pennylane/value/4")
    assert {one.who for one in qnode.candidates} >= {"qsetu.qubit", "default.qubit"}
    assert qnode.ours.dtype == "complex128"


def test_shots_are_compared_in_standard_errors():
    rng = np.random.default_rng(3)
    a, b = rng.normal(0, 3, (4, 2000)), rng.normal(0, 3, (4, 2000))
    assert 0 < standard_errors(a, b) < 4
    shifted = b + np.array([0, 0, 1.0, 0])[:, None]  # a third of a deviation, in one row of four
    assert standard_errors(a, shifted) == pytest.approx(1.0 / (3 * np.sqrt(2 / 2000)), abs=2)
    assert standard_errors(a, b[:, :-1]) == np.inf
    assert standard_errors(np.ones((2, 5)), np.ones((2, 5))) == 0.0
