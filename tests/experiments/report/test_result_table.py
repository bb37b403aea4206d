"""The table after a run: complete, in order, and no wider than a terminal."""

from __future__ import annotations

import dataclasses
import io
import re

import pytest
from report_samples import made_result, with_analysis
from rich.console import Console

from qsetu.cli.tables import aspects_table, differences_table, result_table
from qsetu.experiments.compare import PairedDifference, compare_results
from qsetu.experiments.wording import duration, score

RESULTS = {
    "held out": made_result(
        holdout=True, metrics=("balanced_accuracy", "accuracy", "macro_f1", "mcc", "roc_auc")
    ),
    "plain": with_analysis(made_result(metrics=("balanced_accuracy", "accuracy", "macro_f1"))),
    "regression": made_result("regression", metrics=("rmse", "pearson", "spearman")),
    "network": made_result("network"),
}


def printed(table, width=80):
    file = io.StringIO()
    Console(file=file, width=width, no_color=True).print(table)
    return file.getvalue()


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_it_fits_and_cuts_nothing(name):
    result = RESULTS[name]
    text = printed(result_table(result))
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    first = result.metrics()[0]
    for model in result.models:
        summary = model.summary[first]
        line = f"{score(first, summary.low)}..{score(first, summary.high)}"
        assert line in text
        assert f" {duration(model.seconds)}\n" in re.sub(" +\n", "\n", text)
        if model.holdout:
            assert score(first, model.holdout.scores[first]) in text


def test_controls_are_indented_beneath_their_model():
    lines = [line.rstrip() for line in printed(result_table(RESULTS["plain"])).splitlines()]
    starts = [line[:25] for line in lines]
    place = next(i for i, start in enumerate(starts) if start.strip() == "Fidelity kernel SVM")
    assert starts[place].startswith(" F")
    below = [line.strip() for line in starts[place + 1 : place + 4]]
    assert below[:2] == ["without entanglement", "labels permuted"]
    assert starts[place + 1].startswith("   w")
    assert below[2].startswith("RBF kernel SVM on")


def test_models_are_sorted_whichever_way_the_metric_runs():
    result = RESULTS["regression"]
    text = printed(result_table(result), 120)
    order = sorted(result.models, key=lambda model: model.summary["rmse"].mean)
    places = [text.index(f" {model.title} ") for model in order]
    assert places == sorted(places)


def test_brackets_in_titles_are_no_styles():
    models = [
        model.model_copy(update={"title": f"[red]{model.name}[/red]"}) for model in RESULTS["network"].models
    ]
    result = RESULTS["network"].model_copy(update={"models": models, "experiment": "[bold]x"})
    text = printed(result_table(result), 120)
    assert "[red]quantum-network[/red]" in text and "[bold]x" in text
    comparison = compare_results(result, result)
    assert "[red]quantum-network[/red]" in printed(differences_table(comparison), 120)


def test_tables_of_a_comparison_fit():
    result = RESULTS["held out"]
    comparison = compare_results(result, result)
    test = PairedDifference(low=-0.1, high=0.1, p=0.1234, p_holm=0.4567)
    models = tuple(
        dataclasses.replace(one, difference=-0.0123, largest=0.0456, test=test) for one in comparison.models
    )
    tested = dataclasses.replace(comparison, models=models)
    for table in (aspects_table(comparison), differences_table(comparison), differences_table(tested)):
        text = printed(table)
        assert max(map(len, text.splitlines())) <= 80
        assert "…" not in text
    for said in ("-0.012", "0.046", "0.457"):
        assert text.count(said) == len(models)
