"""VCF and BCF: dosages count ALT, missing stays missing, and a doubtful call is never turned into a
number."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.formats import iter_vcf, read_vcf
from qsetu.genomics.formats.calls import Region

HEADER = (
    "##fileformat=VCFv4.2\n##contig=<ID=1>\n##contig=<ID=chr2>\n"
    '##FILTER=<ID=q10,Description="low">\n##FILTER=<ID=s50,Description="few">\n'
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="call">\n'
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="depth">\n'
)
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"


def vcf(*sites: str, samples: str = "a b c") -> str:
    """Text of a file; a site is "CHROM POS ID REF ALT FILTER FORMAT call call ..."."""
    text = HEADER + COLUMNS + "\t".join(samples.split()) + "\n"
    for site in sites:
        cells = site.split()
        text += "\t".join([*cells[:5], ".", cells[5], ".", *cells[6:]]) + "\n"
    return text


@pytest.fixture
def write(tmp_path):
    def _write(*sites: str, samples: str = "a b c", name: str = "x.vcf"):
        path = tmp_path / name
        path.write_text(vcf(*sites, samples=samples))
        return path

    return _write


def test_dosages_count_alt_and_names_are_kept(write):
    path = write(
        "1 5 rs1 A C PASS GT 0/1 1|1 ./.",
        "chr2 7 . g t . DP:GT 9:0/0 9:1/0 9",
        "chr2 9 rs3 AT A,* q10;s50 GT 1/2 0/2 2/2",
    )
    found = read_vcf(
        path, multiallelic="split", labels={"a": "x", "b": "y", "c": "x"}, groups=["1", "1", "2"]
    )
    assert found.dosages.tolist() == [[1, 0, 1, 1], [2, 1, 0, 1], [-1, -1, 0, 2]]
    assert found.variants.to_numpy().tolist() == [
        ["rs1", "1", 5, "C", "A"],
        ["chr2:7:G:T", "chr2", 7, "T", "G"],
        ["rs3:A", "chr2", 9, "A", "AT"],
        ["rs3:*", "chr2", 9, "*", "AT"],
    ]
    assert found.sample_names.tolist() == ["a", "b", "c"]
    assert found.labels.tolist() == ["x", "y", "x"] and found.groups.tolist() == ["1", "1", "2"]
    assert found.phased is None
    assert found.notes[0].startswith("Dosages count the alternate allele (ALT)")
    assert list(found.files) == ["x.vcf"]


def test_several_alternate_alleles_are_refused_by_default_and_the_options_named(write):
    path = write("1 5 rs1 A C PASS GT 0/1 1|1 ./.", "1 6 . A C,G . GT 0/2 1/2 0/0")
    with pytest.raises(
        DataError, match=r"'x.vcf', line 10 \(1:6\) has 2 alternate alleles: C,G.*'split'.*'skip'"
    ):
        read_vcf(path)
    skipped = read_vcf(path, multiallelic="skip")
    assert skipped.num_features == 1
    assert "1 site(s) with several alternate alleles were left out." in skipped.notes
    # Sites that the filters drop are not looked at.
    assert read_vcf(path, filters="PASS").num_features == 1


def test_half_calls_are_missing_and_counted(write):
    found = read_vcf(write("1 5 rs1 A C PASS GT 0/. .|1 0/1", "1 6 rs2 A C PASS GT . ./. 1/1"))
    assert found.dosages.tolist() == [[-1, -1], [-1, -1], [1, 2]]
    assert "2 call(s) with one missing allele count as missing." in found.notes


def test_phase_is_kept_only_if_all_of_it_is_known(write):
    phased = ["1 5 rs1 A C PASS GT 0|1 1|0 .", "1 6 rs2 A C PASS GT 1|1 0|0 0|."]
    found = read_vcf(write(*phased))
    assert found.phased.tolist() == [[[0, 1], [1, 1]], [[1, 0], [0, 0]], [[-1, -1], [-1, -1]]]
    assert np.array_equal(np.where(found.phased[..., 0] < 0, -1, found.phased.sum(2)), found.dosages)
    assert read_vcf(write(*phased, "1 7 rs3 A C PASS GT 0|1 0|1 0/1")).phased is None
    assert read_vcf(write("1 5 rs1 A C PASS GT /0|1 0|1 0|1")).phased is None  # VCF 4.4 says so in front
    split = read_vcf(write("1 5 rs1 A C,G PASS GT 0|2 1|2 2|1"), multiallelic="split")
    assert split.phased.tolist() == [[[0, 0], [0, 1]], [[1, 0], [0, 1]], [[0, 1], [1, 0]]]


def test_calls_of_another_ploidy_are_refused_or_missing(write):
    path = write("1 5 rs1 A C PASS GT 0/1 1 0/1/1", "1 6 rs2 A C PASS GT 0/1 0/0 .")
    with pytest.raises(
        DataError, match=r"\(1:5\), sample 'b': a call of 1 allele\(s\), where 2 must be.*ploidy=1"
    ):
        read_vcf(path)
    found = read_vcf(path, other_ploidy="missing")
    assert found.dosages.tolist() == [[1, 1], [-1, 0], [-1, -1]]
    assert "2 call(s) with another number of alleles count as missing." in found.notes
    haploid = read_vcf(write("1 5 rs1 A C PASS GT 0 1 ."), ploidy=1)
    assert haploid.dosages.tolist() == [[0], [1], [-1]] and haploid.ploidy == 1 and haploid.phased is None


def test_filters_and_call_rate(write):
    path = write(
        "1 1 a A C PASS GT 0/1 1/1 ./.",
        "1 2 b A C q10 GT 0/1 1/1 0/0",
        "1 3 c A C q10;s50 GT 0/1 1/1 0/0",
        "1 4 d A C . GT 0/1 ./. ./.",
    )

    def ids(**options):
        return read_vcf(path, **options).variants["id"].tolist()

    assert ids() == ["a", "b", "c", "d"]
    assert ids(filters="PASS") == ids(filters=("PASS",)) == ["a"]
    assert ids(filters=["q10", "."]) == ["b", "d"]
    assert ids(filters=["q10", "s50"]) == ["b", "c"]
    assert ids(min_call_rate=0.5) == ["a", "b", "c"]
    found = read_vcf(path, filters=["PASS", "."], min_call_rate=2 / 3)
    assert "2 site(s) did not pass the filters and were left out." in found.notes
    assert "1 variant(s) had too few called genotypes and were left out." in found.notes
    with pytest.raises(DataError, match="no variant left: 4 site"):
        read_vcf(path, filters="no")


def test_regions_count_from_one_and_include_both_ends(write):
    path = write(
        *(f"{chromosome} {i} . A C . GT 0/1 0/0 1/1" for chromosome in ("1", "chr2") for i in range(1, 8))
    )

    def places(region):
        table = read_vcf(path, region=region).variants
        return [f"{c}:{p}" for c, p in zip(table["chromosome"], table["position"], strict=True)]

    assert places("1:3-5") == ["1:3", "1:4", "1:5"]
    assert places("chr2:7") == ["chr2:7"]
    assert len(places("1")) == 7
    assert places("1:6-1,000") == ["1:6", "1:7"]
    with pytest.raises(
        DataError, match=r"no variant in region '2'. It has variants on '1', 'chr2'. Did you mean 'chr2'"
    ):
        read_vcf(path, region="2")
    for bad in ("1:5-3", "", 5, "1:a-b"):
        with pytest.raises(ArgumentError, match="'region'"):
            read_vcf(path, region=bad)
    assert Region.parse("HLA:01") == Region("HLA", 1, 1)


def test_chosen_samples_come_in_the_order_asked(write):
    path = write("1 5 rs1 A C PASS GT 0/1 1/1 ./.")
    found = read_vcf(path, samples=["c", "a"])
    assert found.sample_names.tolist() == ["c", "a"]
    assert found.dosages.tolist() == [[-1], [1]]
    for bad, said in (
        (["z"], "It has 'a', 'b', 'c'"),
        ("a", "several"),
        (["a", "a"], "once"),
        ([], "must name"),
    ):
        with pytest.raises(ArgumentError, match=said):
            read_vcf(path, samples=bad)


@pytest.mark.parametrize(
    ("site", "said"),
    [
        ("1 5 rs1 A C PASS DP 1 2 3", "line 9: has no GT: its FORMAT is 'DP'"),
        ("1 5 rs1 A C PASS GT 0/2 0/0 0/0", "sample 'a' has allele 2, and the site only 1"),
        ("1 5 rs1 A . PASS GT 0/0 0/1 0/0", "sample 'b' has allele 1, and the site only 0"),
        ("1 5 rs1 A C PASS GT 0/1/7 0/0 0/0", "sample 'a' has allele 7"),
        ("1 5 rs1 A C PASS GT 0/x 0/0 0/0", "sample 'a' has the genotype '0/x'"),
        ("1 5 rs1 A C PASS GT 0/ 0/0 0/0", "sample 'a' has the genotype '0/'"),
        ("1 5 rs1 A C PASS GT 0/0 0/0", "has 11 columns, and the header 12"),
        ("1 5 rs1 A C PASS GT 0/0 0/0 0/0 0/1", "has 13 columns, and the header 12"),
        ("1 x rs1 A C PASS GT 0/0 0/0 0/0", "POS is 'x'"),
        ("1 -5 rs1 A C PASS GT 0/0 0/0 0/0", "POS is '-5'"),
        ("1 9999999999 rs1 A C PASS GT 0/0 0/0 0/0", "too large"),
        ("1 5 rs1 . C PASS GT 0/0 0/0 0/0", "REF is '.'"),
        ("1 5 rs1 A C, PASS GT 0/0 0/0 0/0", "an allele that is empty"),
    ],
)
def test_lines_that_are_not_vcf(write, site, said):
    with pytest.raises(DataError, match=said):
        read_vcf(write(site), other_ploidy="missing")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello\n", "starts with '##fileformat=VCF'"),
        (HEADER, "ends inside its header"),
        (HEADER + "1\t5\n", "must come '#CHROM"),
        (HEADER + COLUMNS.removesuffix("\tFORMAT\t") + "\n", "has no samples"),
        (HEADER + COLUMNS + "a\ta\n", "a name of its own"),
        (HEADER + COLUMNS + "a\tb\n", "a header and no variant"),
    ],
)
def test_headers_that_are_not_vcf(tmp_path, text, said):
    path = tmp_path / "x.vcf"
    path.write_text(text)
    with pytest.raises(DataError, match=said):
        read_vcf(path)


def test_empty_lines_and_windows_line_ends_change_nothing(tmp_path, write):
    plain = read_vcf(write("1 5 rs1 A C PASS GT 0/1 1|1 ./.", "1 6 rs2 A C PASS GT 0/1 1|1 ./."))
    path = tmp_path / "y.vcf"
    path.write_bytes(
        vcf("1 5 rs1 A C PASS GT 0/1 1|1 ./.", "1 6 rs2 A C PASS GT 0/1 1|1 ./.")
        .replace("\n", "\r\n")
        .encode()
    )
    assert read_vcf(path).content_sha256 == plain.content_sha256
    path.write_text(
        vcf("1 5 rs1 A C PASS GT 0/1 1|1 ./.") + "\n\n" + "1\t6\trs2\tA\tC\t.\tPASS\t.\tGT\t0/1\t1|1\t./.\n\n"
    )
    assert read_vcf(path).content_sha256 == plain.content_sha256


def test_repeated_ids_and_constant_sites_are_noted(write):
    found = read_vcf(write("1 5 rs1 A C PASS GT 0/1 1|1 ./.", "1 6 rs1 A . PASS GT 0/0 0/0 ./."))
    assert found.variants["counted"].tolist() == ["C", "."]
    assert "1 site(s) have no alternate allele; every called dosage there is 0." in found.notes
    assert "1 name(s) of variants occur more than once: 'rs1'." in found.notes


def test_arguments_are_checked(write):
    path = write("1 5 rs1 A C PASS GT 0/1 1|1 ./.")
    for option, value in (
        ("multiallelic", "drop"),
        ("filters", 3),
        ("filters", [""]),
        ("min_call_rate", 2),
        ("ploidy", 4),
        ("other_ploidy", "no"),
    ):
        with pytest.raises(ArgumentError, match=f"'{option}'"):
            read_vcf(path, **{option: value})
    with pytest.raises(ArgumentError, match="'chunk'"):
        iter_vcf(path, chunk=0)


calls = st.sampled_from(["0/0", "0/1", "1|0", "1|1", "./.", ".", "0/.", "2/1", "0|2", ".|1", "3/3"])
sites = st.lists(
    st.tuples(st.integers(1, 10**9), st.booleans(), st.lists(calls, min_size=4, max_size=4)),
    min_size=1,
    max_size=12,
)
quick = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rows(drawn) -> list[str]:
    return [
        f"1 {position} . A C,G,TT PASS {'GT:DP' if depth else 'GT'} "
        + " ".join(f"{call}:7" if depth and i % 2 else call for i, call in enumerate(row))
        for position, depth, row in drawn
    ]


def obvious(call: str, allele: int) -> int:
    parts = call.replace("|", "/").split("/")
    return -1 if "." in parts else sum(int(part) == allele for part in parts)


@quick
@given(drawn=sites, packed=st.booleans())
def test_any_file_comes_back(tmp_path, drawn, packed):
    path = tmp_path / "x.vcf"
    content = vcf(*rows(drawn), samples="a b c d").encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    found = read_vcf(path, multiallelic="split")
    expected = [
        [obvious(row[sample], allele) for _, _, row in drawn for allele in (1, 2, 3)] for sample in range(4)
    ]
    assert found.dosages.tolist() == expected
    assert found.variants["position"].tolist() == [position for position, _, _ in drawn for _ in range(3)]
    half = sum(call in ("0/.", ".|1") for _, _, row in drawn for call in row)
    assert (f"{half} call(s) with one missing allele" in " ".join(found.notes)) == (half > 0)
    whole = [call for _, _, row in drawn for call in row if "." not in call]
    assert (found.phased is not None) == all("|" in call for call in whole)


@quick
@given(drawn=sites, chunk=st.integers(1, 40))
def test_chunks_are_the_whole_in_pieces(tmp_path, drawn, chunk):
    path = tmp_path / "x.vcf"
    path.write_text(vcf(*rows(drawn), samples="a b c d"))
    whole = read_vcf(path, multiallelic="split")
    parts = list(iter_vcf(path, chunk=chunk, multiallelic="split"))
    assert [one.num_features for one in parts[:-1]] == [chunk] * (len(parts) - 1)
    assert np.array_equal(np.concatenate([one.dosages for one in parts], axis=1), whole.dosages)
    assert pd.concat([one.variants for one in parts], ignore_index=True).equals(whole.variants)
    assert all(one.files == whole.files for one in parts)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=sites)
def test_cyvcf2_and_bcf_say_the_same(tmp_path, drawn):
    cyvcf2, pysam = pytest.importorskip("cyvcf2"), pytest.importorskip("pysam")
    path, binary = tmp_path / "x.vcf", tmp_path / "x.bcf"
    path.write_text(vcf(*rows(drawn), samples="a b c d"))
    with (
        pysam.VariantFile(str(path)) as source,
        pysam.VariantFile(str(binary), "wb", header=source.header) as out,
    ):
        for record in source:
            out.write(record)
    ours = read_vcf(path, multiallelic="split")
    theirs = []
    for record in cyvcf2.VCF(str(path)):
        array = record.genotype.array()[:, :2]
        for allele in (1, 2, 3):
            theirs.append(np.where((array < 0).any(1), -1, (array == allele).sum(1)))
    assert np.array_equal(ours.dosages, np.stack(theirs, axis=1))
    again = read_vcf(binary, multiallelic="split")
    assert again.content_sha256 == ours.content_sha256
    assert (again.phased is None) == (ours.phased is None)
    assert ours.phased is None or np.array_equal(again.phased, ours.phased)
    assert read_vcf(binary, multiallelic="split", samples=["d", "b"], filters="PASS").num_samples == 2


def test_bcf_that_is_cut_damaged_or_unpacked_is_refused(tmp_path, write, capfd):
    pysam = pytest.importorskip("pysam")
    path, binary, bare = write("1 5 rs1 A C PASS GT 0/1 1|1 ./."), tmp_path / "x.bcf", tmp_path / "bare.bcf"
    with (
        pysam.VariantFile(str(path)) as source,
        pysam.VariantFile(str(binary), "wb", header=source.header) as out,
    ):
        for record in source:
            out.write(record)
    content, whole, refused = binary.read_bytes(), read_vcf(binary).content_sha256, 0
    for length in range(20, len(content), 7):
        binary.write_bytes(content[:length])
        with pytest.raises(DataError, match=r"'x\.bcf' was cut"):
            read_vcf(binary)
    for at in range(20, len(content) - 40, 5):
        changed = bytearray(content)
        changed[at] ^= 0x55
        binary.write_bytes(changed)
        try:
            # Only a few bytes of a block's head mean nothing, such as its date.
            assert read_vcf(binary).content_sha256 == whole
        except DataError as error:
            refused += 1
            assert "'x.bcf'" in str(error)
    assert refused > 10
    bare.write_bytes(gzip.decompress(content))
    with pytest.raises(DataError, match="without bgzip's checksums"):
        read_vcf(bare)
    assert capfd.readouterr().err == ""


def test_bcf_without_gt_is_refused(tmp_path, write):
    pysam = pytest.importorskip("pysam")
    path, binary = write("1 5 rs1 A C PASS DP 1 2 3"), tmp_path / "x.bcf"
    with (
        pysam.VariantFile(str(path)) as source,
        pysam.VariantFile(str(binary), "wb", header=source.header) as out,
    ):
        for record in source:
            out.write(record)
    with pytest.raises(DataError, match=r"record 1 \(1:5\) has no GT"):
        read_vcf(binary)
