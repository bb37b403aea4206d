"""Calls of the usual form are read all at once, and say what the slow way says; any other is left to it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from qsetu.core.errors import DataError
from qsetu.genomics.formats import read_vcf
from qsetu.genomics.formats.sites import _parse, _plain_calls

CALLS = ["".join(parts) for parts in itertools.product("0129.", "/|", "0129.")]


def test_all_calls_of_three_letters_say_the_same_both_ways():
    found = _plain_calls("\t".join(CALLS), len(CALLS))
    np.testing.assert_array_equal(found, [_parse(call) for call in CALLS])
    assert found.dtype == np.int16


@pytest.mark.parametrize(
    "text",
    [
        "0/1\t0/1\t0",
        "0/1\t0/1\t0/1\t",
        "0/1\t0/1 0/1",
        "0/1\t0/1\t0;1",
        "0/1\ta/1\t0/1",
        "0/1\t0/é\t0/1",
        "00/1\t0\t0/1",
    ],
)
def test_any_other_text_is_left_to_the_slow_way(text):
    assert _plain_calls(text, 3) is None


def test_files_of_plain_and_other_calls_are_read_alike(tmp_path):
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\tc\n"
    calls = [("0/1", "1|1", "./."), ("1/1", "0/0", "./1"), (".|.", "1|0", "0|1")]

    def rows(form, tail):
        lines = (
            f"1\t{i}\t.\tA\tC\t.\t.\t.\t{form}\t" + "\t".join(call + tail for call in row)
            for i, row in enumerate(calls, start=1)
        )
        return head + "\n".join(lines) + "\n"

    plain, other = tmp_path / "plain.vcf", tmp_path / "other.vcf"
    plain.write_text(rows("GT", ""))
    other.write_text(rows("GT:DP", ":7"))
    one, two = read_vcf(plain), read_vcf(other)
    np.testing.assert_array_equal(one.dosages, [[1, 2, -1], [2, 0, 1], [-1, -1, 1]])
    np.testing.assert_array_equal(one.dosages, two.dosages)
    assert one.content_sha256 == two.content_sha256
    plain.write_text(rows("GT", "").replace("1|1", "2|1", 1))
    with pytest.raises(DataError, match="sample 'b' has allele 2"):
        read_vcf(plain)
    plain.write_text(rows("GT", "").replace("1|1", "1x1", 1))
    with pytest.raises(DataError, match="sample 'b' has the genotype '1x1'"):
        read_vcf(plain)
    plain.write_text(rows("GT", "").replace("1|1\t", "", 1))
    with pytest.raises(DataError, match="has 11 columns, and the header 12"):
        read_vcf(plain)
