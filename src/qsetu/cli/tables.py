"""Rich tables of rosters and results."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from qsetu.experiments import Result
    from qsetu.experiments.compare import ResultComparison

__all__ = ["ROSTER_TABLES", "aspects_table", "datasets_table", "differences_table", "result_table"]

_STYLE = {"quantum": "magenta", "classical": "yellow"}


def result_table(result: Result) -> Table:
    """Scores of every model, best first, each control beneath its model. Fits 80 columns."""
    from qsetu.experiments.metrics import METRICS
    from qsetu.experiments.reading import fold_splits, with_controls
    from qsetu.experiments.wording import confidence_words, duration, row_title, score

    first, *others = result.metrics()
    held = any(model.holdout for model in result.models)
    others = others[: 0 if held else 1]  # more than fits is for the report
    table = Table(
        title=Text(
            f"{result.experiment} ({result.size}): {len(fold_splits(result))} outer folds, seed "
            f"{result.seed}, {duration(result.provenance.seconds)}"
        ),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
    )
    table.add_column("model", min_width=22)
    table.add_column("family", no_wrap=True)
    table.add_column(_header(METRICS[first].title), justify="right", no_wrap=True)
    table.add_column(f"{confidence_words(result)}\ninterval", justify="right", no_wrap=True)
    for name in others:
        table.add_column(_header(METRICS[name].title), justify="right", no_wrap=True)
    if held:
        table.add_column("held-\nout", justify="right", no_wrap=True)
    table.add_column("to\nlearn", justify="right", no_wrap=True)
    for model, is_control in with_controls(result):
        main = model.summary[first]
        cells: list[str | Text] = [
            Text("  " + row_title(result, model)) if is_control else Text(model.title, style="bold"),
            Text("control" if is_control else model.family, style="" if is_control else _STYLE[model.family]),
            score(first, main.mean),
            f"{score(first, main.low)}..{score(first, main.high)}",
            *(score(name, model.summary[name].mean) for name in others),
        ]
        if held:
            cells.append(score(first, model.holdout.scores[first]) if model.holdout else "")
        table.add_row(*cells, duration(model.seconds), style="dim" if is_control else None)
    return table


def aspects_table(comparison: ResultComparison) -> Table:
    """What two results have in common."""
    table = Table(
        title="What is the same",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for name in ("what", "same?", "A", "B"):
        table.add_column(name, overflow="fold")
    for one in comparison.aspects:
        state = Text("same", style="green") if one.same else Text("differs", style="yellow")
        table.add_row(one.name, state, Text(one.a), Text(one.b))
    return table


def differences_table(comparison: ResultComparison) -> Table:
    """How far each model is apart in two results."""
    from qsetu.experiments.metrics import METRICS
    from qsetu.experiments.wording import p_value, score

    title = Text(f"{METRICS[comparison.metric].title} over {comparison.folds} shared folds")
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("model", min_width=16)
    for name in ("A", "B", "B - A", "largest\ndifference", "equal pre-\ndictions"):
        table.add_column(name, justify="right", no_wrap=True)
    tested = any(one.test for one in comparison.models)
    if tested:
        table.add_column("p,\nHolm", justify="right", no_wrap=True)
    for one in comparison.models:
        share = one.equal_predictions
        cells: list[str | Text] = [
            Text(one.title),
            score(comparison.metric, one.mean_a),
            score(comparison.metric, one.mean_b),
            f"{one.difference:+.2g}" if one.difference else "0",
            f"{one.largest:.2g}",
            "" if share is None else "100 %" if share == 1 else f"{min(100 * share, 99.99):.2f} %",
        ]
        if tested:
            cells.append(p_value(one.test.p_holm) if one.test else "")
        table.add_row(*cells, style="dim" if one.is_control else None)
    return table


def _header(title: str) -> str:
    return title.lower().replace(" ", "\n").replace("-", "-\n")


def _experiments() -> Table:
    from qsetu.experiments import builtin_names, load_spec

    table = _table("Experiments", "name", "title", "dataset", "models")
    for name in builtin_names():
        spec = load_spec(name)
        table.add_row(name, spec.title, spec.data.dataset, str(len(spec.models)))
    return table


def datasets_table() -> Table:
    """All registered datasets and their parts."""
    from qsetu.genomics import dataset_card, dataset_names

    # Fits 80 columns; everything else is for `qsetu data info`.
    table = _table("Datasets", "name", "kind", "size", "labels")
    for name in dataset_names():
        card = dataset_card(name)
        part = card.facts(name.partition("/")[2])
        size = str(part.num_samples) + (f"×{part.num_features}" if part.num_features else "")
        table.add_row(name, card.kind, size, str(len(part.labels) or ""))
    return table


def _models() -> Table:
    from qsetu.experiments import MODELS

    table = _table("Models", "name", "family", "what it is", "settings")
    for name, entry in MODELS.items():
        family = f"[{_STYLE[entry.family]}]{entry.family}[/]"
        table.add_row(name, family, entry.summary, ", ".join(entry.parameters))
    return table


def _engines() -> Table:
    from qsetu.engines import ENGINES

    table = _table("Engines", "name", "state", "what it is")
    for name, entry in ENGINES.items():
        reason = entry.why_missing()
        state = Text("ready", style="green") if reason is None else Text(reason, style="red")
        table.add_row(name, state, entry.summary)
        for variant, summary in entry.variants.items() if reason is None else ():
            table.add_row(f"{name}:{variant}", "", summary)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, no_wrap=i == 0)
    return table


ROSTER_TABLES: dict[str, Callable[[], Table]] = {
    "experiments": _experiments,
    "datasets": datasets_table,
    "models": _models,
    "engines": _engines,
}
