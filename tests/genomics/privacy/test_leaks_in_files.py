"""Files and notebooks: what they hold is found; what cannot be read is said; nothing unpacks without end."""

from __future__ import annotations

import base64
import gzip
import json
import pickle

import numpy as np
import pandas as pd
import pytest

from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics.privacy import LEAK_KINDS, find_genotype_leaks, scan_bytes, scan_file, scan_notebook

EXAMPLES = [(kind.name, text) for kind in LEAK_KINDS.values() for text in kind.examples]


def found(data, source="", **more):
    return [(one.kind, one.severity) for one in scan_bytes(data, source=source, **more)]


@pytest.mark.parametrize(("name", "text"), EXAMPLES)
@pytest.mark.parametrize("packed", [False, True])
def test_text_files_are_read_packed_or_not(tmp_path, name, text, packed):
    data = text.encode()
    path = tmp_path / ("some.txt.gz" if packed else "some.txt")
    path.write_bytes(gzip.compress(data) if packed else data)
    [one] = scan_file(path)
    assert (one.kind, one.severity, one.source) == (name, LEAK_KINDS[name].severity, str(path))
    assert one.line >= 1 and scan_bytes(path.read_bytes(), source=str(path)) == [one]


BINARIES = {
    "alignment-file": [b"BAM\x01" + bytes(20), gzip.compress(b"BAM\x01" + bytes(20)), b"CRAM\x03\x00"],
    "variant-file": [
        b"BCF\x02\x02" + bytes(9),
        gzip.compress(b"BCF\x02\x02"),
        bytes(16) + b"bgen" + bytes(9),
    ],
    "genotype-file": [b"\x6c\x1b\x01\xff", b"\x6c\x1b\x10\x00", gzip.compress(b"\x6c\x1b\x01\xff")],
    "opaque-file": [
        b"\x89HDF\r\n\x1a\n",
        b"PK\x03\x04",
        b"PAR1",
        b"SQLite format 3\x00",
        b"\x93NUMPY\x01\x00",
        gzip.compress(gzip.compress(b"nothing")),
        *[pickle.dumps({"a": 1}, protocol) for protocol in (2, 3, 4, 5)],
        b"something\x00else",
    ],
    "not-read": [b"\x89PNG\r\n\x1a\n" + bytes(9), b"%PDF-1.7", b"\xff\xd8\xff\xe0"],
}


# Numbered, because packed bytes hold the time of packing, and tests must be called alike in every process.
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        pytest.param(kind, data, id=f"{kind}-{i}")
        for kind, some in BINARIES.items()
        for i, data in enumerate(some)
    ],
)
def test_binary_formats_are_known_by_their_first_bytes(kind, data):
    [one] = scan_bytes(data, source="x.bin")
    assert (one.kind, one.severity) == (kind, LEAK_KINDS[kind].severity)
    assert (one.line, one.column, one.number) == (0, 0, 1) and str(one).startswith("x.bin: ")


def test_an_old_pickle_is_known_by_its_name():
    assert found(pickle.dumps([1], 0), "model.pkl") == [("opaque-file", "caution")]


def test_nothing_unpacks_without_end():
    bomb = gzip.compress(b"x\n" * 5_000_000)
    [one] = scan_bytes(bomb, source="b.gz", max_unpacked=1_000_000)
    assert (one.kind, one.severity) == ("not-read", "caution") and "more than" in one.sentence
    assert scan_bytes(gzip.compress(b"x\n" * 500), max_unpacked=1000) == []
    assert len(scan_bytes(gzip.compress(b"x\n" * 500 + b"y"), max_unpacked=1000)) == 1
    hidden = gzip.compress(b"rs4988235: " + b"CT\n" + b"x\n" * 5000)
    assert {kind for kind, _ in found(hidden, max_unpacked=100)} == {"rs-genotype", "not-read"}


def test_a_damaged_gzip_is_read_as_far_as_it_goes():
    text = b"rs4988235: " + b"CT\n" + np.random.default_rng(0).bytes(50_000).hex().encode()
    kinds = {kind for kind, _ in found(gzip.compress(text)[:-3000])}
    assert kinds == {"rs-genotype", "not-read"}


def test_long_lines_are_read_in_pieces_that_overlap():
    leak = b" rs4988235: " + b"CT "
    for place in (1_000_000, 3_300_000, *((piece << 20) - 12 for piece in (1, 2, 3))):
        line = bytearray(b"x" * 4_000_000)
        line[place : place + len(leak)] = leak
        findings = scan_bytes(b"first\n" + bytes(line))
        assert [(one.kind, one.line) for one in findings] == [("rs-genotype", 2)]


def test_other_encodings_are_read():
    text = "é\nrs4988235: " + "CT"
    for encoding in ("utf-8-sig", "utf-16", "utf-8"):
        assert found(text.encode(encoding)) == [("rs-genotype", "leak")]
    assert found(text.encode("latin-1")) == [("rs-genotype", "leak")]
    assert scan_bytes(b"") == []


def test_what_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.txt"):
        scan_file(tmp_path / "none.txt")
    with pytest.raises(DataError):
        scan_file(tmp_path)
    with pytest.raises(ArgumentError, match="bytes"):
        scan_bytes("text")
    with pytest.raises(ArgumentError, match="max_unpacked"):
        scan_bytes(b"", max_unpacked=0)


# ---- notebooks -----------------------------------------------------------------------------------------

PEOPLE = pd.DataFrame({"donor_id": [f"d{i}" for i in range(8)], "age": range(30, 38), "sex": list("FM") * 4})
SNPS = pd.DataFrame(np.random.default_rng(0).integers(0, 3, (30, 40)))
LEAK = "rs4988235: " + "CT"


