"""Overrides from the command line and from Python: how text is read, and what is left as it was."""

from __future__ import annotations

import copy

import pytest

from qsetu.core.errors import ArgumentError
from qsetu.experiments.spec.override import apply_overrides, parse_override


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("seed=5", "seed", 5),
        ("seed = 5", "seed", 5),
        (" sizes . default.repeats =5", "sizes.default.repeats", 5),
        ("evaluation.confidence=0.9", "evaluation.confidence", 0.9),
        ("sizes.default.preflight=false", "sizes.default.preflight", False),
        ("data.labels=['a', \"b\"]", "data.labels", ["a", "b"]),
        ("models.m.settings={ C = 1.0, kind = 'x=y' }", "models.m.settings", {"C": 1.0, "kind": "x=y"}),
        ("engine=xla", "engine", "xla"),
        ("engine= xla ", "engine", "xla"),
        ("engine = 'xla'", "engine", "xla"),
        ("question=is a=b?", "question", "is a=b?"),
        ("title=", "title", ""),
        ("title=one # two", "title", "one # two"),
        ("seed=1\nname = 'other'", "seed", "1\nname = 'other'"),  # one key, not two
    ],
)
def test_text_is_read_as_toml_where_it_is_and_as_text_else(text, key, value):
    found = parse_override(text)
    assert found == (key, value)
    assert type(found[1]) is type(value)


@pytest.mark.parametrize("text", ["seed", "", "=5", "a.=5", ".a=5", "a..b=5", " = 5"])
def test_text_without_a_key_is_refused(text):
    with pytest.raises(ArgumentError, match=r"'set' must be of the form key\.of\.table=value"):
        parse_override(text)


def test_values_are_replaced_and_added_and_the_given_tables_stay():
    given = {"a": {"b": 1, "c": {"d": [1, 2]}}, "e": 2}
    before = copy.deepcopy(given)
    changed = apply_overrides(given, ["a.b=3", "a.c.x.y=4", "e=5", "f.g=6", "a.c.d=[7]"])
    assert changed == {"a": {"b": 3, "c": {"d": [7], "x": {"y": 4}}}, "e": 5, "f": {"g": 6}}
    assert given == before
    changed["a"]["c"]["d"].append(8)
    assert given == before
    assert apply_overrides(given, {"a.c": 1}) == {"a": {"b": 1, "c": 1}, "e": 2}
    assert apply_overrides(given, []) == before


def test_the_last_of_several_counts():
    assert apply_overrides({}, ["a=1", "a=2"]) == {"a": 2}
    assert apply_overrides({}, ["a={b=1}", "a.c=2"]) == {"a": {"b": 1, "c": 2}}


@pytest.mark.parametrize("key", ["a.b", "a.b.c", "list.0"])
def test_a_key_through_a_value_is_refused(key):
    with pytest.raises(ArgumentError, match=r"'set' must name a table: '\w+' in '.*' is a value"):
        apply_overrides({"a": 1, "list": [1]}, {key: 2})
