"""The ledger on the command line."""

from __future__ import annotations

import csv
import io
import shutil

import pytest
import typer
from typer.testing import CliRunner
from usage_samples import entry

from qsetu.cli.usage import COMMANDS
from qsetu.core.errors import ArgumentError, DataError, OutputError
from qsetu.sharing.usage import Ledger

app = typer.Typer(rich_markup_mode="rich")
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)

SACCT = """JobID|User|Account|State|Start|End|CPUTimeRAW|MaxRSS|AllocTRES
7|ada|heart|COMPLETED|2026-01-31T10:00:00|2026-01-31T11:00:00|7200||cpu=2,gres/gpu=1
8|bob|heart|RUNNING|2026-01-31T10:00:00|Unknown|7200||cpu=2
"""


@pytest.fixture
def path(tmp_path, monkeypatch):
    """The ledger of the environment, which is not there yet."""
    path = tmp_path / "usage.sqlite"
    monkeypatch.setenv("QSETU_USAGE_LEDGER", str(path))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.delenv("QSETU_PROJECT", raising=False)
    return path


def said(*arguments, code=0, **options):
    done = CliRunner().invoke(app, [str(one) for one in arguments], **options)
    assert done.exit_code == code, done.output + repr(done.exception)
    return done


def refused(kind, *arguments):
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    assert isinstance(done.exception, kind), done.output + repr(done.exception)
    return str(done.exception)


def test_the_report_adds_up_by_project_and_user(path):
    ledger = Ledger(path)
    ledger.add(entry(cpu_seconds=5400, shots=1000, peak_memory_bytes=3 * 2**29))
    ledger.add(entry("[red]lung[/red]", "bob", gpu_seconds=36, qpu_seconds=12.5))
    shown = said("report").stdout
    lines = {line.split()[0]: line.split() for line in shown.splitlines() if "ada" in line or "bob" in line}
    assert lines["heart"] == ["heart", "ada", "1", "1.5", "0", "0", "1,000", "1.5", "GiB"]
    assert lines["[red]lung[/red]"] == ["[red]lung[/red]", "bob", "1", "0", "0.01", "12.5", "0"]
    assert "2026-01" in said("report", "--by", "month").stdout
    assert "bob" not in said("report", "--project", "heart").stdout
    assert "ada" not in said("report", "--user", "bob").stdout
    assert "none" in said("report", "--since", "2026-02-01").stdout
    assert "ada" in said("report", "--until", "2026-02-01", "--ledger", path).stdout
    assert "2026-01-31" in said("report", "--entries").stdout
    assert "Did you mean 'project'" in refused(ArgumentError, "report", "--by", "projct")
    assert "'since'" in refused(ArgumentError, "report", "--since", "soon")


def test_csv_goes_to_a_file_or_to_the_screen_and_over_nothing(path, tmp_path):
    Ledger(path).add(entry("=1+1", job_id="7"))
    text = said("report", "--csv", "-").stdout
    assert text.splitlines()[1].startswith("'=1+1,ada,1,")
    assert (
        dict(zip(*csv.reader(io.StringIO(said("report", "--entries", "--csv", "-").stdout)), strict=True))[
            "job_id"
        ]
        == "7"
    )
    file = tmp_path / "out.csv"
    said("report", "--csv", file)
    assert file.read_text() == text
    assert "exists" in refused(OutputError, "report", "--csv", file, "--by", "user")
    said("report", "--csv", file, "--by", "user", "--force")
    assert file.read_text().startswith("user,runs")
    assert "is the ledger itself" in refused(OutputError, "report", "--csv", path, "--force")
    assert len(Ledger(path).entries()) == 1


def test_a_ledger_that_is_not_there_is_told_and_not_made(path):
    for command in (["report"], ["quota"], ["quota", "--remove", "shots"], ["correct", "x", "--note", "n"]):
        assert "There is no ledger" in refused(DataError, *command)
    assert not path.exists()


def test_quotas_are_set_shown_and_removed(path):
    said(
        "quota",
        "--project",
        "heart",
        "--set",
        "qpu_seconds=600.5",
        "--set",
        f"shots={2**62}",
        "--period",
        "total",
    )
    said("quota", "--project", "heart", "--set", "peak_memory_bytes=5000", "--warn-at", "0.5")
    said("quota", "--set", "cpu_seconds=3600")
    Ledger(path).add(entry(qpu_seconds=100))
    rows = [line.split() for line in said("quota").stdout.splitlines()]
    assert ["heart", "qpu_seconds", "total", "600.5", "100", "500.5", "80", "%"] in rows
    assert ["heart", "shots", "total", f"{2**62:,}", "0", f"{2**62:,}", "80", "%"] in rows
    assert ["heart", "peak_memory_bytes", "run", "4.9", "KiB", "50", "%"] in rows
    assert any(row[:3] == ["default", "cpu_seconds", "month"] for row in rows)
    assert "default" not in said("quota", "--project", "heart").stdout
    assert "shots" not in said("quota", "--project", "heart", "--remove", "shots").stdout
    assert "must be a quota of project 'heart'" in refused(
        ArgumentError, "quota", "--project", "heart", "--remove", "shots"
    )
    for wrong in ("shots", "shots=", "shots=many", "qpu=5", "shots=-5", "shots=1.5", "cpu_seconds=nan", "=5"):
        refused(ArgumentError, "quota", "--project", "lung", "--set", "gpu_seconds=5", "--set", wrong)
    assert Ledger(path).quotas("lung") == []


