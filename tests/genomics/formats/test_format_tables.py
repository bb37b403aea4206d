"""Tables: every cell is a number, a text that was asked for, or an error with its line and column."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.formats import read_sequence_table, read_table

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(st.sampled_from("abXYZ0 ,;\t\"'é#"), min_size=1, max_size=8).map(str.strip).filter(bool)
numbers = st.floats(allow_nan=False, allow_infinity=False)


@pytest.fixture
def write(tmp_path):
    def _write(text: str | bytes, name: str = "x.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return _write


@quick
@given(data=st.data(), separator=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n"]))
def test_any_table_comes_back(tmp_path, data, separator, end):
    width, height = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 6))
    columns = data.draw(st.lists(texts, min_size=width + 2, max_size=width + 2, unique=True))
    names = data.draw(st.lists(texts, min_size=height, max_size=height))
    labels = data.draw(st.lists(texts, min_size=height, max_size=height))
    values = [[data.draw(numbers) for _ in range(width)] for _ in range(height)]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=end)
    writer.writerow(columns)
    writer.writerows(
        [name, label, *map(repr, row)] for name, label, row in zip(names, labels, values, strict=True)
    )
    path = tmp_path / "x.txt"
    path.write_bytes(out.getvalue().encode())
    found = read_table(path, names=columns[0], labels=columns[1], separator=separator)
    assert found.values.tolist() == values
    assert found.gene_names.tolist() == columns[2:]
    assert found.sample_names.tolist() == names and found.labels.tolist() == labels
    chosen = data.draw(st.permutations(columns[2:]))[: max(1, width // 2)]
    some = read_table(path, names=columns[0], features=chosen, separator=separator)
    assert some.values.tolist() == [[row[columns.index(one) - 2] for one in chosen] for row in values]
    assert some.metadata[columns[1]].tolist() == labels


@quick
@given(data=st.data())
def test_samples_in_columns_are_the_same_table_turned(tmp_path, data):
    width, height = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    values = np.array([[data.draw(numbers) for _ in range(width)] for _ in range(height)])
    upright, turned = tmp_path / "a.csv", tmp_path / "b.csv"
    frame = pd.DataFrame(values, [f"s{i}" for i in range(height)], [f"g{i}" for i in range(width)])
    frame.to_csv(upright)
    frame.T.to_csv(turned)
    one = read_table(upright, names="")
    other = read_table(turned, orientation="samples-in-columns")
    assert one.content_sha256 == other.content_sha256
    genes = [f"g{i}" for i in range(width)][::-1]
    few = read_table(
        turned, orientation="samples-in-columns", features=genes, labels=dict.fromkeys(one.sample_names, "x")
    )
    assert np.array_equal(few.values, one.values[:, ::-1]) and set(few.labels) == {"x"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n3\n", r"line 3: has 1 cells, and the header 2 columns \(separator: comma\)"),
        ("a,b\n1,2\n3,4,5\n", "line 3: has 3 cells"),
        ("a,b\n1,2\n3,x\n", r"line 3: column 2 \('b'\): 'x' is not a finite number"),
        ("a,b\n1,inf\n", "'inf' is not a finite number"),
        ("a,b\n1,1_0\n", "'1_0' is not a finite number"),
        ("a,b\n1,\u0661\n", "is not a finite number"),
        ("a;b\n1;2,5\n", "Are commas its decimal points"),
        ("a,a\n1,2\n", r"line 1: 1 column name\(s\) occur more than once: 'a'"),
        ("a,b\n1,\n", "1 missing value.*sample 'row 1' and feature 'b'"),
        ("a,b\n", "a header and no row"),
        ("\n \n", "no line with content"),
        ('a,b\n1,"2\n', "line 2: is no row of cells"),
        ('a,b\n1,"2"x\n', "line 2: is no row of cells"),
        (b"a,b\n1,\xe9\n", "line 2: byte 0xe9 in column 3 is not UTF-8 text.*latin-1"),
        ("a,b\n1,2\n1,\x002\n", "line 3: has a zero byte in column 3"),
    ],
)
def test_tables_that_are_refused(write, text, said):
    with pytest.raises(DataError, match=said):
        read_table(write(text))


def test_the_separator_is_found_or_asked_for(write):
    for text, name, said in (
        ("a,b\n1,2\n", "x.csv", "comma"),
        ("a\tb\n1\t2\n", "x.csv", "tab"),
        ("a;b\n1;2\n", "x.txt", "semicolon"),
        ("a  b\n 1 2\n", "x.txt", "space"),
        ('a,"b;c"\n1,2\n', "x.csv", "comma"),
    ):
        found = read_table(write(text, name))
        assert found.values.tolist() == [[1, 2]]
        assert f"Cells are separated by {said}." in found.notes
    with pytest.raises(DataError, match="line 1: has comma and semicolon, so the separator is not clear"):
        read_table(write("a,b;c\n1,2\n", "x.txt"))
    with pytest.raises(ArgumentError, match="'separator'"):
        read_table(write("a,b\n1,2\n"), separator="::")


def test_other_encodings_and_byte_order_marks(write):
    found = read_table(write("\ufeffa,é\n1,2\n"))
    assert found.gene_names.tolist() == ["a", "é"]
    latin = write("a,é\n1,2\n".encode("latin-1"))
    assert read_table(latin, encoding="latin-1").gene_names.tolist() == ["a", "é"]
    with pytest.raises(ArgumentError, match="'encoding'"):
        read_table(latin, encoding="klingon")


def test_missing_values_are_left_out_as_asked_and_never_filled(write):
    path = write("n,a,b,c\nx,1,NA,3\ny,4,5,6\nz,7,8,?\n")
    options = {"names": "n", "labels": ["l1", "l2", "l3"]}
    with pytest.raises(DataError, match=r"2 missing value.*'x' and feature 'b'.*impute inside a fold"):
        read_table(path, **options)
    rows = read_table(path, missing="drop samples", **options)
    assert rows.values.tolist() == [[4, 5, 6]] and rows.labels.tolist() == ["l2"]
    assert rows.notes[-1] == "2 missing value(s): left out 2 sample(s) and 0 feature(s)."
    columns = read_table(path, missing="drop features", **options)
    assert columns.values.tolist() == [[1], [4], [7]] and columns.gene_names.tolist() == ["a"]
    with pytest.raises(DataError, match=r"'\?' is not a finite number"):
        read_table(path, missing="drop samples", missing_marks=["NA"], **options)
    with pytest.raises(DataError, match="nothing is left"):
        read_table(write("a,b\n,1\n2,\n"), missing="drop features")


def test_labels_must_be_there_for_every_sample(write):
    path = write("n,t,a\nx,T,1\ny,NA,2\n")
    with pytest.raises(DataError, match=r"line 3: column 2 \('t'\): 'NA' says that there is none"):
        read_table(path, names="n", labels="t")
    with pytest.raises(ArgumentError, match=r"'labels' must be one of a, n, t; got 'tt'.*Did you mean 't'"):
        read_table(path, names="n", labels="tt")
    with pytest.raises(
        DataError, match=r"column 2 \('t'\): 'T' is not a finite number.*labels, names or groups"
    ):
        read_table(path, names="n")
    with pytest.raises(DataError, match=r"line 3: .*a name is empty"):
        read_table(write("n,a\nx,1\n,2\n"), names="n")


def test_repeated_names_are_refused_or_kept(write):
    path = write("s,g,g\nx,1,2\nx,3,4\n")
    with pytest.raises(DataError, match="more than once: 'g'"):
        read_table(path, names="s")
    found = read_table(path, names="s", repeated_features="keep")
    assert found.values.tolist() == [[1, 2], [3, 4]]
    assert "1 name(s) of samples occur more than once: 'x'." in found.notes
    assert "1 name(s) of features occur more than once: 'g'." in found.notes
    with pytest.raises(DataError, match=r"more than once: 'g'. Pass repeated_features"):
        read_table(write("n,a\ng,1\ng,2\n"), orientation="samples-in-columns")
    assert read_table(write("1,2\n3,4\n"), header=False).values.tolist() == [[1, 2], [3, 4]]


def test_arguments_of_tables_are_checked(write):
    path = write("n,a\nx,1\n")
    for options in (
        {"orientation": "rows"},
        {"missing": "fill"},
        {"repeated_features": "drop"},
        {"names": "z"},
        {"groups": "z"},
        {"features": "a"},
        {"features": ["z"]},
        {"features": []},
        {"missing_marks": 3},
        {"labels": "n", "orientation": "samples-in-columns"},
    ):
        with pytest.raises(ArgumentError):
            read_table(path, **options)


@quick
@given(
    rows=st.lists(
        st.tuples(texts, st.text("ACGTacgtuN", min_size=1, max_size=20), texts), min_size=1, max_size=6
    ),
    separator=st.sampled_from(",\t"),
)
def test_sequence_tables_come_back(tmp_path, rows, separator):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow(["name", "seq", "class", "more"])
    writer.writerows([*row, str(i)] for i, row in enumerate(rows))
    path = tmp_path / "x.txt"
    path.write_bytes(out.getvalue().encode())
    found = read_sequence_table(path, sequence="seq", names="name", labels="class", separator=separator)
    assert found.sequences.tolist() == [sequence.upper().replace("U", "T") for _, sequence, _ in rows]
    assert found.sample_names.tolist() == [name for name, _, _ in rows]
    assert found.labels.tolist() == [label for _, _, label in rows]
    assert found.metadata["more"].tolist() == [str(i) for i in range(len(rows))]


def test_sequence_tables_that_are_refused(write):
    with pytest.raises(DataError, match=r"line 3: the sequence of 'row 2' .* 'X' at position 1"):
        read_sequence_table(write("s,l\nAC,1\nAX,2\n"), sequence="s")
    with pytest.raises(DataError, match=r"line 3: .*must not be empty"):
        read_sequence_table(write("s,l\nAC,1\n,2\n"), sequence="s")
    with pytest.raises(DataError, match=r"line 3: column 2 \('l'\): is empty"):
        read_sequence_table(write("s,l\nAC,1\nAC,\n"), sequence="s", labels="l")
    with pytest.raises(ArgumentError, match="a column of its own"):
        read_sequence_table(write("s,l\nAC,1\n"), sequence="s", labels="s")
    with pytest.raises(ArgumentError, match="'sequence'"):
        read_sequence_table(write("s,l\nAC,1\n"), sequence="seq")
    with pytest.raises(DataError, match="no row"):
        read_sequence_table(write("s,l\n"), sequence="s")
