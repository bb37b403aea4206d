"""Packing: what goes in, what stays out, and that equal content is equal bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sharing_support import (
    DAY,
    EVERYBODY,
    ROWS,
    card,
    code,
    declaring,
    packed,
    printed,
    simple,
    text,
    written,
)

from experiments.report_samples import made_result
from qsetu.core.errors import ArgumentError, OutputError
from qsetu.experiments.record import read_result, write_result
from qsetu.genomics import builtin_cards
from qsetu.sharing import Asked, BundleError, Override, PolicyRefusal, Receiver, inspect_bundle, pack
from qsetu.sharing.bundle.archive import open_archive
from qsetu.sharing.bundle.datasets import as_reference, data_files

HOSPITAL = Asked("general", Receiver(name="A hospital", kind="non-profit"))


def content(path: Path, name: str) -> bytes:
    with open_archive(path) as archive:
        return archive.read(name)


def result_folder(folder: Path, **options) -> Path:
    folder.mkdir()
    (folder / "figures").mkdir()
    write_result(made_result(**options), folder / "result.json")
    (folder / "report.html").write_text("<h1>A report</h1>")
    (folder / "figures" / "scores.svg").write_text("<svg/>")
    (folder / "private-notes.txt").write_text("not meant to be shared")
    return folder


def test_a_bundle_holds_what_a_partner_needs(tmp_path):
    done = packed(tmp_path, description="Two lines.", institution="Institution A")
    found = inspect_bundle(done.path)
    assert found.complaints == ()
    assert found.sha256 == done.sha256
    assert set(found.sizes) == {
        "CITATION.cff", "bundle.json", "environment/requirements.txt", "notebooks/simple.ipynb",
        "ro-crate-metadata.json",
    }  # fmt: skip
    [item] = found.manifest.items
    assert (item.kind, item.title, item.metrics[0].value) == ("notebook", "A simple notebook", 0.75)
    assert f"numpy=={np.__version__}".encode() in content(done.path, "environment/requirements.txt")


def test_equal_content_gives_equal_bytes_in_another_process(tmp_path):
    first = packed(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    again = (
        "import datetime, pathlib, sys; from qsetu.sharing import *;"
        "print(pack([sys.argv[1]], sys.argv[2], Asked('methods', Receiver(name='everybody')),"
        "day=datetime.date(2026, 11, 30)).sha256)"
    )
    done = subprocess.run(
        [sys.executable, "-c", again, str(tmp_path / "simple.ipynb"), str(other / "x.qsetu.zip")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Kolkata"},
    )
    assert done.stdout.strip() == first.sha256


def test_the_day_is_that_of_the_content(tmp_path, monkeypatch):
    folder = result_folder(tmp_path / "run")
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    asked = replace(EVERYBODY, overrides=[])
    done = pack(
        [folder], tmp_path / "a.qsetu.zip", asked, cards=[card("made-up", "Open", ("DUO:0000004",), "all")]
    )
    assert done.manifest.date == read_result(folder).provenance.finished[:10]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert pack([simple(tmp_path)], tmp_path / "b.qsetu.zip", asked).manifest.date == "1970-01-01"


def test_datasets_are_seen_in_the_code_and_referred_to(tmp_path):
    path = written(
        tmp_path, "n", code("from qsetu.genomics import load_dataset\nd = load_dataset('uci-splice')")
    )
    [reference] = packed(tmp_path, path).manifest.datasets
    assert (reference.name, reference.access, reference.data_use) == ("uci-splice", "Open", ["DUO:0000004"])
    assert reference.packed == [] and "uci-splice/splice.data" in reference.files


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("load_dataset(name)", "computed-dataset"),
        ("from qsetu.genomics.formats import read_vcf\nread_vcf('cohort.vcf')", "undeclared-input"),
        ("import pandas as pd\npd.read_csv('people.csv')", "undeclared-input"),
        ("open('people.csv').read()", "undeclared-input"),
        ("from pathlib import Path\nPath('people.csv').open()", "undeclared-input"),
        ("open('people.csv', 'r+')", "undeclared-input"),
        ("import numpy as np\nnp.load('genotypes.npy')", "undeclared-input"),
        ("import subprocess\nsubprocess.run(['cat', 'people.csv'])", "undeclared-input"),
        ("if True:\n    !cat people.csv", "undeclared-input"),
        ("%run other.py", "undeclared-input"),
        ("%%bash\ncat people.csv", "computed-dataset"),
        ("this is no Python", "computed-dataset"),
    ],
)
def test_inputs_that_nobody_has_described_are_refused(tmp_path, source, kind):
    path = written(tmp_path, "n", code(source))
    with pytest.raises(PolicyRefusal, match=f"cell 1: .*--override {kind}"):
        packed(tmp_path, path)
    assert not (tmp_path / "made.qsetu.zip").exists()
    asked = replace(EVERYBODY, overrides=[Override(kind, "a table of weights", "Dr. Who")])
    assert packed(tmp_path, path, asked=asked).manifest.policy.overrides


@pytest.mark.parametrize(
    "source",
    [
        "open('out.txt', 'w').write('x')",
        "%matplotlib inline\nx = 1",
        "!ls",
        "from pathlib import Path\nPath('a').open('w')",
        "app.run()",
        "%%time\nx = 1",
    ],
)
def test_code_that_reads_nothing_is_let_through(tmp_path, source):
    assert packed(tmp_path, written(tmp_path, "n", code(source))).manifest.datasets == []


def test_where_an_input_is_restricted_outputs_are_taken_out_but_for_metrics(tmp_path):
    reads = code("from qsetu.genomics.formats import read_vcf\nread_vcf('cohort.vcf')", printed("3 people"))
    path = written(tmp_path, "n", reads, declaring("score", 0.5))
    done = packed(tmp_path, path, asked=HOSPITAL, cards=[card()])
    assert done.manifest.policy.access == "Restricted"
    assert done.manifest.policy.removed == ["notebooks/n.ipynb: outputs, except declared metrics"]
    cells = json.loads(content(done.path, "notebooks/n.ipynb"))["cells"]
    assert cells[0]["outputs"] == []
    assert len(cells[1]["outputs"]) == 1
    assert [metric.value for _, metric in done.manifest.metrics()] == [0.5]
    kept = packed(tmp_path, path, asked=HOSPITAL, cards=[card()], keep_outputs=True, replace=True)
    assert b"3 people" in content(kept.path, "notebooks/n.ipynb")


def test_pictures_attached_to_text_are_taken_out_with_outputs(tmp_path):
    note = {
        **text("![a plot](attachment:plot.png)"),
        "attachments": {"plot.png": {"image/png": "iVBORw0KGgo="}},
    }
    path = written(tmp_path, "n", note, code("load_dataset('cohort')"))
    done = packed(tmp_path, path, asked=HOSPITAL, cards=[card()])
    assert b"iVBORw0KGgo" not in done.path.read_bytes()


def test_restricted_rows_in_an_output_are_refused_even_when_outputs_are_kept(tmp_path):
    reads = code("from qsetu.genomics.formats import read_vcf\nread_vcf('cohort.vcf')", printed(ROWS))
    path = written(tmp_path, "n", reads)
    with pytest.raises(PolicyRefusal, match="cannot be overridden"):
        packed(tmp_path, path, asked=HOSPITAL, cards=[card()], keep_outputs=True)
    done = packed(tmp_path, path, asked=HOSPITAL, cards=[card()])
    assert b"99990" not in done.path.read_bytes()


def test_data_that_have_no_card_are_private_and_stay(tmp_path):
    folder = result_folder(tmp_path / "run", card=None)
    with pytest.raises(PolicyRefusal, match="Private, and no data-use code"):
        packed(tmp_path, folder)


def test_a_result_is_packed_with_its_report_and_nothing_else_of_its_folder(tmp_path):
    folder = result_folder(tmp_path / "run")
    name = read_result(folder).dataset.name
    done = packed(tmp_path, folder, cards=[card(name.partition("/")[0], "Open", ("DUO:0000004",), "all")])
    names = set(inspect_bundle(done.path).sizes)
    assert {"results/run/result.json", "results/run/report.html", "results/run/figures/scores.svg"} <= names
    assert not any("private" in name for name in names)
    assert {metric.name for _, metric in done.manifest.metrics()} >= {"Elastic net: balanced_accuracy"}


def test_a_result_on_restricted_data_loses_every_single_sample_and_stays_readable(tmp_path):
    folder = result_folder(tmp_path / "run", holdout=True)
    before = read_result(folder)
    done = packed(
        tmp_path, folder, asked=HOSPITAL, cards=[card(before.dataset.name.partition("/")[0], part="all")]
    )
    assert [name for name in inspect_bundle(done.path).sizes if name.startswith("results/")] == [
        "results/run/result.json"
    ]
    out = tmp_path / "out"
    out.mkdir()
    (out / "result.json").write_bytes(content(done.path, "results/run/result.json"))
    after = read_result(out)
    assert before.dataset.true and after.dataset.true == []
    assert all(split.test == [] for split in after.splits)
    assert all(fold.predicted == [] for model in after.models for fold in model.folds)
    assert [model.summary for model in after.models] == [model.summary for model in before.models]


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.pt"])
def test_pickles_are_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x80\x04.")
    with pytest.raises(BundleError, match="runs whatever code"):
        packed(tmp_path, tmp_path / name)


def test_arrays_are_packed_and_objects_are_not(tmp_path):
    np.savez(tmp_path / "weights.npz", a=np.arange(3.0))
    assert packed(tmp_path, tmp_path / "weights.npz").manifest.items[0].kind == "model"
    np.savez(tmp_path / "objects.npz", a=np.array([{"a": 1}], dtype=object))
    with pytest.raises(BundleError, match="could run code"):
        packed(tmp_path, tmp_path / "objects.npz", replace=True)
    (tmp_path / "other.npy").write_bytes(b"nonsense")
    with pytest.raises(BundleError, match="could run code"):
        packed(tmp_path, tmp_path / "other.npy", replace=True)


def test_what_cannot_be_packed_is_said(tmp_path):
    with pytest.raises(ArgumentError, match="at least one"):
        pack([], tmp_path / "x.qsetu.zip", EVERYBODY)
    with pytest.raises(ArgumentError, match="are there"):
        packed(tmp_path, tmp_path / "absent.ipynb")
    (tmp_path / "thing.exe").write_bytes(b"MZ")
    with pytest.raises(ArgumentError, match="must be notebooks"):
        packed(tmp_path, tmp_path / "thing.exe")
    (tmp_path / "bad.ipynb").write_text("{}")
    with pytest.raises(BundleError, match="format 4"):
        packed(tmp_path, tmp_path / "bad.ipynb")
    (tmp_path / "bad.ipynb").write_text('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [1]}')
    with pytest.raises(BundleError, match="no notebook"):
        packed(tmp_path, tmp_path / "bad.ipynb")
    stripped = written(tmp_path, "stripped", code("declare_metric('a', 1)"))
    with pytest.raises(BundleError, match="has not been run"):
        packed(tmp_path, stripped)


@pytest.mark.parametrize(
    "given",
    [{"title": "two\nlines"}, {"license": "a\x1b[2J"}, {"institution": "a\u202eb"}, {"description": "\x00"}],
)
def test_text_that_a_terminal_would_act_on_is_refused(tmp_path, given):
    with pytest.raises(ArgumentError, match="must be plain text"):
        packed(tmp_path, **given)
    assert not (tmp_path / "made.qsetu.zip").exists()


def test_nothing_is_overwritten_unless_asked(tmp_path):
    packed(tmp_path)
    with pytest.raises(OutputError, match="nothing is overwritten"):
        packed(tmp_path)
    assert packed(tmp_path, replace=True).path.exists()


def test_two_items_of_one_name_have_two_names(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    items = (
        simple(tmp_path / "a"),
        simple(tmp_path / "b", 0.5),
        written(tmp_path, "Ünïcode & more", text("# T")),
    )
    names = [item.name for item in packed(tmp_path, *items).manifest.items]
    assert names == ["simple", "simple-2", "n-code-more"]


def test_open_data_are_packed_when_asked_for(tmp_path, data_folder):
    path = written(tmp_path, "n", code("load_dataset('uci-promoters')"))
    done = packed(tmp_path, path, include_data=True)
    [reference] = done.manifest.datasets
    assert reference.packed == [f"data/{name}" for name in reference.files]
    name = reference.packed[0]
    assert done.manifest.files[name].sha256 == reference.files[name.removeprefix("data/")]
    with open_archive(done.path) as archive:
        assert archive.digest(name) == done.manifest.files[name].sha256


def test_data_by_agreement_are_never_packed(tmp_path):
    path = written(tmp_path, "n", code("load_dataset('cohort')"))
    done = packed(tmp_path, path, asked=HOSPITAL, cards=[card()], include_data=True)
    assert not [name for name in done.manifest.files if name.startswith("data/")]


@pytest.mark.parametrize("change", [{"access": "Restricted"}, {"redistribution": False}, {"card": "own"}])
def test_what_may_be_packed_of_a_dataset(data_folder, change):
    reference = as_reference(builtin_cards()["uci-promoters"], "", own=False)
    assert data_files(reference)
    assert data_files(reference.model_copy(update=change)) == {}


def test_the_crate_says_what_its_profiles_ask(tmp_path):
    done = packed(
        tmp_path, written(tmp_path, "n", code("load_dataset('uci-splice')"), declaring("score", 0.5))
    )
    graph = {one["@id"]: one for one in json.loads(content(done.path, "ro-crate-metadata.json"))["@graph"]}
    root = graph["./"]
    assert {"name", "description", "datePublished", "license", "conformsTo", "hasPart", "mentions"} <= set(
        root
    )
    assert root["datePublished"] == DAY.isoformat()
    assert graph["ro-crate-metadata.json"]["conformsTo"]["@id"] == "https://w3id.org/ro/crate/1.3"
    [action] = [one for one in graph.values() if one["@type"] == "CreateAction"]
    assert {"instrument", "object", "result", "agent", "endTime"} <= set(action)
    dataset = graph["#dataset-uci-splice"]
    assert dataset["conditionsOfAccess"] == "Open"
    assert (
        graph[
            dataset["usageInfo"]["@id"]
            if isinstance(dataset["usageInfo"], dict)
            else dataset["usageInfo"][0]["@id"]
        ]["termCode"]
        == "DUO:0000004"
    )
