"""Clusters: the numbers of one process, nothing sent twice, and failures that say where to look."""

from __future__ import annotations

import dataclasses
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from small_experiment import numbers, small_spec

from qsetu.core.errors import ArgumentError, DataError
from qsetu.experiments import ClusterError, ClusterSpec, ExperimentSpec, compute, parse_cluster
from qsetu.experiments import cluster as cluster_module
from qsetu.experiments import cluster_array as array_module
from qsetu.experiments.cluster_array import Share, known_tasks, packed, send
from qsetu.experiments.data import prepare_data
from qsetu.experiments.jobs import make_plan
from qsetu.experiments.models import MODELS as EVERY

submitit = pytest.importorskip("submitit", reason="the extra hpc is not installed")

MODELS = ["rbf-svm", "elastic-net"]
QUICK = {"kind": "local", "poll_seconds": 0.05, "minutes": 2}


def few(**changes) -> ExperimentSpec:
    data = small_spec(models=MODELS).model_dump(mode="json")
    data["sizes"]["default"] |= changes
    return ExperimentSpec.model_validate(data)


@pytest.fixture(scope="module")
def here(cells):
    return compute(few(), cells, seed=1)


@pytest.fixture
def plan(cells):
    return make_plan(few(), prepare_data(few(), cells), "default", 1)


class FakeJob:
    """A job that runs in this process when it is told to."""

    def __init__(self, folder: Path, name: str, share: Share) -> None:
        self.job_id, self.share, self.over, self.error = name, share, False, None
        self.paths = SimpleNamespace(stderr=folder / f"{name}_log.err")

    def done(self) -> bool:
        return self.over

    def exception(self):
        return self.error

    def run(self) -> None:
        self.share()
        self.over = True


class FakeExecutor:
    """Takes arrays; ``on_submit`` is called with each job."""

    def __init__(self, folder: Path, on_submit=lambda job: None) -> None:
        self.folder, self.on_submit, self.jobs = folder, on_submit, []

    def submit_array(self, shares):
        new = [FakeJob(self.folder, f"7_{len(self.jobs) + i}", share) for i, share in enumerate(shares)]
        self.jobs += new
        for job in new:
            self.on_submit(job)
        return new

    def __getstate__(self):
        return {}


def fake(tmp_path, on_submit=FakeJob.run, **changes) -> ClusterSpec:
    return ClusterSpec(executor=FakeExecutor(tmp_path, on_submit), **{"poll_seconds": 0.01, **changes})


def test_local_jobs_give_the_numbers_of_one_process(cells, here, tmp_path):
    store = tmp_path / "store"
    found = compute(few(), cells, seed=1, store=store, cluster=ClusterSpec(tasks=2, **QUICK))
    assert numbers(found) == numbers(here)
    assert found.identity == here.identity
    assert found.analysis == here.analysis
    record = found.provenance
    assert (record.computed, record.reused, record.workers) == (4, 0, 2)
    assert record.energy_joules is None
    assert "cluster" in record.energy_note
    assert not list((store / "cluster").glob("*"))  # nothing is left of an array that went well


def test_the_machines_are_those_that_computed(cells, tmp_path, monkeypatch):
    monkeypatch.setattr(array_module, "environment_record", lambda: {"cpu": "of a node"})
    found = compute(few(), cells, seed=1, store=tmp_path, cluster=fake(tmp_path))
    assert found.provenance.environments == [{"cpu": "of a node"}]


def test_the_debug_executor_does_the_same_in_this_process(cells, here, tmp_path):
    found = compute(few(), cells, seed=1, store=tmp_path, cluster="debug")
    assert numbers(found) == numbers(here)


@pytest.mark.parametrize(("tasks", "expected"), [(1, [4]), (3, [1, 1, 2]), (4, [1] * 4), (50, [1] * 4)])
def test_work_is_shared_evenly_and_completely(cells, plan, tmp_path, tasks, expected):
    cluster = fake(tmp_path, lambda job: None, tasks=tasks)
    sent = send(plan, plan.units, cluster, tmp_path)
    assert sorted(len(task.keys) for task in sent) == expected
    keys = [key for task in sent for key in task.keys]
    assert keys == [plan.key(job) for unit in plan.units for job in unit]


