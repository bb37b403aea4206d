"""Bytes flipped, cut out or cut off: a dataset or an error of ours, never anything else."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qsetu.core.errors import QsetuError
from qsetu.genomics.datasets import Dataset
from qsetu.genomics.formats import (
    iter_fasta,
    iter_fastq,
    iter_vcf,
    read,
    read_fasta,
    read_fastq,
    read_interval_sequences,
    read_intervals,
    read_plink,
    read_sequence_table,
    read_table,
    read_vcf,
)

FASTA = b">one first DENV1\r\nACGTNNAC\nacgu RY\n>two second DENV2\nTT-TT.AC\n>three\nAC GT\n"
FASTQ = b"@r1 a\nACGT\n+\nIIII\n@r2\nAC\nGT\n+r2\n@@\nII\n@r3\nACGTN\n+\n!!~#5\n"
VCF = (
    b"##fileformat=VCFv4.2\n##contig=<ID=1>\n"
    b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\tc\n"
    b"1\t5\trs1\tA\tC\t.\tPASS\t.\tGT\t0/1\t1|1\t./.\n"
    b"1\t6\t.\tA\tC,G\t.\tq10\t.\tGT:DP\t0/2:3\t1|2\t.\n"
    b"2\t17\trs3\tAC\t<DEL>\t.\t.\tX=1\tDP:GT\t1:0|1\t2:./1\t3:1|1\n"
)
SIMPLE_VCF = VCF.replace(b"C,G", b"C").replace(b"0/2:3\t1|2", b"0/1:3\t1|1").replace(b"2:./1", b"2:.")
BED = b"track name=x\nchr1\t1\t5\ta\t0\t+\nchr1\t3\t9\tb\t5.5\t-\nchr2\t0\t4\tc\t1\t.\n"
GFF = (
    b"##gff-version 3\nchr1\tme\texon\t1\t5\t.\t+\t.\tID=e1;Name=x%20y\n"
    b'chr2\tme\tCDS\t2\t4\t0.5\t-\t0\tgene_id "g1"; transcript_id "t1";\n'
)
CSV = b'cell,type,CD4,"CD8, A"\r\nc1,T,1.5,0\nc2,"B ""x""",-2e3,NA\nc3,"two\nlines",0,1\n'
NUMBERS = b"gene\ts1\ts2\nCD4\t1\t2.5\nCD8A\t-1e3\t0\n"
SEQUENCES = b"id\tclass\tseq\na\t+\tacgt\nb\t-\tTTNN\n"
GENOME = b">chr1\nACGTACGTACGTAC\n>chr2\nacgtacgt\n"
BIM = b"1 rs1 0 5 A G\n1 rs2 0.5 7 0 C\n2 rs3 0 9 T C\n"
FAM = b"f1 a 0 0 1 2\nf1 b 0 0 2 1\nf2 c a b 0 -9\n0 d 0 0 1 0.5\n0 e 0 0 1 1\n"
BED_BYTES = b"\x6c\x1b\x01" + bytes([0b11100100, 0b10, 0b01001011, 0b11, 0b0, 0b1])


def vcf_chunks(path):
    return list(iter_vcf(path, chunk=1, multiallelic="split", other_ploidy="missing"))


def vcf_lenient(path):
    return read_vcf(path, multiallelic="split", other_ploidy="missing", filters=["PASS", ".", "q10"])


def cut(path):
    genome = path.with_name("genome.fa")
    genome.write_bytes(GENOME)
    return read_interval_sequences(read_intervals(path), genome)


def cut_from(path):
    bed = path.with_name("some.bed")
    bed.write_bytes(BED)
    return read_interval_sequences(read_intervals(bed), path)