def test_entries_are_added_by_hand_once_for_each_job(path):
    job = [
        "add",
        "--project",
        "heart",
        "--user",
        "ada",
        "--what",
        "vqe",
        "--qpu-seconds",
        "2.5",
        "--shots",
        "1000",
    ]
    job += ["--job-id", "0193-a", "--calibration-set", "77", "--started", "2026-01-31T10:00Z"]
    assert "Added: by hand:0193-a" in said(*job).stdout
    assert "Was there already" in said(*job).stdout
    (one,) = Ledger(path).entries()
    assert (one.job_id, one.calibration_set_id, one.qpu_seconds, one.finished) == (
        "0193-a",
        "77",
        2.5,
        "2026-01-31T10:00:00+00:00",
    )
    said("add", "--what", "a", "--cpu-seconds", "5")
    said("add", "--what", "a", "--cpu-seconds", "5")
    assert len(Ledger(path).entries(project="default")) == 2
    for wrong in (
        ["--shots", "-1"],
        ["--qpu-seconds", "nan"],
        ["--started", "2026-01-31"],
        ["--user", "a\nb"],
    ):
        refused(ArgumentError, "add", "--what", "a", *wrong)


def test_a_correction_is_an_entry(path):
    Ledger(path).add(entry(identity="the one", shots=10))
    assert "Added" in said("correct", "the one", "--shots", "-4", "--note", "refunded").stdout
    assert "there already" in said("correct", "the one", "--shots", "-4", "--note", "refunded").stdout
    assert Ledger(path).totals(())[0].shots == 6
    assert "'identity' must be that of an entry" in refused(ArgumentError, "correct", "none", "--note", "x")
    assert "take away" in refused(ArgumentError, "correct", "the one", "--shots", "-7", "--note", "x")


def test_jobs_of_slurm_are_imported_once(path, tmp_path):
    file = tmp_path / "jobs.txt"
    file.write_text(SACCT)
    done = said("import-sacct", file)
    assert (
        done.stdout
        == "1 job(s) added, 0 there already, 1 line(s) not yet of use, 0 line(s) that cannot be read\n"
    )
    assert "line 3: job 8 is RUNNING" in done.stderr
    assert said("import-sacct", "-", input=SACCT).stdout.startswith("0 job(s) added, 1 there already")
    (one,) = Ledger(path).entries()
    assert (one.project, one.cpu_seconds, one.gpu_seconds) == ("heart", 7200.0, 3600.0)
    file.write_text(
        SACCT.replace("8|bob", "nine|bob")
        + "10|ada|heart|FAILED|2026-01-31T10:00:00|2026-01-31T11:00:00|5||\n"
    )
    broken = said("import-sacct", file, "--project", "lung", "--timezone", "Europe/Helsinki", code=1)
    assert "line 3: JobID 'nine'" in broken.stderr and "2 job(s) added" in broken.stdout
    assert Ledger(path).entries(project="lung")[0].started == "2026-01-31T08:00:00+00:00"
    assert "cannot be read" in refused(DataError, "import-sacct", tmp_path / "none")
    assert "no header of sacct" in refused(DataError, "import-sacct", path)


def test_results_of_experiments_are_imported_once(path, tmp_path):
    from experiments.report_samples import made_result
    from qsetu.experiments.record.files import write_result

    folder = tmp_path / "result"
    folder.mkdir()
    write_result(made_result(), folder / "result.json")
    assert said("import-result", folder, "--project", "heart").stdout == "1 run(s) added, 0 there already\n"
    shutil.copy(folder / "result.json", tmp_path / "copy.json")
    assert "0 run(s) added" in said("import-result", tmp_path / "copy.json", "--project", "heart").stdout
    (one,) = Ledger(path).entries()
    assert (one.what, one.cpu_seconds, one.started) == ("made-up", 55.5, "2026-01-01T00:00:00+00:00")
    refused(DataError, "import-result", tmp_path / "none")
