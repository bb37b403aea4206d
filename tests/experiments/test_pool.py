"""Worker processes: their own cores each, and nothing lost or left behind when somebody is killed."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from small_experiment import numbers, small_spec
from threadpoolctl import threadpool_info

from qsetu.core.machine import cpu_count
from qsetu.experiments import ExperimentSpec, WorkerLost, compute, pool, runner
from qsetu.experiments.data import prepare_data
from qsetu.experiments.jobs import make_plan
from qsetu.genomics import load_dataset


def repeated_spec() -> ExperimentSpec:
    data = small_spec(models=["rbf-svm"]).model_dump(mode="json")
    data["sizes"]["default"] |= {"repeats": 6}
    return ExperimentSpec.model_validate(data)


@pytest.fixture(scope="module")
def data():
    return load_dataset("pbmc68k-reduced")


@pytest.fixture(scope="module")
def whole(data):
    return compute(repeated_spec(), data, seed=1)


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children() if any("LokyProcess" in word for word in child.cmdline())]


def all_end(processes: list[psutil.Process], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_killed_worker_ends_the_run_and_the_next_one_goes_on(data, whole, tmp_path, monkeypatch):
    before = workers_of(psutil.Process())
    own, kept, keep = [], [], runner._keep

    def kill_one_after_three(*arguments):
        keep(*arguments)
        kept.append(arguments)
        if len(kept) == 3:
            own.extend(one for one in workers_of(psutil.Process()) if one not in before)
            own[0].kill()

    monkeypatch.setattr(runner, "_keep", kill_one_after_three)
    with pytest.raises(WorkerLost, match=r"lack of memory.*run the same command again.*fewer --workers"):
        compute(repeated_spec(), data, seed=1, workers=2, store=tmp_path)
    assert len(own) == 2
    assert all_end(own)
    assert 3 <= len(kept) < 12
    assert len(list(tmp_path.rglob("*.json"))) == len(kept)
    monkeypatch.setattr(runner, "_keep", keep)
    again = compute(repeated_spec(), data, seed=1, store=tmp_path)
    assert (again.provenance.reused, again.provenance.computed) == (len(kept), 12 - len(kept))
    assert numbers(again) == numbers(whole)


SCRIPT = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import psutil
from test_pool import repeated_spec, workers_of
from qsetu.experiments import compute, runner
from qsetu.genomics import load_dataset

keep, kept = runner._keep, []

def die_after_three(*arguments):
    keep(*arguments)
    kept.append(arguments)
    if len(kept) == 3:
        pids = [str(one.pid) for one in workers_of(psutil.Process())]
        Path(sys.argv[2]).write_text(" ".join(pids))
        os.kill(os.getpid(), signal.SIGKILL)

runner._keep = die_after_three
compute(repeated_spec(), load_dataset("pbmc68k-reduced"), seed=1, workers=2, store=Path(sys.argv[1]))
"""


def test_workers_of_a_killed_run_end_by_themselves_and_the_next_one_goes_on(data, whole, tmp_path):
    script, store, pids, temporary = (tmp_path / name for name in ("script.py", "store", "pids", "temporary"))
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent)))
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, str(script), str(store), str(pids)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stderr=subprocess.DEVNULL,  # the tracker of semaphores says that it takes them away
        timeout=300,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    workers = []
    for pid in map(int, pids.read_text().split()):
        if psutil.pid_exists(pid):
            workers.append(psutil.Process(pid))
    assert all_end(workers)
    assert list(temporary.iterdir()) == []
    again = compute(repeated_spec(), data, seed=1, store=store)
    assert again.provenance.reused == 3
    assert numbers(again) == numbers(whole)


class Telling(ClassifierMixin, BaseEstimator):
    """Writes down what its process sees; slow once somebody wrote ``slow``."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def fit(self, X, y):
        folder = Path(self.folder)
        if (folder / "slow").exists() and not (folder / "waited-for").exists():
            time.sleep(10)
            (folder / "waited-for").touch()
        settings = [os.environ[name] for name in ("QSETU_NUM_THREADS", "OMP_NUM_THREADS", "NPROC")]
        threads = sorted({one["num_threads"] for one in threadpool_info()})
        told = [sorted(os.sched_getaffinity(0)), cpu_count(), settings, threads]
        (folder / f"{os.getpid()}.json").write_text(json.dumps(told))
        (folder / f"{os.getpid()}.up").touch()
        deadline = time.monotonic() + 120
        while len(list(folder.glob("*.up"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)  # for the other one: alone this one would take all the work
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)


def telling(folder, build):
    return Telling(folder)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system pins no processes")
@pytest.mark.skipif(cpu_count() < 2, reason="one core cannot be shared out")
def test_each_worker_has_its_own_cores_and_none_outlives_a_caller_that_stops(cells, tmp_path, monkeypatch):
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "2")  # what a shell may say; one thread it is all the same
    spec = repeated_spec()
    plan = make_plan(spec, prepare_data(spec, cells), "default", 1)
    (entrant,) = plan.entrants
    entry = dataclasses.replace(entrant.entry, make=partial(telling, str(tmp_path)))
    entrant = dataclasses.replace(entrant, entry=entry, configurations=({},))
    plan = dataclasses.replace(plan, entrants=[entrant])
    mine = sorted(os.sched_getaffinity(0))
    working = pool.run_on_workers(plan, plan.units, 2)
    job, record, seconds = next(working)
    assert (record.repeat, record.fold) == (plan.splits[job.split].repeat, plan.splits[job.split].fold)
    assert seconds > 0
    told = {int(file.stem): json.loads(file.read_text()) for file in tmp_path.glob("*.json")}
    processes = [psutil.Process(pid) for pid in told]
    (tmp_path / "slow").touch()
    working.close()
    assert all_end(processes)
    assert not (tmp_path / "waited-for").exists()

    half = len(mine) // 2
    assert sorted(cores for cores, *_ in told.values()) == [mine[:half], mine[half : 2 * half]]
    for _, count, settings, threads in told.values():
        assert count == half
        assert settings == [str(half)] * 3
        assert threads == [1]
    assert sorted(os.sched_getaffinity(0)) == mine


@pytest.mark.parametrize(
    ("cores", "workers", "shares"),
    [
        (8, 3, [[0, 1], [2, 3], [4, 5], None]),  # a fourth came for one that was lost: any core will do
        (2, 3, [[0], [1], None]),
        (5, 1, [[0, 1, 2, 3, 4]]),
    ],
    ids=["some over", "too few", "alone"],
)
def test_shares_of_cores_do_not_overlap(monkeypatch, cores, workers, shares):
    pinned = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)), raising=False)
    monkeypatch.setattr(os, "sched_setaffinity", lambda pid, mine: pinned.append(mine), raising=False)
    locks = [threading.Lock() for _ in range(workers)]
    found = []
    for _ in shares:
        pool._take_cores(locks)
        found.append(pinned.pop() if pinned else None)
    assert found == shares


def test_where_nothing_can_be_pinned_nothing_is(monkeypatch):
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    lock = threading.Lock()
    pool._take_cores([lock])
    assert not lock.locked()


@pytest.mark.parametrize(
    ("units", "quick", "workers"), [(10, True, 1), (10, False, 4), (3, False, 3), (0, False, 1)], ids=str
)
def test_as_many_workers_as_cores_or_units_and_one_for_little_work(monkeypatch, units, quick, workers):
    monkeypatch.setattr(pool, "cpu_count", lambda: 4)
    assert pool.default_workers(units, quick) == workers
