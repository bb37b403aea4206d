"""Cards: checked when read, told in Croissant that its own validator accepts, shown by the command line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from qsetu.genomics import CardError, builtin_cards, croissant, dataset_card, read_card
from qsetu.genomics.card import _CARDS
from qsetu.genomics.duo import DUO_TERMS


@pytest.mark.parametrize("name", builtin_cards())
def test_croissant_is_accepted_by_its_validator_and_loses_nothing(name):
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant (extra data) is not installed")
    card = dataset_card(name)
    made = json.loads(json.dumps(croissant(card)))
    read = mlcroissant.Dataset(jsonld=made)
    issues = read.metadata.ctx.issues
    assert not issues.errors
    assert not issues.warnings
    files = {file.path: file for part in card.parts.values() for file in part.files}
    assert len(read.metadata.distribution) == len(files)
    told = {entry.sha256 for entry in read.metadata.distribution}
    for file in files.values():
        # What an address gives is what is told: the unpacked file, where it gives that.
        assert (file.unpacked_sha256 if file.urls and file.unpacked_sha256 else file.sha256) in told
    for record_set in read.metadata.record_sets:
        rows = [tuple(row.values()) for row in read.records(record_set.uuid)]
        part = record_set.uuid.partition("-")[2]
        counts = dict(card.facts(part).labels)
        found = {
            (value if isinstance(value, str) else value.decode()): n for n, value in map(sorted_pair, rows)
        }
        assert found == counts
    codes = [term["termCode"] for term in made["usageInfo"]]
    assert codes == list(card.data_use)
    assert made["rai:dataLimitations"] == list(card.traps)
    assert made["license"] == card.license


def sorted_pair(row):
    return tuple(sorted(row, key=lambda value: isinstance(value, str)))


def changed(tmp_path, old, new):
    text = (_CARDS / "uci-promoters.toml").read_text()
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1))
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('sensitivity = "Open"', 'sensitivity = "open"', "sensitivity"),
        ('data_use = ["DUO:0000004"]', 'data_use = ["DUO:4"]', "data_use"),
        ('doi = "', 'dio = "', "dio"),
        ('path = "uci-promoters/promoters.data', 'path = "../promoters.data', "below the data folder"),
        ('path = "uci-promoters/promoters.data', 'path = "/etc/promoters.data', "parts..files.0.path"),
        ("num_samples = 106", "num_samples = -1", "num_samples"),
        ("version = 1", "version = 2", "version"),
        ("traps = [", "traps = []\nmore = [", "traps"),
        ("https://raw", "file:///raw", "urls"),
        ('title = "', "title = ", "is not TOML"),
    ],
)
def test_a_card_that_breaks_a_rule_is_refused_by_key(tmp_path, old, new, said):
    with pytest.raises(CardError, match=said) as error:
        read_card(changed(tmp_path, old, new))
    assert "mine.toml" in str(error.value)


def test_your_own_card_is_read_and_told(tmp_path):
    card = read_card(changed(tmp_path, 'sensitivity = "Open"', 'sensitivity = "Restricted"'))
    assert card.sensitivity == "Restricted"
    assert croissant(card)["conditionsOfAccess"] == "Restricted"
    with pytest.raises(CardError, match="cannot be read"):
        read_card(tmp_path / "nowhere.toml")


def test_codes_of_data_use_have_their_form():
    assert all(code.startswith("DUO:") and len(code) == 11 for code in DUO_TERMS)


ENTRY = [sys.executable, "-c", "import sys; from qsetu.cli.main import main; sys.argv[0] = 'qsetu'; main()"]


def command(*arguments):
    return subprocess.run(
        [*ENTRY, "data", *arguments], capture_output=True, text=True, timeout=120, check=False
    )


def test_the_command_line_shows_cards_and_files(tmp_path):
    assert "uci-splice" in command("list").stdout
    shown = command("info", "colon-alon").stdout
    assert "patient" in shown
    assert "10.1073/pnas.96.12.6745" in shown
    done = command("card", "colon-alon", "--out", str(tmp_path / "card.json"))
    assert done.returncode == 0
    assert json.loads((tmp_path / "card.json").read_text())["name"] == "colon-alon"
    assert json.loads(command("card", "colon-alon").stdout)["name"] == "colon-alon"
    wrong = command("info", "colon")
    assert wrong.returncode == 2
    assert "Did you mean 'colon-alon'" in wrong.stderr
    assert command("card", "colon-alon", "--out", str(tmp_path / "no" / "card.json")).returncode == 2


def test_verify_says_what_is_wrong_or_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("QSETU_DATA", str(tmp_path))
    assert command("verify", "pbmc68k-reduced/all-types").returncode == 0  # from the package
    missing = command("verify", "colon-alon")
    assert missing.returncode == 1
    assert "was not found" in missing.stdout
    (tmp_path / "colon-alon").mkdir()
    (tmp_path / "colon-alon" / "colon_alon_62x2000.csv.gz").write_bytes(b"no")
    wrong = command("verify")
    assert wrong.returncode == 1
    assert "is not the file of the card" in wrong.stdout.replace("\n", " ")