def test_what_is_in_the_store_is_not_sent(cells, here, tmp_path):
    compute(few(), cells, seed=1, store=tmp_path)
    cluster = fake(tmp_path)
    found = compute(few(repeats=2), cells, seed=1, store=tmp_path, cluster=cluster)
    assert sum(len(job.share.keys) for job in cluster.executor.jobs) == 4
    assert (found.provenance.reused, found.provenance.computed) == (4, 4)
    again = compute(few(repeats=2), cells, seed=1, store=tmp_path, cluster=cluster)
    assert len(cluster.executor.jobs) == 4
    assert numbers(again) == numbers(found)


def test_a_second_command_sends_nothing_twice(cells, here, plan, tmp_path, monkeypatch, capsys):
    """Ctrl-C, and the same again: the tasks that are still running are waited for."""
    monkeypatch.setattr(cluster_module.time, "sleep", lambda seconds: signal.raise_signal(signal.SIGINT))
    cluster = fake(tmp_path, lambda job: None, tasks=2)
    with pytest.raises(KeyboardInterrupt):
        compute(few(), cells, seed=1, store=tmp_path, cluster=cluster)
    told = capsys.readouterr().err
    assert "2 tasks go on running" in told
    assert "scancel 7\n" in told
    first, second = cluster.executor.jobs
    assert [type(task.job) for task in known_tasks(plan, tmp_path)] == [FakeJob] * 2
    first.run()
    # Jobs of the other process: those on disk are copies, which look at the same flags here.
    monkeypatch.setattr(array_module, "pickle", Same({"7_0": first, "7_1": second}))
    monkeypatch.setattr(cluster_module.time, "sleep", lambda seconds: second.run())
    found = compute(few(), cells, seed=1, store=tmp_path, cluster=cluster)
    assert len(cluster.executor.jobs) == 2
    assert numbers(found) == numbers(here)


class Same:
    """``pickle`` whose jobs stay the ones of this process."""

    def __init__(self, jobs) -> None:
        self.jobs, self.dumps = jobs, pickle.dumps

    def loads(self, data):
        found = pickle.loads(data)
        if not isinstance(found, list):
            return found
        return [type(task)(self.jobs[task.job.job_id], task.keys) for task in found]


def test_a_failed_task_names_its_log_and_the_next_command_sends_it_again(cells, here, tmp_path):
    def fail_second(job):
        if job.job_id.endswith("_1"):
            job.over, job.error = True, RuntimeError("Traceback\n  ...\nMemoryError: too little")
        else:
            job.run()

    broken = fake(tmp_path, fail_second, tasks=2)
    with pytest.raises(ClusterError, match=r"Task 7_1 failed: .*MemoryError: too little") as caught:
        compute(few(), cells, seed=1, store=tmp_path, cluster=broken)
    assert "7_1_log.err" in str(caught.value)
    healthy = fake(tmp_path, tasks=2)
    found = compute(few(), cells, seed=1, store=tmp_path, cluster=healthy)
    assert sum(len(job.share.keys) for job in healthy.executor.jobs) == 2
    assert numbers(found) == numbers(here)


def test_a_task_that_says_all_is_well_and_kept_nothing_is_not_believed(cells, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_module, "LATE_SECONDS", 0.05)
    with pytest.raises(ClusterError, match="records are not in the store"):
        cluster = fake(tmp_path, lambda job: setattr(job, "over", True))
        compute(few(), cells, seed=1, store=tmp_path, cluster=cluster)


def test_records_that_come_into_sight_late_are_waited_for(cells, here, tmp_path, monkeypatch):
    cluster = fake(tmp_path, lambda job: setattr(job, "over", True), tasks=1)
    seen = []

    def later(seconds):
        seen.append(seconds)
        if len(seen) == 3:
            cluster.executor.jobs[0].run()

    monkeypatch.setattr(cluster_module.time, "sleep", later)
    assert numbers(compute(few(), cells, seed=1, store=tmp_path, cluster=cluster)) == numbers(here)


