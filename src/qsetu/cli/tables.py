"""Rich tables of rosters and results."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

if TYPE_CHECKING:
    from qsetu.experiments import Result

__all__ = ["ROSTER_TABLES", "datasets_table", "result_table"]

_STYLE = {"quantum": "magenta", "classical": "yellow"}


def result_table(result: Result) -> Table:
    """Scores of every model, best first."""
    from qsetu.experiments.metrics import METRICS

    first, *others = result.metrics()
    # Fits 80 columns: headers break at spaces, only the model column may wrap.
    table = Table(
        title=f"{result.experiment} ({result.size}): {len(result.splits)} outer folds, seed {result.seed}, "
        f"{result.provenance.seconds:.0f} s",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
    )
    table.add_column("model", min_width=20)
    table.add_column("family", no_wrap=True)
    table.add_column(_header(METRICS[first].title), justify="right", no_wrap=True)
    level = result.spec["evaluation"]["confidence"]  # type: ignore[index,call-overload]
    table.add_column(f"{100 * float(level):g} %\ninterval", justify="right", no_wrap=True)  # type: ignore[arg-type]
    for name in others:
        table.add_column(_header(METRICS[name].title), justify="right", no_wrap=True)
    table.add_column("fit,\ns", justify="right", no_wrap=True)
    for model in sorted(result.models, key=lambda model: -model.summary[first].mean):
        main = model.summary[first]
        table.add_row(
            model.title,
            f"[{_STYLE[model.family]}]{model.family}[/]",
            f"{main.mean:.3f}",
            f"{main.low:.3f}-{main.high:.3f}",
            *(f"{model.summary[name].mean:.3f}" for name in others),
            f"{model.fit_seconds:.1f}",
        )
    return table


def _header(title: str) -> str:
    return title.lower().replace(" ", "\n")


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
    from rich.text import Text

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