CASES = {
    "fasta": (FASTA, lambda path: read_fasta(path, gaps=True)),
    "fasta-protein": (FASTA, lambda path: read_fasta(path, alphabet="protein", gaps=True, labels=r"(\w+)$")),
    "fasta-records": (FASTA, lambda path: list(iter_fasta(path))),
    "fastq": (FASTQ, read_fastq),
    "fastq-records": (FASTQ, lambda path: [one.phred for one in iter_fastq(path)]),
    "fastq-quality": (FASTQ, lambda path: read_fastq(path, min_quality=30)),
    "vcf": (SIMPLE_VCF, read_vcf),
    "vcf-split": (VCF, vcf_lenient),
    "vcf-chunks": (VCF, vcf_chunks),
    "vcf-region": (VCF, lambda path: read_vcf(path, region="1:1-5", samples=["c", "a"])),
    "bed": (BED, read_intervals),
    "gff": (GFF, lambda path: read_intervals(path, labels="feature")),
    "cut": (BED, cut),
    "cut-from": (GENOME, cut_from),
    "csv": (CSV, lambda path: read_table(path, names="cell", labels="type", missing="drop samples")),
    "csv-turned": (NUMBERS, lambda path: read_table(path, orientation="samples-in-columns")),
    "sequences": (SEQUENCES, lambda path: read_sequence_table(path, sequence="seq", labels="class")),
    "door": (SIMPLE_VCF, read),
    "door-fasta": (GENOME, read),
}


def mutated(content: bytes, seed: int) -> bytes:
    draw = random.Random(seed)
    data = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 5))):
        at = draw.randrange(len(data)) if data else 0
        way = draw.randrange(7)
        if not data or way == 0:
            data[at:at] = bytes([draw.randrange(256)])
        elif way == 1:
            data[at] ^= 1 << draw.randrange(8)
        elif way == 2:
            data[at] = draw.randrange(256)
        elif way == 3:
            del data[at:]
        elif way == 4:
            del data[at : at + draw.randrange(1, 12)]
        elif way == 5:
            data[at:at] = draw.choice(
                (b"\n", b"\t", b"\r", b" ", b",", b"\0", b">", b"@", b"|", b"/", b'"', b"_")
            )
        else:
            other = draw.randrange(len(data))
            data[at:at] = data[other : other + 20]
    return bytes(data)


def accepted(reader, path) -> bool:
    """Whether a file was read; anything but an error of ours goes through."""
    try:
        found = reader(path)
    except QsetuError as error:
        assert str(error)
        return False
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, Dataset):
            assert len(one) and one.content_sha256 and repr(one)
            assert one.take([0]).num_samples == 1
    return True


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_a_damaged_text_is_read_or_refused(tmp_path: Path, case, packed, seed):
    content, reader = CASES[case]
    path = tmp_path / f"file.{case.split('-')[0]}"
    changed = mutated(content, seed)
    path.write_bytes(gzip.compress(changed, 1) if packed else changed)
    assert accepted(reader, path) or changed != content


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_a_damaged_gzip_is_never_half_read(tmp_path: Path, case, seed):
    content, reader = CASES[case]
    path = tmp_path / f"file.{case.split('-')[0]}"
    packed = gzip.compress(content, 1, mtime=0)
    changed = mutated(packed, seed)
    path.write_bytes(changed)
    try:
        whole = gzip.decompress(changed) == content
    except Exception:
        whole = False
    if accepted(reader, path):
        # Either the damage was where nothing depends on it, or the file no longer says that it is packed.
        assert whole or not changed.startswith(b"\x1f\x8b")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), which=st.sampled_from(["bed", "bim", "fam"]))
def test_damaged_plink_files_are_read_or_refused(tmp_path: Path, seed, which):
    files = {"bed": BED_BYTES, "bim": BIM, "fam": FAM}
    files[which] = mutated(files[which], seed)
    for name, content in files.items():
        (tmp_path / f"x.{name}").write_bytes(content)
    whole = files == {"bed": BED_BYTES, "bim": BIM, "fam": FAM}
    assert accepted(read_plink, tmp_path / "x") or not whole


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=0, max_size=300))
def test_any_bytes_at_all_are_read_or_refused(tmp_path: Path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    for reader in (read, *(reader for _, reader in CASES.values())):
        assert not accepted(reader, path) or content


def test_the_files_that_are_damaged_above_are_read_when_whole(tmp_path: Path):
    for case, (content, reader) in CASES.items():
        path = tmp_path / f"file.{case.split('-')[0]}"
        path.write_bytes(content)
        assert accepted(reader, path), case
    for name, content in (("bed", BED_BYTES), ("bim", BIM), ("fam", FAM)):
        (tmp_path / f"x.{name}").write_bytes(content)
    assert accepted(read_plink, tmp_path / "x")
