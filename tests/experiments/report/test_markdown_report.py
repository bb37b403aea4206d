"""The appendix: tables parse, nothing is lost against the page, nothing acts."""

from __future__ import annotations

import re

import pytest
from report_samples import made_result, with_analysis

from qsetu.documents.document import Cell, Column, Document, Facts, Items, Section, Table, row
from qsetu.documents.markdown import escape, to_markdown
from qsetu.experiments.figures import FigureFile
from qsetu.experiments.report import render_html, render_markdown
from qsetu.experiments.wording import score

RESULTS = {
    "two labels": with_analysis(made_result(holdout=True, held_out=24, curve=(0.5,))),
    "regression": made_result("regression"),
    "network": made_result("network"),
}
FIGURES = [FigureFile("scores", "A caption.", "A description | of it.")]


def cells(line: str) -> list[str]:
    """The cells of a line of a pipe table."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def tables(text: str) -> list[list[list[str]]]:
    found, current = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            current.append(cells(line))
        elif current:
            found.append(current)
            current = []
    return found


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_tables_are_rectangular_and_ruled(name):
    found = tables(render_markdown(RESULTS[name], FIGURES))
    assert len(found) > 5
    for table in found:
        assert len({len(line) for line in table}) == 1
        assert all(re.fullmatch(r"---:?", rule) for rule in table[1])
        assert len(table) > 2


def test_held_out_scores_have_their_intervals():
    result = RESULTS["two labels"]
    text = render_markdown(result)
    held = tables(text[text.index("Table: Scores on the held-out part") :])[0]
    assert held[0][:4] == ["Model", "Family", "Balanced accuracy", "95 % interval"]
    ends = {line[0]: line[3] for line in held[2:]}
    known = {model.title: model.holdout_interval for model in result.contenders()}
    assert any(one.high == 1.0 > one.low for one in known.values())  # right on all, and not sure of it
    told = {title: f"{one.low:.3f} to {one.high:.3f}" for title, one in known.items()}
    assert ends == told
    assert (
        "for the models as they were trained: those of Clopper and Pearson for each label, combined" in text
    )
    assert "tested once: by McNemar's exact test of their right answers" in text
    plain = render_markdown(RESULTS["regression"])
    assert "Held-out" not in plain and "McNemar" not in plain


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"metrics": ("accuracy",)}, ": exact, of Clopper and Pearson."),
        ({"held_out": 10, "metrics": ("macro_f1",)}, ": none can be said here."),
        ({"metrics": ("macro_f1",)}, ": a bootstrap over people"),
        ({"task": "network"}, ": none can be said here."),
        ({"task": "regression"}, "once: by the interval of their difference"),
    ],
    ids=["accuracy", "few samples", "bootstrap", "network", "regression"],
)
def test_it_says_what_kind_of_interval_a_held_out_score_has(options, said):
    assert said in render_markdown(made_result(**{"holdout": True, "held_out": 24, **options}))


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_every_score_is_in_it(name):
    result = RESULTS[name]
    text = render_markdown(result)
    (main,) = [
        table
        for table in tables(text)
        if table[0][:2] == ["Model", "Family"] and "1,000 predictions" in table[0]
    ]
    first = result.metrics()[0]
    for model in result.contenders():
        (line,) = [line for line in main[2:] if line[0].split(" (warned")[0] == model.title]
        assert line[2] == f"**{score(first, model.summary[first].mean)}**"


def test_it_has_the_sections_of_the_page():
    result = RESULTS["two labels"]
    figures = [*FIGURES, FigureFile("learning-curve", "Another.", "Its numbers.")]
    svgs = {figure.stem: b"<svg/>" for figure in figures}
    titles = re.findall(r"<h2[^>]*>([^<]+)</h2>", render_html(result, figures, svgs))
    assert re.findall(r"^## (.+)$", render_markdown(result, figures), flags=re.M) == titles
    assert len(titles) == 13
    assert "## Figures" not in render_markdown(result, FIGURES)  # its one figure is beneath its table


def test_figures_are_linked():
    text = render_markdown(RESULTS["network"], FIGURES)
    assert "![A description \\| of it.](figures/scores.png)\n\n*A caption.*" in text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a|b", "a\\|b"),
        ("<script>", "\\<script\\>"),
        ("[x](javascript:y)", "\\[x\\](javascript:y)"),
        ("two\nlines", "two lines"),
        ("# no heading", "\\# no heading"),
        ("- no list", "\\- no list"),
        ("-0.5", "\\-0.5"),
        ("1. no list", "1\\. no list"),
        ("1.5 stays", "1.5 stays"),
        ("`a` *b* _c_ ~d~ $e$ ^f^ &g;", "\\`a\\` \\*b\\* \\_c\\_ \\~d\\~ \\$e\\$ \\^f\\^ \\&g;"),
        ("back\\slash", "back\\\\slash"),
    ],
)
def test_escaping(given, expected):
    assert escape(given) == expected


def test_cells_cannot_break_a_table():
    table = Table(
        "T|",
        (Column("a|b"), Column("n", True)),
        (row("x | y", Cell("co`d|e", "code")), row("", "\n", quiet=True)),
        "note",
    )
    facts = Facts((("na|me", "va|lue"),), frozenset(["na|me"]))
    document = Document("k", "t", "l", (), (Section("s", "S", (table, facts, Items((("", "|"),)))),), "f")
    for found in tables(to_markdown(document)):
        assert {len(line) for line in found} == {2}
    assert "`co'd\\|e`" in to_markdown(document)


def test_code_is_fenced_by_more_than_it_holds():
    result = RESULTS["network"]
    command = "echo ```` # `"
    provenance = result.provenance.model_copy(update={"command": command})
    text = render_markdown(result.model_copy(update={"provenance": provenance}))
    assert f"`````\n{command}\n`````" in text
