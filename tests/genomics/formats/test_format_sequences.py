"""FASTA and FASTQ: what is written is what is read, and what is wrong is said with its line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.formats import iter_fasta, iter_fastq, read_fasta, read_fastq

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

names = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=">"), min_size=1, max_size=9
)
words = st.lists(names, max_size=3).map(" ".join)
dna = st.text("ACGTNRYacgtu", min_size=1, max_size=40)


def written(tmp_path, text: str):
    path = tmp_path / "x"
    path.write_bytes(text.encode())
    return path


def folded(text: str, width: int) -> list[str]:
    return [text[i : i + width] for i in range(0, len(text), width)]


@quick
@given(
    records=st.lists(st.tuples(names, words, dna), min_size=1, max_size=6),
    width=st.integers(1, 12),
    end=st.sampled_from(["\n", "\r\n"]),
    space=st.booleans(),
)
def test_fasta_comes_back(tmp_path, records, width, end, space):
    text = ""
    for name, more, sequence in records:
        text += f">{' ' if space else ''}{name}{' ' + more if more else ''}{end}"
        text += "".join(
            ("  " if space else "").join(folded(line, 3)) + end for line in folded(sequence, width)
        )
    path = written(tmp_path, text)
    found = list(iter_fasta(path))
    assert [(one.name, one.description, one.sequence) for one in found] == records
    dataset = read_fasta(path)
    assert dataset.sample_names.tolist() == [name for name, _, _ in records]
    assert dataset.sequences.tolist() == [one.upper().replace("U", "T") for _, _, one in records]
    if any(more for _, more, _ in records):
        assert dataset.metadata["description"].tolist() == [more for _, more, _ in records]
    notes = " ".join(dataset.notes)
    assert ("lower-case" in notes) == any(one != one.upper() for _, _, one in records)
    assert ("had U, now T" in notes) == any("u" in one.lower() for _, _, one in records)
    assert ("Lengths differ" in notes) == (len({len(one) for _, _, one in records}) > 1)
    assert ("more than once" in notes) == (len({name for name, _, _ in records}) < len(records))


@quick
@given(
    records=st.lists(
        st.tuples(
            names,
            words,
            st.lists(st.tuples(st.sampled_from("ACGTN"), st.integers(0, 60)), min_size=1, max_size=30),
        ),
        min_size=1,
        max_size=5,
    ),
    offset=st.sampled_from([33, 64]),
    width=st.integers(3, 40),
    repeat=st.booleans(),
)
def test_fastq_comes_back_with_its_scores(tmp_path, records, offset, width, repeat):
    text = ""
    for name, more, letters in records:
        header = f"{name} {more}".rstrip()
        sequence = "".join(letter for letter, _ in letters)
        quality = "".join(chr(score + offset) for _, score in letters)
        text += "\n".join([f"@{header}", *folded(sequence, width), f"+{header if repeat else ''}"]) + "\n"
        text += "\n".join(folded(quality, width)) + "\n"
    path = written(tmp_path, text)
    for record, (name, more, letters) in zip(iter_fastq(path, offset=offset), records, strict=True):
        assert (record.name, record.description) == (name, more)
        assert record.sequence == "".join(letter for letter, _ in letters)
        assert record.phred.tolist() == [score for _, score in letters]
    dataset = read_fastq(path, offset=offset)
    means = [float(np.mean([score for _, score in letters])) for _, _, letters in records]
    np.testing.assert_allclose(dataset.metadata["mean_quality"], means)
    kept = [name for (name, _, _), mean in zip(records, means, strict=True) if mean >= 30]
    if kept:
        some = read_fastq(path, offset=offset, min_quality=30)
        assert some.sample_names.tolist() == kept
        assert (f"{len(records) - len(kept)} read(s) with a mean" in " ".join(some.notes)) == (
            len(kept) < len(records)
        )
    else:
        with pytest.raises(DataError, match="leaves no read"):
            read_fastq(path, offset=offset, min_quality=30)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ACGT\n", "line 1: a FASTA file starts with '>'"),
        (">\nACGT\n", "line 1: a header must have a name"),
        (">a\nAC\n>b\n>c\nAC\n", "line 3: the sequence 'b' has no letters"),
        (">a\nAC\n>b\n", "line 3: the sequence 'b' has no letters"),
        ("\n  \n", "holds no sequence"),
        (
            ">a\nAC\n>b\nACXT\n",
            "line 3: the sequence of 'b' must have letters of DNA only; it has 'X' at position 2",
        ),
        (">a\nAC-T\n", "pass gaps=True"),
    ],
)
def test_fasta_that_is_none(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        read_fasta(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n", "holds no read"),
        (">a\nACGT\n", "line 1: a read must start with '@'"),
        ("@\nA\n+\nI\n", "line 1: a header must have a name"),
        ("@a\nACGT\n", "line 1: read 'a' has no line of '\\+'"),
        ("@a\nACGT\n+\nIII\n", "line 4: read 'a' has 4 letters and 3 of quality"),
        ("@a\nACGT\n+\nIIIII\n", "line 4: read 'a' has 4 letters and 5 of quality"),
        ("@a\nACGT\n+b\nIIII\n", "line 3: the line after"),
        ("@a\nACGT\n+\nII\x19I\n", "is no letter of quality"),
        ("@a\nACXT\n+\nIIII\n", "line 1: the sequence of 'a'.*'X' at position 2"),
        ("@a\n\n+\n\n", "leaves no read: 1 without letters"),
    ],
)
def test_fastq_that_is_none(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        read_fastq(written(tmp_path, text))


def test_fastq_quality_of_another_offset(tmp_path):
    path = written(tmp_path, "@a\nACGT\n+\nIIII\n")
    with pytest.raises(DataError, match="Is its offset 33"):
        read_fastq(written(tmp_path, "@a\nACGT\n+\n!III\n"), offset=64)
    for reader in (read_fastq, iter_fastq):
        with pytest.raises(ArgumentError, match="'offset' must be 33 or 64"):
            reader(path, offset=40)
    assert any("offset=64" in note for note in read_fastq(written(tmp_path, "@a\nAC\n+\nhh\n")).notes)


def test_reads_without_letters_are_left_out_and_counted(tmp_path):
    found = read_fastq(written(tmp_path, "@a\n\n+\n\n@b\nAC\n+\nII\n"))
    assert found.sample_names.tolist() == ["b"]
    assert "1 read(s) without letters were left out." in found.notes


def test_quality_may_start_as_a_header_does(tmp_path):
    found = list(iter_fastq(written(tmp_path, "@a\nACG\n+\n@+@\n@b\nA\n+\n+\n")))
    assert [(one.name, one.quality) for one in found] == [("a", "@+@"), ("b", "+")]


def test_alphabets_labels_groups_and_gaps(tmp_path):
    path = written(tmp_path, ">a x\nac-u.\n>b y\nTTTAA\n")
    found = read_fasta(path, alphabet="RNA", gaps=True, labels=r"\s(.)", groups={"a": "g1", "b": "g2"})
    assert found.sequences.tolist() == ["AC-U-", "UUUAA"]
    assert found.labels.tolist() == ["x", "y"]
    assert found.groups.tolist() == ["g1", "g2"]
    assert "1 sequence(s) had T, now U." in found.notes
    protein = read_fasta(written(tmp_path, ">p\nmkv*\n"), alphabet="protein")
    assert protein.sequences.tolist() == ["MKV*"]
    with pytest.raises(ArgumentError, match="alphabet"):
        read_fasta(path, alphabet="rna")


def test_streams_read_only_as_far_as_asked(tmp_path):
    path = written(tmp_path, ">a\nAC\n>b\nAC\n" + "X\0" * 5)
    stream = iter_fasta(path)
    assert next(stream).name == "a"
    with pytest.raises(DataError, match="zero byte"):
        list(stream)
