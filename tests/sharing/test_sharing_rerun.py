"""Running a received bundle again: each metric compared, nothing of the sender's believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sharing_support import code, declaring, packed, states, text, written

from qsetu.sharing import Limits, verify
from qsetu.sharing.rerun import why_not_isolated

isolated = pytest.mark.skipif(bool(why_not_isolated()), reason=f"no isolation here: {why_not_isolated()}")


@isolated
def test_each_metric_is_compared(tmp_path):
    path = written(
        tmp_path,
        "n",
        text("# Three metrics"),
        declaring("same", 0.5),
        declaring("near", 0.5, really=0.505, tolerance=0.01),
        declaring("far", 0.5, really=0.6, tolerance=0.01),
        declaring("by chance", 1.0, really=1.1, std_error=0.05, shots=400),
    )
    report = verify(packed(tmp_path, path).path, unsigned=True, rerun=True, keep=tmp_path / "kept")
    found = {one.agreement.name: one.agreement.state for one in report.metrics}
    assert found == {"same": "pass", "near": "pass", "far": "differs", "by chance": "pass"}
    assert states(report)["re-run"] == "differs" and report.exit_code == 1
    assert "far: 0.6 for 0.5" in " ".join(report.check("re-run").sentences)
    kept = json.loads((tmp_path / "kept" / "n.ipynb").read_text())
    assert all(cell["execution_count"] for cell in kept["cells"] if cell["cell_type"] == "code")


@isolated
def test_what_came_out_again_passes_and_says_so(tmp_path):
    told = []
    report = verify(
        packed(tmp_path).path, unsigned=True, rerun=True, progress=lambda *given: told.append(given)
    )
    assert report.passed and "1 of 1 metrics came out again" in report.sentence
    assert told == [("simple", 1, 1)]


@isolated
def test_a_notebook_that_fails_says_where(tmp_path):
    path = written(
        tmp_path, "n", code("x = 1"), code("raise ValueError('broken \\x1b[31m')"), declaring("a", 1.0)
    )
    report = verify(packed(tmp_path, path).path, unsigned=True, rerun=True)
    found = report.check("re-run")
    assert found.state == "could not run"
    assert "cell 2: ValueError: broken" in found.sentences[0] and "\x1b" not in report.model_dump_json()
    assert [one.agreement.state for one in report.metrics] == ["could not run"]


@isolated
def test_old_outputs_are_not_taken_for_new_ones(tmp_path):
    path = written(tmp_path, "n", code("pass", *declaring("a", 1.0)["outputs"]))
    report = verify(packed(tmp_path, path).path, unsigned=True, rerun=True)
    assert [one.agreement.state for one in report.metrics] == ["could not run"]


@isolated
def test_a_notebook_without_end_is_ended(tmp_path):
    path = written(tmp_path, "n", code("while True: pass"), declaring("a", 1.0))
    report = verify(packed(tmp_path, path).path, unsigned=True, rerun=True, limits=Limits(seconds=8))
    assert "more than 8 s" in report.check("re-run").sentences[0]


@isolated
def test_a_notebook_that_kills_its_kernel_is_reported(tmp_path):
    path = written(tmp_path, "n", code("import os\nos._exit(9)"), declaring("a", 1.0))
    report = verify(packed(tmp_path, path).path, unsigned=True, rerun=True, limits=Limits(seconds=60))
    assert states(report)["re-run"] == "could not run"


@isolated
def test_links_that_a_run_leaves_are_not_followed(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text(written(tmp_path, "other", declaring("a", 1.0)).read_text())
    source = (
        "import os, pathlib, threading, time\n"
        "def later():\n"
        "    while True:\n"
        "        try:\n"
        f"            os.symlink({str(secret)!r}, 'link'); os.replace('link', 'executed.ipynb')\n"
        "        except OSError: pass\n"
        "        time.sleep(0.001)\n"
        "if os.fork() == 0:\n"
        "    os.setsid(); later()\n"
    )
    path = written(tmp_path, "n", code(source), declaring("a", 1.0))
    report = verify(packed(tmp_path, path).path, unsigned=True, rerun=True, keep=tmp_path / "kept")
    # The child lives until its namespace ends; whether it won the race, nothing outside was read.
    kept = tmp_path / "kept" / "n.ipynb"
    assert not kept.exists() or kept.read_text() != secret.read_text()
    assert states(report)["re-run"] in ("pass", "could not run")


@isolated
def test_datasets_of_the_bundle_are_found_by_the_run(tmp_path, data_folder, monkeypatch):
    source = (
        "from qsetu.genomics import load_dataset\nfrom qsetu.sharing import declare_metric\n"
        "declare_metric('samples', len(load_dataset('uci-promoters')), tolerance=0)"
    )
    from sharing_support import shown

    from qsetu.sharing import Metric

    path = written(tmp_path, "n", code(source, shown(Metric(name="samples", value=106, tolerance=0))))
    bundle = packed(tmp_path, path, include_data=True).path
    monkeypatch.delenv("QSETU_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    report = verify(bundle, unsigned=True, rerun=True)
    assert report.passed, report.checks


@isolated
def test_an_experiment_is_run_again(tmp_path):
    from qsetu.experiments import run_experiment

    spec = Path(__file__).parent / "tiny.toml"
    done = run_experiment(spec, quick=True, out=tmp_path / "run", workers=1, progress=False)
    bundle = packed(tmp_path, done.folder).path
    report = verify(bundle, unsigned=True, rerun=True)
    assert report.passed, report.checks
    assert len(report.metrics) == len(done.result.contenders())


@isolated
def test_a_notebook_called_as_the_output_is_not_taken_for_it(tmp_path):
    """Its stated metric must not be read back where its run gave none."""
    path = written(
        tmp_path,
        "executed",
        code("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"),
        declaring("a", 1.0),
    )
    report = verify(packed(tmp_path, path).path, unsigned=True, rerun=True, limits=Limits(seconds=60))
    assert [one.agreement.state for one in report.metrics] == ["could not run"]
    assert states(report)["re-run"] == "could not run"
