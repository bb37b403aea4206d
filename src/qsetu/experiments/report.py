"""The report: one self-contained HTML file, readable offline and on paper."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from qsetu.experiments.figures import COLORS, FigureFile
from qsetu.experiments.metrics import METRICS
from qsetu.experiments.models import MODELS
from qsetu.experiments.record import ModelRecord, Result
from qsetu.experiments.verdict import verdict

__all__ = ["render_report"]


def render_report(result: Result, figures: Sequence[FigureFile], svgs: Mapping[str, bytes]) -> str:
    """The HTML of a report.

    Args:
        result: What was computed.
        figures: Figures in order.
        svgs: The SVG file of each figure by its stem; they are put into the page.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        score=lambda value: f"{value:.3f}", gib=lambda size: f"{size / 2**30:.1f} GiB", setting=_setting
    )
    metrics = result.metrics()
    plan = result.spec["sizes"][result.size]  # type: ignore[index,call-overload]
    return environment.get_template("report.html.j2").render(
        result=result,
        plan=plan,
        models=sorted(result.models, key=lambda model: -model.summary[metrics[0]].mean),
        metrics=[METRICS[name] for name in metrics],
        roster=MODELS,
        colors=COLORS,
        verdict=verdict(result),
        figures=[(file, base64.b64encode(svgs[file.stem]).decode("ascii")) for file in figures],
        choices={model.name: _choices(model) for model in result.models},
        per_repeat=len(result.splits) // plan["repeats"],  # type: ignore[index,operator,call-overload]
        labels=sorted(
            zip(result.dataset.labels, result.dataset.counts, strict=True), key=lambda pair: -pair[1]
        ),
    )


def _choices(model: ModelRecord) -> list[tuple[dict[str, Any], int]]:
    """Configurations that tuning chose, with the number of folds that chose each, most frequent first."""
    tally: dict[tuple[tuple[str, Any], ...], int] = {}
    for fold in model.folds:
        key = tuple(fold.configuration.items())
        tally[key] = tally.get(key, 0) + 1
    return [(dict(key), count) for key, count in sorted(tally.items(), key=lambda item: -item[1])]


def _setting(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items())
