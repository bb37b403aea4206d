"""Planted leaks are found and never repeated; harmless text has none."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qsetu.core.errors import ArgumentError
from qsetu.genomics.privacy import LEAK_KINDS, find_genotype_leaks

ROOT = Path(__file__).parents[3]
EXAMPLES = [(kind.name, text) for kind in LEAK_KINDS.values() for text in kind.examples]
FILE_KINDS = {"alignment-file", "variant-file", "genotype-file", "opaque-file", "not-read"}
SECRET = re.compile(r"[A-Za-z0-9]")

WORDS = """
the a kernel of cells in samples were and on sequence model accuracy is was not with lactase CT scan
DNA GT donors age sex patients 0/1 1/2 0.93 12 2 1 0 NA rs4988235 chr2 GAATTC GC AT A T C G ± µ -1 | : ,
NM_000546 GCA_000001405 MN908947.3 p=0.05 HG NA12 2024-01-02 50/50 [0, 1, 1, 0] (n=30) and/or
""".split()  # noqa: SIM905 - prose
# Without those that several in a row would make a leak of.
HARMLESS_WORDS = sorted(set(WORDS) - set("rs4988235 GT 0/1 1/2 CT AT GC 2 chr2 HG NA NA12 -1".split()))  # noqa: SIM905


def prose_lines(words):
    return st.lists(st.lists(st.sampled_from(words), max_size=12).map(" ".join), max_size=8)


def kinds_of(text, severity="leak"):
    return {one.kind for one in find_genotype_leaks(text) if one.severity == severity}


# ---- the roster ---------------------------------------------------------------------------------------


def test_every_kind_is_described_and_has_an_example_or_is_of_files():
    for name, kind in LEAK_KINDS.items():
        assert kind.name == name and kind.description and kind.rule
        assert bool(kind.examples) != (name in FILE_KINDS)


def test_the_page_lists_every_kind():
    page = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    rows = [f"| {kind.name} | {kind.severity} | {kind.rule} |" for kind in LEAK_KINDS.values()]
    assert re.findall(r"^\| (?!kind).*\|$", page, re.M) == rows


@pytest.mark.parametrize(("name", "text"), EXAMPLES)
def test_examples_are_found_as_what_they_are(name, text):
    found = find_genotype_leaks(text, source="here")
    assert {(one.kind, one.severity) for one in found} == {(name, LEAK_KINDS[name].severity)}
    assert all(one.source == "here" and "holds" in str(one) for one in found)


@given(
    example=st.sampled_from(EXAMPLES),
    before=prose_lines(HARMLESS_WORDS),
    after=prose_lines(HARMLESS_WORDS),
    end=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=300, deadline=None)
def test_planted_leaks_are_found_and_masked(example, before, after, end):
    name, text = example
    # Blank lines keep a planted table apart from prose, as they would in a document.
    lines = [*before, "", *text.split("\n"), "", *after]
    found = find_genotype_leaks(end.join(lines), source="planted")
    right = [one for one in found if (one.kind, one.severity) == (name, LEAK_KINDS[name].severity)]
    assert len(right) == 1
    assert len(before) + 2 <= right[0].line <= len(before) + 1 + len(text.split("\n"))
    for one in found:
        assert not SECRET.search(one.excerpt)
        assert len(one.excerpt) <= 40
        described = LEAK_KINDS[one.kind].description
        assert re.fullmatch(r"holds (.*) \((once|[\d,]+ times)\)\.", one.sentence)[1] == described
    assert found == find_genotype_leaks(lines, source="planted")


INLINE = [
    "rs12913832: GG",
    "rs4988235 is CT",
    "rs4988235 (C;T)",
    "rs4988235 = 0|1",
    "rs4988235 was genotyped; genotype A/G",
    "RS4988235\tTT",
    "`rs4988235`: **CT**",
    "{'rs4988235': 'CT'}",
    "rs4988235 T/T",
    "rs4988235,2,136608646,AG",
    "i3000001\t1\t82154\tDD",
    '"rs4477212","1","82154","AG"',
    "CT for SNP rs4988235",
    "HG09999_1",
    "(NA19999)",
    "TCGA-A1-A0SB-01A-11R",
    "hCoV-19/x/1/2020|EPI_ISL_402124|",
]


@pytest.mark.parametrize("leak", INLINE)
@pytest.mark.parametrize("frame", ["{}", "we saw {} there", "x: {}.", "| {} |", "<td>{}</td>", "  {}, and"])
def test_leaks_inside_a_line_are_found(leak, frame):
    found = [one for one in find_genotype_leaks(frame.format(leak)) if one.severity == "leak"]
    assert found
    assert not any(SECRET.search(one.excerpt) for one in found)


@given(prose_lines(WORDS))
@settings(max_examples=300, deadline=None)
def test_words_that_sound_alike_are_no_dosage_matrix_reads_or_tables(lines):
    quiet = {"dosage-matrix", "fastq-record", "sam-record", "person-table", "fam-row", "sample-id"}
    assert not kinds_of("\n".join(lines)) & quiet


@given(st.lists(st.text(alphabet="abcdefghijklmnopqrstuvwxyz .,;:!?'\n", max_size=200), max_size=5))
@settings(deadline=None)
def test_prose_has_none(parts):
    assert find_genotype_leaks("\n".join(parts)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Lactase persistence: rs4988235 and rs182549 on chromosome 2.",
        "rs4988235\nrs182549\nrs12913832",
        "snp,chrom,pos\nrs4988235,2,136608646\nrs182549,2,136616754",
        "GenBank MN908947.3, NC_045512.2, SAMN02803731, phs000424, GCA_000001405.29",
        ">seq1\nACGTACGTACGTACGTACGT\n>seq2\nACGTACGTACGTACGTACGA",
        "AA AC AG AT CA CC CG CT GA GC GG GT TA TC TG TT",
        "We measured 0/1 losses, 1/2 of them on 0/1 labels.",
        "[0 1 1 0 1 0 0 1 0 1 1 0 1 0 0 1 0 1 1 0 1 0 0 1]",
        "\n".join(["0 1 1 0 1 0 0 1 0 1 1 0 1 0 0 1 0 1 1 0 1 0 0 1"] * 9),
        "\n".join(["010110010101100101011001"] * 9),
        "\n".join(["0.5 1.2 2.0 0.1 1.0 2.0 0.0 1.5 2.5 0.2"] * 9),
        "fold,accuracy\n0,0.91\n1,0.93\n2,0.92",
        "[[5, 0, 2],\n [1, 7, 0],\n [0, 2, 6]]",
        "age and sex were recorded.\n1 2 3",
        "Class sizes: 0 1 2",
        "donor 759 acceptor 764 GT 759 AG 764",
        "@decorator\ndef f():\n+ 3",
        "qubits 0 1 2 3\n0.1 0.2 0.3 0.4",
        "#CHROMOSOME positions of interest",
    ],
)
def test_harmless_text_has_none(text):
    assert find_genotype_leaks(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "rs4988235 A/G",
        "rs4988235 2 136608646 A G",
        "Heterozygous carriers of rs1 and rs4988235 heterozygotes",
        "[" + " ".join("0120012012" * 3) + "]",
        "[" + "]\n[".join([" ".join("0120012012" * 3)] * 2) + "]",
        "\n".join(["0 1 2 0 0 1"] * 3),
        "sample_id,score\nz1,0.5",
        "age,sex,zip\n30,F,1000\n31,M,1000",
    ],
)
def test_what_may_be_harmless_is_a_caution(text):
    found = find_genotype_leaks(text)
    assert found and {one.severity for one in found} == {"caution"}


PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
]
SOURCES = sorted((ROOT / "src").rglob("*.py"))


def test_this_repository_leaks_nothing():
    assert len(PAGES) > 10 and len(SOURCES) > 100
    for path in [*PAGES, *SOURCES]:
        if path.name == "privacy.md":
            continue  # shows what is found, on purpose
        found = find_genotype_leaks(path.read_text(encoding="utf-8"), source=path.name)
        assert [str(one) for one in found if one.severity == "leak"] == []


# ---- tables as they are printed ---------------------------------------------------------------------------


def dosages(rows, columns, seed=0):
    return np.random.default_rng(seed).integers(0, 3, (rows, columns))


@pytest.mark.parametrize("columns", [20, 30, 100, 3000])
@pytest.mark.parametrize(
    "shown",
    [
        str,
        repr,
        lambda table: json.dumps(table.tolist()),
        lambda table: pd.DataFrame(table).to_csv(index=False),
        lambda table: pd.DataFrame(table).to_csv(sep="\t", header=False),
        lambda table: str(pd.DataFrame(table)),
        lambda table: pd.DataFrame(table).to_string(),
        lambda table: str(table.astype(float)),
        lambda table: "\n".join("".join(map(str, row)) for row in table),
        lambda table: "\n".join(
            f"F{i} P{i} 0 0 1 -9 " + " ".join(map(str, row)) for i, row in enumerate(table)
        ),
    ],
)
def test_matrices_of_dosages_are_found_however_printed(columns, shown):
    text = shown(dosages(40, columns))
    assert "dosage-matrix" in kinds_of(text)


@pytest.mark.parametrize("shown", [str, repr, lambda labels: json.dumps(labels.tolist())])
@pytest.mark.parametrize("number", [30, 150, 999])
def test_one_vector_of_three_classes_is_at_most_a_caution(number, shown):
    labels = np.random.default_rng(1).integers(0, 3, number)
    assert kinds_of(shown(labels)) == set()


def test_tables_of_scores_and_of_zero_and_one_are_no_leaks():
    draw = np.random.default_rng(0)
    for table in (draw.normal(size=(40, 30)), draw.integers(0, 2, (40, 30)), draw.integers(0, 9, (40, 30))):
        for shown in (str, repr, lambda one: str(pd.DataFrame(one)), lambda one: pd.DataFrame(one).to_csv()):
            assert find_genotype_leaks(shown(table)) == []


PEOPLE = pd.DataFrame({"donor_id": [f"d{i}" for i in range(8)], "age": range(30, 38), "sex": list("FM") * 4})


@pytest.mark.parametrize(
    "shown",
    [
        str,
        lambda table: table.to_csv(),
        lambda table: table.to_csv(index=False, sep=";"),
        lambda table: table.to_csv(sep="\t", quoting=1),
        lambda table: table.to_string(index=False),
        lambda table: (
            "| donor_id | age | sex |\n|---|---|---|\n"
            + "\n".join(f"| {a} | {b} | {c} |" for a, b, c in table.to_numpy())
        ),
    ],
)
def test_tables_of_people_are_found_however_printed(shown):
    assert {"person-ids", "person-table"} <= kinds_of(shown(PEOPLE))
    number = {one.kind: one.number for one in find_genotype_leaks(shown(PEOPLE))}
    assert number == {"person-ids": 8, "person-table": 8}


def test_few_variants_with_their_numbers_above_are_found():
    table = pd.DataFrame({"rs1111": [0, 1], "rs2222": [2, 1], "rs3333": ["AA", "CT"]}, index=["a", "b"])
    assert "snp-table" in kinds_of(str(table)) and "snp-table" in kinds_of(table.to_csv())


# ---- places, counts, and hostile input -----------------------------------------------------------------


def test_each_kind_is_told_once_with_its_first_place_and_how_often():
    text = "fine\n\n  HG09999 and NA09999\nrs4988235: CT, HG09998"
    found = find_genotype_leaks(text)
    assert [(one.kind, one.line, one.column, one.number) for one in found] == [
        ("sample-id", 3, 3, 3),
        ("rs-genotype", 4, 1, 1),
    ]
    assert found[0].excerpt == "******* *** *******"


def test_colors_and_invisible_letters_hide_nothing():
    assert "rs-genotype" in kinds_of("rs49\x1b[31m88235\x1b[0m: C\u200bT")
    assert "sample-id" in kinds_of("\ufeffNA09999")


@pytest.mark.parametrize("given", [3, None, [b"bytes"], [1]])
def test_what_is_not_text_is_refused(given):
    with pytest.raises(ArgumentError) as caught:
        find_genotype_leaks(given)
    assert caught.value.argument == "text_or_lines"


def test_hostile_lines_take_no_more_than_they_should():
    """A megabyte of what begins like a leak and never ends like one; minutes would mean backtracking."""
    code = """
    from qsetu.genomics.privacy import find_genotype_leaks
    seeds = ["rs", "rs123 ", "rs123:::::::::::: ", "rs1234 1 1 ", "i1234,", "0/1 ", "0/1:", "0/1:a,",
             "AA ", "AA,", "A/", "0 ", "0,", "0 1 2 ", "[0 ", "NA ", "...", "012", "GT:", "GT:A:", "GT\\t",
             "1\\t1\\t", "@", "@\\t", "TCGA-", "NA1", "EPI_ISL_", " ", "\\t", "x ", "x\\t", "1 0 0 0 ",
             "A ", "A C ", "#CHROM", "#CHROM ", "30M", "a\\t0\\tb\\t1\\t1\\t", "age,", "age,sex,zip,", "eid ",
             '"', '","', "|", "is ", "rs123 is is ", "rs123456 homoz", "<td>", "[", "]", "'", "-9 ", "--",
             "00 ", "\\u200b", "\\x1b[", "\\x1b[1"]
    for seed in seeds:
        line = seed * (1_000_000 // len(seed))
        find_genotype_leaks(line + "!")
        find_genotype_leaks("x" + line[:100_000])
    print("done")
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert run.stdout.strip() == "done", run.stderr[-2000:]
