"""``qsetu catalogue`` as a person meets it."""

from __future__ import annotations

import re

import pytest
import typer
from catalogue_support import object_path, plant, tree, written
from typer.testing import CliRunner

from qsetu.cli.catalogue import COMMANDS
from qsetu.core.errors import ArgumentError, DataError
from qsetu.sharing.catalogue import Catalogue

APP = typer.Typer()
for name, command in COMMANDS.items():
    APP.command(name)(command)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("QSETU_CATALOGUE", str(tmp_path / "cat"))
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*arguments, code=0, **environment):
        done = CliRunner().invoke(APP, [*map(str, arguments)], env=environment)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.output

    return invoke


def push(run, file, *more):
    facts = (
        "--kind",
        "model",
        "--name",
        "net",
        "--title",
        "A model [bold]x",
        "--access",
        "Open",
        "--license",
        "MIT",
    )
    return run("push", file, *facts, *more)


def test_a_whole_day_with_a_catalogue(tmp_path, run):
    assert "holds entries up to Open" in run("init", "--title", "Shared", "--institution", "Lab A")
    file = written(tmp_path)
    said = push(run, file, "--data-use", "DUO:0000042", "--author", "Ada")
    key = re.match(r"[0-9a-f]{16}", said)[0]
    assert push(run, file, "--data-use", "DUO:0000042", "--author", "Ada") == said
    found = run("search", "model")
    assert key[:12] in found and "A model [bold]x" in found
    assert "Nothing found." in run("search", "nothing", "--kind", "dataset")
    shown = run("show", "net")
    for words in ("A model [bold]x", "DUO:0000042 (general research use)", "Lab A", "Ada", "m.bin", key):
        assert words in shown
    assert str(tmp_path / "out" / "m.bin") in run("pull", key, "-o", tmp_path / "out")
    assert (tmp_path / "out" / "m.bin").read_bytes() == b"weights"
    assert f"'best' means {key}" in run("alias", "best", "net")
    assert f"best means {key[:12]} (set by Lab A)" in run("show", "best")
    assert "2 entries and 1 files are right." in run("verify")
    run("init", tmp_path / "b", "--title", "Other", "--institution", "Lab B")
    said = run("sync", tmp_path / "cat", tmp_path / "b")
    assert f"to '{tmp_path / 'b'}': 2 new entries, 1 new files (7 bytes)" in said
    assert tree(tmp_path / "b") == tree(tmp_path / "cat")
    assert "is withdrawn: Wrong labels" in run("withdraw", "best", "--reason", "Wrong labels")
    assert "Withdrawn by Lab A: Wrong labels" in run("show", key)
    with pytest.raises(DataError, match="is withdrawn"):
        run("pull", key, "-o", tmp_path / "again")
    run("pull", key, "-o", tmp_path / "again", "--withdrawn")
    assert "Nothing found." in run("search") and key[:12] in run("search", "--withdrawn")
    assert "Open " in run("site", "-o", tmp_path / "site")
    assert (tmp_path / "site" / "index.html").is_file()


def test_restricted_files_stay_and_the_command_says_so(tmp_path, run):
    run("init", "--title", "Shared", "--institution", "Lab A")
    said = push(run, written(tmp_path), "--access", "Restricted")
    assert "It is Restricted: its card is there, its files stay with you." in said
    assert "not here" in run("show", "net")
    assert "1 files are not here" in run("verify")
    with pytest.raises(ArgumentError, match="must not be Private"):
        push(run, written(tmp_path), "--access", "Private")
    run("init", tmp_path / "p", "--title", "Ours", "--private")
    assert Catalogue.open(tmp_path / "p").card.holds == "Private"
    assert "stay with you" not in push(run, written(tmp_path), "--access", "Private", "--to", tmp_path / "p")
    said = run("sync", tmp_path / "p", tmp_path / "cat", "--one-way")
    assert "not carried: 1 entries and 0 files" in said


def test_damage_is_an_exit_code(tmp_path, run):
    run("init", "--title", "Shared")
    push(run, written(tmp_path))
    run("init", tmp_path / "b", "--title", "Other")
    catalogue = Catalogue.open(tmp_path / "cat")
    object_path(catalogue, catalogue.entries()[0]).write_bytes(b"damaged")
    assert "damaged: objects/" in run("verify", code=1)
    plant(catalogue, b"{}")
    said = run("sync", tmp_path / "cat", tmp_path / "b", code=1)
    assert "is not carried" in said and "is skipped: it is not of format" in said
    assert "Note: entry" in run("search")


def test_lineage_and_contested_aliases_are_shown(tmp_path, run):
    run("init", "--title", "Shared", "--institution", "Lab A")
    push(run, written(tmp_path, "data"), "--name", "cells")
    push(run, written(tmp_path, "net"), "--derived-from", "cells")
    run("alias", "best", "cells")
    run("alias", "best", "net", "--institution", "Lab B")
    shown = run("show", "net")
    assert re.search(r"made of  [0-9a-f]{12}  cells@", shown)
    assert re.search(
        r"best means [0-9a-f]{12} \(set by Lab B\); [0-9a-f]{12} \(set by Lab A\), earlier", shown
    )
    assert re.search(r"used in  [0-9a-f]{12}  net@", run("show", "cells"))


def test_a_dataset_is_described_by_its_card(tmp_path, run):
    from importlib.resources import files

    run("init", "--title", "Shared")
    text = (files("qsetu.genomics") / "cards" / "uci-splice.toml").read_text()
    card, data = written(tmp_path, text, "uci-splice.toml"), written(tmp_path, "ACGT", "splice.data")
    assert "uci-splice@1.0" in run("push", card, data, "--kind", "dataset", "--label", "1.0")
    assert "general" not in run("show", "uci-splice")
    assert run("search", "--kind", "dataset", "--access", "Open").count("uci-splice") == 1


def test_what_is_missing_is_said(tmp_path, run):
    run("init", "--title", "Shared")
    with pytest.raises(ArgumentError, match="'--access' must be given"):
        run("push", written(tmp_path), "--kind", "model", "--name", "n", "--title", "t")
    with pytest.raises(ArgumentError, match="QSETU_CATALOGUE"):
        run("search", "x", QSETU_CATALOGUE="")
    push(run, written(tmp_path))
    with pytest.raises(DataError, match="more than the limit"):
        run("pull", "net", "-o", tmp_path / "out", "--limit", "0")


def test_the_command_can_be_listed_without_loading_anything_heavy():
    import subprocess
    import sys

    heavy = ["numpy", "pandas", "pydantic", "fsspec", "jinja2", "requests"]
    code = f"import sys, qsetu.cli.catalogue; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
