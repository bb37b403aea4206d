"""What a user is told while models are fitted: how much is done, and how long the rest will take."""

from __future__ import annotations

import pytest
from small_experiment import small_spec

from qsetu.experiments import compute, progress
from qsetu.experiments.progress import Watcher, clock, watching

TITLES = {"slow": "A slow model", "fast": "A fast model [bold]", "new": "Not seen yet"}
JOBS = [("slow", "fold 1"), ("fast", "fold 1"), ("new", "fold 1"), ("slow", "fold 2"), ("fast", "fold 2")]


class Time:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch):
    found = Time()
    monkeypatch.setattr(progress, "time", found)
    return found


@pytest.fixture
def in_a_file(monkeypatch):
    """As standard error of a test is, unless the environment wants colors."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def test_time_left_is_what_each_model_took_and_for_new_ones_the_usual():
    watcher = Watcher(JOBS, TITLES)
    assert watcher.seconds_left() is None
    watcher.end("slow", "fold 1", 10.0)
    assert watcher.seconds_left() == 4 * 10.0
    watcher.end("fast", "fold 1", 2.0)
    assert watcher.seconds_left() == 10.0 + 2.0 + 6.0  # new: midway between the two
    watcher.end("slow", "fold 2", 20.0)
    assert watcher.seconds_left() == 2.0 + (15.0 + 2.0) / 2
    watcher.end("new", "fold 1", 1.0)
    watcher.end("fast", "fold 2", 2.0)
    assert watcher.seconds_left() == 0.0
    assert watcher.done == 5


def test_workers_share_the_time_left():
    watcher = Watcher(JOBS, TITLES, workers=4)
    watcher.end("slow", "fold 1", 10.0)
    assert watcher.seconds_left() == 10.0


@pytest.mark.usefixtures("in_a_file")
def test_a_log_gets_a_line_every_few_seconds_and_the_last(time, capsys):
    said = []
    with watching(JOBS, TITLES, reused=0, workers=1, show=True) as watcher:
        watcher.begun = time.now
        for (name, split), seconds in zip(JOBS, (3.0, 4.0, 4.0, 4.9, 1.0), strict=True):
            watcher.begin(name, split)
            time.now += seconds
            watcher.end(name, split, seconds)
            said.append(capsys.readouterr().err)
    assert [line.startswith(f"{i}/5 fits") for i, line in enumerate(said, 1)] == [
        True,  # at once: a run that says nothing looks stuck
        False,
        True,  # 8 s after the first
        False,
        True,
    ]
    assert said[1] == said[3] == ""
    # Never wrapped: a log is read line by line.
    assert said[0] == "1/5 fits of models in 3 s, about 12 s left; last: A slow model, fold 1, 3.0 s\n"
    assert said[4] == "5/5 fits of models in 17 s, about 0 s left; last: A fast model [bold], fold 2, 1.0 s\n"


@pytest.mark.usefixtures("in_a_file")
def test_what_was_found_is_told_once_and_nothing_where_nothing_was(capsys):
    with watching(JOBS, TITLES, reused=7, workers=1, show=True):
        pass
    said = capsys.readouterr()
    assert said.err == "7 of 12 fits were computed before and are found in the store.\n"
    with watching(JOBS, TITLES, reused=0, workers=1, show=True):
        pass
    with watching(JOBS, TITLES, reused=7, workers=1, show=False) as watcher:
        watcher.begin(*JOBS[0])
        watcher.end(*JOBS[0], 1.0)
    assert capsys.readouterr() == ("", "")
    assert (watcher.done, watcher.reused) == (1, 7)
    assert said.out == ""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_terminal_gets_a_bar_that_goes_on(monkeypatch, capsys, workers):
    monkeypatch.setenv("FORCE_COLOR", "1")
    with watching(JOBS, TITLES, reused=0, workers=workers, show=True) as watcher:
        (task,) = watcher.progress.tasks
        assert (task.total, task.completed, task.fields["left"]) == (5, 0, "estimating")
        if workers == 1:
            watcher.begin("slow", "fold 1")
            assert task.description == "A slow model, fold 1"
            assert task.fields["left"] == "estimating"
        watcher.end("slow", "fold 1", 100.0)
        assert task.completed == 1
        if workers == 1:
            watcher.begin("fast", "fold 1")
            assert task.description == "A fast model [bold], fold 1"
            assert task.fields["left"] == "6:40 left"
        else:
            assert task.description == "2 at once; last: A slow model, fold 1"
            assert task.fields["left"] == "3:20 left"
        for name, split in JOBS[1:]:
            watcher.end(name, split, 1.0)
        assert task.finished
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0:00"), (59.9, "0:59"), (60, "1:00"), (3599, "59:59"), (3600, "1:00:00"), (36_061, "10:01:01")],
)
def test_a_clock_is_read_as_one(seconds, told):
    assert clock(seconds) == told


@pytest.mark.usefixtures("in_a_file")
def test_a_run_tells_of_what_it_computes_and_of_what_it_found(cells, tmp_path, capsys):
    compute(small_spec(models=["rbf-svm"]), cells, seed=1, store=tmp_path)
    assert capsys.readouterr().err == ""
    compute(small_spec(models=["rbf-svm", "elastic-net"]), cells, seed=1, store=tmp_path, progress=True)
    found, *_, last = capsys.readouterr().err.splitlines()
    assert found.startswith("2 of 4 fits were computed before")
    assert last.startswith("2/2 fits of models in ")
    assert "last: Elastic-net logistic regression, fold 1.2, " in last


def test_a_model_is_announced_before_it_is_fitted_and_done_when_it_is_kept(cells, tmp_path, monkeypatch):
    from contextlib import contextmanager

    from qsetu.experiments import runner

    heard = []

    class Hearing(Watcher):
        def begin(self, name, split):
            heard.append(("begin", name, split, len(list(tmp_path.rglob("*.json")))))

        def end(self, name, split, seconds):
            super().end(name, split, seconds)
            heard.append(("end", name, split, len(list(tmp_path.rglob("*.json")))))

    @contextmanager
    def hearing(jobs, titles, *, reused, workers, show):
        yield Hearing(jobs, titles, reused, workers)

    monkeypatch.setattr(runner, "watching", hearing)
    compute(small_spec(models=["rbf-svm"]), cells, seed=1, store=tmp_path)
    assert heard == [
        ("begin", "rbf-svm", "fold 1.1", 0),
        ("end", "rbf-svm", "fold 1.1", 1),
        ("begin", "rbf-svm", "fold 1.2", 1),
        ("end", "rbf-svm", "fold 1.2", 2),
    ]
