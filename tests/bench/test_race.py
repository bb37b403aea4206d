"""Races: answers before times, the best peer counts, whatever goes wrong is told and nothing more."""

from __future__ import annotations

import numpy as np
import pytest
from race_samples import REFERENCE_SECONDS, STATE, Stage

from qsetu.bench import infidelity, largest_difference
from qsetu.bench.ratios import concluded, merged

WRONG = np.array([0, 1 + 0j])


@pytest.fixture
def stage(monkeypatch):
    return Stage(monkeypatch)


def timed(outcome) -> set[str]:
    return {one.name for one in outcome.record.candidates if one.role == "peer"}


def test_a_wrong_answer_is_told_and_not_timed(stage):
    peers = [stage.taking("right", 3.0), stage.taking("wrong", 1.0, WRONG)]
    outcome = stage.race(stage.taking("qsetu", 1.0), peers)
    (failure,) = outcome.failures
    assert (failure.who, failure.kind) == ("wrong", "wrong answer")
    assert "off by 1" in failure.reason
    assert timed(outcome) == {"right"}
    assert stage.calls.count("wrong") == 1
    assert concluded(outcome.record).best == "right"


def test_an_answer_of_another_shape_or_not_a_number_is_wrong(stage):
    peers = [
        stage.taking("right", 1.0),
        stage.taking("flat", 1.0, np.zeros(2)[None]),
        stage.taking("nan", 1.0, np.array([np.nan, 0j])),
    ]
    outcome = stage.race(stage.taking("qsetu", 1.0), peers)
    assert {failure.who for failure in outcome.failures} == {"flat", "nan"}
    assert timed(outcome) == {"right"}


def test_ours_is_called_wrong_where_the_truth_says_so(stage):
    outcome = stage.race(stage.taking("qsetu", 1.0, WRONG), [stage.taking("peer", 1.0)], truth=lambda: STATE)
    assert outcome.record is None
    assert [(f.who, f.kind) for f in outcome.failures] == [("qsetu", "wrong answer")]
    assert stage.calls == ["qsetu"]


def test_ours_is_called_wrong_where_all_others_disagree(stage):
    ours = stage.taking("qsetu", 1.0, WRONG)
    outcome = stage.race(ours, [stage.taking("a", 1.0), stage.taking("b", 1.0)])
    assert outcome.record is None
    assert outcome.failures[0].who == "qsetu"
    assert "a, b all disagree" in outcome.failures[0].reason
    # One alone may as well be wrong itself.
    alone = stage.race(ours, [stage.taking("a", 1.0)])
    assert [failure.who for failure in alone.failures] == ["a"]
    assert timed(alone) == set()


def test_a_peer_that_raises_does_not_end_the_race(stage):
    peers = [stage.taking("broken", 1.0, MemoryError("no room")), stage.taking("peer", 2.0)]
    outcome = stage.race(stage.taking("qsetu", 1.0), peers)
    assert [(f.kind, f.reason) for f in outcome.failures] == [("error", "MemoryError: no room")]
    assert timed(outcome) == {"peer"}


def test_hopeless_peers_and_settings_are_not_timed(stage):
    peers = [
        stage.taking("a", 2.0, setting="1"),
        stage.taking("a", 3.0, setting="2"),
        stage.taking("b", 19.0),
        stage.taking("c", 21.0),
    ]
    outcome = stage.race(stage.taking("qsetu", 1.0), peers)
    assert timed(outcome) == {"a (1)", "b"}
    assert outcome.record.dropped == {"c": 10.5}
    found = concluded(outcome.record)
    assert (found.best, found.ratio.value, found.warm.value) == ("a (1)", 2.0, 2.0)
    assert found.the("reference").median == REFERENCE_SECONDS


def test_a_case_with_patience_times_everybody(stage):
    peers = [stage.taking("a", 2.0), stage.taking("b", 99.0)]
    outcome = stage.race(stage.taking("qsetu", 1.0), peers, patience=50.0)
    assert timed(outcome) == {"a", "b"} and not outcome.record.dropped


def test_what_shows_the_scale_is_neither_compared_nor_a_peer(stage):
    others = [stage.taking("peer", 3.0), stage.taking("classical", 0.1, np.ones(7), role="scale")]
    outcome = stage.race(stage.taking("qsetu", 1.0), others)
    assert not outcome.failures
    found = concluded(outcome.record)
    assert (found.best, found.the("scale").median) == ("peer", pytest.approx(0.1))


def test_a_circuit_that_is_raced_once_pays_for_its_compilation(stage):
    new = stage.taking("new", 1.5)
    outcome = stage.race(stage.taking("qsetu", 1.0), [stage.taking("peer", 6.0)], new=new.run)
    found = concluded(outcome.record)
    assert (found.ratio.value, found.warm.value) == (4.0, 6.0)
    assert found.the("new").median == 1.5


def test_a_smaller_case_counts_for_the_whole(stage):
    outcome = stage.race(stage.taking("qsetu", 1.0), [stage.taking("peer", 0.3, scale=10.0)])
    found = concluded(outcome.record)
    assert found.ratio.value == pytest.approx(3.0)
    assert found.the("peer").first == pytest.approx(3.0)


def test_processes_are_joined_and_a_peer_that_one_of_them_dropped_is_left_out(stage):
    ours, slow = stage.taking("qsetu", 1.0), stage.taking("b", 5.0)
    first = stage.race(ours, [stage.taking("a", 2.0), slow]).record
    second = stage.race(ours, [stage.taking("a", 4.0)]).record
    both = merged([first, second])
    assert [len(one.runs) for one in both.candidates] == [2, 2, 2]
    assert {one.who for one in both.candidates} == {"qsetu", "a", "reference"}
    found = concluded(both)
    assert (found.ratio.low, found.ratio.value, found.ratio.high) == (2.0, 3.0, 4.0)


def test_distances_between_answers():
    a = np.array([1, 1j]) / np.sqrt(2)
    assert infidelity(a * np.exp(0.7j), a) == pytest.approx(0.0, abs=1e-12)
    assert infidelity(a * 1.1, a) == pytest.approx(0.21)
    assert infidelity(np.array([1, 0j]), a) == pytest.approx(0.5)
    assert infidelity(np.ones(4), a) == np.inf
    assert largest_difference(np.eye(2), np.eye(3)) == 0.0
    assert largest_difference(np.eye(2) * 3, np.eye(3)) == 2.0
    assert largest_difference(np.zeros(2), np.eye(3)) == np.inf
