"""What tells the label, what is told without a split, wrong arguments, and how a report shows itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold
from split_support import (
    CLEAN,
    PLANTED,
    TEST,
    TRAIN,
    N,
    changed,
    expression,
    intervals,
    labels,
    sequences,
)

from qsetu.core.errors import ArgumentError
from qsetu.genomics import (
    reverse_complement,
)
from qsetu.genomics.splits import (
    Finding,
    LeakageReport,
    OfficialSplit,
    leakage_between,
    leakage_report,
)

# ---- what tells the label ------------------------------------------------------------------------------


def test_names_and_columns_that_tell_the_label():
    tags = np.where(labels() == "0", "tumor", "normal")
    for made in ([f"p{i}-{tag}" for i, tag in enumerate(tags)], [f"{tag}{i}" for i, tag in enumerate(tags)]):
        found = leakage_report(sequences(sample_names=made), TRAIN, TEST)["names tell the label"]
        assert (found.number, found.severity) == (N, "caution")
    rng = np.random.default_rng(8)
    columns = {
        "center": np.where(labels() == "0", "north", "south"),
        "depth": np.where(labels() == "0", 10, 20) + rng.random(N),
        "age": rng.integers(20, 60, N),
        "noise": rng.normal(size=N),
        "lane": rng.integers(0, 3, N).astype(str),
        "barcode": [f"b{i}" for i in range(N)],
    }
    report = leakage_report(sequences(metadata=pd.DataFrame(columns)), TRAIN, TEST)
    told = [one.sentence for one in report.findings if one.kind == "a column tells the label"]
    assert len(told) == 2 and "'center'" in told[0] and "'depth'" in told[1]
    wrong = columns["center"].copy()
    wrong[0] = "south" if wrong[0] == "north" else "north"
    report = leakage_report(sequences(metadata=pd.DataFrame({"center": wrong})), TRAIN, TEST)
    assert "a column tells the label" not in report


def test_order_by_label_is_told():
    report = leakage_report(sequences(labels=np.sort(labels())))
    assert report["rows sorted by label"].number == 2
    assert "rows sorted by label" not in leakage_report(sequences())


# ---- the whole dataset, arguments, printing ------------------------------------------------------------


def test_without_a_split_what_any_split_must_heed_is_told():
    base = sequences(groups=[f"g{i // 2}" for i in range(N)])
    flipped = reverse_complement(base.sequences[1])
    planted = changed(base, "sequences", [5, 6, 7], [base.sequences[0], base.sequences[0], flipped])
    report = leakage_report(planted)
    assert report.ok and "same rows" not in report.looked_for
    assert dict(report["sequences inside"].details) == {
        "occur more than once": 1,
        "surplus": 2,
        "distinct": 38,
    }
    assert report["sequences inside"].severity == "caution"
    assert leakage_report(planted, TRAIN, TEST)["sequences inside"].severity == "note"
    assert report["reverse complements inside"].number == 2
    assert report["shared words inside"].number == 5
    assert report["groups inside"].details["groups"] == 20
    blocks = leakage_report(changed(intervals(), "intervals", [30], [("chr1", 50, 150, "+")]))
    assert blocks["overlaps inside"].number == 2 and blocks["overlaps inside"].details["groups"] == N - 1


def test_folds_are_summed_and_masks_are_rows():
    base = PLANTED["repeated sequences"](sequences())
    mask = np.isin(np.arange(N), TEST)
    assert leakage_report(base, ~mask, mask) == leakage_report(base, TRAIN, TEST)
    report = leakage_report(base, cv=[(TRAIN, TEST), (TEST, TRAIN)])
    assert (report["repeated sequences"].number, report["repeated sequences"].of) == (3, N)
    assert "2 folds" in report.title
    official = sequences(official_split=np.where(mask, "test", "train"))
    assert leakage_report(official, cv=OfficialSplit(official.official_split)).ok
    split = np.where(mask, "test", "train")
    assert (
        leakage_report(base, cv=OfficialSplit(split)).findings == leakage_report(base, TRAIN, TEST).findings
    )


def test_wrong_arguments_are_refused():
    base = sequences()
    for arguments, match in (
        ({"train": TRAIN}, "'test' must come"),
        ({"train": TRAIN, "test": TEST, "cv": KFold(2)}, "'cv' must be None"),
        ({"train": [0, N], "test": TEST}, "'train' must be rows of the 40"),
        ({"train": TRAIN, "test": []}, "'test' must be positions"),
        ({"train": np.ones(3, bool), "test": TEST}, "'train' must be rows"),
        ({"cv": [1, 2]}, "pairs of"),
        ({"cv": []}, "one fold"),
        ({"train": TRAIN, "test": TEST, "k": 0}, "'k'"),
        ({"train": TRAIN, "test": TEST, "near": 0}, "'near'"),
        ({"train": TRAIN, "test": TEST, "groups": ["a"]}, "each of the 40"),
    ):
        with pytest.raises(ArgumentError, match=match):
            leakage_report(base, **arguments)
    with pytest.raises(ArgumentError, match="SequenceDataset"):
        leakage_between(base, expression())
    with pytest.raises(ArgumentError, match="alphabet"):
        leakage_between(base, CLEAN["proteins"]())


def test_reports_print_and_show_themselves():
    base = changed(PLANTED["repeated sequences"](sequences()), "sample_names", [30], ["<&>"])
    report = leakage_report(base, TRAIN, TEST)
    text = str(report)
    assert (
        text.splitlines()[0]
        == "Leakage report: your own data: 40 DNA sequences of 60 nt, 30 to train, 10 to test"
    )
    assert max(map(len, text.splitlines())) <= 110
    assert text.index("leak ") < text.index("note ")
    html = report._repr_html_()
    assert "&lt;&amp;&gt;" in html and "<&>" not in html
    for finding in report.findings:
        assert finding.kind in text and finding.kind in html
    assert "repeated sequences" in report and "same individuals" not in report
    with pytest.raises(ArgumentError, match="repeated"):
        report["repeated sequence"]
    empty = LeakageReport("t", ("a", "b"), ())
    assert (
        empty.ok
        and str(empty).endswith("Nothing found of 2 kinds looked for.")
        and "<div>" in empty._repr_html_()
    )
    assert Finding("a", "note", 0, 0, (), "").share == 0
    assert hash(Finding) and report.findings[0] == report.findings[0]
