"""``qsetu share`` as a user meets it: exit codes, messages, no traceback."""

from __future__ import annotations

import json
import sys

import pytest
from sharing_support import DAY, Institution, code, packed, printed, simple, written

from qsetu.cli.main import main


@pytest.fixture
def qsetu(tmp_path, monkeypatch, capsys):
    """Runs the command line in this process, with a home folder of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)

    def run(*words, code=0):
        monkeypatch.setattr(sys, "argv", ["qsetu", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert (ended.value.code or 0) == code, said.out + said.err
        return said.out + said.err

    return run


def test_from_a_key_to_an_unpacked_bundle(qsetu, tmp_path):
    made = qsetu("share", "keys", "make", "Institution A", "--days", 30)
    assert "Fingerprint" in made
    assert "Institution A" in qsetu("share", "keys", "list")
    said = qsetu(
        "share", "pack", simple(tmp_path), "-o", "a.qsetu.zip", "--for", "everybody", "--purpose", "methods",
        "--author", "Ada Lovelace <https://orcid.org/0000-0000-0000-0000>", "--institution", "Institution A",
        "--description", "A [bold]small[/bold] study.",
    )  # fmt: skip
    assert "1 declared metrics" in said and "qsetu share sign" in said
    assert "a.qsetu.zip.dsse.json" in qsetu("share", "sign", "a.qsetu.zip")
    told = qsetu("share", "inspect", "a.qsetu.zip")
    for text in (
        "A simple notebook",
        "Ada Lovelace, Institution A",
        "score = 0.75",
        "A [bold]small[/bold] study.",
    ):
        assert text in told
    said = qsetu("share", "verify", "a.qsetu.zip", "--json", "report.json")
    assert "Nothing speaks against it: signed by Institution A." in said
    assert json.loads((tmp_path / "report.json").read_text())["signed_by"] == ["Institution A"]
    assert "notebooks/simple.ipynb" in qsetu("share", "unpack", "a.qsetu.zip", "out")


def test_exit_code_1_where_something_speaks_against_it(qsetu, tmp_path):
    path = packed(tmp_path).path
    said = qsetu("share", "verify", path, code=1)
    assert "Do not rely on it: signature fails." in said
    assert qsetu("share", "verify", path, "--unsigned")
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(bytes(data))
    assert "form fails" in qsetu("share", "verify", path, "--unsigned", code=1)
    assert "Error" in qsetu("share", "inspect", path, code=2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--for", "x", "--purpose", "fun"], "'purpose' must be one of"),
        (["--for", "x", "--purpose", "disease"], "'disease' must be named"),
        (["--for", "x", "--promise", "DUO:0000021"], "'--promise' must be written NAME=TEXT"),
        (["--for", "x", "--promise", "nothing=much"], "'promises' must be one of"),
        (["--for", "x", "--override", "secret=because"], "who decided"),
        (["--for", "x", "--receiver-kind", "friend"], "'--receiver-kind' must be one of"),
        (["--for", "x", "--country", "Finland"], "two letters"),
        (["--for", "x", "--author", "A <nonsense>"], "'--author' must be"),
        (["--for", "x", "--card", "absent.toml"], "cannot be read"),
        ([], "--for"),
    ],
)
def test_what_cannot_be_packed_is_said_in_a_line(qsetu, tmp_path, words, message):
    said = qsetu("share", "pack", simple(tmp_path), "-o", "a.qsetu.zip", *words, code=2)
    assert message in " ".join(said.split()) and "Traceback" not in said
    assert not (tmp_path / "a.qsetu.zip").exists()


def test_a_refusal_lists_its_reasons(qsetu, tmp_path):
    path = written(
        tmp_path, "n", code("open('people.csv')"), code("x", printed("-----BEGIN " + "RSA PRIVATE KEY-----"))
    )
    said = " ".join(qsetu("share", "pack", path, "-o", "a.qsetu.zip", "--for", "x", code=2).split())
    assert "cell 1: reads data itself (open)" in said and "looks like a secret" in said
    words = [
        "--override",
        "undeclared-input=a table of colors",
        "--override",
        "secret=an example",
        "--by",
        "Ada",
    ]
    assert "look at" in qsetu("share", "pack", path, "-o", "a.qsetu.zip", "--for", "x", *words)
    assert "an example" in qsetu("share", "inspect", "a.qsetu.zip")


def test_keys_that_are_not_there_or_not_meant(qsetu, tmp_path):
    path = packed(tmp_path).path
    assert "qsetu share keys make" in qsetu("share", "sign", path, code=2)
    other = Institution(tmp_path / "b", "Institution B")
    public = other.folder / f"{other.key.keyid}.public.json"
    assert "somebody may have sent" in qsetu("share", "keys", "add", public, "--fingerprint", "1234", code=2)
    assert "accepted" in qsetu("share", "keys", "add", public, "--fingerprint", other.key.fingerprint.upper())
    assert "must be a key of your own" in qsetu("share", "sign", path, "--key", "Institution B", code=2)
    qsetu("share", "keys", "make", "A")
    qsetu("share", "keys", "make", "A2")
    assert "must name one of your keys" in qsetu("share", "sign", path, code=2)
    assert "revoked" in qsetu("share", "keys", "revoke", "A2", "--reason", "lost")
    assert "signed by A" in qsetu("share", "sign", path)
    assert DAY.year == 2026


def test_an_encrypted_key_needs_its_passphrase(qsetu, tmp_path, monkeypatch):
    monkeypatch.setenv("QSETU_KEY_PASSPHRASE", "open sesame")
    qsetu("share", "keys", "make", "A")
    path = packed(tmp_path).path
    monkeypatch.delenv("QSETU_KEY_PASSPHRASE")
    assert "passphrase is missing or wrong" in qsetu("share", "sign", path, code=2)
    monkeypatch.setenv("QSETU_KEY_PASSPHRASE", "open sesame")
    assert "signed by A" in qsetu("share", "sign", path)


def test_help_of_every_command(qsetu):
    from qsetu.cli.share import COMMANDS
    from qsetu.cli.share_keys import COMMANDS as KEYS

    for name in COMMANDS:
        assert "Usage" in qsetu("share", name, "--help")
    for name in KEYS:
        assert "Usage" in qsetu("share", "keys", name, "--help")
