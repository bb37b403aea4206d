"""The lines of keys, held against files written so that every value says its own line."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qsetu.experiments.spec import BUILTIN
from qsetu.experiments.spec.lines import key_lines, line_of

TEXT = '''\
top = 1
"quoted key" = 2 # a comment with = and [brackets]
a.b.c = 3
list = [ 5,
  6, # [ " in a comment
  { x = 7, y = [7,
    8] },
]
text = """
a = 1
[not.a.table]
"""
after = 14
path = 'C:\\'
escaped = "say \\"hi\\" # no comment"
last = 17

[table.one]   # header
x = { y = { z = 20 } }

[[many]]
v = 23
[[many]]
v = 25
[many.sub]
w = 27
'''


def test_lines_of_a_file_with_everything_in_it():
    tomllib.loads(TEXT)
    lines = key_lines(TEXT)
    expected = {
        ("top",): 1,
        ("quoted key",): 2,
        ("a", "b", "c"): 3,
        ("list", "0"): 4,
        ("list", "1"): 5,
        ("list", "2", "x"): 6,
        ("list", "2", "y", "0"): 6,
        ("list", "2", "y", "1"): 7,
        ("after",): 13,
        ("path",): 14,
        ("escaped",): 15,
        ("last",): 16,
        ("table", "one"): 18,
        ("table", "one", "x", "y", "z"): 19,
        ("many", "0", "v"): 22,
        ("many", "1", "v"): 24,
        ("many", "1", "sub", "w"): 26,
    }
    assert {path: lines.get(path) for path in expected} == expected
    assert ("not", "a", "table") not in lines


def test_lines_are_the_same_with_line_ends_of_windows():
    assert key_lines(TEXT.replace("\n", "\r\n")) == key_lines(TEXT)


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("more", [1, 2])
def test_quotes_may_stand_before_the_three_that_end_a_text(quote, more):
    text = f"a = {quote * 3}x\n{quote * (3 + more)}\nb = 1\n[c]\nd = {quote}{quote}\n"
    assert tomllib.loads(text)["a"] == f"x\n{quote * more}"
    assert key_lines(text) == {("a",): 1, ("b",): 3, ("c",): 4, ("c", "d"): 5}


def test_the_nearest_table_answers_for_what_is_missing():
    lines = key_lines(TEXT)
    assert line_of(lines, ("table", "one", "missing", "deep")) == 18
    assert line_of(lines, ("nowhere",)) is None


def _paths(value, path=()):
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _paths(one, (*path, key))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _paths(one, (*path, str(place)))
    if path:
        yield path


@pytest.mark.parametrize("file", sorted(BUILTIN.glob("*.toml")), ids=lambda file: file.stem)
def test_every_key_of_the_builtin_files_has_its_line(file):
    text = file.read_text()
    lines, shown = key_lines(text), text.splitlines()
    for path in _paths(tomllib.loads(text)):
        assert path in lines, path
        if not path[-1].isdigit():
            assert path[-1] in shown[lines[path] - 1], path


@given(st.text(alphabet=" \n\t\"'[]{}=,.#ab1\\-", max_size=60))
@settings(max_examples=300)
def test_any_valid_text_is_read_to_its_end_and_every_key_is_found(text):
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        key_lines(text)  # whatever it is, it ends
        return
    lines = key_lines(text)
    for path in _paths(data):
        if "\\" not in text:
            assert path in lines
