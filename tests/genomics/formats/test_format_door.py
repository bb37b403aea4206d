"""One call for every format."""

from __future__ import annotations

import gzip

import pytest

from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.formats import read

VCF = (
    "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\n"
    "1\t5\t.\tA\tC\t.\t.\t.\tGT\t0/1\n"
)


@pytest.mark.parametrize(
    ("name", "content", "kind", "what"),
    [
        ("x", ">a\nACGT\n", "FASTA", "SequenceDataset"),
        ("x.csv", "\ufeff\n > a\nACGT\n".replace(" >", ">"), "FASTA", "SequenceDataset"),
        ("x", "@a\nACGT\n+\nIIII\n", "FASTQ", "SequenceDataset"),
        ("x.txt", VCF, "VCF", "GenotypeDataset"),
        ("x.bed", "chr1\t1\t5\n", "intervals (BED, GFF or GTF)", "IntervalDataset"),
        (
            "x",
            "##gff-version 3\nc\tm\texon\t1\t5\t.\t+\t.\tID=a\n",
            "intervals (BED, GFF or GTF)",
            "IntervalDataset",
        ),
        ("x.tsv", "a\tb\n1\t2\n", "a table of numbers", "ExpressionDataset"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_content_says_what_it_is(tmp_path, name, content, kind, what, packed):
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(content.encode()) if packed else content.encode())
    found = read(path)
    assert type(found).__name__ == what
    assert found.notes[0] == f"Read as {kind}."


def test_options_are_those_of_the_reader(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("n,s,l\na,ACGT,x\n")
    found = read(path, sequence="s", labels="l", names="n")
    assert found.labels.tolist() == ["x"] and found.notes[0] == "Read as a table of sequences."
    with pytest.raises(
        ArgumentError, match=r"'region' is no option of read_table, .*It has: encoding, features"
    ):
        read(path, region="1")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"BAM\x01rest", "is BAM .alignments.: make FASTQ"),
        (b"CRAM", "is CRAM"),
        (b"@SQ\tSN:x\n", "is SAM"),
        (b"LOCUS  x", "is GenBank"),
        (b"<!DOCTYPE html>", "a web page: the download went wrong"),
        (b"\x00\x01\x02", "of no format that is known by its first bytes"),
    ],
)
def test_other_formats_are_called_by_name(tmp_path, content, said):
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said):
        read(path)
    path.write_bytes(gzip.compress(content))
    with pytest.raises(DataError, match=said):
        read(path)
    with pytest.raises(DataError, match="does not exist"):
        read(tmp_path / "nothing")
