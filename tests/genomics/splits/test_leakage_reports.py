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
    texts,
)

from qsetu.core.errors import ArgumentError
from qsetu.genomics import (
    IntervalDataset,
    SequenceDataset,
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


# ---- borders of what counts ----------------------------------------------------------------------------


@pytest.mark.parametrize(("shared", "severity"), [(39, "leak"), (38, "caution")])
def test_half_of_the_words_is_a_leak_and_less_a_caution(shared, severity):
    # 59 letters are 40 words of 20; a common beginning of 39 letters holds 20 of them.
    first, second = texts(2, 59, seed=5)
    data = SequenceDataset(sample_names=["a", "b"], sequences=[first, first[:shared] + second[shared:]])
    found = leakage_report(data, [0], [1])["shared words"]
    assert (found.number, found.severity) == (1, severity)


def test_strands_and_labels_of_overlaps_are_told_apart():
    rows = [(0, 100, "+"), (200, 300, "-"), (50, 150, "+"), (250, 350, "+"), (900, 950, "+")]
    table = pd.DataFrame([("chr1", *row) for row in rows], columns=["chromosome", "start", "end", "strand"])
    data = IntervalDataset(sample_names=list("abcde"), labels=list("xxyxx"), intervals=table)
    report = leakage_report(data, [0, 1], [2, 3, 4])
    assert report["overlapping intervals"].number == 1
    assert report["overlaps on the other strand"].number == 1
    assert report["overlaps of another label"].number == 1
    same = IntervalDataset(sample_names=list("abcde"), labels=list("xxxxx"), intervals=table)
    assert "overlaps of another label" not in leakage_report(same, [0, 1], [2, 3, 4])


def test_numbers_of_rows_are_no_names():
    made = [
        SequenceDataset(sample_names=[name, "z"], sequences=texts(2, seed=seed))
        for seed, name in ((6, "17"), (7, "17"))
    ]
    assert leakage_between(*made)["repeated names"].number == 1
    made = [SequenceDataset(sample_names=["17"], sequences=texts(1, seed=seed)) for seed in (6, 7)]
    assert "repeated names" not in leakage_between(*made)


def test_a_column_that_sets_the_highest_label_apart_tells_it():
    rng = np.random.default_rng(8)
    kinds = np.repeat(["x", "y", "z"], 20)
    age = np.where(kinds == "z", rng.uniform(60, 90, 60), rng.uniform(20, 50, 60))
    made = SequenceDataset(
        sample_names=[f"s{i}" for i in range(60)],
        sequences=texts(60),
        labels=kinds,
        metadata=pd.DataFrame({"age": age, "height": rng.normal(170, 9, 60)}),
    )
    found = leakage_report(made)["a column tells the label"]
    assert "'age'" in found.sentence


def test_what_may_be_chance_is_not_told():
    # Two values that occur twice each, on samples of one label: one in four such columns would be like that.
    batch = [f"b{i}" for i in range(40)]
    kinds = np.tile(["x", "y"], 20)
    batch[0] = batch[2] = "twice"
    batch[1] = batch[3] = "too"
    made = SequenceDataset(
        sample_names=[f"s{i}" for i in range(40)],
        sequences=texts(),
        labels=kinds,
        metadata=pd.DataFrame({"batch": batch}),
    )
    assert "a column tells the label" not in leakage_report(made)


def test_zeros_and_ones_are_a_code_and_not_a_scale():
    values = np.random.default_rng(9).integers(0, 2, (N, 12)).astype(float)
    values[0], values[1] = 0, 1
    assert "scaled over all samples" not in leakage_report(expression(values=values))
    values[2] = 0.5
    assert "scaled over all samples" in leakage_report(expression(values=values))


def test_the_worst_comes_first_and_nothing_is_markup():
    base = PLANTED["repeated sequences"](sequences(metadata=pd.DataFrame({"<i>": labels()})))
    report = leakage_report(base, TRAIN, TEST)
    order = [one.severity for one in report.findings]
    assert order == sorted(order, key=["leak", "caution", "note"].index)
    assert {"leak", "caution"} <= set(order)
    assert "<i>" in str(report)
    assert "<i>" not in report._repr_html_()


def test_counts_of_folds_are_summed_in_details():
    rows = [("chr1", 0, 100, "+"), ("chr1", 5, 105, "+"), ("chr1", 500, 600, "+")]
    table = pd.DataFrame(rows, columns=["chromosome", "start", "end", "strand"])
    data = IntervalDataset(sample_names=list("abc"), intervals=table)
    fold = ([0], [1, 2])
    one = leakage_report(data, *fold)["overlapping intervals"]
    twice = leakage_report(data, cv=[fold, fold])["overlapping intervals"]
    assert (one.number, twice.number) == (1, 2)
    assert one.details
    assert dict(twice.details) == {name: 2 * count for name, count in one.details.items()}
