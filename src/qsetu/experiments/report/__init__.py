"""The report of a result: one self-contained HTML file, and the same as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from qsetu.documents.html import to_html
from qsetu.documents.markdown import to_markdown
from qsetu.experiments.record import Result
from qsetu.experiments.report.build import build
from qsetu.experiments.report.conclusion import conclusion

__all__ = ["conclusion", "render_html", "render_markdown"]


class Figure(Protocol):
    """What is known of a figure: see :class:`qsetu.experiments.figures.FigureFile`."""

    @property
    def stem(self) -> str:
        """Name of its files."""

    @property
    def caption(self) -> str:
        """What it shows."""

    @property
    def description(self) -> str:
        """Its numbers."""


def render_html(result: Result, figures: Sequence[Figure], svgs: Mapping[str, bytes]) -> str:
    """The HTML of a report: it loads nothing, runs nothing, and prints.

    Args:
        result: What was computed.
        figures: Figures in order.
        svgs: The SVG file of each figure by its stem; they are put into the page.
    """
    return to_html(build(result, [(one.stem, one.caption, one.description) for one in figures]), svgs)


def render_markdown(result: Result, figures: Sequence[Figure] = ()) -> str:
    """The same report as Markdown with pipe tables, for a paper's appendix.

    Args:
        result: What was computed.
        figures: Figures in order; they are linked as ``figures/<stem>.png``.
    """
    return to_markdown(build(result, [(one.stem, one.caption, one.description) for one in figures]))
