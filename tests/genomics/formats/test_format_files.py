"""Files by their content: packed, cut, damaged, of another encoding; lines whatever ends them."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qsetu.core.memory
from qsetu.core.errors import ArgumentError, DataError, InsufficientMemoryError
from qsetu.core.hashing import file_sha256
from qsetu.genomics.formats import opening, read, read_fasta, read_fastq, read_table, read_vcf
from qsetu.genomics.formats.budget import Budget
from qsetu.genomics.formats.describe import per_sample
from qsetu.genomics.formats.opening import BGZIP_END, TextFile, existing_file, packing

FASTA = b">a\nACGT\n>b\nTTTT\n"


def bgzip(content: bytes, end: bool = True) -> bytes:
    """What bgzip writes: blocks that say their own size, then an empty one."""
    packed = b""
    for start in range(0, len(content), 11):
        piece = content[start : start + 11]
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        body = deflate.compress(piece) + deflate.flush()
        size = len(body) + 25
        packed += struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, size) + body
        packed += struct.pack("<II", zlib.crc32(piece), len(piece))
    return packed + (BGZIP_END if end else b"")


def lines_of(path, **options) -> list[tuple[int, str]]:
    return list(TextFile(path, **options).lines())


def test_packed_files_are_told_by_content_and_not_by_name(tmp_path):
    for name, content, kind in (
        ("plain.gz", FASTA, "none"),
        ("packed.txt", gzip.compress(FASTA), "gzip"),
        ("two.fa", gzip.compress(FASTA[:9]) + gzip.compress(FASTA[9:]), "gzip"),
        ("blocks.fa", bgzip(FASTA), "bgzip"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        assert packing(path) == kind
        found = read_fasta(path)
        assert found.sequences.tolist() == ["ACGT", "TTTT"]
        assert found.files == {name: file_sha256(path)}


def test_every_cut_of_a_packed_file_is_refused_by_name(tmp_path):
    path = tmp_path / "cut.fa.gz"
    for packed in (gzip.compress(FASTA), bgzip(FASTA)):
        for length in range(12, len(packed)):
            path.write_bytes(packed[:length])
            with pytest.raises(DataError, match=r"'cut\.fa\.gz' (was cut|is damaged)"):
                read_fasta(path)


def test_a_bgzip_file_without_its_end_is_refused_though_gzip_would_read_it(tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(bgzip(FASTA, end=False))
    assert gzip.decompress(path.read_bytes()) == FASTA
    with pytest.raises(DataError, match="ends in an empty block"):
        read_fasta(path)


def test_a_wrong_checksum_is_refused(tmp_path):
    packed = bytearray(gzip.compress(FASTA))
    packed[-6] ^= 1
    path = tmp_path / "x.gz"
    path.write_bytes(packed)
    with pytest.raises(DataError, match=r"damaged.*CRC"):
        read_fasta(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bz2.compress(FASTA), "bzip2"),
        (lzma.compress(FASTA), "xz"),
        (b"PK\x03\x04more", "zip"),
        (b"\x28\xb5\x2f\xfdmore", "zstandard"),
        (FASTA.decode().encode("utf-16"), "UTF-16"),
        (b">a\nAC\0GT\n", "line 2: has a zero byte in column 3"),
        (b">\xe9\nACGT\n", r"line 1: byte 0xe9 in column 2 is not UTF-8"),
        (b"", "is empty"),
    ],
)
def test_what_is_no_text_is_refused_with_its_name(tmp_path, content, said):
    path = tmp_path / "x.fa"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said):
        read_fasta(path)


def test_a_path_that_is_none(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_fasta(tmp_path / "no.fa")
    with pytest.raises(DataError, match="is a folder"):
        read_fasta(tmp_path)
    for value in (None, 3, b"x\0", "a\0b"):
        with pytest.raises((ArgumentError, DataError)):
            existing_file(value)


def test_a_byte_order_mark_is_left_out_and_noted(tmp_path):
    path = tmp_path / "x.fa"
    path.write_bytes(b"\xef\xbb\xbf" + FASTA)
    found = read_fasta(path)
    assert found.sample_names.tolist() == ["a", "b"]
    assert any("byte-order mark" in note for note in found.notes)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pieces=st.lists(
        st.tuples(st.text("ab\u00e9\u2028\x0b", max_size=5), st.sampled_from(["\n", "\r\n", "\r"]))
    ),
    rest=st.text("ab", max_size=3),
    block=st.integers(1, 9),
)
def test_lines_do_not_depend_on_how_they_end_nor_on_blocks(tmp_path, monkeypatch, pieces, rest, block):
    # A "\r" before an empty line that ends in "\n" would be one line end, as in any editor.
    content = "".join(line + end for line, end in pieces) + rest
    path = tmp_path / "x"
    path.write_bytes(content.encode())
    monkeypatch.setattr(opening, "BLOCK", block)
    expected = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if expected[-1] == "":
        expected.pop()
    text = TextFile(path)
    assert [line for _, line in text.lines()] == expected
    assert [number for number, _ in lines_of(path)] == list(range(1, len(expected) + 1))
    assert ("Windows" in " ".join(text.notes)) == ("\r" in content)
    assert ("no line end" in " ".join(text.notes)) == (bool(content) and content[-1] not in "\r\n")


def small_machine(monkeypatch, free: int) -> None:
    monkeypatch.setattr(qsetu.core.memory, "ALWAYS_FITS", 0)
    monkeypatch.setattr(qsetu.core.memory, "available_memory", lambda: free)


def test_a_file_that_would_not_fit_is_refused_before_it_fills_memory(tmp_path, monkeypatch):
    from qsetu.genomics.formats import budget

    monkeypatch.setattr(budget.Budget.__init__, "__defaults__", (4096,))
    small_machine(monkeypatch, 20_000)
    fasta, fastq, table, vcf = (tmp_path / name for name in ("x.fa", "x.fq", "x.csv", "x.vcf"))
    fasta.write_text("".join(f">s{i}\n{'ACGT' * 50}\n" for i in range(200)))
    fastq.write_text("".join(f"@s{i}\n{'ACGT' * 50}\n+\n{'IIII' * 50}\n" for i in range(200)))
    table.write_text("a,b\n" + "1,2\n" * 1000)
    header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"
    row = "\t.\tA\tC\t.\t.\t.\tGT\t" + "\t".join(["0/1"] * 50)
    vcf.write_text(
        header + "\t".join(f"p{i}" for i in range(50)) + "\n" + "".join(f"1\t{i}{row}\n" for i in range(500))
    )
    for path, reader, streaming in (
        (fasta, read_fasta, "iter_fasta"),
        (fastq, read_fastq, "iter_fastq"),
        (table, read_table, "features"),
        (vcf, read_vcf, "iter_vcf"),
    ):
        with pytest.raises(InsufficientMemoryError, match=rf"'{path.name}' need .*{streaming}"):
            reader(path)


def test_one_endless_line_is_refused_too(tmp_path, monkeypatch):
    path = tmp_path / "x.fa.gz"
    path.write_bytes(gzip.compress(b">a\n" + b"A" * 3_000_000))
    small_machine(monkeypatch, 2_000_000)
    monkeypatch.setattr(opening, "BLOCK", 100_000)
    with pytest.raises(InsufficientMemoryError):
        read(path)


def test_the_budget_asks_for_what_is_held_again(monkeypatch):
    small_machine(monkeypatch, 1000)
    held = Budget("Things", "Try less.", step=100)
    for _ in range(9):
        held.add(100)
    with pytest.raises(InsufficientMemoryError, match=r"Things need .* Try less"):
        held.add(100)


def test_labels_are_given_in_five_ways():
    import pandas as pd

    names, headers = ["a", "b"], ["a T1", "b T2"]
    for spec in (
        r"(T\d)",
        {"a": "T1", "b": "T2", "c": "T3"},
        pd.Series(["T1", "T2"], index=["a", "b"]),
        ["T1", "T2"],
        lambda header: header.split()[1],
    ):
        assert per_sample("labels", spec, names, headers) == ["T1", "T2"]
    assert per_sample("labels", None, names, headers) is None


@pytest.mark.parametrize(
    ("spec", "error", "said"),
    [
        ("(T3)", DataError, "matches not in 2 of 2 headers: 'a T1', 'b T2'"),
        ("T.", ArgumentError, "one group"),
        ("(", ArgumentError, "regular expression"),
        ({"a": "x"}, DataError, "no entry for 1 of 2 samples: 'b'"),
        (["x"], ArgumentError, "must have 2 entries"),
        (["x", None], DataError, "nothing for sample 'b'"),
        (["x", float("nan")], DataError, "nothing for sample 'b'"),
        (3, ArgumentError, "must be a regular expression, a mapping"),
        (lambda header: header[99], ArgumentError, "IndexError"),
    ],
)
def test_labels_that_do_not_fit(spec, error, said):
    with pytest.raises(error, match=said):
        per_sample("labels", spec, ["a", "b"], ["a T1", "b T2"])
