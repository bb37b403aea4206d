"""Data-use codes against purposes and receivers, scans, and the decision made of both."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sharing_support import EVERYBODY, ROWS, card, code, notebook, printed, text

from qsetu.core.errors import ArgumentError
from qsetu.genomics import builtin_cards
from qsetu.genomics.duo import DUO_TERMS
from qsetu.sharing import Asked, Override, PolicyRefusal, Receiver
from qsetu.sharing.bundle.datasets import as_reference
from qsetu.sharing.policy import CONDITIONS, check_conditions, decide, scan_files
from qsetu.sharing.policy.conditions import PURPOSES
from qsetu.sharing.policy.scan import TABLE_ROWS

HOSPITAL = Receiver(name="A hospital", kind="non-profit", country="FI")
COMPANY = Receiver(name="A company", kind="commercial", country="FI")
SOMEBODY = Receiver(name="Somebody")


def data(*codes, access="Restricted"):
    return as_reference(card(access=access, codes=codes), "", own=True)


def allowed(codes, purpose="general", receiver=HOSPITAL, access="Restricted", **more):
    verdicts = check_conditions(data(*codes, access=access), purpose, receiver, **more)
    return all(one.verdict != "refused" for one in verdicts)


def test_every_code_that_cards_may_have_is_in_the_table():
    assert set(CONDITIONS) == set(DUO_TERMS)


@pytest.mark.parametrize(
    ("code_", "purposes"),
    [
        ("DUO:0000004", set(PURPOSES)),
        ("DUO:0000042", set(PURPOSES) - {"clinical"}),
        ("DUO:0000006", {"health", "disease", "genetic", "methods"}),
        ("DUO:0000011", {"ancestry"}),
        ("DUO:0000043", {"clinical"}),
    ],
)
def test_a_permission_allows_its_purposes_and_no_other(code_, purposes):
    assert {purpose for purpose in PURPOSES if allowed([code_], purpose)} == purposes


@pytest.mark.parametrize(
    ("code_", "fits", "does_not"),
    [
        ("DUO:0000015", {"purpose": "genetic"}, {"purpose": "methods"}),
        ("DUO:0000016", {"purpose": "genetic"}, {"purpose": "health"}),
        ("DUO:0000018", {}, {"commercial": True}),
        ("DUO:0000018", {}, {"receiver": SOMEBODY}),
        ("DUO:0000044", {"purpose": "health"}, {"purpose": "ancestry"}),
        ("DUO:0000045", {}, {"receiver": COMPANY}),
        ("DUO:0000045", {}, {"receiver": SOMEBODY}),
        ("DUO:0000046", {"receiver": COMPANY}, {"commercial": True}),
    ],
)
def test_a_rule_forbids_what_does_not_fit(code_, fits, does_not):
    codes = ["DUO:0000042", code_]
    assert allowed(codes, **fits)
    assert not allowed(codes, **does_not)


@pytest.mark.parametrize("code_", [code_ for code_, one in CONDITIONS.items() if one.kind == "promise"])
def test_what_a_person_has_to_judge_is_refused_until_somebody_vouches(code_):
    codes = ["DUO:0000042", code_]
    assert not allowed(codes)
    assert not allowed(codes, promises={code_: "  "})
    assert allowed(codes, promises={code_: "ethics committee, vote 12/2026"})


def test_one_permission_of_several_is_enough_and_none_is_not():
    assert allowed(["DUO:0000011", "DUO:0000006"], "health")
    assert not allowed(["DUO:0000011", "DUO:0000006"], "general")
    assert not allowed([])
    assert not allowed(["DUO:0000046"])
    assert allowed([], access="Open")
    assert not allowed(["DUO:0000007"], "disease")
    assert allowed(["DUO:0000007"], "disease", promises={"DUO:0000007": "type 2 diabetes, as consented"})


def test_a_code_that_nobody_knows_is_refused():
    reference = data("DUO:0000042").model_copy(update={"data_use": ["DUO:0000042", "DUO:9999999"]})
    assert [one.verdict for one in check_conditions(reference, "general", HOSPITAL)] == ["allowed", "refused"]


def test_all_public_datasets_may_be_shared_with_everybody():
    for name, one in builtin_cards().items():
        reference = as_reference(one, next(iter(one.parts)), own=False)
        assert all(v.verdict == "allowed" for v in check_conditions(reference, "methods", SOMEBODY)), name


def findings(name, content):
    return {(one.kind, one.severity) for one in scan_files({name: content.encode()})}


def test_scans_see_people_secrets_and_tables():
    assert ("sample-id", "leak") in findings("notes.md", ROWS)
    token = "ghp_" + "0aB1cD2eF3" * 3 + "gH4iJ5"
    assert ("secret", "leak") in findings("notes.md", f"token = {token}")
    assert ("secret", "leak") in findings("a.txt", "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIabc")
    rows = "\n".join(f"{i} {i * 0.5} {i * i}" for i in range(TABLE_ROWS))
    assert ("large-table", "caution") in findings("a.txt", rows)
    assert findings("a.txt", rows.rpartition("\n")[0]) == set()
    html = (
        "<table>"
        + "".join(f"<tr><td>{i}</td><td>{i * 0.5}</td></tr>" for i in range(TABLE_ROWS))
        + "</table>"
    )
    assert ("large-table", "caution") in findings("a.html", html)


def test_scans_look_into_cells_and_say_where():
    content = json.dumps(notebook(text("# Title"), code("x = 1"), code("print(x)", printed(ROWS))))
    found = scan_files({"a.ipynb": content.encode()})
    assert any(one.source.startswith("a.ipynb, cell 3, output 1") for one in found)
    shown = json.dumps([one.model_dump() for one in found])
    assert "99990" not in shown and "0|1" not in shown


def test_what_is_harmless_is_left_alone():
    harmless = "a summary of 3 numbers: 0.5 0.6 0.7\nsha256 = '" + "ab12" * 16 + "'\nrs4988235 is a variant\n"
    assert findings("a.md", harmless) == set()
    assert scan_files({"picture.png": b"\x89PNG\r\n\x1a\n" + bytes(100)})[0].severity == "note"


def refusal(asked, datasets, found=()):
    with pytest.raises(PolicyRefusal) as error:
        decide(asked, datasets, list(found), [])
    return str(error.value)


def leak(kind="sample-id", content=ROWS):
    return [one for one in scan_files({"a.md": content.encode()}) if one.kind == kind]


def test_a_leak_is_refused_and_overridden_by_name_and_reason():
    assert "--override sample-id=" in refusal(EVERYBODY, [], leak())
    asked = replace(
        EVERYBODY, overrides=[Override("sample-id", "public identifiers of 1000 Genomes", "Dr. Who")]
    )
    record = decide(asked, [], leak(), [])
    assert (record.overrides[0].by, record.overrides[0].what) == ("Dr. Who", "sample-id")
    other = replace(EVERYBODY, overrides=[Override("secret", "no secret", "Dr. Who")])
    assert "sample" in refusal(other, [], leak())


def test_rows_of_people_never_leave_where_an_input_is_not_open():
    asked = Asked("general", HOSPITAL, overrides=[Override("sample-id", "they are public", "Dr. Who")])
    assert "cannot be overridden" in refusal(asked, [data("DUO:0000042")], leak())


def test_cautions_count_where_an_input_is_not_open():
    table = leak("large-table", "\n".join(f"{i} {i * 0.5}" for i in range(200)))
    assert decide(EVERYBODY, [], table, []).findings
    asked = Asked("general", HOSPITAL)
    assert "large-table" in refusal(asked, [data("DUO:0000042")], table)
    over = replace(asked, overrides=[Override("large-table", "a learning curve", "Dr. Who")])
    assert decide(over, [data("DUO:0000042")], table, []).access == "Restricted"


def test_a_refused_condition_is_overridden_by_its_code():
    asked = Asked("methods", HOSPITAL)
    datasets = [data("DUO:0000042", "DUO:0000015")]
    assert "no general methods research" in refusal(asked, datasets)
    over = replace(asked, overrides=[Override("DUO:0000015", "the makers agreed by letter", "Dr. Who")])
    assert decide(over, datasets, [], []).verdicts[1].verdict == "refused"


@pytest.mark.parametrize(
    "given",
    [
        {"purpose": "fun"},
        {"purpose": "disease"},
        {"disease": "diabetes"},
        {"promises": {"DUO:1": "x"}},
        {"overrides": [Override("nothing", "because", "me")]},
        {"overrides": [Override("secret", "", "me")]},
        {"overrides": [Override("secret", "because", " ")]},
    ],
)
def test_what_cannot_be_asked(given):
    with pytest.raises(ArgumentError):
        Asked(**{"purpose": "general", "receiver": HOSPITAL, **given})
