"""The log of the budget: what tuning tried and chose."""

from __future__ import annotations

from qsetu.documents.document import Cell, Column, Paragraph, Section, Table, row
from qsetu.experiments.reading import choices, first_metric
from qsetu.experiments.record import ModelRecord, Result
from qsetu.experiments.wording import number, score, settings_words

__all__ = ["budget_section"]


def budget_section(result: Result) -> Section:
    """Configurations tried, fits counted, and how often each chosen configuration was chosen."""
    metric = first_metric(result).name
    rows = tuple(
        row(
            model.title,
            Cell(number(model.configurations), "number"),
            Cell(number(model.fits), "number"),
            _chosen(metric, model),
        )
        for model in result.models
    )
    columns = (
        Column("Model or control"),
        Column("Tried in each fold", True),
        Column("Fits", True),
        Column("Chosen: folds that did, mean inner score"),
    )
    budgets = {model.configurations for model in result.models}
    told = (
        f"Every model and control tried {budgets.pop()} configurations in each fold."
        if len(budgets) == 1
        else "Models tried different numbers of configurations."
    )
    return Section(
        "budget",
        "Budget",
        (
            Paragraph(
                f"{told} Fits are counted where they happen: tuning, final fits, learning curves, held-out "
                "part."
            ),
            Table("What tuning tried and chose", columns, rows),
            Paragraph(
                "Every configuration tried, with its inner score and seconds in every fold, every fold's "
                "scores, seeds and predictions: all numbers are in result.json."
            ),
        ),
    )


def _chosen(metric: str, model: ModelRecord) -> str:
    picked = [one for one in choices(model) if one[1]]
    picked.sort(key=lambda one: -one[1])
    return "; ".join(
        f"{settings_words(values) or 'nothing to tune'} ({times} of {len(model.folds)}, "
        f"{score(metric, inner)})"
        for values, times, inner in picked
    )