def test_a_stopped_task_goes_on_where_it_was(plan, tmp_path):
    share = send(plan, plan.units, fake(tmp_path, lambda job: None, tasks=1), tmp_path)[0].job.share
    first = Share(share.plan, share.units[:1], share.keys[:1], share.store)
    assert first() == 1
    assert share() == 3
    assert share() == 0
    again = share.checkpoint()
    assert isinstance(again, submitit.helpers.DelayedSubmission)
    assert again.function is share


def test_a_task_with_other_code_refuses(plan, tmp_path, monkeypatch):
    from qsetu.experiments import jobs

    (task,) = send(plan, plan.units, fake(tmp_path, lambda job: None, tasks=1), tmp_path)
    monkeypatch.setattr(jobs, "code_fingerprint", lambda: "another")
    with pytest.raises(DataError, match="differ from those of the machine"):
        task.job.share()
    assert not list(tmp_path.glob("??/*.json"))


def test_a_local_task_that_fails_names_its_log(plan, tmp_path):
    """The real thing: what a task wrote on standard error is in the file that the error names."""
    tasks = send(plan, plan.units, ClusterSpec(tasks=1, **QUICK), tmp_path)
    (task,) = tasks
    share = Share(task.log, plan.units, task.keys, tmp_path)  # no pickle lies there
    executor = submitit.AutoExecutor(folder=tmp_path / "logs", cluster="local")
    executor.update_parameters(timeout_min=2)
    broken = array_module.Task(executor.submit_array([share])[0], task.keys)
    while not (broken.finished() and task.finished()):
        time.sleep(0.05)
    assert task.why_failed() == ""
    assert "Error" in broken.why_failed()
    assert "Error" in broken.log.read_text()


@pytest.mark.parametrize("arguments", [{"fresh": True}, {"store": None}], ids=str)
def test_a_cluster_needs_a_store_and_is_never_fresh(cells, tmp_path, arguments):
    with pytest.raises(ArgumentError, match="cluster"):
        compute(few(), cells, **{"store": tmp_path, "cluster": "local", **arguments})


def test_no_slurm_here_is_said(cells, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ClusterError, match=r"not taken: .*srun"):
        compute(few(), cells, store=tmp_path / "store", cluster="slurm")
    assert not list((tmp_path / "store").rglob("plan.pickle"))


