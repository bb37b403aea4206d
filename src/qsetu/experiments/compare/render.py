"""A comparison as HTML and as Markdown."""

from __future__ import annotations

from qsetu.documents.document import Cell, Column, Document, Paragraph, Row, Section, Table, row
from qsetu.documents.html import to_html
from qsetu.documents.markdown import to_markdown
from qsetu.experiments.compare.differences import ModelDifference
from qsetu.experiments.compare.results import ResultComparison
from qsetu.experiments.metrics import METRICS
from qsetu.experiments.wording import p_value, score

__all__ = ["render_comparison_html", "render_comparison_markdown"]


def render_comparison_html(comparison: ResultComparison) -> str:
    """One self-contained page; every text is escaped."""
    return to_html(_document(comparison), {})


def render_comparison_markdown(comparison: ResultComparison) -> str:
    """The same as Markdown with pipe tables."""
    return to_markdown(_document(comparison))


def _document(comparison: ResultComparison) -> Document:
    sections = [Section("verdict", "Verdict", tuple(_verdict(comparison))), _aspects(comparison)]
    if comparison.models:
        sections.append(_models(comparison))
    return Document(
        kicker="qsetu comparison of two results",
        title=f"{comparison.title_a.split(',')[0]}: two results compared",
        lead=f"A: {comparison.title_a}. B: {comparison.title_b}.",
        facts=(),
        sections=tuple(sections),
        footer=f"Tolerance {comparison.tolerance:g}",
    )


def _verdict(comparison: ResultComparison) -> list[Paragraph]:
    text = comparison.sentence[:1].upper() + comparison.sentence[1:] + "."
    same = (
        "Both are the same experiment: data, settings, seed and code have the same hash."
        if comparison.same_experiment
        else "They are not the same experiment: data, settings, seed or code differ."
    )
    told = [Paragraph(text, loud=True), Paragraph(same)]
    for name, titles in (("A", comparison.only_a), ("B", comparison.only_b)):
        if titles:
            told.append(Paragraph(f"Only {name} has: {'; '.join(titles)}."))
    return told


def _aspects(comparison: ResultComparison) -> Section:
    rows = tuple(
        row(one.name, Cell("same" if one.same else "differs", "text" if one.same else "strong"), one.a, one.b)
        for one in comparison.aspects
    )
    columns = (Column("What"), Column("Same?"), Column("A"), Column("B"))
    return Section("aspects", "What is the same", (Table("What may explain a difference", columns, rows),))


def _models(comparison: ResultComparison) -> Section:
    metric = comparison.metric
    tested = any(one.test for one in comparison.models)
    columns = [
        Column("Model"),
        Column(f"A: {METRICS[metric].title}", True),
        Column("B", True),
        Column("B minus A", True),
        Column("Largest difference", True),
        Column("Equal predictions", True),
        Column("Settings"),
    ]
    columns += [Column("Interval of B minus A", True), Column("p, Holm", True)] if tested else []
    rows = tuple(_row(metric, one, tested) for one in comparison.models)
    note = (
        f"Means over the {comparison.folds} folds that both have. The largest difference is that of any "
        "score in any of these folds or the held-out part."
    )
    if tested:
        note += (
            " Models that were set differently are tested by the corrected resampled t test (Nadeau and "
            "Bengio, Machine Learning 52, 239, 2003), with Holm's correction over all of them; the "
            "interval is of each alone."
        )
    return Section("models", "Model by model", (Table("Differences", tuple(columns), rows, note),))


def _row(metric: str, one: ModelDifference, tested: bool) -> Row:
    share = one.equal_predictions
    cells = [
        Cell(one.title),
        Cell(score(metric, one.mean_a), "number"),
        Cell(score(metric, one.mean_b), "number"),
        Cell(f"{one.difference:+.2g}" if one.difference else "0", "number"),
        Cell(f"{one.largest:.2g}", "number"),
        Cell("–" if share is None else _percent(share), "number"),
        Cell("same" if one.same_settings else "differ"),
    ]
    if tested:
        known = one.test is not None and one.test.low is not None and one.test.high is not None
        cells.append(
            Cell(f"{one.test.low:+.3f} to {one.test.high:+.3f}" if known and one.test else "–", "number")
        )
        cells.append(Cell(p_value(one.test.p_holm if one.test else None), "number"))
    return row(*cells, quiet=one.is_control)


def _percent(share: float) -> str:
    """All is said only of all."""
    return "100 %" if share == 1 else f"{min(100 * share, 99.99):.2f} %"
