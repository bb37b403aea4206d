"""Two results held against each other: a run against its repetition, or one setting against another."""

from __future__ import annotations

from qsetu.experiments.compare.aspects import Aspect
from qsetu.experiments.compare.differences import ModelDifference, PairedDifference
from qsetu.experiments.compare.render import render_comparison_html, render_comparison_markdown
from qsetu.experiments.compare.results import ResultComparison, compare_results

__all__ = [
    "Aspect",
    "ModelDifference",
    "PairedDifference",
    "ResultComparison",
    "compare_results",
    "render_comparison_html",
    "render_comparison_markdown",
]