def test_a_missing_extra_is_named(plan, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(DataError, match=r"qsetu\[hpc\]"):
        send(plan, plan.units, fake(tmp_path), tmp_path)


def test_pairs_of_the_command_line():
    found = parse_cluster(
        "partition=small, time=90,account=p_7,tasks=20,cpus=4,mem=7.5,parallel=8,gres=gpu:1"
    )
    assert (found.kind, found.minutes, found.tasks, found.cpus) == ("slurm", 90, 20, 4)
    assert (found.memory_gb, found.parallel) == (7.5, 8)
    assert found.settings == {"partition": "small", "account": "p_7", "gres": "gpu:1"}
    assert parse_cluster("kind=local").kind == "local"
    assert parse_cluster("") == ClusterSpec()
    assert parse_cluster("nice=5").settings == {"nice": 5}
    assert (ClusterSpec().pause, ClusterSpec(kind="local").pause) == (10.0, 0.2)


@pytest.mark.parametrize(
    "text",
    ["partition", "time=soon", "time=0", "tasks=-1", "mem=0", "a=1,a=2", "=3", "kind=moon", "-x=1", "time="],
)
def test_bad_pairs_are_refused(text):
    with pytest.raises(ArgumentError):
        parse_cluster(text)


@pytest.mark.parametrize(
    "changes",
    [{"kind": "moon"}, {"tasks": 0}, {"cpus": 0}, {"minutes": 0}, {"parallel": 0}, {"poll_seconds": 0}],
)
def test_bad_specifications_are_refused(changes):
    with pytest.raises(ArgumentError):
        ClusterSpec(**changes)


SBATCH = r"""#!/bin/bash
# A queue of one machine: runs each task of the array at once, as sbatch and srun would.
script="${@: -1}"
cp "$script" "$FAKE_SLURM/script.sh"
last=$(sed -n 's/^#SBATCH --array=0-\([0-9]*\).*/\1/p' "$script")
command=$(sed -n 's/^srun .*\( .*python.* -u -m submitit.*\)$/\1/p' "$script")
for i in $(seq 0 "${last:-0}"); do
  id=42_$i
  [ -z "$last" ] && id=42
  (
    export SLURM_JOB_ID=42 SLURM_PROCID=0 SLURM_NTASKS=1 SLURM_JOB_NUM_NODES=1 SLURM_NODEID=0
    export SLURM_LOCALID=0 SLURM_JOB_NODELIST=here SUBMITIT_EXECUTOR=slurm
    [ -n "$last" ] && export SLURM_ARRAY_JOB_ID=42 SLURM_ARRAY_TASK_ID=$i
    eval "$command" >"$FAKE_SLURM/$i.out" 2>"$FAKE_SLURM/$i.err"
    echo "$id" >>"$FAKE_SLURM/ended"
  ) </dev/null >/dev/null 2>&1 &
done
echo "Submitted batch job 42"
"""

SACCT = r"""#!/bin/bash
echo "JobID|State|NodeList"
[ -f "$FAKE_SLURM/ended" ] && while read -r id; do echo "$id|COMPLETED|here"; done <"$FAKE_SLURM/ended"
exit 0
"""


def test_slurm_is_asked_for_what_was_said(cells, here, tmp_path, monkeypatch):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in {"sbatch": SBATCH, "sacct": SACCT, "srun": "#!/bin/bash\n"}.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_SLURM", str(tools))
    cluster = parse_cluster("partition=small,time=75,account=p_7,tasks=2,cpus=3,mem=5,parallel=1")
    cluster = ClusterSpec(**{**vars(cluster), "poll_seconds": 0.05})
    found = compute(few(), cells, seed=1, store=tmp_path / "store", cluster=cluster)
    assert numbers(found) == numbers(here)
    script = (tools / "script.sh").read_text()
    for line in ["partition=small", "time=75", "account=p_7", "cpus-per-task=3", "mem=5GB", "array=0-1%1"]:
        assert f"#SBATCH --{line}\n" in script
    assert "#SBATCH --job-name=qsetu-pbmc-cell-types\n" in script


def test_local_tasks_outlive_the_process_that_sent_them(cells, here, plan, tmp_path):
    """A process sends and ends at once; this one finds its tasks alive, waits for them, and sends nothing."""
    (tmp_path / "plan.pickle").write_bytes(pickle.dumps(plan))
    code = (
        "import os, pickle, sys; from pathlib import Path; from qsetu.experiments import ClusterSpec\n"
        "from qsetu.experiments.cluster import send_missing\n"
        "folder = Path(sys.argv[1]); plan = pickle.loads((folder / 'plan.pickle').read_bytes())\n"
        "send_missing(plan, [], ClusterSpec(kind='local', tasks=2), folder / 'store')\n"
        "os._exit(0)\n"
    )
    # Nothing is piped: the tasks would hold the pipe open.
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=100)
    tasks = known_tasks(plan, tmp_path / "store")
    assert len(tasks) == 2
    assert not all(task.finished() for task in tasks)
    nobody = FakeExecutor(tmp_path)
    cluster = ClusterSpec(executor=nobody, poll_seconds=0.05)
    found = compute(few(), cells, seed=1, store=tmp_path / "store", cluster=cluster)
    assert nobody.jobs == []
    assert numbers(found) == numbers(here)


def test_every_model_travels(plan):
    """Some check their settings by functions within functions, which not every pickle takes."""
    for entry in EVERY.values():
        entrant = dataclasses.replace(plan.entrants[0], entry=entry)
        sent = pickle.loads(packed(dataclasses.replace(plan, entrants=(entrant,))))
        found = sent.entrants[0].entry
        assert (found.name, found.family, set(found.parameters)) == (
            entry.name,
            entry.family,
            set(entry.parameters),
        )