def notebook(*outputs, **cell):
    code = {"cell_type": "code", "source": "", "metadata": {}, "outputs": list(outputs), **cell}
    return {"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "markdown", "source": "# Hello"}, code]}


def data(**content):
    content = {kind.replace("_", "/", 1): value for kind, value in content.items()}
    return {"output_type": "display_data", "data": content, "metadata": {}}


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        (notebook(data(text_html=PEOPLE.to_html())), {"person-ids", "person-table"}),
        (
            notebook(data(text_html=PEOPLE._repr_html_().splitlines(keepends=True))),
            {"person-ids", "person-table"},
        ),
        (notebook(data(text_html=SNPS._repr_html_())), {"dosage-matrix"}),
        (notebook(data(text_plain=repr(SNPS))), {"dosage-matrix"}),
        (notebook(data(text_plain=[LEAK])), {"rs-genotype"}),
        (notebook(data(text_html="<p>rs4988235:&nbsp;<b>C</b>T</p>")), {"rs-genotype"}),
        (notebook(data(text_markdown=LEAK)), {"rs-genotype"}),
        (notebook(data(**{"image_svg+xml": f"<text>{LEAK}</text>"})), {"rs-genotype"}),
        (notebook(data(application_json={"z": SNPS.to_numpy().tolist()})), {"dosage-matrix"}),
        (notebook(data(**{"application_vnd.plotly.v1+json": {"data": [{"text": [LEAK]}]}})), {"rs-genotype"}),
        (notebook({"output_type": "stream", "name": "stdout", "text": ["a\n", LEAK]}), {"rs-genotype"}),
        (notebook({"output_type": "error", "ename": "E", "evalue": LEAK, "traceback": []}), {"rs-genotype"}),
        (
            notebook({"output_type": "error", "ename": "E", "evalue": "", "traceback": [LEAK]}),
            {"rs-genotype"},
        ),
        (notebook(source=["x = '", "HG09999'"]), {"sample-id"}),
        (notebook(metadata={"tags": [LEAK]}), {"rs-genotype"}),
        ({**notebook(), "metadata": {"widgets": {"state": {"value": LEAK}}}}, {"rs-genotype"}),
        (notebook(data(image_png=base64.b64encode(b"picture").decode())), {"not-read"}),
        (notebook(attachments={"a.png": {"image/png": "x"}}), {"not-read"}),
        (notebook(data(text_plain="0.93", text_html="<b>0.93</b>")), set()),
        (notebook(data(text_html=pd.DataFrame(np.eye(30, dtype=int)).to_html())), set()),
    ],
)
def test_every_part_of_a_notebook_is_read(tmp_path, content, kinds):
    before = json.dumps(content)
    findings = scan_notebook(content, source="n.ipynb")
    assert {one.kind for one in findings} == kinds
    assert json.dumps(content) == before
    assert all(one.source.startswith("n.ipynb, ") for one in findings)
    path = tmp_path / "n.ipynb"
    path.write_text(before)
    again = [
        (one.kind, one.severity, one.line, one.column, one.number, one.excerpt) for one in scan_file(path)
    ]
    assert again == [
        (one.kind, one.severity, one.line, one.column, one.number, one.excerpt) for one in findings
    ]


def test_findings_say_which_output():
    content = notebook(data(text_plain="fine"), {"output_type": "stream", "text": f"\n {LEAK}"})
    [one] = scan_notebook(content)
    assert (one.source, one.line, one.column) == ("cell 2, output 2", 2, 2)


def test_what_is_no_notebook_is_refused_or_read_as_text():
    for wrong in ([], {}, {"cells": 3}, {"cells": [3]}, {"worksheets": []}):
        with pytest.raises(ArgumentError, match="format 4"):
            scan_notebook(wrong)
    assert found(b"{broken " + LEAK.encode(), "x.ipynb") == [("rs-genotype", "leak"), ("not-read", "caution")]
    assert found(b"{}", "x.ipynb") == [("not-read", "caution")]
    deep = b'{"cells":[{"source":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}"
    assert found(deep, "x.ipynb") == [("not-read", "caution")]


def test_pages_of_html_are_read_by_rows(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(f"<!DOCTYPE html><html><body>{PEOPLE.to_html()}</body></html>")
    assert {one.kind for one in scan_file(path)} == {"person-ids", "person-table"}


# ---- real files ------------------------------------------------------------------------------------------


def test_real_genotypes_are_found(data_folder):
    folder = data_folder / "genotypes-hapmap3-1kg"
    wanted = {".bed": {"genotype-file"}, ".fam": {"fam-row", "sample-id"}}
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in wanted]
    assert len(files) >= 4
    for path in files:
        kinds = {one.kind for one in scan_file(path) if one.severity == "leak"}
        assert kinds & wanted[path.suffix], path.name
    vcfs = [*data_folder.glob("genotypes-1kg-lct/*.vcf.gz"), *data_folder.glob("vcf-parser-traps/*.vcf.gz")]
    assert len(vcfs) >= 2
    for path in vcfs:
        kinds = {one.kind for one in scan_file(path) if one.severity == "leak"}
        assert {"vcf-samples", "vcf-row", "sample-id"} <= kinds


def test_real_data_of_no_person_is_no_leak(data_folder):
    for name in (
        "uci-promoters",
        "uci-splice",
        "genomes",
        "tf-motifs",
        "hiv1-protease",
        "miyazawa-jernigan",
        "qasmbench",
    ):
        files = [path for path in sorted((data_folder / name).rglob("*")) if path.is_file()]
        assert files
        for path in files:
            leaks = [str(one) for one in scan_file(path) if one.severity == "leak"]
            assert leaks == []


def test_findings_are_the_same_every_time():
    text = "\n".join(example for _, example in EXAMPLES)
    assert find_genotype_leaks(text) == find_genotype_leaks(text)
