"""Timing, on a clock that only moves when a candidate says so: nothing here depends on the machine."""

import math
import threading
import time
from collections.abc import Callable

import pytest

from qsetu.bench import Timing, compare, measure, rest
from qsetu.core.errors import ArgumentError


class FakeMachine:
    """A clock, and candidates that move it by a given duration and note that they were called."""

    def __init__(self) -> None:
        self.now = 0.0
        self.log: list[str] = []
        self.speed = 1.0

    def clock(self) -> float:
        return self.now

    def takes(self, name: str, seconds: float, cold: float | None = None) -> Callable[[], None]:
        def call() -> None:
            fresh = name not in self.log
            self.log.append(name)
            self.now += (cold if fresh and cold is not None else seconds) * self.speed

        return call


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine()


def test_medians_are_the_durations_and_the_cold_call_stands_apart(machine):
    calls = {"a": machine.takes("a", 1.0, cold=50.0), "b": machine.takes("b", 3.0)}
    a, b = measure(calls, rounds=5, clock=machine.clock)
    assert (a.name, a.first, a.median, a.calls) == ("a", 50.0, 1.0, 1)
    assert (b.name, b.first, b.median, b.spread) == ("b", 3.0, 3.0, 0.0)
    assert a.samples == (1.0,) * 5


def test_candidates_take_turns_and_the_order_turns_around(machine):
    calls = {name: machine.takes(name, 1.0) for name in "abc"}
    measure(calls, rounds=3, clock=machine.clock)
    assert "".join(machine.log) == "abc" + "abc" + "abc" + "cba" + "abc"  # cold, calibration, rounds


def test_quick_candidates_fill_the_shortest_sample(machine):
    calls = {"quick": machine.takes("quick", 0.001), "slow": machine.takes("slow", 1.0)}
    quick, slow = measure(calls, rounds=3, min_sample=0.1, clock=machine.clock)
    assert 100 <= quick.calls <= 101
    assert slow.calls == 1
    assert quick.median == pytest.approx(0.001)


def test_a_slowing_machine_leaves_the_ratio_alone(machine):
    def slowing(name: str, seconds: float) -> Callable[[], None]:
        inner = machine.takes(name, seconds)

        def call() -> None:
            inner()
            machine.speed *= 1.01

        return call

    calls = {"a": slowing("a", 2.0), "b": slowing("b", 1.0)}
    a, b = measure(calls, rounds=21, clock=machine.clock)
    ratio = compare(a, b)
    assert a.spread > 0.1
    assert ratio.value == pytest.approx(2.0, rel=0.02)
    assert ratio.low <= ratio.value <= ratio.high


def test_a_budget_stops_early_but_not_before_three_rounds(machine):
    calls = {"a": machine.takes("a", 10.0)}
    assert len(measure(calls, rounds=50, budget=1.0, clock=machine.clock)[0].samples) == 3
    assert len(measure(calls, rounds=50, budget=65.0, clock=machine.clock)[0].samples) == 7


def test_answers_are_checked_before_anything_is_timed(machine):
    seen = {}

    def check(answers):
        seen.update(answers)
        raise ValueError("b is wrong")

    def answering(name: str, answer: int) -> Callable[[], int]:
        move = machine.takes(name, 1.0)
        return lambda: (move(), answer)[1]

    with pytest.raises(ValueError, match="b is wrong"):
        measure({"a": answering("a", 1), "b": answering("b", 2)}, check=check, clock=machine.clock)
    assert seen == {"a": 1, "b": 2}
    assert machine.log == ["a", "b"]


def test_the_interval_widens_with_confidence_and_repeats_with_its_seed():
    noisy = Timing("noisy", 1.0, 1, (1.0, 1.5, 2.0, 1.2, 1.9, 3.0, 1.1, 1.3))
    steady = Timing("steady", 1.0, 1, (1.0,) * 8)
    wide, narrow = compare(noisy, steady, confidence=0.99), compare(noisy, steady, confidence=0.5)
    assert wide.low <= narrow.low < narrow.value < narrow.high <= wide.high
    assert wide == compare(noisy, steady, confidence=0.99)
    assert compare(steady, steady).low == compare(steady, steady).high == 1.0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"candidates": {}}, "candidates"),
        ({"rounds": 2}, "rounds"),
        ({"min_sample": -1.0}, "min_sample"),
        ({"budget": 0.0}, "budget"),
        ({"budget": math.nan}, "budget"),
    ],
)
def test_bad_arguments_are_named(arguments, named):
    given = {"candidates": {"a": lambda: None}, **arguments}
    with pytest.raises(ArgumentError, match=f"'{named}'"):
        measure(given.pop("candidates"), **given)


def test_timings_measured_apart_are_not_compared():
    with pytest.raises(ArgumentError, match="Measure both in one call"):
        compare(Timing("a", 1.0, 1, (1.0,) * 4), Timing("b", 1.0, 1, (1.0,) * 5))


def test_before_runs_before_every_sample_and_is_not_timed():
    now, rests = [0.0], []

    def call():
        now[0] += 1.0

    def before():
        rests.append(now[0])
        now[0] += 100.0

    (timing,) = measure({"a": call}, rounds=4, before=before, clock=lambda: now[0])
    assert timing.samples == (1.0,) * 4
    assert len(rests) == 4


def test_rest_returns_when_threads_sleep_and_waits_for_one_that_spins():
    stop = threading.Event()

    def spin():
        while not stop.is_set():
            pass

    start = time.perf_counter()
    rest()
    assert time.perf_counter() - start < 0.9
    thread = threading.Thread(target=spin)
    thread.start()
    try:
        start = time.perf_counter()
        rest(0.3)
        assert time.perf_counter() - start >= 0.3
    finally:
        stop.set()
        thread.join()
